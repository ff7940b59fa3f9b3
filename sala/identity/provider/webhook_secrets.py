"""How a message to a relying party is signed (Standard Webhooks 1.0, symmetric), and how its secret is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PREFIX = "whsec_"
_BYTES, _NONCE = 32, 12


class SecretLost(Exception):
    """It was sealed under another secret key of this installation: its people make a new one."""


def make() -> bytes:
    """A new secret: 32 random bytes."""
    return secrets.token_bytes(_BYTES)


def shown(secret: bytes) -> str:
    """As its developer copies it, and as the libraries of Standard Webhooks read it."""
    return PREFIX + base64.b64encode(secret).decode()


def seal(secret: bytes, *, client: str) -> bytes:
    """Sealed: a copy of the database alone signs nothing, and no row serves another client."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_wrapping()).encrypt(nonce, secret, client.encode())


def unseal(sealed: bytes, *, client: str) -> bytes:
    """Raises SecretLost."""
    try:
        return AESGCM(_wrapping()).decrypt(sealed[:_NONCE], sealed[_NONCE:], client.encode())
    except InvalidTag:
        raise SecretLost from None


def headers(message: UUID, at: datetime, body: bytes, signing: Iterable[bytes]) -> dict[str, str]:
    """The three headers; a signature by each of the secrets, so that a program may hold the old or the new one."""
    stamp = str(int(at.timestamp()))
    signed = f"{name(message)}.{stamp}.".encode() + body
    signatures = (base64.b64encode(hmac.new(one, signed, hashlib.sha256).digest()).decode() for one in signing)
    return {
        "webhook-id": name(message),
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }


def name(message: UUID) -> str:
    """The message's name, the same at each try: by it a program knows what it has heard already."""
    return f"msg_{message.hex}"


def _wrapping() -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"sala.provider.webhooks").derive(settings.SECRET_KEY.encode())
