"""What a relying party tries in order to learn of people who have not agreed to tell it anything."""

from __future__ import annotations

import json

import pytest
from django.test import Client as Browser

from sala.identity.people.rules import invented_pid
from sala.identity.provider import legacy, tokens
from sala.identity.provider.models import Look
from tests.identity.provider.conftest import AUTH, TOKEN, Rp, agree, answer, begin, make_rp, onward

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-004.6")]
THEIRS, ANOTHERS = invented_pid(7), invented_pid(8)


@pytest.fixture
def thaid(db: None) -> Rp:
    return make_rp("Written for ThaID", profile=legacy.PROFILE)


def told(browser: Browser, rp: Rp, pid: str) -> str:
    """What the RP is told when it asks silently for the person of this number: an error's code, or `code`."""
    claims = json.dumps({"id_token": {"sub": {"value": pid}}})
    found = answer(onward(browser.get(AUTH, rp.request(prompt="none", claims=claims))))
    return found.get("error", "code")


def test_a_number_is_not_confirmed_to_who_was_told_nothing(browser: Browser, thaid: Rp) -> None:
    assert told(browser, thaid, THEIRS) == told(browser, thaid, ANOTHERS) == "consent_required"


def test_a_number_that_was_kept_back_is_not_confirmed(browser: Browser, thaid: Rp) -> None:
    agree(browser, begin(browser, thaid), act="chosen", scope=["given_name"])
    assert told(browser, thaid, THEIRS) == told(browser, thaid, ANOTHERS)


def test_who_was_told_the_number_may_mean_its_person(browser: Browser, thaid: Rp) -> None:
    agree(browser, begin(browser, thaid))
    assert (told(browser, thaid, THEIRS), told(browser, thaid, ANOTHERS)) == ("code", "login_required")


def test_what_a_strict_rp_may_not_know_is_no_hint(browser: Browser, rp: Rp) -> None:
    assert told(browser, rp, THEIRS) == told(browser, rp, ANOTHERS)


def test_a_stranger_does_not_fill_the_record_of_a_client(rp: Rp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "FAILURES_A_MINUTE", 3)
    for _ in range(5):
        told = rp.post(TOKEN, authorization="", client_id=rp.id, client_secret="guessed", grant_type="refresh_token")
        assert told.status_code == 401
    assert Look.objects.filter(client_id=rp.id, act="proof").count() == 3
