"""FAPI 2.0 Security Profile (Final), as one switch of a client. What the profile demands, clause by clause (5.3.2)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import Settings

from sala.identity.provider import clients, registry
from sala.identity.provider.metadata import address
from sala.identity.provider.models import Token
from sala.kit import clock
from sala.kit.errors import Invalid
from sala.kit.models import AuditEntry
from tests.identity.provider.conftest import AUTH, BY, INTROSPECT, PAR, TOKEN, USERINFO, Rp, agree, answer, make_rp
from tests.identity.provider.proving import Key, look, send

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-004.1")]
KEY = Key()


def make(key: Key = KEY, **given: Any) -> Rp:
    jwks = {"keys": [{**key.public, "kid": "one", "use": "sig"}]}
    return make_rp("Bank", method="private_key_jwt", jwks=jwks, fapi=True, **given)


@pytest.fixture
def rp(db: None) -> Rp:
    return make()


def push(rp: Rp, key: Key = KEY, *, proof: str | None = None, assertion: Any = None, **changes: Any) -> Any:
    proven = key.assertion(rp.id) if assertion is None else assertion
    return send(PAR, {**rp.request(**changes), **proven}, proof)


def sign_in(browser: Browser, rp: Rp, **changes: Any) -> str:
    uri = push(rp, prompt="consent", **changes).json()["request_uri"]
    page = browser.get(AUTH, {"client_id": rp.id, "request_uri": uri}).headers["Location"]
    return agree(browser, page)["code"]


def exchange(rp: Rp, code: str, proof: str | None, key: Key = KEY) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": rp.back, "code_verifier": rp.verifier}
    return send(TOKEN, {**form, **key.assertion(rp.id)}, proof)


def refresh(rp: Rp, token: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token, **KEY.assertion(rp.id)}
    return send(TOKEN, form, KEY.proof(TOKEN))


def test_a_whole_sign_in(browser: Browser, rp: Rp) -> None:
    tokens = exchange(rp, sign_in(browser, rp), KEY.proof(TOKEN)).json()
    token = tokens["access_token"]
    assert tokens["token_type"] == "DPoP"
    assert look(token, KEY.proof(USERINFO, "GET", token=token)).status_code == 200
    assert look(token, None, "Bearer").status_code == 401


def test_only_pushed_requests_are_answered(browser: Browser, rp: Rp) -> None:
    told = answer(str(browser.get(AUTH, rp.request()).headers["Location"]))
    assert told["error"] == "invalid_request"
    assert told["iss"]
    assert push(rp, assertion={"client_id": rp.id}).status_code == 401, "nobody may push in its name"


def test_only_bound_tokens_are_issued(browser: Browser, rp: Rp) -> None:
    code = sign_in(browser, rp)
    assert exchange(rp, code, None).json()["error"] == "invalid_dpop_proof"
    assert exchange(rp, code, KEY.proof(TOKEN)).status_code == 200


def test_pkce_with_s256_and_the_address_belong_to_what_is_pushed(rp: Rp) -> None:
    for missing in ("code_challenge", "redirect_uri"):
        assert push(rp, KEY, **{missing: None}).status_code == 400
    assert push(rp, code_challenge_method="plain").status_code == 400
    assert push(rp).json()["expires_in"] < 600


@pytest.mark.parametrize("name", ["the endpoint", "a list", "another"])
def test_its_proof_is_made_for_the_issuer_alone(rp: Rp, settings: Settings, name: str) -> None:
    audience = {
        "the endpoint": address("par"),
        "a list": [settings.PUBLIC_URL],
        "another": "https://another.example",
    }[name]
    assert push(rp, assertion=KEY.assertion(rp.id, aud=audience)).status_code == 401


def test_clocks_may_differ_by_seconds_not_by_minutes(rp: Rp) -> None:
    now = int(time.time())
    for name in ("iat", "nbf"):
        assert push(rp, assertion=KEY.assertion(rp.id, **{name: now + 10})).status_code == 201
        assert push(rp, assertion=KEY.assertion(rp.id, **{name: now + 65})).status_code == 401


@pytest.mark.parametrize(("algorithm", "status"), [("PS256", 201), ("Ed25519", 201), ("RS256", 401)])
def test_of_signatures_only_the_good_ones_count(db: None, algorithm: str, status: int) -> None:
    key = Key(algorithm)
    assert push(make(key), key).status_code == status


def test_ed25519_by_its_older_name(db: None) -> None:
    import warnings

    key = Key("Ed25519")
    with warnings.catch_warnings(action="ignore"):  # the library that signs says that the name is old
        key.algorithm = "EdDSA"
        proven = key.assertion(make(key).id)
    rp = Rp(next(iter(clients.listed())).id, "")
    assert push(rp, key, assertion=proven).status_code == 201


def test_a_refresh_token_stays(browser: Browser, rp: Rp) -> None:
    """A lost answer costs no sign-in, and what proves the client protects the token (5.3.2.1, 10)."""
    first = exchange(rp, sign_in(browser, rp), KEY.proof(TOKEN)).json()
    for _ in range(2):
        fresh = refresh(rp, first["refresh_token"]).json()
        assert "refresh_token" not in fresh
        token = fresh["access_token"]
        assert look(token, KEY.proof(USERINFO, "GET", token=token)).status_code == 200
    assert Token.objects.filter(kind="refresh").count() == 1
    with clock.frozen(clock.now() + timedelta(days=91)):
        late = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        now = int(clock.now().timestamp())
        proven = KEY.assertion(rp.id, iat=now, exp=now + 60)
        assert send(TOKEN, {**late, **proven}, KEY.proof(TOKEN, iat=now)).json()["error"] == "invalid_grant"


def test_a_stolen_refresh_token_needs_the_clients_key(browser: Browser, rp: Rp) -> None:
    tokens, thief = exchange(rp, sign_in(browser, rp), KEY.proof(TOKEN)).json(), Key()
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert send(TOKEN, {**form, **thief.assertion(rp.id)}, thief.proof(TOKEN)).status_code == 401
    assert refresh(rp, tokens["refresh_token"]).status_code == 200


def test_a_code_works_once_and_for_a_minute(browser: Browser, rp: Rp) -> None:
    code = sign_in(browser, rp)
    tokens = exchange(rp, code, KEY.proof(TOKEN)).json()
    assert exchange(rp, code, KEY.proof(TOKEN)).json()["error"] == "invalid_grant"
    form = {"token": tokens["access_token"], **KEY.assertion(rp.id)}
    assert send(INTROSPECT, form, None).json() == {"active": False}


def test_who_has_a_secret_is_no_fapi_client(db: None) -> None:
    with pytest.raises(Invalid):
        make_rp(fapi=True)
    with pytest.raises(Invalid):
        make(profile="legacy_thaid")


def test_the_switch_is_on_record(rp: Rp) -> None:
    registry.amend(client_id=rp.id, setup=registry.Setup(fapi=False), by=BY.label)
    entries = AuditEntry.objects.filter(subject=f"client:{rp.id}", action__startswith="provider.client_")
    assert [("fapi" in str(entry.detail)) for entry in entries] == [True, True]


def test_the_metadata_say_it(client: Browser) -> None:
    told = client.get("/.well-known/openid-configuration").json()
    assert set(told["dpop_signing_alg_values_supported"]) == {"ES256", "PS256", "EdDSA", "Ed25519"}
    assert "PS256" in told["token_endpoint_auth_signing_alg_values_supported"]
    assert told["authorization_response_iss_parameter_supported"]
