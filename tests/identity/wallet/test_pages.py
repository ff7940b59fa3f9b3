"""The pages below /id/, without a script: each works and is its person's alone; no address tells anything."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import Settings

from sala.identity.accounts import passkeys
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.accounts.requests import COOKIE
from sala.identity.accounts.services import Browser
from sala.identity.wallet import approvals, pins, rules
from sala.identity.wallet.models import Approval, Device
from sala.identity.wallet.rules import State
from sala.kit import audit, clock
from sala.kit.errors import Invalid
from tests.factories import PASSWORD, actor_for, client_for, make_account
from tests.identity.accounts.authenticator import Authenticator
from tests.identity.provider.conftest import make_person
from tests.identity.wallet.asking import ASKING, BROWSER, PASSKEY, asked_ciba, asked_in_browser
from tests.identity.wallet.push_service import Browser as Subscriber

pytestmark = pytest.mark.django_db
PIN = "480275"


@pytest.fixture
def account(db: None) -> Account:
    return make_account("ada@example.org")


@pytest.fixture
def ada(account: Account) -> Actor:
    return actor_for(account)


def english(account: Account) -> Client:
    client = client_for(account)
    client.cookies["lang"] = "en"
    return client


@pytest.fixture
def hers(account: Account, ada: Actor) -> Client:
    """Ada's phone, with a PIN."""
    pins.choose(pin=PIN, by=ada, browser=Browser())
    return english(account)


def scan(client: Client, token: str) -> str:
    response = client.get(f"/id/a/{token}/")
    assert response.status_code == 303
    return str(response["Location"])


def test_the_whole_way_by_pin(hers: Client) -> None:
    asked = asked_in_browser()
    address = scan(hers, asked.token)
    assert asked.token not in address
    page = hers.get(address).content.decode()
    for words in (
        "Sathon Clinic",
        "Sathon Medical",
        "Chrome on Windows",
        "To register you as a patient",
        "Your consent",
    ):
        assert words in page
    assert hers.post(address, {"pin": PIN}).status_code == 303
    page = hers.get(address).content.decode()
    code = approvals.code_of(asked.id)
    assert f"<span>{code[:3]}</span> <span>{code[3:]}</span>" in page
    assert approvals.redeem(approval_id=asked.id, browser=BROWSER, code=code).agreed == frozenset({"name", "birthdate"})
    page = hers.get(address).content.decode()
    assert code not in page
    assert "You let Sathon Clinic sign you in" in page
    assert 'id="wallet-code"' in page


def test_what_was_approved_is_said_once_and_a_device_is_looked_at(hers: Client, ada: Actor) -> None:
    asked = approvals.ask(kind=rules.Kind.DEVICE, asking=ASKING)
    address = scan(hers, asked.token)
    answer = hers.post(address, {"pin": PIN})
    done = hers.get(answer["Location"]).content.decode()
    assert "govuk-notification-banner--success" in done
    assert "Now look at the device" in done
    later = hers.get(address).content.decode()
    assert "govuk-notification-banner" not in later
    # And what its owner began elsewhere is at no device
    away = f"/id/requests/{asked_ciba(ada).id}/"
    assert "Now look at the device" not in hers.get(hers.post(away, {"pin": PIN})["Location"]).content.decode()


def test_choosing_one_by_one_has_a_way_back(hers: Client) -> None:
    address = scan(hers, asked_in_browser().token)
    assert f'href="{address}" class="govuk-back-link"' in hers.get(f"{address}?choose=yes").content.decode()


def test_a_wrong_pin_approves_nothing_and_ten_lock(hers: Client) -> None:
    asked = asked_in_browser()
    address = scan(hers, asked.token)
    for _ in range(rules.PIN_TRIES - 1):
        assert hers.post(address, {"pin": "000001"}).status_code == 422
    response = hers.post(address, {"pin": "000001"})
    assert response.status_code == 429
    assert hers.post(address, {"pin": PIN}).status_code == 429
    assert approvals.state(asked.id, browser=BROWSER) is State.SCANNED
    assert "Choose a new PIN" in hers.get(address).content.decode()


