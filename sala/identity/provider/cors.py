"""Whose scripts may read what we answer to programs (CORS): those of public clients' own pages.

A page's script reads an answer to its own client, if the page's origin is that of one of the client's registered
redirect URIs; what concerns nobody (metadata, keys) any script reads. Cookies are never looked at by these endpoints,
and never allowed along.
"""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from sala.identity.provider import clients, rules
from sala.identity.provider.clients import Party
from sala.kit.answer import Answer

KEPT = 600  # seconds that a browser remembers what it may send
_HEADERS = "Authorization, Content-Type, DPoP"
_EXPOSED = "DPoP-Nonce, WWW-Authenticate"
_PARTY = "_sala_party"


def origins(client: Party) -> frozenset[str]:
    """Where the client's pages come from, as browsers say it; of one that has a server of its own, nowhere."""
    return frozenset(rules.web_origin(uri) for uri in client.redirect_uris) if client.public else frozenset()


def note(request: HttpRequest, client: Party) -> None:
    """From now on the request is known as this client's."""
    request.__dict__[_PARTY] = client


def is_strange(request: HttpRequest, client: Party) -> bool:
    """Whether a script of another's page calls for this public client."""
    origin = request.META.get("HTTP_ORIGIN", "")
    return bool(origin) and client.public and origin not in origins(client)


def asked_before(request: HttpRequest, methods: set[str]) -> Answer | None:
    """What a browser is told that asks for a script before it calls. It does not say for which client, so the page may
    be any public client's; None: a stranger's."""
    origin = request.META.get("HTTP_ORIGIN", "")
    if origin not in clients.public_origins():
        return None
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": ", ".join(sorted(methods)),
        "Access-Control-Allow-Headers": _HEADERS,
        "Access-Control-Max-Age": str(KEPT),
        "Vary": "Origin",
    }
    return Answer(status=204, headers=headers)


def readable(request: HttpRequest, response: Answer) -> Answer:
    """The answer, open to the page it is for. Where it is for no client that we know, it is an error that says nothing
    of anybody, and any public client's page may read it."""
    response.headers["Vary"] = "Origin"
    origin = request.META.get("HTTP_ORIGIN", "")
    client = cast("Party | None", request.__dict__.get(_PARTY))
    if origin and origin in (origins(client) if client else clients.public_origins()):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    return response
