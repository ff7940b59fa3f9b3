"""The API's door: its own short way through the house.

Pages pass a chain of middlewares for cookies, forms and documents; the API has none of
these, and the chain costs as much as a submission. So requests below /api/ come to `serve_all`, from the server
(`sala.web.door`) in groups of those that one endpoint answers together, else alone; it finds the endpoint and
turns every refusal into problem details.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from sala.kit import problems, sql
from sala.kit.answer import Answer
from sala.kit.api import Resource, Together
from sala.kit.errors import NotFound, SalaError
from sala.web import api_routes, logs, observing

logger = logging.getLogger("sala.api")

PREFIX = "/api/"
_LEADING_ON = frozenset({"/api/v2/oauth2/auth/"})
_PAGES = _LEADING_ON | {"/api/v2/oauth2/logout/"}
"""Below the prefix, but for people: ThaID has the page to sign in there, so that it cannot move."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
if settings.PUBLIC_URL.startswith("https:"):
    _HEADERS["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"


def takes(path: str) -> bool:
    """Whether `serve_all` answers this path."""
    return path.startswith(PREFIX) and path not in _PAGES


def may_lead_on(path: str, method: str) -> bool:
    """Whether `visits` may answer this, instead of a page."""
    return path in _LEADING_ON and method == "GET"


class Asked(NamedTuple):
    """A request, when it came (by `time.perf_counter`), and the endpoint that answers it together with others."""

    request: HttpRequest
    begun: float = 0.0
    endpoint: Together | None = None
    parameters: Mapping[str, str] = {}


def asked(request: HttpRequest, begun: float) -> Asked:
    """The request as `serve_all` takes it."""
    try:
        request.resolver_match, parameters = api_routes.find(request.path_info, settings.ROOT_URLCONF)
    except NotFound:
        return Asked(request, begun)
    endpoint = cast("Resource", request.resolver_match.func).together(request.method)
    return Asked(request, begun, endpoint, parameters)


def serve_all(group: Sequence[Asked]) -> list[Answer]:
    """Answer requests, all of one endpoint if they are several; never raises."""
    if len(group) == 1:
        return [observing.observed(group[0].request, _alone, group[0].begun)]
    outcomes: Sequence[Answer | SalaError]
    try:
        outcomes = _outcomes(group)
    except Exception as error:
        logger.exception("A group failed")
        if not sql.lost(error):  # it is one of them, nobody knows which: alone, each has to do with itself only
            return [observing.observed(one.request, _alone, one.begun) for one in group]
        outcomes = [problems.failed(error)] * len(group)
    return _told(list(zip(group, outcomes, strict=True)))


def visits(group: Sequence[Asked]) -> list[Answer | None]:
    """Of requests for a page those answered that are led on at once; None where it has to be shown. Never raises."""
    outcomes: Sequence[Answer | None]
    try:
        outcomes = _outcomes(group)
    except Exception:  # the page tries by itself, and tells what goes wrong
        logger.exception("A group failed")
        outcomes = [None] * len(group)
    pairs = list(zip(group, outcomes, strict=True))
    told = iter(_told([(one, outcome) for one, outcome in pairs if outcome]))
    return [next(told) if outcome else None for _, outcome in pairs]


def _outcomes(group: Sequence[Asked]) -> Sequence[Any]:
    return cast("Together", group[0].endpoint).serve_all([(one.request, one.parameters) for one in group])


def _told(pairs: Sequence[tuple[Asked, Answer | SalaError]]) -> list[Answer]:
    """What is sent to each, noted; they are told of at once."""
    answers, noted = [], []
    for one, outcome in pairs:
        identity = observing.id_of(one.request)
        answers.append(_finished(one.request, outcome, identity))
        noted.append(observing.note(one.request, answers[-1], identity, one.begun))
    observing.tell(noted)
    return answers


def _alone(request: HttpRequest) -> Answer:
    translation.activate(_language(request))
    outcome: Answer | HttpResponse | SalaError
    try:
        request.resolver_match, parameters = api_routes.find(request.path_info, settings.ROOT_URLCONF)
        outcome = request.resolver_match.func(request, **parameters)
    except SalaError as refusal:
        outcome = refusal
    except Exception as error:  # whatever happens, the caller gets a problem and we a log line
        logger.exception("An endpoint failed")
        outcome = problems.failed(error)
    finally:
        translation.deactivate()
    return _finished(request, outcome, logs.request_id.get())


def _finished(request: HttpRequest, outcome: Answer | HttpResponse | SalaError, identity: str) -> Answer:
    """As it is sent: a refusal as a problem, with what every answer carries."""
    if isinstance(outcome, SalaError):
        answer = problems.respond(outcome, path=request.path, request_id=identity, language=_language(request))
    else:
        answer = Answer.of(outcome)
    answer.headers["Content-Length"] = str(len(answer.content))
    answer.headers |= _HEADERS
    if request.method == "HEAD":
        answer.content = b""
    return answer


def _language(request: HttpRequest) -> str:
    """Thai, unless the caller prefers English."""
    accepted = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
    if not accepted:
        return settings.LANGUAGE_CODE
    wanted = (tag.split("-")[0] for tag, _ in parse_accept_lang_header(accepted.lower()))
    return next((tag for tag in wanted if tag in {"th", "en"}), settings.LANGUAGE_CODE)
