"""Who are you: the provider's own page, and how well the answer is proven (acr, amr, auth_time)."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet
from pytest_django import Settings

from sala.identity.accounts import passkeys
from sala.identity.accounts.models import Account
from sala.identity.provider import keys, levels
from sala.identity.provider.models import Grant
from sala.kit import clock
from tests.factories import PASSWORD, actor_for, client_for, make_account
from tests.identity.accounts.authenticator import Authenticator
from tests.identity.provider.conftest import Rp, agree, answer, begin, onward

pytestmark = pytest.mark.django_db
SITE = "https://sala.example"


@pytest.fixture
def passkey(citizen: Account, settings: Settings) -> Authenticator:
    """The citizen's."""
    settings.PUBLIC_URL = SITE
    device, by = Authenticator(SITE), actor_for(citizen)
    ceremony = passkeys.to_add(by=by)
    passkeys.add(name="Telephone", credential=device.create(ceremony.options), state=ceremony.state, by=by)
    return device


def signed(device: Authenticator, page: str) -> dict[str, str]:
    """The fields that the page's form for a passkey sends once the device has signed."""
    options = re.search(r'data-options="([^"]+)"', page)
    state = re.search(r'name="state" value="([^"]+)"', page)
    assert options
    assert state
    return {"credential": device.get(unescape(options[1])), "state": unescape(state[1])}


def claims_of(rp: Rp, told: dict[str, str]) -> dict[str, Any]:
    token = rp.exchange(told["code"]).json()["id_token"]
    public = KeySet.import_key_set(keys.jwks())  # type: ignore[arg-type]
    return dict(jwt.decode(token, public, algorithms=["ES256"]).claims)


def test_the_page_says_who_asks_and_offers_every_way(rp: Rp, citizen: Account) -> None:
    browser = Browser()
    page = begin(browser, rp, login_hint="somchai@example.org")
    shown = browser.get(page, {"lang": "en"})
    words = shown.content.decode()
    assert "Sign in to Land registry" in words
    assert "Example Co., Ltd." in words
    assert words.index("Sign in with a passkey") < words.index("With your phone") < words.index('name="password"')
    assert 'value="somchai@example.org"' in words, "the RP's hint saves typing"
    assert shown.headers["Cache-Control"] == "no-store"


def test_a_wrong_password_keeps_who_asks_and_what_was_typed(rp: Rp, citizen: Account) -> None:
    browser = Browser()
    page = begin(browser, rp)
    wrong = {"act": "password", "email": citizen.email, "password": "not it, really"}
    shown = browser.post(page, wrong, headers={"Cookie": "lang=en"})
    assert shown.status_code == 422
    assert "Land registry" in shown.content.decode()
    assert f'value="{citizen.email}"' in shown.content.decode()
    unknown = browser.post(page, {**wrong, "email": "nobody@example.org"})
    told = [re.search(r'error-summary__list">(.*?)</ul>', one.content.decode(), re.S) for one in (shown, unknown)]
    assert told[0]
    assert told[1]


def test_a_passkey_signs_in_and_the_rp_is_told_how(rp: Rp, passkey: Authenticator) -> None:
    browser = Browser()
    page = begin(browser, rp)
    form = signed(passkey, browser.get(page).content.decode())
    assert browser.post(page, {"act": "passkey", **form}).headers["Location"] == page
    claims = claims_of(rp, agree(browser, page))
    assert claims["acr"] == "AAL2"
    assert set(claims["amr"]) == {"hwk", "user", "mfa"}


def test_a_password_is_one_factor(rp: Rp, browser: Browser) -> None:
    claims = claims_of(rp, agree(browser, begin(browser, rp)))
    assert (claims["acr"], claims["amr"]) == ("AAL1", ["pwd"])


# --- Step-up ---------------------------------------------------------------------------------------------------


