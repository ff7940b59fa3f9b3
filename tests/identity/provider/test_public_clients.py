"""Clients that run in a page or an app, where nothing stays secret; and whose scripts may read our answers (CORS)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser

from sala.identity.provider import clients, cors, registry, rules
from sala.identity.provider.models import Client, Look
from sala.identity.provider.registry import Setup
from sala.kit.errors import Conflict, Invalid
from tests.identity.provider.conftest import (
    AUTH,
    BY,
    FORM,
    INTROSPECT,
    PAR,
    REVOKE,
    TOKEN,
    USERINFO,
    Rp,
    agree,
    begin,
    make_rp,
)
from tests.identity.provider.proving import Key, send
from tests.identity.provider.test_registration import as_said, made, with_token

pytestmark = pytest.mark.django_db
PAGE = "https://app.example.go.th"
STRANGER = "https://evil.example"
SLASHED = "api/v2/oauth2/"


class Public(Rp):
    """It says its name and proves nothing."""

    def post(self, path: str, *, authorization: str | None = None, origin: str = PAGE, **form: str) -> Any:
        from urllib.parse import urlencode

        headers = {"Origin": origin} if origin else {}
        headers |= {"Authorization": authorization} if authorization else {}
        return Browser().post(path, urlencode({"client_id": self.id, **form}), content_type=FORM, headers=headers)


def make_public(name: str = "Page", page: str = PAGE, **given: Any) -> Public:
    made = make_rp(name, method="none", redirect_uris=[f"{page}/callback"], **given)
    assert made.secret == ""
    return Public(made.id, "", made.back)


@pytest.fixture
def app(db: None) -> Public:
    return make_public()


def tokens_of(browser: Browser, app: Rp, **changes: str | None) -> dict[str, Any]:
    answer = app.exchange(agree(browser, begin(browser, app, prompt="consent", **changes))["code"])
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def allowed(response: Any) -> str | None:
    found: str | None = response.headers.get("Access-Control-Allow-Origin")
    return found


def preflight(path: str, origin: str, method: str = "POST") -> Any:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    return Browser().options(path, headers=headers)


# --- What it may do -----------------------------------------------------------------------------------------


@pytest.mark.requirement("R-004.7")
def test_it_signs_in_by_its_verifier_alone(browser: Browser, app: Public) -> None:
    tokens = tokens_of(browser, app)
    assert Browser().get(USERINFO, headers={"Authorization": f"Bearer {tokens['access_token']}"}).status_code == 200
    fresh = app.refresh(tokens["refresh_token"]).json()
    assert app.post(REVOKE, token=fresh["refresh_token"]).status_code == 200
    assert app.refresh(fresh["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_code_is_worth_nothing_without_the_verifier(browser: Browser, app: Public) -> None:
    code = agree(browser, begin(browser, app))["code"]
    assert app.post(TOKEN, grant_type="authorization_code", code=code, redirect_uri=app.back).status_code == 400
    assert app.exchange(code, code_verifier="w" * 50).json()["error"] == "invalid_grant"
    assert app.exchange(code).json()["error"] == "invalid_grant", "the wrong verifier ended it"


def test_without_pkce_nothing_begins(browser: Browser, app: Public) -> None:
    for changes in ({"code_challenge": None, "code_challenge_method": None}, {"code_challenge_method": "plain"}):
        response = browser.get("/api/v2/oauth2/auth/", app.request(**changes))
        assert "error=invalid_request" in response.headers["Location"]


def test_a_refresh_token_used_twice_ends_the_sign_in(browser: Browser, app: Public) -> None:
    tokens = tokens_of(browser, app)
    fresh = app.refresh(tokens["refresh_token"]).json()
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.refresh(fresh["refresh_token"]).json()["error"] == "invalid_grant"


def test_it_may_push_its_request(browser: Browser, app: Public) -> None:
    pushed = app.post(PAR, **app.request())
    assert pushed.status_code == 201, pushed.content
    started = browser.get("/api/v2/oauth2/auth/", {"client_id": app.id, "request_uri": pushed.json()["request_uri"]})
    assert app.exchange(agree(browser, started.headers["Location"])["code"]).status_code == 200


# --- What it may not ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [INTROSPECT, "/api/v2/oauth2/device/", "/api/v2/oauth2/ciba/"])
def test_it_cannot_ask_where_a_proof_is_due(browser: Browser, app: Public, path: str) -> None:
    tokens = tokens_of(browser, app)
    refused = app.post(path, token=tokens["access_token"], scope="openid", login_hint="x@example.org")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("grant", [grant for grant in rules.GRANTS if ":" in grant or grant == "client_credentials"])
def test_it_has_no_token_of_its_own(app: Public, grant: str) -> None:
    assert app.post(TOKEN, grant_type=grant).json()["error"] == "unauthorized_client"


def test_it_cannot_pretend_to_have_a_secret(browser: Browser, app: Public) -> None:
    for form, authorization in (
        ({"client_secret": "guessed"}, None),
        ({}, Rp(app.id, "").basic()),
        (Key().assertion(app.id), None),
    ):
        refused = app.post(TOKEN, authorization=authorization, grant_type="authorization_code", code="x", **form)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert Look.objects.filter(client_id=app.id, detail="This client is public and has no secret").count() == 2


def test_who_has_a_secret_cannot_pretend_to_be_public(browser: Browser, rp: Rp) -> None:
    code = agree(browser, begin(browser, rp))["code"]
    public = Public(rp.id, "", rp.back, rp.verifier)
    for path in (TOKEN, REVOKE, PAR):
        refused = public.post(path, origin="", grant_type="authorization_code", code=code, code_verifier=rp.verifier)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_another_public_clients_tokens_are_not_its_own(browser: Browser, app: Public) -> None:
    other, tokens = make_public("Other"), tokens_of(browser, app)
    assert other.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert other.post(REVOKE, token=tokens["refresh_token"]).status_code == 200
    assert app.refresh(tokens["refresh_token"]).status_code == 200, "it did not end by another's word"


def test_its_key_is_its_for_good(browser: Browser, app: Public) -> None:
    """RFC 9449, 5: of a public client the refresh token is bound, and to this one key."""
    first, other = Key(), Key()
    code = agree(browser, begin(browser, app, prompt="consent"))["code"]
    form = {
        "client_id": app.id, "grant_type": "authorization_code",
        "code": code, "redirect_uri": app.back, "code_verifier": app.verifier,
    }  # fmt: skip
    tokens = send(TOKEN, form, first.proof(TOKEN)).json()
    assert tokens["token_type"] == "DPoP"
    again = {"client_id": app.id, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for proof in (other.proof(TOKEN), None):
        assert send(TOKEN, again, proof).json()["error"] == "invalid_dpop_proof"
    assert send(TOKEN, again, first.proof(TOKEN)).status_code == 200, "and the wrong ones used nothing up"


# --- The register -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"grants": ["authorization_code", "client_credentials"]},
        {"grants": ["authorization_code", rules.DEVICE]},
        {"fapi": True},
        {"profile": "legacy_thaid"},
        {"jwks": {"keys": []}},
    ],
    ids=str,
)
def test_what_a_public_client_cannot_be(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        make_public(**given)


@pytest.mark.parametrize(
    "columns",
    [{"secret_hash": b"x"}, {"grants": ["client_credentials"]}, {"fapi": True}, {"profile": "legacy_thaid"}],
    ids=str,
)
def test_the_database_holds_it_too(app: Public, columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Client.objects.filter(id=app.id).update(**columns)


def test_a_public_client_gets_neither_secret_nor_keys(app: Public) -> None:
    with pytest.raises(Conflict):
        registry.new_secret(client_id=app.id, by=BY.label, method="client_secret_basic")
    with pytest.raises(Conflict):
        registry.use_keys(client_id=app.id, jwks={"keys": [{**Key().public, "kid": "one"}]}, by=BY.label)


@pytest.mark.parametrize("method", ["none", "private_key_jwt", "anything"])
def test_a_new_secret_is_brought_as_a_secret(rp: Rp, method: str) -> None:
    with pytest.raises(Invalid):
        registry.new_secret(client_id=rp.id, by=BY.label, method=method)


def test_from_a_server_into_a_page_and_back(rp: Rp) -> None:
    registry.amend(client_id=rp.id, public=True, by=BY.label)
    known = clients.party(rp.id)
    assert known
    assert (known.public, known.secret_hash) == (True, None)
    assert rp.post(TOKEN, grant_type="refresh_token", refresh_token="x").json()["error"] == "invalid_client"
    with pytest.raises(Invalid):
        registry.amend(client_id=rp.id, setup=Setup(grants=("client_credentials",)), by=BY.label)
    registry.amend(client_id=rp.id, public=False, by=BY.label)
    secret = registry.new_secret(client_id=rp.id, by=BY.label)
    answer = Rp(rp.id, secret).post(TOKEN, grant_type="refresh_token", refresh_token="x")
    assert answer.json()["error"] == "invalid_grant"


# --- Scripts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks/"])
def test_what_concerns_nobody_any_script_reads(path: str) -> None:
    response = Browser().get(path, headers={"Origin": STRANGER})
    assert allowed(response) == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_its_own_page_reads_the_answers(browser: Browser, app: Public) -> None:
    for path in (TOKEN, USERINFO, REVOKE):
        before = preflight(path, PAGE)
        assert (before.status_code, allowed(before)) == (204, PAGE)
        assert "DPoP" in before.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in before.headers
        assert before.headers["Vary"] == "Origin"
    answer = app.exchange(agree(browser, begin(browser, app))["code"])
    assert allowed(answer) == PAGE
    token = answer.json()["access_token"]
    told = Browser().get(USERINFO, headers={"Authorization": f"Bearer {token}", "Origin": PAGE})
    assert allowed(told) == PAGE
    assert allowed(app.refresh("wrong")) == PAGE, "errors too: its programmer has to see them"
    unknown = Browser().get(USERINFO, headers={"Authorization": "Bearer wrong", "Origin": PAGE})
    assert (unknown.status_code, allowed(unknown)) == (401, PAGE)


@pytest.mark.parametrize(
    "origin", [STRANGER, "null", f"{PAGE}.evil.example", f"{PAGE}:8443", "http://app.example.go.th", f"{PAGE}/"]
)
def test_strangers_scripts_read_nothing(browser: Browser, app: Public, origin: str) -> None:
    for path in (TOKEN, USERINFO, REVOKE):
        before = preflight(path, origin)
        assert (before.status_code, allowed(before)) == (405, None)
    code = agree(browser, begin(browser, app, prompt="consent"))["code"]
    form = {"code": code, "redirect_uri": app.back, "code_verifier": app.verifier}
    refused = app.post(TOKEN, origin=origin, grant_type="authorization_code", **form)
    assert (refused.status_code, refused.json()["error"], allowed(refused)) == (401, "invalid_client", None)
    tokens = app.exchange(code).json()
    told = Browser().get(USERINFO, headers={"Authorization": f"Bearer {tokens['access_token']}", "Origin": origin})
    assert allowed(told) is None
    assert allowed(app.post(REVOKE, origin=origin, token=tokens["refresh_token"])) is None
    assert app.refresh(tokens["refresh_token"]).status_code == 200, "and ended nothing"


def test_one_clients_page_reads_nothing_of_anothers(browser: Browser, app: Public) -> None:
    other = make_public("Other", "https://other.example")
    token = tokens_of(browser, app)["access_token"]
    theirs = {"Authorization": f"Bearer {token}", "Origin": "https://other.example"}
    assert allowed(Browser().get(USERINFO, headers=theirs)) is None
    assert app.post(TOKEN, origin="https://other.example", grant_type="refresh_token").status_code == 401
    assert allowed(other.post(TOKEN, origin="https://other.example", grant_type="refresh_token"))


def test_who_has_a_server_has_no_scripts(browser: Browser, rp: Rp) -> None:
    origin = "https://rp.example.go.th"
    assert allowed(preflight(TOKEN, origin)) is None
    make_public("On the same host", origin)
    clients.forget()
    token = rp.exchange(agree(browser, begin(browser, rp))["code"]).json()["access_token"]
    told = Browser().get(USERINFO, headers={"Authorization": f"Bearer {token}", "Origin": origin})
    assert (told.status_code, allowed(told)) == (200, None)


@pytest.mark.parametrize("path", [INTROSPECT, PAR, "/api/v2/oauth2/register/", "/api/v2/oauth2/device/"])
def test_elsewhere_no_script_is_let_in(app: Public, path: str) -> None:
    assert allowed(preflight(path, PAGE)) is None
    assert allowed(app.post(path, token="x")) is None


def test_an_origin_is_compared_as_browsers_say_it() -> None:
    app = make_public(page="https://APP.example.go.th:443")
    known = clients.party(app.id)
    assert known
    assert cors.origins(known) == {PAGE} == clients.public_origins()


def test_a_closed_clients_page_is_a_stranger(app: Public) -> None:
    registry.close(client_id=app.id, by=BY.label)
    clients.forget()
    assert allowed(preflight(TOKEN, PAGE)) is None


# --- The last slash -----------------------------------------------------------------------------------------


@pytest.mark.requirement("R-004.6")
@pytest.mark.parametrize("path", ["token", "par", "introspect", "revoke", "userinfo", "device", "ciba", "register"])
def test_programs_may_leave_the_last_slash_out(path: str) -> None:
    with_it, without = (Browser().post(f"/{SLASHED}{path}{end}", "", content_type=FORM) for end in ("/", ""))
    assert with_it.status_code == without.status_code in {400, 401}
    assert with_it.content == without.content


def test_a_sign_in_without_the_last_slash(browser: Browser, rp: Rp) -> None:
    code, token = agree(browser, begin(browser, rp))["code"], TOKEN.rstrip("/")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": rp.back, "code_verifier": rp.verifier}
    key = Key()
    tokens = send(token, form, key.proof(token), authorization=rp.basic()).json()
    told = Browser().get(
        USERINFO.rstrip("/"),
        headers={
            "Authorization": f"DPoP {tokens['access_token']}",
            "DPoP": key.proof(USERINFO.rstrip("/"), "GET", token=tokens["access_token"]),
        },
    )
    assert told.status_code == 200
    wrong = {**form, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert send(token, wrong, key.proof(TOKEN), authorization=rp.basic()).json()["error"] == "invalid_dpop_proof"


def test_addresses_are_told_with_the_last_slash() -> None:
    told = Browser().get("/.well-known/openid-configuration").json()
    assert told["token_endpoint"].endswith(TOKEN)
    assert told["registration_endpoint"].endswith("/register/")
    assert "none" in told["token_endpoint_auth_methods_supported"]
    assert "none" not in told["introspection_endpoint_auth_methods_supported"]


# --- One that registers itself ------------------------------------------------------------------------------


def test_a_page_registers_itself_moves_to_a_server_and_back() -> None:
    back = "https://app.example.go.th/callback"
    told = made(token_endpoint_auth_method="none", redirect_uris=[back])
    assert (told["token_endpoint_auth_method"], "client_secret" in told) == ("none", False)
    moved = with_token(told, "PUT", as_said(told, token_endpoint_auth_method="client_secret_post")).json()
    assert moved["client_secret"]
    again = with_token(told, "PUT", as_said(moved, token_endpoint_auth_method="none", client_secret=None)).json()
    assert (again["token_endpoint_auth_method"], "client_secret" in again) == ("none", False)
    wrong = as_said(again, grant_types=["authorization_code", "client_credentials"])
    assert with_token(told, "PUT", wrong).json()["error"] == "invalid_client_metadata"
    with_key = as_said(
        again, token_endpoint_auth_method="private_key_jwt", jwks={"keys": [{**Key().public, "kid": "a"}]}
    )
    assert with_token(told, "PUT", with_key).json()["token_endpoint_auth_method"] == "private_key_jwt"


def test_a_program_that_any_other_on_this_machine_could_pass_for_is_agreed_to_each_time(browser: Browser) -> None:
    """RFC 8252, 8.6: a page of one's own host is known by its address; 127.0.0.1 is everybody's."""
    for page, asked_again in (("http://127.0.0.1:9999", True), (PAGE, False)):
        app = make_public(page, page=page)
        agree(browser, begin(browser, app))
        answer = browser.get(AUTH, app.request(prompt="none"))
        assert ("consent_required" in answer["Location"]) is asked_again, page
