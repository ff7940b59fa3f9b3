"""The pages of sign-in and account, as a browser meets them."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from sala.identity.accounts import queries, services
from sala.identity.accounts.models import Account, ApiToken, OneTimeLink, Session
from sala.identity.accounts.requests import COOKIE, DEVICE_COOKIE, require_account
from sala.kit import clock
from tests.factories import PASSWORD, actor_for, client_for, make_account, make_officer
from tests.identity.accounts.conftest import Letters, token_in

pytestmark = pytest.mark.django_db

GOOD = "three quiet green buffaloes"
TYPED = {"given_name": "Grace", "surname": "Hopper", "phone": "0812345678", "email": "grace@example.org"}


# A page of some other room, with a form: it answers with what it was sent.
@require_account
def apply(request: HttpRequest, page: str) -> HttpResponse:
    return HttpResponse("|".join(f"{key}={value}" for key, values in request.POST.lists() for value in values))


urlpatterns = [path("apply/<slug:page>", apply), path("", include("sala.web.urls"))]


@pytest.fixture
def browser() -> Client:
    """Checks forms as a real one's would be, and reads English."""
    client = Client(enforce_csrf_checks=True)
    client.cookies["lang"] = "en"
    return client


def send(browser: Client, where: str, what: dict[str, object] | None = None, to: str = "") -> HttpResponse:
    """Open the page, fill in its first form and send it."""
    page = browser.get(where)
    return browser.post(to or where, hidden(page.content.decode()) | (what or {}))  # type: ignore[arg-type]


def hidden(html: str, action: str = "") -> dict[str, str]:
    """The hidden fields of the first form (that goes to `action`)."""
    forms = re.findall(r"<form.*?</form>", html, re.S)
    chosen = next(form for form in forms if not action or f'action="{action}"' in form)
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', chosen)
    return {name: value.replace("&#34;", '"').replace("&amp;", "&") for name, value in fields}


