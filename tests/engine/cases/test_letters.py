"""What applicants are written, step by step."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from sala.engine.cases import decisions, letters, services
from sala.engine.cases.keys import key_of
from sala.engine.cases.models import Case
from sala.engine.catalogue import checking
from sala.engine.catalogue import services as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.engine.messages.models import Message
from sala.identity.accounts.actor import Actor, system
from sala.kit import clock
from tests.engine.cases.conftest import NOW, File, Register

pytestmark = pytest.mark.django_db

MORE = """
issues:
  document: test-permit
  title: {th: ใบอนุญาตทดสอบ, en: Test permit certificate}
  text: {th: ออกให้แล้ว, en: Issued}
  shows: [person.passport, stay.address]
survey: satisfaction
"""


@pytest.fixture
def permit(offices: dict[int, int], register: Register) -> Loaded:
    """The service of these tests, with a document and a survey."""
    text = Path(__file__).with_name("permit.yaml").read_text()
    return catalogue.publish(checking.load_text(text + MORE), by=system("tests"))


@pytest.fixture
def officer(officer_at: Callable[..., Actor]) -> Actor:
    return officer_at(role="senior")


def told(case: Case | str) -> Message:
    """The letter about the last thing that happened to a case."""
    reference = case if isinstance(case, str) else case.reference
    row = Case.objects.get(reference=reference)
    letters.tell(reference=reference, event=row.events)
    return Message.objects.get(key=f"case:{reference}:{row.events}")


def both(message: Message) -> list[str]:
    """The letter's two alternatives, with the HTML's blanks as in text."""
    return [message.text, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", message.html))]


@pytest.mark.requirement("R-001.25", "R-001.26")
@pytest.mark.parametrize(
    ("language", "not_decided", "hour"),
    [
        ("en", "Received – not yet decided", "25 November 2026, 10:00"),
        ("th", "รับเรื่องแล้ว – ยังไม่ได้พิจารณา", "25 พฤศจิกายน 2569 เวลา 10:00 น."),
    ],
)
def test_the_acknowledgement_has_number_and_hour_and_does_not_look_like_an_approval(
    file: File, language: str, not_decided: str, hour: str
) -> None:
    filed = file(language=language)
    message = told(filed.reference)
    assert message.to == "maria@example.org"
    assert message.case_reference == filed.reference
    assert filed.reference in message.subject
    assert "pprove" not in message.subject
    for text in both(message):
        assert not_decided in text
        assert hour in " ".join(text.split())
        assert filed.reference in text
    assert message.calendar == ""
    assert f"/cases/{filed.reference}/?key={key_of(filed.id)}&lang={language}" in message.text


def test_one_event_is_one_letter(file: File) -> None:
    filed = file()
    told(filed.reference)
    told(filed.reference)
    assert Message.objects.count() == 1


def test_filed_by_itself_it_says_so(file: File) -> None:
    assert "As you agreed" in told(file(channel="scheduled").reference).text
    assert "As you agreed" not in told(file().reference).text


@pytest.mark.requirement("R-001.39")
def test_who_is_late_is_told_where_to_go(file: File, answers: dict[str, Any]) -> None:
    answers["person"]["due"] = "2026-11-20"
    assert "You are late. Go to the office" in told(file().reference).text


def test_nobody_learns_more_than_a_letter_needs(file: File) -> None:
    message = told(file().reference)
    for text in both(message):
        assert "AB123456" not in text
        assert "99/1" not in text


@pytest.mark.requirement("R-001.31")
def test_a_question_names_its_fields_and_leads_to_the_answer(file: File, officer: Actor, applicant: Actor) -> None:
    filed = file()
    case = services.ask(
        reference=filed.reference, fields=["person.passport"], message="Which one?\nThe <new> one?", by=officer
    )
    message = told(case)
    assert message.kind == "case_info_requested"
    for words in (
        "Passport number",
        "> Which one?",
        "> The <new> one?",
        "23 November 2026",
        "Nothing has been refused",
    ):
        assert words in message.text
    assert "The &lt;new&gt; one?" in message.html
    services.answer(reference=filed.reference, values={"person.passport": "AB999999"}, message="", by=applicant)
    answered = told(filed.reference)
    assert answered.kind == "case_info_answered"
    assert "not yet decided" in answered.text


def test_a_question_answered_before_its_letter_was_written_gets_none(
    file: File, officer: Actor, applicant: Actor
) -> None:
    filed = file()
    asked = services.ask(reference=filed.reference, fields=["person.passport"], message="Which?", by=officer)
    services.answer(reference=filed.reference, values={"person.passport": "AB999999"}, message="", by=applicant)
    letters.tell(reference=filed.reference, event=asked.events)
    assert not Message.objects.exists()


@pytest.mark.requirement("R-001.29", "R-001.37", "R-001.44")
def test_an_approval_brings_receipt_next_day_calendar_and_survey(file: File, officer: Actor) -> None:
    filed = file()
    message = told(decisions.approve(reference=filed.reference, by=officer, message="Well done"))
    assert message.kind == "case_approved"
    assert message.subject.startswith("Approved: Test permit – PRM-")
    for words in ("20 February 2027", "You can file from 5 February 2027 to 20 February 2027", "> Well done"):
        assert words in message.text
    assert f"/cases/{filed.reference}/receipt.pdf?key=" in message.text
    assert f"/cases/{filed.reference}/survey/?key=" in message.text
    (event,) = Calendar.from_ical(message.calendar).events
    assert event.decoded("dtstart").isoformat() == "2027-02-20"
    assert [alarm.decoded("trigger") for alarm in event.walk("VALARM")] == [
        timedelta(hours=9) - timedelta(days=days) for days in (15, 7)
    ]


def test_a_refusal_says_why_how_to_put_it_right_and_how_to_object(file: File, officer: Actor) -> None:
    filed = file(language="th")
    message = told(decisions.refuse(reference=filed.reference, reason="not_yours", by=officer, message="ดูหน้า 2"))
    for words in ("ไม่อนุมัติ", "ไม่ใช่ของผู้ยื่น", "โปรดยื่นใหม่", "> ดูหน้า 2", "15 วัน", "/services/test-permit/"):
        assert words in message.text
    assert message.calendar == ""


def test_referral_answer_and_withdrawal_say_what_they_are(file: File, officer: Actor, applicant: Actor) -> None:
    away = told(decisions.refer(reference=file().reference, by=officer, message="Come to counter 4"))
    assert "Passed on" in away.text
    assert "> Come to counter 4" in away.text
    done = told(decisions.complete(reference=file().reference, by=officer, message="It is allowed"))
    assert "> It is allowed" in done.text
    back = told(services.withdraw(reference=file().reference, by=applicant))
    assert "Withdrawn, as you asked" in back.text
    assert "survey" not in back.text


@pytest.mark.requirement("R-001.36")
def test_no_letter_differs_when_the_case_was_held(file: File, officer: Actor, officer_at: Callable[..., Actor]) -> None:
    def letter(*, held: bool) -> str:
        filed = file()
        if held:
            decisions.hold(reference=filed.reference, reason="warrant 12/2569", by=officer)
            assert not Message.objects.filter(case_reference=filed.reference).exists()
            letters.tell(reference=filed.reference, event=2)
            assert not Message.objects.filter(case_reference=filed.reference).exists()
            decisions.lift_hold(reference=filed.reference, by=officer)
        case = Case.objects.get(reference=filed.reference)
        text = told(decisions.approve(reference=filed.reference, by=officer)).text
        return text.replace(filed.reference, "R").replace(key_of(case.id), "K")

    assert letter(held=True) == letter(held=False)


def test_what_nobody_need_hear_is_not_written(file: File, officer: Actor) -> None:
    filed = file()
    services.claim(reference=filed.reference, by=officer)
    letters.tell(reference=filed.reference, event=2)
    letters.tell(reference=filed.reference, event=99)
    letters.tell(reference="PRM-NOTHING0-0", event=1)
    assert not Message.objects.exists()


def test_letters_wait_for_no_clock(file: File) -> None:
    """A letter written late says what was promised, not what the clock says now."""
    filed = file()
    with clock.frozen(NOW + timedelta(days=2)):
        assert "25 November 2026, 10:00" in told(filed.reference).text
