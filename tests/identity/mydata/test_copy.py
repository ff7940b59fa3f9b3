"""The copy: all of it, for its person alone, after a fresh proof, for a day."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from django.test import Client
from pypdf import PdfReader

from sala.identity.accounts.models import Account
from sala.identity.mydata import exporting, sections, tasks
from sala.identity.mydata.models import Copy
from sala.identity.mydata.schema import SCHEMA
from sala.kit import audit, clock
from sala.kit.errors import NotFound
from sala.kit.models import OutboxEvent
from tests.factories import PASSWORD, actor_for, client_for, make_account
from tests.identity.accounts.conftest import Letters
from tests.identity.mydata.test_held import text

pytestmark = pytest.mark.django_db
PAGE = "/account/my-data/copy/"
Tokens = Callable[..., dict[str, Any]]


def made(account: Account, language: str = "en") -> Copy:
    copy = exporting.ask(language=language, by=actor_for(account))
    return Copy.objects.get(id=copy)


@pytest.mark.requirement("R-004.18")
def test_it_holds_every_section_and_every_look_as_its_schema_says(citizen: Account, signed_in: Tokens) -> None:
    signed_in()
    told = msgspec.json.decode(bytes(made(citizen).json or b""))
    jsonschema_rs.validator_for(SCHEMA).validate(told)
    assert [one["key"] for one in told["sections"]] == [one.key for one in sections.sections()]
    held = {one["key"]: one["records"] for one in told["sections"]}
    (person,) = held["register"]
    assert person["given_name_en"] == "Somchai"
    assert person["history"][0]["reason"] == "registered"
    (account,) = held["account"]
    assert account["email"] == citizen.email
    assert held["consents"][0]["agreed"] == ["birthdate", "given_name", "pid"]
    assert {look["kind"] for look in told["looks"]} >= {"service", "account"}
    assert "password" not in account
    assert "token_hash" not in str(told)
    broken = {**told, "version": "2.0"}
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validator_for(SCHEMA).validate(broken)
    assert Client().get(f"{PAGE}schema.json").json() == SCHEMA


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("All data held about me", "Civil Registration Act", "Somchai")), ("th", ("ข้อมูลทั้งหมดของฉัน", "สมชาย"))],
)
def test_the_pdf_is_to_be_read(citizen: Account, language: str, words: tuple[str, ...]) -> None:
    pages = PdfReader(io.BytesIO(bytes(made(citizen, language).pdf or b""))).pages
    whole = " ".join(" ".join(page.extract_text() for page in pages).split())
    for one in words:
        assert one in whole


def test_it_needs_a_fresh_proof(citizen: Account) -> None:
    browser = client_for(citizen)
    assert browser.post(PAGE).status_code == 422
    assert browser.post(PAGE, {"current_password": "wrong one here"}).status_code == 422
    assert browser.post(PAGE, {"credential": "{}", "state": "x"}).status_code == 422
    assert not Copy.objects.exists()
    answer = browser.post(PAGE, {"current_password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    shown = text(browser.get(f"{PAGE}?lang=en"))
    assert "Your copy is ready" in shown
    copy = Copy.objects.get()
    saved = browser.get(f"{PAGE}{copy.id}.json")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="sala-my-data.json"'
    assert saved.headers["Cache-Control"] == "no-store"
    assert browser.get(f"{PAGE}{copy.id}.pdf").content.startswith(b"%PDF")
    acts = [entry.action for entry in audit.of_subject(f"account:{citizen.id}")]
    assert acts.count("mydata.copy_asked") == 1
    assert acts.count("mydata.copy_saved") == 2


def test_nobody_else_gets_it_and_it_goes_after_a_day(citizen: Account) -> None:
    copy = made(citizen)
    stranger = client_for(make_account())
    for kind in ("json", "pdf"):
        assert stranger.get(f"{PAGE}{copy.id}.{kind}").status_code == 404
    with clock.frozen(clock.now() + timedelta(hours=23)):
        assert exporting.tidy() == 0
    with clock.frozen(clock.now() + timedelta(hours=24, minutes=1)):
        with pytest.raises(NotFound):
            exporting.content(copy=copy.id, form="json", by=actor_for(citizen))
        assert exporting.latest(actor_for(citizen)) is None
        assert exporting.tidy() == 1


def test_a_large_one_is_made_in_the_background_and_a_letter_tells(
    citizen: Account, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 0)
    browser = client_for(citizen)
    assert browser.post(PAGE, {"current_password": PASSWORD}).status_code == 303
    assert "Your copy is being made" in text(browser.get(f"{PAGE}?lang=en"))
    browser.post(PAGE, {"current_password": PASSWORD})
    copy = Copy.objects.get()
    assert copy.made_at is None
    event = OutboxEvent.objects.get(topic="mydata.copy_asked")
    payload = msgspec.json.decode(event.payload) if isinstance(event.payload, str) else event.payload
    letters()
    tasks.make_copy(payload)
    tasks.make_copy(payload)
    (letter,) = letters()
    assert (letter["kind"], letter["to"]) == ("data_ready", citizen.email)
    assert letter["context"]["copy_url"].endswith(PAGE)
    assert "Your copy is ready" in text(browser.get(f"{PAGE}?lang=en"))


def test_it_can_be_asked_for_five_times_a_day(citizen: Account) -> None:
    browser = client_for(citizen)
    for _ in range(exporting.COPIES_A_DAY):
        assert browser.post(PAGE, {"current_password": PASSWORD}).status_code == 303
    assert browser.post(PAGE, {"current_password": PASSWORD}).status_code == 429


def test_copies_go_with_the_account(citizen: Account) -> None:
    made(citizen)
    tasks.forget_account({"account": str(citizen.id)})
    assert not Copy.objects.exists()
