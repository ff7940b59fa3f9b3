"""A service expects a certain person, and says which of what it asks it cannot do without."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from sala.identity.accounts.models import Account
from tests.factories import client_for, make_account
from tests.flows.conftest import DESKTOP, Visitor
from tests.identity.provider.conftest import AUTH, Rp, _fresh, agree, begin, make_person, make_rp

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("at_home", "_fresh")
__all__ = ["_fresh"]


@pytest.fixture
def rp(offices: dict[int, int]) -> Rp:
    return make_rp()


@pytest.fixture
def hint(rp: Rp) -> str:
    """The ID token of somebody who was signed in there before."""
    account = make_account(email="before@example.org")
    make_person(account, number=8)
    browser = client_for(account)
    return str(rp.exchange(agree(browser, begin(browser, rp))["code"]).json()["id_token"])


@pytest.fixture
def somchai(offices: dict[int, int]) -> Account:
    account = make_account(email="somchai@example.org")
    make_person(account)
    return account


@pytest.mark.parametrize("language", ["en", "th"])
def test_somebody_else_is_expected(visitor: Arrive, rp: Rp, hint: str, somchai: Account, language: str) -> None:
    person = visitor(language=language, **({"size": DESKTOP} if language == "th" else {}))
    person.sign_in(somchai)
    claims = json.dumps({"id_token": {"birthdate": {"essential": True}}, "userinfo": {"pid": {"essential": True}}})
    # What the service cannot do without is marked, on both faces of the page
    person.open(f"{AUTH}?{urlencode(rp.request(scope='openid given_name', claims=claims))}")
    person.press({"en": "Choose one by one", "th": "เลือกทีละรายการ"}[language], role="link")
    # Somebody else is expected; who sits here gives way, and finds the page to sign in
    person.open(f"{AUTH}?{urlencode(rp.request(id_token_hint=hint, lang=language))}")
    person.page.locator('button[value="other"]').click()
    person.page.wait_for_load_state()
    person.see()
    assert person.page.get_by_label({"en": "E-mail address", "th": "อีเมล"}[language], exact=True).is_visible()
