"""How people in the journeys fill in the 90-day report, and reports that are on file before a journey begins."""

from __future__ import annotations

import copy
import re
from datetime import date, timedelta
from typing import Any

from sala.engine.cases import filing
from sala.engine.cases.models import Case
from sala.engine.catalogue import queries as catalogue
from sala.engine.drafts import content as contents
from sala.engine.drafts import services as drafts
from sala.engine.drafts.content import Place
from sala.engine.drafts.models import Draft
from sala.engine.drafts.services import Posted
from sala.identity.accounts.models import Account
from sala.kit.text import Language
from sala.kit.thai import BUDDHIST_ERA
from tests.background import settle
from tests.factories import actor_for
from tests.flows.conftest import Visitor

SAY = {
    "continue": {"en": "Continue", "th": "ดำเนินการต่อ"},
    "everybody": {"en": "That is everybody, continue", "th": "ครบทุกคนแล้ว ดำเนินการต่อ"},
    "another": {"en": "Add another person", "th": "เพิ่มอีกคน"},
    "send": {"en": "Send", "th": "ส่งเรื่อง"},
    "sign in": {"en": "Sign in", "th": "เข้าสู่ระบบ"},
}
MAHACHAI = "740101"


class Applicant:
    """Somebody who fills the report in, in Thai or English, page after page, by what each page asks."""

    def __init__(self, visitor: Visitor, language: str = "en") -> None:
        self.visitor, self.page, self.language = visitor, visitor.page, language

    def begin(self) -> None:
        """From the page about the service to the first question."""
        self.visitor.open("/services/tm47/")
        self._click(self.page.locator(".govuk-button--start"))

    def go_on(self) -> None:
        self._click(self.page.locator("main form button.govuk-button", has_text=SAY["continue"][self.language]).last)

    def press(self, what: str) -> None:
        """Press one of the buttons in SAY."""
        self._click(
            self.page.get_by_role("button", name=SAY[what][self.language], exact=True).locator("visible=true").last
        )

    def report_person(self, passport: str, *, arrived: date, given_name: str = "Ada") -> None:
        """One person's pages, up to the list of people."""
        answers: dict[str, str | date] = {
            "nationality": "PHL",
            "number": passport,
            "given_name": given_name,
            "surname": "Santos",
            "birth_date": date(1990, 5, 17),
            "sex": "f",
            "arrived_on": arrived,
            "transport": "air",
            "permitted_until": arrived + timedelta(days=364),
            "visa": "non_o",
            "reported": "no",
            "host_reported": "yes_done",
        }
        self.go_on_until(r"/people/$", answers)

    def give_place_and_declare(self, find: str = "74000", *, scripts: bool = True) -> None:
        """The pages that count for everybody, up to the answers to check."""
        self.fill({"kind": "house", "address-line": "99/1 ถนนเศรษฐกิจ", "address-find": find})
        if not scripts:
            self._click(self.page.locator("button[name=find]"))
        self.page.locator(f"#address-area option[value='{MAHACHAI}']").wait_for(state="attached")
        self.page.select_option("#address-area", MAHACHAI)
        self.go_on()
        self.go_on_until(r"/check-answers/$", {"name": "Somsri", "confirmed": "yes"})

    def go_on_until(self, address: str, answers: dict[str, str | date]) -> None:
        """Answer and continue, page after page, until the address is like `address`."""
        for _ in range(20):
            if re.search(address, self.page.url):
                return
            self.fill(answers)
            self.go_on()
        raise AssertionError(f"never came to {address}: {self.page.url}")

    def fill(self, answers: dict[str, str | date]) -> None:
        """Answer what the page asks of `answers`."""
        for key, value in answers.items():
            if isinstance(value, date):
                if self.page.locator(f"#{key}-day").count():
                    self.day(key, value)
            elif self.page.locator(f"[name='{key}']").count():
                self._one(key, value)

    def day(self, key: str, day: date) -> None:
        """A day as people write it: in Thai in the Buddhist era."""
        year = day.year + (BUDDHIST_ERA if self.language == "th" else 0)
        for part, number in (("day", day.day), ("month", day.month), ("year", year)):
            self.page.fill(f"#{key}-{part}", str(number))

    def pick(self, name: str, value: str) -> None:
        """One of the choices offered."""
        field = self.page.locator(f"[name='{name}']").first
        if field.get_attribute("type") in {"radio", "checkbox"}:
            self.page.locator(f"input[name='{name}'][value='{value}']").check()
        else:
            field.select_option(value)

    def _one(self, key: str, value: str) -> None:
        kind = self.page.locator(f"[name='{key}']").first.get_attribute("type")
        if kind in {"radio", "checkbox"} or self.page.locator(f"select[name='{key}']").count():
            self.pick(key, value)
        else:
            self.page.fill(f"[name='{key}']", value)

    def _click(self, button: Any) -> None:
        button.click()
        self.page.wait_for_load_state()
        self.visitor.see()


