"""A service with every leg, people on both sides of the desk, a register that says what a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sala.engine.cases import filing
from sala.engine.cases.filing import Filed
from sala.engine.catalogue import checking, functions
from sala.engine.catalogue import services as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor, system
from sala.identity.directory.models import Office
from sala.kit import clock
from tests.factories import actor_for, make_account, make_officer

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
SAMUT_SAKHON, BANGKOK = 74, 10


class Register:
    """What the register says by passport; `reachable` False = it is down."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        self.reachable = True

    def look_up(self, *, passport: str) -> dict[str, Any] | None:
        if not self.reachable:
            raise OSError("the register is out of reach")
        return self.known.get(passport)


_register = Register()


def _due(answers: Mapping[str, Any]) -> date | None:
    text = answers.get("person", {}).get("due")
    return date.fromisoformat(text) if text else None


def _next_due(_answers: Mapping[str, Any], reported_on: date) -> date:
    return reported_on + timedelta(days=90)


def _ask(**given: Any) -> dict[str, Any] | None:
    return _register.look_up(**given)


for _name, _function in {"due": _due, "next_due": _next_due, "register": _ask}.items():
    functions.register(f"tests.permit:{_name}", _function)


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
def register() -> Register:
    _register.__init__()  # type: ignore[misc]
    return _register


@pytest.fixture
def permit(offices: dict[int, int], register: Register) -> Loaded:
    text = Path(__file__).with_name("permit.yaml").read_text()
    return catalogue.publish(checking.load_text(text), by=system("tests"))


@pytest.fixture
def answers() -> dict[str, Any]:
    address = {"line": "99/1", "subdistrict": 740101, "district": 7401, "province": SAMUT_SAKHON, "postcode": 74000}
    return {
        "person": {"name": "Maria Silva", "passport": "AB123456", "due": "2026-11-25"},
        "contact": {"email": "maria@example.org"},
        "stay": {"address": address},
    }


@pytest.fixture
def applicant(db: None) -> Actor:
    return actor_for(make_account("maria@example.org"))


File = Callable[..., Filed]


@pytest.fixture
def file(permit: Loaded, answers: dict[str, Any], applicant: Actor) -> File:
    def filed(**given: Any) -> Filed:
        chosen = {"service": permit, "answers": answers, "by": applicant, "language": "en", "channel": "web"}
        return filing.file(**(chosen | given))

    return filed


@pytest.fixture
def officer_at(offices: dict[int, int]) -> Callable[..., Actor]:
    def made(province: int = SAMUT_SAKHON, role: str = "officer") -> Actor:
        return actor_for(make_officer(Office.objects.get(id=offices[province]), role))

    return made
