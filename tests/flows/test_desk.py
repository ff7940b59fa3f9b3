"""A day at the desk: without scripts, on a phone in Thai, with the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from sala.engine.cases import decisions
from sala.engine.cases.models import Case
from sala.engine.cases.states import State
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Office
from tests.factories import actor_for, add_post, make_account, make_officer
from tests.flows.conftest import DESKTOP, PHONE, Visitor
from tests.flows.filing import on_file
from tests.flows.people import SAMUT_SAKHON, days_ago, on_record

Arrive = Callable[..., Visitor]


def press(page: Page, name: str | re.Pattern[str], role: str = "button") -> None:
    page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
    page.wait_for_load_state()


@pytest.mark.requirement("R-001.28", "R-001.31", "R-001.41", "R-001.43")
def test_a_case_is_taken_asked_about_and_refused_without_scripts(
    visitor: Arrive, maria: Account, officer: Account
) -> None:
    # Given a report of somebody whom the register knows
    on_record(days_ago(80))
    reference = on_file(maria, arrived=days_ago(80)).reference
    desk = visitor(size=DESKTOP, javascript=False)
    desk.sign_in(officer)
    page = desk.page
    # When the officer takes it from the list
    page.goto(desk.address + "/desk/")
    page.get_by_label(f"Choose {reference}").check()
    press(page, "Take the chosen cases")
    assert "1 case was given." in page.locator("main").inner_text()
    page.goto(f"{desk.address}/desk/cases/{reference}/")
    # Then what the register says stands beside the answer
    arrival = page.locator("tr", has=page.get_by_role("rowheader", name="Date of arrival"))
    assert "Same" in arrival.inner_text()
    # And a line of the procedure can be ticked
    line = re.compile("^Address: it exists")
    press(page, line)
    assert page.get_by_role("button", name=line).get_attribute("aria-pressed") == "true"
    # When the applicant is asked with a ready question
    press(page, "Ask the applicant")
    press(page, "Photo of the arrival stamp", "link")
    assert page.locator("input[name=fields]:checked").count() == 2
    press(page, "Send the question")
    assert Case.objects.get(reference=reference).state == State.INFO_REQUESTED
    # And refused in the end: a reason must be chosen, the letter is seen first
    press(page, "Refuse")
    press(page, "Continue to the letter")
    assert "There is a problem" in page.locator("main").inner_text()
    page.get_by_label("Cannot be verified after asking").check()
    press(page, "Continue to the letter")
    assert "could not verify your report" in page.locator(".desk-preview").inner_text()
    press(page, "Refuse and tell the applicant")
    case = Case.objects.get(reference=reference)
    assert (case.state, case.decided_by) == (State.REFUSED, f"account:{officer.id}")


@pytest.mark.requirement("R-001.33", "R-001.36", "R-001.45")
def test_a_senior_lifts_a_hold_and_a_manager_reads_figures_on_a_phone_in_thai(
    visitor: Arrive, maria: Account, officer: Account, tm47: dict[int, int]
) -> None:
    on_record(days_ago(80))
    office = Office.objects.get(id=tm47[SAMUT_SAKHON])
    senior = make_officer(office, "senior", given_name="Senior", surname="Officer")
    held, decided = (on_file(maria, arrived=days_ago(80)).reference for _ in range(2))
    decisions.hold(reference=held, reason="พิสูจน์ทราบ", by=actor_for(senior))
    decisions.approve(reference=decided, by=actor_for(senior))
    phone = visitor(language="th", size=PHONE)
    phone.sign_in(senior)
    for path in ("", "queue/held/", "queue/overdue/", "search/?q=Santos", f"cases/{decided}/", f"cases/{held}/"):
        phone.open(f"/desk/{path}")
    assert "พิสูจน์ทราบ" in phone.page.locator("main").inner_text()
    phone.press("ยกเลิกการระงับ")
    assert not Case.objects.get(reference=held).held
    for path in ("ask/", "decide/refused/", "decide/approved/"):
        phone.open(f"/desk/cases/{held}/{path}")
    manager = make_account(given_name="Manager", surname="Bureau")
    add_post(manager, None, "manager", agency="immigration-bureau")
    figures = visitor(language="th", size=PHONE)
    figures.sign_in(manager)
    assert "100.0 %" in figures.open("/desk/manage/?period=30_days").locator("main").inner_text()
    auditor = visitor(size=DESKTOP)
    auditor.sign_in(make_officer(office, "auditor", given_name="Audit", surname="Or"))
    assert "Looked at the case" in auditor.open(f"/desk/cases/{held}/audit/").locator("main").inner_text()


@pytest.mark.requirement("R-001.40")
def test_the_list_is_worked_with_the_keyboard(visitor: Arrive, maria: Account, officer: Account) -> None:
    first = on_file(maria, arrived=days_ago(80), given_name="ANNA").reference
    second = on_file(maria, arrived=days_ago(80), given_name="BERTA").reference
    desk = visitor(size=DESKTOP)
    desk.sign_in(officer)
    page = desk.open("/desk/")
    page.locator(f"a[href$='{first}/']").focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.pathname") == f"/desk/cases/{second}/"
    assert page.locator("input[name=case]:checked").evaluate_all("boxes => boxes.map(box => box.value)") == [first]
    page.get_by_label("All on this page").check()
    assert page.locator("input[name=case]:checked").count() == 2
    page.locator(f"a[href$='{second}/']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(second))
