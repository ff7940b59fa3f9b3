"""Requests that are made with a digital ID: who may begin one, what is shown, and what sends it."""

from __future__ import annotations

import pytest
from django.test import Client

from sala.engine.cases.models import Case
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts.models import Draft
from sala.identity.accounts.services import Browser
from sala.identity.people import services
from sala.identity.wallet import pins
from tests.factories import PASSWORD, actor_for, client_for, client_in_english, make_account
from tests.services.civil.conftest import NEW_HOUSE, TESTS, Town, move_house, town

__all__ = ["move_house", "town"]
pytestmark = pytest.mark.django_db
PIN = "482915"


@pytest.fixture
def mover(town: Town) -> Client:
    pins.choose(pin=PIN, by=actor_for(town.account), browser=Browser(), password=PASSWORD)
    return client_in_english(town.account)


def begun(client: Client) -> str:
    client.post("/apply/start/move-house/")
    return f"/apply/{Draft.objects.get().id}/"


def filled(client: Client) -> str:
    draft = begun(client)
    home = {"house": NEW_HOUSE, "house-seen": NEW_HOUSE}
    moved = {"moved_on-day": "1", "moved_on-month": "11", "moved_on-year": "2026", "lives_there": "yes"}
    for page, typed in (("destination", home), ("move", moved), ("contact", {"email": "mover@example.org"})):
        shown = client.get(f"{draft}{page}/").content.decode()
        was = shown.partition('name="was" value="')[2].partition('"')[0]
        client.post(f"{draft}{page}/", {**typed, "was": was})
    return f"{draft}check-answers/"


@pytest.mark.requirement("R-004.20")
def test_without_a_digital_id_one_is_told_how_to_get_it(move_house: Loaded) -> None:
    answer = client_for(make_account()).post("/apply/start/move-house/")
    assert answer.status_code == 403
    assert "/id/" in answer.content.decode()
    assert not Draft.objects.exists()


@pytest.mark.requirement("R-004.15")
def test_what_the_register_says_is_shown_and_cannot_be_typed(move_house: Loaded, town: Town, mover: Client) -> None:
    check = filled(mover)
    assert "สมชาย" in mover.get(check).content.decode()
    assert mover.get(check.replace("check-answers", "me")).status_code == 404
    assert mover.post(check.replace("check-answers", "me"), {"pid": town.pid(town.head)}).status_code == 404
    services.amend(pid=town.pid(town.mover), changes={"given_name_th": "สมศักดิ์"}, by=TESTS, reason="test")
    assert "สมศักดิ์" in mover.get(check).content.decode()


def test_it_is_sent_by_a_proof_and_by_nothing_else(move_house: Loaded, mover: Client) -> None:
    check = filled(mover)
    for proof, status in (({}, 422), ({"pin": "000000"}, 422), ({"credential": "forged", "state": "x"}, 422)):
        assert mover.post(check, proof).status_code == status
    assert not Case.objects.exists()
    assert mover.post(check, {"pin": PIN}).status_code == 303
    event = Case.objects.get().history.get(number=1)
    assert event.data["proven"] == ["pin", "pwd"] or event.data["proven"] == ["pin"]


def test_a_level_lost_meanwhile_sends_nothing(move_house: Loaded, town: Town, mover: Client) -> None:
    check = filled(mover)
    services.unlink(account=town.account.id, by=TESTS, reason="test")
    assert mover.post(check, {"pin": PIN}).status_code == 403
    assert not Case.objects.exists()
