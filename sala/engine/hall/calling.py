"""At the counter: call the next, call again, done, not here, send on.

Each act locks the counter first, so a second click finds what the first one did. Two counters that call at once never
get the same person: each takes the first of the line that nobody else is taking.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from sala.engine.appointments import changing
from sala.engine.appointments import queries as appointments
from sala.engine.appointments.states import VisitState
from sala.engine.hall import counters, display, permissions, words
from sala.engine.hall.models import Counter, Ticket
from sala.engine.hall.rules import TRANSITIONS, may_call_again, may_miss
from sala.engine.hall.states import TicketState
from sala.identity.accounts.actor import Actor
from sala.kit import audit, clock, sql
from sala.kit.errors import Conflict, Fault, Invalid

CALL_NEXT = """
with next as (
    select id from hall_ticket
    where office_id = %(office)s and day = %(day)s and state = 'waiting'
      and (counter_id = %(counter)s
           or counter_id is null and (%(services)s::text[] = '{}' or service = any(%(services)s::text[])))
      and (%(allowed)s::text[] is null or service = any(%(allowed)s::text[]))
      and id <> all(%(own)s::uuid[])
    order by case when not booked then 1 when due_at <= %(now)s then 0 else 2 end, due_at, id
    limit 1 for update skip locked)
update hall_ticket t
set state = 'called', counter_id = %(counter)s, calls = 1, called_at = %(now)s,
    first_called_at = coalesce(t.first_called_at, %(now)s)
