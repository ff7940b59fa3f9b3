"""The console's pages, in both languages, for whom they are and for whom not."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client as Browser

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.console import deciding, queries, services, trying
from sala.identity.console.models import RelyingParty
from sala.identity.provider import tokens
from sala.identity.provider.rules import Refusal
from sala.kit.ids import uuid7
from tests.factories import client_for, make_account
from tests.identity.console.conftest import ABOUT, CONTACT, HOME, WHY, approved, begun, make_decider, sent, version

pytestmark = pytest.mark.django_db
ROOT = "/relying-parties/"
OWN = ("", "request/about/", "request/data/", "sandbox/", "sandbox/calls/", "sandbox/quick-start/")


@pytest.fixture
def browser(developer: Account) -> Browser:
    return client_for(developer)


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_from_a_name_to_a_client_by_the_pages(browser: Browser) -> None:
    response = browser.post(f"{ROOT}new/", {"key": str(uuid7()), **ABOUT})
    assert response.status_code == 303
    party = response.headers["Location"]
    for part, typed in (
        ("contact", CONTACT),
        ("addresses", {"redirect_uris": HOME}),
        ("data", {"scopes": ["given_name", "pid"]}),
        ("reasons", {"same": "yes", **{f"pid-{name}": words for name, words in WHY.items()}}),
    ):
        assert browser.post(f"{party}request/{part}/", typed).status_code == 303, part
    assert browser.post(f"{party}send/").status_code == 303
    officer = client_for(make_decider())
    assert "Pet register" in text(officer.get(f"{ROOT}decide/?lang=en"))
    page = f"{ROOT}decide/{party.split('/')[2]}/"
    shown = text(officer.get(page))
    assert shown.count("To issue the card") == 2
    version = RelyingParty.objects.get().version
    assert officer.post(page, {"version": version, "act": "approve", "remark-pid": "Why?"}).status_code == 422
    assert officer.post(page, {"version": version, "act": "approve"}).status_code == 303
    secret = browser.post(f"{party}live/secret/")
    assert secret.headers["Cache-Control"] == "no-store"
    assert 'id="secret"' in text(secret)
    assert 'id="secret"' not in text(browser.get(f"{party}live/"))


def test_a_service_that_needs_no_data_says_so_and_is_served(browser: Browser, by: Actor, officer: Actor) -> None:
    party = begun(by)
    own = f"{ROOT}{party}/"
    assert text(browser.get(f"{own}?lang=en")).count("Not complete") == 3  # addresses, data, and what for
    response = browser.post(f"{own}request/data/", {})
    assert response.status_code == 422
    assert 'href="#scopes"' in text(response)
    response = browser.post(f"{own}request/data/", {"scopes": "nothing"})
    assert response.headers["Location"] == own
    assert 'value="nothing" checked' in text(browser.get(f"{own}request/data/"))
    assert "nothing to say here" in text(browser.get(f"{own}request/reasons/"))
    browser.post(f"{own}request/addresses/", {"redirect_uris": HOME})
    services.submit(party=party, by=by)
    desk = client_for(make_decider())
    assert "same person each time" in text(desk.get(f"{ROOT}decide/{party}/?lang=en"))
    deciding.approve(party=party, version=version(party), by=officer)
    assert queries.own(party, by).client("live").scopes == {}
    assert "<code>openid</code>" in text(browser.get(f"{own}live/"))


def test_who_programs_is_not_addressed_as_the_citizen(browser: Browser, by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    live = queries.own(party, by).client("live").id
    shown = [text(browser.get(f"{ROOT}{party}/request/{part}/?lang=en")) for part in ("data", "reasons")]
    desk = client_for(make_decider())
    shown += [text(desk.get(f"{ROOT}{page}/?lang=en")) for page in (f"decide/{party}", f"clients/{live}")]
    for page in shown:
        assert "Date of birth" in page
        assert "Your date of birth" not in page


def test_faults_stand_at_their_fields_and_what_was_typed_stays(browser: Browser, by: Actor) -> None:
    page = f"{ROOT}{begun(by)}/request/addresses/"
    response = browser.post(page, {"redirect_uris": "http://pets.example/#x\nhttps://pets.example/*"})
    assert response.status_code == 422
    assert 'href="#redirect_uris"' in text(response)
    assert "http://pets.example/#x" in text(browser.get(page))
    response = browser.post(f"{ROOT}new/", {"key": str(uuid7()), "kind": "government", "name_th": "ก"})
    assert response.status_code == 422
    assert 'id="agency-error"' in text(response)
    assert 'id="name_en-error"' in text(response)


@pytest.mark.parametrize("language", ["th", "en"])
def test_pages_in_both_languages(browser: Browser, by: Actor, officer: Actor, language: str) -> None:
    party = approved(by, officer)
    for page in (f"{ROOT}", f"{ROOT}new/", *(f"{ROOT}{party}/{page}" for page in (*OWN, "live/", "request/reasons/"))):
        response = browser.get(f"{page}?lang={language}")
        assert response.status_code == 200, page
        assert f'<html lang="{language}"' in text(response)


def test_to_strangers_nothing_of_it_exists(by: Actor) -> None:
    party = sent(by)
    stranger = client_for(make_account())
    clerk = client_for(make_decider("officer"))
    for browser in (stranger, clerk):
        for page in OWN:
            assert browser.get(f"{ROOT}{party}/{page}").status_code == 404
        for page in ("send/", "take-back/", "test-people/", "sandbox/secret/", "sandbox/"):
            assert browser.post(f"{ROOT}{party}/{page}").status_code in {404, 422}
        assert browser.get(f"{ROOT}decide/{party}/").status_code == 404
        assert browser.get(f"{ROOT}decide/").status_code == 404
        assert "decide" not in text(browser.get(ROOT))


def test_an_officer_does_not_read_drafts(by: Actor) -> None:
    assert client_for(make_decider()).get(f"{ROOT}decide/{begun(by)}/").status_code == 404


def test_an_officer_who_is_late_is_told(by: Actor) -> None:
    party = sent(by)
    first, second = client_for(make_decider()), client_for(make_decider())
    version = RelyingParty.objects.get().version
    page, form = f"{ROOT}decide/{party}/", {"version": version, "remark-general": "Say more"}
    assert first.post(page, form).status_code == 303
    assert second.post(page, form).status_code == 404  # it is its writer's again
    assert first.post(page, {"version": "x" * 30}).status_code == 404


def test_every_call_says_in_words_why_it_failed(browser: Browser, by: Actor) -> None:
    party = begun(by)
    client = queries.own(party, by).sandbox
    tokens.note(client.id, "authorize", refusal=Refusal("invalid_scope", "Not approved for this client: pid"))
    tokens.note(client.id, "userinfo", scopes=("openid", "given_name"))
    for _ in range(50):
        tokens.note(client.id, "client_credentials")
    page = f"{ROOT}{party}/sandbox/calls/"
    assert "Not approved for this client: pid" not in text(browser.get(page))
    older = text(browser.get(page + "?lang=en&error=any"))
    assert "Ask for what is approved" in older
    assert "Not approved for this client: pid" in older
    assert browser.get(page, {"before": "9" * 40}).status_code == 200


def test_a_wrong_secret_and_address_stand_in_the_log(browser: Browser, by: Actor) -> None:
    party = begun(by)
    client = queries.own(party, by).sandbox
    asked = {"client_id": client.id, "redirect_uri": "https://elsewhere.example/"}
    assert Browser().get("/api/v2/oauth2/auth/", asked).status_code == 400
    form = {"grant_type": "client_credentials", "client_id": client.id, "client_secret": "wrong"}
    encoded = "&".join(f"{name}={value}" for name, value in form.items())
    kind = "application/x-www-form-urlencoded"
    assert Browser().post("/api/v2/oauth2/token/", encoded, content_type=kind).status_code == 401
    shown = text(browser.get(f"{ROOT}{party}/sandbox/calls/"))
    assert "redirect_uri is not one of those registered" in shown
    assert "Wrong client_secret" in shown


@pytest.mark.parametrize("tongue", ["python", "javascript", "php", "csharp", "java"])
def test_code_to_begin_with_has_ones_own_id(browser: Browser, by: Actor, tongue: str) -> None:
    party = begun(by)
    shown = text(browser.get(f"{ROOT}{party}/sandbox/quick-start/?in={tongue}"))
    assert queries.own(party, by).sandbox.id in shown
    assert "@CLIENT_ID@" not in shown
    assert "@HOST@" not in shown


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_quick_start_ends_with_a_sign_in(browser: Browser, by: Actor, officer: Actor, language: str) -> None:
    party = approved(by, officer)
    page = f"{ROOT}{party}/sandbox/quick-start/?lang={language}"
    shown = text(browser.get(page))
    assert '<code class="sala-secret">http://127.0.0.1:8080/</code>' in shown
    assert ("invent one first" if language == "en" else "โปรดสร้างก่อน") in shown
    made = trying.make_person(party=party, by=by)
    shown = text(browser.get(page))
    assert made.email in shown
    assert ("invent one first" if language == "en" else "โปรดสร้างก่อน") not in shown
    for copied in re.findall(r'data-copy="([^"]+)"', shown):
        assert f' id="{copied}"' in shown
    assert shown.count("data-copy=") == 3
    live = text(browser.get(f"{ROOT}{party}/live/quick-start/?lang={language}"))
    assert '<code class="sala-secret">https://pets.example/</code>' in live
    assert "test-people" not in live


def test_a_sixth_test_person_is_refused_kindly(browser: Browser, by: Actor) -> None:
    page = f"{ROOT}{begun(by)}/test-people/"
    for _ in range(5):
        assert 'id="password"' in text(browser.post(page))
    assert browser.post(page).status_code == 409


def test_a_key_that_is_none_begins_nothing(browser: Browser) -> None:
    assert browser.post(f"{ROOT}new/", {"key": "no", **ABOUT}).status_code == 404
    assert browser.get(f"{ROOT}{UUID(int=7)}/").status_code == 404
