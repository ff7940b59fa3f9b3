"""A product that detects presentation attacks, tested to ISO/IEC 30107-3, where the installation has one.

`SALA_FACES_LIVENESS` is `challenge` (our own challenge alone) or `http:<url>`: then the product judges the same frames
as well, and both must pass. What is said to it and what it answers stands in docs/liveness.md.
"""

from __future__ import annotations

import base64
import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import msgspec
from django.conf import settings

from sala.kit.errors import SalaError
from sala.kit.text import Text

PATIENCE = 10.0
"""Seconds, to connect and for each read: forty frames take a product a while."""
_LARGEST = 64 * 1024  # bytes of an answer
_SCHEMES = frozenset({"http", "https"})


class ProductAway(SalaError):
    """The product did not answer: nobody is refused for it."""

    status = 503
    code = "liveness_away"

    def __init__(self) -> None:
        super().__init__(
            Text(
                th="ระบบตรวจใบหน้าไม่พร้อมในขณะนี้ โปรดลองใหม่ในอีกสักครู่",
                en="The check of faces is not available at the moment. Try again in a little while",
            )
        )


class Product(Protocol):
    """Judges whether the frames show a living person, and not a picture, a screen or a mask."""

    def live(self, frames: Sequence[bytes], steps: Sequence[str]) -> bool:
        """Raises ProductAway where it cannot say."""


@dataclass(frozen=True, slots=True)
class NoProduct:
    """There is none: the challenge alone decides."""

    def live(self, frames: Sequence[bytes], steps: Sequence[str]) -> bool:
        return True


class _Asked(msgspec.Struct, frozen=True):
    frames: list[str]
    steps: list[str]


class _Answered(msgspec.Struct, frozen=True):
    live: bool


class _Unled(HTTPRedirectHandler):
    """Follows nothing: faces go to the address that the operator named, and to no other."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass(frozen=True, slots=True)
class HttpProduct:
    """One that is asked by POST. Its address is the operator's own setting, so it may lie in a private network."""

    url: str
    token: str = ""

    def live(self, frames: Sequence[bytes], steps: Sequence[str]) -> bool:
        asked = _Asked([base64.b64encode(frame).decode() for frame in frames], list(steps))
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = Request(self.url, msgspec.json.encode(asked), headers)  # noqa: S310 - the scheme is checked in `chosen`
        try:
            with build_opener(_Unled).open(request, timeout=PATIENCE) as response:
                return msgspec.json.decode(response.read(_LARGEST), type=_Answered).live
        except (OSError, http.client.HTTPException, msgspec.MsgspecError, UnicodeError):
            raise ProductAway from None


def chosen() -> Product:
    """The product of this installation. Raises ValueError where the setting is neither."""
    named: str = settings.FACES_LIVENESS
    if named == "challenge":
        return NoProduct()
    kind, _, url = named.partition(":")
    if kind != "http" or urlsplit(url).scheme not in _SCHEMES:
        raise ValueError(f"SALA_FACES_LIVENESS must be challenge, or http: and an address, not {named!r}")
    return HttpProduct(url, settings.FACES_LIVENESS_TOKEN)
