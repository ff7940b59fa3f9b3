"""At a counter: sit down, call, serve, send on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sala.engine.hall import calling, counters, display, presenters, queries
from sala.engine.hall.models import Ticket
from sala.engine.hall.permissions import SEE, WORK
from sala.engine.hall.rules import may_miss
from sala.engine.hall.views.doors import frame, hall_act, hall_page, see_other
from sala.identity.accounts.requests import actor_of
from sala.identity.directory.queries import OfficeCard
from sala.kit import clock
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.text import Text


@hall_page(SEE)
def choose(request: HttpRequest, office: OfficeCard) -> HttpResponse:
    """The counters, and where to sit down; who sits already is led there."""
    me = actor_of(request).account_id
    mine = next((one for one in queries.counters(office.id) if one.officer == me), None)
    return see_other("hall:counter", office.slug, mine.id) if mine else _choose_page(request, office)


def _choose_page(request: HttpRequest, office: OfficeCard, *, conflict: Text | None = None) -> HttpResponse:
    context = frame(request, office, "counter") | {
        "counters": [(one, _services(one.services)) for one in queries.counters(office.id)],
        "conflict": conflict,
    }
    return render(request, "hall/counters.html", context, status=409 if conflict else 200)


def _services(slugs: tuple[str, ...]) -> str:
    return ", ".join(str(display.name_of(slug)) for slug in slugs)


@hall_page(SEE)
def counter(request: HttpRequest, office: OfficeCard, counter: int) -> HttpResponse:
    """The officer's own counter; somebody else's is only on the list."""
    found = queries.counter(office.id, counter)
    if found.officer != actor_of(request).account_id:
        return see_other("hall:choose", office.slug)
    return _show(request, office, found)


def _show(
    request: HttpRequest,
    office: OfficeCard,
    card: queries.CounterCard,
    *,
    conflict: Text | None = None,
    faults: list[Fault] | None = None,
) -> HttpResponse:
    by = actor_of(request)
    serving = queries.serving(card.id)
    mine = [one for one in queries.line(office.id, by=by) if _takes(card, one)]
    context = frame(request, office, "counter") | {
        "counter": card,
        "services": _services(card.services),
        "serving": _serving(request, serving) if serving else None,
        "waiting": presenters.waiting(mine),
        "others": [one for one in queries.counters(office.id) if one.officer and one.id != card.id],
        "given": presenters.services_of(office.id),
        "figures": queries.figures(office.id, clock.today()),
        "nobody": "nobody" in request.GET,
        "conflict": conflict,
        "faults": faults or [],
    }
    return render(request, "hall/counter.html", context, status=409 if conflict else 422 if faults else 200)


def _takes(card: queries.CounterCard, ticket: Ticket) -> bool:
    if ticket.counter_id is not None:
        return ticket.counter_id == card.id
    return not card.services or ticket.service in card.services


def _serving(request: HttpRequest, ticket: Ticket) -> dict[str, Any]:
    """Whom the officer has before them, with the way to the file."""
    called_at = ticket.called_at or clock.now()
    return {
        "ticket": ticket,
        "people": queries.people_of(ticket, by=actor_of(request)),
        "service": display.name_of(ticket.service),
        "booked_for": presenters.clock_words(ticket.visit.starts_at) if ticket.visit else "",
        "arrived": presenters.clock_words(ticket.arrived_at),
        "called": presenters.clock_words(called_at),
        "may_miss": may_miss(calls=ticket.calls, called_at=called_at, now=clock.now()),
    }


@hall_act(WORK)
def sit(request: HttpRequest, office: OfficeCard, counter: int) -> HttpResponse:
    queries.counter(office.id, counter)
    try:
        counters.sit(counter=counter, by=actor_of(request))
    except Conflict as error:
        return _choose_page(request, office, conflict=error.message)
    return see_other("hall:counter", office.slug, counter)


@hall_act(SEE)
def leave(request: HttpRequest, office: OfficeCard, counter: int) -> HttpResponse:
    return _acted(request, office, counter, lambda: counters.leave(counter=counter, by=actor_of(request)), away=True)


@hall_act(WORK)
def call(request: HttpRequest, office: OfficeCard, counter: int) -> HttpResponse:
    """Call the next; with `done`, whoever is here has been served first."""

    def act() -> bool:
        by = actor_of(request)
        if request.POST.get("done") == "1":
            calling.serve_done(ticket=_ticket(request), counter=counter, by=by)
        return calling.call_next(counter=counter, by=by) is not None

    return _acted(request, office, counter, act)


@hall_act(WORK)
def recall(request: HttpRequest, office: OfficeCard, counter: int) -> HttpResponse:
    return _acted(request, office, counter, lambda: bool(calling.recall(**_given(request, counter))))


@hall_act(WORK)
def done(request: HttpRequest, office: OfficeCard, counter: int) -> HttpResponse:
    return _acted(request, office, counter, lambda: calling.serve_done(**_given(request, counter)))


@hall_act(WORK)
def no_show(request: HttpRequest, office: OfficeCard, counter: int) -> HttpResponse:
    return _acted(request, office, counter, lambda: calling.no_show(**_given(request, counter)))


@hall_act(WORK)
def transfer(request: HttpRequest, office: OfficeCard, counter: int) -> HttpResponse:
    """`to`: `counter:<id>`, `service:<slug>` or `line`."""
    kind, _, what = request.POST.get("to", "").partition(":")
    to: dict[str, Any] = {}
    if kind == "counter":
        to = {"to_counter": int(what) if what.isascii() and what.isdigit() and len(what) < 10 else 0}
    elif kind != "line":
        to = {"service": what}
    return _acted(request, office, counter, lambda: calling.transfer(**_given(request, counter), **to))


def _given(request: HttpRequest, counter: int) -> dict[str, Any]:
    return {"ticket": _ticket(request), "counter": counter, "by": actor_of(request)}


def _ticket(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("ticket", ""))
    except ValueError:
        raise NotFound from None


def _acted(
    request: HttpRequest, office: OfficeCard, counter: int, act: Callable[[], Any], *, away: bool = False
) -> HttpResponse:
    """Do it and show the counter again; what could not be done is told there."""
    card = queries.counter(office.id, counter)
    try:
        found = act()
    except Invalid as error:
        return _show(request, office, card, faults=error.faults)
    except Conflict as error:
        fresh = queries.counter(office.id, counter)
        if fresh.officer != actor_of(request).account_id:
            return _choose_page(request, office, conflict=error.message)
        return _show(request, office, fresh, conflict=error.message)
    if away:
        return see_other("hall:choose", office.slug)
    return see_other("hall:counter", office.slug, counter, query="?nobody=1" if found is False else "")
