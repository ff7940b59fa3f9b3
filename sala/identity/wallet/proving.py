"""How a person proves, on their phone, that they mean it: with a passkey, or with their PIN where that is enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sala.identity.accounts import passkeys
from sala.identity.accounts import queries as accounts
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.rules import BY_PASSKEY
from sala.identity.accounts.sessions import own_id
from sala.identity.wallet import pins
from sala.kit.errors import Fault, Invalid
from sala.kit.text import Text


def offered(*, by: Actor) -> dict[str, Any]:
    """What the page needs to ask for a proof: a ceremony for their passkey, if there is one, and how their PIN is."""
    has_passkey = bool(accounts.passkeys_of(own_id(by)))
    return {
        "ceremony": passkeys.to_confirm(by=by) if has_passkey else None,
        "origin": passkeys.site().origin,
        "pin_standing": pins.standing(by=by),
    }


def prove(typed: Mapping[str, str], *, strong: bool, by: Actor) -> tuple[str, ...]:
    """The person proves it is they by what they sent; by what methods (RFC 8176).

    A PIN adds to how the session was opened, but never to a strong proof: the passkey that opened it may have been
    used weeks ago. Raises Invalid, PinLocked, TooMany.
    """
    if typed.get("credential"):
        passkeys.confirm(credential=typed["credential"], state=typed.get("state", ""), by=by)
        return BY_PASSKEY
    if strong:
        raise Invalid([Fault("", "passkey_needed", _PASSKEY)])
    if not typed.get("pin", "").strip():
        raise Invalid([Fault("pin", "missing", _NO_PIN)])
    pins.confirm(pin=typed["pin"], by=by)
    proof = accounts.proof_of(by.session_id) if by.session_id else None
    return ("pwd", "pin") if proof and "pwd" in proof.methods else ("pin",)


_PASSKEY = Text(th="คำขอนี้ต้องยืนยันด้วยพาสคีย์", en="This has to be approved with a passkey")
_NO_PIN = Text(th="ใส่ PIN ของท่าน", en="Enter your PIN")
