"""Records that a station sealed without connection, so that a browser keeps what it cannot read itself.

The browser seals with the newest public key (ECDH on P-256, HKDF-SHA-256, AES-256-GCM; WebCrypto has all three), the
record's number bound into key and tag. The private keys are derived from those of the register's file: they lie there,
are backed up and rotated with them, and open what was sealed for a former one.
"""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sala.identity.people import sealing

_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_BYTES = 48  # 128 bits more than the order has: no part of the range is likelier than another (FIPS 186-5, A.2.1)
_INFO = "sala.station"


class EnvelopeError(Exception):
    """It does not open: the key is gone, or the bytes are not those that were sealed for this number."""


class Envelope(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """What a station sends: base64 without line ends. `sender` is the point of the browser's key of one use."""

    id: UUID
    key: str
    sender: str
    iv: str
    sealed: str


class PublicKey(msgspec.Struct, frozen=True):
    """For which key a browser seals now: its name, and its point."""

    key: str
    point: str


def public_key() -> PublicKey:
    """The newest."""
    name, secret = list(sealing.derived(_INFO, _BYTES).items())[-1]
    point = _private(secret).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return PublicKey(name, base64.b64encode(point).decode())


def opened(envelope: Envelope) -> bytes:
    """What was sealed. Raises EnvelopeError."""
    secret = sealing.derived(_INFO, _BYTES).get(envelope.key)
    if secret is None:
        raise EnvelopeError("the key is not in the register's file")
    try:
        sender = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, base64.b64decode(envelope.sender))
        key = _key(_private(secret).exchange(ec.ECDH(), sender), envelope.id)
        iv, sealed = base64.b64decode(envelope.iv), base64.b64decode(envelope.sealed)
        return AESGCM(key).decrypt(iv, sealed, str(envelope.id).encode())
    except (ValueError, binascii.Error, InvalidTag):
        raise EnvelopeError("the bytes are not those that were sealed") from None


def sealed(content: bytes, *, about: UUID, recipient: PublicKey, iv: bytes) -> Envelope:
    """As a browser seals it; `iv` has 12 bytes. For tests, and for whoever writes another station."""
    own = ec.generate_private_key(_CURVE)
    point = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, base64.b64decode(recipient.point))
    body = AESGCM(_key(own.exchange(ec.ECDH(), point), about)).encrypt(iv, content, str(about).encode())
    sender = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    told = (base64.b64encode(part).decode() for part in (sender, iv, body))
    return Envelope(about, recipient.key, *told)


def _private(secret: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(secret) % (_ORDER - 1) + 1, _CURVE)


def _key(shared: bytes, about: UUID) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"{_INFO}\0{about}".encode()).derive(shared)
