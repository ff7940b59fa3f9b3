"""Pictures and templates under keys that lie apart from the data: in a file of this installation, not in the database.

One line a key: its name, and 32 random bytes in base64; the last line seals, all open. `rotate` adds one, and
`biometrics.reseal` moves what is kept to it.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE = 12


class SealedError(Exception):
    """It cannot be opened: the key is gone, or the bytes are not those that were sealed."""


def path() -> Path:
    """Where the keys lie: readable by the installation's user alone, and backed up apart from the database."""
    return Path(settings.REGISTER_KEYS)


def seal(data: bytes, *, about: str) -> tuple[bytes, str]:
    """The sealed bytes, and the name of the key. They open only as being `about` the same."""
    name, key = list(_keys().items())[-1]
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, about.encode()), name


def unseal(sealed: bytes, *, key: str, about: str) -> bytes:
    """What was sealed. Raises SealedError."""
    known = _keys().get(key)
    if known is None:
        raise SealedError(f"the key {key} is not in {path()}")
    try:
        return AESGCM(known).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
    except (InvalidTag, ValueError):  # the second: too short to be any
        raise SealedError("the sealed bytes are not those of this person") from None


def newest() -> str:
    """The name of the key that seals now."""
    return list(_keys())[-1]


def has(name: str) -> bool:
    """Whether the file has the key of this name; without it, what it sealed is locked, not broken."""
    return name in _keys()


def derived(purpose: str, length: int) -> dict[str, bytes]:
    """A secret of `length` bytes for another purpose from each key, by the key's name, the newest last: so that it is
    kept, backed up and rotated with them."""
    info = f"sala.register.{purpose}".encode()
    return {name: HKDF(SHA256(), length, salt=None, info=info).derive(key) for name, key in _keys().items()}


def rotate() -> str:
    """Add a key, with which is sealed from now on; its name."""
    where = path()
    where.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = secrets.token_hex(4)
    line = f"{name} {base64.b64encode(secrets.token_bytes(32)).decode()}\n"
    with os.fdopen(os.open(where, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    return name


def _keys() -> dict[str, bytes]:
    """The keys by name, the newest last; a first one is made where there is none."""
    with contextlib.suppress(FileNotFoundError):
        if found := _read(path(), path().stat().st_mtime_ns):
            return found
    rotate()
    return _read(path(), path().stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(where: Path, changed: int) -> dict[str, bytes]:
    lines = (line.split() for line in where.read_text().splitlines() if line.strip())
    return {name: base64.b64decode(key) for name, key in lines}
