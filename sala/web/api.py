"""The API's door: its own short way through the house.

Pages pass a chain of middlewares for cookies, forms and documents; the API has none of
these, and the chain costs as much as a submission. So `observe` hands requests below /api/
to `serve`, which finds the endpoint and turns every refusal into problem details.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import get_urlconf
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from sala.kit import problems
from sala.kit.errors import SalaError
from sala.kit.problems import Refused
from sala.web import api_routes, logs

logger = logging.getLogger("sala.api")

PREFIX = "/api/"
_PAGES = frozenset({"/api/v2/oauth2/auth/", "/api/v2/oauth2/logout/"})
"""Below the prefix, but for people: ThaID has the page to sign in there, so that it cannot move."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
if settings.PUBLIC_URL.startswith("https:"):
    _HEADERS["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"


def takes(path: str) -> bool:
    """Whether `serve` answers this path."""
    return path.startswith(PREFIX) and path not in _PAGES


def serve(request: HttpRequest) -> HttpResponse:
    """Answer one API request; never raises."""
    language = _language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    translation.activate(language)
    try:
        response = _run(request)
    except SalaError as error:
        response = _refuse(error, request, language)
    except (OperationalError, InterfaceError):
        logger.exception("The database did not answer")
        response = _refuse(Refused("unavailable", headers={"Retry-After": "5"}), request, language)
    except Exception:  # the one place that may: whatever happens, the caller gets a problem and we a log line
        logger.exception("An endpoint failed")
        response = _refuse(Refused("internal"), request, language)
    finally:
        translation.deactivate()
    response.headers["Content-Length"] = str(len(response.content))
    if request.method == "HEAD":
        response.content = b""
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response


def _run(request: HttpRequest) -> HttpResponse:
    request.resolver_match, parameters = api_routes.find(request.path_info, get_urlconf())
    found: HttpResponse = request.resolver_match.func(request, **parameters)
    return found


def _refuse(error: SalaError, request: HttpRequest, language: str) -> HttpResponse:
    return problems.respond(error, path=request.path, request_id=logs.request_id.get(), language=language)


def _language(accepted: str) -> str:
    """Thai, unless the caller prefers English."""
    if not accepted:
        return settings.LANGUAGE_CODE
    wanted = (tag.split("-")[0] for tag, _ in parse_accept_lang_header(accepted.lower()))
    return next((tag for tag in wanted if tag in {"th", "en"}), settings.LANGUAGE_CODE)
