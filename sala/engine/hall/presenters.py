"""What the hall's templates draw, made ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from sala.engine.appointments import queries as appointments
from sala.engine.appointments.states import VisitState
from sala.engine.hall import display
from sala.engine.hall.estimates import words as range_words
from sala.engine.hall.keys import key_of
from sala.engine.hall.models import Ticket
from sala.engine.hall.queries import CaseLink, DayRow
from sala.engine.hall.rules import LATE, counter_words
from sala.engine.hall.states import TicketState
from sala.engine.hall.words import time_of_day
from sala.identity.directory.queries import OfficeCard
from sala.kit import clock
from sala.kit.text import Text, language


def clock_words(moment: datetime) -> str:
    """`09:20 น.` or `09:20`."""
    return time_of_day(moment, language())


def services_of(office: int) -> list[tuple[str, Text]]:
    """What can be done at the office, by name: slug and name."""
    given = [(one.service, display.name_of(one.service)) for one in appointments.schedules_of(office) if one.active]
    return sorted(given, key=lambda pair: str(pair[1]))


@dataclass(frozen=True, slots=True)
class Line:
    """A booked visit on the day's list. `acts`: what is offered, by name."""

    id: str
    reference: str
    time: str
    people: tuple[CaseLink, ...]
    count: int
    service: str
    number: str
    ticket: str
    state: str
    words: str
    acts: tuple[str, ...]


def lines(rows: Sequence[DayRow], *, today: bool, past: bool, works: bool) -> list[Line]:
    """The day's list. Who has not come can be checked in today; later a person says what became of them."""
    return [_line(row, today=today, past=past, works=works) for row in rows]


def _line(row: DayRow, *, today: bool, past: bool, works: bool) -> Line:
    visit, ticket = row.visit, row.ticket
    state, words = _state(row)
    return Line(
        id=str(visit.id),
        reference=visit.reference,
        time=clock_words(visit.starts_at),
        people=row.people or (CaseLink(visit.name, ""),),
        count=visit.people,
        service=str(display.name_of(visit.service)),
        number=ticket.number if ticket else "",
        ticket=str(ticket.id) if ticket else "",
        state=state,
        words=words,
        acts=_acts(row, today=today, past=past) if works else (),
    )


def _state(row: DayRow) -> tuple[str, str]:
    """In what style a visit stands on the list, and in what words."""
    if row.ticket is not None and row.visit.state in {VisitState.BOOKED, VisitState.MISSED}:
        told = ticket_state(row.ticket)
        if row.ticket.state != TicketState.CLOSED:
            return row.ticket.state, told
    words = {
        VisitState.BOOKED: ("booked", _("Not here yet")),
        VisitState.ATTENDED: ("served", _("Served")),
        VisitState.MISSED: ("missed", _("Did not come")),
        VisitState.CANCELLED: ("cancelled", _("Cancelled")),
        VisitState.DISPLACED: ("cancelled", _("Offered another time")),
    }
    return words[VisitState(row.visit.state)]


def ticket_state(ticket: Ticket) -> str:
    """Where a ticket stands, in words."""
    if ticket.state == TicketState.CALLED and ticket.counter:
        return _("At %(counter)s") % {"counter": counter_words(ticket.counter.name)}
    return {
        TicketState.WAITING: _("Waiting"),
        TicketState.CALLED: _("Called"),
        TicketState.SERVED: _("Served"),
        TicketState.MISSED: _("Called in vain"),
        TicketState.CLOSED: _("Ended with its day"),
    }[TicketState(ticket.state)]


def _acts(row: DayRow, *, today: bool, past: bool) -> tuple[str, ...]:
    visit, ticket = row.visit, row.ticket
    here = ticket is not None and ticket.state in {TicketState.WAITING, TicketState.CALLED}
    if today and not here and visit.state in {VisitState.BOOKED, VisitState.MISSED}:
        over = visit.state == VisitState.BOOKED and clock.now() > visit.starts_at + LATE
        return ("check_in", "missed") if over else ("check_in",)
    if past and visit.state == VisitState.BOOKED:
        return ("attended", "missed")
    return ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody in line, for officers."""

    number: str
    ticket: str
    since: str
    what: str
    service: str
    counter: str


def waiting(tickets: Sequence[Ticket]) -> list[Waiting]:
    return [
        Waiting(
            number=one.number,
            ticket=str(one.id),
            since=clock_words(one.arrived_at),
            what=_("Booked for %(time)s") % {"time": clock_words(one.due_at)} if one.booked else _("By arrival"),
            service=str(display.name_of(one.service)),
            counter=one.counter.name if one.counter else "",
        )
        for one in tickets
    ]


def page_of(ticket: Ticket, office: OfficeCard) -> str:
    """The address of the ticket's own page, which the QR on it holds."""
    return settings.PUBLIC_URL + reverse("hall:ticket", args=[office.slug, key_of(ticket.id)])


def qr(text: str) -> str:
    """A QR code as SVG, to be read from a screen or from paper."""
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_inline(scale=4, border=4, svgclass="hall-qr", lineclass=None, omitsize=True, light="#fff"))


def stream(office: int) -> str:
    """The address at which the live process pushes what the hall shows. For everybody, so without a ticket."""
    return f"{settings.LIVE_URL}/live?hall={office}"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a ticket stands for its holder. `state`: waiting, called or over."""

    state: str
    where: str
    ahead: int
    wait: str


def standing_of(ticket: Ticket, content: Mapping[str, Any]) -> Standing:
    """What the visitor's page says, from what the hall shows."""
    if ticket.state == TicketState.CALLED and ticket.counter:
        return Standing("called", str(counter_words(ticket.counter.name)), 0, "")
    place = next((one for one in content["waiting"] if one[0] == ticket.number), None)
    if ticket.state != TicketState.WAITING or place is None:
        return Standing("over", "", 0, "")
    _number, ahead, low, high = place
    return Standing("waiting", "", ahead, "" if low is None else str(range_words(low, high)))
