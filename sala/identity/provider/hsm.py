"""Signing keys in a hardware security module (PKCS #11): made in it, never out of it. Extra: `sala[pkcs11]`.

It is named as RFC 7512 says: `pkcs11:token=sala?module-path=/usr/lib/….so&pin-source=file:/etc/sala/pin`. The PIN is
read from its file each time a session opens, so that no list of processes or settings shows it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import pkcs11
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from joserfc.jwk import ECKey
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import NoSuchKey, PKCS11Error

from sala.identity.provider.custody import HSM, Made, Sign
from sala.identity.provider.rules import base64url

_P256 = bytes.fromhex("06082a8648ce3d030107")  # the curve's name, in DER
_LABEL = "sala-provider"
R = TypeVar("R")
# A process has one session a token, and one call at a time on it: so demands PKCS #11 of what threads share.
_sessions: dict[tuple[int, str], Any] = {}
_one_at_a_time = threading.RLock()


class Hsm:
    """Keys in the token that an address names."""

    def make(self) -> Made:
        place, number = settings.PROVIDER_KEYS, secrets.token_hex(16)
        point = _with_session(place, lambda here: _generate(here, bytes.fromhex(number)))
        x, y = point[-64:-32], point[-32:]  # an octet string in DER, or bare: the coordinates come last
        jwk: dict[str, Any] = {"kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y)}
        key = ECKey.import_key(jwk, {"use": "sig", "alg": "ES256"})
        key.ensure_kid()
        path, question, query = place.partition("?")
        return Made(str(key.kid), key.as_dict(private=False), f"{path};id={number}{question}{query}")

    def signer(self, made: Made) -> Sign:
        number = number_of(made.place)

        def sign(message: bytes) -> bytes:
            digest = hashlib.sha256(message).digest()
            return _with_session(
                made.place, lambda here: bytes(private_key(here, number).sign(digest, mechanism=Mechanism.ECDSA))
            )

        return sign

    def destroy(self, made: Made) -> None:
        def gone(here: Any) -> None:
            for found in list(here.get_objects({Attribute.ID: number_of(made.place)})):
                found.destroy()

        _with_session(made.place, gone)


def _generate(here: Any, number: bytes) -> bytes:
    curve = here.create_domain_parameters(KeyType.EC, {Attribute.EC_PARAMS: _P256}, local=True)
    inside = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
    public, _ = curve.generate_keypair(store=True, id=number, label=_LABEL, private_template=inside)
    return bytes(public[Attribute.EC_POINT])


def private_key(here: Any, number: bytes) -> Any:
    """The handle of a private key in the device. Raises NoSuchKey."""
    return here.get_key(object_class=ObjectClass.PRIVATE_KEY, key_type=KeyType.EC, id=number)


def _with_session(place: str, act: Callable[[Any], R]) -> R:
    """Do it; once more with a new session if the device was away meanwhile."""
    with _one_at_a_time:
        try:
            return act(session(place))
        except NoSuchKey:
            raise
        except PKCS11Error:
            _close(place)
            return act(session(place))


def session(place: str) -> Any:
    """The session of this process with the token that the address names."""
    known = (os.getpid(), _device(place))
    if known not in _sessions:
        parts = _parts(place)
        token = pkcs11.lib(parts["module-path"]).get_token(token_label=parts["token"])
        _sessions[known] = token.open(rw=True, user_pin=_pin(parts["pin-source"]))
    return _sessions[known]


def _close(place: str) -> None:
    if known := _sessions.pop((os.getpid(), _device(place)), None):
        with contextlib.suppress(PKCS11Error):  # it was gone already, which is why we are here
            known.close()


def _pin(source: str) -> str:
    return Path(source.removeprefix("file:")).read_text().strip()


def _parts(place: str) -> dict[str, str]:
    """The attributes of an address. Raises ImproperlyConfigured where one is missing, or says the PIN itself."""
    path, _, query = place.removeprefix(HSM).partition("?")
    named = [part.partition("=") for part in (*path.split(";"), *query.split("&")) if part]
    parts = {name: unquote(value) for name, _, value in named}
    if "pin-value" in parts:
        raise ImproperlyConfigured("Give the PIN in a file (pin-source), not in SALA_PROVIDER_KEYS")
    if missing := {"token", "module-path", "pin-source"} - parts.keys():
        raise ImproperlyConfigured(f"SALA_PROVIDER_KEYS lacks {', '.join(sorted(missing))}")
    return parts


def _device(place: str) -> str:
    parts = _parts(place)
    return f"{parts['module-path']}\0{parts['token']}"


def number_of(place: str) -> bytes:
    """By what number the device knows the key of this address."""
    return bytes.fromhex(_parts(place)["id"])