def test_an_empty_pin_is_no_try(hers: Client, ada: Actor) -> None:
    address = scan(hers, asked_in_browser().token)
    for _ in range(rules.PIN_TRIES + 1):
        assert hers.post(address, {"pin": " "}).status_code == 422
    assert pins.standing(by=ada) == "set"


def test_what_wants_a_passkey_takes_no_pin(hers: Client) -> None:
    asked = asked_in_browser(strong=True)
    address = scan(hers, asked.token)
    assert 'name="pin"' not in hers.get(address).content.decode()
    assert hers.post(address, {"pin": PIN}).status_code == 422
    assert approvals.state(asked.id, browser=BROWSER) is State.SCANNED


def test_an_old_passkey_and_a_pin_are_no_strong_proof(account: Account, ada: Actor) -> None:
    """A session opened by passkey weeks ago does not make a PIN a second factor."""
    from sala.identity.accounts import services
    from sala.identity.accounts.rules import BY_PASSKEY

    pins.choose(pin=PIN, by=ada, browser=Browser())
    client = Client()
    client.cookies[COOKIE] = services.open_session(account_id=account.id, methods=BY_PASSKEY)
    asked = asked_in_browser()
    client.post(scan(client, asked.token), {"pin": PIN})
    assert Approval.objects.get(id=asked.id).methods == ["pin"]


def test_a_passkey_approves(account: Account, ada: Actor) -> None:
    device = Authenticator(passkeys.site().origin)
    ceremony = passkeys.to_add(by=ada)
    passkeys.add(name="x", credential=device.create(ceremony.options), state=ceremony.state, by=ada)
    client = english(account)
    asked = asked_in_browser(strong=True)
    address = scan(client, asked.token)
    page = client.get(address).content.decode()
    options = re.search(r'data-options="([^"]+)"', page)
    state = re.search(r'name="state" value="([^"]+)"', page)
    assert options
    assert state
    answer = device.get(unescape(options[1]))
    sent = {"credential": answer, "state": state[1], "choose": "yes", "chosen": "yes", "scope": ["name"]}
    assert client.post(address, sent).status_code == 303
    row = Approval.objects.get(id=asked.id)
    assert (row.agreed, set(row.methods)) == (["name"], PASSKEY)
    another = asked_in_browser(strong=True)
    assert client.post(scan(client, another.token), sent).status_code == 422  # the same signature proves once


def test_only_what_was_left_ticked_is_told(hers: Client) -> None:
    asked = asked_in_browser()
    address = scan(hers, asked.token)
    boxes = hers.get(address + "?choose=yes").content.decode()
    assert re.search(r'value="birthdate" checked', boxes)
    assert not re.search(r'value="name" checked', boxes)
    assert 'value="decline"' in boxes
    page = hers.get(address + "?choose=yes&chosen=yes&scope=name&scope=pid").content.decode()
    assert 'name="scope" value="name"' in page
    assert 'value="pid"' not in page
    hers.post(address, {"pin": PIN, "choose": "yes", "chosen": "yes", "scope": ["pid"]})
    assert Approval.objects.get(id=asked.id).agreed == []


@pytest.mark.parametrize("act", ["decline", "not_me"])
def test_declining_needs_no_proof_and_stops_a_code_that_was_shown(hers: Client, act: str) -> None:
    asked = asked_in_browser()
    address = scan(hers, asked.token)
    hers.post(address, {"pin": PIN})
    response = hers.post(address, {"act": act})
    assert approvals.state(asked.id, browser=BROWSER) is State.DECLINED
    page = hers.get(response["Location"]).content.decode()
    assert ("stopped them" in page) == (act == "not_me")
    assert approvals.code_of(asked.id) not in page


