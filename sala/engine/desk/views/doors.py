"""What all pages of one case do first: find it for this officer, or say that there is no such page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse

from sala.engine.cases import queries
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of, require_officer

if TYPE_CHECKING:
    from sala.engine.cases.models import Case

CaseView = Callable[..., HttpResponse]
"""Takes the request, the case and who asks; then what else the address holds, by name."""
View = Callable[..., HttpResponse]
LOOKS = ("GET", "HEAD")


def case_page(view: CaseView) -> View:
    """The view gets the case and who asks; the look is recorded.

    To an officer whom the case does not concern there is no such page, whatever the method.
    """
    return _guarded(view, methods=LOOKS, records=True)


def case_form(view: CaseView) -> View:
    """A page with a form that is sent back to it. It shows the case either way, so either way is a look."""
    return _guarded(view, methods=(*LOOKS, "POST"), records=True)


def case_glance(view: CaseView) -> View:
    """A page without anything of the person, which an open page asks for by itself: that is no look."""
    return _guarded(view, methods=LOOKS, records=False)


def case_act(act: CaseView) -> View:
    """An act records itself. Who comes by a link, after signing in again, is led to the case."""

    def posted(request: HttpRequest, case: Case, by: Actor, **rest: Any) -> HttpResponse:
        if request.method in LOOKS:
            return HttpResponseRedirect(reverse("desk:case", args=[case.reference]))
        return act(request, case, by, **rest)

    update_wrapper(posted, act)
    return _guarded(posted, methods=(*LOOKS, "POST"), records=False)


def _guarded(view: CaseView, *, methods: Sequence[str], records: bool) -> View:
    def guarded(request: HttpRequest, reference: str, **rest: Any) -> HttpResponse:
        by = actor_of(request)
        taken = request.method in methods
        case = queries.case_for_officer(reference=reference, by=by, look=records and taken)
        return view(request, case, by, **rest) if taken else HttpResponseNotAllowed(methods)

    update_wrapper(guarded, view)
    return require_officer(guarded)
