"""Identifiers: keys for rows, references for people, tokens for machines."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from uuid import UUID

import uuid_utils.compat
from django.conf import settings

# Crockford's base 32: no I, L, O or U, so a reference survives a telephone call.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CONFUSED = str.maketrans("ILO", "110")
_NEITHER = re.compile(r"[^0-9A-Z]+")  # a letter nor a digit
_BODY = 8
_DOUBLED = [(value << 1 ^ (0b100101 if value & 16 else 0)) & 31 for value in range(32)]
_VALUES = {character: int(character, 36) & 31 for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_VALUES |= {character: value for value, character in enumerate(ALPHABET)}


def uuid7() -> UUID:
    """A time-ordered key for a row (RFC 9562), made here since PostgreSQL below 18 cannot."""
    return uuid_utils.compat.uuid7()


def new_reference(prefix: str) -> str:
    """A case's public number, such as `TM47-7K3M9QXT-4`.

    Forty random bits, so that it tells nothing about volume and cannot be walked
    through, and a check character, so that a mistyped one is told from an unknown one.
    """
    bits = secrets.randbits(5 * _BODY)
    body = "".join([ALPHABET[bits >> shift & 31] for shift in range(0, 5 * _BODY, 5)])
    return f"{prefix}-{body}-{_check_character(prefix + body)}"


def normal_reference(text: str) -> str | None:
    """The reference as stored, or None if `text` cannot be one (wrong shape or check character)."""
    compact = _NEITHER.sub("", text.upper())
    if len(compact) < _BODY + 2:
        return None
    prefix = compact[: -_BODY - 1]
    body = compact[-_BODY - 1 : -1].translate(_CONFUSED)
    check = compact[-1].translate(_CONFUSED)
    if "U" in body or _check_character(prefix + body) != check:
        return None
    return f"{prefix}-{body}-{check}"


def _check_character(text: str) -> str:
    # A polynomial in the field of 32 elements: as many as there are characters, so that every wrong
    # character and every swap of two is found. (A remainder could not tell all 32 apart.)
    total = 0
    for character in text:
        total = _DOUBLED[total] ^ _VALUES[character]
    return ALPHABET[_DOUBLED[total]]


def new_token() -> str:
    """A secret of 256 random bits, for links, sessions and API tokens."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """What is stored of a token. High-entropy secrets need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def keyed_digest(purpose: str, text: str) -> str:
    """A secret derived from the installation's own, 128 bits, URL-safe: it need not be stored."""
    mac = hmac.digest(settings.SECRET_KEY.encode(), f"{purpose}\0{text}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac[:16]).rstrip(b"=").decode()
