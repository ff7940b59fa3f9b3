"""Promised times: when an answer is due, when officers are warned, what a pause moves.

Calendar days are hours: a promise of three days ends exactly 72 hours after it was made.
Business time runs on business days alone, all 24 hours of them, so that who files
earlier is never answered later, and what is paused resumes with what was left.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from sala.engine.catalogue.declaration import Leg
from sala.engine.catalogue.workdays import is_business_day
from sala.kit.clock import THAILAND, local_day

IsOpen = Callable[[date], bool]

_DAY = timedelta(days=1)


def due(leg: Leg, start: datetime) -> datetime:
    """When the promise made at `start` (aware) falls due."""
    return due_at(leg, start, is_business_day)


def warn(leg: Leg, start: datetime) -> datetime:
    """When officers are warned that the promise made at `start` (aware) will fall due."""
    return _after(leg, start, span(leg.warn), is_business_day)


def resumed(leg: Leg, at: datetime, *, paused_at: datetime, resumed_at: datetime) -> datetime:
    """Where the moment `at` (due or warn) moves when the clock stood still between the two others."""
    return shifted(leg, at, paused_at, resumed_at, is_business_day)


def span(text: str) -> timedelta:
    """`30h` or `3d` as a length of time."""
    count = int(text[:-1])
    return timedelta(hours=count) if text.endswith("h") else timedelta(days=count)


def due_at(leg: Leg, start: datetime, is_open: IsOpen) -> datetime:
    """`due` with the business days given."""
    return _after(leg, start, span(leg.within), is_open)


def shifted(leg: Leg, at: datetime, paused_at: datetime, resumed_at: datetime, is_open: IsOpen) -> datetime:
    """`resumed` with the business days given. A moment that had passed before the pause stays."""
    if at <= paused_at:
        return at
    if leg.calendar == "calendar_days":
        return at + (resumed_at - paused_at)
    return _advance(resumed_at, _business_time(paused_at, at, is_open), is_open)


def _after(leg: Leg, start: datetime, length: timedelta, is_open: IsOpen) -> datetime:
    return start + length if leg.calendar == "calendar_days" else _advance(start, length, is_open)


def _advance(start: datetime, length: timedelta, is_open: IsOpen) -> datetime:
    """The first moment by which `length` of business time has run since `start`."""
    moment = start
    while length > timedelta(0):
        midnight = _next_midnight(moment)
        if is_open(local_day(moment)):
            step = min(length, midnight - moment)
            moment, length = moment + step, length - step
        else:
            moment = midnight
    return moment.astimezone(start.tzinfo)


def _business_time(start: datetime, end: datetime, is_open: IsOpen) -> timedelta:
    total, moment = timedelta(0), start
    while moment < end:
        midnight = min(end, _next_midnight(moment))
        if is_open(local_day(moment)):
            total += midnight - moment
        moment = midnight
    return total


def _next_midnight(moment: datetime) -> datetime:
    return datetime.combine(local_day(moment) + _DAY, time(), THAILAND)
