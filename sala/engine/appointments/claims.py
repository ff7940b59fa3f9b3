"""Taking places, so that no two people get the same one: what holding, booking and moving share.

A claim passes over places that somebody else is taking this moment (SKIP LOCKED). Whoever finds too few so, although
the rows say that there are enough, tries again, since those others may yet roll back; only after `PATIENCE`, or once
the rows say that there are too few, is the time taken. Nobody waits for a place with a lock in hand: so no two can
wait for each other, and nobody stands in line behind those who get nothing (docs/decisions/0070.md).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction
from psycopg import errors

from sala.engine.appointments import availability, rules, words
from sala.engine.catalogue.workdays import is_business_day
from sala.kit import clock, sql
from sala.kit.errors import Conflict, Fault, Invalid, NotFound

R = TypeVar("R")

PATIENCE = 2.0
"""Seconds after which a claim gives up on others' transactions."""
_PAUSE, _LONGEST_PAUSE = 0.002, 0.1  # seconds between two tries, growing: most transactions end within milliseconds
PATIENT = f"SELECT set_config('lock_timeout', '{PATIENCE}s', true)"
"""The same for whatever else a claim's statement may wait for, such as another booking of the same person: part of
the statement, so that it costs no round trip. It holds to the end of the transaction."""

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

A statement begins `WITH patience AS MATERIALIZED (PATIENT), place AS MATERIALIZED (PLACE)`, claims nothing unless
`place` has as many rows as `people`, and selects whether it did and else `LEFT`.
"""
PLACE = f"""{PLACES}
    ORDER BY p.taken_by IS DISTINCT FROM %(holder)s, p.taken_by IS NOT NULL, p.number
    LIMIT %(people)s FOR UPDATE OF p SKIP LOCKED"""
"""One's own first, then what nobody keeps; a hold that has run out last, since its holder may still come."""
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


class _Missed(Exception):
    """Too few places were to be had. `left`: how many there seem to be."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left


def claim(
    values: Mapping[str, Any], work: Callable[[], R], *, one_statement: bool = False, writes_first: bool = False
) -> R:
    """Do `work`, which calls `places`, in one transaction; again where others were in the way.

    What a failed try has locked is let go before the next. `one_statement`: outside a transaction it needs none.
    `writes_first`: before it calls `places`. Raises Taken; Invalid where nobody can book that time; Busy where the
    same person is booking somewhere else.
    """
    ends, pause = time.monotonic() + PATIENCE, _PAUSE
    nested, waited = connection.in_atomic_block, False
    while True:
        try:
            with nullcontext() if one_statement and not nested else transaction.atomic():
                try:
                    return work()
                except _Missed as missed:
                    left = missed.left
                    # Nothing was written: a commit lets go of the locks as well, and unlike a roll-back it leaves
                    # the connection its prepared statements.
                    if nested or writes_first:
                        transaction.set_rollback(True)
            if left < values["people"] or time.monotonic() > ends:
                raise refusal(values)
        except OperationalError as error:
            if not _ran_out(error):
                raise
            if not _of_a_place(error):
                raise Busy from None
            if waited and time.monotonic() > ends:
                raise refusal(values) from None
            waited = True  # that one place was not to be had says nothing of the others: once more, whatever the hour
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - only so that not all come back at one moment
        pause = min(2 * pause, _LONGEST_PAUSE)


def places(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Run a claiming statement; its row, once it got places for all. Within `claim`."""
    row = sql.fetch_one(statement, values)
    assert row  # noqa: S101 - it selects constants
    if not row[0]:
        raise _Missed(row[1])
    return row


def parameters(
    *, schedule: int, starts_at: datetime, people: int, ahead: bool, now: datetime, holder: object = None
) -> dict[str, Any]:
    """What `PLACES` asks for. Raises Invalid where no claim could make sense."""
    faults = []
    if starts_at.tzinfo is None:
        faults.append(Fault("starts_at", "no_offset", words.NAIVE))
    elif starts_at > now + rules.FURTHEST:  # judged first: a visit at the end of the calendar could not end
        faults.append(Fault("starts_at", rules.Fault.TOO_FAR, words.FAULTS[rules.Fault.TOO_FAR]))
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
        "besides": None,
    }


def _ran_out(error: OperationalError) -> bool:
    """Whether it means that somebody else's transaction was waited for in vain."""
    return isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected)


def _of_a_place(error: OperationalError) -> bool:
    # PostgreSQL passes over locked rows, but not always over the lock on a row's newer version.
    cause = error.__cause__
    return isinstance(cause, errors.Error) and "appointments_place" in (cause.diag.context or "")


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
    near = availability.nearest(values["schedule"], starts_at, values["people"], besides=values["besides"])
    return Taken(tuple(near))
