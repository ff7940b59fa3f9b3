"""The foreigner's own journeys: on a phone in Thai, at a desk without scripts, with a keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from sala.engine.cases.models import Case
from sala.engine.drafts.models import Draft
from sala.identity.accounts.actor import system
from sala.kit import clock
from sala.kit.thai import BUDDHIST_ERA
from sala.services.immigration import declarations
from tests.factories import make_account
from tests.flows.conftest import DESKTOP, PHONE, Visitor

SMALL = {"width": 320, "height": 640}
Arrive = Callable[..., Visitor]
CONTINUE = {"en": "Continue", "th": "ดำเนินการต่อ"}


@pytest.fixture(autouse=True)
def _open(offices: dict[int, int]) -> None:
    declarations.publish_all(by=system("tests"))


class Applicant:
    """Fills the report in by what stands on the page."""

    def __init__(self, visitor: Visitor, language: str) -> None:
        self.visitor, self.page, self.language = visitor, visitor.page, language

    def go_on(self) -> None:
        self.page.locator("main form button.govuk-button", has_text=CONTINUE[self.language]).last.click()
        self.page.wait_for_load_state()
        self.visitor.see()

    def day(self, key: str, day: date) -> None:
        year = day.year + (BUDDHIST_ERA if self.language == "th" else 0)
        for part, number in (("day", day.day), ("month", day.month), ("year", year)):
            self.page.fill(f"#{key}-{part}", str(number))

    def pick(self, name: str, value: str) -> None:
        field = self.page.locator(f"[name='{name}']").first
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            self.page.locator(f"input[name='{name}'][value='{value}']").check(force=True)

    def fill(self, values: dict[str, str | date]) -> None:
        """Fill in what the page asks of `values`, by the fields' keys."""
        for key, value in values.items():
            if isinstance(value, date):
                if self.page.locator(f"#{key}-day").count():
                    self.day(key, value)
            elif self.page.locator(f"[name='{key}']").count():
                self.one(key, value)

    def one(self, key: str, value: str) -> None:
        kind = self.page.locator(f"[name='{key}']").first.get_attribute("type")
        if kind in {"radio", "checkbox"} or self.page.locator(f"select[name='{key}']").count():
            self.pick(key, value)
        else:
            self.page.fill(f"[name='{key}']", value)

    def pages(self, values: dict[str, str | date], until: str) -> None:
        """Page after page, until the address ends with `until`."""
        for _ in range(20):
            if re.search(until, self.page.url):
                return
            self.fill(values)
            self.go_on()
        raise AssertionError(f"never came to {until}: {self.page.url}")

    def person(self, number: int, arrived: date) -> None:
        values: dict[str, str | date] = {
            "nationality": "GBR",
            "number": f"AB12345{number}0",
            "given_name": "Ada",
            "surname": "Lovelace",
            "birth_date": date(1990, 12, 10),
            "sex": "f",
            "arrived_on": arrived,
            "transport": "air",
            "permitted_until": clock.today() + timedelta(days=200),
            "visa": "non_o",
            "reported": "no",
            "host_reported": "yes_done",
        }
        self.pages(values, r"/people/$")

    def stay(self, *, scripts: bool) -> None:
        self.fill({"kind": "house", "address-line": "99/1 ถนนสีลม", "address-find": "10500"})
        if not scripts:
            self.page.locator("button[name=find]").click()
            self.page.wait_for_load_state()
        self.page.locator("#address-area option[value='100402']").wait_for(state="attached")
        self.page.select_option("#address-area", "100402")
        self.go_on()
        self.pages({"name": "Somchai", "confirmed": "yes"}, r"/check-answers/$")


def arrive(visitor: Arrive, language: str, size: dict[str, int], **given: Any) -> Applicant:
    who = visitor(language=language, size=size, **given)
    who.sign_in(make_account())
    return Applicant(who, language)


def begin(who: Applicant) -> None:
    who.visitor.open("/services/tm47/")
    who.page.locator(".govuk-button--start").click()
    who.page.wait_for_load_state()
    who.visitor.see()


