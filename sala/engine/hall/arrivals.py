"""People come in: a booked visit is checked in, somebody without one gets a ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction

from sala.engine.appointments import queries as appointments
from sala.engine.hall import display, permissions, words
from sala.engine.hall.models import Ticket
from sala.engine.hall.rules import ADMITTED, EARLY, Arrival, arrival, code_of, number_of, standing
from sala.engine.hall.states import TicketState
from sala.identity.accounts.actor import Actor
from sala.identity.directory import queries as directory
from sala.kit import audit, clock, sql
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.ids import normal_reference
from sala.kit.text import Language, Text

if TYPE_CHECKING:
    from sala.engine.appointments.models import Visit

MOST_PEOPLE = 20
LONGEST_NAME = 100
_USUAL_LETTER = "A"
# One row a letter and day, locked until the arrival is committed: no number is given twice, and a roll-back
# gives its number back.
_NUMBER = """
insert into hall_ticketnumber (office_id, day, letter, last) values (%s, %s, %s, 1)
on conflict (office_id, day, letter) do update set last = hall_ticketnumber.last + 1
returning last"""


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """A ticket and what to tell the person. `again`: they had it already."""

    ticket: Ticket
    said: Arrival
    again: bool
    words: Text


def check_in(*, office: int, code: str, by: Actor) -> CheckedIn:
    """Check in the visit whose QR was scanned or whose number was typed, `code`.

    Doing it twice gives the same ticket. Who was marked as missed may come in again the same day, and then goes by
    arrival. Raises Invalid for what is no visit's code, Conflict for a visit that is not to be checked in here today.
    """
    permissions.check(by, office, permissions.WORK)
    visit = _visit_of(code)
    said = _arrival(visit, office)
    if said is not Arrival.WRONG_OFFICE:
        permissions.check_service(by, office, visit.service, permissions.WORK)
    if said not in ADMITTED:
        where = directory.office(visit.office_id).name
        raise Conflict(words.refused(said, starts_at=visit.starts_at, office=where))
    ticket, again = _admit(visit, by)
    told = words.welcome(said, number=ticket.number, starts_at=visit.starts_at, again=again)
    return CheckedIn(ticket, said, again, told)


def _visit_of(code: str) -> Visit:
    found = code_of(code[:500])
    if found is None:
        raise Invalid([Fault("code", "no_code", words.OTHER_QR if code.strip() else words.NO_CODE)])
    if normal_reference(found) is None:
        raise Invalid([Fault("code", "mistyped", words.MISTYPED)])
    try:
        return appointments.visit_at_the_door(found)
    except NotFound:
        raise Invalid([Fault("code", "unknown", words.UNKNOWN_VISIT)]) from None


def _arrival(visit: Visit, office: int) -> Arrival:
    now = clock.now()
    return arrival(
        state=visit.state,
        here=visit.office_id == office,
        day=clock.local_day(visit.starts_at),
        today=clock.local_day(now),
        starts_at=visit.starts_at,
        now=now,
    )


def _admit(visit: Visit, by: Actor) -> tuple[Ticket, bool]:
    """The visit's ticket of today, and whether there was one. Of two who check in at once one waits for the other."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                ticket, again = _new(visit), False
        except IntegrityError:
            ticket = Ticket.objects.select_for_update().get(visit=visit, day=clock.today())
            again = not _comes_back(ticket, visit)
        if not again:
            _record(ticket, by, visit=visit.reference)
            display.publish(ticket.office_id)
            display.tell_visitor(visit.reference)
    return ticket, again


def _new(visit: Visit) -> Ticket:
    now = clock.now()
    place = standing(booked_for=visit.starts_at, arrived_at=now)
    return Ticket.objects.create(
        office_id=visit.office_id,
        day=clock.local_day(now),
        number=_next_number(visit.office_id, visit.service, now),
        service=visit.service,
        visit=visit,
        language=visit.language,
        people=visit.people,
        arrived_at=now,
        due_at=place.due_at,
        booked=place.booked,
    )


