"""What the clock does in the hall, which is little: it never says of anybody that they did not come.

A visit is attended or missed because a person said so, since a booked person who lost their way to the check-in is
not somebody who stayed away, and a missed visit has consequences. Only tickets end with their day: a number means
nothing tomorrow. Visits that nobody decided on stay on the list of their day, and the list of today says so.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from sala.engine.hall import display
from sala.engine.hall.models import Counter, Display, Ticket
from sala.engine.hall.states import TicketState
from sala.kit import clock


def close_days() -> int:
    """End the tickets of past days, empty the counters, clear the screens; how many tickets. May be repeated."""
    today = clock.today()
    with transaction.atomic():
        _stand_up()
        left = Ticket.objects.filter(state__in=[TicketState.WAITING, TicketState.CALLED], day__lt=today)
        ended = left.update(state=TicketState.CLOSED, ended_at=clock.now())
    for office in Display.objects.exclude(content__day=today.isoformat()).values_list("office_id", flat=True):
        with transaction.atomic():
            display.publish(office)
    return ended


def _stand_up() -> None:
    """Who forgot to leave their counter has left it. Who works at this hour has opened it today."""
    forgotten = [
        one.id
        for one in Counter.objects.select_for_update(no_key=True).filter(officer__isnull=False).order_by("id")
        if one.opened_at and clock.local_day(one.opened_at) < clock.today()
    ]
    Counter.objects.filter(id__in=forgotten).update(officer=None, opened_at=None)


def freshen() -> int:
    """Expected waits pass with the minutes, and booked times come: write what has changed by that alone; how many."""
    waiting = Ticket.objects.filter(day=clock.today(), state=TicketState.WAITING).values_list("office_id", flat=True)
    serving = Counter.objects.filter(officer__isnull=False).values_list("office_id", flat=True)
    changed = 0
    for office in sorted({*waiting, *serving}):
        with transaction.atomic():
            changed += display.publish(office)
    return changed


@transaction.atomic
def visit_changed(visit: str) -> None:
    """A visit was moved or given up while its people waited: their number is called no more.

    Who is at a counter stays there, and who checks in again gets the number back.
    """
    ticket = (
        Ticket.objects.select_for_update()
        .filter(visit=UUID(visit), day=clock.today(), state=TicketState.WAITING)
        .first()
    )
    if ticket is not None:
        ticket.state, ticket.ended_at = TicketState.CLOSED, clock.now()
        ticket.save(update_fields=["state", "ended_at"])
        display.publish(ticket.office_id)
