"""What an applicant takes home: the receipt, and the next due day for the calendar."""

from __future__ import annotations

from datetime import date, timedelta
from email.utils import parseaddr

from django.conf import settings

from sala.engine.cases import links
from sala.engine.cases.models import Case
from sala.engine.cases.states import State
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.declaration import Declaration, Issue
from sala.engine.catalogue.loaded import Loaded
from sala.engine.documents.calendar import due_day
from sala.engine.documents.services import Words, receipt_pdf
from sala.identity.directory import queries as directory
from sala.kit import clock, thai
from sala.kit.errors import NotFound
from sala.kit.text import Language, Text

_NUMBER = Text(th="เลขที่เรื่อง", en="Number")
_NAME = Text(th="ชื่อ", en="Name")
_OFFICE = Text(th="สำนักงาน", en="Office")
_LATE = Text(th="ครบกำหนดเมื่อ (ยื่นเกินกำหนด)", en="Was due on (filed late)")
_SUBMITTED = Text(th="ยื่นเมื่อ", en="Submitted")
_DECIDED = Text(th="ออกให้เมื่อ", en="Issued")
_NEXT_DUE = Text(th="กำหนดครั้งถัดไป ไม่เกินวันที่", en="Next due, at the latest")


def has_receipt(case: Case) -> bool:
    """Whether there is a receipt: the result was positive and the service issues one."""
    return case.state == State.APPROVED and _declaration(case).issues is not None


def receipt(case: Case, language: Language) -> bytes:
    """The receipt as PDF, the same bytes at every call. Raises NotFound where there is none."""
    service = catalogue.version(case.version_id)
    issue = service.declaration.issues
    if case.state != State.APPROVED or issue is None or case.decided_at is None:
        raise NotFound
    next_due = case.next_due_on
    return receipt_pdf(
        title=issue.title,
        agency=directory.agency(service.declaration.agency).name,
        reference=case.reference,
        rows=_rows(case, service, issue, language),
        text=issue.text,
        highlight=(_NEXT_DUE, Text(th=thai.day(next_due, "th"), en=thai.day(next_due, "en"))) if next_due else None,
        footer=_footer(service.declaration.law),
        verify_url=links.to(case, language),
        language=language,
        issued_on=clock.local_day(case.decided_at),
    )


def _footer(law: Text | None) -> Words:
    """The law; on paper that a demonstration prints, first of all that it is one."""
    if not settings.DEMO:
        return law or ""
    return Text(
        th=f"เอกสารสาธิต ใช้จริงไม่ได้ {law.th if law else ''}".strip(),
        en=f"DEMONSTRATION: this is not a valid document. {law.en if law else ''}".strip(),
    )


def _rows(case: Case, service: Loaded, issue: Issue, language: Language) -> list[tuple[Words, str]]:
    """The first four stand on the slip too: number, name, what identifies the person, office."""
    shown = [(service.field(path).label, service.display(path, case.answers, language)) for path in issue.shows]
    decided_at = case.decided_at or case.submitted_at
    rows: list[tuple[Words, str]] = [
        (_NUMBER, case.reference),
        (_NAME, case.applicant_name),
        *shown[:1],
        (_OFFICE, directory.office(case.office_id).name.in_(language)),
        *shown[1:],
        (_LATE, thai.day(case.due_on, language) if case.late and case.due_on else ""),
        (_SUBMITTED, thai.moment(case.submitted_at, language)),
        (_DECIDED, thai.moment(decided_at, language)),
    ]
    return [(label, value) for label, value in rows if value]


def calendar(case: Case, language: Language) -> str:
    """The next due day as an iCalendar file, with an alarm for each reminder. Raises NotFound where there is none."""
    declaration = _declaration(case)
    reminders, due = declaration.reminders, case.next_due_on
    if reminders is None or due is None or case.decided_at is None:
        raise NotFound
    return due_day(
        uid=f"{case.id}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2]}",
        on=due,
        summary=reminders.subject,
        description=_when_to_file(case, declaration),
        url=links.to_service(case.service, language),
        language=language,
        days_ahead=days_ahead(declaration),
        stamp=case.decided_at,
    )


def days_ahead(declaration: Declaration) -> tuple[int, ...]:
    """How many days before the due day people are reminded, the earliest first."""
    if declaration.reminders is None:
        return ()
    return tuple(sorted((-int(days.rstrip("d")) for days in declaration.reminders.days), reverse=True))


def first_day(due: date, declaration: Declaration) -> date | None:
    """The first day on which the duty that is due on `due` can be done here; None where the service has no window."""
    return due + timedelta(days=int(declaration.window.opens.rstrip("d"))) if declaration.window else None


def _when_to_file(case: Case, declaration: Declaration) -> Text:
    name, due = declaration.name, case.next_due_on
    first = first_day(due, declaration) if due else None
    if due is None or first is None:
        return name
    return Text(
        th=f"{name.th}: ยื่นได้ตั้งแต่วันที่ {thai.day(first, 'th')} ถึงวันที่ {thai.day(due, 'th')}",
        en=f"{name.en}: you can file from {thai.day(first, 'en')} to {thai.day(due, 'en')}",
    )


def _declaration(case: Case) -> Declaration:
    return catalogue.version(case.version_id).declaration
