"""Signing out: at the wish of a relying party, and told to those that knew the session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from django.test import Client as Browser
from joserfc import jws, jwt
from joserfc.jwk import KeySet
from pytest_django import Settings

from sala.identity.accounts import services as accounts
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account, Session
from sala.identity.accounts.queries import by_session
from sala.identity.accounts.requests import COOKIE
from sala.identity.provider import keys, logout
from sala.identity.provider.logout import EVENT, NotTold
from sala.identity.provider.models import Grant, LogoutNotice, Look
from sala.kit import clock
from sala.kit.models import OutboxEvent
from sala.web import relay, worker
from tests.factories import PASSWORD
from tests.identity.provider.conftest import USERINFO, Rp, agree, begin, make_rp, onward
from tests.serving import serving
from tests.web.test_worker import drain

pytestmark = pytest.mark.django_db

LOGOUT, PAGE = "/api/v2/oauth2/logout/", "/connect/sign-out/"
AFTER = "https://rp.example.go.th/bye?from=sala"


@pytest.fixture
def rp(db: None) -> Rp:
    return make_rp(post_logout_uris=[AFTER])


def by_of(browser: Browser) -> Actor:
    found = by_session(browser.cookies[COOKIE].value)
    assert found
    return found.actor


def signed_in(browser: Browser) -> bool:
    return browser.get("/account/").status_code == 200


def payload_of(token: str) -> dict[str, Any]:
    return dict(msgspec.json.decode(jws.extract_compact(token.encode()).payload))


def ask(browser: Browser, **given: str) -> Any:
    """Follow an RP's wish to the page of ours that it leads to."""
    begun = browser.get(LOGOUT, given)
    assert begun.status_code == 303, begun.content.decode()
    assert begun.headers["Location"].startswith(PAGE)
    return browser.get(begun.headers["Location"])


def say(browser: Browser, page: Any, act: str) -> Any:
    wish = re.search(r'name="wish" value="([^"]+)"', page.content.decode())
    assert wish, page.content.decode()
    return browser.post(PAGE, {"wish": wish[1], "act": act})


# --- The session that an RP knows ---------------------------------------------------------------------------


def test_each_rp_knows_the_session_by_a_name_of_its_own(browser: Browser, rp: Rp) -> None:
    other = make_rp("Tax office")
    first, again, elsewhere = (
        payload_of(one.exchange(agree(browser, begin(browser, one, prompt="consent"))["code"]).json()["id_token"])
        for one in (rp, rp, other)
    )
    assert first["sid"] == again["sid"] != elsewhere["sid"]
    assert str(by_of(browser).session_id) not in first["sid"]


# --- At the wish of an RP ---------------------------------------------------------------------------------------


def test_with_the_sessions_own_token_nothing_is_asked(
    browser: Browser, rp: Rp, signed_in: Callable[..., dict[str, Any]]
) -> None:
    token = signed_in()["id_token"]
    with clock.frozen(clock.now() + logout.KEPT / 100):  # hours after its end
        done = ask(browser, id_token_hint=token, post_logout_redirect_uri=AFTER, state="s 1")
    assert done.status_code == 303
    assert done.headers["Location"] == f"{AFTER}&state=s+1"
    assert not by_session(browser.cookies[COOKIE].value or "-")
    assert not Session.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("hint", ["none", "another session", "nonsense", "altered"])
def test_without_proof_the_person_is_asked(
    browser: Browser, citizen: Account, rp: Rp, signed_in: Callable[..., dict[str, Any]], hint: str
) -> None:
    token = signed_in()["id_token"]
    if hint == "another session":
        browser.cookies[COOKIE] = accounts.open_session(account_id=citizen.id)
    given = {"nonsense": "a.b.c", "altered": token[:-6] + "AAAAAA"}.get(hint, token)
    more = {} if hint == "none" else {"id_token_hint": given}
    page = ask(browser, client_id=rp.id, post_logout_redirect_uri=AFTER, lang="en", **more)
    assert page.status_code == 200
    assert browser.get("/account/").status_code == 200, "signed out by a mere link"
    assert onward(say(browser, page, "stay")) == AFTER
    assert browser.get("/account/").status_code == 200
    assert onward(say(browser, page, "out")) == AFTER
    assert browser.get("/account/").status_code == 302


def test_the_page_names_the_services_of_this_sign_in(
    browser: Browser, rp: Rp, signed_in: Callable[..., dict[str, Any]]
) -> None:
    signed_in()
    browser.cookies["lang"] = "en"
    text = ask(browser).content.decode()
    assert "Sign out of Sala and of 1 service?" in text
    assert "<li>Land registry</li>" in text
    assert "You are signed out" in say(browser, ask(browser), "out").content.decode()


