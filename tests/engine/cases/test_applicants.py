"""What the civil register says of who filed: officers are told, nothing is decided, and nobody mails the dead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from sala.engine.cases import applicants, decisions, journal, letters, reminding, services
from sala.engine.cases.models import Case, CaseEvent
from sala.engine.cases.queues import queue
from sala.engine.messages.models import Message
from sala.identity.accounts.actor import Actor, system
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Office
from sala.identity.people import queries, rules
from sala.identity.people import services as people
from sala.identity.people.models import Ial
from sala.kit import clock
from tests.engine.cases.conftest import SAMUT_SAKHON, TODAY, File
from tests.factories import client_for, make_officer
from tests.hearing import hear

pytestmark = pytest.mark.django_db
BY = system("registrar")
DAY = TODAY - timedelta(days=2)
PID = rules.invented_pid(40)
MARIA: dict[str, Any] = {
    "pid": PID, "title_th": "นางสาว", "given_name_th": "มารีอา", "family_name_th": "ใจดี", "title_en": "Miss",
    "given_name_en": "Maria", "family_name_en": "Jaidee", "birth_date": date(1985, 4, 13), "sex": "f",
    "house_no": "99/1", "subdistrict_id": 740101,
}  # fmt: skip


@pytest.fixture
def maria(applicant: Actor, offices: dict[int, int]) -> Actor:
    people.register(person=MARIA, by=BY)
    assert applicant.account_id
    people.link(account=applicant.account_id, pid=PID, ial=Ial.ENROLLED, by=BY)
    return applicant


@pytest.fixture
def officer(officer_at: Callable[..., Actor]) -> Actor:
    return officer_at()


def amend(**changes: Any) -> queries.PersonCard:
    return people.amend(pid=PID, changes=changes, by=BY, reason="Told", effective_on=DAY)


def notes(reference: str) -> list[dict[str, Any]]:
    events = CaseEvent.objects.filter(case__reference=reference, type="register_told").order_by("number")
    return list(events.values_list("data", flat=True))


@pytest.mark.requirement("R-004.13")
def test_the_open_case_of_the_dead_stays_with_a_note_and_a_flag(file: File, maria: Actor, officer: Actor) -> None:
    reference = file().reference
    amend(died_on=DAY)
    for _ in range(2):  # heard again
        assert hear("person.died") == 1
    case = Case.objects.get(reference=reference)
    assert (case.state, case.applicant_died_on, case.decided_at) == ("submitted", DAY, None)
    (note,) = notes(reference)
    assert applicants.words(note).en == "The applicant died on 20 November 2026, as the civil register has it"
    assert not CaseEvent.objects.get(case=case, type="register_told").public
    assert journal.verify(case.id) is None
    assert [row.applicant_died_on for row in queue(name="new", by=officer).cases] == [DAY]
    services.claim(reference=reference, by=officer)  # an officer goes on with it, and decides
    decisions.approve(reference=reference, by=officer)


def test_officers_read_it_and_the_applicants_page_says_nothing(
    file: File, maria: Actor, offices: dict[int, int]
) -> None:
    filed = file()
    amend(died_on=DAY)
    hear("person.died")
    desk = client_for(make_officer(Office.objects.get(id=offices[SAMUT_SAKHON])))
    desk.get("/", {"lang": "en"})
    page = desk.get(f"/desk/cases/{filed.reference}/").content.decode()
    assert "The applicant died on 20 November 2026" in page
    assert "nothing was decided because of it" in page
    assert "Applicant has died" in desk.get("/desk/").content.decode()
    anybody = Client().get(f"/api/v1/cases/{filed.reference}", headers={"X-Case-Key": filed.key}).content.decode()
    assert "register_told" not in anybody
    assert "2026-11-20" not in anybody


def test_nobody_mails_the_dead_and_reminders_stop(file: File, maria: Actor, officer: Actor) -> None:
    approved = decisions.approve(reference=file().reference, by=officer)
    other = file().reference
    amend(died_on=DAY)
    hear("person.died")
    letters.tell(reference=other, event=1)
    decisions.approve(reference=other, by=officer)
    for event in CaseEvent.objects.filter(case__reference=other):
        letters.tell(reference=other, event=event.number)
    assert approved.next_due_on
    assert reminding.remind(approved.next_due_on - timedelta(days=15)) == 0
    assert not Message.objects.exists()
    assert notes(approved.reference) == []  # it is decided: nobody works on it


def test_a_death_that_was_a_mistake_is_taken_back_and_letters_go_again(file: File, maria: Actor) -> None:
    reference = file().reference
    amend(died_on=DAY)
    amend(died_on=DAY - timedelta(days=1))  # another day
    amend(died_on=None)
    assert hear("person.restored") == 1
    assert hear("person.died") == 2  # late: as the register has it now counts
    case = Case.objects.get(reference=reference)
    assert case.applicant_died_on is None
    assert {note["what"] for note in notes(reference)} == {"died", "restored"}
    assert all(note["on"] is None for note in notes(reference))
    letters.tell(reference=reference, event=1)
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "topic", "said"),
    [
        ({"nationality": "PRT"}, "person.renounced", "no longer of Thai nationality"),
        ({"family_name_th": "ซิลวา", "family_name_en": "Silva"}, "person.changed", "Family name in Thai, Family name"),
    ],
)
def test_renunciation_and_a_new_name_are_noted_and_what_was_filed_stays(
    file: File, maria: Actor, *, changes: dict[str, Any], topic: str, said: str
) -> None:
    reference = file().reference
    before = Case.objects.get(reference=reference)
    amend(**changes)
    for _ in range(2):
        assert hear(topic) == 1
    (note,) = notes(reference)
    for language in ("th", "en"):
        with translation.override(language):
            text = applicants.words(note)
    assert said in text.en
    assert "Silva" not in str(note)
    case = Case.objects.get(reference=reference)
    assert (case.answers, case.applicant_name, case.state) == (before.answers, before.applicant_name, before.state)


@pytest.mark.parametrize(
    "changes",
    [
        {"card_number": "99", "card_issued_on": date(2026, 1, 1), "card_expires_on": date(2034, 1, 1)},
        {"house_no": "7"}, {"sex": "m"},
    ],
)  # fmt: skip
def test_a_new_card_or_house_changes_nothing_of_a_case(file: File, maria: Actor, changes: dict[str, Any]) -> None:
    reference = file().reference
    amend(**changes)
    assert hear("person.changed") == 1
    assert notes(reference) == []


def test_cases_of_others_are_left_alone(file: File, maria: Actor, officer_at: Callable[..., Actor]) -> None:
    other = file(by=officer_at(10)).reference
    amend(died_on=DAY)
    hear("person.died")
    assert notes(other) == []
    assert Case.objects.get(reference=other).applicant_died_on is None
    assert clock.today() == TODAY
    assert Account.objects.get(id=maria.account_id).rests_since
