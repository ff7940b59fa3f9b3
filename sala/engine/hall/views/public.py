"""What everybody sees: the hall's screen, and the page of a ticket. Numbers and counters, never a name.

Both are asked for once; from then on the live process pushes what changes, so that who watches costs nothing here.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from sala.engine.appointments.access import Visitor, may_see, with_visit
from sala.engine.appointments.states import VisitState
from sala.engine.hall import display, presenters, queries
from sala.engine.hall.keys import key_of
from sala.identity.directory import queries as directory
from sala.kit import clock, live

NEXT, BEFORE = 8, 5
"""Numbers the screen shows of those who come next, and of those called before."""


@require_safe
def screen(request: HttpRequest, office: str) -> HttpResponse:
    """The big screen in the hall, in Thai and English at once."""
    card = directory.office_by_slug(office)
    content = display.shown(card.id)
    context = {
        "office": card,
        "board": content,
        "known": " ".join(call["id"] for call in content["calls"]),
        "stream": presenters.stream(card.id),
        "now": clock.now().astimezone(clock.THAILAND),
        "next": NEXT,
        "before": BEFORE,
    }
    response = render(request, "hall/screen.html", context)
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def ticket(request: HttpRequest, office: str, key: str) -> HttpResponse:
    """A visitor's own ticket on their phone. The way back to its visit is only for who may see that: its key is not."""
    card = directory.office_by_slug(office)
    found = queries.ticket_by_key(card.id, key)
    content = display.shown(card.id)
    context = {
        "office": card,
        "ticket": found,
        "service": display.name_of(found.service),
        "standing": presenters.standing_of(found, content),
        "known": " ".join(call["id"] for call in content["calls"]),
        "stream": presenters.stream(card.id),
        "today": found.day == clock.today(),
        "time": presenters.clock_words(found.due_at) if found.booked else "",
        "visit": found.visit if found.visit and may_see(request, found.visit.reference) else None,
    }
    response = render(request, "hall/ticket.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
@with_visit
def queue(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The queue for whoever booked: their ticket once they have checked in, until then what to show at the office."""
    visit = visitor.visit
    found = queries.ticket_of_visit(visit.id)
    if found is not None:
        slug = directory.office(found.office_id).slug
        return HttpResponseRedirect(reverse("hall:ticket", args=[slug, key_of(found.id)]))
    if visit.state not in {VisitState.BOOKED, VisitState.MISSED}:
        return HttpResponseRedirect(reverse("appointments:visit", args=[visit.reference]))
    office = directory.office(visit.office_id)
    context = {
        "visit": visit,
        "office": office,
        "board": display.shown(office.id),
        "service": display.name_of(visit.service),
        "qr": presenters.qr(visit.reference),
        "today": clock.local_day(visit.starts_at) == clock.today(),
        "live": live.ticket([f"visit:{visit.reference}"]),
    }
    return render(request, "hall/queue.html", context)
