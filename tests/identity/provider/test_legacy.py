"""Programs written for ThaID, as they behave on the wire; and that nobody else is served so loosely."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet

from sala.identity.people.rules import invented_pid
from sala.identity.provider import clients, legacy, registry
from sala.identity.provider.models import Grant, Look
from sala.identity.provider.rules import half_hash
from sala.kit import clock
from tests.identity.provider.conftest import (
    AUTH,
    BACK,
    BY,
    INTROSPECT,
    PAR,
    REVOKE,
    TOKEN,
    USERINFO,
    Rp,
    agree,
    answer,
    begin,
    challenge_of,
    make_rp,
)

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-004.6")]
PID = invented_pid(7)
FLAT = {"pid": PID, "given_name": "สมชาย", "birthdate": "1985-04-13"}


@pytest.fixture
def thaid(db: None) -> Rp:
    return make_rp("Written for ThaID", profile=legacy.PROFILE)


@pytest.fixture
def strict(db: None) -> Rp:
    return make_rp("Strict")


def asks(browser: Browser, rp: Rp, query: list[tuple[str, str]]) -> Any:
    """The RP's own query, as it stands in the address, twice alike or not."""
    return browser.get(f"{AUTH}?{urlencode(query)}")


def code_for(browser: Browser, rp: Rp, query: list[tuple[str, str]]) -> str:
    response = asks(browser, rp, query)
    assert response.status_code == 303, response.content.decode()
    return agree(browser, response.headers["Location"])["code"]


def plain(rp: Rp, scope: str, **more: str) -> list[tuple[str, str]]:
    usual = {"response_type": "code", "client_id": rp.id, "redirect_uri": rp.back, "scope": scope, "state": "abc"}
    return list({**usual, **more}.items())


def claims_of(id_token: str) -> dict[str, Any]:
    published = KeySet.import_key_set(Browser().get("/jwks/").json())
    return dict(jwt.decode(id_token, published, algorithms=["ES256"]).claims)


# --- The programs ---------------------------------------------------------------------------------------------


@pytest.mark.requirement("R-004.7")
def test_a_php_program(browser: Browser, thaid: Rp) -> None:
    """Says client_id, state and scope twice in the address, no openid, no PKCE; Basic; reads the claims flat."""
    twice = plain(thaid, "pid given_name birthdate")
    code = code_for(browser, thaid, [*twice, *(pair for pair in twice if pair[0] in {"client_id", "state", "scope"})])
    with clock.frozen(now := clock.now()):
        response = thaid.post(TOKEN, grant_type="authorization_code", code=code, redirect_uri=thaid.back)
    told = response.json()
    assert response.status_code == 200, told
    assert {name: told[name] for name in FLAT} == FLAT
    assert "id_token" not in told
    ends = int((now + timedelta(minutes=15)).timestamp())
    assert (told["expires_in"], told["expire_in"], told["token_type"]) == (ends, ends, "Bearer")
    assert isinstance(told["expires_in"], int)
    revoked = thaid.post(REVOKE, token=f"Bearer {told['access_token']}")
    assert revoked.json() == {"status": "OK", "message": "revoked"}
    assert thaid.post(INTROSPECT, token=told["access_token"]).json() == {"active": False}


def test_a_csharp_program(browser: Browser, thaid: Rp) -> None:
    """Makes its verifier anew at the callback, proves itself in the body with x-api-key, wants a refresh token."""
    query = plain(thaid, "openid pid", code_challenge=challenge_of("v" * 60), code_challenge_method="S256")
    code = code_for(browser, thaid, query)
    form = {"client_id": thaid.id, "client_secret": thaid.secret, "code": code, "code_verifier": "w" * 60}
    response = Browser().post(
        TOKEN,
        urlencode({"grant_type": "authorization_code", "redirect_uri": thaid.back, **form}),
        content_type="application/x-www-form-urlencoded; charset=utf-8",
        headers={"x-api-key": "of-another-gateway"},
    )
    told = response.json()
    assert response.status_code == 200, told
    assert told["refresh_token"]
    assert isinstance(told["expires_in"], int)
    said = Look.objects.get(act="code", detail__contains="code_verifier does not fit")
    assert (said.client_id, said.outcome) == (thaid.id, ""), "let pass, and said in the RP's log"
    fresh = thaid.refresh(told["refresh_token"]).json()
    assert fresh["refresh_token"] != told["refresh_token"]
    assert fresh["pid"] == PID
    assert fresh["expires_in"] > clock.now().timestamp()


