"""The officers' pages of an office's appointments: how full the days are, and when and how they are given.

How a form becomes a change stands in change_views.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sala.engine.appointments import permissions
from sala.engine.appointments.models import Schedule
from sala.engine.appointments.office import feeds, forms, overview, schedules, stored
from sala.engine.appointments.office import permissions as offices
from sala.engine.appointments.office.change_views import Sheet, back
from sala.engine.appointments.office.changes import WEEKDAYS
from sala.engine.appointments.office.permissions import Permission, can, check
from sala.engine.cases import permissions as cases
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import OfficeCard
from sala.kit import audit
from sala.kit.errors import NotFound

OfficeView = Callable[..., HttpResponse]
"""Takes the request, the office and who asks; then what else the address holds, by name."""
DONE = ("changed", "same", "closed", "taken_back", "revoked")
form = require_http_methods(["GET", "HEAD", "POST"])


def office_page(view: OfficeView) -> Callable[..., HttpResponse]:
    """The view gets the office of the address. To an officer who does not work there, it has no pages."""

    def guarded(request: HttpRequest, office: str, **rest: Any) -> HttpResponse:
        by = actor_of(request)
        here = _office(office, by)
        return view(request, here, by, **rest)

    update_wrapper(guarded, view)
    return require_officer(guarded)


@require_officer
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The offices where the reader has a post; straight to it where there is one."""
    mine = overview.with_appointments(offices.offices(actor_of(request)))
    if len(mine) == 1:
        return HttpResponseRedirect(reverse("offices:office", args=[directory.office(mine[0]).slug]))
    expected = overview.expected_at(mine)
    cards = sorted((directory.office(one) for one in mine), key=lambda card: str(card.name))
    lines = [(card, expected.get(card.id, overview.Expected())) for card in cards]
    return render(request, "appointments/desk/home.html", {"nav": "desk", "lines": lines})


@require_safe
@office_page
def office(request: HttpRequest, office: OfficeCard, by: Actor) -> HttpResponse:
    """What the office gives, the next days, its hours and closures."""
    sees = _services(by, office)
    displaced, first_displaced = overview.displaced_at(office.id, only=sees)
    # People are named to those alone who may see their requests, and that they were is recorded.
    first_displaced = [visit for visit in first_displaced if permissions.can(by, visit, cases.Permission.VIEW)]
    if first_displaced:
        audit.record(by.label, "office.displaced_viewed", f"office:{office.id}")
    for visit in first_displaced:  # each of them sees on their own page that they were read
        audit.record(by.label, "visit.listed", f"visit:{visit.reference}")
    context = _common(request, office, by) | {
        "services": overview.services_of(office.id, only=sees),
        "expected": overview.expected_at([office.id]).get(office.id, overview.Expected()),
        "week": overview.week_of(office.id),
        "closures": overview.closures_of(office.id),
        "holidays": overview.holidays(),
        "displaced": displaced,
        "first_displaced": first_displaced,
        "service_name": overview.service_name,
        "several": len(offices.offices(by)) > 1,
    }
    return render(request, "appointments/desk/office.html", context)


@form
@office_page
def terms(request: HttpRequest, office: OfficeCard, by: Actor, service: str) -> HttpResponse:
    """How a service is given here."""
    check(by, Permission.CHANGE, office=office.id, service=service)
    row = Schedule.objects.filter(office=office.id, service=service).first()
    if row is None:
        raise NotFound
    context = {"schedule": row, "name": overview.service_name(service), "units": forms.UNITS}
    sheet = Sheet(request, office, by, "terms", _common(request, office, by) | context)
    if request.method != "POST":
        return sheet.form(forms.shown_terms(row))
    return sheet.answer(forms.read_terms(row, request.POST))


@form
@office_page
def hours(request: HttpRequest, office: OfficeCard, by: Actor) -> HttpResponse:
    """The hours of the week."""
    check(by, Permission.CHANGE, office=office.id)
    week = overview.week_of(office.id)
    spans = forms.spans_for(week, request.POST, request.GET)
    context = {"spans": range(spans), "more": spans == forms.USUAL_SPANS}
    sheet = Sheet(request, office, by, "hours", _common(request, office, by) | context)
    if request.method != "POST":
        return sheet.form(forms.shown_hours(week))
    return sheet.answer(forms.read_hours(office.id, request.POST))


