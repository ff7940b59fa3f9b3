"""What the waiting list asks of places: those not open to everybody yet, what will come by itself, who lost a time.

The list goes before everybody else: `opens_at` of a place, which gives it its head start, does not hold for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sala.engine.appointments import availability
from sala.engine.appointments.models import Booking, Schedule, Visit
from sala.engine.appointments.office import aligning, planning
from sala.engine.appointments.office.planning import Conditions
from sala.engine.appointments.states import VisitState
from sala.engine.catalogue.workdays import is_holiday
from sala.kit import clock, sql

# What is free by the partial index of free places, and what is free because a hold has run out.
_SOONEST = """
WITH bounds AS (
    SELECT greatest(%(after)s, %(now)s::timestamptz + lead_minutes * interval '1 minute') AS first,
           %(midnight)s::timestamptz + (horizon_days + 1) * interval '1 day' AS last
    FROM appointments_schedule
    WHERE id = %(schedule)s AND active AND (opens_at IS NULL OR opens_at <= %(now)s)
)
SELECT starts_at FROM (
    SELECT p.starts_at FROM appointments_place p, bounds
    WHERE p.schedule_id = %(schedule)s AND p.starts_at >= first AND p.starts_at < last AND p.taken_by IS NULL
    UNION ALL
    SELECT p.starts_at FROM appointments_place p, bounds
    WHERE p.schedule_id = %(schedule)s AND p.starts_at >= first AND p.starts_at < last AND p.held_until < %(now)s
) AS free
GROUP BY starts_at HAVING count(*) >= %(people)s ORDER BY starts_at LIMIT %(limit)s"""
_LEFT = """
SELECT (SELECT count(*) FROM (
    SELECT FROM appointments_place WHERE schedule_id = %(schedule)s AND taken_by IS NULL
        AND starts_at > %(now)s AND opens_at <= %(now)s LIMIT %(most)s) AS free)
  + (SELECT count(*) FROM (
    SELECT FROM appointments_place WHERE schedule_id = %(schedule)s AND held_until < %(now)s
        AND starts_at > %(now)s AND opens_at <= %(now)s LIMIT %(most)s) AS run_out)"""


def soonest(schedule: int, *, after: datetime, people: int = 1, limit: int = 3) -> list[datetime]:
    """The first times from `after` on at which as many places are free, whether or not everybody may book them yet."""
    asked = {
        "schedule": schedule,
        "after": after,
        "people": people,
        "limit": limit,
        "now": clock.now(),
        "midnight": availability.midnight(clock.today()),
    }
    return [row[0] for row in sql.fetch_all(_SOONEST, asked)]


def left(schedule: int, *, most: int) -> int:
    """How many places everybody may book now, counted up to `most`."""
    row = sql.fetch_one(_LEFT, {"schedule": schedule, "most": most, "now": clock.now()})
    return min(most, int(row[0])) if row else 0


@dataclass(frozen=True, slots=True)
class Ahead:
    """What comes into the calendar of a schedule by itself, as hours and closures stand."""

    conditions: Conditions

    def works(self, day: date) -> bool:
        """Whether the office gives the service on `day`."""
        return self.times(day) > 0

    def times(self, day: date) -> int:
        """How many times `day` has at which visits begin."""
        return len(planning.times_on(self.conditions, day, is_holiday))

    def comes_in(self, day: date) -> date:
        """The day whose places are made in the night to `day`: the last one of the horizon."""
        return day + timedelta(days=self.conditions.horizon_days)


def of_schedule(schedule: int) -> Ahead:
    return Ahead(aligning.conditions_of([Schedule.objects.get(id=schedule)])[schedule])


def displaced(schedule: int) -> list[Visit]:
    """Visits whose time the office took back and that have no other yet, those that were due first first."""
    return list(Visit.objects.filter(schedule=schedule, state=VisitState.DISPLACED).order_by("starts_at", "id"))


def displaced_schedules() -> set[int]:
    """The schedules of which any visit lost its time."""
    rows = Visit.objects.filter(state=VisitState.DISPLACED).order_by().values_list("schedule_id", flat=True)
    return set(rows.distinct())


def displaced_at(offices: frozenset[int]) -> list[Visit]:
    """The same, of whole offices."""
    mine = Visit.objects.filter(office__in=offices, state=VisitState.DISPLACED).select_related("schedule")
    return list(mine.order_by("starts_at", "id"))


def persons(visit: Visit) -> list[str]:
    """Whom a visit is for, as its bookings name them."""
    return list(Booking.objects.filter(visit=visit).order_by("id").values_list("person", flat=True))


def booked_already(service: str, persons_: list[str]) -> bool:
    """Whether any of them has a standing appointment for the service."""
    return Booking.objects.filter(service=service, person__in=persons_, active=True).exists()
