"""An appointment at an immigration office, as a visitor lives it: chosen, kept, booked, moved, given up."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.urls import reverse
from playwright.sync_api import expect

from sala.engine.appointments import changing, holding
from sala.engine.appointments import queries as appointments
from sala.engine.appointments.models import Place, Visit
from sala.engine.appointments.office import schedules
from sala.engine.appointments.presenters import time_of
from sala.engine.appointments.states import VisitState
from sala.engine.cases.models import Case
from sala.engine.catalogue import queries as catalogue
from sala.identity.accounts.actor import system
from sala.identity.accounts.models import Account
from sala.kit import clock
from sala.kit.text import Language
from tests.background import settle
from tests.flows.conftest import DESKTOP, Visitor
from tests.flows.filing import MAHACHAI
from tests.flows.people import SAMUT_SAKHON
from tests.flows.test_keyboard import Hands
from tests.flows.test_pages import look_at_all
from tests.flows.test_report import link_in

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("at_home")
PRESS = "main form button.govuk-button:not([name])"
FREE_DAY, A_TIME = ".sala-calendar .is-free a", "button.sala-times__one"
BANGKOK = 10


@pytest.fixture
def schedule(tm47: dict[int, int]) -> int:
    """Extensions of stay are given at Samut Sakhon and in Bangkok; all places are open to everybody."""
    service = catalogue.current("extension-of-stay")
    made = [schedules.ensure(service, tm47[province]) for province in (SAMUT_SAKHON, BANGKOK)]
    Place.objects.update(opens_at=clock.now() - timedelta(hours=1))
    return made[0]


class Traveller:
    """Somebody who books a visit, in either language, by what each page asks."""

    def __init__(self, visitor: Visitor, language: str = "en") -> None:
        self.visitor, self.page, self.language = visitor, visitor.page, language

    def press(self, selector: str = PRESS) -> None:
        self.page.locator(selector).locator("visible=true").last.click()
        self.page.wait_for_load_state()
        self.visitor.see()

    def to_the_office(self, people: int = 1) -> None:
        """From the bureau's menu to the offices of the province."""
        self.visitor.open("/services/extension-of-stay/")
        self.press(".govuk-button--start")
        self.page.locator("input[name=need][value=visit]").check()
        self.press()
        self.page.locator(f"input[name=people][value='{people}']").check()
        self.press()
        self.page.select_option("#province", str(SAMUT_SAKHON))
        self.press(".sala-province button")

    def to_the_times(self, people: int = 1, day: int = 2) -> None:
        self.to_the_office(people)
        self.page.locator(".sala-offices a").first.click()
        self.page.locator(FREE_DAY).nth(day).click()
        self.page.wait_for_load_state()
        self.visitor.see()

    def take(self, number: int = 0) -> str:
        """Press one of the times; its value."""
        button = self.page.locator(A_TIME).nth(number)
        value = button.get_attribute("value") or ""
        button.click()
        self.page.wait_for_load_state()
        self.visitor.see()
        return value

    def fill_in(self, passport: str | None = None) -> None:
        """The form, up to the answers to check."""
        year = clock.today().year + 1 + (543 if self.language == "th" else 0)
        self.page.select_option("#nationality", "PHL")
        self.page.fill("[name=number]", passport or f"P{random.randrange(10**6, 10**7)}A")  # noqa: S311
        for part, number in (("day", 1), ("month", 3), ("year", year)):
            self.page.fill(f"#permitted_until-{part}", str(number))
        self.press()
        self.page.fill("[name=given_name]", "Maria")
        self.page.fill("[name=surname]", "Santos")
        self.press()
        self.press()  # that is everybody
        self.page.locator("input[name=reason][value=family]").check()
        self.page.fill("[name='address-line']", "99/1")
        self.page.fill("[name='address-find']", "74000")
        if self.visitor.javascript:
            self.page.locator(f"#address-area option[value='{MAHACHAI}']").wait_for(state="attached")
        else:
            self.press("button[name=find]")
        self.page.select_option("#address-area", MAHACHAI)
        self.press()
        self.page.fill("[name=email]", "maria@example.org")
        self.page.fill("[name=phone]", "081 234 5678")
        self.press()
        assert self.page.url.endswith("/check-answers/")

    def go_over(self) -> None:
        """The form as it is filled in from the last time, up to the answers to check."""
        for _ in range(10):
            if self.page.url.endswith("/check-answers/"):
                return
            if self.page.locator("input[name=reason]").count():
                self.page.locator("input[name=reason][value=family]").check()
            self.press()
        raise AssertionError(f"never came to the answers: {self.page.url}")


