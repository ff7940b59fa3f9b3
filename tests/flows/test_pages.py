"""Every page, opened once in either language on a phone and on a wide screen: axe, nothing sticks out, a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from sala.engine.cases import decisions, services
from sala.engine.cases.models import Case
from sala.engine.drafts.models import Draft
from sala.engine.messages.services import stop_link
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Office
from sala.kit import thai
from sala.kit.text import Language
from tests.factories import actor_for, add_post, make_officer
from tests.flows.conftest import DESKTOP, PHONE, Visitor
from tests.flows.filing import Applicant, begun, on_file
from tests.flows.people import SAMUT_SAKHON, days_ago, on_record

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("at_home", "tm47")
WORK_IT_OUT = {"th": "คำนวณ", "en": "Work it out"}
LANGUAGES = pytest.mark.parametrize("language", ["th", "en"])


@dataclass
class Town:
    """Reports in every state, and who works on them."""

    cases: dict[str, Case]
    drafts: dict[str, Draft]
    applicant: Account
    officer: Account
    manager: Account


@pytest.fixture
def town(tm47: dict[int, int], maria: Account, language: Language) -> Town:
    """What stands in the database before somebody looks at all the pages."""
    office = Office.objects.get(id=tm47[SAMUT_SAKHON])
    officer = make_officer(office, "senior", given_name="Kanya", surname="Srisuk")
    add_post(officer, office, "auditor")
    manager = make_officer(office, "manager", given_name="Wipa", surname="Meesuk")
    on_record(days_ago(80))
    by = actor_for(officer)

    def filed(name: str, number: int) -> Case:
        passport = "P1234567A" if number == 1 else f"P765432{number}B"
        return on_file(maria, arrived=days_ago(80), language=language, passport=passport, given_name=name)

    names = ("MARIA", "JOSE", "LUZ", "PEDRO", "ANA")
    new, asked, approved, refused, taken = (filed(name, number) for number, name in enumerate(names, start=1))
    services.claim(reference=taken.reference, by=by)
    services.add_note(reference=taken.reference, text="โทรแล้ว ไม่รับสาย", by=by)
    services.ask(reference=asked.reference, fields=["stay.address", "arrival.stamp"], message="Please.", by=by)
    decisions.approve(reference=approved.reference, by=by)
    decisions.refuse(reference=refused.reference, reason="not_permitted", by=by)
    held = on_file(maria, arrived=days_ago(80), language=language, passport="P1111111C", given_name="RUBEN")
    decisions.hold(reference=held.reference, reason="หมายจับ", by=by)
    early = begun(maria, days_ago(10), language=language)
    return Town(
        {"new": new, "asked": asked, "approved": approved, "refused": refused, "taken": taken, "held": held},
        {"early": early},
        maria,
        officer,
        manager,
    )


def look_at_all(visitor: Visitor, addresses: str) -> None:
    """Each page on the phone, and then as wide as a desk."""
    for address in addresses.split():
        visitor.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        visitor.open(address)
        visitor.page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
        visitor.fits()


@LANGUAGES
def test_pages_for_anyone(visitor: Arrive, language: Language, town: Town) -> None:
    look_at_all(
        visitor(language=language),
        f"""
        / /services/ /services/?q=zzz /services/tm47/ /services/tm47/when-due/ /online-service/
        /online-service/over-90-days/ /track/ /about/ /contact/ /accessibility/ /privacy/ /nothing-here/
        /account/sign-in/?next=/my/ /account/register/ /account/forgotten/ /account/sent/register/ /account/closed/
        /account/email/changed/ /account/link/unknown/ /demo/mail/
        {stop_link(town.cases["approved"].reference)}
        """,
    )


@LANGUAGES
def test_pages_of_an_applicant(visitor: Arrive, language: Language, town: Town) -> None:
    person = visitor(language=language)
    person.sign_in(town.applicant)
    draft = f"/apply/{town.drafts['early'].id}"
    cases = " ".join(f"/cases/{case.reference}/" for case in town.cases.values())
    pages = "passport name birth arrival journey permission previous"
    look_at_all(
        person,
        f"""
        /my/ {cases} /cases/{town.cases["new"].reference}/withdraw/ /cases/{town.cases["approved"].reference}/survey/
        /apply/start/tm47/ {draft}/people/ {" ".join(f"{draft}/people/1/{page}/" for page in pages.split())}
        {draft}/stay/ {draft}/host/ {draft}/contact/ {draft}/declaration/ {draft}/check-answers/
        {draft}/kept-for-later/ {draft}/delete-draft/
        """,
    )


@LANGUAGES
def test_pages_of_an_account(visitor: Arrive, language: Language, maria: Account) -> None:
    person = visitor(language=language)
    person.sign_in(maria)
    look_at_all(
        person,
        """
        /account/ /account/details/ /account/email/ /account/email/sent/ /account/password/ /account/sessions/
        /account/passkeys/ /account/tokens/ /account/tokens/new/ /account/close/ /account/sign-out/
        """,
    )


@LANGUAGES
def test_pages_of_the_desk(visitor: Arrive, language: Language, town: Town) -> None:
    desk = visitor(language=language)
    desk.sign_in(town.officer)
    mine = f"/desk/cases/{town.cases['taken'].reference}"
    queues = " ".join(f"/desk/queue/{name}/" for name in ("new", "mine", "due_soon", "waiting", "held", "open"))
    cases = " ".join(f"/desk/cases/{case.reference}/" for case in town.cases.values())
    look_at_all(
        desk,
        f"""
        /desk/ {queues} /desk/search/?q=SANTOS {cases} {mine}/ask/?letter=stamp {mine}/decide/approved/
        {mine}/decide/refused/ {mine}/decide/referred/ {mine}/audit/
        """,
    )
    desk.sign_in(town.manager)
    look_at_all(desk, "/desk/ /desk/manage/")


@LANGUAGES
def test_when_a_report_is_due_is_worked_out_without_an_account(
    visitor: Arrive, language: Language, tm47: dict[int, int]
) -> None:
    person = visitor(language=language)
    person.open("/services/tm47/when-due/")
    asker = Applicant(person, language)
    asker.day("arrived_on", days_ago(30))
    asker.pick("reported", "yes")
    person.press(WORK_IT_OUT[language])  # the day of the last report is asked of those alone who made one
    asker.day("reported_on", days_ago(20))
    person.press(WORK_IT_OUT[language])
    first, last = (thai.day(days_ago(20) + timedelta(days=days), language) for days in (90 - 15, 90))
    expect(person.page.locator("#answer dd")).to_have_text([first, last])
