"""What the token endpoint answers: tokens, the ID token, and what is told along with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from sala.identity.provider import legacy, rehearsing, rules, telling, wanted
from sala.identity.provider.clients import Party
from sala.identity.provider.scopes import OPENID
from sala.identity.provider.wanted import Claims


class Family(NamedTuple):
    """One sign-in at an RP, as a statement that issues tokens of it returns it: columns of provider_grant."""

    subject: str
    scopes: list[str]
    nonce: str
    auth_time: datetime
    acr: str
    amr: list[str]
    sid: str
    claims: str
    challenge: str
    account_id: UUID
    person_id: int


@dataclass(frozen=True, slots=True)
class Issued:
    """The tokens of one answer. `scopes`: of this access token, of all that the sign-in has."""

    client: Party
    act: str
    now: datetime
    token_type: str
    access: str
    refresh: str
    scopes: tuple[str, ...]


class Told(NamedTuple):
    """What goes along with the tokens: in the ID token, and flat beside it (ThaID's relying parties)."""

    in_id_token: dict[str, Any]
    flat: dict[str, Any]
    scopes: tuple[str, ...]
    """What was looked up for it: to be put on record."""


def answer(issued: Issued, family: Family, told: Told, *, issuer: str) -> dict[str, Any]:
    """The JSON of the token response."""
    answer: dict[str, Any] = {
        "access_token": issued.access,
        "token_type": issued.token_type,
        "expires_in": int(rules.ACCESS_AGE.total_seconds()),
        "scope": " ".join(issued.scopes),
    }
    # Without `openid` there is none: only ThaID's relying parties can have asked so, or a refresh for less.
    if OPENID in issued.scopes or (issued.act == "refresh" and not legacy.applies(issued.client)):
        answer["id_token"] = rehearsing.signed(
            issued.client, {**told.in_id_token, **_id_token(issued, family, issuer)}, act=issued.act
        )
    if issued.refresh:
        answer["refresh_token"] = issued.refresh
    if legacy.applies(issued.client):
        return legacy.answered(answer, told.flat, ends=issued.now + rules.ACCESS_AGE)
    return answer


def _id_token(issued: Issued, family: Family, issuer: str) -> dict[str, Any]:
    now = int(issued.now.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": family.subject,
        "aud": issued.client.id,
        "iat": now,
        "exp": now + int(rules.ID_TOKEN_AGE.total_seconds()),
        "auth_time": int(family.auth_time.timestamp()),
        "at_hash": rules.half_hash(issued.access),
    }
    known = {"acr": family.acr, "amr": family.amr, "sid": family.sid}
    claims |= {name: value for name, value in known.items() if value}
    if legacy.applies(issued.client):
        claims["version"] = legacy.VERSION
    # A refreshed ID token carries no nonce: it answers no request of a browser (OpenID Connect Core, 12.2).
    return claims | ({"nonce": family.nonce} if family.nonce and issued.act == "code" else {})


def told(issued: Issued, family: Family) -> Told:
    """What goes along with these tokens. Reads the register only where something does, which few clients ask."""
    asked = claims_in(family.claims)
    flat = legacy.applies(issued.client)
    scopes = tuple(issued.scopes if flat else asked.in_id_token(issued.scopes))
    if not scopes:
        return Told({}, {}, ())
    found = telling.told(family.account_id, family.person_id, issued.client.id, scopes) or {}
    if flat:
        return Told(found, found, scopes)
    return Told(wanted.fitting(found, asked.id_token), {}, scopes)


def claims_in(stored: str | None) -> Claims:
    """What a sign-in asked one by one, as its row has it."""
    return msgspec.json.decode(stored, type=Claims) if stored and stored != "{}" else Claims()


def effective(granted: Iterable[str], narrowed: Iterable[str] | None) -> tuple[str, ...]:
    """The scopes of a token: all of the sign-in, or those of them that it was narrowed to."""
    kept = None if narrowed is None else set(narrowed)
    return tuple(scope for scope in granted if kept is None or scope in kept)
