"""Signing in to the portal by a digital ID, and every way in which somebody might be brought into another's account."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client as Browser
from joserfc.jwk import ECKey
from pytest_django import Settings

from sala.identity.accounts.models import Account, Session
from sala.identity.accounts.requests import COOKIE
from sala.identity.people import services as people
from sala.identity.portal import provider
from sala.identity.portal.models import Begun, Identity, RemoteSession
from sala.identity.provider.models import Client, Look
from sala.kit import clock
from tests.factories import client_for, make_account
from tests.identity.portal.conftest import BACK, BEGIN, ThaiD, begin, local, prove
from tests.identity.provider.conftest import BY, make_person, onward

pytestmark = pytest.mark.django_db


def signed_in_as(browser: Browser) -> str:
    page = browser.get("/account/").content.decode()
    return next((word for word in page.replace("<", " ").replace(">", " ").split() if "@example.org" in word), "")


# --- At ourselves -------------------------------------------------------------------------------------------


def to_consent(browser: Browser, citizen: Account, **form: str) -> str:
    uri = begin(browser, **form)
    assert dict(parse_qsl(urlsplit(uri).query)).keys() == {"client_id", "request_uri"}, "the request is pushed"
    page = browser.get(local(uri)).headers["Location"]
    return prove(browser, page, citizen)


def come_back(browser: Browser, page: str) -> str:
    """Agree at the provider; the path on which that leads back."""
    shown = browser.get(page).content.decode()
    account = shown.partition('name="account" value="')[2].partition('"')[0]
    return local(onward(browser.post(page, {"act": "all", "account": account})))


@pytest.mark.requirement("R-004.1")
def test_whoever_proves_it_at_the_provider_is_in_their_account(portal: str, citizen: Account) -> None:
    browser = Browser()
    done = browser.get(come_back(browser, to_consent(browser, citizen, next="/account/passkeys/")))
    assert (done.status_code, done.headers["Location"]) == (303, "/account/passkeys/")
    assert signed_in_as(browser) == citizen.email
    session = Session.objects.get(ended_at=None)
    assert session.methods == ["pwd"]
    assert RemoteSession.objects.get(session=session).sid
    assert Identity.objects.get().person_id == people_id(citizen)
    assert not Begun.objects.exists()


def people_id(account: Account) -> int:
    from sala.identity.people.queries import of_account

    linked = of_account(account.id)
    assert linked
    return linked.person.id


def test_the_number_is_asked_for_once(portal: str, citizen: Account) -> None:
    for _ in range(2):
        browser = Browser()
        page = to_consent(browser, citizen)
        if Identity.objects.exists():  # agreed before: the page leads on by itself
            browser.get(local(onward(browser.get(page))))
        else:
            browser.get(come_back(browser, page))
        assert signed_in_as(browser) == citizen.email
    assert Look.objects.filter(client_id=portal, act="userinfo").count() == 1


def test_who_declines_can_choose_another_way(portal: str, citizen: Account) -> None:
    browser = Browser()
    browser.cookies["lang"] = "en"
    page = to_consent(browser, citizen, next="/my/")
    declined = browser.get(local(onward(browser.post(page, {"act": "decline"}))))
    assert "You did not sign in with your digital ID" in declined.content.decode()


def test_who_keeps_their_number_to_themselves_is_not_guessed_at(thaid: ThaiD, citizen: Account, pid: str) -> None:
    page = through(thaid, Browser(), sub="a name", pid=None)
    assert page.status_code == 200
    assert BEGIN in page.content.decode()
    assert not Identity.objects.exists()
    assert not Session.objects.exists()


def test_what_was_typed_when_the_session_ran_out_is_carried_along(portal: str, citizen: Account) -> None:
    browser = Browser()
    form = browser.post("/account/details/", {"given_name": "Typed before", "surname": "x"}).content.decode()
    assert 'action="/account/digital-id/"' in form
    kept = form.partition('name="carried" value="')[2].partition('"')[0]
    done = browser.get(come_back(browser, to_consent(browser, citizen, carried=kept)))
    assert "Typed before" in done.content.decode()


def test_on_the_way_to_a_service_nobody_is_sent_round_in_a_circle(portal: str) -> None:
    usual, connecting = (Browser().get("/account/sign-in/", {"next": where}) for where in ("/my/", "/connect/abc/"))
    assert BEGIN in usual.content.decode()
    assert BEGIN not in connecting.content.decode()


def test_who_is_signed_in_goes_on(portal: str, citizen: Account) -> None:
    assert client_for(citizen).get(BEGIN, {"next": "/my/"}).headers["Location"] == "/my/"


@pytest.mark.parametrize("next_path", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_it_leads_nowhere_else(portal: str, citizen: Account, next_path: str) -> None:
    browser = Browser()
    done = browser.get(come_back(browser, to_consent(browser, citizen, next=next_path)))
    assert done.headers["Location"].startswith("/my/")


def test_registering_the_portal_again_changes_nothing(portal: str, settings: Settings) -> None:
    from sala.web import portal_client

    before = Client.objects.values().get(id=portal)
    assert portal_client.register()
    assert Client.objects.values().get(id=portal) == before
    settings.IDP = "https://idp.example"
    assert not portal_client.register(), "its people sign in elsewhere"


def test_the_page_answers_in_the_language_it_was_asked_in(portal: str) -> None:
    """What answers within us may leave another language behind."""
    browser = Browser()
    browser.cookies["lang"] = "en"
    assert "Going to your digital ID" in browser.post(BEGIN).content.decode()


# --- At another provider ------------------------------------------------------------------------------------


def through(thaid: ThaiD, browser: Browser, **says: Any) -> Any:
    return browser.get(thaid.approve(begin(browser), **says))


@pytest.fixture
def pid(citizen: Account) -> str:
    from sala.identity.people.queries import of_account

    linked = of_account(citizen.id)
    assert linked
    return linked.person.pid


def test_another_provider_will_do(thaid: ThaiD, citizen: Account, pid: str) -> None:
    browser = Browser()
    assert through(thaid, browser, sub=pid, pid=pid, amr=["face", "<script>"], sid="s1").status_code == 303
    assert signed_in_as(browser) == citizen.email
    session = Session.objects.get()
    assert session.methods == ["face"]
    assert session.proved_at
    assert int(session.proved_at.timestamp()) == 1_700_000_000, "when they proved it there"
    [form] = [form for path, form in thaid.asked if path.endswith("/token/")]
    assert form["basic"] == "the-portal:a+secret%3A+%C3%BC%26"
    assert "client_assertion" not in form


def test_without_a_secret_the_portals_own_key_proves_it(
    thaid: ThaiD, citizen: Account, pid: str, settings: Settings
) -> None:
    from joserfc import jwt
    from joserfc.jwk import KeySet

    settings.IDP_CLIENT_SECRET = ""
    assert through(thaid, Browser(), sub=pid, pid=pid).status_code == 303
    [form] = [form for path, form in thaid.asked if path.endswith("/token/")]
    keys = KeySet.import_key_set(Browser().get("/account/digital-id/jwks/").json())
    claims = jwt.decode(form["client_assertion"], keys, algorithms=["ES256"]).claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("the-portal", "the-portal", thaid.url)


def test_it_is_the_registers_word_whose_account_it_is(thaid: ThaiD, citizen: Account, pid: str) -> None:
    """Not that of an earlier sign-in: the account may be somebody else's by now."""
    through(thaid, Browser(), sub=pid, pid=pid)
    people.unlink(account=citizen.id, by=BY, reason="a test")
    browser = Browser()
    browser.cookies["lang"] = "en"
    page = through(thaid, browser, sub=pid, pid=pid)
    assert "Your digital ID has no account here yet" in page.content.decode()
    assert COOKIE not in browser.cookies


