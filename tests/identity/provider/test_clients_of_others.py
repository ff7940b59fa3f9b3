"""Relying parties as others write them: real libraries, over the wire, against the live server."""

from __future__ import annotations

import json
import re
import subprocess
from html import unescape
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from sala.identity.accounts import services as accounts
from sala.identity.accounts.models import Account
from sala.identity.accounts.requests import COOKIE
from tests.clients import HOME, NODE, needs_node
from tests.identity.provider.conftest import SCOPES, Rp, make_rp

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _here(settings: Settings, live_server: LiveServer) -> None:
    settings.PUBLIC_URL = live_server.url


@pytest.fixture
def person(citizen: Account, live_server: LiveServer) -> requests.Session:
    """The citizen's browser, signed in."""
    session = requests.Session()
    session.cookies.set(COOKIE, accounts.open_session(account_id=citizen.id))
    return session


def agree(person: requests.Session, address: str) -> str:
    """Go where the RP sends, agree to all, and come to where it leads back."""
    page = person.get(address)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    action = re.search(r'<form method="post" action="([^"]+)"', page.text)
    assert action, page.text
    done = person.post(urljoin(page.url, action[1]), {**fields, "act": "all"})
    onward = re.search(r'id="onward" href="([^"]+)"', done.text)
    assert onward, done.text
    return unescape(onward[1])


def discovered(live_server: LiveServer) -> dict[str, Any]:
    return dict(requests.get(f"{live_server.url}/.well-known/openid-configuration", timeout=10).json())


def sign_in(session: OAuth2Session, server: dict[str, Any], person: requests.Session) -> dict[str, Any]:
    verifier = "v" * 50
    url, state = session.create_authorization_url(
        server["authorization_endpoint"], code_verifier=verifier, nonce="the-nonce"
    )
    return dict(
        session.fetch_token(
            server["token_endpoint"], authorization_response=agree(person, url), code_verifier=verifier, state=state
        )
    )


@pytest.mark.requirement("R-004.1", "R-004.6", "R-004.7")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_with_a_secret(live_server: LiveServer, person: requests.Session, method: str) -> None:
    rp, server = make_rp(method=method), discovered(live_server)
    session = OAuth2Session(
        rp.id, rp.secret, scope=SCOPES, redirect_uri=rp.back, code_challenge_method="S256",
        token_endpoint_auth_method=method, revocation_endpoint_auth_method=method,
    )  # fmt: skip
    tokens = sign_in(session, server, person)
    checked(tokens, rp, server)
    facts = session.get(server["userinfo_endpoint"], timeout=10).json()
    assert facts["given_name"] == "สมชาย"
    fresh = session.refresh_token(server["token_endpoint"])
    assert fresh["access_token"] != tokens["access_token"]
    look = session.introspect_token(server["introspection_endpoint"], token=fresh["access_token"]).json()
    assert look["active"]
    session.revoke_token(server["revocation_endpoint"], token=fresh["refresh_token"])
    session.token = fresh
    assert session.get(server["userinfo_endpoint"], timeout=10).status_code == 401


def test_authlib_with_a_key(live_server: LiveServer, person: requests.Session) -> None:
    key = ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256"})
    rp = make_rp(method="private_key_jwt", jwks={"keys": [key.as_dict(private=False)]})
    server = discovered(live_server)
    session = OAuth2Session(
        rp.id, key, scope=SCOPES, redirect_uri=rp.back, code_challenge_method="S256",
        token_endpoint_auth_method=PrivateKeyJWT(server["token_endpoint"], alg="ES256"),
    )  # fmt: skip
    checked(sign_in(session, server, person), rp, server)


@pytest.mark.requirement("R-004.6")
def test_authlib_as_thaids_programs_use_it(live_server: LiveServer, person: requests.Session) -> None:
    """No PKCE, an absolute time in expires_in; it wants its nonce back, and the claims in the ID token."""
    rp, server = make_rp(profile="legacy_thaid"), discovered(live_server)
    session = OAuth2Session(rp.id, rp.secret, scope="openid pid given_name", redirect_uri=rp.back)
    url, state = session.create_authorization_url(server["authorization_endpoint"], nonce="the-nonce")
    answered = agree(person, url)
    tokens = dict(session.fetch_token(server["token_endpoint"], authorization_response=answered, state=state))
    checked(tokens, rp, server)
    assert tokens["given_name"] == "สมชาย"
    facts = session.get(server["userinfo_endpoint"], timeout=10).json()
    assert facts["sub"] == facts["pid"] == tokens["pid"]


