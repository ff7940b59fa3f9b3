"""What programs ask: tokens, introspection, revocation, userinfo, pushed requests, keys, metadata.

No cookie is looked at, so there is nothing that another site could forge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from django.http import HttpRequest, HttpResponse

from sala.identity.provider import (
    answering,
    asking,
    clients,
    dpop,
    keys,
    legacy,
    presented,
    proof,
    rules,
    telling,
    tokens,
    wanted,
)
from sala.identity.provider.clients import Party
from sala.identity.provider.dpop import Proof, Unproven
from sala.identity.provider.metadata import audiences, document, issuer
from sala.identity.provider.presented import Challenge
from sala.identity.provider.rules import Refusal
from sala.identity.provider.tokens import Living
from sala.kit.api import Resource

LARGEST = 20_000  # bytes of a form; a client's proof is the longest thing in one
_FORM = "application/x-www-form-urlencoded"
_REALM = 'realm="sala"'
_encode = msgspec.json.Encoder().encode
Answer = Callable[[HttpRequest], HttpResponse]


class Endpoint(Resource):
    """One address of the protocol. It answers with OAuth's own errors, not with problem details."""

    def __init__(self, answer: Answer, *methods: str) -> None:
        super().__init__()
        self.answer = answer
        self.methods = {*methods, "HEAD"} if "GET" in methods else {*methods}

    def __call__(self, request: HttpRequest, **parameters: Any) -> HttpResponse:
        if request.method not in self.methods:
            response = _error(Refusal("invalid_request", "Use another method", status=405))
            response.headers["Allow"] = ", ".join(sorted(self.methods))
            return response
        try:
            return self.answer(request)
        except Refusal as refusal:
            return _error(refusal, basic="HTTP_AUTHORIZATION" in request.META)


def _token(request: HttpRequest) -> HttpResponse:
    given, client = _asked(request, "token")
    kind = given.get("grant_type", "")
    with _noted(client, _ACTS.get(kind, "token")):
        if kind not in rules.GRANTS:
            raise Refusal("unsupported_grant_type", f"grant_type must be one of {', '.join(rules.GRANTS)}")
        if kind not in client.grants:
            raise Refusal("unauthorized_client", f"This client is not registered for {kind}")
        bound = _key_shown(request, client)
        if kind == "client_credentials":
            return _json(tokens.own(client, given, proof=bound))
        exchange = tokens.of_code if kind == "authorization_code" else tokens.of_refresh
        return _json(exchange(client, given, issuer=issuer(), proof=bound))


def _key_shown(request: HttpRequest, client: Party) -> Proof | None:
    """The proof to whose key the tokens will be bound; None: whoever bears them. Raises Unproven."""
    proof = dpop.proof(request, "token")
    return dpop.demand(proof) if client.dpop or client.fapi else proof


_ACTS = {"authorization_code": "code", "refresh_token": "refresh", "client_credentials": "client_credentials"}


def _par(request: HttpRequest) -> HttpResponse:
    given, client = _asked(request, "par")
    with _noted(client, "par"):
        request_uri = asking.push(given, client, dpop.proof(request, "par"))
    return _json({"request_uri": request_uri, "expires_in": int(rules.PUSHED_AGE.total_seconds())}, status=201)


def _introspect(request: HttpRequest) -> HttpResponse:
    given, client = _asked(request, "introspect")
    found = tokens.living(_token_in(given, client))
    if found is None or found.client_id != client.id:
        return _json({"active": False})  # also where it is another's: that is none of this client's business
    return _json(_described(found))


def _described(found: Living) -> dict[str, Any]:
    facts = {
        "active": True,
        "iss": issuer(),
        "client_id": found.client_id,
        "scope": " ".join(found.scopes),
        "iat": int(found.issued_at.timestamp()),
        "exp": int(found.expires_at.timestamp()),
    }
    facts |= {"sub": found.subject} if found.subject else {}
    facts |= {"cnf": {"jkt": found.jkt}} if found.jkt else {}
    return facts | ({"token_type": "DPoP" if found.jkt else "Bearer"} if found.kind == "access" else {})


