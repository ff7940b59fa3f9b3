"""Taking places, so that no two people get the same one: what holding, booking and moving share.

A claim first passes over places that somebody else is taking this moment (SKIP LOCKED): nobody waits. Whoever
finds too few so, although the rows say that there are enough, claims once more, waiting for those others: they may
yet roll back. That second claim takes its locks by id, so that two families cannot wait for each other, and waits
for `PATIENCE` at most. Only then is the time taken (docs/decisions/0070.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg import errors

from sala.engine.appointments import availability, rules, words
from sala.engine.catalogue.workdays import is_business_day
from sala.kit import clock, sql
from sala.kit.errors import Conflict, Fault, Invalid, NotFound

PATIENCE = "SELECT set_config('lock_timeout', '2s', true)"
"""How long a claim waits for another's transaction: part of its statement, so that it costs no round trip. It holds
to the end of the transaction, and is looked at when a wait begins."""

MINE = "(p.taken_by = %(holder)s AND p.held_until IS NOT NULL)"
FREE = "(p.taken_by IS NULL OR p.held_until < %(now)s)"
PLACES = f"""
    SELECT p.id FROM patience, appointments_schedule s JOIN appointments_place p ON p.schedule_id = s.id
    WHERE s.id = %(schedule)s AND s.active AND p.starts_at = %(starts_at)s AND p.starts_at > %(now)s
      AND ({MINE} OR (
        {FREE} AND (%(ahead)s OR (p.opens_at <= %(now)s AND (s.opens_at IS NULL OR s.opens_at <= %(now)s)))
        AND p.starts_at >= %(now)s::timestamptz + s.lead_minutes * interval '1 minute'
        AND p.starts_at < %(midnight)s::timestamptz + (s.horizon_days + 1) * interval '1 day'))
"""  # noqa: S608 - constants
"""The places of a time that `holder` may take now: its own holds, and the free ones that are open to it.

A statement names `patience` first: `WITH patience AS MATERIALIZED (PATIENCE), place AS MATERIALIZED (PASSING) …`.
"""
PASSING = f"""{PLACES}
    ORDER BY p.taken_by IS DISTINCT FROM %(holder)s, p.taken_by IS NOT NULL, p.number
    LIMIT %(people)s FOR UPDATE OF p SKIP LOCKED"""
"""One's own first, then what nobody keeps; a hold that has run out last, since its holder may still come."""
WAITING = f"""{PLACES}
    ORDER BY p.id LIMIT %(people)s FOR UPDATE OF p"""
LEFT = f"(SELECT count(*) FROM ({PLACES}) AS left_over)"  # noqa: S608 - constants
"""How many there seem to be, those included that somebody is taking this moment."""
GIVE_BACK = """
    UPDATE appointments_place SET taken_by = NULL, held_until = NULL WHERE id IN (
        SELECT id FROM appointments_place
        WHERE taken_by = %(holder)s AND held_until IS NOT NULL AND id NOT IN (SELECT id FROM place)
          AND (SELECT count(*) FROM place) = %(people)s
        FOR UPDATE SKIP LOCKED)"""
"""A holder's other holds. One that somebody is taking this moment has run out, and is theirs."""


class Busy(Conflict):
    """The same person is booking somewhere else this moment, and does not come to an end."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__(words.BUSY)


class Taken(Conflict):
    """The time is not free for so many (R-001.54). `alternatives`: the nearest that are, at most three."""

    code = "place_taken"

    def __init__(self, alternatives: tuple[datetime, ...]) -> None:
        super().__init__(words.taken(alternatives))
        self.alternatives = alternatives


def claim(passing: str, waiting: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Run a claiming statement, `passing` first; its row, whose first column says whether it succeeded.

    The second column says how many places there seem to be where it did not. Raises Taken, or Invalid where the time
    cannot be booked by anybody. Nothing stays locked by a claim that failed.
    """
    try:
        row = _try(passing, values)
    except OperationalError as error:
        raise (Busy() if ran_out(error) else error) from None
    if not row[0] and row[1] >= values["people"]:
        row = _wait(waiting, values) or row
    if row[0]:
        return row
    raise refusal(values)


def parameters(
    *, schedule: int, starts_at: datetime, people: int, ahead: bool, now: datetime, holder: object = None
) -> dict[str, Any]:
    """What `PLACES` asks for. Raises Invalid where no claim could make sense."""
    faults = []
    if starts_at.tzinfo is None:
        faults.append(Fault("starts_at", "no_offset", words.NAIVE))
    if not 1 <= people <= rules.MOST_PEOPLE:
        faults.append(Fault("people", "people", words.people(rules.MOST_PEOPLE)))
    if faults:
        raise Invalid(faults)
    return {
        "schedule": schedule,
        "starts_at": starts_at,
        "people": people,
        "ahead": ahead,
        "holder": holder,
        "now": now,
        "midnight": availability.midnight(clock.local_day(now)),
    }


def _try(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    # Outside a transaction, a statement's locks end with it; one place is locked or not, never half of a family's.
    if values["people"] == 1 or not connection.in_atomic_block:
        return _row(statement, values)
    before = transaction.savepoint()
    row = _row(statement, values)
    if not row[0]:
        transaction.savepoint_rollback(before)
    return row


def _wait(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The row of the waiting claim; None when patience ran out."""
    try:
        with transaction.atomic():
            row = _row(statement, values)
            if not row[0]:
                transaction.set_rollback(True)
            return row
    except OperationalError as error:
        if ran_out(error):
            return None
        raise


def ran_out(error: OperationalError) -> bool:
    """Whether it means that somebody else's transaction was waited for in vain."""
    return isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected)


def _row(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    row = sql.fetch_one(statement, values)
    assert row  # noqa: S101 - it selects constants
    return row


_SCHEDULE = """
SELECT active, counters, lead_minutes, horizon_days, opens_at,
       (SELECT count(*) FROM appointments_place p WHERE p.schedule_id = s.id AND p.starts_at = %(starts_at)s)
FROM appointments_schedule s WHERE id = %(schedule)s"""


def refusal(values: Mapping[str, Any]) -> Taken | Invalid | NotFound:
    """Why a claim failed: the time cannot be booked at all, or others have it."""
    row = sql.fetch_one(_SCHEDULE, values)
    if row is None:
        return NotFound(words.NO_BOOKINGS_HERE)
    active, counters, lead, horizon, opens, places = row
    if not active:
        return Invalid([Fault("schedule", "not_active", words.NO_BOOKINGS_HERE)])
    starts_at, now = values["starts_at"], values["now"]
    fault = rules.fault_of(starts_at, now, lead_minutes=lead, horizon_days=horizon, opens=opens)
    if fault and not (fault is rules.Fault.NOT_OPEN_YET and values["ahead"]):
        return Invalid([Fault("starts_at", fault, words.FAULTS[fault])])
    if not places:
        holiday = not is_business_day(clock.local_day(starts_at))
        return Invalid([Fault("starts_at", "holiday" if holiday else "no_such_time", words.NO_SUCH_TIME)])
    if values["people"] > max(counters, places):
        return Invalid([Fault("people", "people", words.people(max(counters, places)))])
    return Taken(tuple(availability.nearest(values["schedule"], starts_at, values["people"])))