def test_a_python_program(browser: Browser, thaid: Rp) -> None:
    """Authlib's: openid and a nonce, which it wants back; the claims in the ID token; then userinfo."""
    code = code_for(browser, thaid, plain(thaid, "openid pid given_name birthdate", nonce="n-1", unknown="ignored"))
    told = thaid.post(TOKEN, grant_type="authorization_code", code=code, redirect_uri=thaid.back).json()
    claims = claims_of(told["id_token"])
    assert {name: claims[name] for name in FLAT} == {name: told[name] for name in FLAT} == FLAT
    assert (claims["sub"], claims["nonce"], claims["aud"]) == (PID, "n-1", thaid.id)
    assert claims["version"] == legacy.VERSION
    assert claims["at_hash"] == half_hash(told["access_token"])
    assert claims["exp"] > claims["iat"] <= clock.now().timestamp()
    facts = Browser().get(USERINFO, headers={"Authorization": f"Bearer {told['access_token']}"}).json()
    assert facts == {"sub": PID, **FLAT}
    look = thaid.post(INTROSPECT, token=f"Bearer {told['access_token']}").json()
    assert (look["active"], look["sub"]) == (True, PID)


def test_a_javascript_program(browser: Browser, thaid: Rp) -> None:
    """Encodes its id and secret for an address, without padding."""
    code = code_for(browser, thaid, plain(thaid, "pid"))
    pair = base64.urlsafe_b64encode(f"{thaid.id}:{thaid.secret}".encode()).rstrip(b"=").decode()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": thaid.back}
    assert thaid.post(TOKEN, authorization=f"Basic {pair}", **form).status_code == 200


def test_without_openid_userinfo_answers_too(browser: Browser, thaid: Rp) -> None:
    code = code_for(browser, thaid, plain(thaid, "pid"))
    told = thaid.post(TOKEN, grant_type="authorization_code", code=code, redirect_uri=thaid.back).json()
    facts = Browser().get(USERINFO, headers={"Authorization": f"Bearer {told['access_token']}"}).json()
    assert facts == {"sub": PID, "pid": PID}


def test_a_scope_that_was_not_approved_is_400_with_the_reason(browser: Browser, thaid: Rp) -> None:
    response = asks(browser, thaid, plain(thaid, "pid smartcard_code"))
    assert response.status_code == 400
    assert "invalid_scope: Not approved for this client: smartcard_code" in response.content.decode()
    assert Look.objects.get(client_id=thaid.id).outcome == "invalid_scope"
    assert asks(browser, thaid, plain(thaid, "")).status_code == 400


# --- What the person decides holds here, too -------------------------------------------------------------------


def test_the_person_reads_that_the_number_is_told_and_may_keep_it(browser: Browser, thaid: Rp) -> None:
    """`sub` is the number where it was agreed to, and a pairwise name where it was not."""
    page = begin(browser, thaid, scope="given_name")
    assert "Your 13-digit personal number" in browser.get(page, {"lang": "en"}).content.decode()
    code = agree(browser, page, "chosen", scope=["given_name"])["code"]
    told = thaid.exchange(code).json()
    assert told["given_name"] == "สมชาย"
    assert "pid" not in told
    assert PID not in json.dumps(told)
    assert Grant.objects.get().subject != PID


def test_what_is_told_flat_is_on_the_citizens_record(browser: Browser, thaid: Rp) -> None:
    code = code_for(browser, thaid, plain(thaid, "pid given_name"))
    thaid.post(TOKEN, grant_type="authorization_code", code=code, redirect_uri=thaid.back)
    assert set(Look.objects.get(act="userinfo").scopes) == {"pid", "given_name"}


# --- What is never loosened ------------------------------------------------------------------------------------


def test_the_secret_the_address_and_the_single_minute_hold(browser: Browser, thaid: Rp) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": thaid.back}
    code = code_for(browser, thaid, plain(thaid, "pid"))
    assert Rp(thaid.id, "wrong").post(TOKEN, code=code, **form).status_code == 401
    assert thaid.post(TOKEN, authorization="", client_id=thaid.id, code=code, **form).status_code == 401
    told = thaid.post(TOKEN, code=code, **form).json()
    assert thaid.post(TOKEN, code=code, **form).json()["error"] == "invalid_grant"
    assert thaid.post(INTROSPECT, token=told["access_token"]).json() == {"active": False}, "brought twice, it ends all"
    other = code_for(browser, thaid, plain(thaid, "pid", prompt="consent"))
    elsewhere = {**form, "redirect_uri": f"{BACK}2"}
    assert thaid.post(TOKEN, code=other, **elsewhere).json()["error"] == "invalid_grant"
    late = code_for(browser, thaid, plain(thaid, "pid", prompt="consent"))
    with clock.frozen(clock.now() + timedelta(seconds=61)):
        assert thaid.post(TOKEN, code=late, **form).json()["error"] == "invalid_grant"
    assert asks(browser, thaid, plain(thaid, "pid", redirect_uri=f"{BACK}/")).status_code == 400


