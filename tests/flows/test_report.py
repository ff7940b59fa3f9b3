"""The 90-day report, as the foreigner, the officer and the family live it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from sala.engine.cases.models import Case
from sala.engine.cases.states import State
from sala.engine.messages.models import Message
from sala.identity.accounts.models import Account
from sala.kit import clock
from sala.kit.thai import day
from tests.background import settle
from tests.flows.conftest import DESKTOP, Visitor
from tests.flows.people import days_ago, on_record

Arrive = Callable[..., Visitor]


def fill_date(visitor: Visitor, legend: str, when: date) -> None:
    group = visitor.page.get_by_role("group", name=legend)
    for label, value in (("Day", when.day), ("Month", when.month), ("Year", when.year)):
        group.get_by_label(label).fill(str(value))


def fill_person(visitor: Visitor, *, arrived: date) -> None:
    visitor.page.get_by_label("Nationality").select_option("PHL")
    visitor.type("Passport number", "p1234567a")
    visitor.press("Continue")
    visitor.type("Given name", "Maria")
    visitor.type("Surname (optional)", "Santos")
    visitor.press("Continue")
    fill_date(visitor, "Date of birth", date(1990, 5, 17))
    visitor.choose("Female (F)")
    visitor.press("Continue")
    fill_date(visitor, "Date of arrival", arrived)
    visitor.press("Continue")
    visitor.choose("By air")
    visitor.press("Continue")
    fill_date(visitor, "Permitted to stay until", arrived + timedelta(days=364))
    visitor.page.get_by_label("Kind of visa or permission").select_option("non_b")
    visitor.press("Continue")
    reported = visitor.page.get_by_role("group", name="Have you made a 90-day report since you arrived?")
    reported.get_by_label("No", exact=True).check()
    visitor.press("Continue")  # what is asked next depends on the answer
    tm30 = visitor.page.get_by_role("group", name="Has the owner of the place reported your stay (TM.30)?")
    tm30.get_by_label("Yes", exact=True).check()
    visitor.press("Continue")


def fill_place(visitor: Visitor) -> None:
    visitor.choose("House")
    visitor.type("House number, building, lane and road", "99/1 Setthakit Road")
    visitor.type("Postcode, or sub-district, district or province", "Maha Chai")
    visitor.page.get_by_label("Choose the place").select_option("740101")
    visitor.press("Continue")
    visitor.type("Name of the owner, landlord or hotel", "Somsri Rakdee")
    visitor.press("Continue")


@pytest.mark.requirement("R-001.7", "R-001.9", "R-001.19", "R-001.20", "R-001.21", "R-001.22", "R-001.23")
def test_a_foreigner_reports_from_a_phone_and_the_officer_answers(
    visitor: Arrive, tm47: dict[int, int], maria: Account, officer: Account
) -> None:
    # Given a foreigner whose report is due in nine days, at the bureau's menu on her phone
    arrived = days_ago(80)
    on_record(arrived)
    phone = visitor()
    phone.sign_in(maria)
    phone.open("/online-service/")
    phone.press("Over 90 Days", "link")
    phone.press("New Application (TM.47)", "link")
    phone.press("Start now")
    fill_person(phone, arrived=arrived)
    phone.press("That is everybody, continue")
    fill_place(phone)
    # What the account knows is filled in already
    assert phone.page.get_by_label("E-mail", exact=True).input_value() == "maria@example.org"
    phone.press("Continue")
    phone.choose("I declare that the above is true and that the people in this report live at the address given")
    phone.press("Continue")
    phone.press("Send")
    # Then she has a number and the hour of the answer, on the page and by mail
    case = Case.objects.get()
    assert case.reference in phone.page.locator("main").inner_text()
    settle()
    received = Message.objects.get(case_reference=case.reference)
    assert case.reference in received.subject

    # When the officer of her province takes it up
    desk = visitor(size=DESKTOP)
    desk.sign_in(officer)
    desk.open("/desk/")
    desk.press("Maria Santos", "link")
    print(desk.page.url, desk.page.locator("main").aria_snapshot())
    desk.press("Take this case")
    desk.press("Approve")
    print(desk.page.url, desk.page.locator("main").aria_snapshot())
    assert 0
