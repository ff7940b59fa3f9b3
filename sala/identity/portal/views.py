"""Signing in to the portal by a digital ID: out to the provider, and back."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sala.identity.accounts import sessions, views
from sala.identity.accounts.actor import ANONYMOUS
from sala.identity.accounts.carried import FIELD
from sala.identity.accounts.requests import actor_of, address_of, browser_of, private
from sala.identity.accounts.rules import local_path
from sala.identity.portal import keys, rules, services
from sala.identity.portal.provider import OutOfReach, Refused
from sala.identity.portal.rules import Wrong
from sala.identity.portal.services import Declined, Going, NoAccount, Recognised, Stale
from sala.kit import throttle
from sala.kit.errors import NotFound
from sala.kit.here import here
from sala.kit.ids import new_token
from sala.kit.text import language

COOKIE = f"{'__Host-' if settings.SECURE_COOKIES else ''}sala_digital_id"
LARGEST = 20_000  # bytes of a logout token's form

log = logging.getLogger("sala.portal")


@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """To the provider. By a form where something typed is carried along; then a page leads on, for browsers hold
    redirects after a form to our own addresses."""
    going = _going(request)
    if actor_of(request) is not ANONYMOUS:
        return private(views.onward(request, going.next_path, kept=going.carried))
    throttle.hit(f"digital-id:{address_of(request)}")
    browser = request.COOKIES.get(COOKIE) or new_token()
    try:
        uri = services.begin(browser=browser, going=going, language=language(), at=here(request))
    except (OutOfReach, Refused) as error:
        return private(_failed(request, "unreachable", error, going, status=503))
    response = _page(request, "onward", uri=uri) if request.method == "POST" else views.see(uri)
    age, secure = int(rules.AGE.total_seconds()), settings.SECURE_COOKIES
    response.set_cookie(COOKIE, browser, max_age=age, httponly=True, samesite="Lax", secure=secure)
    return private(response)


def _going(request: HttpRequest) -> Going:
    sent = request.POST if request.method == "POST" else request.GET
    return Going(local_path(sent.get("next", "")) or "", sent.get(FIELD, "") if request.method == "POST" else "")


@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """From the provider, with its answer in the address."""
    given = {name: values[0] for name, values in request.GET.lists() if len(values) == 1}
    try:
        found = services.recognise(given=given, browser=request.COOKIES.get(COOKIE, ""), at=here(request))
        return private(_admitted(request, found))
    except Stale:
        if actor_of(request) is not ANONYMOUS:  # the address called again, by the back button
            return private(views.onward(request, ""))
        return private(_failed(request, "stale", None, Going(), status=400))
    except tuple(_WHY) as error:
        why, status = _WHY[type(error)]
        return private(_failed(request, why, error, getattr(error, "going", Going()), status=status))


_WHY: dict[type[Exception], tuple[str, int]] = {
    Declined: ("declined", 200),
    NoAccount: ("no_account", 200),
    Wrong: ("wrong", 400),
    Refused: ("wrong", 400),
    OutOfReach: ("unreachable", 503),
}


def _admitted(request: HttpRequest, found: Recognised) -> HttpResponse:
    """Into the account. Where the provider is this very site, the browser's session is the one that it proved."""
    by = actor_of(request)
    if by.account_id == found.account_id and by.session_id:
        services.keep(session_id=by.session_id, recognised=found)
        return views.onward(request, found.going.next_path, kept=found.going.carried)
    try:
        signed_in = sessions.admit_identified(
            account_id=found.account_id,
            browser=browser_of(request),
            methods=found.identified.methods,
            proved_at=found.identified.proved_at,
        )
    except NotFound:  # the account was closed
        raise NoAccount(found.going) from None
    response = views.admit(request, signed_in, found.going.next_path, kept=found.going.carried)
    if session_id := actor_of(request).session_id:
        services.keep(session_id=session_id, recognised=found)
    return response


@csrf_exempt  # the provider's token is the proof; no cookie is looked at
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """The provider tells that a session has ended (OpenID Connect Back-Channel Logout)."""
    throttle.hit(f"portal-logout:{address_of(request)}")
    length = str(request.META.get("CONTENT_LENGTH", ""))
    form = dict(parse_qsl(request.body.decode(errors="replace"))) if length.isdigit() and int(length) <= LARGEST else {}
    try:
        services.end(form.get("logout_token", ""))
        response = HttpResponse()
    except (Wrong, Refused) as error:
        log.warning("A logout token was refused", extra={"reason": str(error)})
        response = JsonResponse({"error": "invalid_request", "error_description": str(error)}, status=400)
    except OutOfReach:
        response = JsonResponse({"error": "temporarily_unavailable"}, status=503)
    return private(response)


@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """The portal's public key, for another provider to register."""
    response = JsonResponse(keys.public())
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _failed(request: HttpRequest, why: str, error: Exception | None, going: Going, *, status: int) -> HttpResponse:
    if error is not None and why not in {"declined", "no_account"}:
        log.warning("A sign-in by digital ID failed", extra={"reason": f"{type(error).__name__}: {error}"})
    signed_in = actor_of(request) is not ANONYMOUS
    return _page(request, "failed", status=status, why=why, next=going.next_path, signed_in=signed_in)


def _page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"portal/{template}.html", {"nav": "account", **context}, status=status)
