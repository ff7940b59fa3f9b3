"""Which places there should be: at every time as many as the office can serve at that time, and not one more.

Pure: the present is given, nothing is read or written. A visit that was promised keeps its time while the counters
can still serve it then, also where it no longer lies on the grid of times (the minutes were changed); what is left
beside it is offered to others. So at no moment are more people expected than there are counters (R-001.58).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from sala.engine.appointments.rules import Opening, times_of
from sala.kit.clock import THAILAND, local_day

IsHoliday = Callable[[date], bool]
_DAY = timedelta(days=1)


class Span(NamedTuple):
    """A time from and until, both aware; the end is not part of it."""

    starts_at: datetime
    ends_at: datetime

    def touches(self, other: Span) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


class Promised(NamedTuple):
    """A visit that takes counters. `fixed`: it has begun or been attended, so nothing can displace it."""

    visit: UUID
    starts_at: datetime
    people: int
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """What decides which places a schedule has."""

    minutes: int
    counters: int
    horizon_days: int
    active: bool
    hours: tuple[Opening, ...]
    closed: tuple[Span, ...] = ()

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def serving(self) -> int:
        """Counters at which anybody is served at all."""
        return self.counters if self.active else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """`places`: how many there should be at each time, taken ones included; at any other time only the taken ones.

    `displaced`: visits that the office can no longer serve at their time.
    """

    places: Mapping[datetime, int]
    displaced: tuple[UUID, ...]


class Rows(NamedTuple):
    """What there is at one time: places nobody has booked (free or held), and those of visits."""

    open: int
    booked: int


class Difference(NamedTuple):
    """How many free places go and come when the rows become what the plan says."""

    goes: int
    comes: int


def plan(
    conditions: Conditions,
    *,
    now: datetime,
    promised: Iterable[Promised],
    is_holiday: IsHoliday,
    within: Span | None = None,
) -> Plan:
    """The places of a schedule from `now` on, or of some whole days (`within`): no visit lasts into the next day.

    Who booked first keeps the place first: `promised` is taken in the order of the visits' keys, which is the order
    of booking.
    """
    stays = _Stays(conditions.length)
    displaced = []
    for one in sorted(promised, key=lambda one: (not one.fixed, one.visit)):
        if one.fixed or _can_serve(conditions, one, stays, is_holiday):
            stays.add(one.starts_at, one.people)
        else:
            displaced.append(one.visit)
    times = _offered(conditions, now, is_holiday, within) if conditions.serving else []
    return Plan({at: _total(conditions, at, stays) for at in times}, tuple(displaced))


def times_on(conditions: Conditions, day: date, is_holiday: IsHoliday) -> list[datetime]:
    """When visits begin on `day`: the times of the opening hours, without those that a closure touches."""
    if is_holiday(day):
        return []
    times = times_of(day, conditions.hours, conditions.minutes)
    closed = _closed_on(conditions, day)
    return [at for at in times if not any(one.touches(Span(at, at + conditions.length)) for one in closed)]


def is_open(conditions: Conditions, span: Span, is_holiday: IsHoliday) -> bool:
    """Whether the office is open, without a break, for the whole of `span`."""
    day = local_day(span.starts_at)
    if is_holiday(day) or any(one.touches(span) for one in conditions.closed):
        return False
    return any(
        opened.starts_at <= span.starts_at and span.ends_at <= opened.ends_at
        for opened in (_span(day, one) for one in conditions.hours if one.weekday == day.weekday())
    )


def difference(made: Plan, rows: Mapping[datetime, Rows], gone: Mapping[datetime, int]) -> Difference:
    """What becomes of `rows`; `gone` are the places of displaced visits by time, which go with them."""
    goes = comes = 0
    for at in rows.keys() | made.places.keys():
        here = rows.get(at, Rows(0, 0))
        booked = here.booked - gone.get(at, 0)
        wanted = max(0, made.places.get(at, 0) - booked)
        goes += max(0, here.open - wanted)
        comes += max(0, wanted - here.open)
    return Difference(goes, comes)


def merged(hours: Iterable[Opening]) -> tuple[Opening, ...]:
    """In order of the week, each once."""
    return tuple(sorted(set(hours), key=lambda one: (one.weekday, one.opens)))


def overlapping(hours: Sequence[Opening]) -> list[Opening]:
    """Openings that begin before the one before them has ended."""
    in_order = merged(hours)
    return [
        later
        for earlier, later in pairwise(in_order)
        if earlier.weekday == later.weekday and later.opens < earlier.closes
    ]


def whole_days(span: Span) -> Span:
    """From the midnight before `span` begins to the one after it ends."""
    after = local_day(span.ends_at - timedelta.resolution) + _DAY
    return Span(_moment(local_day(span.starts_at), time()), _moment(after, time()))


def _offered(conditions: Conditions, now: datetime, is_holiday: IsHoliday, within: Span | None) -> list[datetime]:
    today, last = local_day(now), local_day(now) + timedelta(days=conditions.horizon_days)
    if within:
        today, last = max(today, local_day(within.starts_at)), min(last, local_day(within.ends_at) - _DAY)
    days = (today + timedelta(days=ahead) for ahead in range((last - today).days + 1))
    return [at for day in days for at in times_on(conditions, day, is_holiday) if at > now]


def _can_serve(conditions: Conditions, one: Promised, stays: _Stays, is_holiday: IsHoliday) -> bool:
    span = Span(one.starts_at, one.starts_at + conditions.length)
    if not is_open(conditions, span, is_holiday):
        return False
    return stays.most(one.starts_at) + one.people <= conditions.serving


def _total(conditions: Conditions, at: datetime, stays: _Stays) -> int:
    """Those who come at this time, and as many more as the counters have room for until they are done."""
    return stays.at(at) + max(0, conditions.serving - stays.most(at))


def _closed_on(conditions: Conditions, day: date) -> list[Span]:
    whole = Span(_moment(day, time()), _moment(day + _DAY, time()))
    return [one for one in conditions.closed if one.touches(whole)]


def _span(day: date, opening: Opening) -> Span:
    return Span(_moment(day, opening.opens), _moment(day, opening.closes))


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, THAILAND)


@dataclass(slots=True)
class _Stays:
    """People at the counters, by the time at which they sit down; each stays `length`."""

    length: timedelta
    _starts: list[datetime] = field(default_factory=list)
    _people: dict[datetime, int] = field(default_factory=dict)

    def add(self, at: datetime, people: int) -> None:
        if at not in self._people:
            insort(self._starts, at)
        self._people[at] = self._people.get(at, 0) + people

    def at(self, moment: datetime) -> int:
        """How many sit down at this very time."""
        return self._people.get(moment, 0)

    def most(self, at: datetime) -> int:
        """The most that are at the counters at any moment of a stay that begins `at`."""
        near = self._starts[bisect_right(self._starts, at - self.length) : bisect_left(self._starts, at + self.length)]
        # It can only grow when somebody sits down.
        moments = [at, *(start for start in near if start > at)]
        return max(sum(self._people[s] for s in near if moment - self.length < s <= moment) for moment in moments)
