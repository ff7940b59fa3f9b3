"""A typed endpoint of the JSON API, over a plain view.

An endpoint declares what it takes and gives as msgspec types; from the same types come
the decoding, the encoding, the refusals and the OpenAPI document, so they cannot disagree.
The API takes no cookie: who asks is told by the `Authorization` header alone, so no other
site's page can act for a reader, and no CSRF token is needed.

    @endpoint("POST", body=NewCase, returns=Receipt, status=201, scope="cases:write")
    def file_case(call: Call[NewCase, None], *, service: str) -> Receipt:
        ...

    urlpatterns = [route("services/<slug:service>/cases", file_case, name="cases")]

The hot ones are answered together: `together=True` says that the function takes all calls that wait
at that moment, and answers each with what it is given or a refusal of its own. Who asks alone is a
group of one, so there is one way through. `sala.web.door` gathers them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar, cast

import msgspec
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from sala.kit import decoding, idempotency, throttle
from sala.kit.answer import Answer
from sala.kit.errors import SalaError
from sala.kit.problems import Refused

Method = Literal["GET", "POST", "PATCH", "DELETE"]


class Caller(Protocol):
    """What the API asks of an actor."""

    @property
    def label(self) -> str: ...
    def may(self, scope: str) -> bool: ...


A = TypeVar("A", bound=Caller)
B = TypeVar("B")
Q = TypeVar("Q")
R = TypeVar("R")

_encode = msgspec.json.Encoder().encode


class Together(Protocol):
    """What answers all requests that wait for it at the same moment, whatever address each of them came to."""

    @property
    def name(self) -> str: ...
    def serve_all(self, asked: Sequence[tuple[HttpRequest, Mapping[str, str]]]) -> Sequence[Any]:
        """For each its `Answer`, or the `SalaError` that refuses it; of a page, None where it has to be shown."""


class Call(msgspec.Struct, Generic[A, B, Q], frozen=True):
    """One request, read and judged: who asks, the body, the query; `key` where it carries an Idempotency-Key.

    `path`: the parameters in the address, which an endpoint that answers one call gets as arguments.
    """

    request: HttpRequest
    by: A
    body: B
    query: Q
    key: idempotency.Key | None
    endpoint: Endpoint[A]
    path: Mapping[str, str]

    def kept(self, answer: Any) -> idempotency.Kept:
        """`answer` as it will be remembered and sent."""
        return self.endpoint.kept(answer)


@dataclass(frozen=True, slots=True)
class Identification(Generic[A]):
    """How callers are told: by `bearers`, all of a group at once, else they are `nobody`, counted by `address`."""

    bearers: Callable[[Sequence[HttpRequest]], Sequence[A | None]]
    nobody: A
    address: Callable[[HttpRequest], str | None]


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[A]):
    """One method of one path; see `endpoint`."""

    method: Method
    handler: Callable[..., Any]
    identification: Identification[A]
    returns: Any
    status: int
    body: Any
    query: Any
    scope: str | None
    anonymous: bool
    refusals: tuple[str, ...]
    location: Callable[[Any], str] | None
    one_statement: bool
    together: bool
    decode: Callable[[bytes], Any] | None
    read_query: Callable[[HttpRequest], Any]

    @property
    def name(self) -> str:
        return self.handler.__name__

    def serve(self, request: HttpRequest, parameters: Mapping[str, str]) -> Answer:
        """Judge, read, run, answer. Raises `SalaError` for every refusal."""
        if self.together:
            (outcome,) = self.serve_all([(request, parameters)])
            if isinstance(outcome, SalaError):
                raise outcome
            return outcome
        call = self._call(request, parameters, self._bearers([request])[0])
        if self.method == "GET":
            return self._read(call, self.handler(call, **parameters))
        if self.one_statement:
            return self._answer(self.handler(call, **parameters))
        with transaction.atomic():
            return self._once(call)

    def serve_all(self, asked: Sequence[tuple[HttpRequest, Mapping[str, str]]]) -> list[Answer | SalaError]:
        """Answer requests together; a refusal is its caller's alone."""
        outcomes: list[Any] = []
        calls: dict[int, Call[A, Any, Any]] = {}
        for (request, parameters), bearer in zip(asked, self._bearers([one for one, _ in asked]), strict=True):
            try:
                calls[len(outcomes)] = self._call(request, parameters, bearer)
                outcomes.append(None)
            except SalaError as refusal:
                outcomes.append(refusal)
        if calls:
            send = self._read if self.method == "GET" else lambda _, answer: self._answer(answer)
            answers = self.handler(list(calls.values()))
            for (place, call), answer in zip(calls.items(), answers, strict=True):
                outcomes[place] = answer if isinstance(answer, SalaError) else send(call, answer)
        return outcomes

    def _call(self, request: HttpRequest, parameters: Mapping[str, str], bearer: A | None) -> Call[A, Any, Any]:
        by = self._identify(request, bearer)
        query = self.read_query(request)
        body = decoding.body(request, self.decode) if self.decode else None
        key = self._key(request, by) if self.method == "POST" else None
        return Call(request=request, by=by, body=body, query=query, key=key, endpoint=self, path=parameters)

    def kept(self, answer: Any) -> idempotency.Kept:
        headers = {"Location": self.location(answer)} if self.location else {}
        return idempotency.Kept(self.status, headers, _encode(answer).decode())

    def _bearers(self, requests: Sequence[HttpRequest]) -> Sequence[A | None]:
        if not any("HTTP_AUTHORIZATION" in request.META for request in requests):
            return [None] * len(requests)
        return self.identification.bearers(requests)

    def _identify(self, request: HttpRequest, by: A | None) -> A:
        claimed = "HTTP_AUTHORIZATION" in request.META
        throttle.hit(by.label if by else self.identification.address(request) or "")
        if by is None:
            if claimed:
                raise unauthorized('Bearer realm="sala", error="invalid_token"')
            if not self.anonymous:
                raise unauthorized('Bearer realm="sala"')
            return self.identification.nobody
        if self.scope and not by.may(self.scope):
            challenge = f'Bearer realm="sala", error="insufficient_scope", scope="{self.scope}"'
            raise Refused("insufficient_scope", headers={"WWW-Authenticate": challenge})
        return by

    def _key(self, request: HttpRequest, by: A) -> idempotency.Key | None:
        text = request.META.get("HTTP_IDEMPOTENCY_KEY")
        if text is None:
            return None
        asked = idempotency.fingerprint(request.method or "", request.get_full_path(), request.body)
        return idempotency.Key(by.label, idempotency.checked(text), asked)

    def _once(self, call: Call[A, Any, Any]) -> Answer:
        if call.key and (before := idempotency.begin(call.key)):
            return self._answer(before)
        answer = self.handler(call, **call.path)
        if call.key:
            idempotency.keep(call.key, self.kept(answer))
        return self._answer(answer)

    def _answer(self, answer: Any) -> Answer:
        """A remembered answer is sent again as it was, and marked."""
        replayed = isinstance(answer, idempotency.Kept)
        kept = answer if replayed else self.kept(answer)
        headers = {"Content-Type": "application/json", **kept.headers, "Cache-Control": "no-store"}
        if replayed:
            headers["Idempotent-Replayed"] = "true"
        return Answer(kept.body.encode(), status=kept.status, headers=headers)

    def _read(self, call: Call[A, Any, Any], answer: Any) -> Answer:
        content = _encode(answer)
        etag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
        headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language"}
        if _matches(call.request.META.get("HTTP_IF_NONE_MATCH"), etag):
            return Answer(status=304, headers=headers)
        headers["Content-Type"] = "application/json"
        return Answer(content, headers=headers)


