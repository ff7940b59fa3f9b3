"""The portal's own sign-in: at ourselves, and at another provider that is a real server on this machine."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import ECKey
from pytest_django import Settings

from sala.identity.accounts.models import Account
from sala.identity.portal import provider
from sala.identity.portal.rules import half_hash
from sala.kit import clock
from sala.kit.ids import new_token
from tests.factories import PASSWORD, make_account
from tests.identity.provider.conftest import _fresh, make_person, onward
from tests.serving import serving

__all__ = ["_fresh"]

BEGIN, BACK, LOGOUT = "/account/digital-id/", "/account/digital-id/back/", "/account/digital-id/logout/"


@pytest.fixture(autouse=True)
def _provider_anew() -> Iterator[None]:
    provider.forget()
    yield
    provider.forget()


@pytest.fixture
def citizen(offices: dict[int, int]) -> Account:
    """Whose account a registry office has connected with their entry in the register."""
    account = make_account(email="somchai@example.org")
    make_person(account)
    return account


@pytest.fixture
def portal(offices: dict[int, int]) -> str:
    """This installation, whose portal is registered at its own provider; the client's id."""
    from sala.web import portal_client

    assert portal_client.register()
    return provider.client_id()


def local(uri: str) -> str:
    """An address of ours as Django's test client takes it."""
    parts = urlsplit(uri)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def begin(browser: Browser, **form: str) -> str:
    """Choose the digital ID; where that leads."""
    return onward(browser.post(BEGIN, form))


def prove(browser: Browser, page: str, account: Account) -> str:
    """Say at the provider who one is; the next page."""
    done = browser.post(page, {"act": "password", "email": account.email, "password": PASSWORD})
    assert done.status_code == 303, done.content.decode()
    return str(done.headers["Location"])


class ThaiD:
    """Another provider, compatible with ThaID: no pushed requests, no `iss`, the number as subject, secrets.

    What it says of somebody is `says`; `does` lies in ways that a test chooses.
    """

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        self.says: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.signs_with: ECKey | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.nonces: dict[str, str] = {}
        self.url = ""

    def approve(self, address: str, **says: Any) -> str:
        """The person agrees at `address`; the path on which they come back."""
        given = dict(parse_qsl(urlsplit(address).query))
        code = new_token()
        self.nonces[code] = given["nonce"]
        self.says = says
        return BACK + "?" + urlencode({"code": code, "state": given["state"]})

    def document(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/api/v2/oauth2/auth/",
            "token_endpoint": f"{self.url}/api/v2/oauth2/token/",
            "userinfo_endpoint": f"{self.url}/api/v2/oauth2/userinfo/",
            "jwks_uri": f"{self.url}/jwks/",
        } | self.metadata

    def signed(self, claims: dict[str, Any], **header: Any) -> str:
        key = self.signs_with or self.key
        return jwt.encode({"alg": "ES256", "kid": self.key.kid, **header}, claims, key, algorithms=["ES256"])

    def claims(self, **more: Any) -> dict[str, Any]:
        now = int(clock.now().timestamp())
        return {"iss": self.url, "aud": "the-portal", "iat": now, "exp": now + 600, **more}

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        access = new_token()
        usual = self.claims(nonce=self.nonces.get(form["code"], ""), at_hash=half_hash(access), auth_time=1_700_000_000)
        claims = {name: value for name, value in {**usual, **self.says}.items() if value is not None}
        token = self.signed(claims, **self.header)
        expires = int(clock.now().timestamp()) + 900
        return {"access_token": access, "token_type": "Bearer", "expires_in": expires, "id_token": token}

    def answer(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        if path.endswith("openid-configuration"):
            return self.document()
        if path == "/jwks/":
            return {"keys": [self.key.as_dict(private=False)]}
        if path.endswith("/token/"):
            return self.token(form)
        return {"sub": self.says["sub"], "pid": self.says.get("pid", "")}


@pytest.fixture
def thaid(settings: Settings) -> Iterator[ThaiD]:
    thaid = ThaiD()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            basic = self.headers.get("Authorization", "")
            if basic.startswith("Basic "):
                form["basic"] = b64decode(basic[6:]).decode()
            thaid.asked.append((self.path, form))
            said = json.dumps(thaid.answer(self.path, form)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_args: object) -> None:
            pass

    with serving(Handler) as server:
        thaid.url = f"http://127.0.0.1:{server.server_port}"
        settings.IDP, settings.IDP_CLIENT_ID, settings.IDP_CLIENT_SECRET = thaid.url, "the-portal", "a secret: ü&"
        yield thaid
