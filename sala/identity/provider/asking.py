"""Reading a request to sign in, from the query, a form or what the RP pushed before."""

from __future__ import annotations

from collections.abc import Iterable

from sala.identity.provider import clients, rules, tokens, waiting
from sala.identity.provider.clients import Party
from sala.identity.provider.metadata import issuer
from sala.identity.provider.rules import Asked, Refusal


class Unanswerable(Exception):
    """The request names no client, or none of its addresses: nobody may be told but the person at the browser."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class Answered(Exception):
    """The request is refused, and the RP is told so at `uri`."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.uri = uri


def read(pairs: Iterable[tuple[str, str]]) -> tuple[Party, Asked]:
    """The client and what it asks. Raises Unanswerable or Answered."""
    given: dict[str, str] = {}
    try:
        given = rules.once(pairs)
        client = _client(given)
        if "request_uri" in given:
            return client, _pushed(given["request_uri"], client)
        uri = rules.redirect_uri_of(given, client)
    except Refusal as refusal:
        _note(given, refusal)
        raise Unanswerable(refusal) from None
    try:
        return client, _judged(given, client)
    except Refusal as refusal:
        tokens.note(client.id, "authorize", refusal=refusal)
        raise Answered(refused(uri, given.get("state", ""), refusal)) from None


def _note(given: dict[str, str], refusal: Refusal) -> None:
    """For the log of the RP that is named: its programmer sees only what a browser shows them."""
    if client := clients.party(given.get("client_id", "")):
        tokens.note(client.id, "authorize", refusal=refusal)


def push(given: dict[str, str], client: Party) -> str:
    """Keep a request that the RP pushes (RFC 9126); its `request_uri`. Raises Refusal."""
    if "request_uri" in given:
        raise Refusal("invalid_request", "request_uri cannot be pushed")
    rules.redirect_uri_of(given, client)
    return waiting.push(_judged(given, client))


def _client(given: dict[str, str]) -> Party:
    client = clients.party(given.get("client_id", ""))
    if client is None:
        raise Refusal("invalid_client", "client_id is missing or unknown")
    return client


def _judged(given: dict[str, str], client: Party) -> Asked:
    if "authorization_code" not in client.grants:
        raise Refusal("unauthorized_client", "This client is not registered to sign people in")
    return rules.judge(given, client)


def _pushed(request_uri: str, client: Party) -> Asked:
    asked = waiting.pushed(request_uri, client_id=client.id)
    if asked is None:
        raise Refusal("invalid_request_uri", "request_uri is unknown, too old, used, or another client's")
    return asked


def refused(uri: str, state: str, refusal: Refusal) -> str:
    """The address that tells the RP of an error."""
    return _leading(uri, state, {"error": refusal.code, "error_description": refusal.detail})


def granted(asked: Asked, code: str) -> str:
    """The address that brings the RP its code."""
    return _leading(asked.redirect_uri, asked.state, {"code": code})


def _leading(uri: str, state: str, answer: dict[str, str]) -> str:
    # `iss` (RFC 9207): the RP sees which server answers, so that another cannot pass our codes off as its own.
    return rules.leading_to(uri, {**answer, **({"state": state} if state else {}), "iss": issuer()})