from next where t.id = next.id
returning t.id"""
"""The order is that of `rules.turn`."""


@transaction.atomic
def call_next(*, counter: int, by: Actor) -> Ticket | None:
    """Call whose turn it is to the counter; None if nobody waits for it.

    Whoever is there already is given back: a second click calls nobody else.
    """
    here = counters.locked(counter, by)
    if serving := counters.serving(counter):
        return serving
    row = sql.fetch_one(CALL_NEXT, _search(here, by))
    if row is None:
        return None
    ticket = Ticket.objects.get(id=row[0])
    _record(ticket, by, "hall.called")
    display.publish(here.office_id)
    return ticket


def _search(counter: Counter, by: Actor) -> dict[str, object]:
    now = clock.now()
    own = Ticket.objects.filter(office=counter.office_id, day=clock.local_day(now), visit__account=by.account_id)
    allowed = permissions.services(by, counter.office_id, permissions.WORK)
    return {
        "office": counter.office_id,
        "day": clock.local_day(now),
        "counter": counter.id,
        "services": list(counter.services),
        "allowed": None if allowed is None else sorted(allowed),
        "own": list(own.values_list("id", flat=True)),  # nobody works on a request of their own
        "now": now,
    }


@transaction.atomic
def recall(*, ticket: UUID, counter: int, by: Actor) -> Ticket:
    """Call them again. A second click within some seconds is the same call. Raises Conflict."""
    found = _here(ticket, counter, by)
    now = clock.now()
    if found.called_at is None or may_call_again(called_at=found.called_at, now=now):
        found.calls, found.called_at = found.calls + 1, now
        found.save(update_fields=["calls", "called_at"])
        _record(found, by, "hall.called")
        display.publish(found.office_id)
    return found


@transaction.atomic
def serve_done(*, ticket: UUID, counter: int, by: Actor) -> None:
    """They have been served; a booked visit is attended. Doing it twice does nothing twice. Raises Conflict."""
    here = counters.locked(counter, by)
    found = _ticket(ticket, here)
    if found.state == TicketState.SERVED and found.counter_id == counter:
        return
    _end(_called(found, counter), TicketState.SERVED, by)
    if found.visit_id and _is_still_for(found, VisitState.BOOKED, VisitState.MISSED):
        changing.attended(visit=found.visit_id, by=by)
    display.publish(here.office_id)


@transaction.atomic
def no_show(*, ticket: UUID, counter: int, by: Actor) -> None:
    """They were called and are not here; a booked visit is missed. Checking in again the same day undoes it.

    Raises Conflict when they have not been called often enough, or before their booked time.
    """
    here = counters.locked(counter, by)
    found = _ticket(ticket, here)
    if found.state == TicketState.MISSED and found.counter_id == counter:
        return
    _check_may_miss(_called(found, counter))
    _end(found, TicketState.MISSED, by)
    if found.visit_id and _is_still_for(found, VisitState.BOOKED):
        changing.missed(visit=found.visit_id, by=by)
    display.publish(here.office_id)


@transaction.atomic
def transfer(
    *, ticket: UUID, counter: int, by: Actor, to_counter: int | None = None, service: str | None = None
) -> None:
    """Send them on: to an open counter, to all counters of another service, or (neither) back to the line.

    They keep their turn, so they go first there. Raises Conflict, or Invalid for a place that is not there.
    """
    here = counters.locked(counter, by)
    found = _called(_ticket(ticket, here), counter)
    _check_target(here.office_id, to_counter, service)
    found.state, found.counter_id, found.service = TicketState.WAITING, to_counter, service or found.service
    found.calls, found.called_at = 0, None
    found.save(update_fields=["state", "counter", "service", "calls", "called_at"])
    _record(found, by, "hall.sent_on", to_counter=to_counter, service=found.service)
    display.publish(here.office_id)


def _here(ticket: UUID, counter: int, by: Actor) -> Ticket:
    return _called(_ticket(ticket, counters.locked(counter, by)), counter)


def _ticket(ticket: UUID, counter: Counter) -> Ticket:
    found = Ticket.objects.select_for_update().filter(id=ticket, office=counter.office_id, day=clock.today()).first()
    if found is None:
        raise Conflict(words.NOT_HERE_NOW)
    return found


def _called(ticket: Ticket, counter: int) -> Ticket:
    if ticket.state != TicketState.CALLED or ticket.counter_id != counter:
        raise Conflict(words.NOT_HERE_NOW)
    return ticket


def _end(ticket: Ticket, state: TicketState, by: Actor) -> None:
    if state not in TRANSITIONS[TicketState(ticket.state)]:
        raise Conflict(words.NOT_HERE_NOW)
    ticket.state, ticket.ended_at = state, clock.now()
    ticket.save(update_fields=["state", "ended_at"])
    _record(ticket, by, f"hall.{state}")


def _check_may_miss(ticket: Ticket) -> None:
    now = clock.now()
    if ticket.called_at is None or not may_miss(calls=ticket.calls, called_at=ticket.called_at, now=now):
        raise Conflict(words.CALL_AGAIN)
    if ticket.visit_id and _is_still_for(ticket, VisitState.BOOKED):
        starts_at = appointments.visit(ticket.visit_id).starts_at
        if now < starts_at:
            raise Conflict(words.not_before(starts_at))


def _check_target(office: int, counter: int | None, service: str | None) -> None:
    if service is not None and service not in {one.service for one in appointments.schedules_of(office)}:
        raise Invalid([Fault("to", "unknown", words.CHOOSE_WHERE)])
    if counter is None:
        return
    found = Counter.objects.filter(id=counter, office=office, active=True).first()
    if found is None:
        raise Invalid([Fault("to", "unknown", words.CHOOSE_WHERE)])
    if found.officer_id is None:
        raise Conflict(words.COUNTER_CLOSED)


def _is_still_for(ticket: Ticket, *states: VisitState) -> bool:
    """Whether the ticket's visit is one of today, here, in one of these states: its visitor may have moved or
    cancelled it while they stood at the counter, and then the counter says nothing of it."""
    if ticket.visit_id is None:
        return False
    visit = appointments.visit(ticket.visit_id)
    here = visit.office_id == ticket.office_id and clock.local_day(visit.starts_at) == ticket.day
    return here and visit.state in states


def _record(ticket: Ticket, by: Actor, action: str, **more: object) -> None:
    detail = {"office": ticket.office_id, "counter": ticket.counter_id, "number": ticket.number, **more}
    audit.record(by.label, action, f"ticket:{ticket.id}", detail)
