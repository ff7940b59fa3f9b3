"""A sandbox is never told of a real person, and an invented one signs in nowhere else (outside a demonstration)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st

from sala.identity.accounts.models import Account
from sala.identity.people.models import Person
from sala.identity.people.rules import check_digit
from sala.identity.provider import clients, rules
from sala.identity.provider.models import Client
from tests.identity.provider.conftest import AUTH, USERINFO, Rp, begin, make_rp

REAL = "110170000000" + check_digit("110170000000")


@pytest.fixture
def sandbox(db: None) -> Rp:
    return make_rp("Sandbox", sandbox=True)


@pytest.fixture
def real(citizen: Account) -> Account:
    """The citizen with a number that is not of the reserved range."""
    Person.objects.update(pid=REAL)
    return citizen


def asks_consent(browser: Browser, rp: Rp) -> bool:
    return 'name="account"' in browser.get(begin(browser, rp)).content.decode()


@given(sandbox=st.booleans(), invented=st.booleans(), demonstration=st.booleans())
def test_the_rule(*, sandbox: bool, invented: bool, demonstration: bool) -> None:
    told = rules.may_be_told(sandbox=sandbox, invented=invented, demonstration=demonstration)
    if sandbox and not invented:
        assert not told
    if not sandbox and invented:
        assert told == demonstration
    if sandbox == invented:
        assert told


def test_an_invented_person_signs_in_to_a_sandbox(browser: Browser, sandbox: Rp) -> None:
    assert asks_consent(browser, sandbox)


@pytest.mark.parametrize("demonstration", [True, False])
def test_a_real_person_does_not(
    browser: Browser, real: Account, sandbox: Rp, settings: Any, *, demonstration: bool
) -> None:
    settings.DEMO = demonstration
    assert not asks_consent(browser, sandbox)


def test_a_real_person_signs_in_to_a_live_one(browser: Browser, real: Account, rp: Rp, settings: Any) -> None:
    settings.DEMO = False
    assert asks_consent(browser, rp)


def test_an_invented_person_signs_in_to_no_live_one(browser: Browser, rp: Rp, settings: Any) -> None:
    settings.DEMO = False
    assert not asks_consent(browser, rp)


def test_not_even_a_token_that_is_there_tells_of_a_real_person(
    signed_in: Callable[..., dict[str, Any]], rp: Rp
) -> None:
    token = signed_in()["access_token"]
    Client.objects.update(sandbox=True)
    Person.objects.update(pid=REAL)
    clients.forget()
    response = Browser().get(USERINFO, headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 401
    assert REAL not in response.content.decode()


@pytest.mark.parametrize("wrong", [{"scope": "email"}, {"prompt": "none"}])
def test_a_sandbox_lends_our_name_to_no_address(sandbox: Rp, rp: Rp, wrong: dict[str, str]) -> None:
    """RFC 9700, 4.11.2: whoever makes a sandbox may make a link to us that leads to any page."""
    stranger = Browser()
    shown = stranger.get(AUTH, sandbox.request(**wrong))
    assert shown.status_code == 200
    assert 'id="leave"' in shown.content.decode()
    assert "http-equiv" not in shown.content.decode()
    assert stranger.get(AUTH, rp.request(**wrong)).status_code == 303
    own = make_rp("Own machine", sandbox=True, redirect_uris=["http://127.0.0.1:3000/back"])
    assert stranger.get(AUTH, own.request(**wrong)).status_code == 303