def test_nobody_signed_in_is_led_back_at_once(rp: Rp) -> None:
    assert ask(Browser(), client_id=rp.id, post_logout_redirect_uri=AFTER).headers["Location"] == AFTER
    assert ask(Browser()).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"post_logout_redirect_uri": "https://evil.example/"},
        {"post_logout_redirect_uri": AFTER + "x"},
        {"post_logout_redirect_uri": AFTER, "client_id": ""},
        {"client_id": "unknown"},
    ],
)
def test_it_leads_to_registered_addresses_only(browser: Browser, rp: Rp, wrong: dict[str, str]) -> None:
    given = {name: value for name, value in ({"client_id": rp.id} | wrong).items() if value}
    response = browser.get(LOGOUT, given)
    assert response.status_code == 400
    assert "Location" not in response.headers
    assert browser.get("/account/").status_code == 200


def test_a_token_of_another_client_does_not_open_its_addresses(
    browser: Browser, rp: Rp, signed_in: Callable[..., dict[str, Any]]
) -> None:
    other, token = make_rp("Tax office", post_logout_uris=["https://rp.example.go.th/other"]), signed_in()["id_token"]
    assert browser.get(LOGOUT, {"client_id": other.id, "id_token_hint": token}).status_code == 400
    assert Look.objects.filter(client_id=other.id, act="end_session", outcome="invalid_request").exists()


def test_a_wish_cannot_be_forged(browser: Browser, rp: Rp) -> None:
    assert browser.get(PAGE, {"wish": "eyJ1cmkiOiJodHRwczovL2V2aWwifQ:1:abc"}).status_code == 410


def test_a_form_from_elsewhere_brings_no_token_of_ours(
    citizen: Account, rp: Rp, browser: Browser, signed_in: Callable[..., dict[str, Any]]
) -> None:
    """An RP may post the wish; but the page's own form is protected."""
    token = signed_in()["id_token"]
    led = browser.post(LOGOUT, {"id_token_hint": token, "post_logout_redirect_uri": AFTER})
    assert led.status_code == 303
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies[COOKIE] = browser.cookies[COOKIE].value
    wish = parse_qs(led.headers["Location"].partition("?")[2])["wish"][0]
    assert strict.post(PAGE, {"wish": wish, "act": "out"}).status_code == 403
    assert browser.get(led.headers["Location"]).headers["Location"] == AFTER


def test_anybodys_sandbox_leads_nobody_on_by_itself() -> None:
    sandbox = make_rp(sandbox=True, post_logout_uris=[AFTER])
    page = ask(Browser(), client_id=sandbox.id, post_logout_redirect_uri=AFTER)
    assert page.status_code == 200
    assert 'id="leave"' in page.content.decode()


# --- Told to the RPs --------------------------------------------------------------------------------------------


class Ear:
    """An RP's address for logout tokens."""

    def __init__(self, status: int = 200) -> None:
        self.status, self.heard = status, []

    def url(self, port: int) -> str:
        return f"http://127.0.0.1:{port}/backchannel"

    heard: list[str]


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            ear.heard.append(parse_qs(body)["logout_token"][0])
            self.send_response(ear.status)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with serving(Handler) as server:
        ear.port = server.server_port  # type: ignore[attr-defined]
        yield ear


@pytest.fixture
def hearing(ear: Ear, settings: Settings) -> Rp:
    settings.DEMO = True
    return make_rp(backchannel_logout_uri=ear.url(ear.port))  # type: ignore[attr-defined]


def signed_in_to(browser: Browser, rp: Rp) -> dict[str, Any]:
    response = rp.exchange(agree(browser, begin(browser, rp, prompt="consent"))["code"])
    assert response.status_code == 200, response.content
    return dict(response.json())


def hear() -> list[int]:
    """What the outbox says of ended sessions, heard; the notices that came of it."""
    told = OutboxEvent.objects.filter(topic="account.session_ended").order_by("id")
    notices = [notice for event in told for notice in logout.ended(event.payload["sessions"])]
    told.delete()
    return notices


def test_the_token_says_which_session_has_ended(browser: Browser, hearing: Rp, ear: Ear) -> None:
    tokens = signed_in_to(browser, hearing)
    known = payload_of(tokens["id_token"])
    accounts.sign_out(by=by_of(browser))
    [notice] = hear()
    logout.tell(notice)
    token = jwt.decode(ear.heard[0], KeySet.import_key_set({"keys": keys.jwks()["keys"]}), algorithms=["ES256"])
    assert token.header["typ"] == "logout+jwt"
    said = token.claims
    assert (said["iss"], said["aud"], said["sub"], said["sid"]) == (
        known["iss"],
        hearing.id,
        known["sub"],
        known["sid"],
    )
    assert said["events"] == {EVENT: {}}
    assert "nonce" not in said
    assert 0 < said["exp"] - said["iat"] <= 120
    assert said["jti"]
    logout.tell(notice)
    assert len(ear.heard) == 1, "told twice"
    assert Look.objects.filter(client_id=hearing.id, act="logout", outcome="").count() == 1


