"""Finger templates in the ISO/IEC 19794-2:2005 record format: read far enough to judge them well-formed.

A record: the letters FMR, the version 2.0, its length, the sensor's picture, and one or more views of fingers, each
with its minutiae of six bytes. Source: ISO/IEC 19794-2:2005, clause 7, and its corrigendum of 2009. No Django here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol

MEDIA_TYPE = "application/vnd.iso.19794-2"
LONGEST = 64_000
"""Bytes; ten views of 255 minutiae are less than a quarter of it."""
_BEGINNING = b"FMR\0 20\0"
_HEADER = struct.Struct(">8sIHHHHHBB")
_VIEW = struct.Struct(">BBBB")
_MINUTIA = struct.Struct(">HHBB")
_POSITIONS = range(11)
_FOURTEEN_BITS = 0x3FFF


@dataclass(frozen=True, slots=True)
class View:
    """One view of one finger: its position (0 unknown, 1 right thumb … 10 left little finger), quality and minutiae."""

    position: int
    quality: int
    minutiae: int


class MalformedError(ValueError):
    """The bytes are no finger minutiae record; the message says where."""


def views(record: bytes) -> list[View]:
    """The views of a record. Raises MalformedError."""
    if not _HEADER.size < len(record) <= LONGEST:
        raise MalformedError("the length of a record")
    beginning, length, _device, width, height, _x, _y, count, _ = _HEADER.unpack_from(record)
    if beginning != _BEGINNING:
        raise MalformedError("the letters FMR and the version 2.0")
    if length != len(record):
        raise MalformedError("the length that it tells of itself")
    if not (width and height and count):
        raise MalformedError("the size of the picture and the number of views")
    found, at = [], _HEADER.size
    for _ in range(count):
        view, at = _view(record, at, width, height)
        found.append(view)
    if at != len(record):
        raise MalformedError("bytes after the last view")
    return found


def _view(record: bytes, at: int, width: int, height: int) -> tuple[View, int]:
    try:
        position, _number, quality, minutiae = _VIEW.unpack_from(record, at)
        at += _VIEW.size
        for _ in range(minutiae):
            x, y, _angle, _quality = _MINUTIA.unpack_from(record, at)
            if (x & _FOURTEEN_BITS) >= width or (y & _FOURTEEN_BITS) >= height or y >> 14:
                raise MalformedError("a minutia outside the picture")
            at += _MINUTIA.size
        (extended,) = struct.unpack_from(">H", record, at)
    except struct.error:
        raise MalformedError("the record ends in the middle") from None
    if position not in _POSITIONS or quality > 100:
        raise MalformedError("the position or the quality of a finger")
    at += 2 + extended
    if at > len(record):
        raise MalformedError("the record ends in the middle")
    return View(position, quality, minutiae), at


def synthetic(seed: int, position: int, minutiae: int = 24) -> bytes:
    """A well-formed record of a finger that does not exist, the same for the same seed."""
    width, height = 256, 400
    state = (seed * 2_654_435_761 + position) % 2**32
    points = []
    for _ in range(minutiae):
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        x, y, kind = (state >> 8) % width, (state >> 16) % height, 1 + (state >> 30) % 2
        points.append(_MINUTIA.pack(kind << 14 | x, y, state >> 24, 60))
    body = _VIEW.pack(position, 0, 80, minutiae) + b"".join(points) + b"\0\0"
    return _HEADER.pack(_BEGINNING, _HEADER.size + len(body), 0, width, height, 197, 197, 1, 0) + body


class Matcher(Protocol):
    """Whoever compares two records."""

    def compare(self, one: bytes, other: bytes) -> float:
        """How alike two well-formed records are, from 0 (strangers) to 1 (the same finger)."""


class NoMatcherError(RuntimeError):
    """There is no matcher in this installation."""


class AbsentMatcher:
    """Stands where a matcher would: there is no well-kept free one, and a guess would be worse than none.

    An installation that owns one gives it to whoever compares, behind the same two arguments.
    """

    def compare(self, one: bytes, other: bytes) -> float:
        """Raises NoMatcherError, whatever is compared."""
        raise NoMatcherError("no fingerprint matcher is installed")