def _revoke(request: HttpRequest) -> HttpResponse:
    given, client = _asked(request, "revoke")
    tokens.revoke(client, _token_in(given, client))
    return _json(legacy.REVOKED if legacy.applies(client) else {})


def _token_in(given: dict[str, str], client: Party) -> str:
    if not given.get("token"):
        raise Refusal("invalid_request", "token is missing")
    return legacy.bare(given["token"]) if legacy.applies(client) else given["token"]


def _written_for_thaid(found: Living) -> bool:
    client = clients.party(found.client_id)
    return client is not None and legacy.applies(client)


def _userinfo(request: HttpRequest) -> HttpResponse:
    body = _form(request).get("access_token", "") if request.method == "POST" and _is_form(request) else ""
    found = presented.token(request, "userinfo", in_body=body)
    if found.account_id is None or not ("openid" in found.scopes or _written_for_thaid(found)):
        raise Challenge("insufficient_scope", "The token is not of a person who signed in", 403)
    asked = answering.claims_in(found.claims)
    scopes = asked.in_userinfo(found.scopes)
    told = telling.told(found.account_id, found.person_id, found.client_id, scopes)
    if told is None:
        raise Challenge("invalid_token", "The person is no longer known by this account", 401)
    tokens.note(found.client_id, "userinfo", account_id=found.account_id, scopes=scopes)
    return _json({"sub": found.subject, **wanted.fitting(told, asked.userinfo)})


def _jwks(request: HttpRequest) -> HttpResponse:
    return _public(keys.jwks(), int(keys.PUBLISHED_AHEAD.total_seconds()))


def _metadata(request: HttpRequest) -> HttpResponse:
    return _public(document(), 3600)


# --- Reading and answering -------------------------------------------------------------------------------


def _asked(request: HttpRequest, name: str) -> tuple[dict[str, str], Party]:
    """The form and the client that proved itself. Raises Refusal."""
    given = _form(request)
    return given, proof.prove(given, request.META.get("HTTP_AUTHORIZATION", ""), audiences=audiences(name))


def _is_form(request: HttpRequest) -> bool:
    return str(request.META.get("CONTENT_TYPE", "")).split(";")[0].strip().lower() == _FORM


def _form(request: HttpRequest) -> dict[str, str]:
    if request.META.get("QUERY_STRING"):
        raise Refusal("invalid_request", "Send the parameters in the body: addresses are kept in logs")
    if not _is_form(request):
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
def _noted(client: Party, act: str) -> Iterator[None]:
    """What goes wrong for a client that proved itself is put on its record, in words."""
    try:
        yield
    except Refusal as refusal:
        tokens.note(client.id, act, refusal=refusal)
        raise


def _json(content: dict[str, Any], *, status: int = 200) -> HttpResponse:
    response = HttpResponse(_encode(content), status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


def _public(content: dict[str, Any], seconds: int) -> HttpResponse:
    response = HttpResponse(_encode(content), content_type="application/json")
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _error(refusal: Refusal, *, basic: bool = False) -> HttpResponse:
    said = {"error": refusal.code, "error_description": refusal.detail} if refusal.code else {}
    response = _json(said, status=refusal.status)
    if isinstance(refusal, Challenge | Unproven) and refusal.nonce:
        response.headers["DPoP-Nonce"] = refusal.nonce
    if isinstance(refusal, Challenge):
        response.headers["WWW-Authenticate"] = refusal.header
    elif refusal.status == 401 and basic:
        response.headers["WWW-Authenticate"] = f"Basic {_REALM}"
    return response


token = Endpoint(_token, "POST")
par = Endpoint(_par, "POST")
introspect = Endpoint(_introspect, "POST")
revoke = Endpoint(_revoke, "POST")
userinfo = Endpoint(_userinfo, "GET", "POST")
jwks = Endpoint(_jwks, "GET")
metadata = Endpoint(_metadata, "GET")