def endpoint(
    method: Method,
    *,
    identification: Identification[A],
    returns: Any,
    status: int = 200,
    body: Any = None,
    query: Any = None,
    scope: str | None = None,
    anonymous: bool = False,
    refusals: tuple[str, ...] = (),
    location: Callable[[Any], str] | None = None,
    one_statement: bool = False,
    together: bool = False,
) -> Callable[[Callable[..., Any]], Endpoint[A]]:
    """Make an endpoint of a function `(call, **path parameters) -> returns`.

    `scope` is what a token must carry; `anonymous` lets callers without a token in; `refusals` are
    the problem codes beyond the usual ones, for the documents; `location` gives a new thing's
    address. What changes anything runs in one transaction, a POST with its idempotency key, unless it says
    `one_statement` and then sees to that itself. PATCH and DELETE are safe to repeat and take no key.
    `together`: the function takes a list of calls, sees to all of that itself, and gives for each of them, in
    order, `returns` or the `SalaError` that refuses it. Where it raises, it has done nothing: each is tried alone.
    """
    decoder = decoding.strict(body) if body is not None else None
    read_query = decoding.query_reader(query)

    def decorate(handler: Callable[..., Any]) -> Endpoint[A]:
        return Endpoint(
            method=method,
            handler=handler,
            identification=identification,
            returns=returns,
            status=status,
            body=body,
            query=query,
            scope=scope,
            anonymous=anonymous,
            refusals=refusals,
            location=location,
            one_statement=one_statement,
            together=together,
            decode=decoder,
            read_query=read_query,
        )

    return decorate


class Resource:
    """What stands at one path: an endpoint a method. HEAD is a GET without its body."""

    csrf_exempt = True  # no cookie is looked at, so there is nothing to forge

    def __init__(self, *endpoints: Endpoint[Any]) -> None:
        self.endpoints: dict[str, Endpoint[Any]] = {e.method: e for e in endpoints}
        allowed = set(self.endpoints) | ({"HEAD"} if "GET" in self.endpoints else set())
        self.allow = ", ".join(sorted(allowed))

    def endpoint(self, method: str | None) -> Endpoint[Any]:
        """What answers `method` here. Raises the refusal that names the others."""
        found = self.endpoints.get("GET" if method == "HEAD" else method or "")
        if found is None:
            raise Refused("method_not_allowed", headers={"Allow": self.allow})
        return found

    def together(self, method: str | None) -> Together | None:
        """What answers several requests of this method at once, if anything does."""
        found = self.endpoints.get(method or "")
        return found if found and found.together else None

    def __call__(self, request: HttpRequest, **parameters: Any) -> Answer | HttpResponse:
        return self.endpoint(request.method).serve(request, parameters)


def route(pattern: str, *endpoints: Endpoint[Any], name: str) -> URLPattern:
    """A path and its endpoints, for a room's `urlpatterns`. `name` is what logs and figures call it."""
    view: Callable[..., HttpResponse] = cast("Any", Resource(*endpoints))  # `sala.web.api` calls it, never Django
    return path(pattern, view, name=name)


def _matches(given: str | None, etag: str) -> bool:
    if not given:
        return False
    return given.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in given.split(",")}


def unauthorized(challenge: str) -> Refused:
    return Refused("unauthorized", headers={"WWW-Authenticate": challenge})
