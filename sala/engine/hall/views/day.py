"""The day at the office: who has booked, who is here, checking in, tickets without appointment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from sala.engine.appointments import changing, own_data
from sala.engine.appointments import queries as appointments
from sala.engine.hall import arrivals, display, permissions, presenters, queries
from sala.engine.hall.permissions import SEE, WORK
from sala.engine.hall.views.doors import frame, hall_act, hall_form, hall_page, see_other
from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import OfficeCard
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.ids import uuid7
from sala.kit.text import Text

_SEEN = "hall.day-list"
_FURTHEST = 730  # days
_OPEN_FOR = timedelta(hours=14)
"""How long an open page may refresh itself on the strength of the look that was recorded when it was opened."""


@require_officer
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The halls in which the reader works; the only one at once."""
    by = actor_of(request)
    mine = [directory.office(one) for one in sorted(permissions.offices(by))]
    halls = [office for office in mine if appointments.schedules_of(office.id)]
    if len(halls) == 1:
        return HttpResponseRedirect(reverse("hall:day", args=[halls[0].slug]))
    return render(request, "hall/halls.html", {"nav": "desk", "halls": halls})


@hall_page(SEE)
def day(request: HttpRequest, office: OfficeCard) -> HttpResponse:
    """The list of a day (`?day=`, else today). Opening it is recorded; that an open page refreshes itself is not."""
    return show(request, office)


def show(
    request: HttpRequest,
    office: OfficeCard,
    *,
    faults: list[Fault] | None = None,
    conflict: Text | None = None,
    typed: str = "",
) -> HttpResponse:
    """The page, also as the answer to an act that could not be done: nothing typed is lost."""
    by, chosen = actor_of(request), _day_of(request)
    today = clock.today()
    if not _is_refresh(request, office, chosen):
        audit.record(by.label, "hall.day_list_viewed", own_data.day_list(office.id, chosen))
    context = frame(request, office, "day")
    rows = queries.day_rows(office.id, chosen, by=by)
    context |= {
        "day": chosen,
        "today": today,
        "before": chosen - timedelta(days=1),
        "after": chosen + timedelta(days=1),
        "lines": presenters.lines(rows, today=chosen == today, past=chosen < today, works=context["works"]),
        "figures": queries.figures(office.id, chosen),
        "waiting": presenters.waiting(queries.line(office.id, by=by)) if chosen == today else [],
        "undecided": queries.undecided(office.id, before=today, by=by) if chosen == today else [],
        "told": _told(request, office),
        "faults": faults or [],
        "conflict": conflict,
        "typed": typed,
        "seen": _seen(request, office, chosen),
    }
    return render(request, "hall/day.html", context, status=409 if conflict else 422 if faults else 200)


def _day_of(request: HttpRequest) -> date:
    given = request.POST.get("day") or request.GET.get("day", "")
    today = clock.today()
    try:
        chosen = date.fromisoformat(given) if given else today
    except ValueError:
        raise NotFound from None
    if abs((chosen - today).days) > _FURTHEST:
        raise NotFound
    return chosen


def _seen(request: HttpRequest, office: OfficeCard, chosen: date) -> str:
    """Proof, for the page that refreshes itself, that this reader's look at this list stands in the audit."""
    return signing.dumps([actor_of(request).label, office.id, chosen.isoformat()], salt=_SEEN)


def _is_refresh(request: HttpRequest, office: OfficeCard, chosen: date) -> bool:
    try:
        proof = signing.loads(request.GET.get("seen", ""), salt=_SEEN, max_age=_OPEN_FOR)
    except signing.BadSignature:
        return False
    return bool(proof == [actor_of(request).label, office.id, chosen.isoformat()])


def _told(request: HttpRequest, office: OfficeCard) -> dict[str, Any] | None:
    """What to tell of the ticket that was just given."""
    try:
        ticket = queries.ticket(office.id, UUID(request.GET.get("ticket", "")))
    except (ValueError, NotFound):
        return None
    again = "again" in request.GET
    return {
        "ticket": ticket,
        "words": arrivals.told(ticket, again=again),
        "people": queries.people_of(ticket, by=actor_of(request)),
    }


