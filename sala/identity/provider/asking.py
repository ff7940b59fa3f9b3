"""Reading a request to sign in, from the query, a form or what the RP pushed before."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sala.identity.provider import clients, dpop, hints, legacy, levels, rehearsing, rules, tokens, waiting
from sala.identity.provider.clients import Party
from sala.identity.provider.dpop import Proof
from sala.identity.provider.metadata import issuer
from sala.identity.provider.rules import Asked, Refusal


class Unanswerable(Exception):
    """The request names no client, or none of its addresses: nobody may be told but the person at the browser."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class Answered(Exception):
    """The request is refused, and the RP is told so at `uri`."""

    def __init__(self, client: Party, uri: str) -> None:
        super().__init__(uri)
        self.client, self.uri = client, uri


def read(pairs: Iterable[tuple[str, str]]) -> tuple[Party, Asked]:
    """The client and what it asks. Raises Unanswerable or Answered."""
    given: dict[str, str] = {}
    try:
        given = rules.once(legacy.said_once(pairs))
        client = _client(given)
        if "request_uri" in given:
            return client, _pushed(given["request_uri"], client)
        uri = rules.redirect_uri_of(given, client)
    except Refusal as refusal:
        _note(given, refusal)
        raise Unanswerable(refusal) from None
    try:
        return client, _direct(given, client)
    except Refusal as refusal:
        tokens.note(client.id, "authorize", refusal=refusal)
        if refusal.code == "invalid_scope" and legacy.applies(client):
            raise Unanswerable(refusal) from None  # as ThaID does
        raise Answered(client, refused(uri, given.get("state", ""), refusal)) from None


def _note(given: dict[str, str], refusal: Refusal) -> None:
    """For the log of the RP that is named: its programmer sees only what a browser shows them."""
    if client := clients.party(given.get("client_id", "")):
        tokens.note(client.id, "authorize", refusal=refusal)


def push(given: dict[str, str], client: Party, proof: Proof | None) -> str:
    """Keep a request that the RP pushes (RFC 9126); its `request_uri`. With a proof, the code will be bound to its key
    (RFC 9449, 10). Raises Refusal."""
    if "request_uri" in given:
        raise Refusal("invalid_request", "request_uri cannot be pushed")
    rules.redirect_uri_of(given, client)
    if proof and given.setdefault("dpop_jkt", proof.jkt) != proof.jkt:
        raise dpop.Unproven("dpop_jkt is not the thumbprint of the proof's key")
    asked = _judged(given, client)
    if proof:
        dpop.spend(proof)
    return waiting.push(asked)


def _client(given: dict[str, str]) -> Party:
    client = clients.party(given.get("client_id", ""))
    if client is None:
        raise Refusal("invalid_client", "client_id is missing or unknown")
    return client


def _direct(given: dict[str, str], client: Party) -> Asked:
    if client.fapi:
        raise Refusal("invalid_request", "This client pushes its requests (PAR): request_uri is missing")
    return _judged(given, client)


def _judged(given: dict[str, str], client: Party) -> Asked:
    if "authorization_code" not in client.grants:
        raise Refusal("unauthorized_client", "This client is not registered to sign people in")
    asked = legacy.judge(given, client) if legacy.applies(client) else rules.judge(given, client)
    levels.meet(asked)
    if asked.dropped:
        tokens.note(client.id, "authorize", detail=f"Not approved, so left out of claims: {' '.join(asked.dropped)}")
    return _hinted(asked, given.get("id_token_hint", ""), client)


def _hinted(asked: Asked, token: str, client: Party) -> Asked:
    """The request, for the person of the RP's earlier ID token only. Raises Refusal for a token that is not ours."""
    if not token:
        return asked
    hint = hints.read(token)
    if hint is None or (hint.subject and hint.client_id != client.id):
        raise Refusal("invalid_request", "id_token_hint is not an ID token that this client got from us")
    if asked.silent and not hint.subject:
        raise Refusal("login_required", "id_token_hint is of a key long gone: nobody can tell whose it is")
    return msgspec.structs.replace(asked, hint_subject=hint.subject or asked.hint_subject)


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
    state, iss = rehearsing.answered(asked.client, asked.state, issuer())
    return _leading(asked.redirect_uri, state, {"code": code}, iss)


def _leading(uri: str, state: str, answer: dict[str, str], iss: str = "") -> str:
    # `iss` (RFC 9207): the RP sees which server answers, so that another cannot pass our codes off as its own.
    return rules.leading_to(uri, {**answer, **({"state": state} if state else {}), "iss": iss or issuer()})
