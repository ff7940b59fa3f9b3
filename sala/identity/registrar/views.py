"""The registration desk: look somebody up, see the entry, and keep it current. Every look is recorded."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from sala.identity.accounts.requests import actor_of, private, require_officer
from sala.identity.accounts.views import see
from sala.identity.directory.queries import OfficeCard
from sala.identity.people import proposing, rules
from sala.identity.people import queries as people
from sala.identity.people.queries import PersonCard
from sala.identity.registrar import finding, forms, presenters, words
from sala.identity.registrar.handles import handle, person
from sala.identity.registrar.permissions import check_keeps
from sala.kit import audit

form = require_http_methods(["GET", "HEAD", "POST"])


@form
@require_officer
def home(request: HttpRequest) -> HttpResponse:
    """Look somebody up, by number, or by name and date of birth. What is typed stays out of addresses."""
    office = check_keeps(actor_of(request))
    waiting = len(proposing.waiting(office.id))
    if request.method != "POST":
        return page(request, "home", office=office, widgets=forms.widgets(finding.ASKED, {}, []), proposals=waiting)
    typed, found, faults = finding.find(request.POST, by=actor_of(request), office=office)
    if faults:
        drawn = forms.widgets(finding.ASKED, typed, faults)
        return page(request, "home", status=422, office=office, widgets=drawn, faults=faults, proposals=waiting)
    if len(found) == 1:
        return see(address_of(found[0], request))
    rows = [(presenters.name(card), presenters.address(card), address_of(card, request)) for card in found]
    return page(request, "matches", rows=rows, born=found[0].birth_date)


@require_safe
@require_officer
def entry(request: HttpRequest, word: str) -> HttpResponse:
    """One entry: as it is, or as it was on a day; the household, and what was changed when, by whom and why."""
    by = actor_of(request)
    office = check_keeps(by)
    card = person(word, by)
    look(request, card, office)
    asked = request.GET.get("on", "")
    on = forms.day(asked)
    then = people.as_of(card.pid, on) if on else card
    context: dict[str, Any] = {
        "card": card,
        "then": then,
        "on": on,
        "asked": asked,
        "wrong": bool(asked) and on is None,
        "word": word,
        "show": presenters,
        "lived": people.households(card),
        "household": _others(card, request),
        "lines": presenters.history(card.id),
        "acts": [(key, label) for key, label in words.ACTS.items() if not card.died_on or key == "details"],
        "invented": rules.is_invented(card.pid),
        "said": words.PROPOSED if request.GET.get("done") == "proposed" else None,
        "proposal": proposing.of_person(card.id),
    }
    return page(request, "entry", **context)


def _others(card: PersonCard, request: HttpRequest) -> list[tuple[str, str, str]]:
    """Who lives in the same house: name, place in it, and the address of their entry."""
    members = people.household(card.house) if card.house else []
    return [
        (presenters.name(one), presenters.value("house_role", one.house_role), address_of(one, request))
        for one in members
        if one.id != card.id
    ]


def look(request: HttpRequest, card: PersonCard, office: OfficeCard) -> None:
    """That somebody's entry was opened: the person sees it."""
    audit.record(actor_of(request).label, "person.viewed", f"person:{card.id}", {"office": office.id})


def address_of(card: PersonCard, request: HttpRequest) -> str:
    return reverse("registrar:entry", args=[handle(card, actor_of(request))])


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page that no cache keeps."""
    shown = {"nav": "desk", "faults": [], **context}
    return private(render(request, f"registrar/{template}.html", shown, status=status))
