"""Pages of who asks to become a relying party: their list, the request part by part, its state."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sala.identity.accounts.requests import actor_of, require_account
from sala.identity.console import permissions, queries, rules, services, words
from sala.identity.console.queries import Shown
from sala.identity.console.rules import Content, State
from sala.identity.directory import queries as directory
from sala.identity.directory.rules import thai_order
from sala.kit.errors import Fault, Invalid, NotFound, SalaError
from sala.kit.ids import uuid7
from sala.kit.text import language

form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@require_account
def home(request: HttpRequest) -> HttpResponse:
    """One's relying parties; for who decides, how many requests wait."""
    by = actor_of(request)
    assert by.account_id  # noqa: S101 - require_account made sure
    waiting = queries.waiting(by) if permissions.may_decide(by) else None
    return page(request, "home", parties=queries.of_account(by.account_id), waiting=waiting)


@form
@require_account
def new(request: HttpRequest) -> HttpResponse:
    """Name and owner: then there is a draft, and a sandbox."""
    if request.method != "POST":
        return page(request, "new", typed=Content(), key=uuid7(), **_choices())
    try:
        party = services.begin(party=_key(request), typed=request.POST.dict(), by=actor_of(request))
    except Invalid as error:
        typed = rules.typed_into(Content(), "about", request.POST.dict(), (), services.known())
        return page(request, "new", status=422, faults=error.faults, typed=typed, key=_key(request), **_choices())
    return see("console:party", party)


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        raise NotFound from None


@require_safe
@require_account
def party(request: HttpRequest, party: UUID) -> HttpResponse:
    """The state of the request, what is still to do, and the clients."""
    return _party(request, queries.own(party, actor_of(request)))


def _party(request: HttpRequest, shown: Shown, *, status: int = 200, faults: list[Fault] | None = None) -> HttpResponse:
    parts = [(part, shown.done(part)) for part in rules.PARTS]
    manages = queries.manages(shown.id, actor_of(request))
    context = {
        "shown": shown,
        "manages": manages,
        "places": words.PARTS,
        "sections": parts,
        "complete": all(done for _, done in parts),
        "scopes": words.DATA,
    }
    return page(request, "party", status=status, faults=faults, anchors=_anchors(faults), **context)


def _anchors(faults: list[Fault] | None) -> dict[str, str]:
    """A fault of the whole request leads to the list of its parts."""
    return {fault.field: "parts" for fault in faults or ()}


@require_POST
@require_account
def send(request: HttpRequest, party: UUID) -> HttpResponse:
    """To the department."""
    try:
        services.submit(party=party, by=actor_of(request))
    except Invalid as error:
        return _party(request, queries.own(party, actor_of(request)), status=422, faults=error.faults)
    return see("console:party", party)


@require_POST
@require_account
def take_back(request: HttpRequest, party: UUID) -> HttpResponse:
    """Not to be decided yet."""
    services.take_back(party=party, by=actor_of(request))
    return see("console:party", party)


@form
@require_account
def part(request: HttpRequest, party: UUID, part: str) -> HttpResponse:
    """One part of the request. What is typed is kept even where it is wrong."""
    by = actor_of(request)
    shown = queries.own(party, by)
    if part not in rules.PARTS:
        raise NotFound
    faults: list[Fault] = []
    status = 200
    if request.method == "POST":
        chosen = request.POST.getlist("scopes")
        try:
            faults = services.save(party=party, part=part, typed=request.POST.dict(), chosen=chosen, by=by)
        except SalaError as error:
            faults, status = error.faults, error.status
        if not faults:
            return _after(part, queries.own(party, by))
        shown, status = queries.own(party, by), status if status != 200 else 422
    context: dict[str, Any] = {
        "shown": shown, "typed": shown.content, "part": part, "scopes": words.DATA, "nothing": rules.NOTHING,
        "fixed": shown.live_id is not None, "reading": not shown.state.open,
    }  # fmt: skip
    return page(request, "part", status=status, faults=faults, **context, **_choices())


def _after(part: str, shown: Shown) -> HttpResponse:
    """Who has chosen data says next what for."""
    reasons = part == "data" and shown.content.scopes
    return see("console:part", shown.id, "reasons") if reasons else see("console:party", shown.id)


def _choices() -> dict[str, Any]:
    cards = directory.agencies()
    if language() == "th":
        return {"agencies": sorted(cards, key=lambda card: thai_order(card.name.th))}
    return {"agencies": sorted(cards, key=lambda card: card.name.en)}


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"console/{template}.html", {"nav": "account", "states": State, **context}, status=status)


def see(name: str, *where: object) -> HttpResponse:
    """After a POST: look there (303), so that a reload sends nothing again."""
    response = HttpResponseRedirect(reverse(name, args=where))
    response.status_code = 303
    return response