def test_who_is_not_signed_in_goes_on_after_the_sign_in_in_that_browser_alone(account: Account) -> None:
    asked = asked_in_browser()
    browser = Client()
    response = browser.get(f"/id/a/{asked.token}/")
    assert response["Location"] == "/account/sign-in/?next=%2Fid%2Fa%2F"
    assert asked.token not in response["Location"]
    assert approvals.state(asked.id, browser=BROWSER) is State.WAITING
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        elsewhere = client_for(account)
        assert elsewhere.get("/id/a/")["Location"] == "/id/"
        browser.cookies[COOKIE] = client_for(account).cookies[COOKIE].value
        assert browser.get("/id/a/")["Location"] == f"/id/requests/{asked.id}/"
    forged = Client()
    forged.cookies[COOKIE] = client_for(account).cookies[COOKIE].value
    forged.cookies["sala_scanned"] = f'"{asked.id}":forged'
    assert forged.get("/id/a/")["Location"] == "/id/"


def test_looking_at_the_link_without_following_it_claims_nothing(hers: Client) -> None:
    asked = asked_in_browser()
    hers.head(f"/id/a/{asked.token}/")
    assert approvals.state(asked.id, browser=BROWSER) is State.WAITING


def test_a_code_that_ran_out_or_is_anothers_is_told_so(hers: Client) -> None:
    asked = asked_in_browser()
    approvals.opened(token=asked.token, by=actor_for(make_account()))
    for token in (asked.token, "never-was-one-of-these-at-all"):
        response = hers.get(f"/id/a/{token}/")
        assert response.status_code == 410
        assert "Nothing was approved" in response.content.decode()
    assert hers.get(f"/id/requests/{asked.id}/").status_code == 404
    assert hers.post(f"/id/requests/{asked.id}/", {"act": "decline"}).status_code == 404


@pytest.mark.parametrize(
    "code",
    ["", "https://evil.example/id/a/abcdefghijklmnopqrstuvwxyz/", "javascript:alert(1)", "TM47-7K3M9QXT-4",
     "{url}/account/close/", "{url}/id/a/../../account/", "{url}.evil.example/id/a/abcdefghijklmnopqrstuvwxyz/"],
)  # fmt: skip
def test_the_camera_follows_no_code_but_ours(hers: Client, settings: Settings, code: str) -> None:
    response = hers.post("/id/scan/", {"code": code.replace("{url}", settings.PUBLIC_URL)})
    assert response.status_code == 422
    assert "nothing was opened or sent" in response.content.decode()


def test_the_camera_follows_ours(hers: Client, settings: Settings) -> None:
    asked = asked_in_browser()
    response = hers.post("/id/scan/", {"code": f"{settings.PUBLIC_URL}/id/a/{asked.token}/"})
    assert response["Location"] == f"/id/a/{asked.token}/"


def test_what_waits_is_on_the_first_page(hers: Client, ada: Actor) -> None:
    asked_ciba(ada)
    asked_ciba(actor_for(make_account()), client="another")
    page = hers.get("/id/").content.decode()
    assert page.count("Waits for you") == 2  # the heading and its line; it does not stand among what was lately, too
    assert "Lately" not in page
    assert "data-live=" in page


def test_the_number_is_shown_after_a_proof_alone(
    hers: Client, account: Account, ada: Actor, offices: dict[int, int]
) -> None:
    pid = make_person(account)
    whole = " ".join((pid[0], pid[1:5], pid[5:10], pid[10:12], pid[12]))
    for path in ("/id/", "/id/number/"):
        page = hers.get(path).content.decode()
        assert whole not in page
        assert pid not in page
        assert "สมชาย" in page
    refused = hers.post("/id/number/", {"pin": "000001"})
    assert refused.status_code == 422
    assert whole not in refused.content.decode()
    shown = hers.post("/id/number/", {"pin": PIN})
    assert whole in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert audit.of_subject(ada.label)[0].action == "id.number_shown"


def test_who_is_not_in_the_register_has_no_number(hers: Client) -> None:
    page = hers.get("/id/").content.decode()
    assert "Not yet proven" in page
    assert 'href="/id/enrol/"' in page  # and how one comes by it
    assert hers.get("/id/number/")["Location"] == "/id/"