def take_all(schedule: int, value: str) -> None:
    """Others take every place of this time."""
    moment = time_of(value)
    assert moment
    for _ in range(Place.objects.filter(schedule_id=schedule, starts_at=moment, taken_by=None).count()):
        holding.hold(schedule=schedule, starts_at=moment, holder=uuid4())


def run_out(draft: str, seconds: float) -> None:
    """Let a draft's place run out in so many seconds."""
    assert Place.objects.filter(taken_by=draft).update(held_until=clock.now() + timedelta(seconds=seconds))


def draft_of(page_address: str) -> str:
    return page_address.split("/apply/")[1].split("/", maxsplit=1)[0]


def letter_of(visit: Visit) -> str:
    settle()
    assert visit.reference in mail.outbox[-1].subject
    return f"{mail.outbox[-1].subject}\n{mail.outbox[-1].body}"


@pytest.mark.requirement("R-001.50", "R-001.51", "R-001.52", "R-001.53", "R-001.56", "R-001.57")
def test_a_foreigner_books_on_a_phone_in_thai(visitor: Arrive, schedule: int) -> None:
    # Given a foreigner at the bureau's menu, on a phone, without an account
    phone = visitor(language="th")
    phone.open("/online-service/")
    phone.page.get_by_role("link", name=re.compile("Imm.service Online Appointment")).first.click()
    phone.page.get_by_role("link", name=re.compile("ตม.7")).first.click()
    assert phone.page.url.endswith("/services/extension-of-stay/")
    # When they choose the province, the office, the day and the time
    traveller = Traveller(phone, "th")
    traveller.to_the_times()
    value = traveller.take(1)
    # Then the place is kept, with the time that is left on every page
    expect(phone.page.locator("[data-clock]")).to_have_text(re.compile(r"^(9:\d\d|10:00)$"))
    expect(phone.page.locator(".sala-hold")).to_contain_text(re.compile("25[67][0-9]"))
    # When they fill in the form and confirm
    traveller.fill_in()
    expect(phone.page.locator(".sala-hold")).to_contain_text(value[-5:])
    traveller.press()
    # Then it is booked: number, code, day and time, what to bring
    visit = Visit.objects.get()
    assert visit.starts_at == time_of(value)
    panel = phone.page.locator("main")
    expect(panel).to_contain_text("จองนัดหมายสำเร็จ")
    expect(panel).to_contain_text(visit.reference)
    expect(panel).to_contain_text("หนังสือเดินทางตัวจริงของทุกคน")
    expect(phone.page.locator(".sala-ticket__qr svg")).to_be_visible()
    # And the same comes by e-mail, with the entry for the calendar and the code
    assert "จองนัดหมายสำเร็จ" in letter_of(visit)
    parts = {part.get_content_type() for part in mail.outbox[-1].message().walk()}
    assert {"text/calendar", "image/png"} <= parts
    # And the request is with the office that was chosen
    assert Case.objects.get().office_id == visit.office_id


