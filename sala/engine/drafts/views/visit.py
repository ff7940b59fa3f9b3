"""Choosing a visit: can it be done online, how many come, where, on which day, when. Then the form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sala.engine.appointments import picture, presenters
from sala.engine.appointments import queries as appointments
from sala.engine.appointments.holding import Taken
from sala.engine.appointments.presenters import Ways
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts import content as contents
from sala.engine.drafts import visiting
from sala.engine.drafts.access import held_by, with_draft
from sala.engine.drafts.content import Content
from sala.engine.drafts.models import Draft
from sala.engine.waiting import door
from sala.identity.accounts.requests import actor_of, network_of
from sala.identity.directory import queries as directory
from sala.kit import clock
from sala.kit.errors import Fault, Invalid, NotFound


@dataclass(frozen=True, slots=True)
class Strip:
    """The line over every page of the form: which place is kept, until when. `left`: seconds, by the server's clock."""

    when: str
    office: str
    until: str
    left: int
    lapsed: bool
    change: str


def strip(draft: Draft, content: Content) -> Strip | None:
    """The kept place of a draft; None where there is no visit in it, or none is chosen yet."""
    found = visiting.standing(draft.id, content)
    if found is None:
        return None
    plan = appointments.schedule(found.chosen.schedule)
    left = math.ceil((found.held.until - clock.now()).total_seconds()) if found.held else 0
    return Strip(
        when=presenters.when_words(found.starts_at),
        office=str(directory.office(plan.office).name),
        until=presenters.clock_words(found.held.until) if found.held else "",
        left=max(0, left),
        lapsed=not found.is_kept,
        change=ways(draft).month(plan.id, presenters.month_code(presenters.local_day(found.starts_at))),
    )


def waiting_at(content: Content) -> str:
    """The office whose waiting list is joined by sending; empty where a place is booked."""
    if not content.visit.waiting:
        return ""
    return str(directory.office(appointments.schedule(content.visit.schedule).office).name)


def next_address(draft: Draft, service: Loaded, content: Content) -> str:
    """The page on which something of the visit is still to be chosen; empty where nothing is."""
    step = visiting.open_step(service, content)
    if step == "day":
        return reverse("drafts:visit_day", args=[draft.id, content.visit.schedule])
    return reverse(f"drafts:visit_{step}", args=[draft.id]) if step else ""


def last_address(draft: Draft, service: Loaded, content: Content) -> str:
    """The page of the visit that stands before the form; empty where there is no visit."""
    if service.declaration.appointment is None or not content.visit.schedule:
        return ""
    moment = visiting.starts_at(content.visit)
    code = presenters.month_code(presenters.local_day(moment)) if moment else ""
    return ways(draft).month(content.visit.schedule, code)