def test_the_pin_page(account: Account) -> None:
    client = english(account)
    assert 'name="current_password"' not in client.get("/id/pin/").content.decode()
    assert client.post("/id/pin/", {"pin": PIN, "again": "480276"}).status_code == 422
    chosen = client.post("/id/pin/", {"pin": PIN, "again": PIN, "next": "/id/number/"})
    assert chosen["Location"] == "/id/number/"
    with clock.frozen(clock.now() + rules.FRESH):
        assert 'name="current_password"' in client.get("/id/pin/").content.decode()
        new = {"pin": "573920", "again": "573920"}
        assert client.post("/id/pin/", new).status_code == 422
        assert client.post("/id/pin/", {**new, "current_password": PASSWORD}).status_code == 303


def test_the_pin_page_leads_to_no_other_site(account: Account) -> None:
    client = english(account)
    response = client.post("/id/pin/", {"pin": PIN, "again": PIN, "next": "https://evil.example/"})
    assert response["Location"] == "/id/pin/?done=yes"


def test_a_locked_pin_is_opened_by_the_letter(hers: Client, ada: Actor) -> None:
    for _ in range(rules.PIN_TRIES):
        with pytest.raises((pins.PinLocked, Invalid)):
            pins.confirm(pin="000001", by=ada)
    page = hers.get("/id/pin/").content.decode()
    assert 'name="pin"' not in page
    assert ada.account_id
    letter = pins.letter_token(ada.account_id)
    assert 'name="pin"' in hers.get(f"/id/pin/?letter={letter}").content.decode()
    sent = {"pin": "573920", "again": "573920"}
    assert hers.post("/id/pin/", {**sent, "letter": "wrong"}).status_code == 403
    assert hers.post("/id/pin/", {**sent, "letter": letter}).status_code == 303
    assert pins.standing(by=ada) == "set"


def test_a_pin_is_not_carried_through_a_sign_in() -> None:
    page = Client().post("/id/pin/", {"pin": PIN, "again": PIN, "next": "/id/"}).content.decode()
    packed = re.search(r'name="carried" value="([^"]+)"', page)
    assert packed
    from sala.identity.accounts import carried

    found = carried.unpack(unescape(packed[1]))
    assert found
    assert dict(found.fields) == {"next": "/id/"}


def test_a_browser_asks_to_be_told(hers: Client) -> None:
    to = Subscriber().at("https://push.example.org/abc")
    sent = {"name": "Chrome on Android", "endpoint": to.endpoint, "p256dh": to.p256dh, "auth": to.auth}
    for _ in range(2):
        assert hers.post("/id/devices/", sent).status_code == 303
    device = Device.objects.get()
    page = hers.get("/id/devices/").content.decode()
    assert "Chrome on Android" in page
    assert to.endpoint not in page
    assert hers.post("/id/devices/", {**sent, "endpoint": "http://10.0.0.1/"}).status_code == 422
    assert english(make_account()).post(f"/id/devices/{device.id}/remove/").status_code == 303
    assert Device.objects.exists()
    hers.post(f"/id/devices/{device.id}/remove/")
    assert not Device.objects.exists()


def test_the_app_can_be_installed(client: Client) -> None:
    for language, name in (("th", "บัตรของฉัน"), ("en", "My ID")):
        response = client.get(f"/id/manifest.webmanifest?lang={language}")
        told = json.loads(response.content)
        assert response["Content-Type"] == "application/manifest+json"
        assert (told["short_name"], told["scope"], told["display"]) == (name, "/id/", "standalone")
        assert {(icon["sizes"], icon["purpose"]) for icon in told["icons"]} == {
            (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
        }
        for icon in told["icons"]:
            picture = finders.find(icon["src"].removeprefix("/static/"))
            assert picture
            size = int(icon["sizes"].partition("x")[0])
            assert Path(picture).read_bytes()[16:24] == size.to_bytes(4) * 2  # a PNG's own width and height


def test_the_worker_is_of_these_pages_alone(client: Client) -> None:
    response = client.get("/id/sw.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert "Service-Worker-Allowed" not in response
    policy = client.get("/id/offline/")["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy
    assert "unsafe" not in policy
