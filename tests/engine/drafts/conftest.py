"""A family that moves, an anonymous question, and a hand that fills forms in as a browser does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from sala.engine.catalogue import checking, functions
from sala.engine.catalogue import services as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts.models import Draft
from sala.identity.accounts.actor import Actor, system
from sala.identity.accounts.models import Account
from sala.kit import clock
from tests.factories import actor_for, client_for, make_account

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
IN_TIME, EARLY, LATE = date(2026, 11, 30), date(2027, 1, 20), date(2026, 11, 1)
SI_LOM = "100402"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
_TOKEN = re.compile(r'name="was" value="([0-9a-f]*)"')


def _due(answers: Mapping[str, Any]) -> date | None:
    text = (answers.get("dates") or {}).get("due")
    return date.fromisoformat(text) if text else None


functions.register("tests.moving:due", _due)


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


def _publish(name: str) -> Loaded:
    text = Path(__file__).with_name(name).read_text()
    return catalogue.publish(checking.load_text(text), by=system("tests"))


@pytest.fixture
def moving(offices: dict[int, int]) -> Loaded:
    return _publish("moving.yaml")


@pytest.fixture
def asking(offices: dict[int, int]) -> Loaded:
    return _publish("asking.yaml")


@pytest.fixture
def account(db: None) -> Account:
    return make_account("ada@example.org")


@pytest.fixture
def by(account: Account) -> Actor:
    return actor_for(account)


def file(name: str = "stamp.png", content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def date_fields(key: str, day: date) -> dict[str, str]:
    return {f"{key}-day": str(day.day), f"{key}-month": str(day.month), f"{key}-year": str(day.year)}


@dataclass
class Hand:
    """Fills in the forms of one draft, page by page, as a browser without scripts does."""

    client: Client
    draft: str

    def get(self, place: str) -> HttpResponse:
        return self.client.get(f"/apply/{self.draft}/{place}")

    def was(self, place: str) -> str:
        found = _TOKEN.search(self.get(place).content.decode())
        assert found, place
        return found[1]

    def post(self, place: str, **fields: Any) -> HttpResponse:
        if "was" not in fields:
            fields["was"] = self.was(place)
        return self.client.post(f"/apply/{self.draft}/{place}", fields)

    def person(self, number: int, *, name: str = "Ada", due: date = IN_TIME, **more: Any) -> HttpResponse:
        self.post(f"people/{number}/person/", name=name, passport=f"AB12345{number}")
        return self.post(f"people/{number}/dates/", **date_fields("due", due), **more)

    def rest(self, **place: Any) -> HttpResponse:
        self.client.post(f"/apply/{self.draft}/people/")
        given = {"address-line": "99/1", "address-find": "10500", "address-area": SI_LOM, "kind": "house"}
        self.post("place/", **(given | place))
        return self.post("contact/", email="ada@example.org", confirmed="yes")

    def send(self, **fields: Any) -> HttpResponse:
        return self.client.post(f"/apply/{self.draft}/check-answers/", fields)


Begin = Callable[..., Hand]


@pytest.fixture
def begin(moving: Loaded, account: Account) -> Begin:
    """Begin a draft of the family's notice in a browser of its own."""

    def begun(whose: Account | None = None) -> Hand:
        client = client_for(whose or account)
        client.cookies["lang"] = "en"
        answer = client.post("/apply/start/test-moving/", {"new": "yes"})
        assert answer.status_code == 303, answer.content.decode()
        return Hand(client, answer.headers["Location"].split("/")[2])

    return begun


def stored(hand: Hand) -> Draft:
    return Draft.objects.get(id=hand.draft)


class Text(HTMLParser):
    """The words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words(response: HttpResponse) -> str:
    parser = Text()
    parser.feed(response.content.decode())
    return " ".join(" ".join(parser.words).split())
