"""Who is asking: the doors of every other room to sign-in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from sala.identity.accounts import queries, services
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.accounts.rules import network, valid_address
from sala.kit.errors import NotFound
from sala.kit.ids import keyed_digest

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

_PREFIX = "__Host-" if settings.SECURE_COOKIES else ""
COOKIE = f"{_PREFIX}sala_session"
DEVICE_COOKIE = f"{_PREFIX}sala_device"
_CACHED = "_sala_actor"


def actor_of(request: HttpRequest) -> Actor:
    """The person signed in by this browser, with today's posts; ANONYMOUS if nobody. One read a request."""
    known = request.__dict__.get(_CACHED)
    if known is None:
        known = request.__dict__[_CACHED] = _by_cookie(request)
    return cast("Actor", known)


def bearer(request: HttpRequest) -> Actor | None:
    """The owner of the API token in `Authorization: Bearer …`, limited to its scopes; None if there is none.

    The browser's cookie is never looked at: the API needs no protection against forged forms.
    """
    return bearers([request])[0]


def bearers(requests: Sequence[HttpRequest]) -> list[Actor | None]:
    """For each of these requests what `bearer` tells, by one read of them all."""
    tokens = [_token_of(request) for request in requests]
    known = queries.by_tokens([token for token in tokens if token]) if any(tokens) else []
    told = iter(known)
    return [_noted(next(told)) if token else None for token in tokens]


def _token_of(request: HttpRequest) -> str:
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _noted(found: queries.Found | None) -> Actor | None:
    if found is None:
        return None
    if found.touch:
        services.touch_token(found.actor.id)
    return found.actor


def present(requests: Sequence[HttpRequest]) -> list[queries.Present | None]:
    """Who sits at each of these browsers, and how they proved it; None for nobody. One read of them all."""
    tokens = [request.COOKIES.get(COOKIE, "") for request in requests]
    told = iter(queries.present([token for token in tokens if token]))
    found = [next(told) if token else None for token in tokens]
    for one in found:
        if one and one.touch:
            services.touch_session(one.session_id)
    return found


def require_account(view: View[P]) -> View[P]:
    """The view is for people who are signed in; others sign in first and come back.

    A POST whose session has run out loses nothing: what was typed is carried through the sign-in.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if actor_of(request) is ANONYMOUS:
            return _sign_in_first(request)
        return private(view(request, *args, **kwargs))

    return cast("View[P]", guarded)


def require_officer(view: View[P]) -> View[P]:
    """The view is for officers. To a signed-in person without a post it does not exist (404)."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not actor_of(request).is_officer:
            raise NotFound
        return view(request, *args, **kwargs)

    return require_account(cast("View[P]", guarded))


def address_of(request: HttpRequest) -> str | None:
    """The network address the request came from, past the proxies of our own that settings.PROXIES counts."""
    if settings.PROXIES:
        passed = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
        return passed[-settings.PROXIES] if len(passed) >= settings.PROXIES else passed[0]
    return cast("str | None", request.META.get("REMOTE_ADDR"))


def network_of(request: HttpRequest) -> str:
    """The network the request came from, as a keyed digest: it can be counted, and not read back."""
    return keyed_digest("accounts.network", network(address_of(request)))


def browser_of(request: HttpRequest) -> services.Browser:
    """The browser that asks, as the services for signing in take it."""
    return services.Browser(
        user_agent=request.headers.get("User-Agent", ""),
        address=valid_address(address_of(request)),
        device=request.COOKIES.get(DEVICE_COOKIE, ""),
    )


def private(response: HttpResponse) -> HttpResponse:
    """Mark a page as one person's own: no cache may keep it, the back button does not show it after sign-out."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def forget_actor(request: HttpRequest, actor: Actor | None = None) -> None:
    """After a sign-in or sign-out within this request: `actor_of` answers `actor`, or reads again."""
    request.__dict__.pop(_CACHED, None)
    if actor is not None:
        request.__dict__[_CACHED] = actor


def _by_cookie(request: HttpRequest) -> Actor:
    token = request.COOKIES.get(COOKIE)
    found = queries.by_session(token) if token else None
    if found is None:
        return ANONYMOUS
    if found.touch and found.actor.session_id:
        services.touch_session(found.actor.session_id)
    return found.actor


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.method in {"GET", "HEAD"}:
        query = urlencode({"next": request.get_full_path()})
        return private(HttpResponseRedirect(f"{reverse('accounts:sign_in')}?{query}"))
    from sala.identity.accounts import views

    return private(cast("Any", views.sign_in_again)(request))
