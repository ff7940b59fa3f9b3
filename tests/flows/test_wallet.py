"""My ID on a phone: a PIN, a passkey, a code to scan, a yes and a no."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from sala.identity.accounts.models import Account
from sala.identity.wallet import approvals
from sala.identity.wallet.approvals import Answer
from sala.identity.wallet.rules import Kind, State
from tests.factories import make_account
from tests.flows.conftest import DESKTOP, PHONE, Visitor
from tests.flows.test_passkey import with_device
from tests.identity.provider.conftest import make_person
from tests.identity.wallet.asking import BROWSER, asked_in_browser, asking

Arrive = Callable[..., Visitor]
PIN = "480275"
SHOWN = """async () => {
  const notices = await (await navigator.serviceWorker.ready).getNotifications();
  return notices.map(({ title, body, data }) => ({ title, body, address: data.address }));
}"""
KEPT = """async () => {
  const shelves = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  const requests = (await Promise.all(shelves.map((shelf) => shelf.keys()))).flat();
  return requests.map((request) => new URL(request.url).pathname);
}"""


def notices(phone: Visitor, message: str) -> list[dict[str, str]]:
    """Deliver a push message to the page's worker, as the browser's maker would; the notices then shown."""
    phone.context.grant_permissions(["notifications"], origin=phone.address)
    chromium = phone.context.new_cdp_session(phone.page)
    workers: list[str] = []
    chromium.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: workers.extend(each["registrationId"] for each in event["registrations"]),
    )
    chromium.send("ServiceWorker.enable")
    for _ in range(100):  # events come in while the page is asked something
        if workers:
            break
        phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    given = {"origin": phone.address, "registrationId": workers[-1], "data": message}
    chromium.send("ServiceWorker.deliverPushMessage", given)
    phone.page.wait_for_function(f"({SHOWN})().then((shown) => shown.length > 0)")
    return list(phone.page.evaluate(SHOWN))


@pytest.fixture
def somchai(offices: dict[int, int]) -> Account:
    """A citizen who stands in the register."""
    account = make_account("somchai@example.org", given_name="Somchai", surname="Jaidee")
    make_person(account)
    return account


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize(("language", "size"), [("th", PHONE), ("en", DESKTOP)])
def test_a_qr_code_is_approved_with_a_pin(
    visitor: Arrive, somchai: Account, language: str, size: dict[str, int]
) -> None:
    phone = visitor(language=language, size=size)
    phone.sign_in(somchai)
    # Given Somchai, who has never used his ID before
    phone.open("/id/")
    expect(phone.page.get_by_text("สมชาย", exact=False).first).to_be_visible()
    phone.open("/id/devices/")
    phone.open("/id/scan/")
    phone.open("/id/history/")
    phone.open("/id/pin/")
    phone.page.locator("#pin").fill("123456")
    phone.page.locator("#again").fill("123456")
    phone.page.locator("main form button[type=submit]").first.click()
    expect(phone.page.locator("#pin-error")).to_be_visible()
    phone.see()
    phone.page.locator("#pin").fill(PIN)
    phone.page.locator("#again").fill(PIN)
    phone.page.locator("main form button[type=submit]").first.click()
    expect(phone.page.locator(".govuk-notification-banner--success")).to_be_visible()
    phone.see()
    # When he scans the code that a browser shows
    asked = asked_in_browser()
    phone.open(reverse("wallet:follow", args=[asked.token]))
    phone.page.wait_for_url(f"**/id/requests/{asked.id}/")
    assert asked.token not in phone.page.url
    yes, no = phone.page.locator(".wallet-answer .govuk-button:not(.govuk-button--link)").all()
    sizes = [button.bounding_box() for button in (yes, no)]
    assert sizes[0]
    assert sizes[1]
    assert sizes[1]["height"] >= sizes[0]["height"]
    assert sizes[1]["width"] >= sizes[0]["width"]
    phone.page.locator("#pin").fill(PIN)
    yes.click()
    # Then the phone shows the code, which the browser takes, and the page says so by itself
    code = phone.page.locator(".wallet-code [aria-hidden]").inner_text()
    phone.see()
    answer = approvals.redeem(approval_id=asked.id, browser=BROWSER, code=code)
    assert answer.account_id == somchai.id
    assert answer.agreed == frozenset({"name", "birthdate"})
    assert set(answer.methods) == {"pwd", "pin"}
    phone.open(f"/id/requests/{asked.id}/")
    phone.open("/id/history/")
    # And his number is shown to nobody without the PIN
    phone.open("/id/number/")
    assert "1 9900" not in phone.page.content()
    phone.page.locator("#pin").fill(PIN)
    phone.page.locator("main form button[type=submit]").last.click()
    expect(phone.page.locator(".wallet-card__number dd")).to_contain_text("1 9900")
    phone.see()


@pytest.mark.usefixtures("at_home")
def test_what_wants_a_passkey_is_approved_with_one_and_a_stranger_is_sent_away(
    visitor: Arrive, somchai: Account
) -> None:
    phone = with_device(visitor())
    phone.sign_in(somchai)
    # Given a passkey on Somchai's phone
    phone.open("/account/passkeys/")
    phone.page.get_by_role("button", name="Add a passkey").click()
    expect(phone.page.get_by_role("link", name="Rename or remove")).to_be_visible()
    # When a service that wants one asks, and he chooses what it may know
    asked = approvals.ask(kind=Kind.CIBA, asking=asking(strong=True), account_id=somchai.id)
    phone.open("/id/")
    phone.press("Sathon Clinic", role="link")
    phone.press("Choose one by one", role="link")
    phone.page.get_by_label("Date of birth").uncheck()
    phone.page.get_by_label("Full name").check()
    phone.press("Continue with what I chose")
    expect(phone.page.locator("#pin")).to_have_count(0)
    phone.page.get_by_role("button", name="Approve with passkey").click()
    expect(phone.page.get_by_role("heading", name="Done")).to_be_visible()
    phone.see()
    # Then the service is told that and nothing else
    answer = approvals.take(asked.id)
    assert isinstance(answer, Answer)
    assert answer.agreed == frozenset({"name"})
    assert set(answer.methods) == {"hwk", "user", "mfa"}
    # And what he did not begin he sends away
    stranger = asked_in_browser()
    phone.open(reverse("wallet:follow", args=[stranger.token]))
    phone.press("I did not begin this: it was not me")
    expect(phone.page.get_by_text("you have stopped them", exact=False)).to_be_visible()
    assert approvals.state(stranger.id, browser=BROWSER) is State.DECLINED


def test_it_is_an_app_with_a_page_for_when_there_is_no_net(visitor: Arrive, somchai: Account) -> None:
    phone = visitor()
    phone.sign_in(somchai)
    phone.open("/id/")
    # Given the worker, which sees to these pages
    scope = phone.page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.scope)")
    assert scope == f"{phone.address}/id/"
    phone.page.wait_for_function("caches.keys().then((names) => names.length > 0)")
    phone.page.reload()
    # When a push comes, it shows a notice that tells nothing, and leads to what waits
    told = notices(phone, json.dumps({"id": "0190-an-id"}))
    assert [notice["address"] for notice in told] == ["/id/requests/0190-an-id/"]
    assert not any(name in json.dumps(told) for name in ("Somchai", "Jaidee", "Clinic"))
    # And when there is no net, the page says so
    phone.context.set_offline(True)
    phone.page.goto(f"{phone.address}/id/history/")
    expect(phone.page.get_by_role("heading", name="ไม่มีอินเทอร์เน็ต")).to_be_visible()
    # Then nothing of a person was kept on the phone
    kept = set(phone.page.evaluate(KEPT))
    static = {f"/static/web/{name}" for name in ("sala.css", "wallet.css", "logo.svg")}
    assert kept == static | {"/id/offline/"}
    phone.context.set_offline(False)