def test_who_has_no_account_is_told_what_to_do(thaid: ThaiD, offices: dict[int, int]) -> None:
    page = through(thaid, Browser(), sub="1103700123450", pid="1103700123450")
    assert page.status_code == 200
    assert "/account/register/" in page.content.decode()
    assert not Session.objects.exists()


def test_a_closed_account_is_not_opened(thaid: ThaiD, citizen: Account, pid: str) -> None:
    Account.objects.filter(id=citizen.id).update(closed_at=clock.now())
    assert through(thaid, Browser(), sub=pid, pid=pid).status_code == 200
    assert not Session.objects.exists()


# --- Attacks --------------------------------------------------------------------------------------------------


def refused(response: Any, status: int = 400) -> None:
    assert response.status_code == status
    assert not Session.objects.exists()


def test_an_answer_fetched_by_another_signs_nobody_in(thaid: ThaiD, citizen: Account, pid: str) -> None:
    """Login CSRF: an attacker has a victim's browser call the answer to a sign-in of the attacker's own."""
    attacker, victim = Browser(), Browser()
    answer = thaid.approve(begin(attacker), sub=pid, pid=pid)
    refused(victim.get(answer))
    begin(victim)  # also one that has begun a sign-in of its own
    refused(victim.get(answer))
    assert attacker.get(answer).status_code == 303, "and the attempt does not spend it"


