"""How somebody signs in to another service, in a real browser that holds pages to their policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from sala.identity.accounts.models import Account
from tests.factories import PASSWORD, make_account
from tests.flows.conftest import DESKTOP, Visitor
from tests.flows.test_passkey import with_device
from tests.identity.provider.conftest import AUTH, Rp, _fresh, make_person, make_rp
from tests.serving import serving

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("at_home", "_fresh")
__all__ = ["_fresh"]


class _Service(BaseHTTPRequestHandler):
    """The relying party: it takes the answer, and sends the browser on to another host of its own."""

    def do_GET(self) -> None:
        if self.path.startswith("/callback"):
            self.send_response(303)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/done?{urlsplit(self.path).query}")  # type: ignore[attr-defined]
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!DOCTYPE html><title>Service</title><h1>Welcome to the service</h1>")

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def service() -> Iterator[str]:
    with serving(_Service) as server:
        yield f"http://127.0.0.1:{server.server_port}/callback"


@pytest.fixture
def rp(service: str) -> Rp:
    return make_rp(redirect_uris=[service])


@pytest.fixture
def somchai(offices: dict[int, int]) -> Account:
    account = make_account(email="somchai@example.org")
    make_person(account)
    return account


def sent_by(rp: Rp, **changes: str) -> str:
    return f"{AUTH}?{urlencode(rp.request(**changes))}"


def arrived(visitor: Visitor) -> dict[str, str]:
    expect(visitor.page.get_by_role("heading", name="Welcome to the service")).to_be_visible()
    assert urlsplit(visitor.page.url).path == "/done"
    return {name: values[0] for name, values in parse_qs(urlsplit(visitor.page.url).query).items()}


@pytest.mark.requirement("R-004.1", "R-004.24")
@pytest.mark.parametrize("size", [None, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["en", "th"])
def test_signing_in_to_a_service(
    visitor: Arrive, rp: Rp, somchai: Account, size: dict[str, int] | None, language: str
) -> None:
    # Given a service that sends somebody here who is not signed in
    person = visitor(language=language, **({"size": size} if size else {}))
    person.open(sent_by(rp))
    words = {"en": ("E-mail address", "Password", "Sign in"), "th": ("อีเมล", "รหัสผ่าน", "เข้าสู่ระบบ")}[language]
    # When they sign in, read what it asks, and agree
    person.type(words[0], somchai.email)
    person.type(words[1], PASSWORD)
    person.page.get_by_role("main").get_by_role("button", name=words[2], exact=True).click()
    expect(person.page.get_by_text("PDPA, section 24" if language == "en" else "ม. 24").first).to_be_visible()
    person.see()
    person.page.get_by_role("button", name={"en": "Agree and continue", "th": "ยินยอมและดำเนินการต่อ"}[language]).click()
    # Then they are at the service, which has a code, wherever it sends them on
    told = arrived(person)
    assert rp.exchange(told["code"]).status_code == 200
    # And the next time they pass without a page
    person.page.goto(person.address + sent_by(rp))
    assert arrived(person)["code"]
    # And see whom they are connected to, and end it
    person.open("/account/connected/")
    person.page.get_by_role("button", name={"en": "Disconnect", "th": "ยกเลิกการเชื่อมต่อ"}[language]).click()
    person.open(sent_by(rp))
    expect(person.page.get_by_role("button", name={"en": "Decline", "th": "ไม่ยินยอม"}[language])).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "none"])
def test_telling_only_some_of_it(visitor: Arrive, rp: Rp, somchai: Account, javascript: bool) -> None:
    person = visitor(javascript=javascript)
    person.sign_in(somchai)
    person.open(sent_by(rp))
    person.press("Choose one by one", role="link")
    person.page.get_by_label("Your date of birth").check()
    person.page.get_by_role("button", name="Continue with what I chose").click()
    told = arrived(person)
    assert set(rp.exchange(told["code"]).json()["scope"].split()) == {"openid", "birthdate"}


def test_declining(visitor: Arrive, rp: Rp, somchai: Account) -> None:
    person = visitor()
    person.sign_in(somchai)
    person.open(sent_by(rp))
    person.page.get_by_role("button", name="Decline").click()
    assert arrived(person)["error"] == "access_denied"


def test_showing_that_it_is_still_you(visitor: Arrive, rp: Rp, somchai: Account) -> None:
    person = visitor()
    person.sign_in(somchai)
    person.open(sent_by(rp, prompt="login"))
    person.type("Your password", "wrong")
    person.press("Continue")
    person.type("Your password", PASSWORD)
    person.press("Continue")
    person.page.get_by_role("button", name="Agree and continue").click()
    assert arrived(person)["code"]


def test_an_account_that_is_nobodys_yet(visitor: Arrive, rp: Rp, offices: dict[int, int]) -> None:
    person = visitor()
    person.sign_in(make_account(email="newcomer@example.org"))
    person.open(sent_by(rp))
    person.page.get_by_role("button", name="Go back to Land registry").click()
    assert arrived(person)["error"] == "access_denied"


def test_a_request_that_cannot_be_answered(visitor: Arrive, rp: Rp) -> None:
    person = visitor()
    person.open(sent_by(rp, redirect_uri="https://evil.example/"))
    expect(person.page.get_by_text("redirect_uri is not one of those registered")).to_be_visible()
    person.open("/connect/unknown/")
    expect(person.page.get_by_role("heading", name="This sign-in is over")).to_be_visible()


# --- With the phone beside it ------------------------------------------------------------------------------------

SCAN = """() => document.querySelector("#here-link").href"""


@pytest.mark.requirement("R-004.1", "R-004.21")
@pytest.mark.parametrize(("language", "size"), [("th", DESKTOP), ("en", None)], ids=["desktop", "small"])
def test_the_phone_signs_the_desktop_in(
    visitor: Arrive, rp: Rp, somchai: Account, language: str, size: dict[str, int] | None
) -> None:
    words = {"th": ("ด้วยโทรศัพท์", "เข้าสู่ระบบ"), "en": ("With your phone", "Sign in")}[language]
    # Given Somchai with a passkey on his phone, and a service in another browser, where nobody knows him
    phone = with_device(visitor(language="en"))
    phone.sign_in(somchai)
    phone.page.goto(f"{phone.address}/account/passkeys/")
    phone.page.get_by_role("button", name="Add a passkey").click()
    expect(phone.page.get_by_role("link", name="Rename or remove")).to_be_visible()
    desktop = visitor(language=language, **({"size": size} if size else {}))
    desktop.open(sent_by(rp))
    # When he chooses his phone
    desktop.press(words[0])
    expect(desktop.page.locator(".sala-scan__box")).to_be_visible(visible=size is not None)
    expect(desktop.page.locator("#here-link")).to_be_visible(visible=size is None)
    # and scans what is shown, and approves
    phone.page.goto(desktop.page.evaluate(SCAN))
    expect(phone.page.get_by_text("Example Co., Ltd.")).to_be_visible()
    expect(desktop.page.get_by_role("textbox")).to_be_focused(timeout=8_000)
    desktop.see()
    phone.page.get_by_role("button", name="Approve with passkey").click()
    code = phone.page.locator(".wallet-code [aria-hidden]").inner_text()
    # then a wrong code is said to be wrong, and the right one leads to the service
    desktop.page.get_by_role("textbox").fill("12 34 5")
    desktop.press(words[1])
    expect(desktop.page.locator("#code-error")).to_be_visible()
    desktop.page.get_by_role("textbox").fill(code)
    desktop.page.get_by_role("main").get_by_role("button", name=words[1], exact=True).click()
    assert rp.exchange(arrived(desktop)["code"]).status_code == 200
    # And that browser knows him no better than before
    desktop.page.goto(f"{desktop.address}/account/")
    assert "/account/sign-in/" in desktop.page.url


def test_the_qr_code_changes_and_a_no_on_the_phone_is_seen(
    visitor: Arrive, rp: Rp, somchai: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sala.identity.provider.phone_pages.RENEW", 1)
    phone, desktop = visitor(), visitor(size=DESKTOP)
    phone.sign_in(somchai)
    desktop.page.goto(desktop.address + sent_by(rp))
    desktop.press("With your phone")
    first = desktop.page.evaluate(SCAN)
    code = desktop.page.locator("#here-link")
    expect(code).not_to_have_attribute("href", first)
    expect(code).not_to_have_attribute("href", desktop.page.evaluate(SCAN))  # the one before lives on, the first not
    desktop.page.evaluate("() => { document.querySelector('[data-phone]').dataset.renew = '10'; }")
    phone.open(first)
    expect(phone.page.get_by_role("heading", name="This request is over")).to_be_visible()
    phone.page.goto(desktop.page.evaluate(SCAN))
    phone.page.get_by_role("button", name="Decline").click()
    expect(desktop.page.get_by_role("heading", name="You declined on your phone")).to_be_visible(timeout=8_000)
    desktop.see()


def test_the_phone_without_scripts_here(visitor: Arrive, rp: Rp, somchai: Account) -> None:
    phone, plain = visitor(), visitor(size=DESKTOP, javascript=False)
    phone.sign_in(somchai)
    plain.open(sent_by(rp))
    plain.press("With your phone")
    phone.page.goto(plain.page.locator("#here-link").get_attribute("href"))
    plain.page.reload()
    expect(plain.page.get_by_role("heading", name="Now look at your phone")).to_be_visible()
    plain.see()


def test_a_service_that_wants_a_passkey(visitor: Arrive, rp: Rp, somchai: Account) -> None:
    person = with_device(visitor())
    person.sign_in(somchai)
    person.open(sent_by(rp, acr_values="AAL2"))
    expect(person.page.get_by_role("heading", name="You have no passkey yet")).to_be_visible()
    with person.context.expect_page() as opened:
        person.page.get_by_role("link", name="Add a passkey").click()
    with_device(Visitor(opened.value, person.context, person.address))
    opened.value.get_by_role("button", name="Add a passkey").click()
    expect(opened.value.get_by_role("link", name="Rename or remove")).to_be_visible()
    person.press("Come back to this page and go on", role="link")
    expect(person.page.get_by_role("button", name="Continue with a passkey")).to_be_visible()


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_device_is_connected(visitor: Arrive, rp: Rp, somchai: Account, language: str) -> None:
    person = visitor(language=language)
    person.sign_in(somchai)
    person.open("/device/?user_code=WDJB-MJHT")
    person.page.get_by_role("main").get_by_role("button").click()
    expect(person.page.locator("#user_code-error")).to_be_visible()
    person.see()
