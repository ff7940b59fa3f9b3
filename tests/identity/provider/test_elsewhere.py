"""Devices (RFC 8628) and sign-ins that the RP itself asks for (CIBA): approved on the phone, fetched by polling."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test import Client as Browser

from sala.identity.accounts.models import Account
from sala.identity.provider import ciba, clients, rules, tasks
from sala.identity.provider.models import Client, Consent, Decoupled, Grant, Look, Token
from sala.identity.wallet import approvals
from sala.identity.wallet import queries as wallet
from sala.kit import clock, outgoing, sql
from sala.kit.models import OutboxEvent
from tests.factories import actor_for, client_for, make_account
from tests.identity.provider.conftest import TOKEN, Rp, agree, begin, make_rp
from tests.identity.provider.test_phone import PASSKEY
from tests.serving import serving

pytestmark = pytest.mark.django_db
DEVICE, CIBA = "/api/v2/oauth2/device/", "/api/v2/oauth2/ciba/"
GRANTS = ("authorization_code", "refresh_token", rules.DEVICE, rules.CIBA)


@pytest.fixture
def rp(db: None) -> Rp:
    return make_rp(grants=GRANTS)


def approve(approval: Any, account: Account, *, methods: tuple[str, ...] = PASSKEY) -> None:
    by = actor_for(account)
    assert approvals.approve(approval_id=approval, agreed=("pid", "given_name"), methods=methods, by=by) == ""


def later(seconds: float) -> Any:
    return clock.frozen(clock.now() + timedelta(seconds=seconds))


# --- Devices ---------------------------------------------------------------------------------------------------


@pytest.fixture
def shown(rp: Rp) -> dict[str, Any]:
    """What the device shows."""
    return begun(rp)


def begun(rp: Rp, **given: str) -> dict[str, Any]:
    response = rp.post(DEVICE, scope="openid pid given_name birthdate", **given)
    assert response.status_code == 200, response.content
    return dict(response.json())


def poll(rp: Rp, shown: dict[str, Any]) -> Any:
    return rp.post(TOKEN, grant_type=rules.DEVICE, device_code=shown["device_code"])


def error(response: Any) -> str:
    assert response.status_code == 400, response.content
    return str(response.json()["error"])


def typed(browser: Browser, code: str) -> Any:
    """The approval that the code leads to."""
    response = browser.post("/device/", {"user_code": code})
    assert response.status_code == 303, response.content.decode()
    path = response.headers["Location"]
    assert browser.get(path).status_code == 200
    return path.rstrip("/").rsplit("/", 1)[1]


def test_a_device_signs_in_with_the_code_that_a_person_types(
    rp: Rp, shown: dict[str, Any], browser: Browser, citizen: Account
) -> None:
    assert shown["verification_uri"].endswith("/device/")
    assert shown["verification_uri_complete"].endswith(f"?user_code={shown['user_code']}")
    assert error(poll(rp, shown)) == "authorization_pending"
    approval = typed(browser, shown["user_code"].lower().replace("-", " "))
    with later(6):
        assert error(poll(rp, shown)) == "authorization_pending"
        approve(approval, citizen)
    with later(12):
        tokens = poll(rp, shown).json()
    assert set(tokens["scope"].split()) == {"openid", "pid", "given_name"}
    grant = Grant.objects.get()
    assert (grant.account_id, grant.session_id, grant.acr) == (citizen.id, None, "AAL2")
    assert Consent.objects.get().refused == ["birthdate"]
    assert rp.refresh(tokens["refresh_token"]).status_code == 200
    with later(18):
        assert error(poll(rp, shown)) == "invalid_grant", "once"
    assert Look.objects.filter(act="device", outcome="").exists()
    assert not Look.objects.filter(outcome="authorization_pending").exists(), "waiting is no fault"


def test_the_page_says_what_the_device_is(rp: Rp, browser: Browser, citizen: Account) -> None:
    agent = {"User-Agent": "Mozilla/5.0 (Linux; Android 14; TV) Chrome/140.0", "Authorization": rp.basic()}
    shown = (
        Browser()
        .post(DEVICE, "scope=openid+pid", content_type="application/x-www-form-urlencoded", headers=agent)
        .json()
    )
    approval = typed(browser, shown["user_code"])
    assert wallet.one(approval, by=actor_for(citizen)).asking.place == "Chrome · Android"


def test_a_link_types_the_code_and_agrees_to_nothing(rp: Rp, shown: dict[str, Any], browser: Browser) -> None:
    """Somebody may have sent it (RFC 8628, 5.4)."""
    page = browser.get("/device/", {"user_code": shown["user_code"], "lang": "en"}).content.decode()
    assert f'value="{shown["user_code"]}"' in page
    assert "close this page" in page
    assert Decoupled.objects.get().approval_id is None
    assert Browser().get(f"/device/?user_code={shown['user_code']}").headers["Location"].startswith("/account/sign-in/")


def test_who_polls_too_fast_is_slowed_down(rp: Rp, shown: dict[str, Any]) -> None:
    with clock.frozen(clock.now()):
        assert error(poll(rp, shown)) == "authorization_pending"
        assert error(poll(rp, shown)) == "slow_down"
        assert error(poll(rp, shown)) == "slow_down"
        assert Decoupled.objects.get().interval == 15
    with later(10):
        assert error(poll(rp, shown)) == "slow_down", "the interval has grown"
    with later(60):
        assert error(poll(rp, shown)) == "authorization_pending"


def test_declined_and_run_out(rp: Rp, shown: dict[str, Any], browser: Browser, citizen: Account) -> None:
    by = actor_for(citizen)
    approvals.decline(approval_id=typed(browser, shown["user_code"]), by=by)
    assert error(poll(rp, shown)) == "access_denied"
    with later(601):
        assert error(poll(rp, shown)) == "expired_token"
        assert browser.post("/device/", {"user_code": shown["user_code"]}).status_code == 422
    late = begun(rp)
    with later(599):
        typed(browser, late["user_code"])


def test_a_device_code_is_its_clients_and_its_grants(rp: Rp, shown: dict[str, Any]) -> None:
    other = make_rp("Another", grants=GRANTS, redirect_uris=["https://another.example/cb"])
    assert error(poll(other, shown)) == "invalid_grant"
    as_ciba = rp.post(TOKEN, grant_type=rules.CIBA, auth_req_id=shown["device_code"])
    assert error(as_ciba) == "invalid_grant"
    plain = make_rp("Plain", redirect_uris=["https://plain.example/cb"])
    assert error(plain.post(DEVICE, scope="openid")) == "unauthorized_client"
    assert error(poll(plain, shown)) == "unauthorized_client"
    assert rp.post(DEVICE, scope="openid", authorization="").status_code == 401
    assert error(rp.post(DEVICE, scope="openid address_of_the_moon")) == "invalid_scope"
    assert error(rp.post(TOKEN, grant_type=rules.DEVICE)) == "invalid_request"


def test_codes_are_guessed_ten_times_in_a_quarter_of_an_hour(browser: Browser, shown: dict[str, Any]) -> None:
    for _ in range(10):
        assert browser.post("/device/", {"user_code": "BBBB-BBBB"}).status_code == 422
    assert browser.post("/device/", {"user_code": "BBBB-BBBC"}).status_code == 429
    assert browser.post("/device/", {"user_code": shown["user_code"]}).status_code == 429


def test_a_code_that_somebody_typed_is_theirs(shown: dict[str, Any], browser: Browser, offices: Any) -> None:
    first = typed(browser, shown["user_code"])
    assert typed(browser, shown["user_code"]) == first, "the same person may type it again"
    stranger = client_for(make_account("stranger@example.org"))
    assert stranger.post("/device/", {"user_code": shown["user_code"]}).status_code == 422


def test_codes_are_stored_so_that_the_table_tells_none(shown: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select t::text from provider_decoupled t")
        stored = str(cursor.fetchall())
    letters = shown["user_code"].replace("-", "")
    assert letters not in stored
    assert shown["device_code"] not in stored
    import hashlib

    assert hashlib.sha256(letters.encode()).hexdigest() not in stored, "of 34 bits a plain hash is no secret"


def test_a_device_that_needs_a_passkey(rp: Rp, browser: Browser, citizen: Account) -> None:
    shown = begun(rp, acr_values="AAL2")
    assert wallet.one(typed(browser, shown["user_code"]), by=actor_for(citizen)).asking.strong


# --- CIBA ------------------------------------------------------------------------------------------------------


def asked(rp: Rp, **given: str) -> dict[str, Any]:
    response = rp.post(CIBA, **{"scope": "openid pid given_name birthdate", **given})
    assert response.status_code == 200, response.content
    return dict(response.json())


def looked_up() -> None:
    """What the relay and the worker do with what was told."""
    for event in OutboxEvent.objects.filter(topic="provider.ciba_asked"):
        payload = event.payload
        tasks.ciba_asked(msgspec.json.decode(payload) if isinstance(payload, str) else payload)


def fetch(rp: Rp, told: dict[str, Any]) -> Any:
    return rp.post(TOKEN, grant_type=rules.CIBA, auth_req_id=told["auth_req_id"])


def waiting(account: Account) -> Any:
    looked_up()
    return wallet.waiting(by=actor_for(account))


@pytest.mark.parametrize("by", ["pid", "email", "id_token"])
def test_somebody_is_asked_on_their_phone(rp: Rp, citizen: Account, browser: Browser, by: str) -> None:
    hints = {"pid": lambda: {"login_hint": pid_of(citizen)}, "email": lambda: {"login_hint": "Somchai@Example.org"}}
    hints["id_token"] = lambda: {"id_token_hint": id_token(rp, browser)}
    told = asked(rp, binding_message="Counter 4", **hints[by]())
    assert error(fetch(rp, told)) == "authorization_pending"
    (approval,) = waiting(citizen)
    assert (approval.asking.message, approval.asking.name["en"]) == ("Counter 4", "Land registry")
    approve(approval.id, citizen, methods=("pwd", "pin"))
    with later(6):
        tokens = fetch(rp, told).json()
        claims = claims_of_token(tokens["id_token"])
        assert (claims["acr"], sorted(claims["amr"])) == ("AAL1", ["pin", "pwd"])
        assert "nonce" not in claims
    with later(12):
        assert error(fetch(rp, told)) == "invalid_grant"
    assert Decoupled.objects.count() == 0


def pid_of(account: Account) -> str:
    from sala.identity.people import queries as people

    linked = people.of_account(account.id)
    assert linked
    return linked.person.pid


def id_token(rp: Rp, browser: Browser) -> str:
    return str(rp.exchange(agree(browser, begin(browser, rp))["code"]).json()["id_token"])


def claims_of_token(token: str) -> dict[str, Any]:
    import base64

    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


def test_what_they_agreed_to_before_is_marked_and_a_no_is_a_no(rp: Rp, citizen: Account, browser: Browser) -> None:
    agree(browser, begin(browser, rp), "chosen", scope=["pid"])
    told = asked(rp, login_hint=citizen.email)
    (approval,) = waiting(citizen)
    assert {claim.scope: claim.agreed for claim in approval.asking.claims} == {
        "pid": True, "given_name": False, "birthdate": False,
    }  # fmt: skip
    approvals.decline(approval_id=approval.id, by=actor_for(citizen))
    assert error(fetch(rp, told)) == "access_denied"


def test_requests_run_out(rp: Rp, citizen: Account) -> None:
    told = asked(rp, login_hint=citizen.email, requested_expiry="30")
    assert told["expires_in"] == 30
    assert asked(rp, login_hint=citizen.email, requested_expiry="86400")["expires_in"] == 300
    with later(31):
        assert error(fetch(rp, told)) == "expired_token"
        looked_up()
        assert len(wallet.waiting(by=actor_for(citizen))) == 1, "nobody is asked what nobody waits for any more"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "invalid_request"),
        ({"login_hint": "a@example.org", "id_token_hint": "x"}, "invalid_request"),
        ({"login_hint_token": "x"}, "invalid_request"),
        ({"id_token_hint": "not a token"}, "invalid_request"),
        ({"login_hint": "a@example.org", "binding_message": "x" * 81}, "invalid_binding_message"),
        ({"login_hint": "a@example.org", "requested_expiry": "soon"}, "invalid_request"),
        ({"login_hint": "a@example.org", "requested_expiry": "0"}, "invalid_request"),
        ({"login_hint": "a@example.org", "scope": "pid"}, "invalid_scope"),
    ],
)
def test_what_is_asked_wrongly_is_refused(rp: Rp, given: dict[str, str], expected: str) -> None:
    response = rp.post(CIBA, **{"scope": "openid", **given})
    assert error(response) == expected
    assert Look.objects.filter(act="ciba", outcome=expected).exists()


def test_only_who_is_registered_for_it_may_ask_people(rp: Rp) -> None:
    plain = make_rp("Plain", redirect_uris=["https://plain.example/cb"])
    assert error(plain.post(CIBA, scope="openid", login_hint="a@example.org")) == "unauthorized_client"
    assert rp.post(CIBA, scope="openid", login_hint="a@example.org", authorization="").status_code == 401


def test_known_and_unknown_people_look_alike(rp: Rp, citizen: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody learns who is in the register: not by words, not by the work that is done while the RP waits."""
    unregistered = make_account("newcomer@example.org")
    hints = [pid_of(citizen), citizen.email, "1101700230708", "nobody@example.org", unregistered.email, "no number"]
    seen = [_work(rp, hint, monkeypatch) for hint in hints]
    assert all(one == seen[0] for one in seen), seen
    assert len(waiting(citizen)) == 2
    assert not Decoupled.objects.exclude(hint={}).exists(), "and whom the RP named is forgotten"


