"""Which counters there are: for those who manage the hall."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sala.engine.hall import counters, presenters, queries
from sala.engine.hall.permissions import MANAGE
from sala.engine.hall.views.doors import frame, hall_act, hall_form, see_other
from sala.identity.accounts.requests import actor_of
from sala.identity.directory.queries import OfficeCard
from sala.kit.errors import Conflict, Fault, Invalid
from sala.kit.text import Text


@hall_form(MANAGE)
def setup(request: HttpRequest, office: OfficeCard) -> HttpResponse:
    """The list, and a new one."""
    if request.method != "POST":
        return _page(request, office)
    return _saved(request, office, None)


@hall_form(MANAGE)
def change(request: HttpRequest, office: OfficeCard, counter: int) -> HttpResponse:
    """Another name or other services."""
    card = queries.counter(office.id, counter)
    if request.method != "POST":
        return _page(request, office, card=card, typed={"name": card.name, "services": list(card.services)})
    return _saved(request, office, card)


def _saved(request: HttpRequest, office: OfficeCard, card: queries.CounterCard | None) -> HttpResponse:
    name, services, by = request.POST.get("name", ""), request.POST.getlist("services"), actor_of(request)
    try:
        if card is None:
            counters.define(office=office.id, name=name, services=services, by=by)
        else:
            counters.change(counter=card.id, name=name, services=services, by=by)
    except Invalid as error:
        return _page(request, office, card=card, typed={"name": name, "services": services}, faults=error.faults)
    return see_other("hall:setup", office.slug)


@hall_act(MANAGE)
def remove(request: HttpRequest, office: OfficeCard, counter: int) -> HttpResponse:
    queries.counter(office.id, counter)
    try:
        counters.remove(counter=counter, by=actor_of(request))
    except Conflict as error:
        return _page(request, office, conflict=error.message)
    return see_other("hall:setup", office.slug)


def _page(
    request: HttpRequest,
    office: OfficeCard,
    *,
    card: queries.CounterCard | None = None,
    typed: dict[str, Any] | None = None,
    faults: list[Fault] | None = None,
    conflict: Text | None = None,
) -> HttpResponse:
    services = presenters.services_of(office.id)
    names = {slug: str(name) for slug, name in services}
    context = frame(request, office, "setup") | {
        "counters": [
            (one, ", ".join(names.get(slug, slug) for slug in one.services)) for one in queries.counters(office.id)
        ],
        "changed": card,
        "services": services,
        "typed": typed or {"name": "", "services": []},
        "faults": faults or [],
        "conflict": conflict,
    }
    return render(request, "hall/setup.html", context, status=409 if conflict else 422 if faults else 200)
