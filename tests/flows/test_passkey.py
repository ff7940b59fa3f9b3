"""A passkey in a real browser: made, used, and not shown where there can be none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError as TooLong
from playwright.sync_api import expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from sala.identity.accounts.models import Account, Passkey
from sala.identity.accounts.requests import COOKIE
from tests.factories import PASSWORD
from tests.flows.conftest import Visitor

Arrive = Callable[..., Visitor]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def _here(settings: Settings, live_server: LiveServer) -> None:
    settings.PUBLIC_URL = live_server.url


def with_device(visitor: Visitor, **differently: bool) -> Visitor:
    """Give the visitor's browser an authenticator, as a telephone has one."""
    chromium = visitor.context.new_cdp_session(visitor.page)
    chromium.send("WebAuthn.enable")
    chromium.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | differently})
    return visitor


@pytest.mark.usefixtures("_here")
def test_somebody_adds_a_passkey_and_signs_in_with_it(visitor: Arrive, maria: Account) -> None:
    # Given Maria, signed in on her telephone
    phone = with_device(visitor())
    phone.sign_in(maria)
    # When she adds a passkey
    phone.open("/account/passkeys/")
    expect(phone.page.get_by_text("This browser cannot make passkeys here.")).to_be_hidden()
    phone.type("Name of the passkey", "Maria’s telephone")
    phone.page.get_by_role("button", name="Add a passkey").click()
    # Then it stands in the list
    expect(phone.page.get_by_role("heading", name="Maria’s telephone")).to_be_visible()
    phone.see()
    # And when she has signed out, no longer wants to type, and comes back
    phone.open("/account/sign-out/")
    phone.press("Sign out")
    phone.page.goto(phone.address + "/account/sign-in/?next=/account/details/")
    # Then the telephone knows her: at once, or at the press of the button, whichever is first
    with suppress(TooLong):
        phone.page.get_by_role("button", name="Sign in with a passkey").click(timeout=2_000)
    phone.page.wait_for_url("**/account/details/")
    expect(phone.page.get_by_label("Given name")).to_have_value("Maria")
    assert Passkey.objects.get().last_used_at


@pytest.mark.usefixtures("_here")
def test_a_device_that_gives_up_is_told_how_to_go_on(visitor: Arrive, maria: Account) -> None:
    phone = with_device(visitor(), isUserVerified=False)
    phone.sign_in(maria)
    phone.open("/account/passkeys/")
    expect(phone.page.get_by_text("That did not work")).to_be_hidden()
    phone.page.get_by_role("button", name="Add a passkey").click()
    expect(phone.page.get_by_role("alert")).to_have_text("That did not work. Try again, or use another device.")
    phone.see()
    assert not Passkey.objects.exists()


@pytest.mark.usefixtures("_here")
def test_without_javascript_it_is_not_offered_and_the_password_works(visitor: Arrive, maria: Account) -> None:
    plain = visitor(javascript=False)
    plain.page.goto(plain.address + "/account/sign-in/?next=/account/")
    assert not plain.page.get_by_role("button", name="Sign in with a passkey").is_visible()
    plain.type("E-mail address", maria.email)
    plain.page.locator("#password").fill(PASSWORD)
    plain.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(plain.page.get_by_role("heading", name="My account")).to_be_visible()
    assert any(cookie.get("name") == COOKIE and cookie.get("httpOnly") for cookie in plain.context.cookies())


def test_at_another_address_than_its_own_it_is_not_offered(visitor: Arrive) -> None:
    """The site says where it is (PUBLIC_URL); the test's server is elsewhere."""
    phone = visitor()
    phone.open("/account/sign-in/")
    assert not phone.page.get_by_role("button", name="Sign in with a passkey").is_visible()