def for_other_number(request: HttpRequest, draft: Draft, service: Loaded) -> HttpResponse | None:
    """Others come than the place is kept for: the same time for as many, else the nearest; None where it is right."""
    content = contents.read(draft.content)
    found = visiting.standing(draft.id, content)
    if found is None or visiting.is_for_all(service, content, found):
        return None
    return _keep(request, draft, found.chosen.schedule, found.starts_at)


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def need(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What do you need? What can be done online leads there."""
    service, content = _open(draft)
    assert service.declaration.appointment is not None  # noqa: S101 - _open
    faults: list[Fault] = []
    if request.method == "POST":
        chosen = request.POST.get("need", "")
        others = {one.service for one in service.declaration.appointment.instead}
        if chosen in others:
            return HttpResponseRedirect(reverse("catalogue:service", args=[chosen]), status=303)
        if chosen == "visit":
            visiting.need(draft=draft.id)
            return _on(draft)
        faults = [Fault("need", "required", presenters.CHOOSE_ONE)]
    context = _common(draft, service, content) | {
        "instead": service.declaration.appointment.instead,
        "faults": faults,
        "back": reverse("catalogue:service", args=[service.slug]),
    }
    return render(request, "drafts/visit_need.html", context, status=422 if faults else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def people(request: HttpRequest, draft: Draft) -> HttpResponse:
    """How many come: as many places are kept at one time."""
    service, content = _open(draft)
    group = service.groups.get(contents.split_group(service))
    if group is None:
        raise NotFound
    faults: list[Fault] = []
    if request.method == "POST":
        typed = request.POST.get("people", "")
        count = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else 0
        try:
            visiting.set_people(draft=draft.id, count=count)
            draft.refresh_from_db()
            return for_other_number(request, draft, service) or _on(draft)
        except Invalid as invalid:
            faults = invalid.faults
    context = _common(draft, service, content) | {
        "group": group,
        "count": content.visit.people or len(content.entries.get(group.group, [])) or 1,
        "faults": faults,
        "back": _before(draft, service, "people"),
    }
    return render(request, "drafts/visit_people.html", context, status=422 if faults else 200)


@require_safe
@with_draft
def office(request: HttpRequest, draft: Draft) -> HttpResponse:
    """At which office: by province, on a map and in a list."""
    service, content = _open(draft)
    province = presenters.province_asked(request.GET.get("province", ""), _usual_province(content))
    offered = presenters.offices(service.slug, province, ways(draft))
    context = _common(draft, service, content) | {
        "offices": offered,
        "map": picture.of(offered, service.slug, ways(draft)),
        "provinces": directory.provinces(),
        "back": _before(draft, service, "office"),
    }
    return render(request, "drafts/visit_office.html", context)


@require_safe
@with_draft
def day(request: HttpRequest, draft: Draft, schedule: int) -> HttpResponse:
    """On which day: a month with the days that have places; where there is none at all, what can be done."""
    service, content = _open(draft)
    chosen = presenters.schedule_for(schedule, service.slug)
    if waits := door.before(request, schedule):
        return waits
    count = visiting.people_of(service, content)
    place = directory.office(chosen.office)
    first = _first_month(request, chosen.id, count)
    month = presenters.month(chosen, presenters.month_asked(first, chosen), count, ways(draft))
    none_at_all = not month.any_free and presenters.first_free(chosen.id, count) is None
    context = _common(draft, service, content) | {
        "month": month,
        "office": place,
        "schedule": chosen,
        "people": count,
        "none_at_all": none_at_all,
        "not_open_until": chosen.opens_at if chosen.opens_at and chosen.opens_at > clock.now() else None,
        "near": presenters.near_with_places(service.slug, place, ways(draft)) if none_at_all else [],
        "back": f"{reverse('drafts:visit_office', args=[draft.id])}?province={place.province or ''}",
    }
    return render(request, "drafts/visit_day.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def time(request: HttpRequest, draft: Draft, schedule: int, day: str) -> HttpResponse:
    """At which time. Pressing one keeps the place for ten minutes; one just taken is refused with the nearest free."""
    service, content = _open(draft)
    chosen = presenters.schedule_for(schedule, service.slug)
    asked = presenters.day_asked(day)
    if waits := door.before(request, schedule):
        return waits
    if request.method == "POST":
        return _choose(request, draft, schedule)
    context = _common(draft, service, content) | {
        "times": presenters.times(schedule, asked, visiting.people_of(service, content)),
        "office": directory.office(chosen.office),
        "same_day": _same_day(request, chosen.office, asked),
        "here": request.path,
        "back": ways(draft).month(schedule, presenters.month_code(asked)),
    }
    return render(request, "drafts/visit_time.html", context)


@require_POST
@with_draft
def again(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The same place once more, after its ten minutes: kept again if nobody took it."""
    _, content = _open(draft)
    moment = visiting.starts_at(content.visit)
    if moment is None:
        return _on(draft)
    return _keep(request, draft, content.visit.schedule, moment)


@require_POST
@with_draft
def wait(request: HttpRequest, draft: Draft, schedule: int) -> HttpResponse:
    """No place anywhere near: fill in the form, and join the waiting list with it."""
    service, _ = _open(draft)
    chosen = presenters.schedule_for(schedule, service.slug)
    visiting.join_list(draft=draft.id, schedule=chosen.id)
    return _on(draft)


def taken(request: HttpRequest, draft: Draft, refused: Taken) -> HttpResponse:
    """Somebody has the place. The nearest free times as buttons; what was typed is kept."""
    _, content = _open(draft)
    moment = visiting.starts_at(content.visit)
    return _taken(request, draft, content.visit.schedule, moment or clock.now(), refused)


def is_of_time(fault: Fault) -> bool:
    """Whether what is wrong is the chosen time, not what was filled in."""
    return fault.field in {"starts_at", "schedule"} or (fault.field == "people" and fault.code != "count")


def not_bookable(request: HttpRequest, draft: Draft, faults: list[Fault]) -> HttpResponse:
    """The chosen time can be booked by nobody: the office closed it, say. What else the day has."""
    _, content = _open(draft)
    moment = visiting.starts_at(content.visit) or clock.now()
    return _not_bookable(request, draft, content.visit.schedule, moment, faults)


def ways(draft: Draft) -> Ways:
    """Where the links of the calendar lead."""

    def month(schedule: int, code: str) -> str:
        address = reverse("drafts:visit_day", args=[draft.id, schedule])
        return f"{address}?month={code}" if code else address

    return Ways(
        province=lambda code: f"?province={code}",
        month=month,
        day=lambda schedule, day: reverse("drafts:visit_time", args=[draft.id, schedule, day.isoformat()]),
    )


def _choose(request: HttpRequest, draft: Draft, schedule: int) -> HttpResponse:
    moment = presenters.time_of(request.POST.get("at", ""))
    if moment is None:
        return HttpResponseRedirect(request.path, status=303)
    return _keep(request, draft, schedule, moment)


def _keep(request: HttpRequest, draft: Draft, schedule: int, moment: datetime) -> HttpResponse:
    try:
        visiting.choose(
            draft=draft.id, schedule=schedule, starts_at=moment, by=actor_of(request), held=held_by(request),
            network=network_of(request),
        )  # fmt: skip
    except Taken as refused:
        return _taken(request, draft, schedule, moment, refused)
    except Invalid as invalid:
        return _not_bookable(request, draft, schedule, moment, invalid.faults)
    door.chosen(request, schedule)
    return _on(draft)


def _taken(request: HttpRequest, draft: Draft, schedule: int, moment: datetime, refused: Taken) -> HttpResponse:
    service, content = _open(draft)
    asked = presenters.local_day(moment)
    context = _common(draft, service, content) | {
        "when": presenters.when_words(moment),
        "alternatives": presenters.alternatives(refused.alternatives),
        "action": ways(draft).day(schedule, asked),
        "month": ways(draft).month(schedule, presenters.month_code(asked)),
        "back": ways(draft).day(schedule, asked),
    }
    return render(request, "drafts/visit_taken.html", context, status=409)


def _not_bookable(
    request: HttpRequest, draft: Draft, schedule: int, moment: datetime, faults: list[Fault]
) -> HttpResponse:
    service, content = _open(draft)
    plan = presenters.schedule_for(schedule, service.slug)
    asked = presenters.local_day(moment)
    context = _common(draft, service, content) | {
        "times": presenters.times(schedule, asked, visiting.people_of(service, content)),
        "office": directory.office(plan.office),
        "same_day": [],
        "faults": [Fault("times", fault.code, fault.message) for fault in faults],
        "here": ways(draft).day(schedule, asked),
        "back": ways(draft).month(schedule, presenters.month_code(asked)),
    }
    return render(request, "drafts/visit_time.html", context, status=422)


def _first_month(request: HttpRequest, schedule: int, people: int) -> str:
    """The month asked for; at first the one with the first free day, so that nobody leafs through full months."""
    if asked := request.GET.get("month", ""):
        return asked
    free = presenters.first_free(schedule, people)
    return presenters.month_code(free) if free else ""


def _same_day(request: HttpRequest, office: int, day: date) -> list[str]:
    """What the same account has at that office on the day, so that two visits can stand side by side."""
    account = actor_of(request).account_id
    if account is None:
        return []
    mine = appointments.visits_of_account(account)
    return [
        f"{presenters.clock_words(one.starts_at)} {catalogue.current(one.service).declaration.name}"
        for one in mine
        if one.office_id == office and presenters.local_day(one.starts_at) == day and one.state == "booked"
    ]


def _usual_province(content: Content) -> int | None:
    if content.visit.schedule:
        return directory.office(appointments.schedule(content.visit.schedule).office).province
    return None


def _before(draft: Draft, service: Loaded, step: str) -> str:
    """The page before one of the steps that were asked of this service."""
    declared = service.declaration.appointment
    steps = ["need"] if declared and declared.instead else []
    steps += ["people"] if contents.split_group(service) else []
    steps += ["office"]
    at = steps.index(step)
    if at == 0:
        return reverse("catalogue:service", args=[service.slug])
    return reverse(f"drafts:visit_{steps[at - 1]}", args=[draft.id])


def _on(draft: Draft) -> HttpResponse:
    return HttpResponseRedirect(reverse("drafts:resume", args=[draft.id]), status=303)


def _open(draft: Draft) -> tuple[Loaded, Content]:
    service = catalogue.current(draft.service)
    if service.declaration.appointment is None or draft.submitted_at is not None:
        raise NotFound
    draft.refresh_from_db()
    return service, contents.read(draft.content)


def _common(draft: Draft, service: Loaded, content: Content) -> dict[str, Any]:
    return {"draft": draft, "service": service.declaration, "hold": strip(draft, content)}
