"""Moving house: the mover on a phone, the head of the house on theirs, and the officer who decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from sala.engine.cases.models import Case, Consent
from sala.engine.catalogue import queries as catalogue
from sala.identity.accounts.models import Account
from sala.identity.accounts.services import Browser
from sala.identity.wallet import pins
from sala.kit import clock
from tests.background import settle
from tests.factories import PASSWORD, actor_for, make_officer
from tests.flows.conftest import DESKTOP, PHONE, Visitor
from tests.services.civil.conftest import NEW_HOUSE, OLD_HOUSE, Town, published, town

Arrive = Callable[..., Visitor]
__all__ = ["town"]
PIN = "482915"


@pytest.fixture
def neighbours(town: Town) -> Town:
    published("move-house")
    catalogue.forget()
    for account in (town.account, town.head_account):
        Account.objects.filter(id=account.id).update(language="th")
        pins.choose(pin=PIN, by=actor_for(account), browser=Browser(), password=PASSWORD)
    return town


def arrived(visitor: Arrive, account: Account, size: dict[str, int], *, language: str = "th", shots: int) -> Visitor:
    """Somebody signed in at a browser of their own; their pictures are numbered from `shots`."""
    person = visitor(language=language, size=size)
    person.sign_in(account)
    person.shots = shots
    return person


def sent(mover: Visitor) -> Case:
    """The request, filled in and sent with a PIN; shown as waiting for the head of the new house."""
    mover.open("/services/move-house/")
    mover.press("เริ่มเลย")
    # When they type it, its address is shown before they go on
    mover.page.locator("#house").fill(f"{NEW_HOUSE[:4]}-{NEW_HOUSE[4:10]}-{NEW_HOUSE[10]}")
    mover.press("ดำเนินการต่อ")
    expect(mover.page.get_by_text("บ้านหลังนี้คือ")).to_be_visible()
    expect(mover.page.locator(".govuk-inset-text")).to_contain_text("22/3")
    expect(mover.page.locator(".govuk-error-summary")).to_have_count(0)
    mover.press("ดำเนินการต่อ")
    # And choose the child, whom alone the register lets them bring
    expect(mover.page.locator('input[type="checkbox"][name^="along"]')).to_have_count(1)
    mover.page.get_by_label("นายต้น ใจดี").check()
    day = clock.today() - timedelta(days=3)
    for part, value in (("day", day.day), ("month", day.month), ("year", day.year + 543)):
        mover.page.locator(f"#moved_on-{part}").fill(str(value))
    mover.page.locator("#lives_there").check()
    mover.press("ดำเนินการต่อ")
    mover.press("ดำเนินการต่อ")
    # Then they read what the register says of them, and send it with their PIN
    expect(mover.page.get_by_text("สมชาย").first).to_be_visible()
    mover.page.locator("#pin").fill("000001")
    mover.press("ส่งด้วย PIN")
    expect(mover.page.locator(".govuk-error-summary")).to_be_visible()
    assert not Case.objects.exists()
    mover.page.locator("#pin").fill(PIN)
    mover.press("ส่งด้วย PIN")
    settle()
    case = Case.objects.get()
    mover.open(f"/cases/{case.reference}/")
    expect(mover.page.get_by_text("รอความยินยอมของเจ้าบ้านของบ้านหลังใหม่")).to_be_visible()
    return case


@pytest.mark.requirement("R-004.17")
@pytest.mark.requirement("R-004.15")
@pytest.mark.requirement("R-004.22")
@pytest.mark.requirement("R-004.20")
def test_a_family_moves_without_paper_and_without_the_old_office(visitor: Arrive, neighbours: Town) -> None:
    town = neighbours
    # Given a mover with a digital ID, who knows the code of the new house
    mover = arrived(visitor, town.account, PHONE, shots=0)
    case = sent(mover)

    # The officer of the new place sees that a consent is waited for
    clerk = make_officer(town.new_office, given_name="Kanya", surname="Srisuk", language="en")
    desk = arrived(visitor, clerk, DESKTOP, language="en", shots=20)
    desk.open(f"/desk/cases/{case.reference}/")
    expect(desk.page.get_by_text("Asked in their digital ID")).to_be_visible()

    # The head of the house reads who wants to move in, and agrees
    head = arrived(visitor, town.head_account, PHONE, shots=40)
    head.open("/id/")
    head.press("แจ้งย้ายที่อยู่ปลายทาง", role="link")
    expect(head.page.get_by_role("heading", name="ท่านยินยอมหรือไม่")).to_be_visible()
    expect(head.page.get_by_text("นายต้น ใจดี")).to_be_visible()
    head.page.locator("#pin").fill(PIN)
    head.press("ยินยอมด้วย PIN")
    expect(head.page.get_by_role("heading", name="ท่านยินยอมแล้ว")).to_be_visible()
    settle()
    assert Consent.objects.get().state == "given"

    # And the office approves: the register has changed in that moment, for both
    desk.open(f"/desk/cases/{case.reference}/")
    desk.press("Approve", role="button")
    expect(desk.page.get_by_text("Before you decide")).to_have_count(0)
    desk.page.get_by_role("button", name="Approve and tell the applicant").click()
    expect(desk.page.get_by_text("Approved. The applicant is being told.")).to_be_visible()
    desk.see()
    assert {town.house_of(town.mover), town.house_of(town.child)} == {NEW_HOUSE}
    assert town.house_of(town.sister) == OLD_HOUSE
    mover.open("/account/my-data/")
    mover.open(f"/cases/{case.reference}/")
    expect(mover.page.get_by_text("เจ้าบ้านของบ้านหลังใหม่ให้ความยินยอมแล้ว")).to_be_visible()

    # The old office sees it as well, and cannot work on it
    old = arrived(visitor, make_officer(town.old_office, language="th"), DESKTOP, shots=60)
    old.open(f"/desk/cases/{case.reference}/")
    expect(old.page.get_by_role("heading", name="นาย สมชาย ใจดี")).to_be_visible()
    expect(old.page.locator("#acts")).to_have_count(0)


@pytest.mark.requirement("R-004.18")
def test_what_is_wrong_is_seen_beside_what_is_right(visitor: Arrive, town: Town) -> None:
    published("correct-my-data")
    catalogue.forget()
    Account.objects.filter(id=town.account.id).update(language="th")
    person = arrived(visitor, town.account, PHONE, shots=80)
    person.open("/services/correct-my-data/")
    person.press("เริ่มเลย")
    person.page.locator("#field").select_option("given_name_th")
    person.press("ดำเนินการต่อ")
    expect(person.page.locator(".govuk-inset-text")).to_have_text("ในทะเบียนขณะนี้: สมชาย")
    person.page.locator("#thai").fill("สมชัย")
    person.press("ดำเนินการต่อ")
    expect(person.page.get_by_text("ชื่อ (ไทย) สมชัย").first).to_be_visible()
    # The same field once more is told of at once
    person.press("เพิ่มอีกรายการ")
    person.page.locator("#field").select_option("given_name_th")
    person.press("ดำเนินการต่อ")
    expect(person.page.locator(".govuk-error-summary")).to_contain_text("มี “ชื่อ (ไทย)” อยู่แล้วในรายการที่ 1")
