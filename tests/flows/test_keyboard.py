"""With a keyboard alone: no mouse touches these journeys."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from sala.engine.cases.models import Case
from sala.engine.cases.states import State
from sala.identity.accounts.models import Account
from tests.flows.conftest import DESKTOP, Visitor
from tests.flows.filing import MAHACHAI, on_file
from tests.flows.people import days_ago, on_record

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("tm47")
MOST_TABS = 60


class Hands:
    """What hands on a keyboard do: Tab to a thing, type, press Space or Enter."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page, self.keys = visitor, visitor.page, visitor.page.keyboard

    def tab_to(self, selector: str) -> None:
        """Tab until the focus, which must be seen, is on what the selector says."""
        for _ in range(MOST_TABS):
            self.keys.press("Tab")
            if self.at(selector):
                return
        raise AssertionError(f"Tab does not come to {selector}: {self.page.url}")

    def at(self, selector: str) -> bool:
        return bool(self.page.evaluate("s => document.activeElement.matches(s)", selector))

    def type_in(self, selector: str, text: str) -> None:
        self.tab_to(selector)
        self.keys.press("Control+A")
        self.keys.type(text)

    def day_in(self, key: str, day: date) -> None:
        for part, number in (("day", day.day), ("month", day.month), ("year", day.year)):
            self.type_in(f"#{key}-{part}", str(number))

    def choose(self, name: str, value: str) -> None:
        """Tab into the choices, then down to the one wanted."""
        self.tab_to(f"input[name='{name}']")
        self.keys.press("Space")
        for _ in range(10):
            if self.at(f"[value='{value}']:checked"):
                return
            self.keys.press("ArrowDown")
        raise AssertionError(f"no choice {value} of {name}")

    def press(self, key: str = "Enter") -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.keys.press(key)
        self.visitor.see()


def tell_of_herself(hands: Hands) -> None:
    hands.type_in("#given_name", "Maria")
    hands.press()
    hands.day_in("birth_date", date(1990, 5, 17))
    hands.choose("sex", "f")
    hands.press()
    hands.day_in("arrived_on", days_ago(80))
    hands.press()
    hands.choose("transport", "land")
    hands.press()
    hands.day_in("permitted_until", days_ago(80) + timedelta(days=364))
    hands.type_in("#visa", "Study")
    hands.tab_to("button.govuk-button:not([tabindex])")
    hands.press()
    hands.choose("reported", "no")
    hands.press()
    hands.choose("host_reported", "yes_done")
    hands.press()


def tell_of_the_place(hands: Hands) -> None:
    hands.choose("kind", "flat")
    hands.type_in("[name='address-line']", "99/1 Setthakit Road")
    hands.type_in("[name='address-find']", "Maha Chai")
    # The place is found while she types
    hands.page.locator(f"#address-area option[value='{MAHACHAI}']").wait_for(state="attached")
    hands.tab_to("#address-area")
    for _ in range(10):
        if hands.page.locator("#address-area").input_value() == MAHACHAI:
            break
        hands.keys.press("ArrowDown")
    hands.tab_to("button.govuk-button:not([tabindex]):not([name])")
    hands.press()
    hands.type_in("#name", "Somsri")
    hands.press()
    hands.tab_to("#phone")
    hands.press()


def test_the_skip_link_leads_past_the_menu(visitor: Arrive) -> None:
    person = visitor(size=DESKTOP)
    person.open("/services/tm47/")
    hands = Hands(person)
    hands.keys.press("Tab")
    assert hands.at(".govuk-skip-link")
    hands.keys.press("Enter")
    hands.keys.press("Tab")
    assert hands.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_whole_report_is_filed(visitor: Arrive, maria: Account) -> None:
    # Given Maria at her computer, on the page about the service
    person = visitor(size=DESKTOP)
    person.sign_in(maria)
    person.open("/services/tm47/")
    hands = Hands(person)
    hands.tab_to(".govuk-button--start")
    hands.press()
    # When she mistypes the passport's number
    hands.type_in("#nationality", "Philipp")
    hands.type_in("#number", "nonsense!")
    hands.press()
    # Then the summary has the focus, and its link leads to the field
    assert hands.at(".govuk-error-summary")
    hands.keys.press("Tab")
    hands.keys.press("Enter")
    assert hands.at("#number")
    hands.keys.press("Control+A")
    hands.keys.type("P1234567A")
    hands.press()
    # And she fills in the rest, of herself and of where she lives
    tell_of_herself(hands)
    hands.tab_to("main form button")
    hands.press()
    tell_of_the_place(hands)
    hands.tab_to("[name=confirmed]")
    hands.keys.press("Space")
    hands.press()
    assert re.search("/check-answers/$", hands.page.url)
    hands.tab_to("main form button")
    hands.press()
    # Then it is filed
    expect(hands.page.locator(".govuk-panel")).to_contain_text(Case.objects.get().reference)


def test_an_officer_takes_and_approves(visitor: Arrive, maria: Account, officer: Account) -> None:
    # Given a case in the queue
    on_record(days_ago(80))
    case = on_file(maria, arrived=days_ago(80))
    desk = visitor(language="th", size=DESKTOP)
    desk.sign_in(officer)
    desk.open("/desk/")
    hands = Hands(desk)
    # When the officer opens it from the list, takes it and ticks a step
    hands.tab_to("[name=case]")
    hands.press("Enter")
    assert case.reference in hands.page.url
    hands.tab_to("form[action$='/claim/'] button")
    hands.press("Space")
    assert hands.at("[role=alert]"), "what came of it is read out"
    hands.tab_to(".desk-step[aria-pressed=false]")
    hands.press("Space")
    # And approves it
    hands.tab_to("a[href$='/decide/approved/']")
    hands.press("Enter")
    hands.tab_to("button[name=confirm]")
    hands.press("Enter")
    # Then it is decided
    case.refresh_from_db()
    assert case.state == State.APPROVED