@pytest.mark.requirement("R-004.20")
def test_authlib_registers_itself(live_server: LiveServer, person: requests.Session) -> None:
    """As RFC 7591 has it, by nothing but the metadata."""
    server = discovered(live_server)
    wish = {"redirect_uris": ["https://rp.example.go.th/callback"], "scope": SCOPES, "client_name": "Program"}
    told = requests.post(server["registration_endpoint"], json=wish, timeout=10).json()
    rp = Rp(told["client_id"], told["client_secret"], told["redirect_uris"][0])
    session = OAuth2Session(rp.id, rp.secret, scope=SCOPES, redirect_uri=rp.back, code_challenge_method="S256")
    checked(sign_in(session, server, person), rp, server)
    headers = {"Authorization": f"Bearer {told['registration_access_token']}"}
    assert requests.delete(told["registration_client_uri"], headers=headers, timeout=10).status_code == 204


def checked(tokens: dict[str, Any], rp: Rp, server: dict[str, Any]) -> None:
    """The ID token, by Authlib's own rules."""
    keys = KeySet.import_key_set(requests.get(server["jwks_uri"], timeout=10).json())
    token = jwt.decode(tokens["id_token"], keys, algorithms=server["id_token_signing_alg_values_supported"])
    claims = CodeIDToken(
        token.claims,
        token.header,
        {"iss": {"value": server["issuer"]}, "aud": {"value": rp.id}},
        {"nonce": "the-nonce", "client_id": rp.id, "access_token": tokens["access_token"]},
    )
    claims.validate()


def by_node(script: str, told: dict[str, Any], person: requests.Session) -> dict[str, Any]:
    """What an RP on openid-client learns: it sends the person off, they agree, and it goes on."""
    node = subprocess.Popen(  # noqa: S603 - our own script
        [NODE or "node", HOME / script],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with node:
        assert node.stdin
        assert node.stdout
        node.stdin.write(json.dumps({**told, "scope": SCOPES}) + "\n")
        node.stdin.flush()
        address = node.stdout.readline().strip()
        node.stdin.write(agree(person, address) + "\n")
        node.stdin.flush()
        return dict(json.loads(node.stdout.readline()))


BACK_WITHOUT_QUERY = "https://rp.example.go.th/callback"  # openid-client takes the answer's whole query away


@needs_node
@pytest.mark.parametrize("par", [False, True], ids=["query", "pushed"])
def test_openid_client(live_server: LiveServer, person: requests.Session, par: bool) -> None:
    rp = make_rp(redirect_uris=[BACK_WITHOUT_QUERY])
    told = {"issuer": live_server.url, "id": rp.id, "secret": rp.secret, "back": rp.back, "par": par}
    learnt = by_node("openid_client.mjs", told, person)
    assert learnt["facts"]["given_name"] == "สมชาย"
    assert (learnt["before"], learnt["after"]) == (True, False)


@needs_node
@pytest.mark.requirement("R-004.23")
@pytest.mark.parametrize("nonce", [False, True], ids=["without nonce", "with the server's nonce"])
def test_openid_client_under_fapi(
    live_server: LiveServer, person: requests.Session, settings: Settings, nonce: bool
) -> None:
    settings.DPOP_NONCE = nonce
    key = ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256"})
    jwks = {"keys": [key.as_dict(private=False)]}
    rp = make_rp(method="private_key_jwt", jwks=jwks, fapi=True, redirect_uris=[BACK_WITHOUT_QUERY])
    told = {"issuer": live_server.url, "id": rp.id, "jwk": key.as_dict(private=True), "back": rp.back}
    learnt = by_node("openid_client_fapi.mjs", told, person)
    assert learnt["facts"]["given_name"] == learnt["again"]["given_name"] == "สมชาย"
    assert learnt["type"].lower() == "dpop"
    assert learnt["jkt"] == learnt["thumbprint"]
    assert learnt["borne"] == 401, "without its proof the token is worth nothing"
