"""Where programs register themselves as sandboxes (RFC 7591), and read, change and withdraw that (RFC 7592)."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from sala.identity.accounts.requests import network_of
from sala.identity.provider import registration
from sala.identity.provider.models import Client
from sala.identity.provider.presented import Challenge
from sala.identity.provider.registration import Made
from sala.identity.provider.rules import Refusal
from sala.identity.provider.wire import LARGEST, Endpoint, error, to_json
from sala.kit.answer import Answer
from sala.kit.errors import TooMany


def _slowed(act: Callable[[], Answer]) -> Answer:
    """Who asks too often is told when to ask again."""
    try:
        return act()
    except TooMany as refusal:
        response = error(Refusal("temporarily_unavailable", refusal.message.en, status=429))
        response.headers["Retry-After"] = str(refusal.retry_after)
        return response


def _body(request: HttpRequest) -> bytes:
    kind = str(request.META.get("CONTENT_TYPE", "")).split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal("invalid_client_metadata", "Content-Type must be application/json")
    length = request.META.get("CONTENT_LENGTH", "")
    if not length.isdigit() or int(length) > LARGEST:
        raise Refusal("invalid_client_metadata", f"The body must say its length, {LARGEST} bytes at most")
    return request.body


def _register(request: HttpRequest) -> Answer:
    def act() -> Answer:
        made = registration.register(registration.read(_body(request)), network=network_of(request))
        return to_json(registration.described(made), status=201)

    return _slowed(act)


def _registered(request: HttpRequest, client_id: str) -> Answer:
    client, token = _known(request, client_id)
    if request.method == "DELETE":
        registration.withdraw(client)
        return Answer(status=204, headers={"Cache-Control": "no-store"})
    if request.method == "PUT":
        return _slowed(
            lambda: to_json(
                registration.described(
                    registration.change(client, registration.read(_body(request)), token=token)
                )
            )
        )  # fmt: skip
    return to_json(registration.described(Made(client, "", token)))


def _known(request: HttpRequest, client_id: str) -> tuple[Client, str]:
    """The client, by the token it was given; one that is gone and one never made look alike. Raises Challenge."""
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    client = registration.of_token(client_id, token.strip()) if scheme.lower() == "bearer" else None
    if client is None:
        raise Challenge("invalid_token", "The registration access token is not this client's", 401)
    return client, token.strip()


register = Endpoint(_register, "POST")
registered = Endpoint(_registered, "GET", "PUT", "DELETE")
