"""Another time for a visit, or another office: the same month and times as for a new one, then a question."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from sala.engine.appointments import changing, gates, picture, presenters, sheets
from sala.engine.appointments.access import Visitor, with_visit
from sala.engine.appointments.claims import Taken
from sala.engine.appointments.models import Visit
from sala.engine.appointments.presenters import Ways
from sala.engine.appointments.queries import ScheduleCard
from sala.engine.appointments.states import VisitState
from sala.identity.directory import queries as directory
from sala.kit.errors import Conflict, Invalid, NotFound


@require_safe
@with_visit
def offices(request: HttpRequest, found: Visitor) -> HttpResponse:
    """Which other office it could be."""
    if refused := _refused(request, found.visit):
        return refused
    visit, ways = found.visit, _ways(found.visit)
    province = presenters.province_asked(request.GET.get("province", ""), directory.office(visit.office_id).province)
    chosen = presenters.offices(visit.service, province, ways)
    context = _common(visit) | {
        "offices": chosen,
        "map": picture.of(chosen, visit.service, ways),
        "provinces": directory.provinces(),
        "back": reverse("appointments:move", args=[visit.reference]),
    }
    return render(request, "appointments/move_offices.html", context)


@require_safe
@with_visit
def month(request: HttpRequest, found: Visitor, schedule: int = 0) -> HttpResponse:
    """The days on which it could be."""
    if refused := _refused(request, found.visit):
        return refused
    visit = found.visit
    chosen = presenters.schedule_for(schedule or visit.schedule_id, visit.service)
    if waits := _waits(request, visit, chosen.id):
        return waits
    first = presenters.month_asked(request.GET.get("month", ""), chosen)
    context = _common(visit) | {
        "month": presenters.month(chosen, first, visit.people, _ways(visit)),
        "office": directory.office(chosen.office),
        "back": reverse("appointments:visit", args=[visit.reference]),
    }
    return render(request, "appointments/move_month.html", context)


@require_safe
@with_visit
def times(request: HttpRequest, found: Visitor, schedule: int, day: str) -> HttpResponse:
    """The times of a day."""
    if refused := _refused(request, found.visit):
        return refused
    visit = found.visit
    chosen = presenters.schedule_for(schedule, visit.service)
    if waits := _waits(request, visit, chosen.id):
        return waits
    asked = presenters.day_asked(day)
    context = _common(visit) | {
        "times": presenters.times(chosen.id, asked, visit.people),
        "links": lambda value: reverse("appointments:move_confirm", args=[visit.reference, chosen.id, value]),
        "office": directory.office(chosen.office),
        "back": _ways(visit).month(chosen.id, presenters.month_code(asked)),
    }
    return render(request, "appointments/move_times.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_visit
def confirm(request: HttpRequest, found: Visitor, schedule: int, at: str) -> HttpResponse:
    """From when to when: asked once more, since the time can be changed only so often."""
    visit = found.visit
    chosen = presenters.schedule_for(schedule, visit.service)
    starts_at = presenters.time_of(at)
    if starts_at is None:
        raise NotFound
    if waits := _waits(request, visit, chosen.id):
        return waits
    here = reverse("appointments:visit", args=[visit.reference])
    if request.method != "POST":
        return _refused(request, visit) or _ask(request, visit, chosen, at)
    try:
        changing.move(visit=visit.id, starts_at=starts_at, schedule=chosen.id, by=found.by)
    except Taken as taken:
        return _ask(request, visit, chosen, at, taken=taken)
    except Invalid as invalid:
        return _ask(request, visit, chosen, at, error=str(invalid.faults[0].message))
    except Conflict as conflict:
        return _ask(request, visit, chosen, at, error=str(conflict.message))
    gates.gate().chosen(request, chosen.id)
    return HttpResponseRedirect(f"{here}?moved", status=303)


def _ask(
    request: HttpRequest, visit: Visit, target: ScheduleCard, at: str, *, taken: Taken | None = None, error: str = ""
) -> HttpResponse:
    starts_at = presenters.time_of(at)
    assert starts_at is not None  # noqa: S101 - judged before
    context = _common(visit) | {
        "to": presenters.when_words(starts_at),
        "office": directory.office(target.office),
        "elsewhere": target.office != visit.office_id,
        "taken": taken is not None,
        "alternatives": presenters.alternatives(taken.alternatives) if taken else [],
        "links": lambda value: reverse("appointments:move_confirm", args=[visit.reference, target.id, value]),
        "error": error,
        "month": _ways(visit).month(target.id, presenters.month_code(presenters.local_day(starts_at))),
        "back": _ways(visit).day(target.id, presenters.local_day(starts_at)),
    }
    return render(request, "appointments/move_confirm.html", context, status=409 if taken or error else 200)


def _common(visit: Visit) -> dict[str, Any]:
    return {"visit": visit, "sheet": sheets.sheet(visit)}


def _ways(visit: Visit) -> Ways:
    reference = visit.reference

    def month_of(schedule: int, code: str) -> str:
        address = reverse("appointments:move_month", args=[reference, schedule])
        return f"{address}?month={code}" if code else address

    def day_of(schedule: int, day: date) -> str:
        return reverse("appointments:move_times", args=[reference, schedule, day.isoformat()])

    return Ways(
        province=lambda code: f"?province={code}",
        month=month_of,
        day=day_of,
    )


def _waits(request: HttpRequest, visit: Visit, schedule: int) -> HttpResponse | None:
    """The waiting room, while one stands before this calendar. Who lost a time by the office's doing does not wait."""
    return None if visit.state == VisitState.DISPLACED else gates.gate().before(request, schedule)


def _refused(request: HttpRequest, visit: Visit) -> HttpResponse | None:
    """Back to the visit's page, which says why its time cannot be changed."""
    if sheets.sheet(visit).may_move:
        return None
    return HttpResponseRedirect(reverse("appointments:visit", args=[visit.reference]))
