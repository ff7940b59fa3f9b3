"""A family's reports: filed at once, the next time filled in already; some too early, some too late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.core import mail
from playwright.sync_api import expect

from sala.engine.cases import decisions
from sala.engine.cases.models import Case
from sala.engine.cases.states import State
from sala.engine.drafts import tasks
from sala.engine.drafts.models import Draft
from sala.identity.accounts.models import Account
from sala.kit import clock, thai
from tests.background import settle
from tests.factories import actor_for
from tests.flows.conftest import Visitor
from tests.flows.filing import Applicant, begun
from tests.flows.people import days_ago

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("at_home", "tm47")


def on_the_day(draft: Draft) -> None:
    """The day agreed comes, and the scheduler, which looks every ten minutes, looks."""
    assert draft.file_on
    with clock.frozen(datetime.combine(draft.file_on, time(0, 10), tzinfo=clock.THAILAND)):
        tasks.file_due(0)
        settle()


@pytest.mark.requirement("R-001.38", "R-001.18")
def test_a_family_reports_at_once_and_the_next_time_all_is_filled_in(
    visitor: Arrive, maria: Account, officer: Account
) -> None:
    # Given Maria, who has filled in her own part, and adds her son on the phone
    draft = begun(maria, days_ago(80), language="th", declared=False)
    phone = visitor(language="th")
    phone.sign_in(maria)
    phone.open(f"/apply/{draft.id}/people/")
    applicant = Applicant(phone, "th")
    applicant.press("another")
    applicant.report_person("P7654321B", arrived=days_ago(81), given_name="Jose")
    applicant.press("everybody")
    # What counts for both she has given before: one statement is left
    applicant.go_on_until(r"/check-answers/$", {"confirmed": "yes"})
    # When she sends it
    applicant.press("send")
    # Then each has a number of their own, and both hear the same
    cases = list(Case.objects.order_by("applicant_name"))
    assert [case.applicant_name for case in cases] == ["Jose Santos", "MARIA SANTOS"]
    for case in cases:
        expect(phone.page.locator(".govuk-panel")).to_contain_text(case.reference)
        decisions.approve(reference=case.reference, by=actor_for(officer))
    settle()

    # When she begins the next report
    phone.open("/services/tm47/")
    phone.press("เริ่มเลย")
    # Then the whole family stands there, as they were the last time
    people = phone.page.locator(".sala-people li")
    expect(people).to_have_count(2)
    expect(phone.page.get_by_text("ยังไม่เสร็จ")).to_have_count(0)
    applicant.press("everybody")
    expect(phone.page.get_by_label("ข้าพเจ้าขอรับรอง")).not_to_be_checked()
    applicant.go_on_until(r"/check-answers/$", {"confirmed": "yes"})
    reported = phone.page.locator("dt", has_text="วันที่รายงานตัวครั้งล่าสุด").locator("xpath=following-sibling::dd[1]")
    assert reported.all_inner_texts() == [thai.day(clock.today(), "th")] * 2
    # It is too early; she agrees that it is filed for her on the first day
    phone.page.get_by_label("ให้ระบบยื่นให้ในวันที่").check()
    phone.press("เก็บไว้ถึงวันนั้น")
    again = Draft.objects.get(submitted_at=None)
    assert again.file_on == clock.today() + timedelta(days=75)
    expect(phone.page.get_by_role("heading", level=1)).to_contain_text(thai.day(again.file_on, "th"))
    on_the_day(again)
    # Then both are filed on that day, and she is told
    assert Case.objects.filter(state=State.SUBMITTED, channel="scheduled").count() == 2
    assert "ตามที่ท่านให้ความยินยอมไว้" in str(mail.outbox[-1].body)


@pytest.mark.requirement("R-001.16", "R-001.17", "R-001.18")
def test_who_is_in_time_is_filed_and_who_is_too_early_is_kept(visitor: Arrive, maria: Account) -> None:
    # Given two people on one report, one of whom may report from day 75 only
    draft = begun(maria, days_ago(80), days_ago(10))
    phone = visitor()
    phone.sign_in(maria)
    phone.open(f"/apply/{draft.id}/")
    phone.page.get_by_label("File it for me on").check()
    # When she sends it
    phone.press("Send")
    # Then the one is filed, and the day of the other is told
    expect(phone.page.get_by_text("Not all could be filed yet")).to_be_visible()
    assert Case.objects.get().applicant_name == "MARIA SANTOS"
    draft.refresh_from_db()
    assert draft.file_on == clock.today() + timedelta(days=79 - 15)
    phone.open("/my/")
    expect(phone.page.get_by_text(f"We file it on {thai.day(draft.file_on, 'en')}")).to_be_visible()
    on_the_day(draft)
    assert Case.objects.filter(applicant_name="JOSE SANTOS").count() == 1


def test_who_does_not_agree_keeps_a_draft_and_nothing_is_filed(visitor: Arrive, maria: Account) -> None:
    draft = begun(maria, days_ago(10))
    phone = visitor()
    phone.sign_in(maria)
    phone.open(f"/apply/{draft.id}/")
    phone.press("Keep it for that day")
    expect(phone.page.get_by_text("It has not been sent.")).to_be_visible()
    draft.refresh_from_db()
    assert draft.file_on is None
    assert not Case.objects.exists()


@pytest.mark.requirement("R-001.39")
def test_who_is_late_is_taken_and_told_where_to_go(visitor: Arrive, maria: Account) -> None:
    draft = begun(maria, days_ago(100))
    phone = visitor()
    phone.sign_in(maria)
    phone.open(f"/apply/{draft.id}/")
    # Before she sends it, and when it has arrived, she reads that she has to go to the office, and why
    expect(phone.page.locator("main")).to_contain_text("at the immigration office of the province where you live")
    phone.press("Send")
    expect(phone.page.get_by_role("heading", name="Your request has arrived")).to_be_visible()
    expect(phone.page.locator("main")).to_contain_text("at the immigration office of the province where you live")
    assert Case.objects.get().late
    settle()
    assert "2,000 baht" in str(mail.outbox[-1].body)
