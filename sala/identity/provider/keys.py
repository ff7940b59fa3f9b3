"""The keys that sign ID tokens: made, kept sealed, published, rotated so that no sign-in notices.

At any time one key signs and the next one is published already; a retired one stays published for a day.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from joserfc import jwt
from joserfc.jwk import ECKey

from sala.identity.provider.models import SigningKey
from sala.kit import audit, clock, sql
from sala.kit.errors import Conflict
from sala.kit.text import Text

ALGORITHM = "ES256"
PUBLISHED_AHEAD = timedelta(hours=1)
"""How long the answer of /jwks/ may be cached, so how long a key must have been in it before it signs."""
PUBLISHED_AFTER = timedelta(days=1)
_REMEMBERED = 10.0  # seconds a process goes without asking which key signs
_LOCK = 0x53414C41_0004
_NONCE = 12


@dataclass(frozen=True, slots=True)
class _Ring:
    """What this process knows of the keys."""

    kid: str
    key: ECKey
    published: list[dict[str, Any]]
    read_at: float


_ring: list[_Ring] = []
_reading = threading.Lock()


def sign(claims: dict[str, Any], *, kind: str = "JWT") -> str:
    """A JWT by the key that signs now."""
    ring = _known()
    return jwt.encode({"alg": ALGORITHM, "kid": ring.kid, "typ": kind}, claims, ring.key, algorithms=[ALGORITHM])


def jwks() -> dict[str, Any]:
    """The public keys: the next one, the one that signs, those that signed within a day."""
    return {"keys": _known().published}


def rotate(*, by: str, compromised: bool = False) -> str:
    """The next key signs from now on, and a new next one is published; the `kid` that signs.

    `compromised`: whoever had one private key had all, so all go at once, and what they signed is believed no more.
    Relying parties then meet a key that they have to fetch. Also the way out when the secret key was changed, which
    sealed them. Raises Conflict if the next key is too fresh to be known to all relying parties.
    """
    with transaction.atomic():
        _one_at_a_time()
        before = [key.kid for key in listed()]
        if compromised:
            SigningKey.objects.all().delete()
        _ensure()
        kid = _signing().kid if compromised else _promote()
        audit.record(by, "provider.key_rotated", f"key:{kid}", {"before": before, "compromised": compromised})
    forget()
    return kid


def _promote() -> str:
    now = clock.now()
    following = SigningKey.objects.get(signs_from=None)
    if following.created_at > now - PUBLISHED_AHEAD:
        raise Conflict(_TOO_FRESH)
    SigningKey.objects.filter(kid=_signing().kid).update(signs_until=now)
    SigningKey.objects.filter(signs_until__lt=now - PUBLISHED_AFTER).delete()
    SigningKey.objects.filter(kid=following.kid).update(signs_from=now)
    _make(signs=False)
    return following.kid


def _signing() -> SigningKey:
    return SigningKey.objects.exclude(signs_from=None).get(signs_until=None)


_TOO_FRESH = Text(
    th="กุญแจถัดไปเพิ่งเผยแพร่ไม่ถึงหนึ่งชั่วโมง ระบบที่เชื่อมต่ออาจยังไม่รู้จัก โปรดลองอีกครั้งภายหลัง",
    en="The next key has been published for less than an hour: not all relying parties may know it. Try again later",
)


def listed() -> list[SigningKey]:
    """All keys, the oldest first; the private parts stay sealed."""
    return list(SigningKey.objects.order_by("created_at", "kid"))


def forget() -> None:
    """Read the keys anew (after a rotation; tests)."""
    _ring.clear()


def _known() -> _Ring:
    for ring in _ring:
        if time.monotonic() - ring.read_at < _REMEMBERED:
            return ring
    with _reading:
        fresh = _read()
        _ring[:] = [fresh]
        return fresh


def _read() -> _Ring:
    rows = _living()
    if not any(row.signs_from and not row.signs_until for row in rows):
        with transaction.atomic():
            _one_at_a_time()
            _ensure()
        rows = _living()
    signing = next(row for row in rows if row.signs_from and not row.signs_until)
    published = [msgspec.json.decode(row.public) if isinstance(row.public, str) else row.public for row in rows]
    return _Ring(signing.kid, _opened(signing), published, time.monotonic())


def _living() -> list[SigningKey]:
    since = clock.now() - PUBLISHED_AFTER
    return [row for row in listed() if row.signs_until is None or row.signs_until > since]


def _one_at_a_time() -> None:
    sql.fetch_one("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _ensure() -> None:
    """The first keys of an installation."""
    if not SigningKey.objects.exclude(signs_from=None).filter(signs_until=None).exists():
        _make(signs=True)
    if not SigningKey.objects.filter(signs_from=None).exists():
        _make(signs=False)


def _make(*, signs: bool) -> None:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    now = clock.now()
    SigningKey.objects.create(
        kid=str(key.kid),
        public=key.as_dict(private=False),
        sealed=_seal(key.as_der(private=True), str(key.kid)),
        created_at=now,
        signs_from=now if signs else None,
    )


def _seal(private: bytes, kid: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_wrapping()).encrypt(nonce, private, kid.encode())


def _opened(row: SigningKey) -> ECKey:
    sealed = bytes(row.sealed)
    private = AESGCM(_wrapping()).decrypt(sealed[:_NONCE], sealed[_NONCE:], row.kid.encode())
    return ECKey.import_key(private)


def _wrapping() -> bytes:
    """From the installation's secret: a copy of the database alone signs nothing."""
    secret = settings.SECRET_KEY.encode()
    return HKDF(SHA256(), length=32, salt=None, info=b"sala.provider.signing-keys").derive(secret)
