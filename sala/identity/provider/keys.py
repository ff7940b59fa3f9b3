"""The keys that sign ID tokens: made, published, rotated so that no sign-in notices. Where they lie, custody knows.

At any time one key signs and the next one is published already; a retired one stays published for a day.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.db import transaction
from joserfc.jwk import ECKey

from sala.identity.provider import custody
from sala.identity.provider.custody import Made, Sign
from sala.identity.provider.models import SigningKey
from sala.identity.provider.rules import base64url
from sala.kit import audit, clock, sql
from sala.kit.errors import Conflict
from sala.kit.text import Text

ALGORITHM = "ES256"
PUBLISHED_AHEAD = timedelta(hours=1)
"""How long the answer of /jwks/ may be cached, so how long a key must have been in it before it signs."""
PUBLISHED_AFTER = timedelta(days=1)
_REMEMBERED = 10.0  # seconds a process goes without asking which key signs
_LOCK = 0x53414C41_0004
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class _Ring:
    """What this process knows of the keys."""

    kid: str
    sign: Sign
    published: list[dict[str, Any]]
    read_at: float


_ring: list[_Ring] = []
_reading = threading.Lock()


def sign(claims: dict[str, Any], *, kind: str = "JWT") -> str:
    """A JWT by the key that signs now."""
    ring = _known()
    header = {"alg": ALGORITHM, "kid": ring.kid, "typ": kind}
    # Put together here and not by joserfc, which signs only with keys that it can hold in its hand.
    signing = f"{base64url(_encode(header))}.{base64url(_encode(claims))}"
    return f"{signing}.{base64url(ring.sign(signing.encode()))}"


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
            _destroy(listed())
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
    _try(following)
    SigningKey.objects.filter(kid=_signing().kid).update(signs_until=now)
    _destroy(SigningKey.objects.filter(signs_until__lt=now - PUBLISHED_AFTER))
    SigningKey.objects.filter(kid=following.kid).update(signs_from=now)
    _make(signs=False)
    return following.kid


def _try(row: SigningKey) -> None:
    """Sign with it once before everybody relies on it: a file may be missing, a device away. Raises Conflict."""
    message = b"sala"
    public = ECKey.import_key(_public(row)).public_key
    assert isinstance(public, EllipticCurvePublicKey)  # noqa: S101 - all our keys are
    try:
        signature = _signer(row)(message)
        halves = (int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
        public.verify(encode_dss_signature(*halves), message, ECDSA(SHA256()))
    except (OSError, ValueError, InvalidSignature, custody.unreachable()) as error:
        raise Conflict(_NOT_REACHED) from error


def _destroy(rows: Iterable[SigningKey]) -> None:
    """The rows now, the private keys once that is certain."""
    for row in list(rows):
        made = _made(row)
        row.delete()
        transaction.on_commit(partial(custody.of(made).destroy, made), robust=True)


def _signing() -> SigningKey:
    return SigningKey.objects.exclude(signs_from=None).get(signs_until=None)


_TOO_FRESH = Text(
    th="กุญแจถัดไปเพิ่งเผยแพร่ไม่ถึงหนึ่งชั่วโมง ระบบที่เชื่อมต่ออาจยังไม่รู้จัก โปรดลองอีกครั้งภายหลัง",
    en="The next key has been published for less than an hour: not all relying parties may know it. Try again later",
)
_NOT_REACHED = Text(
    th="กุญแจถัดไปลงลายมือชื่อไม่ได้ กุญแจเดิมยังใช้งานต่อ โปรดตรวจสอบที่เก็บกุญแจ",
    en="The next key cannot sign, so the old one goes on: look whether its place can be reached",
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
    return _Ring(signing.kid, _signer(signing), [_public(row) for row in rows], time.monotonic())


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
    made, now = custody.chosen().make(), clock.now()
    SigningKey.objects.create(
        kid=made.kid,
        public=made.public,
        place=made.place,
        sealed=made.sealed,
        created_at=now,
        signs_from=now if signs else None,
    )
    audit.record("system:provider", "provider.key_made", f"key:{made.kid}", {"place": place(made.place)})


def place(text: str) -> str:
    """Where a key lies, in a word for people and logs."""
    return text.partition(":")[0] or custody.DATABASE


def _public(row: SigningKey) -> dict[str, Any]:
    return dict(msgspec.json.decode(row.public) if isinstance(row.public, str) else row.public)


def _made(row: SigningKey) -> Made:
    return Made(row.kid, _public(row), row.place, bytes(row.sealed))


def _signer(row: SigningKey) -> Sign:
    made = _made(row)
    return custody.of(made).signer(made)