def text_of(response: HttpResponse) -> str:
    """The words of a page, without what stands in its hidden fields."""
    html = re.sub(r"<head>.*?</head>", "", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# --- Registration --------------------------------------------------------------------------------------


@pytest.mark.requirement("R-001.11", "R-001.12", "R-001.13", "R-001.14", "R-001.15")
def test_a_newcomer_registers_and_is_where_they_were_going(browser: Client, letters: Letters) -> None:
    page = browser.get("/account/register/?next=/apply/stay")
    shown = re.findall(r'<input(?![^>]*hidden)[^>]*name="([^"]+)"', page.content.decode())
    assert shown == ["given_name", "surname", "phone", "email"]
    sent = browser.post("/account/register/", hidden(page.content.decode(), "/account/register/") | TYPED)
    assert (sent.status_code, sent["Location"]) == (303, "/account/sent/register/")
    assert "grace@example.org" in text_of(browser.get(sent["Location"]))
    link = "/account/link/" + token_in(letters()[0]) + "/"
    telephone = Client(enforce_csrf_checks=True)
    done = send(telephone, link, {"password": GOOD})
    assert (done.status_code, done["Location"]) == (303, "/apply/stay")
    assert Session.objects.get(ended_at=None).account == Account.objects.get()
    assert telephone.get("/account/").status_code == 200


def test_looking_at_a_link_uses_nothing_up(browser: Client, letters: Letters) -> None:
    services.register(typed=TYPED, language="en")
    link = "/account/link/" + token_in(letters()[0]) + "/"
    for _ in range(3):  # the mail program, its virus scanner, the person
        assert browser.get(link).status_code == 200
        assert browser.head(link).status_code == 200
    assert send(browser, link, {"password": GOOD}).status_code == 303


def test_a_double_click_on_the_last_step_signs_in(browser: Client, letters: Letters) -> None:
    services.register(typed=TYPED, language="en")
    link = "/account/link/" + token_in(letters()[0]) + "/"
    form = hidden(browser.get(link).content.decode()) | {"password": GOOD}
    for _ in range(2):
        assert browser.post(link, form).status_code == 303
        assert browser.get("/account/").status_code == 200
    stranger = Client()
    answer = stranger.post(link, {"password": "not the password"})
    assert answer.status_code == 410
    assert COOKIE not in stranger.cookies


def test_what_is_wrong_stands_at_the_top_and_beside_its_field(browser: Client) -> None:
    page = send(browser, "/account/register/", {"given_name": "Go http://evil.com", "phone": "12", "email": "nope"})
    html = page.content.decode()
    assert page.status_code == 422
    assert "<title>Error: Create an account" in html
    for field in ("given_name", "surname", "phone", "email"):
        assert f'href="#{field}"' in html
        assert f'id="{field}-error"' in html
    assert "Go http://evil.com" in html


@pytest.mark.parametrize("where", ["/account/register/", "/account/forgotten/"])
def test_a_known_and_an_unknown_address_see_the_same(where: str) -> None:
    make_account("known@example.org")
    seen = []
    for who in ("known", "other"):
        browser = Client(headers={"Accept-Language": "en"})
        first = browser.post(where, TYPED | {"email": f"{who}@example.org"})
        second = browser.get(first["Location"])
        told = (first.status_code, first["Location"], sorted(first.cookies), text_of(second).replace(who, "…"))
        seen.append(told)
    assert seen[0] == seen[1]


def test_signing_in_with_a_known_and_an_unknown_address_looks_the_same() -> None:
    make_account("known@example.org")
    for _ in range(11):
        pages = []
        for who in ("known", "other"):
            page = Client().post("/account/sign-in/", {"email": f"{who}@example.org", "password": "wrong"})
            assert page.status_code in {422, 429}
            pages.append((page.status_code, sorted(page.cookies), text_of(page)))
        assert pages[0] == pages[1]


def test_an_expired_link_leads_to_a_new_one(browser: Client, letters: Letters) -> None:
    services.register(typed=TYPED, language="en")
    link = "/account/link/" + token_in(letters()[0]) + "/"
    with clock.frozen(clock.now() + timedelta(hours=25)):
        page = browser.get(link)
        assert (page.status_code, "This link has expired" in text_of(page)) == (410, True)
        again = browser.post(link + "again/", hidden(page.content.decode(), link + "again/"))
        assert (again.status_code, again["Location"]) == (303, "/account/sent/register/")
        assert "grace@example.org" in text_of(browser.get(again["Location"]))
        assert send(browser, "/account/link/" + token_in(letters()[0]) + "/", {"password": GOOD}).status_code == 303


def test_a_made_up_link_leads_on(browser: Client) -> None:
    page = browser.get("/account/link/made-up/")
    assert page.status_code == 404
    assert "/account/register/" in page.content.decode()


@pytest.mark.parametrize(
    "where", ["/account/register/", "/account/sign-in/", "/account/forgotten/", "/account/link/x/"]
)
def test_a_form_from_elsewhere_is_refused(where: str) -> None:
    assert Client(enforce_csrf_checks=True).post(where, TYPED).status_code == 403


# --- Signing in and out --------------------------------------------------------------------------------


def sign_in(browser: Client, where: str = "/account/sign-in/", email: str = "ada@example.org") -> HttpResponse:
    return send(browser, where, {"email": email, "password": PASSWORD}, to="/account/sign-in/")


def test_a_sign_in_gives_a_new_session_and_never_takes_one(browser: Client) -> None:
    make_account("ada@example.org")
    browser.cookies[COOKIE] = "planted-by-somebody"
    answer = sign_in(browser)
    cookie = answer.cookies[COOKIE]
    assert cookie.value != "planted-by-somebody"
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    first = cookie.value
    browser.post("/account/sign-out/", hidden(browser.get("/account/").content.decode(), "/account/sign-out/"))
    assert sign_in(browser).cookies[COOKIE].value != first


def test_signing_in_again_over_a_session_gives_another(browser: Client) -> None:
    make_account("ada@example.org")
    first = sign_in(browser).cookies[COOKIE].value
    form = {"email": "ada@example.org", "password": PASSWORD}
    token = hidden(browser.get("/account/").content.decode(), "/account/sign-out/")
    assert browser.post("/account/sign-in/", form | token).cookies[COOKIE].value != first
    assert queries.by_session(first) is None


def test_signing_out_works_on_the_server_too(browser: Client) -> None:
    make_account("ada@example.org")
    sign_in(browser)
    stolen = browser.cookies[COOKIE].value
    assert browser.get("/account/sign-out/").status_code == 200
    answer = browser.post("/account/sign-out/", hidden(browser.get("/account/").content.decode(), "/account/sign-out/"))
    assert (answer.status_code, answer.cookies[COOKIE].value) == (303, "")
    assert "notification-banner--success" in Client().get(answer["Location"]).content.decode()
    thief = Client()
    thief.cookies[COOKIE] = stolen
    assert thief.get("/account/").status_code == 302


def test_a_sign_in_leads_back_and_nowhere_else(browser: Client) -> None:
    make_account("ada@example.org")
    assert sign_in(browser, "/account/sign-in/?next=/apply/stay?a=1")["Location"] == "/apply/stay?a=1"
    for evil in (
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:evil",
        "%09//evil.example",
    ):
        fresh = Client()
        answer = fresh.post(
            f"/account/sign-in/?next={evil}", {"email": "ada@example.org", "password": PASSWORD, "next": evil}
        )
        assert answer.status_code == 303
        assert urlsplit(answer["Location"]).netloc == ""
        assert answer["Location"].startswith("/")
        assert "evil" not in answer["Location"]


def test_officers_go_to_the_desk_and_others_to_their_requests() -> None:
    make_account("ada@example.org")
    make_officer(email="officer@example.org")
    places = {}
    for who in ("ada", "officer"):
        answer = Client().post("/account/sign-in/", {"email": f"{who}@example.org", "password": PASSWORD})
        places[who] = answer["Location"]
    assert places["officer"].startswith("/desk/")
    assert not places["ada"].startswith("/desk/")


def test_the_lock_shows_the_way_out(browser: Client, letters: Letters) -> None:
    make_account("ada@example.org")
    for _ in range(10):
        page = send(browser, "/account/sign-in/", {"email": "ada@example.org", "password": "wrong"})
    assert page.status_code == 429
    assert "Signing in with one is locked until" in text_of(page)
    form = hidden(page.content.decode(), "/account/forgotten/")
    assert form["email"] == "ada@example.org"
    letters()
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert browser.post("/account/forgotten/", form).status_code == 303
    assert [letter["kind"] for letter in letters()] == ["reset_password"]


def test_a_known_browser_is_remembered(browser: Client) -> None:
    make_account("ada@example.org")
    device = sign_in(browser).cookies[DEVICE_COOKIE]
    assert device["httponly"]
    stranger = Client()
    for _ in range(11):
        last = stranger.post("/account/sign-in/", {"email": "ada@example.org", "password": "wrong"})
    assert last.status_code == 429
    del browser.cookies[COOKIE]
    assert sign_in(browser).status_code == 303


def test_the_language_of_the_account_is_used_where_none_was_chosen() -> None:
    make_account("ada@example.org", language="en")
    answer = Client().post("/account/sign-in/", {"email": "ada@example.org", "password": PASSWORD})
    assert answer.cookies["lang"].value == "en"


def test_over_https_cookies_go_to_this_host_alone() -> None:
    """In a process of its own: settings are read once."""
    script = """
import django; django.setup()
from sala.identity.accounts import requests
print(requests.COOKIE, requests.DEVICE_COOKIE, requests.settings.SECURE_COOKIES)"""
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script],
        env=os.environ | {"SALA_PUBLIC_URL": "https://sala.example", "DJANGO_SETTINGS_MODULE": "sala.web.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["__Host-sala_session", "__Host-sala_device", "True"]


# --- A session that ran out under a form -----------------------------------------------------------------


@pytest.fixture
def other_room(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


STREET = 'ซอย 1 "<b>&amp;\r\nบรรทัดสอง'
LONG = {"street": STREET, "stay-day": ["1", "2"], "csrfmiddlewaretoken": "x", "new_password": "no"}


@pytest.mark.usefixtures("other_room")
def test_nothing_typed_is_lost_when_the_session_runs_out() -> None:
    make_account("ada@example.org")
    browser = Client()
    page = browser.post("/apply/stay?tab=2", LONG)
    assert page.status_code == 403
    form = hidden(page.content.decode(), "/account/sign-in/")
    assert "carried" in form
    wrong = browser.post("/account/sign-in/", form | {"email": "ada@example.org", "password": "wrong"})
    form = hidden(wrong.content.decode(), "/account/sign-in/")
    go_on = browser.post("/account/sign-in/", form | {"email": "ada@example.org", "password": PASSWORD})
    assert go_on.status_code == 200
    html = go_on.content.decode()
    assert 'action="/apply/stay?tab=2"' in html
    assert 'value="ซอย 1 &#34;&lt;b&gt;&amp;amp;\r\nบรรทัดสอง"' in html
    assert "new_password" not in html
    fields = re.findall(r'name="stay-day" value="(.)"', html)
    assert fields == ["1", "2"]
    answer = browser.post("/apply/stay?tab=2", {"street": STREET, "stay-day": fields})
    assert answer.content.decode() == f"street={STREET}|stay-day=1|stay-day=2"


@pytest.mark.usefixtures("other_room")
def test_a_form_open_since_before_the_sign_in_can_still_be_sent() -> None:
    """Two tabs: signing in in one does not spoil the form in the other."""
    make_account("ada@example.org")
    browser = Client(enforce_csrf_checks=True)
    before = hidden(browser.get("/account/sign-in/").content.decode())["csrfmiddlewaretoken"]
    sign_in(browser)
    assert browser.post("/apply/stay", {"csrfmiddlewaretoken": before}).status_code == 200


@pytest.mark.usefixtures("other_room")
def test_files_are_not_carried_and_it_is_said() -> None:
    make_account("ada@example.org")
    browser = Client(headers={"Accept-Language": "en"})
    browser.cookies["lang"] = "en"
    page = browser.post("/apply/stay", {"a": "1", "photo": SimpleUploadedFile("a.png", b"png")})
    form = hidden(page.content.decode(), "/account/sign-in/") | {"email": "ada@example.org", "password": PASSWORD}
    assert "Files cannot be kept" in text_of(browser.post("/account/sign-in/", form))


@pytest.mark.usefixtures("other_room")
def test_what_was_carried_cannot_be_altered_or_kept_for_long() -> None:
    make_account("ada@example.org")
    browser = Client()
    kept = hidden(browser.post("/apply/stay", {"a": "1"}).content.decode(), "/account/sign-in/")["carried"]
    form = {"email": "ada@example.org", "password": PASSWORD}
    altered = browser.post("/account/sign-in/", form | {"carried": "x" + kept})
    assert altered.status_code == 303
    assert Client().post("/account/sign-in/", form | {"carried": kept}).status_code == 200


@pytest.mark.usefixtures("other_room")
def test_what_is_too_long_to_carry_is_said() -> None:
    noise = secrets.token_hex(450_000)
    page = Client().post("/apply/stay", {"a": noise})
    assert page.status_code == 403
    assert "carried" not in hidden(page.content.decode(), "/account/sign-in/")


@pytest.mark.usefixtures("other_room")
def test_a_get_comes_back_by_itself() -> None:
    answer = Client().get("/apply/stay?x=1")
    assert (answer.status_code, answer["Location"]) == (302, "/account/sign-in/?next=%2Fapply%2Fstay%3Fx%3D1")


def test_addresses_of_before_they_ended_with_a_slash_lead_on() -> None:
    link = "/account/link/made-up"
    for address in (link, "/account/sign-in?next=/my/"):
        answer = Client().get(address)
        path, _, query = address.partition("?")
        assert (answer.status_code, answer["Location"]) == (301, f"{path}/?{query}".rstrip("?"))


# --- One's own pages -------------------------------------------------------------------------------------

OWN = (
    "", "details/", "email/", "email/sent/", "password/", "sessions/", "passkeys/", "tokens/", "tokens/new/", "close/",
)  # fmt: skip


@pytest.mark.parametrize("where", OWN)
def test_own_pages_are_for_their_owner(where: str) -> None:
    assert Client().get(f"/account/{where}").status_code == 302
    browser = client_for(make_account("ada@example.org"))
    for language in ("th", "en"):
        page = browser.get(f"/account/{where}?lang={language}")
        assert page.status_code == 200
        assert page["Cache-Control"] == "no-store"
        assert f'<html lang="{language}"' in page.content.decode()


def test_details_are_saved(browser: Client) -> None:
    browser.cookies[COOKIE] = client_for(make_account("ada@example.org")).cookies[COOKIE].value
    typed = {"given_name": "Ada Augusta", "surname": "King", "phone": "02 123 4567", "language": "th"}
    page = browser.get("/account/details/")
    assert "+66 81 234 5678" in page.content.decode()
    answer = browser.post("/account/details/", hidden(page.content.decode(), "/account/details/") | typed)
    assert (answer.status_code, answer.cookies["lang"].value) == (303, "th")
    assert "Ada Augusta King" in text_of(browser.get(answer["Location"]))


def test_the_password_is_changed_and_this_device_stays(browser: Client) -> None:
    account = make_account("ada@example.org")
    browser.cookies[COOKIE] = client_for(account).cookies[COOKIE].value
    form = hidden(browser.get("/account/password/").content.decode(), "/account/password/")
    wrong = browser.post("/account/password/", form | {"current_password": "no", "new_password": GOOD})
    assert wrong.status_code == 422
    answer = browser.post("/account/password/", form | {"current_password": PASSWORD, "new_password": GOOD})
    assert answer.status_code == 303
    assert browser.get("/account/").status_code == 200


def test_an_address_is_changed_by_way_of_its_mailbox(browser: Client, letters: Letters) -> None:
    browser.cookies[COOKIE] = client_for(make_account("ada@example.org")).cookies[COOKIE].value
    form = hidden(browser.get("/account/email/").content.decode(), "/account/email/")
    answer = browser.post("/account/email/", form | {"email": "new@example.org", "current_password": PASSWORD})
    assert answer.status_code == 303
    confirm, notice = letters()
    assert send(Client(), "/account/link/" + token_in(confirm) + "/").status_code == 303
    assert Account.objects.get().email == "new@example.org"
    stopped = send(Client(), "/account/link/" + token_in(notice) + "/")
    assert (Account.objects.get().email, stopped.status_code) == ("ada@example.org", 303)
    assert "ada@example.org" in text_of(Client().get(stopped["Location"]))


def test_devices_are_listed_without_places_and_signed_out(browser: Client) -> None:
    account = make_account("ada@example.org")
    services.open_session(
        account_id=account.id, user_agent="Mozilla/5.0 (iPhone) Version/18 Safari/604", address="203.0.113.7"
    )
    browser.cookies[COOKIE] = client_for(account).cookies[COOKIE].value
    page = browser.get("/account/sessions/")
    words = text_of(page)
    assert "Safari on iPhone" in words
    assert "This device" in words
    assert "203.0.113" not in page.content.decode()
    form = hidden(page.content.decode(), "/account/sessions/others/end/")
    assert browser.post("/account/sessions/others/end/", form).status_code == 303
    assert "Safari on iPhone" not in text_of(browser.get("/account/sessions/"))


def test_a_token_is_shown_once(browser: Client) -> None:
    browser.cookies[COOKIE] = client_for(make_account("ada@example.org")).cookies[COOKIE].value
    page = browser.get("/account/tokens/new/")
    assert "cases:read" in page.content.decode()
    assert "desk:decide" not in page.content.decode()
    form = hidden(page.content.decode(), "/account/tokens/new/")
    wanted = {"name": "Reader", "scopes": ["cases:read"], "days": "30", "current_password": PASSWORD}
    assert browser.post("/account/tokens/new/", form | wanted | {"scopes": []}).status_code == 422
    made = browser.post("/account/tokens/new/", form | wanted)
    (token,) = re.findall(r"sala_[\w-]{43}", made.content.decode())
    assert made["Cache-Control"] == "no-store"
    assert token not in browser.get("/account/tokens/").content.decode()
    row = ApiToken.objects.get()
    assert row.scopes == ["cases:read"]
    revoke = f"/account/tokens/{row.id}/revoke/"
    assert browser.post(revoke, hidden(browser.get("/account/tokens/").content.decode(), revoke)).status_code == 303
    row.refresh_from_db()
    assert row.revoked_at


def test_officers_may_give_a_token_their_desk() -> None:
    assert "desk:decide" in client_for(make_officer()).get("/account/tokens/new/").content.decode()


def test_an_account_is_closed(browser: Client) -> None:
    browser.cookies[COOKIE] = client_for(make_account("ada@example.org")).cookies[COOKIE].value
    form = hidden(browser.get("/account/close/").content.decode(), "/account/close/")
    assert browser.post("/account/close/", form | {"current_password": "no"}).status_code == 422
    answer = browser.post("/account/close/", form | {"current_password": PASSWORD})
    assert (answer.status_code, answer.cookies[COOKIE].value) == (303, "")
    assert browser.get(answer["Location"]).status_code == 200
    assert Account.objects.get().closed_at


def test_a_strangers_things_do_not_exist() -> None:
    ada, grace = make_account(), make_account()
    services.issue_token(account_id=ada.id, name="x", scopes=["cases:read"], by=actor_for(ada))
    token, session = ApiToken.objects.get(), Session.objects.filter(account=ada)[0]
    browser = client_for(grace)
    browser.post(f"/account/tokens/{token.id}/revoke/")
    browser.post(f"/account/sessions/{session.id}/end/")
    token.refresh_from_db()
    session.refresh_from_db()
    assert (token.revoked_at, session.ended_at) == (None, None)
    assert browser.get(f"/account/passkeys/{token.id}/").status_code == 404


def test_passwords_may_be_pasted_and_filled_in_by_managers(browser: Client) -> None:
    html = browser.get("/account/sign-in/").content.decode()
    assert "onpaste" not in html
    assert 'autocomplete="username webauthn"' in html
    assert 'autocomplete="current-password"' in html


def test_the_page_of_a_link_tells_nobody_its_address(browser: Client, letters: Letters) -> None:
    services.register(typed=TYPED, language="en")
    page = browser.get("/account/link/" + token_in(letters()[0]) + "/")
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cache-Control"] == "no-store"
    assert OneTimeLink.objects.get().used_at is None
