"""The provider says that a session has ended: the portal's own ends, and no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser
from joserfc.jwk import ECKey

from sala.identity.accounts.models import Account, Session
from sala.identity.people.queries import of_account
from sala.identity.portal.rules import LOGOUT_EVENT
from sala.kit import clock
from sala.kit.models import OutboxEvent
from tests.identity.portal.conftest import LOGOUT, ThaiD, begin

pytestmark = pytest.mark.django_db


@pytest.fixture
def pid(citizen: Account) -> str:
    linked = of_account(citizen.id)
    assert linked
    return linked.person.pid


@pytest.fixture
def browser(thaid: ThaiD, pid: str) -> Browser:
    return enter(thaid, pid, "s1")


def enter(thaid: ThaiD, pid: str, sid: str) -> Browser:
    browser = Browser()
    assert browser.get(thaid.approve(begin(browser), sub=pid, pid=pid, sid=sid)).status_code == 303
    return browser


def said(thaid: ThaiD, **changes: Any) -> str:
    claims = thaid.claims(jti="one", events={LOGOUT_EVENT: {}}, sid="s1") | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return thaid.signed(kept, typ="logout+jwt")


def tell(token: str) -> int:
    form, kind = urlencode({"logout_token": token}), "application/x-www-form-urlencoded"
    return int(Browser(enforce_csrf_checks=True).post(LOGOUT, form, content_type=kind).status_code)


def living() -> int:
    return Session.objects.filter(ended_at=None).count()


def test_the_session_that_it_names_ends(thaid: ThaiD, browser: Browser, pid: str) -> None:
    other = enter(thaid, pid, "s2")
    token = said(thaid, sub=pid)
    assert tell(token) == 200
    assert browser.get("/account/").status_code == 302
    assert other.get("/account/").status_code == 200
    assert OutboxEvent.objects.filter(topic="account.session_ended").count() == 1, "and so on to our own RPs"
    assert tell(token) == 200, "it may be said again"


def test_of_a_person_all_end_that_began_before(thaid: ThaiD, browser: Browser, pid: str) -> None:
    enter(thaid, pid, "s2")
    now = int(clock.now().timestamp())
    token = said(thaid, sub=pid, sid=None, iat=now + 1)
    assert tell(token) == 200
    assert living() == 0
    with clock.frozen(clock.now() + timedelta(seconds=5)):
        enter(thaid, pid, "s3")
        assert tell(token) == 200
        assert living() == 1, "brought again, it ended a later session"


@pytest.mark.parametrize(
    "lie",
    [
        {"events": None},
        {"events": {"https://other.example/event": {}}},
        {"nonce": "an ID token's"},
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"iat": 1_700_000_000},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"sid": None},
    ],
    ids="-".join,
)
def test_what_is_no_logout_token_for_us_ends_nothing(thaid: ThaiD, browser: Browser, lie: dict[str, Any]) -> None:
    assert tell(said(thaid, **lie)) == 400
    assert living() == 1


def test_a_token_by_another_key_ends_nothing(thaid: ThaiD, browser: Browser) -> None:
    thaid.signs_with = ECKey.generate_key("P-256")
    assert tell(said(thaid)) == 400
    assert tell("nonsense") == 400
    assert tell("") == 400
    assert living() == 1


def test_somebody_elses_name_beside_the_session_ends_nothing(thaid: ThaiD, browser: Browser) -> None:
    assert tell(said(thaid, sub="another")) == 200
    assert living() == 1
