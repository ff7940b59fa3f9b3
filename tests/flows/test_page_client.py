"""A page without a server of its own that signs people in: oidc-client-ts, as published, in a real browser."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from sala.identity.accounts.models import Account
from sala.identity.console import quick_start
from sala.identity.provider import clients
from tests.clients import HOME, NODE_MODULES, needs_npm
from tests.factories import make_account
from tests.flows.conftest import Visitor
from tests.identity.provider.conftest import USERINFO, _fresh, make_person, make_rp

pytestmark = [needs_npm, pytest.mark.usefixtures("at_home", "_fresh")]
__all__ = ["_fresh"]
_FILES = {
    "/page.js": HOME / "page" / "page.js",
    "/oidc-client-ts.js": NODE_MODULES / "oidc-client-ts" / "dist" / "esm" / "oidc-client-ts.js",
    "/jwt-decode.js": NODE_MODULES / "jwt-decode" / "build" / "esm" / "index.js",
}


_PAGE = HOME / "page" / "index.html"
_MAP = re.compile(r'<script type="importmap">.*</script>\n')


class _Files(BaseHTTPRequestHandler):
    """A page, its scripts and its settings; nothing that could keep a secret."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        settings = path == "/settings.json"
        site: Any = self.server
        page = _FILES[path].read_bytes() if path in _FILES else site.page.encode()
        body = json.dumps(site.settings).encode() if settings else page
        self.send_response(200)
        kind = "application/json" if settings else "text/javascript" if path in _FILES else "text/html"
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    server.page, server.settings = _PAGE.read_text(), {}
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def somchai(offices: dict[int, int]) -> Account:
    account = make_account(email="somchai@example.org")
    make_person(account)
    return account


def said(page: Page, word: str) -> tuple[str, str]:
    """The type and the value of the access token that the page has, once it greets its person with this word."""
    expect(page.get_by_role("status")).to_contain_text(f"{word}, สมชาย")
    found = re.fullmatch(rf"{word}, สมชาย: (\S+) (\S+)", page.get_by_role("status").inner_text())
    assert found
    return found[1], found[2]


@pytest.mark.requirement("R-004.7")
@pytest.mark.parametrize("dpop", [False, True], ids=["bearer", "dpop"])
def test_signing_in_renewing_and_signing_out(  # noqa: PLR0917 - fixtures
    visitor: Callable[..., Visitor],
    live_server: LiveServer,
    site: Any,
    somchai: Account,
    settings: Any,
    dpop: bool,
) -> None:
    settings.DPOP_NONCE = dpop
    # Given a page that is registered, with nothing that it could prove itself by
    home = f"http://127.0.0.1:{site.server_port}"
    rp = make_rp(method="none", redirect_uris=[f"{home}/callback"], post_logout_uris=[f"{home}/bye"], dpop=dpop)
    site.settings = {
        "authority": live_server.url, "client_id": rp.id, "scope": "openid given_name", "dpop": dpop
    }  # fmt: skip
    person = visitor()
    person.sign_in(somchai)
    # When somebody signs in there and agrees
    person.open(home)
    person.page.get_by_role("button", name="Sign in").click()
    person.page.get_by_role("button", name="Agree and continue").click()
    # Then the page knows their name
    kind, first = said(person.page, "Welcome")
    assert kind == ("DPoP" if dpop else "Bearer")
    # And has fresh tokens without a word, by its refresh token
    person.page.get_by_role("button", name="Renew").click()
    second = said(person.page, "Renewed")[1]
    assert second != first
    # And signing out ends the session here and all that came of it
    person.page.get_by_role("button", name="Sign out").click()
    expect(person.page.get_by_role("status")).to_have_text("Signed out")
    person.page.goto(f"{live_server.url}/account/")
    expect(person.page.get_by_label("E-mail address")).to_be_visible()
    headers = {"Authorization": f"Bearer {second}"}
    assert requests.get(f"{live_server.url}{USERINFO}", headers=headers, timeout=10).status_code == 401


def test_the_consoles_own_program(
    visitor: Callable[..., Visitor], live_server: LiveServer, site: Any, somchai: Account
) -> None:
    """As it stands; what Vite does with the name of the library, a map does here."""
    rp = make_rp(method="none", redirect_uris=[f"http://127.0.0.1:{site.server_port}/callback"])
    known = clients.party(rp.id)
    assert known
    program, _run = quick_start.filled(quick_start.PAGES["page"], client=known, issuer=live_server.url)
    names = _MAP.search(_PAGE.read_text())
    assert names
    site.page = program.replace('<script type="module">', f'{names[0]}<script type="module">')
    person = visitor()
    person.sign_in(somchai)
    person.page.goto(f"http://127.0.0.1:{site.server_port}")
    person.page.get_by_role("button", name="Agree and continue").click()
    expect(person.page.get_by_role("status")).to_contain_text("สมชาย")
    assert person.page.url.endswith("/callback"), "the code stays in no history"
    person.page.get_by_role("button", name="Renew").click()
    expect(person.page.get_by_role("status")).to_contain_text("Signed in")
    person.page.get_by_role("button", name="Sign out").click()
    expect(person.page.get_by_role("heading", name="signed out")).to_be_visible()
