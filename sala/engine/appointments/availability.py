"""Which places are free: on which days, at which times, near which time.

Free is a place that nobody has taken or whose hold has run out, that is open to everybody, within the schedule's
lead time and horizon. Nothing is counted ahead: each read asks the places themselves, by index.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sala.identity.directory import queries as directory
from sala.identity.directory.queries import OfficeCard
from sala.kit import clock, sql
from sala.kit.clock import THAILAND

NEAREST = 3
"""Times that are offered where the one chosen is taken."""
MOST_DAYS = 366

# The bounds of a schedule now. `%(midnight)s` is the beginning of today in Thailand.
_BOUNDS = """
SELECT s.id, %(now)s::timestamptz + greatest(s.lead_minutes * interval '1 minute', interval '1 microsecond') AS first,
       %(midnight)s::timestamptz + (s.horizon_days + 1) * interval '1 day' AS after
FROM appointments_schedule s
WHERE s.active AND (s.opens_at IS NULL OR s.opens_at <= %(now)s)"""
_FREE = "p.taken_by IS NULL AND p.opens_at <= %(now)s"
_LAPSED = "p.held_until < %(now)s AND p.opens_at <= %(now)s"
_WITHIN = "p.starts_at >= day.first AND p.starts_at < day.after"


def _enough(schedule: str, within: str, direction: str = "ASC") -> str:
    """The times `within` a condition that have a place for each of `people`, in order.

    Both partial indexes are read in step, and no further than is asked for: a time has enough where the place as many
    places on is of the same time. (Counting by time would read all that is free first, and so would sorting: each
    index's order is asked for by name.)
    """
    order = f"ORDER BY p.starts_at {direction}"
    side = f"SELECT p.starts_at FROM appointments_place p WHERE p.schedule_id = {schedule} AND {within}"  # noqa: S608 - constants
    return f"""
        SELECT starts_at FROM (
            SELECT starts_at, lead(starts_at, %(people)s - 1) OVER (ORDER BY starts_at {direction}) AS also
            FROM (({side} AND {_FREE} {order}) UNION ALL ({side} AND {_LAPSED} {order})) AS free
        ) AS free WHERE also = starts_at"""  # noqa: S608 - constants


MONTH = f"""
WITH schedule AS ({_BOUNDS} AND s.id = %(schedule)s)
SELECT day.number, CASE
    WHEN NOT EXISTS (
        SELECT FROM appointments_place p WHERE p.schedule_id = %(schedule)s AND {_WITHIN}) THEN 'closed'
    WHEN EXISTS ({_enough("%(schedule)s", _WITHIN)}) THEN 'free' ELSE 'full' END
FROM schedule, LATERAL (
    SELECT n AS number, greatest(schedule.first, %(from)s::timestamptz + n * interval '1 day') AS first,
           least(schedule.after, %(from)s::timestamptz + (n + 1) * interval '1 day') AS after
    FROM generate_series(0, %(days)s::int - 1) AS n
) AS day
"""  # noqa: S608 - constants
"""Each day of a range by probes of indexes, however many places there are."""

TIMES = f"""
WITH schedule AS ({_BOUNDS} AND s.id = %(schedule)s)
SELECT p.starts_at, count(*) FROM schedule JOIN appointments_place p ON p.schedule_id = schedule.id
WHERE p.starts_at >= greatest(schedule.first, %(from)s) AND p.starts_at < least(schedule.after, %(to)s)
  AND (({_FREE}) OR ({_LAPSED}))
GROUP BY p.starts_at HAVING count(*) >= %(people)s ORDER BY p.starts_at
"""  # noqa: S608 - constants

_WITHIN_SCHEDULE = "p.starts_at >= schedule.first AND p.starts_at < schedule.after"


def _side(side: str, direction: str) -> str:
    within = f"{_WITHIN_SCHEDULE} AND p.starts_at {side} %(starts_at)s AND p.starts_at IS DISTINCT FROM %(besides)s"
    return f"""
    SELECT near.starts_at FROM schedule, LATERAL (
        SELECT DISTINCT starts_at FROM ({_enough("%(schedule)s", within, direction)}) AS enough
        ORDER BY starts_at {direction} LIMIT %(limit)s) AS near"""  # noqa: S608 - constants


NEAR = f"""
WITH schedule AS ({_BOUNDS} AND s.id = %(schedule)s)
SELECT near.starts_at FROM ({_side("<", "DESC")} UNION ALL {_side(">", "ASC")}) AS near
ORDER BY abs(extract(epoch FROM near.starts_at - %(starts_at)s)), near.starts_at LIMIT %(limit)s
"""  # noqa: S608 - constants

OFFICES = f"""
WITH schedule AS ({_BOUNDS} AND s.service = %(service)s)
SELECT s.id, s.office_id, ({_enough("s.id", _WITHIN_SCHEDULE)} ORDER BY starts_at LIMIT 1)
FROM appointments_schedule s LEFT JOIN schedule ON schedule.id = s.id
WHERE s.service = %(service)s AND s.active ORDER BY s.office_id
"""  # noqa: S608 - constants


class Availability(StrEnum):
    """What a day holds for who wants to book now."""

    FREE = "free"
    FULL = "full"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class TimeChoice:
    """A time that can be chosen, and how many places it has left."""

    starts_at: datetime
    free: int


@dataclass(frozen=True, slots=True)
class OfficeChoice:
    """An office that gives a service; `next_free` is the first day with a place, None where there is none now."""

    schedule: int
    office: OfficeCard
    next_free: date | None


def offices_with(service: str, province: int | None = None) -> list[OfficeChoice]:
    """The offices at which a service (its slug) can be booked, in the directory's order; those of a province."""
    found = []
    for schedule, office, first in sql.fetch_all(OFFICES, {"service": service, "people": 1, **_now()}):
        card = directory.office(office)
        if province is None or _is_in(card, province):
            found.append(OfficeChoice(schedule, card, clock.local_day(first) if first else None))
    return found


def month(schedule: int, first: date, last: date, people: int = 1) -> dict[date, Availability]:
    """What each day from `first` to `last`, both included (`MOST_DAYS` at most), holds for `people` coming together."""
    days = min((last - first).days + 1, MOST_DAYS)
    asked = {"schedule": schedule, "from": midnight(first), "days": days, "people": people, **_now()}
    rows = dict(sql.fetch_all(MONTH, asked)) if days > 0 else {}
    return {first + timedelta(n): Availability(rows.get(n, "closed")) for n in range(days)}


def times(schedule: int, day: date, people: int = 1) -> list[TimeChoice]:
    """The times of a day at which `people` can come together, in order."""
    return times_between(schedule, day, day, people)


def times_between(schedule: int, first: date, last: date, people: int = 1) -> list[TimeChoice]:
    """The same for all days from `first` to `last`, both included."""
    asked = {"schedule": schedule, "from": midnight(first), "to": midnight(last + timedelta(1)), "people": people}
    return [TimeChoice(starts_at, free) for starts_at, free in sql.fetch_all(TIMES, asked | _now())]


def nearest(
    schedule: int, starts_at: datetime, people: int = 1, limit: int = NEAREST, *, besides: datetime | None = None
) -> list[datetime]:
    """The free times nearest to `starts_at`, before and after it but neither it nor `besides`, in their order."""
    asked = {"schedule": schedule, "starts_at": starts_at, "people": people, "limit": limit, "besides": besides}
    asked |= _now()
    return sorted(row[0] for row in sql.fetch_all(NEAR, asked))


def midnight(day: date) -> datetime:
    """When a day begins in Thailand."""
    return datetime.combine(day, time(), THAILAND).astimezone(UTC)


def _now() -> dict[str, datetime]:
    return {"now": clock.now(), "midnight": midnight(clock.today())}


def _is_in(card: OfficeCard, province: int) -> bool:
    return card.province == province or directory.office_for(card.kind, province) == card.id
