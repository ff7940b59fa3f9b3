"""Tokens bound to a key (RFC 9449): useless to a thief. Each attack succeeds without the defence that it names."""

from __future__ import annotations

import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.test import Client as Browser
from joserfc.jwk import ECKey, OctKey
from pytest_django import Settings

from sala.identity.provider.models import Assertion, Grant, Look
from sala.identity.provider.rules import base64url
from sala.kit import clock
from tests.identity.provider.conftest import AUTH, INTROSPECT, PAR, TOKEN, USERINFO, Rp, agree, begin, make_rp
from tests.identity.provider.proving import Key, exchange, look, refresh, send

pytestmark = pytest.mark.django_db
KEY, OTHER = Key(), Key()


@pytest.fixture
def tokens(browser: Browser, rp: Rp) -> dict[str, Any]:
    """Of a sign-in, bound to KEY."""
    answer = exchange(rp, code_of(browser, rp), KEY.proof(TOKEN))
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def code_of(browser: Browser, rp: Rp, **changes: str | None) -> str:
    return agree(browser, begin(browser, rp, prompt="consent", **changes))["code"]


def said(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


# --- As it should be -----------------------------------------------------------------------------------------


@pytest.mark.requirement("R-004.1")
@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "Ed25519"])
def test_a_token_is_bound_to_the_key_of_its_proof(browser: Browser, rp: Rp, algorithm: str) -> None:
    key = Key(algorithm)
    answer = exchange(rp, code_of(browser, rp), key.proof(TOKEN)).json()
    assert answer["token_type"] == "DPoP"
    assert look(answer["access_token"], key.proof(USERINFO, "GET", token=answer["access_token"])).status_code == 200
    told = rp.post(INTROSPECT, token=answer["access_token"]).json()
    assert (told["cnf"], told["token_type"]) == ({"jkt": key.jkt}, "DPoP")


