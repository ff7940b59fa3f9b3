"""A visit's page for whoever booked it: all of it, its calendar entry, cancelling it."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from sala.engine.appointments import changing, instead, letters, lost_letter, sheets
from sala.engine.appointments.access import Visitor, may_see, with_visit
from sala.engine.appointments.models import Visit
from sala.engine.cases import links as case_links
from sala.engine.cases import queries as cases
from sala.identity.accounts.requests import private
from sala.kit.errors import Conflict
from sala.kit.text import Text, language

_NO_EMAIL = Text(th="โปรดกรอกอีเมลที่ใช้ตอนจอง", en="Enter the e-mail address you gave when you booked")


@require_safe
@with_visit
def visit(request: HttpRequest, found: Visitor) -> HttpResponse:
    """When and where, what to bring, and what can be changed."""
    sheet = sheets.sheet(found.visit)
    lost = [found.visit.id] if sheet.displaced else []
    context = {
        "sheet": sheet,
        "held": instead.addresses(lost).get(found.visit.id, ""),
        "visit": found.visit,
        "by_key": found.by_key,
        "directions": sheets.directions(sheet.at),
        "cases": _requests(found.visit),
        "moved": "moved" in request.GET,
        "nav": "track" if found.by_key else "mine",
    }
    return render(request, "appointments/visit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_visit
def cancel(request: HttpRequest, found: Visitor) -> HttpResponse:
    """Give the visit up, after asking: what was filed with it is withdrawn."""
    here = reverse("appointments:visit", args=[found.visit.reference])
    error = None
    if request.method == "POST":
        try:
            changing.cancel(visit=found.visit.id, by=found.by)
            return HttpResponseRedirect(here, status=303)
        except Conflict as conflict:
            error = conflict.message
    filed = sum(one.filed for one in found.visit.bookings.all())
    context = {"sheet": sheets.sheet(found.visit), "visit": found.visit, "back": here, "error": error, "filed": filed}
    return render(request, "appointments/cancel.html", context, status=409 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, reference: str) -> HttpResponse:
    """Who has lost the letter has it sent again, to the address they gave; who may see the visit is led to it."""
    here = reverse("appointments:visit", args=[reference])
    if may_see(request, reference):
        return private(HttpResponseRedirect(here, status=303))
    return lost_letter.page(
        request,
        reference,
        kind="visit",
        template="appointments/link.html",
        here=here,
        no_email=_NO_EMAIL,
        send=letters.send_link,
    )


@require_safe
@with_visit
def entry(request: HttpRequest, found: Visitor) -> HttpResponse:
    """The visit for a calendar."""
    content = sheets.calendar(found.visit, language()).encode()
    name = quote(f"{found.visit.reference}.ics")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Content-Security-Policy": "sandbox",
    }
    return private(HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers))


def _requests(visit: Visit) -> list[dict[str, str]]:
    """The requests that the visit is for, with the way to each."""
    names = {one.case_id: one.name for one in visit.bookings.all() if one.case_id}
    filed = cases.filed(list(names))
    return [
        {"reference": one.reference, "name": names[one.id], "href": case_links.to_page(one.reference, one.key)}
        for one in filed
    ]