@require_safe
@office_page
def closures(request: HttpRequest, office: OfficeCard, by: Actor) -> HttpResponse:
    """When the office is closed against its hours, and the holidays."""
    context = _common(request, office, by) | {
        "closures": overview.closures_of(office.id),
        "holidays": overview.holidays(180),
    }
    return render(request, "appointments/desk/closures.html", context)


@form
@office_page
def close(request: HttpRequest, office: OfficeCard, by: Actor) -> HttpResponse:
    """Close the office, or all that the reader manages, for a time."""
    check(by, Permission.CHANGE, office=office.id)
    managed = tuple(
        one
        for one in overview.with_appointments(offices.offices(by, Permission.CHANGE))
        if can(by, Permission.CHANGE, office=one)
    )
    sheet = Sheet(request, office, by, "close", _common(request, office, by) | {"managed": len(managed)}, "closed")
    if request.method != "POST":
        return sheet.form({"scope": "here"})
    which = managed if request.POST.get("scope") == "all" else (office.id,)
    return sheet.answer(forms.read_closure(which, request.POST))


@form
@office_page
def withdraw(request: HttpRequest, office: OfficeCard, by: Actor, closure: int) -> HttpResponse:
    """Take a closure back; asked once, since its places are offered again."""
    check(by, Permission.CHANGE, office=office.id)
    change = schedules.withdrawal(closure)
    if request.method == "POST" and stored.is_so(change):
        return back(office, "taken_back")
    context = _common(request, office, by) | {"closing": overview.closure(closure, office.id)}
    sheet = Sheet(request, office, by, "withdraw", context, "taken_back")
    return sheet.make(change) if request.method == "POST" else sheet.preview(change)


@form
@office_page
def calendars(request: HttpRequest, office: OfficeCard, by: Actor) -> HttpResponse:
    """Calendar addresses; a new one is shown in the answer to the POST itself, since it is stored nowhere."""
    made = ""
    if request.method == "POST":
        made = feeds.address_of(feeds.make(office=office.id, own=request.POST.get("own") == "yes", by=by))
    context = _common(request, office, by) | {"feeds": feeds.feeds_of(office=office.id, by=by), "made": made}
    return render(request, "appointments/desk/calendars.html", context)


@require_POST
@office_page
def revoke(request: HttpRequest, office: OfficeCard, by: Actor, feed: int) -> HttpResponse:
    feeds.revoke(feed=feed, by=by)
    return HttpResponseRedirect(reverse("offices:calendars", args=[office.slug]) + "?done=revoked", status=303)


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """A calendar for a program: whoever has the address has it. 304 where nothing has changed."""
    found = feeds.render(token)
    headers = {"Cache-Control": "private, no-cache", "ETag": found.etag, "X-Robots-Tag": "noindex"}
    response = HttpResponse(found.content, content_type="text/calendar; charset=utf-8", headers=headers)
    answer = get_conditional_response(request, etag=found.etag, response=response)
    return answer if isinstance(answer, HttpResponse) else response


def _common(request: HttpRequest, office: OfficeCard, by: Actor) -> dict[str, Any]:
    done = request.GET.get("done", "")
    return {
        "nav": "desk",
        "office": office,
        "changes": can(by, Permission.CHANGE, office=office.id),
        "may_change": lambda service: can(by, Permission.CHANGE, office=office.id, service=service),
        "weekdays": WEEKDAYS,
        "done": done if done in DONE else "",
    }


def _office(slug: str, by: Actor) -> OfficeCard:
    card = directory.office_by_slug(slug)
    if card.id not in offices.offices(by) or not overview.with_appointments([card.id]):
        raise NotFound
    return card


def _services(by: Actor, office: OfficeCard) -> set[str] | None:
    """The services that the reader sees here; None = all of them."""
    seats = [
        seat
        for seat in by.seats
        if seat.office == office.id or (seat.office is None and office.id in directory.offices_of_agency(seat.agency))
    ]
    if any(not seat.services for seat in seats):
        return None
    return {service for seat in seats for service in seat.services}