def test_ed25519_has_an_older_name(browser: Browser, rp: Rp) -> None:
    key, code = Key("Ed25519"), code_of(browser, rp)
    claims = {"htm": "POST", "htu": _uri(TOKEN), "iat": int(time.time()), "jti": "one"}
    head, body = ({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": key.public}, claims)
    signing = ".".join(base64url(json.dumps(part).encode()) for part in (head, body))
    private = key.pair.private_key
    assert isinstance(private, Ed25519PrivateKey)
    signature = private.sign(signing.encode())
    assert exchange(rp, code, f"{signing}.{base64url(signature)}").json()["token_type"] == "DPoP"


def test_without_a_proof_tokens_are_bearers_unless_the_client_is_registered_otherwise(browser: Browser) -> None:
    rp, strict = make_rp(), make_rp("Strict", dpop=True, grants=("authorization_code", "client_credentials"))
    assert exchange(rp, code_of(browser, rp), None).json()["token_type"] == "Bearer"
    code = code_of(browser, strict)
    assert said(exchange(strict, code, None)) == (400, "invalid_dpop_proof")
    assert exchange(strict, code, KEY.proof(TOKEN)).status_code == 200, "nothing was used up"
    assert said(strict.post(TOKEN, grant_type="client_credentials")) == (400, "invalid_dpop_proof")


def test_a_clients_own_token_is_bound(db: None) -> None:
    rp = make_rp(grants=("client_credentials",))
    own = send(TOKEN, {"grant_type": "client_credentials"}, KEY.proof(TOKEN), authorization=rp.basic()).json()
    assert own["token_type"] == "DPoP"
    assert rp.post(INTROSPECT, token=own["access_token"]).json()["cnf"] == {"jkt": KEY.jkt}


def _uri(path: str) -> str:
    from django.conf import settings

    return settings.PUBLIC_URL + path


# --- A stolen token ------------------------------------------------------------------------------------------


def test_a_stolen_token_is_worth_nothing(tokens: dict[str, Any]) -> None:
    stolen = tokens["access_token"]
    borne = look(stolen, None, "Bearer")
    assert said(borne) == (401, "invalid_token")
    assert borne.headers["WWW-Authenticate"].startswith('DPoP realm="sala", algs="ES256 ')
    assert said(look(stolen, None)) == (401, "invalid_dpop_proof")
    body = Browser().post(USERINFO, f"access_token={stolen}", content_type="application/x-www-form-urlencoded")
    assert said(body) == (401, "invalid_token")


def test_another_key_is_not_the_tokens_key(tokens: dict[str, Any]) -> None:
    """Key substitution: the thief signs with a key of their own, in its name or in the victim's."""
    stolen = tokens["access_token"]
    assert said(look(stolen, OTHER.proof(USERINFO, "GET", token=stolen))) == (401, "invalid_token")
    swapped = OTHER.proof(USERINFO, "GET", token=stolen, header={"jwk": KEY.public})
    assert said(look(stolen, swapped)) == (401, "invalid_dpop_proof")


def test_a_bearer_token_is_not_made_more_by_a_proof(browser: Browser, rp: Rp) -> None:
    token = exchange(rp, code_of(browser, rp), None).json()["access_token"]
    assert said(look(token, KEY.proof(USERINFO, "GET", token=token))) == (401, "invalid_token")


# --- A stolen proof ------------------------------------------------------------------------------------------


def test_a_proof_works_once(tokens: dict[str, Any]) -> None:
    token = tokens["access_token"]
    proof = KEY.proof(USERINFO, "GET", token=token)
    assert look(token, proof).status_code == 200
    assert said(look(token, proof)) == (401, "invalid_dpop_proof")


def test_a_proof_brought_again_to_the_token_endpoint_issues_nothing_and_ends_nothing(browser: Browser, rp: Rp) -> None:
    first, second = (code_of(browser, rp) for _ in range(2))
    proof = KEY.proof(TOKEN)
    assert exchange(rp, first, proof).status_code == 200
    again = exchange(rp, second, proof)
    assert said(again) == (400, "invalid_dpop_proof")
    assert "jti" in again.json()["error_description"]
    assert exchange(rp, second, KEY.proof(TOKEN)).status_code == 200, "the code was not used up by it"
    own = make_rp("Own", grants=("client_credentials",))
    form = {"grant_type": "client_credentials"}
    assert said(send(TOKEN, form, proof, authorization=own.basic())) == (400, "invalid_dpop_proof")


@pytest.mark.django_db(transaction=True)
def test_of_one_proof_sent_by_many_at_once_one_wins(browser: Browser, rp: Rp) -> None:
    codes = [code_of(browser, rp) for _ in range(4)]
    proof = KEY.proof(TOKEN)

    def one(code: str) -> int:
        try:
            return int(exchange(rp, code, proof).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, codes)) == [200, 400, 400, 400]


@pytest.mark.parametrize(
    "change",
    [
        {"htm": "GET"},
        {"htm": "post"},
        {"htm": None},
        {"htu": None},
        {"htu": "https://evil.example/api/v2/oauth2/token/"},
        {"htu": "{}/api/v2/oauth2/token"},
        {"htu": "{}/api/v2/oauth2/userinfo/"},
        {"htu": "{}/api/v2/oauth2/./token/"},
        {"htu": "{}/api/v2/oauth2/x/../token/"},
        {"htu": "{}/api/v2/oauth2//token/"},
        {"htu": "{}/api/v2/oauth2/%74oken/"},
        {"htu": "{}/api/v2/oauth2/TOKEN/"},
        {"htu": "{at}/api/v2/oauth2/token/"},
        {"htu": "{}.evil.example/api/v2/oauth2/token/"},
        {"htu": "{}\\@evil.example/api/v2/oauth2/token/"},
        {"htu": "{}/api/v2/oauth2/token/\n"},
        {"htu": "/api/v2/oauth2/token/"},
        {"htu": ["{}/api/v2/oauth2/token/"]},
        {"iat": -61},
        {"iat": 62},
        {"iat": None},
        {"iat": "now"},
        {"iat": True},
        {"jti": None},
        {"jti": ""},
        {"jti": 5},
    ],
    ids=str,
)
def test_a_proof_for_another_place_or_time_is_refused(
    browser: Browser, rp: Rp, settings: Settings, change: dict[str, Any]
) -> None:
    """Times are seconds from now."""
    code = code_of(browser, rp)
    if isinstance(uri := change.get("htu"), str):
        at = settings.PUBLIC_URL.replace("://", "://evil@")
        change = {"htu": uri.replace("{}", settings.PUBLIC_URL).replace("{at}", at)}
    if type(change.get("iat")) is int:
        change = {"iat": int(time.time()) + change["iat"]}
    assert said(exchange(rp, code, KEY.proof(TOKEN, **change))) == (400, "invalid_dpop_proof")
    assert Grant.objects.get().code_used_at is None
    assert exchange(rp, code, KEY.proof(TOKEN)).status_code == 200


def test_what_of_an_address_says_nothing_may_differ(browser: Browser, rp: Rp, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://sala.example"
    for uri in ("HTTPS://Sala.Example:443/api/v2/oauth2/token/", "https://sala.example/api/v2/oauth2/token/?a=b#c"):
        code = code_of(browser, rp)
        assert exchange(rp, code, KEY.proof(uri)).status_code == 200


@pytest.mark.parametrize("change", [{"ath": None}, {"ath": "x" * 43}, {"ath": ""}, {"ath": 7}, {"ath": "é"}], ids=str)
def test_a_proof_for_another_token_is_refused(tokens: dict[str, Any], change: dict[str, Any]) -> None:
    token = tokens["access_token"]
    assert said(look(token, KEY.proof(USERINFO, "GET", token=token, **change))) == (401, "invalid_dpop_proof")


# --- What is no proof ----------------------------------------------------------------------------------------


def refused(proof: str) -> None:
    rp = make_rp(grants=("client_credentials",))
    answer = send(TOKEN, {"grant_type": "client_credentials"}, proof, authorization=rp.basic())
    assert said(answer) == (400, "invalid_dpop_proof")
    assert not Assertion.objects.exists()
    assert Look.objects.filter(outcome="invalid_dpop_proof").exists(), "the RP reads in its log what was wrong"


def test_algorithm_none_is_no_signature(db: None) -> None:
    head, body, _ = KEY.proof(TOKEN).split(".")
    header = base64url(json.dumps({"typ": "dpop+jwt", "alg": "none", "jwk": KEY.public}).encode())
    refused(f"{header}.{body}.")
    refused(f"{head}.{body}.")


def test_the_public_key_is_no_shared_secret(db: None) -> None:
    """Algorithm confusion: HS256 under the public key, or under a secret that the header itself brings."""
    shared = OctKey.import_key("x" * 32)
    for jwk, secret in (
        (KEY.public, KEY.pair.as_pem(private=False)),
        ({"kty": "oct", "k": base64url(b"x" * 32)}, shared.raw_value),
    ):
        head = {"typ": "dpop+jwt", "alg": "HS256", "jwk": jwk}
        body = {"htm": "POST", "htu": _uri(TOKEN), "iat": int(time.time()), "jti": "one"}
        signing = ".".join(base64url(json.dumps(part).encode()) for part in (head, body))
        refused(f"{signing}.{base64url(hmac.digest(secret, signing.encode(), 'sha256'))}")


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": None},
        {"jwk": None},
        {"jwk": {"kty": "EC"}},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
        {"jwk": "private"},
        {"jwk": "of another curve"},
        {"crit": ["exp"], "exp": 1},
    ],
    ids=str,
)
def test_a_header_that_is_not_a_proofs(db: None, header: dict[str, Any]) -> None:
    if header.get("jwk") == "private":
        header = {"jwk": KEY.pair.as_dict(private=True)}
    elif header.get("jwk") == "of another curve":  # made here: xdist's workers must agree on the names of the tests
        header = {"jwk": ECKey.generate_key("P-384").as_dict(private=False)}
    refused(KEY.proof(TOKEN, header=header))


