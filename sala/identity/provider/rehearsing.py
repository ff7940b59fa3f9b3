"""An RP's programmer tries a sign-in with a sandbox, and we look on; when asked, we do one thing wrong on purpose.

A program that is cheated and does not notice would be cheated by others, too. Nothing of this touches a client that is
told of real people: every function here begins by asking whether it is a sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from sala.identity.provider import clients, keys
from sala.identity.provider.clients import Party
from sala.identity.provider.models import Rehearsal
from sala.identity.provider.rules import Asked, half_hash
from sala.kit import clock, sql, tickets
from sala.kit.errors import NotFound
from sala.kit.ids import new_token, uuid7

LASTS = timedelta(minutes=15)
MOST_STEPS = 40
ELSEWHERE = "https://another-server.invalid"


class Fault(StrEnum):
    """What we do wrong, once, in the next sign-in. The first two in the answer by the browser, the others in the
    ID token."""

    NONE = ""
    STATE = "state"
    ISS = "iss"
    NONCE = "nonce"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    AT_HASH = "at_hash"

    @property
    def of_answer(self) -> bool:
        return self in {Fault.STATE, Fault.ISS}


@dataclass(frozen=True, slots=True)
class Tried:
    """One rehearsal: when, with what fault, and the steps that the program took."""

    id: UUID
    fault: Fault
    begun_at: datetime
    ends_at: datetime
    steps: tuple[dict[str, Any], ...]


def begin(*, client_id: str, fault: Fault) -> UUID:
    """From now on the sandbox's next sign-in is looked at, with this fault in it. Ends any before. Raises NotFound."""
    client = clients.party(client_id, anew=True)
    if client is None or not client.sandbox:
        raise NotFound
    now = clock.now()
    with transaction.atomic():
        end(client_id=client_id)
        made = Rehearsal.objects.create(
            id=uuid7(), client_id=client_id, fault=fault.value, begun_at=now, ends_at=now + LASTS
        )
    return made.id


def end(*, client_id: str) -> None:
    """Look no longer, and do nothing wrong any more."""
    now = clock.now()
    Rehearsal.objects.filter(client_id=client_id, ends_at__gt=now).update(ends_at=now)


def latest(client_id: str) -> dict[Fault, Tried]:
    """The last rehearsal of each kind."""
    rows = Rehearsal.objects.filter(client_id=client_id).order_by("fault", "-begun_at").distinct("fault")
    return {
        Fault(row.fault): Tried(row.id, Fault(row.fault), row.begun_at, row.ends_at, tuple(row.steps)) for row in rows
    }


def saw(client_id: str, act: str, *, outcome: str = "", detail: str = "") -> None:
    """Note what the program did and how it went, where it is a sandbox's that rehearses."""
    client = clients.party(client_id)
    if client is not None and client.sandbox:
        _note(client_id, act, {"outcome": outcome, "detail": detail} if outcome else {})


def arrived(client: Party, asked: Asked) -> None:
    """A request to sign in came, and is right as far as it goes."""
    if client.sandbox:
        facts = {"state": bool(asked.state), "nonce": bool(asked.nonce), "scopes": list(asked.scopes)}
        _note(client.id, "asked", facts)


def said(*, client_id: str, fault: Fault, noticed: bool) -> None:
    """What the programmer saw their program do, where it did nothing that we could see."""
    found = Rehearsal.objects.filter(client_id=client_id, fault=fault.value).order_by("-begun_at").first()
    if found is None:
        raise NotFound
    found.steps = [*found.steps, _step("said", {"noticed": noticed})][-MOST_STEPS:]
    found.save(update_fields=["steps"])


def answered(client_id: str, state: str, issuer: str) -> tuple[str, str]:
    """`state` and `iss` of an answer to the browser: as they are, but for a sandbox that rehearses one of them."""
    client = clients.party(client_id)
    if client is None or not client.sandbox:
        return state, issuer
    fault = _note(client_id, "answered", {}, spoils=(Fault.STATE, Fault.ISS))
    return (new_token() if fault is Fault.STATE else state), (ELSEWHERE if fault is Fault.ISS else issuer)


def signed(client: Party, claims: dict[str, Any], *, act: str) -> str:
    """The ID token: as it is, but one for a code of a sandbox that rehearses a fault of it."""
    if act != "code" or not client.sandbox:
        return keys.sign(claims)
    fault = _note(client.id, "token", {}, spoils=tuple(one for one in Fault if one and not one.of_answer))
    token = keys.sign(spoiled(claims, fault))
    return _forged(token, claims) if fault is Fault.SIGNATURE else token


def spoiled(claims: dict[str, Any], fault: Fault) -> dict[str, Any]:
    """The claims with one of them wrong."""
    hour = int(timedelta(hours=1).total_seconds())
    wrong: dict[Fault, dict[str, Any]] = {
        Fault.NONCE: {"nonce": new_token()},
        Fault.ISSUER: {"iss": ELSEWHERE},
        Fault.AUDIENCE: {"aud": "another-client"},
        Fault.EXPIRED: {"iat": claims["iat"] - 2 * hour, "exp": claims["iat"] - hour},
        Fault.AT_HASH: {"at_hash": half_hash(new_token())},
    }
    return claims | wrong.get(fault, {})


def _forged(token: str, claims: dict[str, Any]) -> str:
    """The same claims by a key that is not ours, under the name of ours."""
    header = jws.extract_compact(token.encode()).protected
    return jwt.encode(header, claims, ECKey.generate_key("P-256"), algorithms=[keys.ALGORITHM])


def _note(client_id: str, act: str, facts: dict[str, Any], *, spoils: tuple[Fault, ...] = ()) -> Fault:
    """Keep the step; the fault to be made in it, which is made once."""
    now = clock.now()
    with transaction.atomic():
        found = (
            Rehearsal.objects.select_for_update(no_key=True)
            .filter(client_id=client_id, ends_at__gt=now)
            .order_by("-begun_at")
            .first()
        )
        if found is None or len(found.steps) >= MOST_STEPS:
            return Fault.NONE
        fault = Fault(found.fault)
        makes = fault in spoils and not any(step.get("spoiled") for step in found.steps)
        found.steps = [*found.steps, _step(act, facts | ({"spoiled": True} if makes else {}))]
        found.save(update_fields=["steps"])
        sql.fetch_one("select pg_notify(%s, %s)", [tickets.CHANNEL, topic(client_id)])
    return fault if makes else Fault.NONE


def _step(act: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {"at": clock.now().isoformat(), "act": act, **facts}


def topic(client_id: str) -> str:
    """What a page listens to that shows the steps as they happen."""
    return f"rehearsal:{client_id}"