@hall_form(WORK)
def check_in(request: HttpRequest, office: OfficeCard) -> HttpResponse:
    """By what was typed or scanned. A GET shows the day, in case its address was kept."""
    if request.method != "POST":
        return see_other("hall:day", office.slug)
    return _check_in(request, office, back="hall:day", again=show)


@hall_form(WORK)
def scan(request: HttpRequest, office: OfficeCard) -> HttpResponse:
    """The page with the camera: sent by itself as soon as it has read something, and ready for the next."""
    if request.method == "POST":
        return _check_in(request, office, back="hall:scan", again=_scan_page)
    return _scan_page(request, office)


def _scan_page(
    request: HttpRequest,
    office: OfficeCard,
    *,
    faults: list[Fault] | None = None,
    conflict: Text | None = None,
    typed: str = "",
) -> HttpResponse:
    context = frame(request, office, "scan")
    context |= {"told": _told(request, office), "faults": faults or [], "conflict": conflict, "typed": typed}
    return render(request, "hall/scan.html", context, status=409 if conflict else 422 if faults else 200)


def _check_in(
    request: HttpRequest, office: OfficeCard, *, back: str, again: Callable[..., HttpResponse]
) -> HttpResponse:
    code = request.POST.get("code", "")
    try:
        found = arrivals.check_in(office=office.id, code=code, by=actor_of(request))
    except Invalid as error:
        return again(request, office, faults=error.faults, typed=code[:100])
    except Conflict as error:
        return again(request, office, conflict=error.message, typed=code[:100])
    return see_other(back, office.slug, query=f"?ticket={found.ticket.id}" + ("&again=1" if found.again else ""))


@hall_act(WORK)
def decide(request: HttpRequest, office: OfficeCard, visit: UUID) -> HttpResponse:
    """A person says of a visit that never checked in whether they came."""
    found = appointments.visit(visit)
    if found.office_id != office.id:
        raise NotFound
    by, chosen = actor_of(request), clock.local_day(found.starts_at)
    try:
        if request.POST.get("came") == "1":
            changing.attended(visit=visit, by=by)
        else:
            changing.missed(visit=visit, by=by)
    except Conflict as error:
        return show(request, office, conflict=error.message)
    return see_other("hall:day", office.slug, query=f"?day={chosen.isoformat()}#visit-{visit}")


@hall_form(WORK)
def walk_in(request: HttpRequest, office: OfficeCard) -> HttpResponse:
    """A ticket for somebody without appointment."""
    if request.method != "POST":
        return _walk_in_page(request, office, typed={})
    people = request.POST.get("people", "1").strip()
    try:
        ticket = arrivals.walk_in(
            office=office.id,
            service=request.POST.get("service", ""),
            people=int(people) if people.isascii() and people.isdigit() and len(people) < 5 else 0,
            name=request.POST.get("name", ""),
            language="en" if request.POST.get("language") == "en" else "th",
            by=actor_of(request),
            once=_once(request),
        )
    except Invalid as error:
        return _walk_in_page(request, office, typed=request.POST.dict(), faults=error.faults)
    return see_other("hall:slip", office.slug, ticket.id)


def _walk_in_page(
    request: HttpRequest, office: OfficeCard, *, typed: dict[str, Any], faults: list[Fault] | None = None
) -> HttpResponse:
    context = frame(request, office, "walk_in")
    context |= {
        "services": presenters.services_of(office.id),
        "typed": typed,
        "faults": faults or [],
        "once": typed.get("once") or uuid7(),
    }
    return render(request, "hall/walk_in.html", context, status=422 if faults else 200)


def _once(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("once", ""))
    except ValueError:
        return uuid7()


@hall_page(SEE)
def slip(request: HttpRequest, office: OfficeCard, ticket: UUID) -> HttpResponse:
    """The ticket, to be printed or photographed."""
    found = queries.ticket(office.id, ticket)
    page = presenters.page_of(found, office)
    content = display.shown(office.id)
    context = frame(request, office, "slip") | {
        "ticket": found,
        "service": display.name_of(found.service),
        "standing": presenters.standing_of(found, content),
        "qr": presenters.qr(page),
        "address": page,
        "time": presenters.clock_words(found.due_at if found.booked else found.arrived_at),
    }
    return render(request, "hall/slip.html", context)
