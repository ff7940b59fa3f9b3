"""What the hall's screen and the visitors' phones show: numbers and counters, never a name.

Written in the transaction that changed the hall, told by NOTIFY at its commit, and read by the live process once for
all who watch (docs/decisions/0075.md).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from sala.engine.appointments import queries as appointments
from sala.engine.appointments.states import VisitState
from sala.engine.catalogue import queries as catalogue
from sala.engine.hall import estimates
from sala.engine.hall.estimates import Desk, Range, Waiter
from sala.engine.hall.models import Counter, Ticket
from sala.engine.hall.rules import LATE, counter_words, spoken, standing
from sala.engine.hall.states import TicketState
from sala.kit import clock, sql, tickets
from sala.kit.errors import NotFound
from sala.kit.text import Text

RECENT = 6
"""Calls the screen shows of those who have been served since."""
USUAL_MINUTES = 15
"""What one person takes where the office has no schedule for the service."""
AHEAD = timedelta(hours=3)
"""Visits that may still come within this time count for the far end of a wait."""
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)

_ROW = """
insert into hall_display (office_id, content, changed_at) values (%s, '{}', %s) on conflict (office_id) do nothing"""
_LOCK = "select content from hall_display where office_id = %s for update"
_WRITE = "update hall_display set content = %s, changed_at = %s where office_id = %s"
_READ = "select content from hall_display where office_id = %s"


def topic(office: int) -> str:
    """What changes in the hall of the office are told under."""
    return f"hall:{office}"


def tell_visitor(reference: str) -> None:
    """Whoever has the page of this visit open has just been checked in: the page is told at the commit."""
    sql.fetch_one("select pg_notify(%s, %s)", (tickets.CHANNEL, f"visit:{reference}"))


def publish(office: int) -> bool:
    """Write what the hall shows now and tell who watches; whether anything changed.

    At the end of the transaction that changed the hall. The row is locked before the hall is read: of two changes at
    once the second sees the first, so the screen never shows half of them.
    """
    now = clock.now()
    sql.execute(_ROW, (office, now))
    was = sql.fetch_one(_LOCK, (office,))
    content = board(office, now)
    if was is not None and _decoded(was[0]) == content:
        return False
    sql.execute(_WRITE, (sql.jsonb(content), now, office))
    sql.fetch_one("select pg_notify(%s, %s)", (tickets.CHANNEL, topic(office)))
    return True


def shown(office: int) -> dict[str, Any]:
    """What the hall shows, as it was last written; of an office where nothing has happened today, an empty hall."""
    row = sql.fetch_one(_READ, (office,))
    content = _decoded(row[0]) if row else {}
    return content if content.get("day") == clock.today().isoformat() else empty()


def empty() -> dict[str, Any]:
    return {"day": clock.today().isoformat(), "open": 0, "calls": [], "waiting": [], "waits": []}


def board(office: int, now: datetime) -> dict[str, Any]:
    """The content: recent calls, the line in its order with expected waits, and what a newcomer would wait."""
    hall = _hall(office, now)
    return {
        "day": clock.local_day(now).isoformat(),
        "open": len(hall.desks),
        "calls": [_call(ticket) for ticket in _recent(office, now)],
        "waiting": _line(hall),
        "waits": [_wait(service, hall) for service in sorted(hall.minutes)],
    }


@dataclass(frozen=True, slots=True)
class _Hall:
    """The hall as the estimates see it. `minutes`: what one person takes, by service."""

    now: datetime
    minutes: Mapping[str, int]
    numbers: Mapping[UUID, str]
    line: Sequence[Waiter]
    desks: Sequence[Desk]
    coming: Sequence[Waiter]


def _hall(office: int, now: datetime) -> _Hall:
    today = list(Ticket.objects.filter(office=office, day=clock.local_day(now)))
    waiting = [one for one in today if one.state == TicketState.WAITING]
    at = {one.counter_id: one for one in today if one.state == TicketState.CALLED}
    minutes = {one.service: one.minutes for one in appointments.schedules_of(office) if one.active}
    counters = Counter.objects.filter(office=office, active=True, officer__isnull=False)
    return _Hall(
        now=now,
        minutes=minutes,
        numbers={one.id: one.number for one in waiting},
        line=[_waiter(one, minutes) for one in waiting],
        desks=[_desk(one, at.get(one.id), minutes) for one in counters],
        coming=_coming(office, now, minutes, came={one.visit_id for one in today}),
    )


def _line(hall: _Hall) -> list[list[Any]]:
    """Number, how many before, and the range in minutes (null where no open counter serves), in order."""
    waits = estimates.waits(hall.line, hall.desks, now=hall.now, coming=hall.coming)
    ahead = estimates.ahead(hall.line, hall.desks, now=hall.now)
    ordered = sorted(hall.line, key=lambda waiter: waiter.turn(hall.now))
    return [[hall.numbers[one.ticket], ahead[one.ticket], *(waits.get(one.ticket) or (None, None))] for one in ordered]


def _waiter(ticket: Ticket, minutes: Mapping[str, int]) -> Waiter:
    return Waiter(
        ticket=ticket.id,
        service=ticket.service,
        booked=ticket.booked,
        due_at=ticket.due_at,
        work=_work(ticket, minutes),
        arrives_at=ticket.arrived_at,
        counter=ticket.counter_id,
    )


def _desk(counter: Counter, ticket: Ticket | None, minutes: Mapping[str, int]) -> Desk:
    since = ticket.called_at if ticket else None
    return Desk(counter.id, frozenset(counter.services), since, _work(ticket, minutes) if ticket else timedelta())


def _work(ticket: Ticket, minutes: Mapping[str, int]) -> timedelta:
    return timedelta(minutes=minutes.get(ticket.service, USUAL_MINUTES) * ticket.people)


def _coming(office: int, now: datetime, minutes: Mapping[str, int], *, came: Collection[UUID | None]) -> list[Waiter]:
    """Who booked for these hours and has not come yet."""
    return [
        Waiter(
            ticket=visit.id,
            service=visit.service,
            booked=True,
            due_at=visit.starts_at,
            work=timedelta(minutes=minutes.get(visit.service, USUAL_MINUTES) * visit.people),
            arrives_at=max(visit.starts_at, now),
        )
        for visit in appointments.day_list(office, clock.local_day(now))
        if visit.state == VisitState.BOOKED and visit.id not in came and now - LATE <= visit.starts_at <= now + AHEAD
    ]


def _recent(office: int, now: datetime) -> list[Ticket]:
    """Everybody who is called now, so that no phone misses it, and some who were before; the last call first."""
    called = Ticket.objects.filter(office=office, day=clock.local_day(now), called_at__isnull=False)
    called = called.select_related("counter").order_by("-called_at", "-id")
    served = called.filter(state=TicketState.SERVED)[:RECENT]
    both = [*called.filter(state=TicketState.CALLED), *served]
    return sorted(both, key=lambda one: (one.called_at or now, one.id), reverse=True)


def _call(ticket: Ticket) -> dict[str, Any]:
    """A call. `id` is another one when somebody is called again, so that it is announced again."""
    counter = ticket.counter.name if ticket.counter else ""
    return {
        "id": f"{ticket.number}/{ticket.counter_id}/{ticket.calls}",
        "number": ticket.number,
        "counter": counter,
        "here": ticket.state == TicketState.CALLED,
        "where": _both(counter_words(counter)),
        "say": _both(spoken(ticket.number, counter)),
    }


def _wait(service: str, hall: _Hall) -> dict[str, Any]:
    """What who comes now would wait: with a booking for this moment, and without one."""
    return {
        "service": service,
        "name": _both(name_of(service)),
        "booked": _range(_newcomer(service, hall, booked=True)),
        "walk_in": _range(_newcomer(service, hall, booked=False)),
    }


def _newcomer(service: str, hall: _Hall, *, booked: bool) -> Range | None:
    place, ticket = standing(booked_for=hall.now if booked else None, arrived_at=hall.now), _FIRST if booked else _LAST
    newcomer = Waiter(ticket, service, place.booked, place.due_at, timedelta(), hall.now)
    return estimates.waits([*hall.line, newcomer], hall.desks, now=hall.now, coming=hall.coming).get(ticket)


def name_of(service: str) -> Text:
    """A service's name; its slug where it is offered no more."""
    try:
        return catalogue.current(service).declaration.name
    except NotFound:
        return Text(th=service, en=service)


def _range(told: Range | None) -> dict[str, str] | None:
    return _both(told.words) if told else None


def _both(text: Text) -> dict[str, str]:
    return {"th": text.th, "en": text.en}


def _decoded(content: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(content) if isinstance(content, str) else content
    return found
