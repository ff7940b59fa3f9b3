"""Reads about the hall. The caller has checked who asks, except where `by` is given."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sala.engine.appointments import queries as appointments
from sala.engine.appointments.states import VisitState
from sala.engine.cases import queries as cases
from sala.engine.hall import permissions
from sala.engine.hall.keys import ticket_of
from sala.engine.hall.models import Counter, Ticket
from sala.engine.hall.rules import turn
from sala.engine.hall.states import TicketState
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.names import names
from sala.kit import clock, sql
from sala.kit.errors import NotFound

if TYPE_CHECKING:
    from sala.engine.appointments.models import Visit


@dataclass(frozen=True, slots=True)
class CaseLink:
    """A person of a visit and their case: `reference` is empty where there is none, or it is not the reader's."""

    name: str
    reference: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """A booked visit on the day's list, with its ticket once it has come."""

    visit: Visit
    ticket: Ticket | None
    people: tuple[CaseLink, ...]


@dataclass(frozen=True, slots=True)
class CounterCard:
    """A counter, who sits there and which number is called to it."""

    id: int
    name: str
    services: tuple[str, ...]
    officer: UUID | None
    officer_name: str
    opened_at: datetime | None
    serving: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The hall today at a glance. Waits are in minutes: from the booked time, or from arrival without one."""

    waiting: int
    called: int
    served: int
    missed: int
    average_wait: float | None
    longest_wait: float | None
    booked_called: int
    booked_in_time: int


_FIGURES = """
select count(*) filter (where state = 'waiting'), count(*) filter (where state = 'called'),
    count(*) filter (where state = 'served'), count(*) filter (where state = 'missed'),
    avg(wait) filter (where first_called_at is not null),
    max(wait) filter (where state = 'waiting'),
    count(*) filter (where booked and first_called_at is not null),
    count(*) filter (where booked and first_called_at is not null and wait <= 15)
from (
    select *, greatest(0, extract(epoch from coalesce(first_called_at, %(now)s)
                                             - greatest(arrived_at, due_at)) / 60)::float as wait
    from hall_ticket where office_id = %(office)s and day = %(day)s
) t"""


def figures(office: int, day: date) -> Figures:
    """How the hall of an office does, or did, on a day."""
    row = sql.fetch_one(_FIGURES, {"office": office, "day": day, "now": clock.now()})
    return Figures(*row) if row else Figures(0, 0, 0, 0, None, None, 0, 0)


def day_rows(office: int, day: date, *, by: Actor) -> list[DayRow]:
    """The booked visits of a day that the reader's posts cover, by their times; the cancelled too."""
    visits = [one for one in appointments.day_list(office, day) if _covers(by, office, one.service)]
    tickets = {
        one.visit_id: one
        for one in Ticket.objects.filter(office=office, day=day, visit__isnull=False).select_related("counter")
    }
    links = _links(visits, by)
    return [DayRow(one, tickets.get(one.id), links[one.id]) for one in visits]


def undecided(office: int, *, before: date, by: Actor) -> list[date]:
    """Days of the last week, before this one, with visits of which nobody has said whether they came."""
    days = [date.fromordinal(before.toordinal() - back) for back in range(1, 8)]
    return [
        day
        for day in days
        if any(
            one.state == VisitState.BOOKED and _covers(by, office, one.service)
            for one in appointments.day_list(office, day)
        )
    ]


def people_of(ticket: Ticket, *, by: Actor) -> tuple[CaseLink, ...]:
    """Who comes with the ticket, with their cases as far as the reader may see them; nobody, where the reader's posts
    do not cover its service."""
    if not _covers(by, ticket.office_id, ticket.service):
        return ()
    if ticket.visit_id is None:
        return (CaseLink(ticket.name, ""),) if ticket.name else ()
    visit = appointments.visit(ticket.visit_id)
    return _links([visit], by)[visit.id]


def line(office: int, *, by: Actor) -> list[Ticket]:
    """Those who wait, in the order in which they are called as of now."""
    now = clock.now()
    waiting = Ticket.objects.filter(office=office, day=clock.local_day(now), state=TicketState.WAITING)
    mine = [one for one in waiting.select_related("counter", "visit") if _covers(by, office, one.service)]
    return sorted(mine, key=lambda one: turn(booked=one.booked, due_at=one.due_at, ticket=one.id, now=now))


def counters(office: int) -> list[CounterCard]:
    """The counters of an office, by name: numbers as numbers."""
    rows = list(Counter.objects.filter(office=office, active=True))
    who = names(f"account:{one.officer_id}" for one in rows if one.officer_id)
    at = dict(
        Ticket.objects.filter(
            counter__in=[one.id for one in rows], state=TicketState.CALLED, day=clock.today()
        ).values_list("counter_id", "number")
    )
    cards = [
        CounterCard(
            id=one.id,
            name=one.name,
            services=tuple(one.services),
            officer=one.officer_id,
            officer_name=who.get(f"account:{one.officer_id}", ""),
            opened_at=one.opened_at,
            serving=at.get(one.id, ""),
        )
        for one in rows
    ]
    return sorted(
        cards, key=lambda card: (not card.name.isdigit(), int(card.name) if card.name.isdigit() else 0, card.name)
    )


def counter(office: int, counter_id: int) -> CounterCard:
    """A counter of the office. Raises NotFound."""
    found = next((card for card in counters(office) if card.id == counter_id), None)
    if found is None:
        raise NotFound
    return found


def serving(counter_id: int) -> Ticket | None:
    """Who is called to a counter today."""
    called = Ticket.objects.filter(counter=counter_id, state=TicketState.CALLED, day=clock.today())
    return called.select_related("counter", "visit").first()


def ticket(office: int, ticket_id: UUID) -> Ticket:
    """A ticket of the office. Raises NotFound."""
    found = Ticket.objects.filter(id=ticket_id, office=office).select_related("counter", "visit").first()
    if found is None:
        raise NotFound
    return found


def ticket_by_key(office: int, key: str) -> Ticket:
    """The ticket whose QR holds this key. Raises NotFound."""
    found = ticket_of(key)
    if found is None:
        raise NotFound
    return ticket(office, found)


def ticket_of_visit(visit: UUID) -> Ticket | None:
    """The ticket that a visit has today."""
    return Ticket.objects.filter(visit=visit, day=clock.today()).select_related("counter").first()


def _covers(by: Actor, office: int, service: str) -> bool:
    allowed = permissions.services(by, office, permissions.SEE)
    return allowed is None or service in allowed


def _links(visits: Collection[Visit], by: Actor) -> dict[UUID, tuple[CaseLink, ...]]:
    bookings = {visit.id: list(visit.bookings.all()) for visit in visits}
    ids = {one.case_id for of_visit in bookings.values() for one in of_visit if one.case_id}
    seen = cases.visible(ids, by=by)
    return {
        visit: tuple(CaseLink(one.name, seen[one.case_id].reference if one.case_id in seen else "") for one in of_visit)
        for visit, of_visit in bookings.items()
    }
