"""Programs register themselves, as sandboxes and nothing more (RFC 7591, RFC 7592)."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey
from pytest_django import Settings

from sala.identity.accounts.models import Account
from sala.identity.people.models import Person
from sala.identity.provider import clients, registration, services
from sala.identity.provider.models import Client, ClientScope, Subject
from sala.identity.provider.rules import Refusal
from sala.identity.provider.tasks import tidy
from sala.kit import clock
from sala.kit.models import AuditEntry
from tests.identity.provider.conftest import AUTH, INTROSPECT, USERINFO, Rp, agree, begin
from tests.identity.provider.test_sandbox import REAL

REGISTER = "/api/v2/oauth2/register/"
BACK = "https://rp.example.go.th/callback?from=sala"
KEY = ECKey.generate_key("P-256", {"kid": "one"})


def sent(**metadata: Any) -> Any:
    return Browser().post(REGISTER, json.dumps({"redirect_uris": [BACK], **metadata}), content_type="application/json")


def made(**metadata: Any) -> dict[str, Any]:
    response = sent(**metadata)
    assert response.status_code == 201, response.content
    return dict(response.json())


def rp_of(told: dict[str, Any]) -> Rp:
    return Rp(told["client_id"], told.get("client_secret", ""), told["redirect_uris"][0])


def with_token(told: dict[str, Any], method: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
    path = told["registration_client_uri"].partition("/api/")[2]
    headers = {"Authorization": f"Bearer {token or told['registration_access_token']}"}
    data = "" if body is None else json.dumps(body)
    return Browser().generic(method, f"/api/{path}", data, content_type="application/json", headers=headers)


def as_said(told: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a program sends back to change it: all that it was told, but for what is not its own to say."""
    ours = {"registration_access_token", "registration_client_uri", "client_id_issued_at", "client_secret_expires_at"}
    return {name: value for name, value in {**told, **changes}.items() if name not in ours and value is not None}


# --- What comes of it -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_program_begins_in_a_minute(browser: Browser, settings: Settings) -> None:
    told = made(client_name="Conformance suite", scope="openid pid given_name birthdate")
    assert told["client_secret_expires_at"] == 0
    assert told["registration_client_uri"] == f"{settings.PUBLIC_URL}{REGISTER}{told['client_id']}/"
    assert told["scope"] == "openid pid given_name birthdate"
    rp = rp_of(told)
    tokens = rp.exchange(agree(browser, begin(browser, rp))["code"]).json()
    facts = Browser().get(USERINFO, headers={"Authorization": f"Bearer {tokens['access_token']}"}).json()
    assert facts["given_name"] == "สมชาย"
    assert AuditEntry.objects.filter(action="provider.client_registered", subject=f"client:{rp.id}").exists()


@pytest.mark.django_db
def test_it_is_never_told_of_a_real_person(browser: Browser, citizen: Account) -> None:
    rp = rp_of(made())
    Person.objects.update(pid=REAL)
    page = browser.get(begin(browser, rp)).content.decode()
    assert 'name="account"' not in page
    assert "สมชาย" not in page


@pytest.mark.django_db
def test_what_registered_itself_is_a_sandbox_by_the_tables_own_rule() -> None:
    client = made()["client_id"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Client.objects.filter(id=client).update(sandbox=False)


@pytest.mark.django_db
def test_it_cannot_call_itself_a_bank(browser: Browser) -> None:
    told = made(**{"client_name": "Bank (sandbox)", "client_name#th": "ธนาคาร"})
    assert (told["client_name"], told["client_name#th"]) == ("Bank (sandbox)", "ธนาคาร (ทดสอบ)")
    assert made(client_name="Bank")["client_name"] == "Bank (sandbox)"
    assert made()["client_name"] == "rp.example.go.th (sandbox)"
    page = browser.get(begin(browser, rp_of(told)), {"lang": "en"}).content.decode()
    assert "Registered itself, for testing" in page


@pytest.mark.django_db
def test_an_error_does_not_lead_on_to_its_address_by_itself(browser: Browser) -> None:
    """Else our name would lead to any address that anybody registers."""
    rp = rp_of(made())
    response = browser.get(AUTH, rp.request(response_type="token"))
    assert response.status_code == 200
    assert "Location" not in response.headers


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["out", "stay"])
def test_signing_out_does_not_lead_on_to_its_address_by_itself(browser: Browser, act: str) -> None:
    uri = "https://evil.example/after"
    told = made(post_logout_redirect_uris=[uri])
    wish = {"client_id": told["client_id"], "post_logout_redirect_uri": uri}
    page = browser.get("/api/v2/oauth2/logout/", wish).headers["Location"]
    sealed = parse_qs(urlsplit(page).query)["wish"][0]
    response = browser.post("/connect/sign-out/", {"wish": sealed, "act": act})
    assert response.status_code == 200
    assert b'http-equiv="refresh"' not in response.content
    assert uri.encode() in response.content, "a link to press, on a page that says what it is"