def test_what_asks_for_a_passkey_gets_one(rp: Rp, browser: Browser, passkey: Authenticator) -> None:
    agree(browser, begin(browser, rp))
    page = begin(browser, rp, acr_values="AAL2")
    shown = browser.get(page).content.decode()
    assert 'name="password"' not in shown
    assert browser.post(page, {"act": "prove", "password": PASSWORD}).headers["Location"] == page
    assert 'name="credential"' in browser.get(page).content.decode(), "a password again is no second factor"
    assert browser.post(page, {"act": "all", "account": "x"}).headers["Location"] == page, "nor is agreeing"
    assert browser.post(page, {"act": "confirm", **signed(passkey, shown)}).headers["Location"] == page
    claims = claims_of(rp, answer(onward(browser.get(page))))
    assert (claims["acr"], set(claims["amr"])) == ("AAL2", {"hwk", "user", "mfa"})
    assert answer(begin(browser, rp, acr_values="AAL2", prompt="none"))["code"], "the session remembers"


def test_the_proof_must_be_as_fresh_as_asked(rp: Rp, browser: Browser, passkey: Authenticator) -> None:
    agree(browser, begin(browser, rp))
    page = begin(browser, rp, acr_values="AAL2")
    browser.post(page, {"act": "confirm", **signed(passkey, browser.get(page).content.decode())})
    silent = {"acr_values": "AAL2", "prompt": "none"}
    with clock.frozen(clock.now() + timedelta(minutes=10)):
        assert answer(begin(browser, rp, max_age="60", **silent))["error"] == "login_required"
        assert answer(begin(browser, rp, max_age="3600", **silent))["code"]


def test_the_lowest_level_asked_is_enough(rp: Rp, browser: Browser) -> None:
    agree(browser, begin(browser, rp))
    for values in ("AAL2 AAL1", "AAL1", "urn:example:unknown"):
        assert answer(begin(browser, rp, acr_values=values, prompt="none"))["code"]
    assert answer(begin(browser, rp, acr_values="AAL2", prompt="none"))["error"] == "login_required"


def test_who_has_no_passkey_is_shown_how_to_add_one_and_may_give_up(rp: Rp, browser: Browser) -> None:
    page = begin(browser, rp, acr_values="AAL2")
    shown = browser.get(page, {"lang": "en"}).content.decode()
    assert "/account/passkeys/" in shown
    assert "With your phone" in shown
    told = answer(onward(browser.post(page, {"act": "unmet"})))
    assert told["error"] == "unmet_authentication_requirements"


def test_an_essential_level_that_nobody_here_reaches_is_refused(rp: Rp, browser: Browser) -> None:
    demand = {"id_token": {"acr": {"essential": True, "values": ["urn:example:gold"]}}}
    told = answer(begin(browser, rp, claims=json.dumps(demand)))
    assert told["error"] == "unmet_authentication_requirements"
    demand["id_token"]["acr"]["values"] = ["urn:example:gold", "AAL1"]
    agree(browser, begin(browser, rp, claims=json.dumps(demand)))


def test_somebody_elses_passkey_does_not_step_up(
    rp: Rp, browser: Browser, citizen: Account, settings: Settings
) -> None:

    settings.PUBLIC_URL = SITE
    stranger = actor_for(make_account("stranger@example.org"))
    device = Authenticator(SITE)
    ceremony = passkeys.to_add(by=stranger)
    passkeys.add(name="Theirs", credential=device.create(ceremony.options), state=ceremony.state, by=stranger)
    own = Authenticator(SITE)
    by = actor_for(citizen)
    ceremony = passkeys.to_add(by=by)
    passkeys.add(name="Mine", credential=own.create(ceremony.options), state=ceremony.state, by=by)
    page = begin(browser, rp, acr_values="AAL2")
    form = signed(device, browser.get(page).content.decode())
    assert browser.post(page, {"act": "confirm", **form}).status_code == 422
    assert not Grant.objects.exists()


def test_levels() -> None:
    assert levels.level(("hwk", "user", "mfa")) == "AAL2"
    assert levels.level(("pwd", "pin")) == "AAL1", "a PIN is no factor by itself"
    assert levels.level(("hwk",)) == "AAL1", "a key without its person proves the device alone"
    assert levels.level(()) == "AAL1"


def test_a_session_of_before_has_its_own_time(rp: Rp, citizen: Account) -> None:
    with clock.frozen(clock.now() - timedelta(hours=1)):
        browser = client_for(citizen)
        then = clock.now()
    claims = claims_of(rp, agree(browser, begin(browser, rp)))
    assert claims["auth_time"] == int(then.timestamp())
