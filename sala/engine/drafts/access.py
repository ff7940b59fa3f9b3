"""Whose draft it is: the account's, or, where a service asks for no sign-in, the browser's that began it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from sala.engine.drafts import queries
from sala.engine.drafts.models import Draft
from sala.identity.accounts.actor import ANONYMOUS
from sala.identity.accounts.requests import actor_of, private, require_account
from sala.kit.errors import NotFound

P = ParamSpec("P")
COOKIE = "sala_drafts"
MOST_HELD = 5
_SALT = "sala.drafts"
_MAX_AGE = 90 * 86_400


def with_draft(view: Callable[Concatenate[HttpRequest, Draft, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """The view gets the draft of the address, which is its reader's own; to others there is none.

    Somebody signed out signs in first: what a form brought is carried through.
    """

    @wraps(view)
    def guarded(request: HttpRequest, draft: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        by = actor_of(request)
        try:
            found = queries.draft(draft, by=by, held=held_by(request))
        except NotFound:
            if by is ANONYMOUS:
                return require_account(_gone)(request)
            raise
        return private(view(request, found, *args, **kwargs))

    return guarded


def held_by(request: HttpRequest) -> list[UUID]:
    """The drafts without an account that this browser began."""
    try:
        held = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_MAX_AGE)
    except signing.BadSignature:
        return []
    return [UUID(one) for one in held]


def hold(request: HttpRequest, response: HttpResponse, draft: UUID) -> None:
    """Remember in this browser that the draft is its own."""
    kept = [str(one) for one in held_by(request) if one != draft][: MOST_HELD - 1]
    response.set_cookie(
        COOKIE,
        signing.dumps([str(draft), *kept], salt=_SALT),
        max_age=_MAX_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_COOKIES,
    )


def language_of() -> Any:
    """The page's language, as drafts keep it."""
    return "en" if get_language() == "en" else "th"


def _gone(request: HttpRequest) -> HttpResponse:
    raise NotFound
