"""Keeping a place for ten minutes while its form is filled in. A hold that has run out is free without a sweeper."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from sala.engine.appointments import claims, rules
from sala.engine.appointments.claims import Taken
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.kit import clock, ratelimit, sql

__all__ = ["AN_HOUR", "Held", "Taken", "held_of", "hold", "release"]

AN_HOUR = 3600
HOLDS_AN_ACCOUNT = 60
"""An hour: who changes their mind more often than that is not choosing a time."""

HOLD = f"""
WITH patience AS MATERIALIZED ({claims.PATIENT}), place AS MATERIALIZED ({claims.PLACE}), held AS (
    UPDATE appointments_place p SET taken_by = %(holder)s, held_until = CASE
        WHEN {claims.MINE} AND p.held_until >= %(now)s THEN p.held_until ELSE %(until)s::timestamptz END
    FROM place WHERE p.id = place.id AND (SELECT count(*) FROM place) = %(people)s
    RETURNING p.held_until
), given_back AS ({claims.GIVE_BACK})
SELECT (SELECT count(*) FROM held) > 0,
       CASE WHEN (SELECT count(*) FROM held) = 0 THEN {claims.LEFT} END,
       (SELECT min(held_until) FROM held)
"""  # noqa: S608 - constants
"""The hot statement: a hold that somebody repeats keeps its end, a new choice gives the former one back."""

_HELD = """
SELECT schedule_id, starts_at, min(held_until), count(*) FROM appointments_place
WHERE taken_by = %(holder)s AND held_until IS NOT NULL GROUP BY schedule_id, starts_at
ORDER BY min(held_until) DESC LIMIT 1"""
_RELEASE = """
UPDATE appointments_place SET taken_by = NULL, held_until = NULL WHERE id IN (
    SELECT id FROM appointments_place WHERE taken_by = ANY(%(holders)s) AND held_until IS NOT NULL
    FOR UPDATE SKIP LOCKED)"""


@dataclass(frozen=True, slots=True)
class Held:
    """A place, or as many as there are `people`, kept until a moment. Past it, it is kept until somebody takes it."""

    starts_at: datetime
    until: datetime
    schedule: int
    people: int


def hold(
    *,
    schedule: int,
    starts_at: datetime,
    people: int = 1,
    holder: UUID,
    until: datetime | None = None,
    ahead: bool = False,
    network: str = "",
    by: Actor = ANONYMOUS,
) -> Held:
    """Keep `people` places at this time for `holder` (a draft, an offer), until `until` or for ten minutes.

    A repetition changes nothing, not the end either; another choice releases the former one in the same statement,
    and where it fails the former stays. `ahead`: for the waiting list, which comes before `opens_at`.
    Raises Taken with the nearest free times, Invalid where nobody can book that time, TooMany.
    """
    now = clock.now()
    values = claims.parameters(
        schedule=schedule, starts_at=starts_at, people=people, ahead=ahead, now=now, holder=holder
    )
    limit(network, by, people)
    values |= {"until": until or now + rules.HOLD}
    row = claims.claim(values, lambda: claims.places(HOLD, values), one_statement=True)
    return Held(starts_at, row[2], schedule, people)


def limit(network: str, by: Actor, people: int = 1) -> None:
    """Count a choice of this account, and of this network each place that it keeps. Raises TooMany."""
    if network:
        ratelimit.hit(f"hold:network:{network}", settings.HOLDS_A_NETWORK, AN_HOUR, times=people)
    if by.account_id:
        ratelimit.hit(f"hold:{by.label}", HOLDS_AN_ACCOUNT, AN_HOUR)


def release(*, holder: UUID) -> None:
    """Give back what `holder` keeps; nothing, where it keeps nothing or somebody is taking it this moment."""
    release_all([holder])


def release_all(holders: Collection[UUID]) -> None:
    """The same for several."""
    if holders:
        sql.execute(_RELEASE, {"holders": list(holders)})


def held_of(holder: UUID) -> Held | None:
    """What `holder` keeps, its end perhaps past; None once it was booked, released, or taken by somebody else."""
    row = sql.fetch_one(_HELD, {"holder": holder})
    return Held(row[1], row[2], row[0], row[3]) if row else None
