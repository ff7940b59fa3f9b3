"""Which client is asking: its secret, or its signature over a claim that works once."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError

from sala.identity.provider import clients, legacy, rules, tokens
from sala.identity.provider.clients import Party
from sala.identity.provider.jose import Registry
from sala.identity.provider.metadata import issuer
from sala.identity.provider.rules import Refusal
from sala.kit import clock, sql

_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SPEND = """
INSERT INTO provider_assertion (digest, expires_at) VALUES (%s, %s) ON CONFLICT (digest) DO NOTHING
"""
_BELIEVED = {False: Registry(rules.ASSERTION_ALGORITHMS), True: Registry(rules.PROOF_ALGORITHMS)}
"""Of whom which signatures: more is asked of a FAPI client."""


def prove(given: Mapping[str, str], authorization: str, *, audiences: frozenset[str], public: bool = False) -> Party:
    """The client whose credentials stand in the header or the body, by the one method it is registered for.

    `audiences` are the addresses for which a signed proof may be made; `public`: here a public client may only say
    its name. Raises Refusal `invalid_client` (401).
    """
    basic, post, key = bool(authorization), "client_secret" in given, "client_assertion" in given
    if public and not (basic or post or key) and (client := _public(given)):
        return client
    if basic + post + key != 1:
        what = "in one way, and one only" if basic + post + key else "by client_secret or client_assertion"
        raise _refused(f"The client must prove itself {what}")
    if key:
        return _by_key(given, audiences)
    client_id, secret, method = _by_header(authorization) if basic else _by_body(given)
    if given.get("client_id", client_id) != client_id:
        raise _refused("client_id in the body is another than in the header")
    return _by_secret(client_id, secret, method)


def _public(given: Mapping[str, str]) -> Party | None:
    """The public client that is named. Anybody may name it: what it brings, a code with its verifier or a refresh
    token, has to do."""
    client = clients.party(given.get("client_id", ""))
    return client if client and client.public else None


def _by_header(authorization: str) -> tuple[str, str, str]:
    scheme, _, encoded = authorization.partition(" ")
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (ValueError, binascii.Error):
        pair = legacy.decoded(encoded.strip())
    client_id, colon, secret = pair.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise _refused("The Authorization header is not HTTP Basic with client_id and client_secret")
    return unquote_plus(client_id), unquote_plus(secret), "client_secret_basic"


def _by_body(given: Mapping[str, str]) -> tuple[str, str, str]:
    return given.get("client_id", ""), given["client_secret"], "client_secret_post"


def _by_secret(client_id: str, secret: str, method: str) -> Party:
    client = clients.party(client_id)
    fits = client is not None and _secret_fits(client, secret)
    if client and not fits:
        client = clients.party(client_id, anew=True)  # it may be a new secret, made a moment ago
        fits = client is not None and _secret_fits(client, secret)
    if client is None or not fits:
        if client:
            detail = "This client is public and has no secret" if client.public else "Wrong client_secret"
            tokens.note(client.id, "proof", refusal=Refusal("invalid_client", detail))
        raise _refused("Unknown client, or wrong client_secret")
    if client.method != method and not (legacy.applies(client) and client.method in legacy.SECRETS):
        raise _refused(f"This client is registered for {client.method}, and used {method}")
    return client


def _secret_fits(client: Party, secret: str) -> bool:
    return client.secret_hash is not None and rules.same_secret(secret, client.secret_hash)


def _by_key(given: Mapping[str, str], audiences: frozenset[str]) -> Party:
    if given.get("client_assertion_type") != _TYPE:
        raise _refused(f"client_assertion_type must be {_TYPE}")
    assertion = given["client_assertion"]
    client = clients.party(_claimed(assertion))
    if client is None or client.keys is None:
        raise _refused("client_assertion names no client with keys (iss and sub must be the client_id)")
    if client.fapi:  # the issuer, as a text, is the only audience (FAPI 2.0, 5.3.2.1)
        audiences = frozenset({issuer()})
    try:
        claims = jwt.decode(assertion, client.keys, registry=_BELIEVED[client.fapi]).claims
    except (JoseError, ValueError) as error:
        raise _refused(f"client_assertion is not signed by a registered key ({type(error).__name__})") from None
    expires_at = _judge(claims, client, given, audiences)
    if not sql.execute(_SPEND, [hashlib.sha256(f"{client.id}\0{claims['jti']}".encode()).digest(), expires_at]):
        raise _refused("client_assertion was used before (jti)")
    return client


def _claimed(assertion: str) -> str:
    """Whose proof it says it is; not believed until the signature is checked."""
    try:
        claims = msgspec.json.decode(jws.extract_compact(assertion.encode()).payload)
        return str(claims["sub"])
    except (JoseError, ValueError, KeyError, TypeError):
        raise _refused("client_assertion is not a signed JWT with sub") from None


def _judge(claims: Mapping[str, Any], client: Party, given: Mapping[str, str], audiences: frozenset[str]) -> datetime:
    """When the proof ends. Raises Refusal for a proof made for another, at another time, or without an end."""
    named = [claims.get("iss"), claims.get("sub"), given.get("client_id", client.id)]
    if any(name != client.id for name in named):
        raise _refused("iss, sub and client_id must all be the client's id")
    audience = claims.get("aud")
    # One audience: a proof that also suits another server could be used by that server (CVE-2025-27371).
    if isinstance(audience, list) and len(audience) == 1 and not client.fapi:
        audience = audience[0]
    if not isinstance(audience, str) or audience not in audiences:
        raise _refused("aud must be the issuer, and nothing besides")
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        raise _refused("jti is missing")
    return _end(claims)


def _end(claims: Mapping[str, Any]) -> datetime:
    now = clock.now()
    exp, others = claims.get("exp"), (claims.get("nbf", 0), claims.get("iat", 0))
    if isinstance(exp, bool) or not isinstance(exp, int | float):
        raise _refused("exp must be a time in seconds")
    if not all(isinstance(time, int | float) for time in others):
        raise _refused("nbf and iat must be times in seconds")
    latest = (now + rules.ASSERTION_AGE + rules.SKEW).timestamp()
    if not now.timestamp() - rules.SKEW.total_seconds() < exp <= latest:
        raise _refused("exp must be in the future, by an hour at most")
    if max(others) > (now + rules.SKEW).timestamp():
        raise _refused("nbf or iat is in the future")
    return datetime.fromtimestamp(exp, UTC) + rules.SKEW


def _refused(detail: str) -> Refusal:
    return Refusal("invalid_client", detail, status=401)
