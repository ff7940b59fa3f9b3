"""The 90-day report, as the foreigner and the officer live it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core import mail
from playwright.sync_api import expect

from sala.engine.cases.models import Case
from sala.engine.cases.states import State
from sala.engine.messages.models import Message
from sala.engine.surveys.models import Answer
from sala.identity.accounts.models import Account
from sala.kit import clock, thai
from tests.background import settle
from tests.flows.conftest import DESKTOP, Visitor
from tests.flows.filing import on_file
from tests.flows.people import days_ago, on_record

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("at_home")


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
    reported = visitor.page.get_by_role("group", name="Has a 90-day report been made since this arrival?")
    reported.get_by_label("No", exact=True).check()
    visitor.press("Continue")  # what is asked next depends on the answer
    tm30 = visitor.page.get_by_role("group", name="Has the owner of the place reported the stay (TM.30)?")
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


def newest_letter(case: Case) -> str:
    """What the background has just written about the case, to its applicant."""
    settle()
    letter = mail.outbox[-1]
    assert letter.to == ["maria@example.org"]
    assert case.reference in letter.subject
    assert Message.objects.filter(case_reference=case.reference, state=Message.State.SENT).exists()
    return f"{letter.subject}\n{letter.body}"


def link_in(letter: str, to: str = "/cases/") -> str:
    found = re.search(rf"http\S+{to}\S+key=\S+", letter)
    assert found, letter
    return found[0]


@pytest.mark.requirement("R-001.7", "R-001.9", "R-001.10", "R-001.19", "R-001.20", "R-001.21", "R-001.22", "R-001.23")
@pytest.mark.requirement("R-001.25", "R-001.26", "R-001.29", "R-001.30", "R-001.37", "R-001.44")
def test_a_foreigner_reports_from_a_phone_and_the_officer_approves(
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
    # When she fills in the report
    fill_person(phone, arrived=arrived)
    phone.press("That is everybody, continue")
    fill_place(phone)
    assert phone.page.get_by_label("E-mail", exact=True).input_value() == "maria@example.org", "known from the account"
    phone.press("Continue")
    phone.choose("I declare that my answers are true and that the people in this report live at the address given")
    phone.press("Continue")
    phone.press("Send")
    # Then she has a number and the hour of the answer, on the page and by mail
    case = Case.objects.get()
    by_when = thai.moment(case.due_at, "en")
    assert case.due_at - case.submitted_at == timedelta(days=3)
    for told in (phone.page.locator("main").inner_text(), newest_letter(case)):
        assert case.reference in told
        assert by_when in told

    # When the officer of her province takes the case and approves it
    desk = visitor(language="th", size=DESKTOP)
    desk.sign_in(officer)
    desk.open("/desk/")
    desk.press("Maria Santos", "link")
    expect(desk.page.get_by_role("cell", name="ตรงกัน")).to_have_count(5)
    desk.press("รับเรื่อง")
    desk.press("อนุมัติ")
    desk.press("อนุมัติและแจ้งผู้ยื่น")
    expect(desk.page.get_by_text("อนุมัติแล้ว กำลังแจ้งผู้ยื่น")).to_be_visible()

    # Then she reads the result in her mail, and on the web, with the day of the next report
    letter = newest_letter(case)
    next_due = thai.day(clock.today() + timedelta(days=90), "en")
    assert letter.startswith("Approved")
    assert next_due in letter
    phone.open("/my/")
    phone.press("Maria Santos", "link")
    expect(phone.page.locator("main").get_by_text("Approved", exact=True)).to_be_visible()
    expect(phone.page.get_by_text(next_due).first).to_be_visible()
    receipt = phone.page.request.get(f"{phone.address}/cases/{case.reference}/receipt.pdf")
    assert receipt.status == 200
    assert receipt.headers["content-type"] == "application/pdf"
    assert receipt.body().startswith(b"%PDF-")
    # And says how it was
    phone.press("How was it? Tell us in a minute", "link")
    phone.choose("Very satisfied")
    phone.press("Send the answer")
    expect(phone.page.get_by_text("Your answer has been counted.")).to_be_visible()
    assert Answer.objects.get().score == 5


@pytest.mark.requirement("R-001.31", "R-001.32", "R-001.41")
def test_the_officer_asks_for_more_and_then_refuses(
    visitor: Arrive, tm47: dict[int, int], maria: Account, officer: Account
) -> None:
    # Given a report whose address cannot be found
    case = on_file(maria, arrived=days_ago(80))
    promised = case.due_at
    desk = visitor(size=DESKTOP)
    desk.sign_in(officer)
    desk.open(f"/desk/cases/{case.reference}/")
    desk.press("Take the case")
    # When the officer asks for the address, with words that are ready
    desk.press("Ask the applicant")
    desk.press("The address is incomplete", "link")
    expect(desk.page.get_by_label("Ask about: Address")).to_be_checked()
    desk.press("Send the question")
    # Then she opens the link in the mail, without a sign-in, and answers in the place that stands out
    phone = visitor()
    phone.open(link_in(newest_letter(case)))
    assert "key=" not in phone.page.url, "the key does not stay in the address"
    asked = phone.page.get_by_role("region", name="What we need from you")
    expect(asked).to_contain_text("the address cannot be found", ignore_case=True)
    asked.get_by_label("House number, building, lane and road").fill("")
    asked.get_by_role("button", name="Send the answer").last.click()
    phone.page.wait_for_load_state()
    phone.see()
    expect(phone.page.get_by_role("alert")).to_be_visible()
    asked.get_by_label("House number, building, lane and road").fill("99/1 Baan Suan, floor 3, Setthakit Road")
    asked.get_by_role("button", name="Send the answer").last.click()
    expect(phone.page.get_by_text("Your answer has arrived.")).to_be_visible()
    phone.see()
    case.refresh_from_db()
    assert case.due_at == promised, "no question moves the promised hour"
    # And the officer sees what it was and what it is now
    desk.open(f"/desk/cases/{case.reference}/")
    expect(desk.page.get_by_role("row", name="Address").filter(has_text="floor 3")).to_contain_text("Before: 99/1")
    # When the officer has to refuse, with a published reason, and reads the letter before it goes
    desk.press("Refuse")
    desk.press("Continue to the letter")
    expect(desk.page.get_by_role("alert")).to_be_visible()
    desk.choose("There is no permission to stay that is valid")
    desk.press("Continue to the letter")
    expect(desk.page.get_by_text("No valid permission to stay was found for this passport.")).to_be_visible()
    assert Case.objects.get().state == State.IN_REVIEW, "seeing the letter decides nothing"
    desk.press("Refuse and tell the applicant")
    # Then she reads why, and what she can do, in the mail and on the web
    letter = newest_letter(case)
    assert letter.startswith("Not approved")
    assert "No valid permission to stay was found for this passport." in letter
    phone.open(f"/cases/{case.reference}/")
    expect(phone.page.get_by_text("No valid permission to stay was found for this passport.")).to_be_visible()
