"""What takes two officers: birth date, sex and nationality are proposed by one and confirmed by another.

On them hang majority, rights and elections, and their paper is often all there is. A proposal names the version that
it was made for; whoever confirms makes the change, and its history names the paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import IntegrityError, transaction

from sala.identity.accounts.actor import Actor
from sala.identity.people import queries, services
from sala.identity.people.models import ProposedChange
from sala.identity.people.queries import PersonCard
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from sala.kit.text import Text

FOUR_EYES = frozenset({"birth_date", "sex", "nationality"})
_WAITS = Text(
    th="มีการเปลี่ยนแปลงของบุคคลนี้รอเจ้าหน้าที่อีกคนยืนยันอยู่แล้ว", en="A change of this person waits to be confirmed already"
)
_ANOTHER = Text(
    th="ผู้เสนอยืนยันเองไม่ได้ ต้องเป็นเจ้าหน้าที่อีกคน", en="Whoever proposed it cannot confirm it: another officer does"
)
_DECIDED = Text(th="รายการนี้มีผู้ตัดสินแล้ว", en="This was decided already")
_REASON = Text(th="เขียนว่าทำไมจึงไม่ยืนยัน", en="Say why it is not confirmed")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One that waits. `changes` as the history has them."""

    id: int
    person: int
    version: int
    changes: dict[str, Any]
    effective_on: date
    reason: str
    document: str
    office: int
    proposed_at: datetime
    proposed_by: str


def takes_two(card: PersonCard, changes: Mapping[str, Any]) -> bool:
    """Whether these changes of somebody touch what one officer alone does not change."""
    was = queries.typed(queries.stored(card))
    return any(name in changes and (changes[name] or "") != (was[name] or "") for name in FOUR_EYES)


def propose(
    *, pid: str, changes: Mapping[str, Any], by: Actor, reason: str, effective_on: date | None, office: int,
    document: str, version: int,
) -> None:  # fmt: skip
    """Propose a change, judged as if it were made now. Raises what `services.amend` raises, and Conflict where one
    waits already."""
    since = effective_on or clock.today()
    clean = {name: msgspec.to_builtins(value) for name, value in changes.items() if name in queries.FIELDS}
    try:
        with transaction.atomic():
            before = transaction.savepoint()
            after = services.amend(
                pid=pid, changes=changes, by=by, reason=reason, effective_on=since, office=office,
                document=document, version=version,
            )  # fmt: skip
            transaction.savepoint_rollback(before)
            ProposedChange.objects.create(
                person_id=after.id, version=version, changes=clean, effective_on=since, reason=reason.strip(),
                document=document.strip(), office_id=office, proposed_at=clock.now(), proposed_by=by.label,
            )  # fmt: skip
            audit.record(by.label, "person.change_proposed", f"person:{after.id}", {"fields": sorted(clean)})
    except IntegrityError:
        raise Conflict(_WAITS) from None


def waiting(office: int) -> list[Proposal]:
    """What waits at an office, the longest first."""
    rows = ProposedChange.objects.filter(office_id=office, decided_at=None).order_by("proposed_at")
    return [_proposal(row) for row in rows]


def of_person(person: int) -> Proposal | None:
    """What waits of somebody."""
    row = ProposedChange.objects.filter(person_id=person, decided_at=None).first()
    return _proposal(row) if row else None


def confirm(*, proposal: int, office: int, by: Actor) -> PersonCard:
    """Make the change. Raises Forbidden for who proposed it, Conflict where it is decided, and what `services.amend`
    raises: then it waits on, and may be declined."""
    with transaction.atomic():
        row = _locked(proposal, office)
        if row.proposed_by == by.label:
            raise Forbidden(_ANOTHER)
        card = queries.by_id(row.person_id)
        if card is None:
            raise NotFound
        after = services.amend(
            pid=card.pid, changes=_typed(row.changes), by=by, reason=row.reason, effective_on=row.effective_on,
            office=row.office_id, document=row.document, version=row.version,
        )  # fmt: skip
        _decide(row, confirmed=True, answer="", by=by)
        return after


def decline(*, proposal: int, office: int, reason: str, by: Actor) -> None:
    """It is not made: by a colleague, with a reason, or taken back by whoever proposed it. Raises Invalid, Conflict."""
    if not reason.strip():
        raise Invalid([Fault("answer", "missing", _REASON)])
    with transaction.atomic():
        _decide(_locked(proposal, office), confirmed=False, answer=reason.strip(), by=by)


def _locked(proposal: int, office: int) -> ProposedChange:
    row = ProposedChange.objects.select_for_update().filter(id=proposal, office_id=office).first()
    if row is None:
        raise NotFound
    if row.decided_at is not None:
        raise Conflict(_DECIDED)
    return row


def _decide(row: ProposedChange, *, confirmed: bool, answer: str, by: Actor) -> None:
    row.decided_at, row.decided_by, row.confirmed, row.answer = clock.now(), by.label, confirmed, answer
    row.save()
    told = {"proposal": row.id, "by": row.proposed_by}
    action = "person.change_confirmed" if confirmed else "person.change_declined"
    audit.record(by.label, action, f"person:{row.person_id}", told)


def _typed(changes: Mapping[str, Any]) -> dict[str, Any]:
    """With dates as dates."""
    return {
        name: date.fromisoformat(value) if name in queries.DATES and value else value for name, value in changes.items()
    }


def _proposal(row: ProposedChange) -> Proposal:
    return Proposal(
        row.id, row.person_id, row.version, row.changes, row.effective_on, row.reason, row.document, row.office_id,
        row.proposed_at, row.proposed_by,
    )  # fmt: skip
