"""Writing a case's history: the one place that changes a state.

State, event, outbox row and counters belong to one transaction, so a service calls
`locked` first and `append` last.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sala.engine.cases import rules, words
from sala.engine.cases.models import Case, CaseEvent
from sala.engine.cases.rules import Event
from sala.engine.cases.states import State
from sala.engine.dashboards import services as dashboards
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.names import names
from sala.kit import clock, outbox
from sala.kit.errors import Conflict, NotFound
from sala.kit.ids import normal_reference

PROMISES = (Event.SUBMITTED, Event.RESCHEDULED)
"""The events that set a promise. `promised_from` in their data: when it runs from, where that is not the filing."""


def locked(reference: str) -> Case:
    """The case, its row locked until the transaction ends."""
    stored = normal_reference(reference)
    case = Case.objects.select_for_update(no_key=True).filter(reference=stored).first() if stored else None
    if case is None:
        raise NotFound
    return case


def append(
    case: Case, event: Event, *, by: Actor, data: dict[str, Any] | None = None, at: datetime | None = None
) -> CaseEvent:
    """Make `event` true of a locked case: its state, history, outbox, counters. Saves the case whole.

    Raises `Conflict`, saying what the case is now, where its state does not allow the event.
    """
    before = State(case.state)
    target = rules.after(before, event)
    if target is None:
        raise not_now(case)
    moment = at or clock.now()
    content = data or {}
    case.state = target
    case.events += 1
    public = rules.seen_by_applicant(event, before=before, after=target)
    case.last_hash = rules.chain_hash(
        bytes(case.last_hash),
        rules.sealed(
            case=str(case.id), number=case.events, at=moment, type=event, actor=by.label, data=content, public=public
        ),
    )
    if target in rules.CLOSED and before in rules.OPEN:
        _close(case, target, by=by, at=moment)
    case.save()
    record = CaseEvent.objects.create(
        case=case, number=case.events, at=moment, type=event, actor=by.label, data=content, public=public,
        hash=case.last_hash,
    )  # fmt: skip
    outbox.emit(f"case.{event}", told(case))
    return record


def told(case: Case) -> dict[str, Any]:
    """What hearers of an event get: keys only."""
    return {
        "case": str(case.id),
        "reference": case.reference,
        "service": case.service,
        "office": case.office_id,
        "event": case.events,
    }


def _close(case: Case, target: State, *, by: Actor, at: datetime) -> None:
    case.decided_at = at
    case.decided_by = by.label
    case.paused_at = None
    minutes = rules.minutes_to_result(_promised_from(case), at)
    dashboards.closed(
        service=case.service,
        office=case.office_id,
        outcome=target,
        at=at,
        minutes=None if target is State.WITHDRAWN else minutes,
        in_time=rules.in_time(at, case.due_at),
    )


def _promised_from(case: Case) -> datetime:
    """When the promised time began to run: the end of the visit, as the last event that set it says; else filing.

    Counted anew in the same way by figures.py.
    """
    told = CaseEvent.objects.filter(case=case, type__in=PROMISES, data__has_key="promised_from").order_by("-number")
    data = told.values_list("data", flat=True).first()
    return datetime.fromisoformat(data["promised_from"]) if data else case.submitted_at


def not_now(case: Case) -> Conflict:
    """Somebody was first, or the moment has passed: say what is so now, who made it so, and when."""
    who = names([case.decided_by]).get(case.decided_by, "") if case.decided_at else ""
    return Conflict(words.not_now(State(case.state), who, case.decided_at))


def verify(case_id: UUID) -> int | None:
    """Walk a case's chain; the number of the first event that does not fit, or None if all do."""
    previous = b""
    for number, event in enumerate(CaseEvent.objects.filter(case_id=case_id).order_by("number"), start=1):
        expected = rules.chain_hash(
            previous,
            rules.sealed(
                case=str(case_id), number=event.number, at=event.at, type=event.type, actor=event.actor,
                data=event.data, public=event.public,
            ),
        )  # fmt: skip
        if event.number != number or expected != bytes(event.hash):
            return number
        previous = expected
    return None