def end_elsewhere(browser: Browser, citizen: Account) -> None:
    other = by_session(accounts.open_session(account_id=citizen.id))
    session_id = by_of(browser).session_id
    assert other
    assert session_id
    accounts.end_session(session_id=session_id, by=other.actor)


def end_others(browser: Browser, citizen: Account) -> None:
    other = by_session(accounts.open_session(account_id=citizen.id))
    assert other
    accounts.end_other_sessions(by=other.actor)


def change_password(browser: Browser, citizen: Account) -> None:
    other = by_session(accounts.open_session(account_id=citizen.id))
    assert other
    accounts.change_password(
        current=PASSWORD, new="another long enough one", browser=accounts.Browser(), by=other.actor
    )


def close(browser: Browser, citizen: Account) -> None:
    accounts.close_account(password=PASSWORD, browser=accounts.Browser(), by=by_of(browser))


@pytest.mark.parametrize("end", [end_elsewhere, end_others, change_password, close])
def test_however_the_session_ends_the_rp_hears_and_its_tokens_end(
    browser: Browser, citizen: Account, hearing: Rp, ear: Ear, end: Callable[[Browser, Account], None]
) -> None:
    tokens = signed_in_to(browser, hearing)
    end(browser, citizen)
    reads = Browser().get(USERINFO, headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert reads.status_code == 401, "before anything is heard"
    assert hearing.refresh(tokens["refresh_token"]).status_code == 400
    [notice] = hear()
    logout.tell(notice)
    assert len(ear.heard) == 1
    assert not Grant.objects.filter(revoked_at=None).exists()


def test_only_the_session_that_ended_ends(browser: Browser, citizen: Account, hearing: Rp) -> None:
    other = Browser()
    other.cookies[COOKIE] = accounts.open_session(account_id=citizen.id)
    mine, theirs = signed_in_to(browser, hearing), signed_in_to(other, hearing)
    accounts.sign_out(by=by_of(browser))
    assert len(hear()) == 1
    assert hearing.refresh(mine["refresh_token"]).status_code == 400
    assert hearing.refresh(theirs["refresh_token"]).status_code == 200


def test_a_code_of_a_session_that_ended_is_worth_nothing(browser: Browser, hearing: Rp) -> None:
    code = agree(browser, begin(browser, hearing, prompt="consent"))["code"]
    accounts.sign_out(by=by_of(browser))
    assert hearing.exchange(code).status_code == 400
    assert hear() == [], "it never had a session to end"


def test_who_does_not_hear_is_told_again(browser: Browser, hearing: Rp, ear: Ear) -> None:
    ear.status = 500
    signed_in_to(browser, hearing)
    accounts.sign_out(by=by_of(browser))
    [notice] = hear()
    with pytest.raises(NotTold, match="answered 500"):
        logout.tell(notice)
    line = Look.objects.get(client_id=hearing.id, act="logout")
    assert (line.outcome, line.detail) == ("logout_not_heard", "backchannel_logout_uri answered 500, not 200")
    assert [one.fault for one in logout.untold()] == [line.detail]
    ear.status = 200
    logout.tell(notice)
    first, second = (payload_of(token) for token in ear.heard)
    assert first["jti"] != second["jti"], "each try has a token of its own"
    assert logout.untold() == []


def test_hearing_the_same_end_twice_makes_one_notice(browser: Browser, hearing: Rp) -> None:
    signed_in_to(browser, hearing)
    session_id = by_of(browser).session_id
    assert session_id
    accounts.sign_out(by=by_of(browser))
    assert len(logout.ended([session_id])) == 1
    assert logout.ended([session_id]) == []


def test_our_own_network_is_not_asked(browser: Browser, settings: Settings) -> None:
    settings.DEMO = True
    rp = make_rp(backchannel_logout_uri="https://127.0.0.1:1/", redirect_uris=["https://rp.example.go.th/in"])
    signed_in_to(browser, rp)
    settings.DEMO = False
    accounts.sign_out(by=by_of(browser))
    [notice] = hear()
    with pytest.raises(NotTold, match="forbidden"):
        logout.tell(notice)


@pytest.mark.django_db(transaction=True)
def test_the_worker_tells(browser: Browser, hearing: Rp, ear: Ear) -> None:
    worker.check_wiring()
    signed_in_to(browser, hearing)
    accounts.sign_out(by=by_of(browser))
    relay.relay()
    drain()
    assert len(ear.heard) == 1
    assert LogoutNotice.objects.exclude(told_at=None).count() == 1