@pytest.mark.requirement("R-001.54")
def test_a_time_taken_in_between_is_refused_and_others_are_offered(visitor: Arrive, schedule: int) -> None:
    # Given somebody who looks at the times of a day
    traveller = Traveller(visitor())
    traveller.to_the_times()
    first = traveller.page.locator(A_TIME).first.get_attribute("value") or ""
    # When others take the first time, and then they press it
    take_all(schedule, first)
    traveller.take(0)
    # Then it is refused, and the three nearest are offered
    expect(traveller.page.locator("h1")).to_have_text("Somebody was a moment faster")
    expect(traveller.page.locator(A_TIME)).to_have_count(3)
    # When they press one of those
    traveller.take(0)
    # Then it is kept
    expect(traveller.page.locator(".sala-hold")).to_be_visible()


def test_a_place_whose_time_ran_out_loses_nothing(visitor: Arrive, schedule: int) -> None:
    # Given somebody who has filled in everything, and whose place runs out while they look
    traveller = Traveller(visitor())
    traveller.to_the_times()
    value = traveller.take(2)
    traveller.fill_in()
    run_out(draft_of(traveller.page.url), 62)
    traveller.page.reload()
    expect(traveller.page.locator("[data-announce]")).to_have_text("1 minute left")
    run_out(draft_of(traveller.page.url), 3)
    traveller.page.reload()
    # Then the page says so by itself, to the eye and to the ear
    expect(traveller.page.locator(".sala-hold--lapsed")).to_be_visible()
    expect(traveller.page.locator("[data-announce]")).to_contain_text("The time is up")
    # When nobody took it meanwhile, it can be kept again
    run_out(draft_of(traveller.page.url), -1)
    traveller.page.reload()
    traveller.press("form[action$='/visit-again/'] button")
    expect(traveller.page.locator("[data-clock]")).to_be_visible()
    # When it runs out again, and this time somebody takes it
    run_out(draft_of(traveller.page.url), -1)
    take_all_lapsed(schedule, value)
    traveller.press()
    # Then others are offered, and one press leads back to the answers, which are all there
    expect(traveller.page.locator("h1")).to_have_text("Somebody was a moment faster")
    traveller.take(0)
    assert traveller.page.url.endswith("/check-answers/")
    expect(traveller.page.locator("main")).to_contain_text("Santos")
    traveller.press()
    expect(traveller.page.locator(".govuk-panel")).to_contain_text(Visit.objects.get().reference)


def take_all_lapsed(schedule: int, value: str) -> None:
    """Others take every place of this time, those whose hold has run out too."""
    moment = time_of(value)
    assert moment
    for _ in range(Place.objects.filter(schedule_id=schedule, starts_at=moment).count()):
        holding.hold(schedule=schedule, starts_at=moment, holder=uuid4())


def booked(traveller: Traveller) -> Visit:
    traveller.to_the_times()
    traveller.take()
    traveller.fill_in()
    traveller.press()
    return Visit.objects.get()


@pytest.mark.requirement("R-001.59")
def test_the_visit_is_moved_and_given_up_by_the_link_in_the_letter(visitor: Arrive, schedule: int) -> None:
    # Given a visit that was booked, and its letter opened on another device, without a sign-in
    visit = booked(Traveller(visitor()))
    other = visitor(size=DESKTOP)
    other.open(link_in(letter_of(visit), "/visits/"))
    assert "key=" not in other.page.url
    # When another time is chosen
    other.page.locator("a[href$='/move/']").click()
    other.see()
    other.page.locator(FREE_DAY).nth(3).click()
    other.see()
    other.page.locator("a.sala-times__one").nth(1).click()
    other.see()
    expect(other.page.locator("h1")).to_have_text("Change the time?")
    was = visit.starts_at
    other.press("Change to the new time")
    # Then the visit has it, and a letter says so
    expect(other.page.locator("[role=status]").first).to_contain_text("The time is changed")
    visit.refresh_from_db()
    assert visit.starts_at != was
    assert "has a new time" in letter_of(visit)
    # When it is given up
    other.press("Cancel this visit", "link")
    other.press("Cancel the visit")
    # Then the request goes with it, and a letter says so
    expect(other.page.locator("h1")).to_have_text("This visit is cancelled")
    visit.refresh_from_db()
    assert visit.state == VisitState.CANCELLED
    assert Case.objects.get().state == "withdrawn"
    assert "cancelled" in letter_of(visit)


