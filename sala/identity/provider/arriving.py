"""Arriving from a relying party: where somebody is led on to at once, and where a page has to say something first.

Whoever is signed in and has agreed before is led straight back, and most others to the first page of their sign-in;
so all that arrive at the same moment are answered together, without the layers that a page passes. Who has to be shown
something gets the page, which finds here what was decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from sala.identity.accounts import requests as browsers
from sala.identity.accounts.requests import address_of
from sala.identity.provider import asking, deciding, rehearsing, rules, tokens, waiting
from sala.identity.provider.asking import Answered, Unanswerable
from sala.identity.provider.clients import Party
from sala.identity.provider.deciding import Agreement, Ready, Step
from sala.identity.provider.rules import Asked, Refusal
from sala.identity.provider.waiting import Waiting
from sala.kit import clock, throttle, together
from sala.kit.answer import Answer
from sala.kit.api import Resource

MOST = 50
"""Parameters that a request may have."""
_FOUND = "sala.provider.arrival"


@dataclass(frozen=True, slots=True)
class Onward:
    """Led on to an address at once."""

    uri: str


@dataclass(frozen=True, slots=True)
class Unsafe:
    """Led back to an address that anybody may have registered: the person is asked first."""

    uri: str
    client: Party


Arrival = Onward | Unsafe | Unanswerable | Exception


class _Right(NamedTuple):
    """A request to sign in that is right."""

    request: HttpRequest
    client: Party
    asked: Asked
    at: datetime


class Entrance(Resource):
    """The authorization endpoint. `page` is a view; it asks `found` what it has to show."""

    name = "provider.authorize"

    def __init__(self, page: Any) -> None:
        super().__init__()
        self.page = page

    def __call__(self, request: HttpRequest, **_: Any) -> HttpResponse:
        return cast("HttpResponse", self.page(request))

    def together(self, method: str | None) -> Entrance | None:
        return self if method == "GET" else None

    def serve_all(self, asked: Sequence[tuple[HttpRequest, Mapping[str, str]]]) -> list[Answer | None]:
        """The redirect for each who arrives; None where a page has to be shown."""
        requests = [request for request, _ in asked]
        return [self._led(request, arrival) for request, arrival in zip(requests, arrive(requests), strict=True)]

    def _led(self, request: HttpRequest, arrival: Arrival) -> Answer | None:
        if isinstance(arrival, Onward):
            return Answer(status=303, headers={"Location": arrival.uri, "Cache-Control": "no-store"})
        request.META[_FOUND] = arrival
        return None


def found(request: HttpRequest) -> Onward | Unsafe | Unanswerable:
    """What was decided about this request, or is now. Raises what is wrong with it."""
    arrival = request.META.pop(_FOUND, None) or arrive([request])[0]
    if isinstance(arrival, Exception) and not isinstance(arrival, Unanswerable):
        raise arrival
    return cast("Onward | Unsafe | Unanswerable", arrival)


def arrive(requests: Sequence[HttpRequest]) -> list[Arrival]:
    """Where each is led, or what went wrong with it. What has to be looked up, and signed in, is for all at once."""
    read = [_read(request) for request in requests]
    right = [one for one in read if isinstance(one, _Right)]
    told = iter(together.settle(_decided, right))
    return [_onward(one, next(told)) if isinstance(one, _Right) else one for one in read]


def _read(request: HttpRequest) -> _Right | Arrival:
    try:
        throttle.hit(f"authorize:{address_of(request)}")
        client, asked = asking.read(_sent(request))
        rehearsing.arrived(client, asked)
    except Answered as error:
        return _refused(error.client, error.uri)
    except Exception as error:
        return error
    return _Right(request, client, asked, clock.now())


def _sent(request: HttpRequest) -> list[tuple[str, str]]:
    """The parameters. Raises Unanswerable if there are too many."""
    if request.method == "POST":
        return [(name, value) for name, values in request.POST.lists() for value in values]
    query = request.META.get("QUERY_STRING", "").encode("latin-1").decode(errors="replace")
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=MOST)
    except ValueError:
        raise Unanswerable(Refusal("invalid_request", f"More than {MOST} parameters")) from None


def _decided(some: Sequence[_Right]) -> list[Step | str]:
    """The code of each who is ready to sign in; of the others the step that stands between."""
    present = browsers.present([one.request for one in some])
    steps = deciding.steps([(Waiting(one.asked, one.at), who) for one, who in zip(some, present, strict=True)])
    pairs = list(zip(some, steps, strict=True))
    ready = [Agreement(one.asked, step, one.client) for one, step in pairs if isinstance(step, Ready)]
    codes = iter(deciding.grants(ready))
    return [next(codes) if isinstance(step, Ready) else step for _, step in pairs]


def _onward(one: _Right, outcome: Step | str | Exception) -> Arrival:
    try:
        if isinstance(outcome, Exception):
            return outcome
        if not isinstance(outcome, Step):
            return Onward(asking.granted(one.asked, outcome))
        return _silent(one, outcome) if one.asked.silent else _held(one.asked)
    except Exception as error:
        return error


def _silent(one: _Right, step: Step) -> Arrival:
    refusal = Refusal(step.error, "Something has to be shown to the person, and prompt=none forbids it")
    tokens.note(one.client.id, "authorize", refusal=refusal)
    return _refused(one.client, asking.refused(one.asked.redirect_uri, one.asked.state, refusal))


def _held(asked: Asked) -> Onward:
    """To a page of our own, under a handle that tells nothing."""
    language = f"?{urlencode({'lang': asked.language})}" if asked.language else ""
    return Onward(address(waiting.hold(asked)) + language)


def _refused(client: Party, uri: str) -> Arrival:
    """Back to the RP with an error. Anybody may have a sandbox: a link to us that leads on to one by itself would
    lend our name to any address (RFC 9700, 4.11.2), so the person is asked first."""
    if not client.sandbox or rules.is_own_machine(uri):
        return Onward(uri)
    return Unsafe(uri, client)


def address(handle: str) -> str:
    """The page of the sign-in that waits under this handle."""
    return reverse("provider:connect", args=[handle])
