"""Devices without a browser or a keyboard (RFC 8628): they show a code, which a person types at their own screen."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.sessions import own_id
from sala.identity.provider import clients, deciding, rules, showing
from sala.identity.provider.clients import Party
from sala.identity.provider.elsewhere import INTERVAL
from sala.identity.provider.metadata import address
from sala.identity.provider.models import Decoupled
from sala.identity.provider.rules import Asked
from sala.identity.wallet import approvals
from sala.identity.wallet import queries as wallet
from sala.identity.wallet.rules import Kind
from sala.kit import clock, ratelimit
from sala.kit.errors import Fault, Invalid, NotFound
from sala.kit.ids import hash_token, keyed_digest, new_token
from sala.kit.text import Text

AGE = timedelta(minutes=10)
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels: no words arise (RFC 8628, 6.1). Eight of twenty are 34 bits, against `GUESSES` a quarter of an hour."""
GUESSES, GUESSES_A_NETWORK = 10, 100
BEGUN = 600
"""Codes that one client may ask for in a minute."""


def begin(client: Party, given: dict[str, str], *, place: str) -> dict[str, Any]:
    """What the device shows and polls with. `place`: what it says it is. Raises Refusal, TooMany."""
    asked = rules.judge_apart(given, client)
    ratelimit.hit(f"device:{client.id}", BEGUN, 60)
    device_code, letters, now = new_token(), "".join(secrets.choice(_LETTERS) for _ in range(8)), clock.now()
    Decoupled.objects.create(
        code_hash=hash_token(device_code),
        client_id=client.id,
        user_code_hash=_hash(letters),
        asked=msgspec.to_builtins(asked),
        place=place,
        interval=INTERVAL,
        created_at=now,
        expires_at=now + AGE,
    )
    user_code, page = f"{letters[:4]}-{letters[4:]}", address("device")
    return {
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={user_code}",
        "expires_in": int(AGE.total_seconds()),
        "interval": INTERVAL,
    }


def typed(user_code: str, *, network: str, by: Actor) -> UUID:
    """The person has typed the code that the device shows: what they are asked to approve. The same person may type it
    again. Raises Invalid (no such code), TooMany."""
    letters = "".join(c for c in user_code.upper() if c.isascii() and c.isalpha())
    if not letters:
        raise Invalid([Fault("user_code", "missing", _NONE)])
    ratelimit.hit(f"user_code:{network}", GUESSES_A_NETWORK, 900)
    ratelimit.hit(f"user_code:{own_id(by)}", GUESSES, 900)
    with transaction.atomic():
        waits = Decoupled.objects.select_for_update().filter(user_code_hash=_hash(letters), expires_at__gt=clock.now())
        row = waits.first()
        client = clients.party(row.client_id) if row else None
        if row is None or client is None:
            raise Invalid([Fault("user_code", "unknown", _UNKNOWN)])
        if row.approval_id is None:
            row.approval_id = _ask(row, client, by)
            row.save(update_fields=["approval_id"])
    return _own(row.approval_id, by)


def _ask(row: Decoupled, client: Party, by: Actor) -> UUID:
    asked = msgspec.convert(row.asked, Asked)
    given = deciding.consent(own_id(by), client.id)
    asking = showing.asking(asked, client, agreed=given.agreed if given else (), place=row.place)
    return approvals.ask(kind=Kind.DEVICE, asking=asking, account_id=by.account_id).id


def _own(approval_id: UUID, by: Actor) -> UUID:
    """Somebody else's is as unknown as any other code."""
    try:
        return wallet.one(approval_id, by=by).id
    except NotFound:
        raise Invalid([Fault("user_code", "unknown", _UNKNOWN)]) from None


def _hash(letters: str) -> bytes:
    # Keyed: of so few letters a plain hash could be looked up by whoever reads the table.
    return hash_token(keyed_digest("provider.user_code", letters))


_NONE = Text(th="โปรดกรอกรหัสที่อุปกรณ์แสดง", en="Type the code that the device shows")
_UNKNOWN = Text(
    th="ไม่พบรหัสนี้ หรือรหัสหมดอายุแล้ว โปรดตรวจดูที่อุปกรณ์อีกครั้ง",
    en="There is no such code, or it has run out. Look at the device again",
)