def _comes_back(ticket: Ticket, visit: Visit) -> bool:
    """Somebody who was given up, or changed their time, stands there after all: their number is good again.

    Who was called in vain goes by arrival now.
    """
    if ticket.state not in {TicketState.MISSED, TicketState.CLOSED}:
        return False
    now = clock.now()
    booked_for = visit.starts_at if ticket.state == TicketState.CLOSED else None
    ticket.booked, ticket.due_at = standing(booked_for=booked_for, arrived_at=now)
    ticket.state, ticket.arrived_at, ticket.calls = TicketState.WAITING, now, 0
    ticket.counter = ticket.called_at = ticket.ended_at = ticket.first_called_at = None
    ticket.save()
    return True


def walk_in(
    *, office: int, service: str, by: Actor, language: Language, people: int = 1, name: str = "", once: UUID
) -> Ticket:
    """A ticket for somebody without a booking. `once` makes a repeated request give the same one. Raises Invalid."""
    name = words.plain(name)
    _check_walk_in(office, service, people, name)
    permissions.check_service(by, office, service, permissions.WORK)
    with transaction.atomic():
        try:
            with transaction.atomic():
                ticket = _walk_in(once, office, service, language=language, people=people, name=name)
        except IntegrityError:
            return _given_before(once, office)
        _record(ticket, by)
        display.publish(office)
    return ticket


def _given_before(once: UUID, office: int) -> Ticket:
    """The ticket that this very form got. NotFound for the id of another office's ticket."""
    ticket = Ticket.objects.get(id=once)
    if ticket.office_id != office:
        raise NotFound
    return ticket


def _walk_in(once: UUID, office: int, service: str, *, language: Language, people: int, name: str) -> Ticket:
    now = clock.now()
    place = standing(booked_for=None, arrived_at=now)
    return Ticket.objects.create(
        id=once,
        office_id=office,
        day=clock.local_day(now),
        number=_next_number(office, service, now),
        service=service,
        name=name,
        language=language,
        people=people,
        arrived_at=now,
        due_at=place.due_at,
        booked=place.booked,
    )


def _check_walk_in(office: int, service: str, people: int, name: str) -> None:
    faults = []
    if service not in {one.service for one in appointments.schedules_of(office)}:
        faults.append(Fault("service", "unknown", words.CHOOSE_SERVICE))
    if not 1 <= people <= MOST_PEOPLE:
        faults.append(Fault("people", "out_of_range", words.PEOPLE))
    if len(name) > LONGEST_NAME:
        faults.append(Fault("name", "too_long", words.NAME_TOO_LONG))
    if faults:
        raise Invalid(faults)


def _next_number(office: int, service: str, now: datetime) -> str:
    schedule = appointments.schedule_of(office, service)
    letter = schedule.letter if schedule else _USUAL_LETTER
    row = sql.fetch_one(_NUMBER, (office, clock.local_day(now), letter))
    return number_of(letter, int(row[0]) if row else 1)


def _record(ticket: Ticket, by: Actor, **more: str) -> None:
    detail = {"office": ticket.office_id, "day": ticket.day.isoformat(), "number": ticket.number, **more}
    audit.record(by.label, "hall.checked_in" if more else "hall.walk_in", f"ticket:{ticket.id}", detail)


def told(ticket: Ticket, *, again: bool = False) -> Text:
    """What to tell the holder of a ticket that was given just now."""
    if ticket.visit_id is None:
        return words.walked_in(ticket.number)
    visit = appointments.visit(ticket.visit_id)
    early = ticket.booked and ticket.arrived_at < visit.starts_at - EARLY
    said = Arrival.EARLY if early else Arrival.WELCOME if ticket.booked else Arrival.LATE
    return words.welcome(said, number=ticket.number, starts_at=visit.starts_at, again=again)