def _work(rp: Rp, hint: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, ...]:
    """The statements and the answers of asking for this person, and of polling once it has been looked up."""
    statements: list[str] = []
    execute = sql._execute  # noqa: SLF001

    def noted(statement: str, parameters: Any, **how: Any) -> Any:
        if "FROM provider_client c" not in statement:  # read now and then, whoever is asked
            statements.append(statement)
        return execute(statement, parameters, **how)

    with monkeypatch.context() as patched:
        patched.setattr(sql, "_execute", noted)
        told = asked(rp, login_hint=hint)
        shape = (sorted(told), len(told["auth_req_id"]), told["expires_in"], told["interval"])
        begun = list(statements)
        looked_up()
        statements.clear()
        with later(10):
            answer = fetch(rp, told)
        return shape, begun, statements, answer.status_code, answer.content


def test_who_said_no_often_enough_is_asked_no_more(rp: Rp, citizen: Account) -> None:
    for _ in range(3):
        asked(rp, login_hint=citizen.email)
        for approval in waiting(citizen):
            approvals.decline(approval_id=approval.id, by=actor_for(citizen))
    told = asked(rp, login_hint=citizen.email)
    assert not waiting(citizen)
    assert error(fetch(rp, told)) == "authorization_pending", "and the RP is not told why"


