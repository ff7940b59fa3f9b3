"""Who sees and changes a visit: the account that booked it, or who shows the key from its letters."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from sala.engine.appointments import queries
from sala.engine.appointments.keys import key_of
from sala.engine.appointments.models import Visit
from sala.engine.appointments.permissions import is_visitor
from sala.identity.accounts import held
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.accounts.held import Held
from sala.identity.accounts.requests import actor_of, private, require_account
from sala.kit.errors import NotFound
from sala.kit.ids import normal_reference

P = ParamSpec("P")
_KIND = "visit"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visit and in what role its reader acts on it."""

    visit: Visit
    by: Actor
    by_key: bool


def visitor(request: HttpRequest, reference: str) -> Visitor:
    """The visit of this number for whoever may see it. Raises NotFound."""
    by = actor_of(request)
    stored = normal_reference(reference) or ""
    if own := _own(stored, by):
        return Visitor(own, by, by_key=False)
    shown = held.held(request, _KIND, stored)
    if shown is None:
        raise NotFound
    visit = queries.visit_by_reference(stored, key=shown.key)
    return Visitor(visit, Actor(kind="key", id=visit.reference), by_key=True)


def may_see(request: HttpRequest, reference: str) -> bool:
    """Whether the visit of this number is its reader's, signed in or by the key this browser has shown."""
    try:
        visitor(request, reference)
    except NotFound:
        return False
    return True


def _own(reference: str, by: Actor) -> Visit | None:
    """The visit that this account booked. An officer's way to others' visits is the desk."""
    if by.account_id is None:
        return None
    with suppress(NotFound):
        found = queries.visit_by_reference(reference, by=by)
        return found if is_visitor(by, found) else None
    return None


def hold(request: HttpRequest, response: HttpResponse, visit: Visit) -> None:
    """Remember for two hours that this browser may see and change the visit."""
    held.hold(request, response, _KIND, visit.reference, Held(key_of(visit.id, visit.key_version), whole=True))


def with_visit(view: Callable[Concatenate[HttpRequest, Visitor, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """The view gets the visit of the address; to others there is none. `?key=` opens it and leaves the address.

    Whoever is signed out, and has shown no key, is told how to get to it: the link in its letters, or a sign-in.
    """

    @wraps(view)
    def guarded(request: HttpRequest, reference: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if key := request.GET.get("key"):
            return _without_key(request, queries.visit_by_reference(normal_reference(reference) or "", key=key))
        try:
            found = visitor(request, reference)
        except NotFound:
            if actor_of(request) is not ANONYMOUS:
                raise
            if request.method == "POST":
                return require_account(_gone)(request)
            return private(HttpResponseRedirect(reverse("appointments:link", args=[reference])))
        return private(view(request, found, *args, **kwargs))

    return guarded


def _without_key(request: HttpRequest, visit: Visit) -> HttpResponse:
    response = HttpResponseRedirect(request.path)
    hold(request, response, visit)
    return private(response)


def _gone(request: HttpRequest, *args: Any) -> HttpResponse:
    raise NotFound