def test_an_answer_works_once(thaid: ThaiD, citizen: Account, pid: str) -> None:
    browser = Browser()
    answer = thaid.approve(begin(browser), sub=pid, pid=pid)
    assert browser.get(answer).status_code == 303
    browser.cookies.pop(COOKIE)
    Session.objects.all().delete()
    refused(browser.get(answer))


def test_an_answer_that_is_late_is_none(thaid: ThaiD, citizen: Account, pid: str) -> None:
    browser = Browser()
    answer = thaid.approve(begin(browser), sub=pid, pid=pid)
    Begun.objects.update(expires_at=clock.now())
    refused(browser.get(answer))


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another sign-in's"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"aud": ["the-portal", "another client"]},
        {"azp": "another client"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"at_hash": "of another token"},
        {"sub": None},
    ],
    ids=lambda lie: "-".join(f"{name}={value}" for name, value in lie.items())[:40],
)
def test_a_token_for_another_purpose_is_refused(thaid: ThaiD, citizen: Account, pid: str, lie: dict[str, Any]) -> None:
    refused(through(thaid, Browser(), **({"sub": pid, "pid": pid} | lie)))


@pytest.mark.parametrize("key", ["unknown", "known name"])
def test_a_token_by_another_key_is_refused(thaid: ThaiD, citizen: Account, pid: str, key: str) -> None:
    thaid.signs_with = ECKey.generate_key("P-256")
    thaid.header = {"kid": "another"} if key == "unknown" else {}
    refused(through(thaid, Browser(), sub=pid, pid=pid))


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_without_a_private_keys_signature_is_refused(
    thaid: ThaiD, citizen: Account, pid: str, algorithm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import base64
    import hashlib
    import hmac
    import json

    def part(told: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()

    def forged(claims: dict[str, Any], **_: Any) -> str:
        signed = f"{part({'alg': algorithm, 'kid': thaid.key.kid})}.{part(claims)}"
        mac = hmac.digest(thaid.key.as_pem(private=False), signed.encode(), hashlib.sha256)
        return f"{signed}.{'' if algorithm == 'none' else base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    monkeypatch.setattr(thaid, "signed", forged)
    refused(through(thaid, Browser(), sub=pid, pid=pid))


def test_a_new_key_is_fetched_once_a_minute_at_most(thaid: ThaiD, citizen: Account, pid: str) -> None:
    assert through(thaid, Browser(), sub=pid, pid=pid).status_code == 303
    thaid.key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    assert through(thaid, Browser(), sub=pid, pid=pid).status_code == 400, "asked a moment ago"
    provider._known[thaid.url].keys_read_at -= 61  # noqa: SLF001 - a minute later
    assert through(thaid, Browser(), sub=pid, pid=pid).status_code == 303
    assert [path for path, _ in thaid.asked].count("/jwks/") == 2


@pytest.mark.parametrize("iss", ["https://evil.example", None], ids=["another", "missing"])
def test_the_answer_of_another_provider_is_not_taken_for_ours(
    thaid: ThaiD, citizen: Account, pid: str, iss: str | None
) -> None:
    """Mix-up (RFC 9207): where a provider says who answers, it has to be the one that was asked."""
    thaid.metadata = {"authorization_response_iss_parameter_supported": True}
    browser = Browser()
    answer = thaid.approve(begin(browser), sub=pid, pid=pid)
    refused(browser.get(answer + (f"&iss={iss}" if iss else "")))
    assert not [path for path, _ in thaid.asked if path.endswith("/token/")], "the code was given to nobody"


def test_who_speaks_in_anothers_name_is_not_asked(thaid: ThaiD) -> None:
    thaid.metadata = {"issuer": "https://idp.example"}
    assert Browser().get(BEGIN).status_code == 503


def test_userinfo_of_somebody_else_is_not_taken(
    thaid: ThaiD, citizen: Account, pid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = thaid.answer

    def other(path: str, form: dict[str, str]) -> dict[str, Any]:
        return {"sub": "another", "pid": pid} if path.endswith("/userinfo/") else usual(path, form)

    monkeypatch.setattr(thaid, "answer", other)
    refused(through(thaid, Browser(), sub="a name", pid=None))


def test_another_person_who_signs_in_ends_the_session_before(thaid: ThaiD, citizen: Account, pid: str) -> None:
    other = make_account(email="other@example.org")
    number = make_person(other, 8)
    browser = Browser()
    answer = thaid.approve(begin(browser), sub=number, pid=number)
    browser.cookies[COOKIE] = client_for(citizen).cookies[COOKIE].value
    assert browser.get(answer).status_code == 303
    assert signed_in_as(browser) == other.email
    assert Session.objects.get(ended_at=None).account_id == other.id


def test_a_provider_out_of_reach_leaves_the_other_ways(settings: Settings) -> None:
    settings.IDP = "http://127.0.0.1:9"
    page = Browser().post(BEGIN, {"next": "/my/"})
    assert page.status_code == 503
    assert "/account/sign-in/?next=%2Fmy%2F" in page.content.decode() or "?next=/my/" in page.content.decode()
    assert not Begun.objects.exists()


def test_the_request_is_asked_for_what_is_needed(thaid: ThaiD) -> None:
    asked = dict(parse_qsl(urlsplit(begin(Browser(), next="/my/")).query))
    assert asked["scope"] == "openid pid name"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"].endswith(BACK)
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


def test_a_demonstration_signs_in_under_the_name_at_which_it_was_opened(
    settings: Settings, citizen: Account, offices: dict[int, int]
) -> None:
    from sala.web import portal_client

    settings.DEMO, settings.PUBLIC_URL = True, "http://127.0.0.1:8000"
    assert portal_client.register()
    browser = Browser(headers={"host": "localhost:8000"})  # where passkeys work
    uri = begin(browser)
    assert uri.startswith("http://localhost:8000/")
    page = prove(browser, browser.get(local(uri)).headers["Location"], citizen)
    shown = browser.get(page).content.decode()
    account = shown.partition('name="account" value="')[2].partition('"')[0]
    back = onward(browser.post(page, {"act": "all", "account": account}))
    assert back.startswith(f"http://localhost:8000{BACK}")
    assert "iss=http%3A%2F%2F127.0.0.1%3A8000" in back, "the provider has one name"
    assert browser.get(local(back)).status_code == 303
    assert signed_in_as(browser) == citizen.email
