"""The same thing done twice, or in two places at once: nothing is doubled, nothing overwritten unseen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from sala.engine.cases.models import Case, CaseEvent
from sala.engine.drafts.models import Draft
from sala.identity.accounts.models import Account
from tests.flows.conftest import DESKTOP, Visitor
from tests.flows.filing import Applicant, begun, on_file
from tests.flows.people import days_ago

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("tm47")


def another_tab(visitor: Visitor) -> Visitor:
    """A second tab of the same browser, on the same page."""
    tab = Visitor(visitor.context.new_page(), visitor.context, visitor.address)
    tab.open(visitor.page.url)
    return tab


def test_two_tabs_on_one_page_overwrite_nothing_unseen(visitor: Arrive, maria: Account) -> None:
    # Given one page of a report, open in two tabs
    draft = begun(maria, days_ago(80))
    first = visitor(size=DESKTOP)
    first.sign_in(maria)
    first.open(f"/apply/{draft.id}/host/")
    second = another_tab(first)
    # When a name is given in the first, and another in the second
    first.type("Name of the owner, landlord or hotel", "Somchai")
    first.press("Continue")
    second.type("Name of the owner, landlord or hotel", "Malee")
    second.press("Continue")
    # Then the second is shown both, and chooses
    expect(second.page.get_by_role("heading", level=1)).to_have_text("This page was changed somewhere else")
    row = second.page.get_by_role("row").filter(has_text="Name of the owner")
    expect(row).to_contain_text("Somchai")
    expect(row).to_contain_text("Malee")
    second.press("Keep what I typed here")
    second.open(f"/apply/{draft.id}/host/")
    expect(second.page.get_by_label("Name of the owner, landlord or hotel")).to_have_value("Malee")


def test_the_same_typed_in_two_tabs_asks_nothing(visitor: Arrive, maria: Account) -> None:
    draft = begun(maria, days_ago(80))
    first = visitor(language="th")
    first.sign_in(maria)
    first.open(f"/apply/{draft.id}/host/")
    second = another_tab(first)
    for tab in (first, second):
        tab.page.fill("[name=name]", "มาลี")
        Applicant(tab, "th").go_on()
        assert tab.page.url.endswith("/check-answers/")


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "bare"])
def test_a_double_click_on_send_makes_one_case(visitor: Arrive, maria: Account, javascript: bool) -> None:
    draft = begun(maria, days_ago(80))
    phone = visitor(javascript=javascript)
    phone.sign_in(maria)
    phone.open(f"/apply/{draft.id}/check-answers/")
    phone.page.get_by_role("button", name="Send", exact=True).dblclick()
    phone.page.wait_for_url("**/request-sent/")
    phone.see()
    assert Case.objects.get().reference in phone.page.locator(".govuk-panel").inner_text()


def test_the_page_sent_from_an_old_tab_leads_to_the_number(visitor: Arrive, maria: Account) -> None:
    draft = begun(maria, days_ago(80))
    first = visitor()
    first.sign_in(maria)
    first.open(f"/apply/{draft.id}/check-answers/")
    second = another_tab(first)
    first.press("Send")
    second.press("Send")
    expect(second.page.locator(".govuk-panel")).to_contain_text(Case.objects.get().reference)
    first.page.go_back()
    first.see()


def test_starting_twice_begins_one_draft(visitor: Arrive, maria: Account) -> None:
    phone = visitor()
    phone.sign_in(maria)
    phone.open("/services/tm47/")
    phone.page.get_by_role("button", name="Start now").dblclick()
    phone.page.wait_for_url("**/apply/**")
    phone.open("/services/tm47/")
    phone.press("Start now")
    assert Draft.objects.count() == 1


def test_two_officers_decide_and_one_is_told_that_it_is_done(visitor: Arrive, maria: Account, officer: Account) -> None:
    # Given one case, open before an officer in two windows
    case = on_file(maria, arrived=days_ago(80))
    first = visitor(size=DESKTOP)
    first.sign_in(officer)
    first.open(f"/desk/cases/{case.reference}/decide/approved/")
    second = another_tab(first)
    # When both approve
    first.press("Approve and tell the applicant")
    second.press("Approve and tell the applicant")
    # Then it was approved once, and the other window says how it stands
    case.refresh_from_db()
    assert case.state == "approved"
    assert [event.type for event in CaseEvent.objects.filter(case=case)].count("approved") == 1
    expect(second.page.locator("main")).to_contain_text("Approved")