def test_asked_twice_by_the_queue_a_person_is_asked_once(rp: Rp, citizen: Account) -> None:
    asked(rp, login_hint=citizen.email)
    looked_up()
    looked_up()
    assert len(wallet.waiting(by=actor_for(citizen))) == 1


def test_real_people_are_not_asked_by_sandboxes(citizen: Account, settings: Any) -> None:
    settings.DEMO = False
    real = make_rp("Live", grants=GRANTS)
    asked(real, login_hint=citizen.email)
    assert not waiting(citizen), "whose number is an invented one"


def test_nothing_is_taken_by_a_request_that_gets_nothing(rp: Rp, citizen: Account) -> None:
    told = asked(rp, login_hint=citizen.email)
    approve(waiting(citizen)[0].id, citizen)
    stranger = make_rp("Another", grants=GRANTS, redirect_uris=["https://another.example/cb"])
    assert error(fetch(stranger, told)) == "invalid_grant"
    with later(6):
        assert fetch(rp, told).status_code == 200


# --- Ping ------------------------------------------------------------------------------------------------------


@pytest.fixture
def pinged() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """A server of the RP, and what it was told."""
    heard: list[tuple[str, dict[str, Any]]] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.headers["Authorization"], json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with serving(Service) as server:
        yield f"http://127.0.0.1:{server.server_port}/ping", heard


