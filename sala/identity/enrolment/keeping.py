"""One enrolment's row: locked, moved on, proofs written down, a code given.

For the services of this room, at the phone, at the station and at the desk: each function works within the caller's
transaction, and none judges who may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from sala.identity.enrolment import codes, levels, portraits
from sala.identity.enrolment.levels import Proof
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.states import OPEN, Event, State, WrongState, after
from sala.kit import clock
from sala.kit.errors import NotFound

STARTED_FOR = timedelta(hours=24)
"""Whoever began comes back within a day, or begins anew."""
REVIEW_FOR = timedelta(days=30)
READY_FOR = timedelta(days=7)
TWICE_WITHIN = timedelta(minutes=15)
"""A form that is sent again within it is the same form."""
_LASTS = {State.STARTED: STARTED_FOR, State.REVIEW: REVIEW_FOR, State.READY: READY_FOR}


@contextmanager
def held(enrolment: UUID, mine: Callable[[Enrolment], bool]) -> Iterator[Enrolment]:
    """The locked row in a transaction of its own, where it is `mine`. Raises NotFound, WrongState where it ran out."""
    with transaction.atomic():
        row = locked(enrolment)
        if not mine(row):
            raise NotFound
        if State(row.state) in OPEN and is_over(row):
            raise WrongState
        yield row


def locked(enrolment: UUID) -> Enrolment:
    """The row, so that nobody else moves it meanwhile. Raises NotFound."""
    row = Enrolment.objects.select_for_update().filter(id=enrolment).first()
    if row is None:
        raise NotFound
    return row


def move(row: Enrolment, event: Event, *, reason: str = "", by: str = "") -> None:
    """The event happened; what is over has no picture and no code any more. Raises states.WrongState."""
    now, target = clock.now(), after(row.state, event)
    row.state, row.changed_at = target.value, now
    if target in OPEN:
        row.expires_at = now + _LASTS[target]
    else:
        row.ended_at, row.code = now, None
        portraits.drop(row.id)
    if event in {Event.APPROVED, Event.REFUSED}:
        row.reason, row.decided_by = reason, by
    row.save()


def prove(row: Enrolment, proof: Proof, *, by: str, detail: Mapping[str, Any] | None = None) -> None:
    """A proof was shown and held; the level follows. `detail` holds no picture, no number and no code."""
    row.proofs[proof.value] = {"at": clock.now().isoformat(), "by": by, "detail": dict(detail or {})}
    row.level = levels.reached(row.proofs, row.way)
    row.changed_at = clock.now()
    row.save(update_fields=["proofs", "level", "changed_at"])


def had_a_part(row: Enrolment, by: str) -> bool:
    """Whether any of its proofs is of this officer's seeing, or of what they captured without connection."""
    told = row.proofs.values()
    return by in {one.get("by") for one in told} | {one.get("detail", {}).get("captured_by") for one in told}


def tried(row: Enrolment, what: str) -> int:
    """It was tried and did not hold; how often so far."""
    row.tries[what] = int(row.tries.get(what, 0)) + 1
    row.changed_at = clock.now()
    row.save(update_fields=["tries", "changed_at"])
    return int(row.tries[what])


def give_code(row: Enrolment, code: str, *, lasts: timedelta = READY_FOR) -> None:
    """This clean code brings a row that is ready to an account, in place of a former one, until it runs out."""
    row.code, row.expires_at = codes.digest(code), clock.now() + lasts
    row.save(update_fields=["code", "expires_at"])


def is_over(row: Enrolment, now: datetime | None = None) -> bool:
    """Whether it has ended, or ran out and nobody has written it down yet."""
    return State(row.state) not in OPEN or row.expires_at <= (now or clock.now())
