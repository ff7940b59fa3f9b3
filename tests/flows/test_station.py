"""A day at the enrolment station: somebody is enrolled, the connection drops, somebody is captured, it comes in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.test import override_settings
from playwright.sync_api import expect

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.accounts.requests import COOKIE
from sala.identity.directory.queries import OfficeCard
from sala.identity.enrolment import services as own
from sala.identity.enrolment.forms import Card
from sala.identity.enrolment.models import Enrolment
from sala.identity.people import proposing, queries
from sala.kit import clock
from tests.faces_house import PICTURES, picture
from tests.factories import actor_for, make_account, make_officer
from tests.flows.conftest import DESKTOP, Visitor
from tests.identity.enrolment.office import LASER, citizen, office_card, recognised, registration_office, searched

Arrive = Callable[..., Visitor]
TABLET = {"width": 800, "height": 1100}


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path) -> Iterator[None]:
    with override_settings(REGISTER_KEYS=str(tmp_path / "register.keys")):
        yield


@pytest.fixture
def office(offices: dict[int, int]) -> OfficeCard:
    return office_card(registration_office())


@pytest.fixture
def officer(office: OfficeCard) -> Account:
    return make_officer(registration_office())


@pytest.fixture
def person(office: OfficeCard) -> queries.PersonCard:
    with clock.frozen(clock.now() - timedelta(days=1)):
        return citizen(photograph="obama/2")


def photograph(desk: Visitor, name: str) -> None:
    """A file, as where the browser has no camera."""
    start = desk.page.locator("[data-camera-start]")
    if start.is_visible():
        start.click()
    desk.page.locator("input[type=file]").set_input_files(PICTURES / f"{name}.jpg")


def send(desk: Visitor) -> None:
    desk.page.locator("main form button[type=submit]:visible").last.click()
    desk.page.wait_for_load_state()
    desk.see()


@pytest.mark.requirement("R-004.8")
@pytest.mark.usefixtures("at_home", "faces_house")
@pytest.mark.parametrize(("language", "size"), [("th", TABLET)])
def test_somebody_is_enrolled_at_the_counter(  # noqa: PLR0917 - the parts of a scene
    visitor: Arrive, officer: Account, office: OfficeCard, person: queries.PersonCard, language: str,
    size: dict[str, int],
) -> None:  # fmt: skip
    desk = visitor(language=language, size=size)
    desk.sign_in(officer)
    # Given somebody at the counter with their card
    desk.open("/desk/enrolment/")
    desk.page.locator("#pid").fill(person.pid)
    desk.press("เริ่ม" if language == "th" else "Begin")
    desk.page.locator("#laser").fill(LASER)
    send(desk)
    expect(desk.page.locator("#expires_on-error")).to_be_visible()
    desk.page.locator("#expires_on").fill("18 7 2574")
    send(desk)
    # When their picture is taken and compared
    photograph(desk, "obama/1")
    send(desk)
    if desk.page.locator("#anyway").count():
        desk.page.locator("#anyway").check()
        photograph(desk, "obama/1")
        send(desk)
    expect(desk.page.locator(".station-verdict--alike")).to_be_visible()
    expect(desk.page.locator(".station-pair img")).to_have_count(2)
    desk.page.locator("#same").check()
    send(desk)
    if desk.page.url.endswith("candidates/"):  # the search is still loading everybody: that is said
        found = re.search(r"enrolment/([0-9a-f-]{36})/", desk.page.url)
        assert found
        searched(UUID(found[1]), office, actor_for(officer))
        desk.page.locator("main .govuk-button").first.click()
    # Then the slip brings it to their own phone
    expect(desk.page.locator("main h1")).to_be_visible()
    desk.see()
    send(desk)
    code = desk.page.locator(".station-slip__number").inner_text()
    account = make_account()
    assert own.redeem(code=code, birth="13 4 2528", by=actor_for(account)).ial == "2.3"


RECORDS = "[data-records-list] li"


@pytest.mark.requirement("R-004.8")
@pytest.mark.usefixtures("at_home", "no_faces_house")
def test_the_station_goes_on_without_connection(visitor: Arrive, officer: Account, person: queries.PersonCard) -> None:
    desk = visitor(size=TABLET)
    desk.sign_in(officer)
    desk.open("/desk/enrolment/")
    desk.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    desk.page.reload()  # under the worker now
    # Given the connection drops
    cut_off(desk)
    expect(desk.page.get_by_role("heading", name="Capture now, send later")).to_be_visible()
    desk.see()
    # When somebody is captured all the same
    desk.page.get_by_role("button", name="Seal and keep").click()
    expect(desk.page.get_by_role("alert").filter(has_text="There is a problem")).to_be_visible()
    desk.page.locator("#pid").fill(person.pid)
    desk.page.locator("#birth_date").fill("13 4 2528")
    desk.page.locator("#laser").fill(LASER)
    desk.page.locator("#expires_on").fill("18 7 2574")
    photograph(desk, "obama/1")
    desk.page.get_by_role("button", name="Seal and keep").click()
    expect(desk.page.get_by_role("heading", name="Kept. Give this slip to the person")).to_be_visible()
    code = desk.page.locator("[data-slip-code]").inner_text()
    expect(desk.page.locator(f"{RECORDS}[data-state=waiting]")).to_have_count(1)
    desk.see()
    kept = desk.page.evaluate(_KEPT)
    assert person.pid not in kept
    assert code.replace(" ", "") not in kept
    # Then a session that ended meanwhile is said, and nothing is lost by it
    desk.context.clear_cookies(name=COOKIE)
    desk.context.set_offline(False)
    expect(desk.page.get_by_text("Your session has ended. Sign in, then they are sent.", exact=False)).to_be_visible()
    assert not Enrolment.objects.exists()
    # And with one it comes in, once, and waits for the officer
    desk.sign_in(officer)
    desk.page.get_by_role("button", name="Send now").click()
    expect(desk.page.locator(f"{RECORDS}[data-state=entered]")).to_have_count(1)
    entered = Enrolment.objects.get()
    assert entered.person_id == person.id
    assert entered.proofs["offline"]["detail"]["captured_by"] == _by(officer).label
    desk.open("/desk/enrolment/")
    expect(desk.page.get_by_text("Without connection", exact=True)).to_be_visible()
    desk.press("Mr. Somchai Jaidee", role="link")
    expect(desk.page.get_by_text("Captured without connection", exact=False).first).to_be_visible()


def cut_off(desk: Visitor) -> None:
    """No connection, for the page and its worker. The browser's switch reaches a worker only while it runs, and it may
    have been put to sleep and woken by the very request: then once more."""
    for _ in range(5):
        desk.context.set_offline(True)
        desk.page.goto(f"{desk.address}/desk/enrolment/")
        if desk.page.get_by_role("heading", name="Capture now, send later").count():
            return
        desk.context.set_offline(False)
        desk.page.reload()


def _by(account: Account) -> Actor:
    return actor_for(account)


_KEPT = """() => new Promise((done) => {
  const asked = indexedDB.open("sala-station", 1);
  asked.onsuccess = () => {
    const all = asked.result.transaction("records").objectStore("records").getAll();
    all.onsuccess = () => done(JSON.stringify(all.result));
  };
})"""


@pytest.mark.usefixtures("at_home", "no_faces_house")
@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP)])
def test_what_waits_at_the_desk(
    visitor: Arrive, office: OfficeCard, person: queries.PersonCard, language: str, size: dict[str, int]
) -> None:
    senior = make_officer(registration_office(), "senior")
    me = make_account()
    waiting = own.begin(by=actor_for(me))
    own.show_card(enrolment=waiting, card=Card(person.pid, person.birth_date, LASER), by=actor_for(me))
    own.send_to_office(enrolment=waiting, by=actor_for(me), data=picture("obama/1"))
    twin = citizen(8, photograph="obama/3")
    at_counter = recognised(person, office, actor_for(senior))
    searched(at_counter, office, actor_for(senior), twin.id)
    desk = visitor(language=language, size=size)
    desk.sign_in(senior)
    # Given somebody who enrolled by phone, and somebody alike at the counter
    desk.open("/desk/enrolment/review/")
    desk.open(f"/desk/enrolment/review/{waiting}/")
    expect(desk.page.locator(".station-pair img")).to_have_count(2)
    desk.page.locator("#word").check()
    send(desk)
    expect(desk.page.locator(".govuk-notification-banner--success")).to_be_visible()
    desk.open(f"/desk/enrolment/{at_counter}/candidates/")
    desk.page.locator("#same-2").check()
    desk.page.locator("#reason").fill("The same scar")
    send(desk)
    desk.open(f"/desk/enrolment/review/{at_counter}/")
    # And a birth date that takes two officers, and the photograph on demand
    proposing.propose(
        pid=person.pid, changes={"birth_date": date(1986, 4, 13)}, by=actor_for(make_officer(registration_office())),
        reason="Mistyped", effective_on=None, office=office.id, document="KR.1 no. 7",
        version=queries.version(person.id),
    )  # fmt: skip
    desk.open("/desk/register/")
    desk.open("/desk/register/proposals/")
    desk.page.locator("main .sala-card a").click()
    send(desk)
    desk.open("/desk/register/")
    desk.page.locator("#pid").fill(person.pid)
    send(desk)
    desk.page.locator("main a[href$='photograph/']").click()
    desk.page.wait_for_load_state()
    desk.page.locator("main a[href$='show=yes']").click()
    expect(desk.page.locator(".registrar-photograph")).to_be_visible()
    desk.see()