def notified_at(rp: Rp, uri: str) -> None:
    Client.objects.filter(id=rp.id).update(ciba_notification_uri=uri)
    clients.forget()


def changed(approval: Any) -> bytes | None:
    return ciba.answered(approval)


@pytest.mark.parametrize("act", ["approve", "decline"])
def test_the_rp_is_pinged_when_there_is_an_answer(rp: Rp, citizen: Account, pinged: Any, act: str) -> None:
    uri, heard = pinged
    notified_at(rp, uri)
    told = asked(rp, login_hint=citizen.email, client_notification_token="a-token-of-the-rp-itself")
    (approval,) = waiting(citizen)
    assert changed(approval.id) is None, "not yet"
    if act == "approve":
        approve(approval.id, citizen)
    else:
        approvals.decline(approval_id=approval.id, by=actor_for(citizen))
    code = changed(approval.id)
    assert code
    tasks.ping(code.hex())
    assert heard == [("Bearer a-token-of-the-rp-itself", {"auth_req_id": told["auth_req_id"]})]
    assert (fetch(rp, told).status_code == 200) is (act == "approve")
    if act == "approve":
        assert changed(approval.id) is None, "fetched: no ping any more"


def test_a_ping_needs_a_token_and_goes_to_public_hosts_only(rp: Rp, citizen: Account, settings: Any) -> None:
    notified_at(rp, "https://192.168.1.1/ping")
    assert error(rp.post(CIBA, scope="openid", login_hint=citizen.email)) == "invalid_request"
    asked(rp, login_hint=citizen.email, client_notification_token="a-token-of-the-rp-itself")
    (approval,) = waiting(citizen)
    approve(approval.id, citizen)
    code = changed(approval.id)
    assert code
    with pytest.raises(outgoing.Unreachable):
        tasks.ping(code.hex())
    assert Look.objects.filter(act="ciba", outcome="ping_failed").exists()


