"""What is noted of every request: an id, a line of the log, figures. Never anything about a person."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from django.http import HttpRequest, HttpResponse

from sala.kit.answer import Answer
from sala.web import logs, metrics

logger = logging.getLogger("sala.web")

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
R = TypeVar("R", Answer, HttpResponse)


def observed(request: HttpRequest, handle: Callable[[HttpRequest], R], begun: float = 0.0) -> R:
    """The answer of `handle`, which must not raise; the request noted. `begun`: by `time.perf_counter`; 0 is now."""
    begun = begun or time.perf_counter()
    identity = id_of(request)
    token = logs.request_id.set(identity)
    try:
        answer = handle(request)
        tell([note(request, answer, identity, begun)])
    finally:
        logs.request_id.reset(token)
    return answer


def id_of(request: HttpRequest) -> str:
    """The id that the caller, or a proxy before us, has given to the request, else a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID")
    return given if given and _REQUEST_ID.fullmatch(given) else secrets.token_hex(12)


class Noted(NamedTuple):
    """An answered request, for `tell`."""

    line: logs.Line
    kind: metrics.Kind
    seconds: float


def note(request: HttpRequest, answer: Answer | HttpResponse, identity: str, begun: float) -> Noted:
    """What is to be told of a request that was answered; its caller learns its id. `begun`: by `time.perf_counter`."""
    answer.headers["X-Request-ID"] = identity
    seconds, status = time.perf_counter() - begun, answer.status_code
    match = request.resolver_match
    route = match.view_name if match else "unmatched"
    method = request.method if request.method in _METHODS else "other"
    line = logs.request(logger, identity, route=route, method=method, status=status, ms=round(seconds * 1000, 2))
    return Noted(line, (route, method, status), seconds)


def tell(answered: Sequence[Noted]) -> None:
    """Write requests that were answered together to the log, and count them."""
    logs.write([one.line for one in answered])
    metrics.count([(one.kind, one.seconds) for one in answered])
