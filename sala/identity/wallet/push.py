"""Web push: a short encrypted message to a person's browser by way of its maker's push service.

RFC 8030 carries it, RFC 8291 encrypts it for the browser alone, RFC 8292 (VAPID) tells the push service who sends.
The message is the id of an approval and nothing else; what it is about stays behind the sign-in.
"""

from __future__ import annotations

import base64
import secrets
import struct
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from joserfc import jwt
from joserfc.jwk import ECKey

from sala.kit import clock, outgoing

PROOF_AGE = timedelta(hours=12)
"""How long a push service believes who we are; RFC 8292 allows a day."""
_RECORD = 4096
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
_UNCOMPRESSED = 65
_AUTH = 16


class Gone(Exception):
    """The browser is told no more: it unsubscribed, or its push service does not take us for who it subscribed to."""


class NotNow(Exception):
    """The push service is out of reach or asks for patience; to be tried again."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gave us (PushSubscription.toJSON): where to send, its public key, its secret."""

    endpoint: str
    p256dh: str
    auth: str


def is_subscription(given: Subscription) -> bool:
    """Whether it can be sent to at all: an address that may be asked, and keys of the right shape."""
    try:
        _public(given.p256dh)
        return len(given.endpoint) <= 1000 and outgoing.may_ask(given.endpoint) and len(_bytes(given.auth)) == _AUTH
    except (ValueError, InvalidKey):
        return False


def public_key() -> str:
    """Our key as browsers take it (`applicationServerKey`)."""
    return _text(_point(_signing_key().public_key()))


def send(to: Subscription, message: bytes, *, ttl: int) -> None:
    """Send it; the push service drops it after `ttl` seconds. Raises Gone, NotNow."""
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(ttl),
        "Urgency": "high",
        "Authorization": f"vapid t={_proof(to.endpoint)}, k={public_key()}",
    }
    try:
        status = outgoing.post(to.endpoint, encrypt(message, to), headers).status
    except outgoing.Unreachable as error:
        raise (Gone if error.reason == "forbidden" else NotNow)(error.reason) from error
    if status in {401, 403, 404, 410}:
        raise Gone(str(status))
    if status >= 300:
        raise NotNow(str(status))


def encrypt(
    message: bytes, to: Subscription, *, key: ec.EllipticCurvePrivateKey | None = None, salt: bytes = b""
) -> bytes:
    """The body of RFC 8291, section 4: one record of aes128gcm (RFC 8188). `key` and `salt` are for its test."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    salt = salt or secrets.token_bytes(16)
    theirs, ours = _public(to.p256dh), _point(key.public_key())
    shared = key.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, _bytes(to.auth), b"WebPush: info\0" + _point(theirs) + ours, 32)
    content = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(content).encrypt(nonce, message + b"\x02", None)
    return salt + struct.pack(">IB", _RECORD, len(ours)) + ours + sealed


def _derived(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=salt, info=info).derive(key)


def _proof(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((clock.now() + PROOF_AGE).timestamp()),
        "sub": settings.PUBLIC_URL,
    }
    key = ECKey.import_key(_signing_key())
    return jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, key, algorithms=["ES256"])


def _signing_key() -> ec.EllipticCurvePrivateKey:
    """Follows from the installation's secret: nothing to store, seal, or lose beside it."""
    return _derived_key(settings.SECRET_KEY)


@cache
def _derived_key(secret: str) -> ec.EllipticCurvePrivateKey:
    # 48 bytes: so much more than the order that the remainder favours no number (FIPS 186-5, A.2.1).
    number = HKDF(SHA256(), length=48, salt=None, info=b"sala.wallet.push").derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(number) % (_ORDER - 1) + 1, ec.SECP256R1())


def _public(text: str) -> ec.EllipticCurvePublicKey:
    point = _bytes(text)
    if len(point) != _UNCOMPRESSED:
        raise ValueError("not an uncompressed point")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    plain = text.rstrip("=")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
