"""What RFC 9700 and its kin warn of. Each test fails without the defence that it names."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey
from pytest_django import Settings

from sala.identity.accounts.models import Account
from sala.identity.provider import registry
from sala.identity.provider.metadata import address
from sala.identity.provider.models import AuthorizationRequest, Client, Grant, Look
from sala.identity.provider.rules import base64url
from sala.kit import clock
from sala.kit.errors import Invalid
from tests.factories import client_for, make_account
from tests.identity.provider.conftest import (
    AUTH,
    BACK,
    BY,
    INTROSPECT,
    PAR,
    TOKEN,
    USERINFO,
    Rp,
    agree,
    answer,
    begin,
    challenge_of,
    make_person,
    make_rp,
)

pytestmark = pytest.mark.django_db
Tokens = Callable[..., dict[str, Any]]


def works(token: str) -> bool:
    return Browser().get(USERINFO, headers={"Authorization": f"Bearer {token}"}).status_code == 200


# --- Redirect URIs: exact, or nobody is told ----------------------------------------------------------------


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "https://evil.example/callback",
        BACK + "/",
        BACK + "&more=1",
        BACK.replace("https", "http"),
        BACK.replace("rp.example.go.th", "RP.example.go.th"),
        BACK.replace("/callback", "/callback/../open"),
        BACK + "#fragment",
        "https://rp.example.go.th/callback",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_is_not_registered_gets_no_answer(browser: Browser, rp: Rp, uri: str | None) -> None:
    response = browser.get(AUTH, rp.request(redirect_uri=uri))
    assert response.status_code == 400
    assert "Location" not in response.headers
    assert not AuthorizationRequest.objects.exists()


def test_an_error_is_not_sent_to_a_strange_address_either(browser: Browser, rp: Rp) -> None:
    response = browser.get(AUTH, rp.request(redirect_uri="https://evil.example/", response_type="token"))
    assert response.status_code == 400
    assert "Location" not in response.headers


@pytest.mark.parametrize(
    "uri",
    [
        "http://rp.example/",
        "https://rp.example/#x",
        "https://user@rp.example/",
        "https:///x",
        "myapp://x",
        "https://a/ b",
    ],
)
def test_an_address_that_could_lead_astray_is_not_registered(db: None, uri: str) -> None:
    with pytest.raises(Invalid):
        make_rp(redirect_uris=[uri])


# --- The code ------------------------------------------------------------------------------------------------


def test_a_code_brought_twice_ends_what_came_of_it(browser: Browser, rp: Rp) -> None:
    code = agree(browser, begin(browser, rp))["code"]
    tokens = rp.exchange(code).json()
    assert works(tokens["access_token"])
    assert rp.exchange(code).json()["error"] == "invalid_grant"
    assert not works(tokens["access_token"])
    assert rp.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_tokens_and_keeps_none(browser: Browser, rp: Rp) -> None:
    code = agree(browser, begin(browser, rp))["code"]

    def exchange(_: int) -> Any:
        try:
            return rp.exchange(code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(exchange, range(4)))
    won = [response for response in answers if response.status_code == 200]
    assert len(won) == 1
    assert not works(won[0].json()["access_token"])


def test_a_code_injected_into_another_sign_in_is_refused_and_ended(browser: Browser, rp: Rp) -> None:
    """The attacker brings a stolen code to their own session at the same RP, which has its own verifier."""
    code = agree(browser, begin(browser, rp))["code"]
    assert rp.exchange(code, code_verifier="v" * 64).json()["error"] == "invalid_grant"
    assert rp.exchange(code).json()["error"] == "invalid_grant"


def test_a_code_is_of_one_client_only(browser: Browser, rp: Rp) -> None:
    other = make_rp("Other")
    code = agree(browser, begin(browser, rp))["code"]
    assert other.exchange(code, code_verifier=rp.verifier).json()["error"] == "invalid_grant"
    assert rp.exchange(code).status_code == 200, "the other's attempt takes nothing from the right one"


def test_a_code_is_of_one_address_only(browser: Browser) -> None:
    rp = make_rp(redirect_uris=[BACK, f"{BACK}2"])
    code = agree(browser, begin(browser, rp))["code"]
    assert rp.exchange(code, redirect_uri=f"{BACK}2").json()["error"] == "invalid_grant"


def test_a_code_is_good_for_a_minute(browser: Browser, rp: Rp) -> None:
    code = agree(browser, begin(browser, rp))["code"]
    with clock.frozen(clock.now() + timedelta(seconds=61)):
        assert rp.exchange(code).json()["error"] == "invalid_grant"


def test_the_answer_names_the_server(browser: Browser, rp: Rp, settings: Settings) -> None:
    """Against mix-up: in errors as in codes (RFC 9207)."""
    assert answer(begin(browser, rp, prompt="none"))["iss"] == settings.PUBLIC_URL
    assert agree(browser, begin(browser, rp))["iss"] == settings.PUBLIC_URL


# --- PKCE cannot be left out or weakened -------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"code_challenge": None, "code_challenge_method": None},
    ],
)
def test_pkce_is_required(browser: Browser, rp: Rp, change: dict[str, str | None]) -> None:
    assert answer(begin(browser, rp, **change))["error"] == "invalid_request"


def test_a_verifier_is_required(browser: Browser, rp: Rp) -> None:
    code = agree(browser, begin(browser, rp))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": rp.back}
    assert rp.post(TOKEN, **form).status_code == 400
    assert rp.exchange(code, code_verifier=challenge_of(rp.verifier)).json()["error"] == "invalid_grant"


# --- Who the client is ----------------------------------------------------------------------------------------


def test_a_wrong_secret_is_refused(browser: Browser, rp: Rp) -> None:
    code = agree(browser, begin(browser, rp))["code"]
    for secret in ("", "wrong", rp.secret + "x"):
        response = Rp(rp.id, secret, verifier=rp.verifier).exchange(code)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
        assert response.headers["WWW-Authenticate"].startswith("Basic")
    assert rp.post(TOKEN, authorization="", grant_type="authorization_code", client_id=rp.id).status_code == 401


def test_a_client_proves_itself_in_its_own_way_only(rp: Rp) -> None:
    form = {"grant_type": "client_credentials", "client_id": rp.id, "client_secret": rp.secret}
    assert rp.post(TOKEN, authorization="", **form).status_code == 401, "registered for Basic"
    assert rp.post(TOKEN, **form).status_code == 401, "two ways at once"


def test_a_new_secret_ends_the_old_one(rp: Rp) -> None:
    fresh = Rp(rp.id, registry.new_secret(client_id=rp.id, by=BY.label))
    assert fresh.post(INTROSPECT, token="x").status_code == 200
    assert rp.post(INTROSPECT, token="x").status_code == 401
    assert bytes(Client.objects.get(id=rp.id).secret_hash or b"") != fresh.secret.encode()


def test_a_closed_client_is_served_no_more(signed_in: Tokens, rp: Rp) -> None:
    tokens = signed_in()
    # Closed in another process: this one remembers it for seconds, and the statements do not.
    Client.objects.filter(id=rp.id).update(closed_at=clock.now())
    assert not works(tokens["access_token"])
    assert rp.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


KEY = ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig", "kid": "the-key"})
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def signer(db: None) -> Rp:
    return make_rp("Signer", method="private_key_jwt", jwks={"keys": [KEY.as_dict(private=False)]})


def assertion(rp: Rp, settings: Settings, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": rp.id, "sub": rp.id, "aud": settings.PUBLIC_URL, "jti": f"j{now}", "iat": now, "exp": now + 60}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def prove(rp: Rp, token: str) -> int:
    form = {"token": "x", "client_assertion_type": ASSERTION, "client_assertion": token}
    return int(rp.post(INTROSPECT, authorization="", **form).status_code)


def signed(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "ES256", "kid": "the-key"}, claims, KEY, algorithms=["ES256"])


def test_a_signed_proof_works_once(signer: Rp, settings: Settings) -> None:
    token = signed(assertion(signer, settings))
    assert prove(signer, token) == 200
    assert prove(signer, token) == 401
    assert prove(signer, signed(assertion(signer, settings, jti="other", aud=address("introspect")))) == 200


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "another"},
        {"sub": "another"},
        {"aud": "https://another.example"},
        {"aud": ["{issuer}", "https://another.example"]},
        {"aud": None},
        {"jti": None},
        {"exp": None},
        {"exp": -120},
        {"exp": 86_400},
        {"nbf": 86_400},
    ],
    ids=str,
)
def test_a_signed_proof_for_another_or_without_bounds_is_refused(
    signer: Rp, settings: Settings, change: dict[str, Any]
) -> None:
    """Times are seconds from now."""
    if isinstance(change.get("aud"), list):
        change = {"aud": [settings.PUBLIC_URL, "https://another.example"]}
    change = {name: int(time.time()) + value if isinstance(value, int) else value for name, value in change.items()}
    assert prove(signer, signed(assertion(signer, settings, **change))) == 401


def test_algorithm_none_is_no_signature(signer: Rp, settings: Settings) -> None:
    head, body, _ = signed(assertion(signer, settings)).split(".")
    header = base64url(json.dumps({"alg": "none", "kid": "the-key"}).encode())
    unsigned = f"{header}.{body}."
    assert prove(signer, unsigned) == 401
    assert prove(signer, f"{head}.{body}.") == 401


def test_the_public_key_is_no_shared_secret(signer: Rp, settings: Settings) -> None:
    """Algorithm confusion: HS256 under the bytes of the published key."""
    for secret in (KEY.as_pem(private=False), KEY.as_der(private=False)):
        claims = assertion(signer, settings)
        header = {"alg": "HS256", "kid": "the-key"}
        # Signed by hand: the library refuses to make a shared secret of a public key, as it should.
        signing = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        confused = f"{signing}.{base64url(hmac.digest(secret, signing.encode(), 'sha256'))}"
        assert prove(signer, confused) == 401


def test_another_key_under_the_same_name_is_refused(signer: Rp, settings: Settings) -> None:
    strange = ECKey.generate_key("P-256", {"kid": "the-key"})
    token = jwt.encode(
        {"alg": "ES256", "kid": "the-key", "jwk": strange.as_dict(private=False)},
        assertion(signer, settings),
        strange,
        algorithms=["ES256"],
    )
    assert prove(signer, token) == 401


def test_a_secret_or_private_key_is_not_registered_as_a_public_one(db: None) -> None:
    registered: tuple[Any, ...] = (
        KeySet([OctKey.import_key("x" * 32, {"kid": "a"})]).as_dict(private=True),
        {"keys": [KEY.as_dict(private=True)]},
        {"keys": [ECKey.generate_key("P-384", {"kid": "b"}).as_dict(private=False)]},
        {"keys": []},
        None,
    )
    for keys in registered:
        with pytest.raises(Invalid):
            make_rp(method="private_key_jwt", jwks=keys)


# --- Refresh tokens --------------------------------------------------------------------------------------------


def test_a_refresh_token_brought_twice_ends_its_family(signed_in: Tokens, rp: Rp) -> None:
    first = signed_in()
    second = rp.refresh(first["refresh_token"]).json()
    assert works(second["access_token"])
    assert rp.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert not works(second["access_token"])
    assert rp.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"


def test_another_client_cannot_refresh(signed_in: Tokens, rp: Rp) -> None:
    tokens, other = signed_in(), make_rp("Other")
    assert other.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert rp.refresh(tokens["refresh_token"]).status_code == 200


def test_a_refresh_token_opens_nothing(signed_in: Tokens) -> None:
    assert not works(signed_in()["refresh_token"])


# --- Pushed requests ------------------------------------------------------------------------------------------


def test_a_pushed_request_is_good_once_for_its_client_for_90_seconds(browser: Browser, rp: Rp) -> None:
    def pushed() -> str:
        return str(rp.post(PAR, **rp.request()).json()["request_uri"])

    other, uri = make_rp("Other"), pushed()
    assert browser.get(AUTH, {"client_id": rp.id, "request_uri": uri}).status_code == 303
    assert browser.get(AUTH, {"client_id": rp.id, "request_uri": uri}).status_code == 400
    assert browser.get(AUTH, {"client_id": other.id, "request_uri": pushed()}).status_code == 400
    with clock.frozen(clock.now() + timedelta(seconds=91)):
        late = pushed()
    with clock.frozen(clock.now() + timedelta(seconds=91 + 91)):
        assert browser.get(AUTH, {"client_id": rp.id, "request_uri": late}).status_code == 400
    assert browser.get(AUTH, {"client_id": rp.id, "request_uri": "https://evil.example/r"}).status_code == 400


def test_pushing_needs_the_clients_proof_and_a_registered_address(rp: Rp) -> None:
    assert rp.post(PAR, authorization="", **rp.request()).status_code == 401
    assert rp.post(PAR, **rp.request(redirect_uri="https://evil.example/")).status_code == 400
    assert rp.post(PAR, **rp.request(scope="openid smartcard_code")).json()["error"] == "invalid_scope"


def test_a_waiting_request_is_not_a_pushed_one(browser: Browser, rp: Rp) -> None:
    handle = begin(browser, rp).split("/")[2]
    uri = f"urn:ietf:params:oauth:request_uri:{handle}"
    assert browser.get(AUTH, {"client_id": rp.id, "request_uri": uri}).status_code == 400


# --- The consent page -------------------------------------------------------------------------------------------


def test_consent_cannot_be_given_by_another_sites_form(citizen: Account, rp: Rp) -> None:
    strict = client_for(citizen)
    strict.handler.enforce_csrf_checks = True
    page = begin(strict, rp)
    strict.get(page)
    response = strict.post(page, {"act": "all", "account": str(citizen.id)})
    assert response.status_code == 403
    assert not Grant.objects.exists()


def test_no_page_of_the_sign_in_can_be_framed(browser: Browser, rp: Rp) -> None:
    for path in (begin(browser, rp), f"{AUTH}?{urlencode(rp.request(redirect_uri=None))}"):
        response = browser.get(path)
        assert response.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "same-origin"


def test_who_signed_in_meanwhile_agrees_to_nothing_unread(browser: Browser, citizen: Account, rp: Rp) -> None:
    """The page was drawn for the citizen; another person is signed in when its form is sent."""
    page = begin(browser, rp)
    browser.get(page)
    other = make_account()
    make_person(other, number=9)
    response = client_for(other).post(page, {"act": "all", "account": str(citizen.id)})
    assert response.headers["Location"] == page
    assert not Grant.objects.exists()


def test_a_request_is_answered_once(browser: Browser, rp: Rp, citizen: Account) -> None:
    page = begin(browser, rp)
    agree(browser, page)
    again = browser.post(page, {"act": "all", "account": str(citizen.id)})
    assert again.status_code == 410
    assert Grant.objects.count() == 1


def test_a_get_agrees_to_nothing(browser: Browser, rp: Rp, citizen: Account) -> None:
    page = begin(browser, rp)
    browser.get(page, {"act": "all", "account": str(citizen.id)})
    assert not Grant.objects.exists()


# --- What is asked twice, unknown or not approved ------------------------------------------------------------------


def test_a_parameter_given_twice_is_refused(browser: Browser, rp: Rp) -> None:
    query = urlencode(rp.request()) + "&state=another"
    assert browser.get(f"{AUTH}?{query}").status_code == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scope": "openid smartcard_code"}, "invalid_scope"),
        ({"scope": "pid"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
    ],
)
def test_the_rp_is_told_what_is_wrong(browser: Browser, rp: Rp, change: dict[str, str], error: str) -> None:
    told = answer(begin(browser, rp, **change))
    assert (told["error"], told["state"]) == (error, "the-state")
    assert told["error_description"]


def test_a_scope_withdrawn_is_no_longer_told(signed_in: Tokens, rp: Rp) -> None:
    token = signed_in()["access_token"]
    registry.withdraw_scope(client_id=rp.id, scope="pid", by=BY.label)
    facts = Browser().get(USERINFO, headers={"Authorization": f"Bearer {token}"}).json()
    assert set(facts) == {"sub", "given_name", "birthdate"}


# --- Nothing personal, and no secret, where it is kept -----------------------------------------------------------


def test_nothing_secret_is_stored_or_logged(
    signed_in: Tokens, rp: Rp, citizen: Account, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens = signed_in()
    rp.exchange("a-code-that-is-wrong")
    with connection.cursor() as cursor:
        cursor.execute("select string_agg(t::text, ' ') from provider_token t")
        stored = str(cursor.fetchone())
        cursor.execute("select string_agg(t::text, ' ') from provider_look t")
        stored += str(cursor.fetchone())
    seen = stored + caplog.text + "".join(capsys.readouterr())
    for secret in (tokens["access_token"], tokens["refresh_token"], rp.secret, citizen.email, "สมชาย", "199000"):
        assert secret not in seen


def test_an_address_with_a_token_is_refused(rp: Rp, signed_in: Tokens) -> None:
    """Addresses are kept in logs: an RP that writes tokens there is told before it goes to work."""
    token = signed_in()["access_token"]
    assert rp.post(f"{INTROSPECT}?token={token}", token=token).status_code == 400
    assert not Look.objects.filter(detail__contains=token).exists()
