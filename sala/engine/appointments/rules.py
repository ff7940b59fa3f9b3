"""When there are places, which time may be booked, and what may become of a visit: pure decisions.

Days and hours of an office are Thailand's, which has one offset all year; moments are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sala.engine.appointments.states import VisitState
from sala.kit.clock import THAILAND

HOLD = timedelta(minutes=10)
"""How long a place that was chosen is kept while its form is filled in."""
MOST_PEOPLE = 10
"""People in one visit."""
SECOND_CHANCE = timedelta(days=7)
"""How long after a missed visit its time can still be changed, once."""
FURTHEST = timedelta(days=400)
"""No schedule is booked so far ahead (its horizon is 366 days at most)."""
NEAR = timedelta(hours=3)
"""A place freed so shortly before its time is open to everybody at once."""
_WEEKDAY_HOURS = ((time(8, 30), time(12)), (time(13), time(16, 30)))


@dataclass(frozen=True, slots=True)
class Opening:
    """A span of an office's week, in Thailand's time; a lunch break lies between two of them. 0 is Monday."""

    weekday: int
    opens: time
    closes: time


USUAL_HOURS = tuple(Opening(day, opens, closes) for day in range(5) for opens, closes in _WEEKDAY_HOURS)


def times_of(day: date, hours: Sequence[Opening], minutes: int) -> list[datetime]:
    """The moments of `day` at which a visit of `minutes` can begin and still end within the same opening, in order."""
    found: set[datetime] = set()
    for opening in hours:
        if opening.weekday == day.weekday():
            found |= set(_within(day, opening, timedelta(minutes=minutes)))
    return sorted(found)


def _within(day: date, opening: Opening, length: timedelta) -> Iterable[datetime]:
    moment = datetime.combine(day, opening.opens, THAILAND)
    closes = datetime.combine(day, opening.closes, THAILAND)
    while moment + length <= closes:
        yield moment.astimezone(UTC)
        moment += length


def ends_at(starts_at: datetime, minutes: int) -> datetime:
    """When a visit that begins then is over."""
    return starts_at + timedelta(minutes=minutes)


def is_late(number: int, *, starts_at: datetime, minutes: int, counters: int, percent: int) -> bool:
    """Whether place `number` (from 1) of a slot is one of the share that is opened late.

    The share is exact over many slots even where a slot has one counter only: each slot gives what its turn in
    the sequence of slots makes due, and gives its last numbers.
    """
    turn = int(starts_at.timestamp()) // (minutes * 60)
    due = (turn + 1) * counters * percent // 100 - turn * counters * percent // 100
    return number > counters - due


def opens_at(
    number: int,
    *,
    starts_at: datetime,
    minutes: int,
    counters: int,
    late_percent: int,
    late_hours: int,
    not_before: datetime,
) -> datetime:
    """From when everybody can book place `number` of a slot: `not_before`, or shortly before its time if it is late."""
    if is_late(number, starts_at=starts_at, minutes=minutes, counters=counters, percent=late_percent):
        return max(not_before, starts_at - timedelta(hours=late_hours))
    return not_before


def reopens_at(now: datetime, starts_at: datetime, *, delay: timedelta) -> datetime:
    """From when everybody can book a place freed now. `delay` was drawn by lot, so that nobody can give a place to
    somebody by cancelling; shortly before its time there is none to lose."""
    return now if starts_at - now <= NEAR else now + delay


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which moments a visit booked now can begin: `first` <= it < `after`. Empty where `first` >= `after`."""

    first: datetime
    after: datetime


def bounds(now: datetime, *, lead_minutes: int, horizon_days: int) -> Bounds:
    """What a schedule's lead time and horizon allow now: the horizon's last day is booked whole."""
    midnight = datetime.combine(now.astimezone(THAILAND).date(), time(), THAILAND)
    after = midnight + timedelta(days=horizon_days + 1)
    return Bounds(now + timedelta(minutes=lead_minutes), after.astimezone(UTC))


class Fault(StrEnum):
    """Why a time cannot be booked."""

    PAST = "past"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    NOT_OPEN_YET = "not_open_yet"


def fault_of(
    starts_at: datetime, now: datetime, *, lead_minutes: int, horizon_days: int, opens: datetime | None
) -> Fault | None:
    """Why this moment is out of bounds; None if it is within them."""
    limits = bounds(now, lead_minutes=lead_minutes, horizon_days=horizon_days)
    if starts_at <= now:
        return Fault.PAST
    if starts_at < limits.first:
        return Fault.TOO_SOON
    if starts_at >= limits.after:
        return Fault.TOO_FAR
    return Fault.NOT_OPEN_YET if opens is not None and now < opens else None


class Change(StrEnum):
    """What can happen to a visit."""

    MOVED = "moved"
    DISPLACED = "displaced"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    MISSED = "missed"


S = VisitState
STANDING = frozenset({S.BOOKED, S.DISPLACED})
TRANSITIONS: Mapping[Change, Mapping[VisitState, VisitState]] = {
    # A missed visit may be moved too, within bounds (may_move). An officer who marked one missed may see it come in.
    Change.MOVED: {S.BOOKED: S.BOOKED, S.DISPLACED: S.BOOKED, S.MISSED: S.BOOKED},
    Change.DISPLACED: {S.BOOKED: S.DISPLACED},
    Change.CANCELLED: {S.BOOKED: S.CANCELLED, S.DISPLACED: S.CANCELLED},
    Change.ATTENDED: {S.BOOKED: S.ATTENDED, S.MISSED: S.ATTENDED},
    Change.MISSED: {S.BOOKED: S.MISSED},
}


def after(state: VisitState, change: Change) -> VisitState | None:
    """The state after `change`, or None if it cannot happen in `state`."""
    return TRANSITIONS[change].get(state)


class Refusal(StrEnum):
    """Why a visit's time cannot be changed."""

    ENDED = "ended"
    TOO_LATE = "too_late"  # its time has passed, and so has the second chance
    USED_UP = "used_up"


def may_move(
    state: VisitState,
    *,
    starts_at: datetime,
    now: datetime,
    moves: int,
    most_moves: int,
    had_second_chance: bool,
    free_of_charge: bool,
) -> Refusal | None:
    """Whether a visit's time may be changed now; why not, otherwise.

    `free_of_charge`: the change is not the visitor's wish and does not count. A displaced visit always may. One
    whose time has passed may once, within `SECOND_CHANCE`, whether or not it was marked missed.
    """
    if after(state, Change.MOVED) is None:
        return Refusal.ENDED
    if state is S.DISPLACED:
        return None
    if state is S.MISSED or starts_at <= now:
        return Refusal.TOO_LATE if had_second_chance or now > starts_at + SECOND_CHANCE else None
    return Refusal.USED_UP if moves >= most_moves and not free_of_charge else None