def test_another_clients_code_is_not_had_by_looseness(browser: Browser, thaid: Rp, strict: Rp) -> None:
    code = agree(browser, begin(browser, strict))["code"]
    assert thaid.exchange(code).json()["error"] == "invalid_grant"
    assert strict.exchange(code).status_code == 200


def test_parameters_that_differ_are_refused(browser: Browser, thaid: Rp, strict: Rp) -> None:
    assert asks(browser, thaid, [*plain(thaid, "pid"), ("state", "another")]).status_code == 400
    assert asks(browser, thaid, [*plain(thaid, "pid"), ("redirect_uri", "https://evil.example/")]).status_code == 400
    assert asks(browser, thaid, [*plain(thaid, "pid"), ("client_id", strict.id)]).status_code == 400


# --- Nobody else -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("looseness", ["twice", "no_pkce", "no_openid"])
def test_a_strict_client_is_asked_for_all_of_it(browser: Browser, strict: Rp, looseness: str) -> None:
    query = list(strict.request().items())
    if looseness == "twice":
        assert asks(browser, strict, [*query, ("state", "the-state")]).status_code == 400
        return
    changes: dict[str, dict[str, str | None]] = {"no_pkce": {"code_challenge": None}, "no_openid": {"scope": "pid"}}
    change = changes[looseness]
    assert answer(begin(browser, strict, **change))["error"] in {"invalid_request", "invalid_scope"}


def test_a_strict_clients_code_needs_its_verifier(browser: Browser, strict: Rp) -> None:
    code = agree(browser, begin(browser, strict))["code"]
    assert strict.post(TOKEN, grant_type="authorization_code", code=code, redirect_uri=BACK).status_code == 400
    assert strict.exchange(code, code_verifier="w" * 60).json()["error"] == "invalid_grant"


def test_a_strict_client_is_answered_as_ever(browser: Browser, strict: Rp) -> None:
    told = strict.exchange(agree(browser, begin(browser, strict))["code"]).json()
    assert set(told) == {"access_token", "token_type", "expires_in", "scope", "id_token", "refresh_token"}
    assert told["expires_in"] == 900
    assert not {*FLAT, "version"} & set(claims_of(told["id_token"]))
    assert claims_of(told["id_token"])["sub"] != PID
    assert strict.post(INTROSPECT, token=f"Bearer {told['access_token']}").json() == {"active": False}
    assert strict.post(REVOKE, token=told["access_token"]).json() == {}
    form = {"grant_type": "client_credentials", "client_id": strict.id, "client_secret": strict.secret}
    assert strict.post(TOKEN, authorization="", **form).status_code == 401, "registered for Basic"
    pair = base64.urlsafe_b64encode(f"{strict.id}:{strict.secret}?".encode()).rstrip(b"=").decode()
    assert strict.post(INTROSPECT, authorization=f"Basic {pair}", token="x").status_code == 401


def test_a_profile_that_ends_makes_the_client_strict(browser: Browser, thaid: Rp) -> None:
    party = clients.party(thaid.id)
    assert party
    setup = registry.setup_of(party)
    changed = {"profile": legacy.PROFILE, "profile_until": clock.today() - timedelta(days=1)}
    registry.amend(client_id=thaid.id, setup=msgspec.structs.replace(setup, **changed), by=BY.label)
    assert answer(asks(browser, thaid, plain(thaid, "openid pid")).headers["Location"])["error"] == "invalid_request"


def test_it_may_push_its_request(browser: Browser, thaid: Rp) -> None:
    pushed = thaid.post(PAR, response_type="code", redirect_uri=thaid.back, scope="pid", state="x").json()
    assert browser.get(AUTH, {"client_id": thaid.id, "request_uri": pushed["request_uri"]}).status_code == 303


# --- The rule, without a browser -------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.text(max_size=3)), max_size=6))
def test_without_a_client_of_the_profile_nothing_is_merged(pairs: list[tuple[str, str]]) -> None:
    assert legacy.said_once(pairs) == pairs


@given(st.text(alphabet="abc ", max_size=12))
def test_a_bare_token_stays(token: str) -> None:
    assert legacy.bare(f"Bearer {token}") == token.strip()
    assert legacy.bare(token) == token.strip()
