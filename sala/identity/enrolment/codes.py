"""The code that brings what an office has proven to the account on somebody's own phone: eight letters and digits.

An office's code is derived, so that its slip can be printed again and is written nowhere; a station without connection
draws its own. Of either, the table has a keyed digest. Forty bits: who tries is slowed down (`services.redeem`).
"""

from __future__ import annotations

import hmac
import re
import secrets
from uuid import UUID

from django.conf import settings

from sala.kit.ids import ALPHABET

LENGTH = 8
_CONFUSED = str.maketrans("ILO", "110")
_NEITHER = re.compile(r"[^0-9A-Z]+")


def drawn() -> str:
    """A code by chance."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def of(enrolment: UUID, number: int) -> str:
    """The `number`th code of an enrolment: the same whenever it is asked for, and nobody's guess."""
    bits = int.from_bytes(_mac("code", f"{enrolment}\0{number}"))
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in range(LENGTH))


def clean(typed: str) -> str:
    """The code as it was made, from what was typed: blanks, dashes, small letters, O for 0. Empty if it is none."""
    found = _NEITHER.sub("", typed.upper()).translate(_CONFUSED)
    return found if len(found) == LENGTH and set(found) <= set(ALPHABET) else ""


def shown(code: str) -> str:
    """In two halves, as people read it."""
    return f"{code[:4]} {code[4:]}"


def digest(code: str) -> bytes:
    """What is kept of a clean code."""
    return _mac("digest", code)


def _mac(purpose: str, text: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"enrolment.{purpose}\0{text}".encode(), "sha256")
