"""Where the private keys lie, and how they sign: sealed in the database, in files, or in a device that never gives them
out (PKCS #11). A row of SigningKey knows its own place, so an installation moves from one to another by rotating."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from joserfc.jwk import ECKey

DATABASE, FILES, HSM = "database", "file:", "pkcs11:"
_NONCE = 12
_HALF = 32  # bytes of each half of an ES256 signature

Sign = Callable[[bytes], bytes]
"""Signs a message by ES256; the 64 bytes of R and S as RFC 7518 has them."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new key pair: its name (RFC 7638), its public half, and where the private one lies.

    `place` is empty for the database, where `sealed` holds it; else an address of FILES or HSM.
    """

    kid: str
    public: dict[str, Any]
    place: str
    sealed: bytes = b""


class Custody(Protocol):
    """Whoever keeps private keys."""

    def make(self) -> Made:
        """A new pair, kept."""

    def signer(self, made: Made) -> Sign:
        """How to sign with a key that is kept. Raises OSError or an error of its own where it cannot be reached."""

    def destroy(self, made: Made) -> None:
        """Forget the private key; no error if it is gone."""


def chosen() -> Custody:
    """Where new keys go, by the setting PROVIDER_KEYS. Raises ImproperlyConfigured."""
    return _custody(settings.PROVIDER_KEYS)


def of(made: Made) -> Custody:
    """Where this key lies, whatever the setting says now."""
    return _custody(made.place or DATABASE)


def _custody(place: str) -> Custody:
    if place == DATABASE:
        return Database()
    if place.startswith(FILES):
        return Files()
    if place.startswith(HSM):
        try:
            from sala.identity.provider.hsm import Hsm
        except ImportError:
            raise ImproperlyConfigured("Keys in a device need the extra sala[pkcs11]") from None
        return Hsm()
    raise ImproperlyConfigured(f"SALA_PROVIDER_KEYS must be {DATABASE}, {FILES}/directory or {HSM}… (RFC 7512)")


def unreachable() -> type[Exception]:
    """What a device raises."""
    try:
        from pkcs11.exceptions import PKCS11Error
    except ImportError:
        return OSError
    return PKCS11Error


def pair() -> ECKey:
    """A new key pair in this process."""
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)


def signing_with(private: EllipticCurvePrivateKey) -> Sign:
    """How to sign with a key that this process holds."""

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, ECDSA(SHA256())))
        return r.to_bytes(_HALF) + s.to_bytes(_HALF)

    return sign


class Database:
    """Sealed (AES-256-GCM) under a key from the secret key: a copy of the database alone signs nothing."""

    def make(self) -> Made:
        key, nonce = pair(), secrets.token_bytes(_NONCE)
        sealed = nonce + AESGCM(self._wrapping()).encrypt(nonce, key.as_der(private=True), str(key.kid).encode())
        return Made(str(key.kid), key.as_dict(private=False), "", sealed)

    def signer(self, made: Made) -> Sign:
        nonce, sealed = made.sealed[:_NONCE], made.sealed[_NONCE:]
        private = AESGCM(self._wrapping()).decrypt(nonce, sealed, made.kid.encode())
        return signing_with(ECKey.import_key(private).private_key)  # type: ignore[arg-type]

    def destroy(self, made: Made) -> None:
        """It goes with its row."""

    def _wrapping(self) -> bytes:
        secret = settings.SECRET_KEY.encode()
        return HKDF(SHA256(), length=32, salt=None, info=b"sala.provider.signing-keys").derive(secret)


class Files:
    """One PEM file a key (PKCS #8), in a directory that all web processes share; readable by their user alone."""

    def make(self) -> Made:
        directory = Path(settings.PROVIDER_KEYS.removeprefix(FILES))
        if not directory.is_absolute():
            raise ImproperlyConfigured(f"SALA_PROVIDER_KEYS names no absolute path: {directory}")
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = pair()
        path = directory / f"{key.kid}.pem"
        _write(path, key.as_pem(private=True))
        return Made(str(key.kid), key.as_dict(private=False), f"{FILES}{path}")

    def signer(self, made: Made) -> Sign:
        path = _path(made)
        if path.stat().st_mode & 0o077:
            raise PermissionError(f"{path} can be read by others than its owner: chmod 600, and rotate the keys")
        key = ECKey.import_key(path.read_bytes())
        if key.thumbprint() != made.kid:
            raise ValueError(f"{path} holds another key than its name says")
        return signing_with(key.private_key)  # type: ignore[arg-type]

    def destroy(self, made: Made) -> None:
        _path(made).unlink(missing_ok=True)


def _path(made: Made) -> Path:
    return Path(made.place.removeprefix(FILES))


def _write(path: Path, content: bytes) -> None:
    """Whole and on the disk, or not there at all: other processes look at any moment."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")  # mode 600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).rename(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
