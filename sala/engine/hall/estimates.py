"""How long people will wait: the hall played forward, with the counters that are open now. Pure.

Twice: once with quick officers and nobody else coming, once with slow ones and everybody who booked coming in time.
What lies between is told as a range, since a single figure would be false most of the time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sala.engine.hall.rules import Turn, turn
from sala.kit.text import Text

QUICK, SLOW = 0.8, 1.3
"""How much faster or slower than planned officers may work."""
STEP = 5
"""Minutes to which a range is rounded, outwards."""
_AT_LEAST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody in line, or (`arrives_at` later than now) expected. `work`: what they take at a counter."""

    ticket: UUID
    service: str
    booked: bool
    due_at: datetime
    work: timedelta
    arrives_at: datetime
    counter: int | None = None
    """The counter they were sent to."""

    def turn(self, now: datetime) -> Turn:
        return turn(booked=self.booked, due_at=self.due_at, ticket=self.ticket, now=now)


@dataclass(frozen=True, slots=True)
class Desk:
    """An open counter, and since when whom it serves. No services = all."""

    id: int
    services: frozenset[str]
    since: datetime | None = None
    work: timedelta = timedelta()

    def takes(self, waiter: Waiter) -> bool:
        if waiter.counter is not None:
            return waiter.counter == self.id
        return not self.services or waiter.service in self.services

    def free_at(self, now: datetime, pace: float) -> datetime:
        return now if self.since is None else max(self.since + self.work * pace, now + _AT_LEAST)


class Range(NamedTuple):
    """Minutes until called."""

    low: int
    high: int

    @property
    def words(self) -> Text:
        return words(self.low, self.high)


def words(low: int, high: int) -> Text:
    """A wait as it is told: `15–30 minutes`, `up to 10 minutes`."""
    if low == 0:
        return Text(th=f"ไม่เกิน {high} นาที", en=f"up to {high} minutes")
    return Text(th=f"{low}–{high} นาที", en=f"{low}–{high} minutes")


def waits(
    line: Sequence[Waiter], desks: Sequence[Desk], *, now: datetime, coming: Iterable[Waiter] = ()
) -> dict[UUID, Range]:
    """Each of the line with their expected wait; those whom no open counter can take are left out."""
    soonest = _played(line, desks, now=now, pace=QUICK)
    wanted = frozenset(waiter.ticket for waiter in line)
    latest = _played([*line, *coming], desks, now=now, pace=SLOW, until=wanted)
    return {
        ticket: _rounded(min(soonest[ticket], latest[ticket]) - now, max(soonest[ticket], latest[ticket]) - now)
        for ticket in soonest
        if ticket in latest
    }


def ahead(line: Sequence[Waiter], desks: Sequence[Desk], *, now: datetime) -> dict[UUID, int]:
    """How many stand before each in line, counting those for whom the same counters, or the same service, are."""
    ordered = sorted(line, key=lambda waiter: waiter.turn(now))
    takers = [frozenset(desk.id for desk in desks if desk.takes(waiter)) for waiter in ordered]
    return {
        waiter.ticket: sum(
            1 for other in range(place) if takers[place] & takers[other] or ordered[other].service == waiter.service
        )
        for place, waiter in enumerate(ordered)
    }


def _rounded(low: timedelta, high: timedelta) -> Range:
    steps_low = int(low.total_seconds() // (60 * STEP))
    steps_high = -int(-high.total_seconds() // (60 * STEP))
    return Range(steps_low * STEP, max(steps_high, steps_low + 1) * STEP)


def _played(
    waiters: Iterable[Waiter],
    desks: Sequence[Desk],
    *,
    now: datetime,
    pace: float,
    until: frozenset[UUID] = frozenset(),
) -> dict[UUID, datetime]:
    """When each is called, if the counter that is free first always calls whose turn it then is."""
    ordered = sorted(waiters, key=lambda waiter: (waiter.due_at, waiter.ticket))
    booked = {waiter.ticket: waiter for waiter in ordered if waiter.booked}
    others = {waiter.ticket: waiter for waiter in ordered if not waiter.booked}
    free = [(desk.free_at(now, pace), desk.id) for desk in desks]
    by_id = {desk.id: desk for desk in desks}
    heapq.heapify(free)
    called: dict[UUID, datetime] = {}
    missing = set(until)
    while free and (booked or others) and (missing or not until):
        at, counter = heapq.heappop(free)
        chosen = _next(booked, others, by_id[counter], at)
        if chosen is None:
            if later := _later(booked, others, by_id[counter], at):
                heapq.heappush(free, (later, counter))
            continue
        (booked if chosen.booked else others).pop(chosen.ticket)
        called[chosen.ticket] = at
        missing.discard(chosen.ticket)
        heapq.heappush(free, (at + chosen.work * pace, counter))
    return called


def _next(booked: Mapping[UUID, Waiter], others: Mapping[UUID, Waiter], desk: Desk, at: datetime) -> Waiter | None:
    """Whose turn it is at this counter: `rules.turn`, on lists that are in order already."""
    first = _first(booked, desk, at)
    if first is not None and first.due_at <= at:
        return first
    return _first(others, desk, at) or first


def _first(waiters: Mapping[UUID, Waiter], desk: Desk, at: datetime) -> Waiter | None:
    return next((one for one in waiters.values() if one.arrives_at <= at and desk.takes(one)), None)


def _later(booked: Mapping[UUID, Waiter], others: Mapping[UUID, Waiter], desk: Desk, at: datetime) -> datetime | None:
    """When somebody whom this counter could take is expected, while nobody is there."""
    expected = (one.arrives_at for line in (booked, others) for one in line.values() if desk.takes(one))
    return min((moment for moment in expected if moment > at), default=None)