@pytest.mark.django_db
def test_with_keys_it_has_no_secret() -> None:
    told = made(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [KEY.as_dict(private=False)]})
    assert "client_secret" not in told
    assert told["jwks"]["keys"][0]["kid"] == "one"


@pytest.mark.django_db
def test_two_of_them_cannot_compare_people(browser: Browser) -> None:
    for _ in range(2):
        agree(browser, begin(browser, rp_of(made())))
    assert Subject.objects.count() == Subject.objects.values("sector").distinct().count() == 2


# --- What is refused ------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"redirect_uris": ["http://rp.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://rp.example/#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://rp.example/" + "x" * 500]}, "invalid_redirect_uri"),
        ({"redirect_uris": [f"https://rp.example/{n}" for n in range(11)]}, "invalid_client_metadata"),
        ({"post_logout_redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": "https://rp.example/"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "invalid_client_metadata"),
        (
            {"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]},
            "invalid_client_metadata",
        ),
        ({"token_endpoint_auth_method": "none", "jwks": {"keys": []}}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "none", "sala_profile": "legacy_thaid"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"jwks": {"keys": [KEY.as_dict(private=False)]}}, "invalid_client_metadata"),
        (
            {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [KEY.as_dict(private=True)]}},
            "invalid_client_metadata",
        ),
        ({"jwks_uri": "https://internal.example/keys"}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"grant_types": ["urn:openid:params:grant-type:ciba"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"subject_type": "public"}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
        ({"scope": "fingerprints"}, "invalid_client_metadata"),
        ({"client_name": "x" * 101}, "invalid_client_metadata"),
        ({"client_name": "a\u202eb"}, "invalid_client_metadata"),
        ({"sala_profile": "loose"}, "invalid_client_metadata"),
    ],
)
def test_what_may_not_be_is_said(metadata: dict[str, Any], error: str) -> None:
    response = sent(**metadata)
    assert (response.status_code, response.json()["error"]) == (400, error), response.content
    assert response.json()["error_description"]
    assert not Client.objects.exists()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["redirect_uris", "client_name", "scope", "jwks", "grant_types"]), inner)
    ),
    max_leaves=8,
)


@given(_JSON)
def test_whatever_is_sent_is_read_or_refused(whole: Any) -> None:
    with suppress(Refusal):
        assert registration.read(json.dumps(whole).encode()).response_types == ("code",)


@pytest.mark.django_db
def test_what_is_not_json_or_too_long_is_refused() -> None:
    assert Browser().post(REGISTER, {"redirect_uris": BACK}).status_code == 400
    assert Browser().post(REGISTER, "{", content_type="application/json").status_code == 400
    assert sent(client_uri="https://" + "x" * 20_000).status_code == 400
    assert Browser().get(REGISTER).status_code == 405


@pytest.mark.django_db
def test_one_network_makes_a_few_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "AN_HOUR", 2)
    with clock.frozen(clock.now()):
        assert [sent().status_code for _ in range(3)] == [201, 201, 429]
        refused = sent()
    assert refused.headers["Retry-After"].isdigit()
    assert refused.json()["error"] == "temporarily_unavailable"
    assert Client.objects.count() == 2


@pytest.mark.django_db
def test_all_networks_together_make_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "MOST", 1)
    assert [sent().status_code for _ in range(2)] == [201, 503]


