"""How programs' requests are read, and how they are answered: forms in, JSON out, errors as OAuth has them.

No cookie is looked at, so there is nothing that another site could forge.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from django.http import HttpRequest

from sala.identity.provider import cors, legacy, proof, rules, tokens
from sala.identity.provider.clients import Party
from sala.identity.provider.dpop import Unproven
from sala.identity.provider.metadata import audiences
from sala.identity.provider.presented import Challenge
from sala.identity.provider.rules import NotYet, Refusal
from sala.kit import problems
from sala.kit.answer import Answer
from sala.kit.api import Resource
from sala.kit.errors import SalaError

LARGEST = 20_000  # bytes of a form; a client's proof is the longest thing in one
_FORM = "application/x-www-form-urlencoded"
_REALM = 'realm="sala"'
_encode = msgspec.json.Encoder().encode
logger = logging.getLogger("sala.identity.provider")
Outcome = Answer | Exception


class Endpoint(Resource):
    """One address of the protocol. It answers with OAuth's own errors, not with problem details.

    `scripts`: public clients call it from their pages.
    """

    def __init__(self, answer: Callable[..., Any], *methods: str, scripts: bool = False) -> None:
        super().__init__()
        self.answer, self.scripts = answer, scripts
        self.methods = {*methods, "HEAD"} if "GET" in methods else {*methods}

    def __call__(self, request: HttpRequest, **parameters: Any) -> Answer:
        if self.scripts and request.method == "OPTIONS" and (allowed := cors.asked_before(request, self.methods)):
            return allowed
        if request.method not in self.methods:
            response = error(Refusal("invalid_request", "Use another method", status=405))
            response.headers["Allow"] = ", ".join(sorted(self.methods))
            return self._readable(request, response)
        return self._run(request, parameters)

    def _run(self, request: HttpRequest, parameters: dict[str, Any]) -> Answer:
        try:
            answer: Answer = self.answer(request, **parameters)
            return self._readable(request, answer)
        except Refusal as refusal:
            return self._refused(request, refusal)

    def _refused(self, request: HttpRequest, refusal: Refusal) -> Answer:
        return self._readable(request, error(refusal, basic="HTTP_AUTHORIZATION" in request.META))

    def _readable(self, request: HttpRequest, answer: Answer) -> Answer:
        return cors.readable(request, answer) if self.scripts else answer


class Together(Endpoint):
    """One that answers all who ask at the same moment: of their requests, `answer` gives for each its answer, or what
    went wrong with it. Who asks alone is a group of one."""

    def __init__(self, name: str, answer: Callable[[Sequence[HttpRequest]], list[Outcome]], method: str) -> None:
        super().__init__(answer, method, scripts=True)
        self.name = name

    def together(self, method: str | None) -> Together | None:
        return self if method in self.methods else None

    def serve_all(self, asked: Sequence[tuple[HttpRequest, Mapping[str, str]]]) -> list[Answer | SalaError]:
        requests = [request for request, _ in asked]
        return [self._told(request, outcome) for request, outcome in zip(requests, self.answer(requests), strict=True)]

    def _told(self, request: HttpRequest, outcome: Outcome) -> Answer | SalaError:
        if isinstance(outcome, Answer):
            return self._readable(request, outcome)
        if isinstance(outcome, Refusal):
            return self._refused(request, outcome)
        if not isinstance(outcome, SalaError):  # whatever it is, it is this request's alone
            logger.error("A request failed beside its group", exc_info=outcome)
        return problems.failed(outcome)

    def _run(self, request: HttpRequest, parameters: dict[str, Any]) -> Answer:
        (answer,) = self.serve_all([(request, parameters)])
        if isinstance(answer, SalaError):
            raise answer
        return answer


class Published(Endpoint):
    """One outside of the API: Django calls it as a page."""

    def __call__(self, request: HttpRequest, **parameters: Any) -> Any:
        return super().__call__(request, **parameters).response()


def asked(request: HttpRequest, name: str, *, public: bool = False) -> tuple[dict[str, str], Party]:
    """The form and the client that proved itself; where `public` ones may come, one that has nothing to prove itself
    with. Raises Refusal."""
    given = form(request)
    authorization = request.META.get("HTTP_AUTHORIZATION", "")
    client = proof.prove(given, authorization, audiences=audiences(name), public=public)
    cors.note(request, client)
    if cors.is_strange(request, client):
        refusal = Refusal("invalid_client", "The page's origin is that of no redirect URI of this client", status=401)
        tokens.note(client.id, "proof", refusal=refusal)
        raise refusal
    return given, client


def is_form(request: HttpRequest) -> bool:
    """Whether the body is said to be a form."""
    return str(request.META.get("CONTENT_TYPE", "")).split(";")[0].strip().lower() == _FORM


def form(request: HttpRequest) -> dict[str, str]:
    """The parameters in the body. Raises Refusal."""
    if request.META.get("QUERY_STRING"):
        raise Refusal("invalid_request", "Send the parameters in the body: addresses are kept in logs")
    if not is_form(request):
        raise Refusal("invalid_request", f"Content-Type must be {_FORM}")
    length = request.META.get("CONTENT_LENGTH", "")
    if not length.isdigit() or int(length) > LARGEST:
        raise Refusal("invalid_request", f"The body must say its length, {LARGEST} bytes at most")
    try:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise Refusal("invalid_request", "The body is not a form in UTF-8") from None
    return rules.once(legacy.said_once(pairs), longest=LARGEST)


@contextmanager
def noted(client: Party, act: str) -> Iterator[None]:
    """What goes wrong for a client that proved itself is put on its record, in words."""
    try:
        yield
    except Refusal as refusal:
        remember(client, act, refusal)
        raise


def remember(client: Party, act: str, refusal: Refusal) -> None:
    """Put on the client's record what it was refused."""
    if not isinstance(refusal, NotYet):
        tokens.note(client.id, act, refusal=refusal)


def to_json(content: dict[str, Any], *, status: int = 200) -> Answer:
    """An answer for the one who asked, which nobody may keep."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"}
    return Answer(_encode(content), status=status, headers=headers)


def to_all(content: dict[str, Any], seconds: int) -> Answer:
    """An answer that is the same for everybody, for so many seconds."""
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": f"public, max-age={seconds}",
        "Access-Control-Allow-Origin": "*",
    }
    return Answer(_encode(content), headers=headers)


def error(refusal: Refusal, *, basic: bool = False) -> Answer:
    """A refusal as the RFCs say it; `basic`: the client had tried HTTP's own way to prove itself."""
    said = {"error": refusal.code, "error_description": refusal.detail} if refusal.code else {}
    response = to_json(said, status=refusal.status)
    if isinstance(refusal, Challenge | Unproven) and refusal.nonce:
        response.headers["DPoP-Nonce"] = refusal.nonce
    if isinstance(refusal, Challenge):
        response.headers["WWW-Authenticate"] = refusal.header
    elif refusal.status == 401 and basic:
        response.headers["WWW-Authenticate"] = f"Basic {_REALM}"
    return response
