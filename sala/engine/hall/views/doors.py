"""What all officers' pages of a hall do first: find the office for this officer, or say that there is no such page."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse

from sala.engine.cases.permissions import Permission
from sala.engine.hall import display, permissions
from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import OfficeCard
from sala.kit import live

View = Callable[..., HttpResponse]
"""Takes the request and the office; then what else the address holds, by name."""
LOOKS = ("GET", "HEAD")


def hall_page(permission: Permission) -> Callable[[View], View]:
    """A page for those whose post at the office gives `permission`; to others it does not exist, or is forbidden."""
    return lambda view: _guarded(view, permission, LOOKS)


def hall_form(permission: Permission) -> Callable[[View], View]:
    """A page with a form that is sent back to it."""
    return lambda view: _guarded(view, permission, (*LOOKS, "POST"))


def hall_act(permission: Permission) -> Callable[[View], View]:
    """An act. Who comes by a link, after signing in again, is led to the hall."""

    def guard(act: View) -> View:
        def posted(request: HttpRequest, office: OfficeCard, **rest: Any) -> HttpResponse:
            if request.method in LOOKS:
                return HttpResponseRedirect(reverse("hall:day", args=[office.slug]))
            return act(request, office, **rest)

        update_wrapper(posted, act)
        return _guarded(posted, permission, (*LOOKS, "POST"))

    return guard


def _guarded(view: View, permission: Permission, methods: tuple[str, ...]) -> View:
    def guarded(request: HttpRequest, office: str, **rest: Any) -> HttpResponse:
        found = directory.office_by_slug(office)
        permissions.check(actor_of(request), found.id, permission)
        return view(request, found, **rest) if request.method in methods else HttpResponseNotAllowed(methods)

    update_wrapper(guarded, view)
    return require_officer(guarded)


def frame(request: HttpRequest, office: OfficeCard, page: str) -> dict[str, Any]:
    """The context of `hall/frame.html`: where the reader is, and what their post shows."""
    by = actor_of(request)
    return {
        "nav": "desk",
        "office": office,
        "page": page,
        "works": permissions.can(by, office.id, permissions.WORK),
        "manages": permissions.can(by, office.id, permissions.MANAGE),
        "live": live.ticket([display.topic(office.id)]),
    }


def see_other(name: str, *arguments: object, query: str = "") -> HttpResponseRedirect:
    """After a POST: go and look at the page called `name` (303), so that a reload repeats nothing."""
    return HttpResponseRedirect(reverse(name, args=arguments) + query, status=303)
