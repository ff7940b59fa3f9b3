"""Writing a case's history: the one place that changes a state.

State, event, outbox row and counters belong to one transaction, so a service calls
`locked` first and `append` last.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sala.engine.cases import rules
from sala.engine.cases.models import Case, CaseEvent
from sala.engine.cases.rules import Event
from sala.engine.cases.states import State
from sala.engine.dashboards import services as dashboards
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.names import names
from sala.kit import clock, outbox
from sala.kit.errors import Conflict, NotFound
from sala.kit.ids import normal_reference
from sala.kit.text import Text
from sala.kit.thai import moment as moment_words

STATE_WORDS: dict[State, Text] = {
    State.SUBMITTED: Text(th="รับเรื่องแล้ว", en="received"),
    State.IN_REVIEW: Text(th="กำลังพิจารณา", en="in review"),
    State.INFO_REQUESTED: Text(th="รอข้อมูลเพิ่มเติมจากผู้ยื่น", en="waiting for more information from the applicant"),
    State.APPROVED: Text(th="อนุมัติแล้ว", en="approved"),
    State.REFUSED: Text(th="ไม่อนุมัติ", en="refused"),
    State.REFERRED: Text(th="ส่งต่อแล้ว", en="referred"),
    State.COMPLETED: Text(th="ดำเนินการเสร็จสิ้น", en="completed"),
    State.WITHDRAWN: Text(th="ผู้ยื่นขอถอนเรื่อง", en="withdrawn by the applicant"),
}


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
    outbox.emit(
        f"case.{event}",
        {"case": str(case.id), "reference": case.reference, "service": case.service, "event": case.events},
    )
    return record


def _close(case: Case, target: State, *, by: Actor, at: datetime) -> None:
    case.decided_at = at
    case.decided_by = by.label
    case.paused_at = None
    minutes = int((at - case.submitted_at).total_seconds() // 60)
    dashboards.closed(
        service=case.service,
        office=case.office_id,
        outcome=target,
        at=at,
        minutes=None if target is State.WITHDRAWN else minutes,
        in_time=rules.in_time(at, case.due_at),
    )


def not_now(case: Case) -> Conflict:
    """Somebody was first, or the moment has passed: say what is so now, who made it so, and when."""
    state = STATE_WORDS[State(case.state)]
    who = names([case.decided_by]).get(case.decided_by, "") if case.decided_at else ""
    when = case.decided_at
    th, en = f"เรื่องนี้{state.th}", f"This case is already {state.en}"
    if when:
        th += f" เมื่อ {moment_words(when, 'th')}" + (f" โดย {who}" if who else "")
        en += f" since {moment_words(when, 'en')}" + (f", by {who}" if who else "")
    return Conflict(Text(th=f"{th} จึงทำรายการนี้ไม่ได้", en=f"{en}, so this cannot be done now"))


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