NAMES = ("MARIA", "JOSE", "LUZ")
ANSWERS: dict[str, Any] = {
    "passport": {"nationality": "PHL", "number": "P1234567A"},
    "name": {"given_name": "MARIA", "surname": "SANTOS"},
    "birth": {"birth_date": "1990-05-17", "sex": "f"},
    "arrival": {"arrived_on": ""},
    "journey": {"transport": "air", "vehicle": "TG661"},
    "permission": {"permitted_until": "", "visa": "non_b"},
    "previous": {"reported": False, "host_reported": "yes_done"},
    "stay": {
        "kind": "house",
        "address": {"line": "99/1", "subdistrict": 740101, "district": 7401, "province": 74, "postcode": 74000},
    },
    "host": {"name": "Somsri Rakdee"},
    "contact": {"email": "maria@example.org", "phone": "+66812345678"},
    "declaration": {"confirmed": True},
}


def report(*, arrived: date, passport: str = "P1234567A", given_name: str = "MARIA") -> dict[str, Any]:
    """Complete answers of one person."""
    answers = copy.deepcopy(ANSWERS)
    answers["passport"]["number"] = passport
    answers["name"]["given_name"] = given_name
    answers["arrival"]["arrived_on"] = arrived.isoformat()
    answers["permission"]["permitted_until"] = (arrived + timedelta(days=364)).isoformat()
    return answers


def on_file(account: Account, *, arrived: date, language: Language = "en", **given: str) -> Case:
    """A report that the account has filed; its acknowledgement is sent, its checks are run."""
    filed = filing.file(
        service=catalogue.current("tm47"),
        answers=report(arrived=arrived, **given),
        by=actor_for(account),
        language=language,
        channel="web",
    )
    settle()
    return Case.objects.get(reference=filed.reference)


def begun(account: Account, *arrivals: date, language: Language = "en", declared: bool = True) -> Draft:
    """A report the account has begun, for a person per arrival: all filled in, or all but the declaration."""
    service, by = catalogue.current("tm47"), actor_for(account)
    draft = drafts.start(service=service, language=language, by=by)
    for number, arrived in enumerate(arrivals, start=1):
        if number > 1:
            drafts.add_entry(draft=draft.id, group="people", after=number - 1)
        answers = report(arrived=arrived, passport=f"P123456{number}A", given_name=NAMES[number - 1])
        _save(draft, "people", number, {page: values for page, values in answers.items() if _of_people(page)})
    drafts.settle(draft=draft.id, group="people")
    shared = {page: values for page, values in report(arrived=arrivals[0]).items() if not _of_people(page)}
    if not declared:
        del shared["declaration"]
    _save(draft, "", 0, shared)
    return draft


def _of_people(page: str) -> bool:
    return catalogue.current("tm47").pages[page].group == "people"


def _save(draft: Draft, group: str, number: int, pages: dict[str, Any]) -> None:
    service = catalogue.current("tm47")
    for page in pages:
        place = Place(page, group, number)
        draft.refresh_from_db()
        was = contents.fingerprint(contents.read(draft.content), place)
        fields = service.typed(page, pages, "en")
        faults = drafts.save_page(draft=draft.id, place=place, posted=Posted(fields, {}, was), language="en")
        assert not faults, (page, faults)