def test_with_a_keyboard_alone(visitor: Arrive, schedule: int) -> None:
    # Given somebody at a desk whose mouse is broken
    person = visitor(size=DESKTOP)
    person.open("/services/extension-of-stay/")
    hands = Hands(person)
    hands.tab_to(".govuk-button--start")
    hands.press()
    hands.choose("need", "visit")
    hands.press()
    hands.choose("people", "1")
    hands.press()
    # When they choose the office on the map
    hands.tab_to("#province")
    hands.keys.type("Samut Sakhon")
    hands.tab_to(".sala-province button")
    hands.press()
    hands.tab_to(".sala-map a")
    hands.press()
    # And a day, and a time
    assert "/visit-day/" in hands.page.url
    hands.tab_to(FREE_DAY)
    hands.press()
    hands.tab_to(A_TIME)
    hands.press()
    # Then the form is there, and the place is kept
    expect(person.page.locator(".sala-hold")).to_be_visible()
    hands.tab_to("#nationality")


def test_without_scripts_the_hour_stands_there(visitor: Arrive, schedule: int) -> None:
    # Given a browser that runs no scripts
    traveller = Traveller(visitor(javascript=False))
    # When somebody books with it
    traveller.to_the_times()
    traveller.take()
    expect(traveller.page.locator(".sala-hold")).to_contain_text(re.compile(r"Kept for you until \d\d:\d\d"))
    traveller.fill_in()
    traveller.press()
    # Then it is booked all the same
    expect(traveller.page.locator(".govuk-panel")).to_contain_text(Visit.objects.get().reference)


def test_no_place_at_all_leads_to_the_list(visitor: Arrive, schedule: int) -> None:
    # Given an office all of whose places are taken
    Place.objects.filter(schedule_id=schedule).update(taken_by=uuid4())
    traveller = Traveller(visitor())
    traveller.to_the_office()
    traveller.page.locator(".sala-offices a").first.click()
    traveller.visitor.see()
    # Then other offices with places are named, and the list is offered
    expect(traveller.page.locator("main")).to_contain_text("Or go elsewhere")
    traveller.visitor.press("Join the waiting list")
    # When the form is filled in once, and sent
    traveller.fill_in()
    traveller.press()
    # Then the position is told
    expect(traveller.page.locator("h1")).to_be_visible()
    assert "/waiting/W-" in traveller.page.url


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_page_of_a_visit(visitor: Arrive, schedule: int, maria: Account, language: Language) -> None:
    # Given somebody with an account, who opens every page on the way, and every state of the visit
    person = visitor(language=language)
    person.sign_in(maria)
    traveller = Traveller(person, language)
    visit = booked(traveller)
    mine = reverse("appointments:visit", args=[visit.reference])
    day = clock.local_day(visit.starts_at).isoformat()
    request = f"/cases/{Case.objects.get().reference}/"
    look_at_all(
        person,
        f"""
        {mine} {mine}cancel/ {mine}move/ {mine}move/offices/ {mine}move/to/{schedule}/{day}/
        {mine}move/offices/?province={BANGKOK} /my/ {request} {request}withdraw/
        """,
    )
    # And who has a visit already is led to it
    traveller.to_the_times()
    traveller.take()
    traveller.go_over()
    traveller.press()
    expect(person.page.locator(f"a[href='{mine}']")).to_be_visible()
    changing.displace(visits=[visit.id], by=system("tests"))
    person.open(mine)
    assert appointments.visit(visit.id).state == VisitState.DISPLACED