def test_the_padding_of_1993_is_refused(db: None) -> None:
    refused(Key("RS256").proof(TOKEN))


@pytest.mark.parametrize("text", ["", "a.b.c", "x" * 9000, "[]", "é"])
def test_what_is_no_jwt(db: None, text: str) -> None:
    refused(text)


def test_two_proofs_are_none(db: None) -> None:
    refused(f"{KEY.proof(TOKEN)},{KEY.proof(TOKEN)}")


def test_claims_that_are_no_object(db: None) -> None:
    refused(KEY.sign({"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.public}, ["htm"]))


# --- The code, and the refresh token -------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["header", "parameter", "query"])
def test_a_code_is_bound_from_the_request_on(browser: Browser, rp: Rp, how: str) -> None:
    """A code that is stolen with its verifier is worth nothing either (RFC 9449, 10)."""
    asked = rp.request(dpop_jkt=None if how == "header" else KEY.jkt)
    if how == "query":
        page = str(browser.get(AUTH, asked).headers["Location"])
    else:
        pushed = send(PAR, asked, KEY.proof(PAR) if how == "header" else None, authorization=rp.basic())
        page = begin(browser, rp, request_uri=pushed.json()["request_uri"])
    code = agree(browser, page)["code"]
    assert said(exchange(rp, code, OTHER.proof(TOKEN))) == (400, "invalid_grant")
    assert said(exchange(rp, code, KEY.proof(TOKEN))) == (400, "invalid_grant"), "others have seen it: it is over"


def test_a_bound_code_needs_its_key(browser: Browser, rp: Rp) -> None:
    code = code_of(browser, rp, dpop_jkt=KEY.jkt)
    assert exchange(rp, code, KEY.proof(TOKEN)).status_code == 200
    code = code_of(browser, rp, dpop_jkt=KEY.jkt)
    assert said(exchange(rp, code, None)) == (400, "invalid_grant")


def test_a_request_is_pushed_with_its_own_key(rp: Rp) -> None:
    asked = rp.request(dpop_jkt=OTHER.jkt)
    assert said(send(PAR, asked, KEY.proof(PAR), authorization=rp.basic())) == (400, "invalid_dpop_proof")
    proof = KEY.proof(PAR)
    assert send(PAR, rp.request(), proof, authorization=rp.basic()).status_code == 201
    assert said(send(PAR, rp.request(), proof, authorization=rp.basic())) == (400, "invalid_dpop_proof")
    assert said(send(PAR, rp.request(dpop_jkt="short"), None, authorization=rp.basic())) == (400, "invalid_request")


def test_a_refreshed_token_is_bound_again_and_never_loose(tokens: dict[str, Any], rp: Rp) -> None:
    assert said(refresh(rp, tokens["refresh_token"], None)) == (400, "invalid_dpop_proof")
    fresh = refresh(rp, tokens["refresh_token"], OTHER.proof(TOKEN)).json()
    assert fresh["token_type"] == "DPoP"
    token = fresh["access_token"]
    assert look(token, OTHER.proof(USERINFO, "GET", token=token)).status_code == 200, "a confidential client's new key"
    assert said(look(token, KEY.proof(USERINFO, "GET", token=token))) == (401, "invalid_token")


# --- The server's nonce --------------------------------------------------------------------------------------


def test_the_servers_nonce_keeps_proofs_from_being_made_in_advance(
    browser: Browser, rp: Rp, settings: Settings
) -> None:
    settings.DPOP_NONCE = True
    code = code_of(browser, rp)
    asked = exchange(rp, code, KEY.proof(TOKEN))
    assert said(asked) == (400, "use_dpop_nonce")
    nonce = asked.headers["DPoP-Nonce"]
    done = exchange(rp, code, KEY.proof(TOKEN, nonce=nonce))
    assert done.status_code == 200
    token = done.json()["access_token"]
    missing = look(token, KEY.proof(USERINFO, "GET", token=token))
    assert said(missing) == (401, "use_dpop_nonce")
    assert 'error="use_dpop_nonce"' in missing.headers["WWW-Authenticate"]
    assert missing.headers["DPoP-Nonce"] == nonce
    assert look(token, KEY.proof(USERINFO, "GET", token=token, nonce=nonce)).status_code == 200
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        late = KEY.proof(USERINFO, "GET", token=token, nonce=nonce, iat=int(clock.now().timestamp()))
        assert said(look(token, late)) == (401, "use_dpop_nonce"), "it turns"


def test_a_nonce_of_ones_own_is_not_believed(db: None) -> None:
    rp = make_rp(grants=("client_credentials",))
    proof = KEY.proof(TOKEN, nonce="mine")
    answer = send(TOKEN, {"grant_type": "client_credentials"}, proof, authorization=rp.basic())
    assert said(answer) == (400, "use_dpop_nonce")
