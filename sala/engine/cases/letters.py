"""What an applicant is written about a case: each public event its letter, and reminders of the next due day.

Nothing here reads whether a case is held, why, or what checks found (R-001.36).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, cast

from sala.engine.cases import links, papers, queries
from sala.engine.cases.decisions import next_due_on
from sala.engine.cases.models import Case, CaseEvent, InfoRequest
from sala.engine.cases.rules import Event
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.engine.messages import letters as post
from sala.engine.messages import services as messages
from sala.identity.directory import queries as directory
from sala.kit import clock
from sala.kit.ids import normal_reference
from sala.kit.text import Language, Text

Context = dict[str, Any]

LETTERS = {
    Event.SUBMITTED: "case_submitted",
    Event.INFO_REQUESTED: "case_info_requested",
    Event.INFO_ANSWERED: "case_info_answered",
    Event.APPROVED: "case_approved",
    Event.REFUSED: "case_refused",
    Event.REFERRED: "case_referred",
    Event.COMPLETED: "case_completed",
    Event.WITHDRAWN: "case_withdrawn",
}
REMINDER = "case_reminder"


def tell(*, reference: str, event: int) -> None:
    """Post the letter about event number `event` of a case. May be repeated: one event is one letter."""
    case = Case.objects.filter(reference=normal_reference(reference)).first()
    happened = CaseEvent.objects.filter(case=case, number=event).first() if case else None
    if case is None or happened is None or happened.type not in LETTERS:
        return
    service = catalogue.version(case.version_id)
    more = _MORE.get(Event(happened.type), _nothing)(case, happened, service)
    if more is None:
        return
    kind = LETTERS[Event(happened.type)]
    post_letter(
        case,
        kind,
        _common(case, service) | more,
        key=f"case:{case.reference}:{event}",
        calendar=_calendar(case) if happened.type == Event.APPROVED else "",
    )


def preview(case: Case, event: Event, data: Context) -> post.Letter:
    """What the applicant would be written if `event` happened now: for the officer who is about to decide.

    Nothing is saved and nothing posted.
    """
    service = catalogue.version(case.version_id)
    foreseen = copy(case)
    if event is Event.APPROVED:
        foreseen.next_due_on = next_due_on(case, service.declaration)
    happened = CaseEvent(case=foreseen, number=case.events + 1, at=clock.now(), type=event, data=data, public=True)
    more = _MORE.get(event, _nothing)(foreseen, happened, service) or {}
    return post.render(LETTERS[event], case.language, _common(foreseen, service) | more)


def remind(case: Case, *, days_ahead: int) -> None:
    """Post the reminder that stands `days_ahead` days before the next due day. Once for each day."""
    service = catalogue.version(case.version_id)
    due = case.next_due_on
    if due is None or service.declaration.reminders is None:
        return
    stop = messages.stop_link(case.reference)
    context = _common(case, service) | {
        "duty": service.declaration.reminders.subject.in_(case.language),
        "due_on": due,
        "days": (due - clock.today()).days,
        "first_day": papers.first_day(due, service.declaration),
        "reckons": bool(service.declaration.window and service.declaration.window.asks),
        "service_url": links.to_service(case.service, case.language),
        "stop_url": stop,
    }
    post_letter(case, REMINDER, context, key=reminder_key(case, days_ahead), calendar=_calendar(case), unsubscribe=stop)


def reminder_key(case: Case, days_ahead: int) -> str:
    """What makes a repeated reminder one letter."""
    return f"reminder:{case.reference}:{case.next_due_on}:{days_ahead}"


def post_letter(
    case: Case, kind: str, context: Context, *, key: str, calendar: str = "", unsubscribe: str = ""
) -> None:
    """Of a case whose applicant has died nothing is posted: nobody mails the dead."""
    if case.applicant_died_on:
        return
    letter = post.render(kind, case.language, context)
    messages.send(
        key=key,
        to=case.email,
        language=case.language,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        kind=kind,
        case_reference=case.reference,
        calendar=calendar,
        unsubscribe=unsubscribe,
        at_once=kind != REMINDER,
    )


# --- What each letter needs beside the common ------------------------------------------------------


def _common(case: Case, service: Loaded) -> Context:
    """What every letter may name: no answers but the name, which tells members of a family apart."""
    declaration = service.declaration
    agency = directory.agency(declaration.agency)
    office = directory.office(case.office_id)
    return {
        "sender": agency.name.in_(case.language),
        "service": declaration.name.in_(case.language),
        "reference": case.reference,
        "name": case.applicant_name,
        "office": office.name.in_(case.language),
        "office_address": office.address.in_(case.language),
        "office_phone": office.phone,
        "status_url": links.to(case, case.language),
        "survey_url": links.to(case, case.language, "surveys:answer") if declaration.survey else "",
        "late_notice": declaration.window.late_notice.in_(case.language) if case.late and declaration.window else "",
    }


def _nothing(case: Case, event: CaseEvent, service: Loaded) -> Context | None:
    return {}


def _submitted(case: Case, event: CaseEvent, service: Loaded) -> Context | None:
    """None for a request filed with a visit: the letter about the visit acknowledges it, once for all who come."""
    if service.declaration.appointment:
        return None
    return {
        "submitted_at": case.submitted_at,
        # What was promised when it was filed: an answer to a question may have moved it since.
        "due_at": case.due_at,
        "scheduled": case.channel == "scheduled",
    }


def _asked(case: Case, event: CaseEvent, service: Loaded) -> Context | None:
    """None when the question was answered before the letter could be written: it would only confuse."""
    question = queries.open_question(case)
    if question is None or question.asked_at != event.at:
        return None
    return {
        "question": question.message,
        "fields": _labels(question, case, service),
        "answer_by": question.answer_by,
    }


def _labels(question: InfoRequest, case: Case, service: Loaded) -> list[str]:
    known = [path for path in question.fields if service.has_field(path)]
    return [service.field(path).label.in_(case.language) for path in known]


def _answered(case: Case, event: CaseEvent, service: Loaded) -> Context | None:
    return {"answered_at": event.at, "due_at": case.due_at if case.due_at > event.at else None}


def _decided(case: Case, event: CaseEvent, service: Loaded) -> Context | None:
    return {"decided_at": event.at, "message": str(event.data.get("message", ""))}


def _approved(case: Case, event: CaseEvent, service: Loaded) -> Context | None:
    issue = service.declaration.issues
    due = case.next_due_on
    return {
        **cast("Context", _decided(case, event, service)),
        "receipt": issue.title.in_(case.language) if issue else "",
        "receipt_url": links.to(case, case.language, "cases:receipt") if issue else "",
        "due_on": due,
        "first_day": papers.first_day(due, service.declaration) if due else None,
        "days_ahead": _listed(papers.days_ahead(service.declaration), case.language),
    }


def _listed(numbers: Sequence[int], language: str) -> str:
    """`15, 7 and 1`; empty for a service that reminds of nothing."""
    if not numbers:
        return ""
    *first, last = [str(number) for number in numbers]
    return f"{', '.join(first)} {Text(th='และ', en='and').in_(language)} {last}" if first else last


def _refused(case: Case, event: CaseEvent, service: Loaded) -> Context | None:
    reason = next((r for r in service.declaration.reasons if r.code == event.data.get("reason")), None)
    return {
        **cast("Context", _decided(case, event, service)),
        "reason": reason.label.in_(case.language) if reason else "",
        "advice": reason.letter.in_(case.language) if reason else "",
        "service_url": links.to_service(case.service, case.language),
    }


def _withdrawn(case: Case, event: CaseEvent, service: Loaded) -> Context | None:
    """None where the visit was given up, and the request with it: the letter about the visit says both."""
    return None if event.data.get("with") == "visit" else {}


_MORE: dict[Event, Callable[[Case, CaseEvent, Loaded], Context | None]] = {
    Event.SUBMITTED: _submitted,
    Event.INFO_REQUESTED: _asked,
    Event.INFO_ANSWERED: _answered,
    Event.APPROVED: _approved,
    Event.REFUSED: _refused,
    Event.REFERRED: _decided,
    Event.COMPLETED: _decided,
    Event.WITHDRAWN: _withdrawn,
}


def _calendar(case: Case) -> str:
    return papers.calendar(case, cast("Language", case.language)) if case.next_due_on else ""
