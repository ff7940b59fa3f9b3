"""Into the portal by a digital ID, out of it and of all that was opened with it, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from sala.identity.accounts.models import Account, Session
from sala.identity.portal import provider
from sala.web import portal_client
from tests.factories import PASSWORD, make_account
from tests.flows.conftest import DESKTOP, PHONE, Visitor
from tests.identity.provider.conftest import _fresh, make_person, make_rp

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("at_home", "_fresh", "portal")
__all__ = ["_fresh"]

WORDS = {
    "en": ("Sign in with your digital ID", "Agree and continue", "Sign out", "You are signed out"),
    "th": ("เข้าสู่ระบบด้วยดิจิทัลไอดี", "ยินยอมและดำเนินการต่อ", "ออกจากระบบ", "ท่านออกจากระบบแล้ว"),
}


@pytest.fixture
def portal(at_home: None, offices: dict[int, int]) -> None:
    provider.forget()
    assert portal_client.register()


@pytest.fixture
def somchai(offices: dict[int, int]) -> Account:
    account = make_account(email="somchai@example.org")
    make_person(account)
    return account


def prove(person: Visitor) -> None:
    """Say at the provider who one is."""
    person.page.locator("#email").fill("somchai@example.org")
    person.page.locator("#password").fill(PASSWORD)
    person.page.locator('button[value="password"]').click()


@pytest.mark.requirement("R-004.1")
@pytest.mark.parametrize(
    ("language", "size", "javascript"),
    [("th", PHONE, True), ("en", DESKTOP, False)],
    ids=["phone", "desktop without scripts"],
)
def test_in_and_out(visitor: Arrive, somchai: Account, language: str, size: dict[str, int], javascript: bool) -> None:
    # Given somebody whose account a registry office has connected
    enter, agree, leave, gone = WORDS[language]
    person = visitor(language=language, size=size, javascript=javascript)
    person.open("/account/sign-in/?next=/account/sessions/")
    # When they choose their digital ID, say who they are, and agree to tell the portal their number and name
    person.page.get_by_role("button", name=enter).click()
    prove(person)
    expect(person.page.get_by_role("button", name=agree)).to_be_visible()
    person.see()
    person.page.get_by_role("button", name=agree).click()
    # Then they are where they were going, in one session
    expect(person.page).to_have_url(f"{person.address}/account/sessions/")
    assert Session.objects.filter(ended_at=None).count() == 1
    # And a service that asks them to be signed out has to be answered by them
    person.open(f"/api/v2/oauth2/logout/?{urlencode({'client_id': make_rp().id})}")
    person.press(leave)
    expect(person.page.get_by_role("heading", name=gone)).to_be_visible()
    assert not Session.objects.filter(ended_at=None).exists()


def test_an_account_that_no_office_has_connected(visitor: Arrive) -> None:
    make_account(email="somchai@example.org")
    person = visitor()
    person.open("/account/digital-id/?next=/my/")
    prove(person)
    person.page.locator('button[value="decline"]').first.click()
    expect(person.page).to_have_url(re.compile("/account/digital-id/back/"))
    person.see()