@pytest.mark.requirement("R-001.10", "R-001.20", "R-001.21", "R-001.22", "R-001.23", "R-001.25", "R-001.26")
@pytest.mark.parametrize(
    ("language", "size", "scripts"), [("th", PHONE, True), ("en", DESKTOP, False)], ids=["phone-th", "desk-en-bare"]
)
def test_a_report_from_start_to_status(visitor: Arrive, language: str, size: dict[str, int], scripts: bool) -> None:
    who = arrive(visitor, language, size, javascript=True)
    if not scripts:
        who = arrive(visitor, language, size, javascript=False)
        who.visitor.see = lambda: None  # type: ignore[method-assign]  # axe is itself a script
    for path in ("/", "/services/", "/online-service/", "/online-service/over-90-days/"):
        who.visitor.open(path)
    begin(who)
    who.go_on()  # nothing filled in: faults, each with a way to its field
    assert who.page.locator(".govuk-error-summary a").count() == 2
    who.person(1, clock.today() - timedelta(days=80))
    who.page.locator("main form button.govuk-button").first.click()
    who.page.wait_for_load_state()
    who.stay(scripts=scripts)
    who.page.locator("main form button.govuk-button").last.click()
    who.page.wait_for_load_state()
    who.visitor.see()
    case = Case.objects.get()
    assert case.reference in who.page.inner_text("main")
    who.visitor.open("/my/")
    who.visitor.open(f"/cases/{case.reference}/")
    assert who.page.locator(".sala-timeline li").count() == 2


def test_too_early_is_kept_and_a_family_stays_together(visitor: Arrive) -> None:
    who = arrive(visitor, "en", PHONE)
    look, who.visitor.see = who.visitor.see, lambda: None  # type: ignore[method-assign]  # seen in the journey above
    begin(who)
    who.person(1, clock.today() - timedelta(days=10))
    who.page.get_by_role("button", name="Add another person").click()
    who.page.wait_for_load_state()
    who.person(2, clock.today() - timedelta(days=80))
    who.page.get_by_role("button", name="That is everybody").click()
    who.page.wait_for_load_state()
    who.stay(scripts=True)
    who.page.locator("input[name=file_early]").check(force=True)
    who.page.get_by_role("button", name="Send", exact=True).click()
    who.page.wait_for_load_state()
    look()
    assert "Not all could be filed yet" in who.page.inner_text("main")
    assert Case.objects.count() == 1
    assert Draft.objects.get().file_on == clock.today() + timedelta(days=79 - 15)
    who.visitor.open("/my/")


def test_two_tabs(visitor: Arrive) -> None:
    who = arrive(visitor, "en", DESKTOP)
    begin(who)
    second = who.visitor.context.new_page()
    second.goto(who.page.url)
    for page, number in ((who.page, "AB1234560"), (second, "CD6543210")):
        page.select_option("#nationality", "GBR")
        page.fill("#number", number)
        page.locator("main form button.govuk-button").last.click()
        page.wait_for_load_state()
    who.visitor.page = second
    who.visitor.see()
    assert "AB1234560" in second.inner_text("main")
    assert "CD6543210" in second.inner_text("main")


def test_with_the_keyboard_alone(visitor: Arrive) -> None:
    who = arrive(visitor, "en", DESKTOP)
    page = who.page
    begin(who)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "govuk-skip-link"
    page.keyboard.press("Enter")
    for _ in range(30):  # to the first question
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "nationality":
            break
    page.keyboard.type("United King")
    page.keyboard.press("Tab")
    page.keyboard.type("nonsense!")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    who.visitor.see()
    # The summary has the focus; its link leads to the field.
    assert "govuk-error-summary" in page.evaluate("document.activeElement.className")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "number"
    page.keyboard.press("Control+A")
    page.keyboard.type("AB1234560")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert re.search(r"/people/1/name/", page.url)
    who.visitor.see()


@pytest.mark.parametrize(
    ("language", "size"), [("th", SMALL), ("en", PHONE), ("th", DESKTOP)], ids=["th-small", "en-phone", "th-desktop"]
)
def test_pages_for_anyone(visitor: Arrive, language: str, size: dict[str, int]) -> None:
    who = visitor(language=language, size=size)
    for path in ("/", "/services/", "/services/?q=zzz", "/services/tm47/", "/services/tm47/when-due/", "/track/",
                 "/about/", "/contact/", "/accessibility/", "/privacy/", "/nothing-here/"):  # fmt: skip
        who.open(path)


def test_when_is_it_due_asks_what_it_needs(visitor: Arrive) -> None:
    who = visitor(language="en", size=PHONE)
    who.open("/services/tm47/when-due/")
    asker = Applicant(who, "en")
    asker.day("arrived_on", clock.today() - timedelta(days=30))
    asker.pick("reported", "yes")
    who.press("Work it out")
    asker.day("reported_on", clock.today() - timedelta(days=20))
    who.press("Work it out")
    assert who.page.locator("#answer dd").count() == 2
