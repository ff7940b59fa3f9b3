"""Without JavaScript: everything works, only with a button more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from sala.engine.cases.models import Case
from sala.engine.cases.states import State
from sala.identity.accounts.models import Account
from tests.background import settle
from tests.flows.conftest import DESKTOP, PHONE, Visitor
from tests.flows.filing import Applicant
from tests.flows.people import days_ago, on_record

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("at_home", "tm47")


@pytest.mark.requirement("R-001.10", "R-001.20", "R-001.21", "R-001.22", "R-001.23", "R-001.25")
@pytest.mark.parametrize(("language", "size"), [("en", PHONE), ("th", DESKTOP)], ids=["phone-en", "desktop-th"])
def test_a_person_files_and_the_officer_decides(
    visitor: Arrive, maria: Account, officer: Account, language: str, size: dict[str, int]
) -> None:
    # Given a browser that runs no scripts, on both sides
    on_record(days_ago(80))
    person = visitor(language=language, size=size, javascript=False)
    person.sign_in(maria)
    applicant = Applicant(person, language)
    applicant.begin()
    # When she sends the first page empty, she is told of both fields, each with a link to it
    applicant.go_on()
    expect(person.page.locator(".govuk-error-summary a")).to_have_count(2)
    person.page.locator(".govuk-error-summary a").last.click()
    assert person.page.url.endswith("#number")
    # When she fills in the report; the place is found at the press of a button
    applicant.report_person("P1234567A", arrived=days_ago(80), given_name="Maria")
    applicant.press("everybody")
    applicant.give_place_and_declare(scripts=False)
    applicant.press("send")
    # Then it is filed, and she can follow it
    case = Case.objects.get()
    expect(person.page.locator(".govuk-panel")).to_contain_text(case.reference)
    person.open(f"/cases/{case.reference}/")
    expect(person.page.locator(".sala-timeline li")).to_have_count(2)
    settle()
    # And the officer finds it, takes it and approves it
    desk = visitor(size=DESKTOP, javascript=False)
    desk.sign_in(officer)
    desk.open("/desk/")
    desk.press("Maria Santos", "link")
    desk.press("Take the case")
    desk.page.get_by_role("button", name="Address: it exists").click()
    desk.page.locator("a[href$='/decide/approved/']").click()
    desk.press("See the letter first")
    desk.press("Approve and tell the applicant")
    expect(desk.page.locator("main")).to_contain_text("Approved")
    case.refresh_from_db()
    assert case.state == State.APPROVED