# --- Read, changed, withdrawn -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_it_is_read_changed_and_withdrawn_by_its_token(browser: Browser) -> None:
    told = made(client_name="One", scope="openid pid address")
    read = with_token(told, "GET").json()
    assert "client_secret" not in read, "we keep a hash of it"
    assert read == {k: v for k, v in told.items() if not k.startswith("client_secret")}
    other = f"{BACK}&more=1"
    changed = with_token(told, "PUT", as_said(told, client_name="Two", redirect_uris=[other], scope="openid pid"))
    assert changed.status_code == 200, changed.content
    assert (changed.json()["client_name"], changed.json()["redirect_uris"]) == ("Two (sandbox)", [other])
    assert changed.json()["scope"] == "openid pid"
    assert not ClientScope.objects.filter(client=told["client_id"], scope="address", ended_at=None).exists()
    rp = Rp(told["client_id"], told["client_secret"], other)
    refused = browser.get(AUTH, rp.request(scope="openid address", lang="en"))
    assert b"error=invalid_scope" in refused.content
    assert rp.post(INTROSPECT, token="x").status_code == 200, "the secret is still the same"
    assert with_token(told, "DELETE").status_code == 204
    assert clients.party(told["client_id"]) is None
    assert rp.post(INTROSPECT, token="x").status_code == 401
    assert with_token(told, "GET").status_code == 401


@pytest.mark.django_db
def test_another_way_to_prove_itself_ends_the_one_before() -> None:
    told = made()
    keys = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [KEY.as_dict(private=False)]}}
    assert with_token(told, "PUT", as_said(told, **keys)).status_code == 200
    assert rp_of(told).post(INTROSPECT, token="x").status_code == 401
    back = with_token(told, "PUT", as_said(told, client_secret=None)).json()
    assert back["client_secret"] != told["client_secret"]
    assert rp_of(back).post(INTROSPECT, token="x").status_code == 200


@pytest.mark.django_db
def test_nobody_else_reads_or_changes_it() -> None:
    told, other = made(), made()
    tokens = [other["registration_access_token"], "wrong", told["client_secret"], told["client_id"]]
    for token in tokens:
        for method, body in (("GET", None), ("PUT", as_said(told)), ("DELETE", None)):
            response = with_token(told, method, body, token=token)
            assert response.status_code == 401
            assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert Browser().get(f"{REGISTER}{told['client_id']}/").status_code == 401
    wrong = {"client_id": other["client_id"], "client_secret": "x"}
    for name, value in wrong.items():
        assert with_token(told, "PUT", as_said(told, **{name: value})).status_code == 400
    assert Client.objects.filter(closed_at=None).count() == 2


@pytest.mark.django_db
def test_a_client_of_the_console_has_no_such_token(rp: Rp) -> None:
    for token in ("", "None", rp.secret):
        headers = {"Authorization": f"Bearer {token}"}
        assert Browser().get(f"{REGISTER}{rp.id}/", headers=headers).status_code == 401


@pytest.mark.django_db
def test_a_change_that_is_refused_changes_nothing() -> None:
    told = made(client_name="One")
    response = with_token(told, "PUT", as_said(told, client_name="Two", redirect_uris=["http://x.example/"]))
    assert response.json()["error"] == "invalid_redirect_uri"
    assert Client.objects.get().name_en == "One (sandbox)"


# --- Tidied -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_unused_for_thirty_days_it_is_deleted(browser: Browser, rp: Rp) -> None:
    unused, used, withdrawn = made(), made(), made()
    agree(browser, begin(browser, rp_of(used)))
    with_token(withdrawn, "DELETE")
    assert registration.tidy() == 1, "what was withdrawn, at once"
    with clock.frozen(clock.now() + timedelta(days=29)):
        assert registration.tidy() == 0
        rp_of(used).exchange("unknown")
    with clock.frozen(clock.now() + timedelta(days=31)):
        tidy(0)
        assert set(Client.objects.values_list("id", flat=True)) == {rp.id, used["client_id"]}
    with clock.frozen(clock.now() + timedelta(days=65)):
        services.tidy()
        tidy(0)
        assert set(Client.objects.values_list("id", flat=True)) == {rp.id}
        assert not Subject.objects.exists()
    assert unused["client_id"] not in Client.objects.values_list("id", flat=True)


@pytest.mark.parametrize("uri", ["http://[bad", "https://[::1", "https://a.example:99999/", "https://a.example:x/"])
@pytest.mark.django_db
def test_what_is_no_address_is_refused_in_words(uri: str) -> None:
    for metadata in ({"redirect_uris": [uri]}, {"post_logout_redirect_uris": [uri]}):
        response = sent(**metadata)
        assert response.status_code == 400
        assert response.json()["error"] == "invalid_redirect_uri"


@pytest.mark.django_db
def test_the_word_sandbox_is_not_pushed_off_the_page() -> None:
    assert sent(client_name="กรมการปกครอง" + "\u3164" * 80).status_code == 400