def test_the_request_id_is_stored_as_a_hash(rp: Rp, citizen: Account) -> None:
    told = asked(rp, login_hint=citizen.email)
    with connection.cursor() as cursor:
        cursor.execute("select t::text from provider_decoupled t")
        stored = str(cursor.fetchall())
    assert told["auth_req_id"] not in stored


# --- Both ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_polls_at_once_one_gets_the_tokens(rp: Rp, citizen: Account) -> None:
    told = asked(rp, login_hint=citizen.email)
    approve(waiting(citizen)[0].id, citizen)

    def once(_: int) -> Any:
        try:
            return fetch(rp, told)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(once, range(4)))
    assert sum(response.status_code == 200 for response in answers) == 1
    assert (Grant.objects.count(), Token.objects.count()) == (1, 2)


def test_the_metadata_names_what_there_is(rp: Rp) -> None:
    document = Browser().get("/.well-known/openid-configuration").json()
    assert document["device_authorization_endpoint"].endswith(DEVICE)
    assert document["backchannel_authentication_endpoint"].endswith(CIBA)
    assert document["backchannel_token_delivery_modes_supported"] == ["poll", "ping"]
    assert {rules.DEVICE, rules.CIBA} <= set(document["grant_types_supported"])
    assert document["acr_values_supported"] == ["AAL1", "AAL2"]
