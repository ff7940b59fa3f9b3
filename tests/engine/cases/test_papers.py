"""What an applicant takes home."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from icalendar import Calendar
from pypdf import PdfReader

from sala.engine.cases import decisions, papers
from sala.engine.cases.keys import key_of
from sala.engine.cases.models import Case
from sala.identity.accounts.actor import Actor
from sala.kit.errors import NotFound
from tests.engine.cases.conftest import File
from tests.engine.cases.test_letters import permit  # noqa: F401 - the service with a document

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(officer_at: Callable[..., Actor]) -> Actor:
    return officer_at()


@pytest.fixture
def approved(file: File, officer: Actor) -> Case:
    return decisions.approve(reference=file().reference, by=officer)


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_the_receipt_has_the_next_due_day_and_what_the_service_shows(approved: Case) -> None:
    pdf = papers.receipt(approved, "en")
    text = text_of(pdf)
    for words in (approved.reference, "Maria Silva", "AB123456", "20 February 2027", "20 กุมภาพันธ์ 2570", "99/1"):
        assert words in text
    assert "Was due on" not in text
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    assert papers.has_receipt(approved)
    assert papers.receipt(approved, "en") == pdf, "the same bytes at every download"


def test_a_late_report_says_so(file: File, officer: Actor, answers: dict[str, Any]) -> None:
    answers["person"]["due"] = "2026-11-20"
    case = decisions.approve(reference=file().reference, by=officer)
    assert "Was due on (filed late)" in text_of(papers.receipt(case, "en"))
    assert "20 November 2026" in text_of(papers.receipt(case, "en"))


def test_without_an_approval_there_is_neither(file: File, officer: Actor) -> None:
    waiting = Case.objects.get(reference=file().reference)
    refused = decisions.refuse(reference=file().reference, reason="not_yours", by=officer)
    for case in (waiting, refused):
        assert not papers.has_receipt(case)
        with pytest.raises(NotFound):
            papers.receipt(case, "th")
        with pytest.raises(NotFound):
            papers.calendar(case, "th")


def test_the_calendar_entry_stays_the_same_entry(approved: Case) -> None:
    (event,) = Calendar.from_ical(papers.calendar(approved, "th")).events
    assert event["uid"].startswith(f"{approved.id}@")
    assert papers.calendar(approved, "th") == papers.calendar(approved, "th")
    assert "5 กุมภาพันธ์ 2570" in event["description"]
    assert key_of(approved.id) not in papers.calendar(approved, "th"), "a shared calendar must not open the case"
