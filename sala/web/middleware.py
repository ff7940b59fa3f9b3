"""Around every request: a request id and figures, the language, expected errors as pages or problems."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.signals import got_request_exception
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from sala.kit.errors import Fault, Invalid, SalaError
from sala.kit.text import Text
from sala.web import api, observing

logger = logging.getLogger("sala.web")

Handler = Callable[[HttpRequest], HttpResponse]
_NUL = Text(
    th="ข้อความมีอักขระที่จัดเก็บไม่ได้ (NUL) โปรดพิมพ์ข้อความใหม่",
    en="The text has a character that cannot be kept (NUL). Type it anew",
)


def observe(handle: Handler) -> Handler:
    """Gives the request an id, logs it without personal data, counts it. Sends the API its own short way."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if api.takes(request.path_info):
            return api.serve_all([api.Asked(request)])[0].response()
        return observing.observed(request, handle)

    return middleware


def _log_failure(*, request: HttpRequest | None = None, **_: object) -> None:
    """A view raised what nobody expected: say where, not what it said (that may quote a person)."""
    logger.error("A page failed", exc_info=True)


got_request_exception.connect(_log_failure, dispatch_uid="sala.web.middleware")


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

    def middleware(request: HttpRequest) -> HttpResponse:
        return handle(request)

    # Django asks this hook before it makes a 500 of an exception; a `try` here would come too late.
    middleware.process_exception = _expected  # type: ignore[attr-defined]
    return middleware


def _expected(request: HttpRequest, exception: Exception) -> HttpResponse | None:
    from sala.web import views

    if isinstance(exception, (ValueError, DataError)) and _has_nul(request):
        exception = Invalid([Fault("", "nul", _NUL)])  # the database keeps none, and what was begun is undone
    return views.expected(request, exception) if isinstance(exception, SalaError) else None


def _has_nul(request: HttpRequest) -> bool:
    return request.method == "POST" and any("\0" in value for _, values in request.POST.lists() for value in values)
