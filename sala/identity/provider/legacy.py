"""ThaID's looser ways, for relying parties that were written for it (`profile = legacy_thaid`). All of it is here.

Loosened for these clients alone: PKCE is not demanded, and a verifier that does not fit is let pass and noted; a
parameter may be said twice alike; `openid` may be left out; a token may be called "Bearer <token>" in a form; the
secret may come in the header or in the body. Never loosened: the secret itself, the registered redirect URI character
by character, the code's single use within its minute, what a person agreed to.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from sala.identity.provider import clients, rules
from sala.identity.provider.clients import Party
from sala.identity.provider.rules import Asked, Refusal
from sala.identity.provider.scopes import OPENID

PROFILE = "legacy_thaid"
VERSION = "1.0"
"""Of ThaID's interface, as its ID tokens say it."""
SECRETS = frozenset({"client_secret_basic", "client_secret_post"})
REVOKED = {"status": "OK", "message": "revoked"}
PID = "pid"
PKCE_UNMET = "Let pass, for this client was written for ThaID: code_verifier does not fit the code_challenge"


def applies(client: Party) -> bool:
    """Whether these ways hold for this client."""
    return client.profile == PROFILE


def named_by(pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether the one client that the parameters name is of this profile."""
    names = {value for name, value in pairs if name == "client_id"}
    client = clients.party(names.pop()) if len(names) == 1 else None
    return client is not None and applies(client)


def said_once(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The parameters; of those said twice alike one, where the client is of this profile (PHP programs)."""
    given = list(pairs)
    if max(Counter(name for name, _ in given).values(), default=0) > 1 and named_by(given):
        return list(dict.fromkeys(given))
    return given


def judge(given: Mapping[str, str], client: Party) -> Asked:
    """The request: as strictly as any but for `openid` and PKCE. Raises Refusal.

    The person's number is asked for in any case where the client may have it, since it is the `sub`: so the person
    reads on the page that it will be told.
    """
    if not given.get("scope"):
        raise Refusal("invalid_scope", "scope is missing")
    asked = rules.judge(
        {**given, "scope": f"{OPENID} {given['scope']}", "code_challenge": "x" * 43, "code_challenge_method": "S256"},
        client,
    )
    wanted = given["scope"].split()
    scopes = [scope for scope in asked.scopes if scope != OPENID or OPENID in wanted]
    if PID in client.allowed and PID not in scopes:
        scopes.append(PID)
    return msgspec.structs.replace(asked, scopes=tuple(scopes), challenge=_challenge(given))


def _challenge(given: Mapping[str, str]) -> str:
    """The challenge if it is one; a broken one is as good as none here."""
    try:
        return rules.challenge(given)
    except Refusal:
        return ""


def challenge_of(verifier: str) -> str:
    """The challenge that this verifier would fit; empty if it can fit none."""
    try:
        return rules.challenge_of(verifier)
    except Refusal:
        return ""


def decoded(encoded: str) -> str:
    """The id and secret of a header that was encoded as for an address, without padding (JavaScript programs); empty
    for anybody else's."""
    try:
        pair = base64.b64decode(f"{encoded}{'=' * (-len(encoded) % 4)}", altchars=b"-_", validate=True).decode()
    except ValueError:
        return ""
    client = clients.party(pair.partition(":")[0])
    return pair if client and applies(client) else ""


def bare(token: str) -> str:
    """A token without the word Bearer before it."""
    return token.removeprefix("Bearer ").strip()


def answered(answer: dict[str, Any], facts: Mapping[str, Any], *, ends: datetime) -> dict[str, Any]:
    """The token response: the claims flat beside the tokens; the moment when they end, not the seconds until then."""
    at = int(ends.timestamp())
    return {**facts, **answer, "expires_in": at, "expire_in": at}
