"""A person signs in at a relying party, and tells it what they choose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from joserfc import jwt
from joserfc.jwk import KeySet
from pytest_django import Settings

from sala.identity.accounts.models import Account
from sala.identity.people import queries as people_queries
from sala.identity.people import services as people
from sala.identity.provider import clients, deciding, keys, registry, rules, services, waiting
from sala.identity.provider.models import AuthorizationRequest, Consent, Grant, Look, Token
from sala.kit import clock, sql
from sala.kit.errors import NotFound
from sala.kit.models import AuditEntry
from tests.factories import PASSWORD, client_for, make_account
from tests.identity.provider.conftest import (
    AUTH,
    BY,
    FORM,
    INTROSPECT,
    PAR,
    REVOKE,
    SCOPES,
    TOKEN,
    USERINFO,
    Rp,
    agree,
    answer,
    begin,
    make_person,
    make_rp,
    onward,
)

pytestmark = pytest.mark.django_db
Tokens = Callable[..., dict[str, Any]]


def claims_of(id_token: str) -> dict[str, Any]:
    """Checked against the published keys, as an RP does."""
    published = KeySet.import_key_set(Browser().get("/jwks/").json())
    return dict(jwt.decode(id_token, published, algorithms=["ES256"]).claims)


def userinfo(token: str) -> Any:
    return Browser().get(USERINFO, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.requirement("R-004.1")
def test_a_whole_sign_in(browser: Browser, rp: Rp, settings: Settings) -> None:
    told = agree(browser, begin(browser, rp))
    assert told["state"] == "the-state"
    assert told["iss"] == settings.PUBLIC_URL
    assert told["from"] == "sala", "the registered address keeps its own query"
    response = rp.exchange(told["code"])
    tokens = response.json()
    assert response.headers["Cache-Control"] == "no-store"
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    claims = claims_of(tokens["id_token"])
    assert claims["aud"] == rp.id
    assert claims["nonce"] == "the-nonce"
    assert claims["iss"] == settings.PUBLIC_URL
    assert claims["at_hash"] == rules.half_hash(tokens["access_token"])
    facts = userinfo(tokens["access_token"]).json()
    assert facts.pop("pid").isdigit()
    assert facts == {"sub": claims["sub"], "given_name": "สมชาย", "birthdate": "1985-04-13"}


def test_userinfo_by_form(signed_in: Tokens) -> None:
    token = signed_in()["access_token"]
    by_form = Browser().post(USERINFO, f"access_token={token}", content_type=FORM)
    by_header = Browser().post(USERINFO, headers={"Authorization": f"Bearer {token}"})
    assert by_form.json() == by_header.json() == userinfo(token).json()
    assert Browser().get(USERINFO, {"access_token": token}).status_code == 401


def test_the_consent_page_says_what_why_and_by_which_law(browser: Browser, rp: Rp) -> None:
    page = browser.get(begin(browser, rp), {"lang": "en"}).content.decode()
    for words in ("Land registry", "Example Co., Ltd.", "13 April 1985", "To find your deeds", "PDPA, section 24"):
        assert words in page
    assert "Your address" not in page, "it was not asked"


def test_what_was_agreed_is_remembered(browser: Browser, rp: Rp) -> None:
    agree(browser, begin(browser, rp))
    assert answer(begin(browser, rp))["code"], "no page the second time"
    assert "/connect/" in begin(browser, rp, scope=f"{SCOPES} address"), "more is asked, so they are asked"
    assert "/connect/" in begin(browser, rp, prompt="consent")


def test_what_was_refused_is_remembered_and_not_told(browser: Browser, rp: Rp) -> None:
    agree(browser, begin(browser, rp), "chosen", scope=["given_name"])
    tokens = rp.exchange(answer(begin(browser, rp))["code"]).json()
    assert set(tokens["scope"].split()) == {"openid", "given_name"}
    assert set(userinfo(tokens["access_token"]).json()) == {"sub", "given_name"}
    assert sorted(Consent.objects.get().refused) == ["birthdate", "pid"]


def test_a_claim_refused_later_is_no_longer_told_by_old_tokens(browser: Browser, rp: Rp, signed_in: Tokens) -> None:
    token = signed_in()["access_token"]
    agree(browser, begin(browser, rp, prompt="consent"), "chosen", scope=["given_name"])
    assert set(userinfo(token).json()) == {"sub", "given_name"}


def test_nobody_is_told_what_nobody_asked(browser: Browser, rp: Rp) -> None:
    told = agree(browser, begin(browser, rp, scope="openid given_name"), "chosen", scope=["given_name", "address"])
    assert set(rp.exchange(told["code"]).json()["scope"].split()) == {"openid", "given_name"}


def test_declining_tells_the_rp_so(browser: Browser, rp: Rp) -> None:
    page = begin(browser, rp)
    told = answer(onward(browser.post(page, {"act": "decline"})))
    assert (told["error"], told["state"]) == ("access_denied", "the-state")
    assert browser.get(page).status_code == 410


def test_who_is_not_signed_in_signs_in_and_comes_back(citizen: Account, rp: Rp) -> None:
    browser = Browser()
    page = begin(browser, rp)
    assert "Land registry" in browser.get(page, {"lang": "en"}).content.decode()
    response = browser.post(page, {"act": "password", "email": citizen.email, "password": PASSWORD})
    assert response.headers["Location"] == page
    assert agree(browser, page)["code"]


def test_after_a_form_the_way_on_is_a_page(browser: Browser, rp: Rp) -> None:
    """Browsers hold every redirect after a form to the form's page's `form-action 'self'`."""
    agree(browser, begin(browser, rp))
    page = begin(Browser(), rp)  # asked before they signed in, agreed to long ago
    response = browser.get(page)
    assert response.status_code == 200
    assert b'http-equiv="refresh"' in response.content
    assert answer(onward(response))["code"]


def test_who_is_not_in_the_register_is_told_what_to_do(offices: dict[int, int], rp: Rp) -> None:
    browser = client_for(make_account(email="newcomer@example.org"))
    page = begin(browser, rp)
    shown = browser.get(page, {"lang": "en"}).content.decode()
    assert "registry office" in shown
    assert "newcomer@example.org" in shown
    assert answer(onward(browser.post(page, {"act": "decline"})))["error"] == "access_denied"
    assert browser.post(begin(browser, rp), {"act": "all", "account": "x"}).status_code == 303, "and agrees to nothing"


def test_an_account_unlinked_tells_nothing_more(citizen: Account, signed_in: Tokens) -> None:
    token = signed_in()["access_token"]
    people.unlink(account=citizen.id, by=BY, reason="a mistake")
    assert userinfo(token).status_code == 401
    make_person(citizen, number=8)
    assert userinfo(token).status_code == 401, "somebody else's account now"


# --- prompt and max_age --------------------------------------------------------------------------------------


def test_silent_requests_show_nothing(browser: Browser, rp: Rp) -> None:
    silent = {"prompt": "none"}
    assert answer(begin(Browser(), rp, **silent))["error"] == "login_required"
    assert answer(begin(browser, rp, **silent))["error"] == "consent_required"
    agree(browser, begin(browser, rp))
    assert answer(begin(browser, rp, **silent))["code"]
    assert answer(begin(browser, rp, prompt="none", max_age="0"))["error"] == "login_required"
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.parametrize("demand", [{"prompt": "login"}, {"max_age": "60"}, {"max_age": "0"}])
def test_the_person_proves_to_be_there(browser: Browser, rp: Rp, demand: dict[str, str]) -> None:
    agree(browser, begin(browser, rp))
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        page = begin(browser, rp, **demand)
        assert 'name="password"' in browser.get(page).content.decode()
        wrong = browser.post(page, {"act": "prove", "password": "wrong"})
        assert wrong.status_code == 422
        assert browser.post(page, {"act": "all", "account": "x"}).headers["Location"] == page
        assert browser.post(page, {"act": "prove", "password": PASSWORD}).headers["Location"] == page
        code = answer(onward(browser.get(page)))["code"]
        claims = claims_of(rp.exchange(code).json()["id_token"])
        assert claims["auth_time"] == int(clock.now().timestamp())


def test_who_proved_it_is_the_one_who_goes_on(browser: Browser, rp: Rp) -> None:
    page = begin(browser, rp, prompt="login")
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        browser.post(page, {"act": "prove", "password": PASSWORD})
        other = make_account()
        make_person(other, number=9)
        assert 'name="account"' in browser.get(page).content.decode()
    with clock.frozen(clock.now() - timedelta(minutes=1)):
        stranger = client_for(other)
    assert 'name="password"' in stranger.get(page).content.decode()


def test_one_request_is_agreed_to_once_also_at_the_same_moment(citizen: Account, rp: Rp) -> None:
    party, known = clients.party(rp.id), people_queries.of_account(citizen.id)
    assert party
    assert known
    asked = rules.judge(rp.request(), party)
    given = {"handle": waiting.hold(asked), "asked": asked, "client": party, "chosen": ["pid"], "by": BY}
    who = deciding.Known(citizen.id, known.person.id, clock.now())
    assert services.agree(known=who, **given)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        services.agree(known=who, **given)  # type: ignore[arg-type]
    assert Grant.objects.count() == 1


# --- What it costs ---------------------------------------------------------------------------------------------


def test_a_token_request_is_one_statement(browser: Browser, rp: Rp, monkeypatch: pytest.MonkeyPatch) -> None:
    code = agree(browser, begin(browser, rp))["code"]
    keys.jwks()
    execute, seen = sql._execute, []  # noqa: SLF001

    def noted(statement: str, parameters: Any, **how: Any) -> Any:
        seen.append(statement)
        return execute(statement, parameters, **how)

    monkeypatch.setattr(sql, "_execute", noted)
    with CaptureQueriesContext(connection) as others:
        tokens = rp.exchange(code).json()
        assert len(seen) == 1
        rp.refresh(tokens["refresh_token"])
        assert len(seen) == 2
    assert not others.captured_queries


# --- Subjects -----------------------------------------------------------------------------------------------


def test_one_person_has_another_name_in_each_sector(browser: Browser, rp: Rp, signed_in: Tokens) -> None:
    def subject(of: Rp) -> str:
        code = agree(browser, begin(browser, of, prompt="consent"))["code"]
        return str(claims_of(of.exchange(code).json()["id_token"])["sub"])

    same = make_rp("Same host", redirect_uris=["https://rp.example.go.th/other"])
    elsewhere = make_rp("Elsewhere", redirect_uris=["https://elsewhere.example/callback"])
    assert subject(rp) == subject(rp) == subject(same)
    assert subject(rp) != subject(elsewhere)


# --- Pushed requests, refreshing, introspection, revocation ---------------------------------------------------


def test_a_pushed_request(browser: Browser, rp: Rp) -> None:
    pushed = rp.post(PAR, **rp.request())
    assert pushed.status_code == 201
    assert pushed.json()["expires_in"] == 90
    response = browser.get(AUTH, {"client_id": rp.id, "request_uri": pushed.json()["request_uri"]})
    assert rp.exchange(agree(browser, response.headers["Location"])["code"]).status_code == 200


def test_refreshing_gives_new_tokens_and_the_same_person(signed_in: Tokens, rp: Rp) -> None:
    first = signed_in()
    second = rp.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    one, two = claims_of(first["id_token"]), claims_of(second["id_token"])
    assert [one[name] for name in ("sub", "auth_time")] == [two[name] for name in ("sub", "auth_time")]
    assert "nonce" not in two
    assert userinfo(second["access_token"]).status_code == 200


def test_refreshing_for_less(signed_in: Tokens, rp: Rp) -> None:
    less = rp.refresh(signed_in()["refresh_token"], scope="openid birthdate address").json()
    assert less["scope"].split() == ["openid", "birthdate"]
    assert set(userinfo(less["access_token"]).json()) == {"sub", "birthdate"}


def test_introspection_and_revocation(signed_in: Tokens, rp: Rp) -> None:
    tokens = signed_in()
    facts = rp.post(INTROSPECT, token=tokens["access_token"]).json()
    assert (facts["active"], facts["client_id"], facts["token_type"]) == (True, rp.id, "Bearer")
    assert facts["exp"] - facts["iat"] == 900
    assert rp.post(REVOKE, token=tokens["access_token"]).status_code == 200
    assert rp.post(INTROSPECT, token=tokens["access_token"]).json() == {"active": False}
    assert userinfo(tokens["access_token"]).status_code == 401
    assert rp.post(INTROSPECT, token=tokens["refresh_token"]).json()["active"]
    fresh = rp.refresh(tokens["refresh_token"]).json()
    rp.post(REVOKE, token=fresh["refresh_token"])
    assert userinfo(fresh["access_token"]).status_code == 401, "with the refresh token goes its family"
    assert rp.post(REVOKE, token="unknown").status_code == 200


def test_another_client_learns_nothing_of_a_token(signed_in: Tokens) -> None:
    token, other = signed_in()["access_token"], make_rp("Other")
    assert other.post(INTROSPECT, token=token).json() == {"active": False}
    other.post(REVOKE, token=token)
    assert userinfo(token).status_code == 200


def test_a_clients_own_token_is_about_nobody(db: None) -> None:
    rp = make_rp(grants=["client_credentials"], redirect_uris=[], sector="rp.example.go.th")
    token = rp.post(TOKEN, grant_type="client_credentials").json()["access_token"]
    assert rp.post(INTROSPECT, token=token).json()["active"]
    assert userinfo(token).status_code == 403
    assert rp.post(TOKEN, grant_type="client_credentials", scope="pid").json()["error"] == "invalid_scope"
    assert rp.post(TOKEN, grant_type="authorization_code", code="x").json()["error"] == "unauthorized_client"


def test_tokens_run_out(signed_in: Tokens, rp: Rp) -> None:
    tokens = signed_in()
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert userinfo(tokens["access_token"]).status_code == 401
        assert rp.refresh(tokens["refresh_token"]).status_code == 200
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert rp.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    with clock.frozen(clock.now() + timedelta(days=91)):
        assert services.tidy()["grants"] > 0
        assert not Token.objects.exists()


# --- The citizen's view ----------------------------------------------------------------------------------------


@pytest.mark.requirement("R-004.18", "R-004.24")
def test_the_citizen_sees_who_asked_what_for_what(browser: Browser, rp: Rp, signed_in: Tokens) -> None:
    userinfo(signed_in()["access_token"])
    # The purpose changes afterwards; the old look keeps the old one.
    from sala.kit.text import Text

    new = {"purpose": Text(th="อื่น", en="Something else"), "basis": Text(th="ม. 24", en="Section 24")}
    registry.approve_scope(client_id=rp.id, scope="pid", **new, by=BY.label)
    page = browser.get("/account/my-data/looks/", {"lang": "en"}).content.decode()
    assert "Your 13-digit personal number" in page
    assert "To find your deeds" in page
    assert "Something else" not in page


def test_one_tap_ends_it(browser: Browser, rp: Rp, signed_in: Tokens) -> None:
    tokens = signed_in()
    assert browser.post(f"/account/connected/{rp.id}/disconnect/").status_code == 303
    assert browser.post(f"/account/connected/{rp.id}/disconnect/").status_code == 303
    assert userinfo(tokens["access_token"]).status_code == 401
    assert rp.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert "/connect/" in begin(browser, rp), "and they are asked anew"
    assert AuditEntry.objects.filter(action="provider.consent_withdrawn").count() == 1


def test_a_closed_account_ends_everything(citizen: Account, rp: Rp, signed_in: Tokens) -> None:
    tokens = signed_in()
    Account.objects.filter(id=citizen.id).update(closed_at=clock.now())
    assert userinfo(tokens["access_token"]).status_code == 401
    assert rp.refresh(tokens["refresh_token"]).status_code == 400
    services.forget_account(citizen.id)
    assert not Consent.objects.exists()


def test_the_rps_errors_are_on_record_in_words(browser: Browser, rp: Rp) -> None:
    begin(browser, rp, scope="openid smartcard_code")
    rp.exchange("unknown")
    assert [(look.act, look.outcome) for look in Look.objects.order_by("id")] == [
        ("authorize", "invalid_scope"),
        ("code", "invalid_grant"),
    ]
    assert "smartcard_code" in Look.objects.earliest("id").detail


# --- Metadata ----------------------------------------------------------------------------------------------


def test_metadata_names_addresses_that_answer(settings: Settings, rp: Rp) -> None:
    found = Browser().get("/.well-known/openid-configuration")
    assert found.json() == Browser().get("/.well-known/oauth-authorization-server").json()
    document = found.json()
    assert document["issuer"] == settings.PUBLIC_URL
    assert document["authorization_endpoint"] == f"{settings.PUBLIC_URL}{AUTH}"
    for name, address in document.items():
        if name.endswith(("_endpoint", "_uri")):
            path = address.removeprefix(settings.PUBLIC_URL)
            assert Browser().get(path).status_code in {200, 303, 400, 401, 405}, name
    assert document["claims_parameter_supported"]
    assert {"acr", "amr", "sid", "ial"} <= set(document["claims_supported"])
    assert document["registration_endpoint"].endswith("/api/v2/oauth2/register/")
