"""What the processes of faces say to each other over their sockets: frames of msgpack, each with its length before it.

A request's head is readable without its body, so that the one in the middle need not open what it passes on. Nothing
of this is ever written to a disk or a log.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import NamedTuple

import msgspec

from sala.identity.faces.advice import Advice

MOST = 32_000_000
"""Bytes of a frame: forty frames of a camera, or one large picture."""
LOOK, SEARCH, HOUSE = b"l", b"s", b"h"
"""Whom a request is for: those who look at pictures, the one who searches, the one in the middle."""
_HEAD = struct.Struct("!IcI")
_LENGTH = struct.Struct("!I")


class WireError(Exception):
    """What came is not what is spoken here."""


class Points(msgspec.Struct, frozen=True, array_like=True):
    """Where the points of the largest face of one frame are, in pixels of that frame (see `engine.Face`).

    `faces` tells how many there are in it. `width` and `height` are the frame's.
    """

    left: int
    top: int
    right: int
    bottom: int
    points: dict[str, tuple[float, float]]
    outline: tuple[tuple[float, float], ...]
    width: int
    height: int
    faces: int = 1


class Look(msgspec.Struct, frozen=True, tag="look"):
    """How good is the picture? `frame`: it is one of a live camera, which are small."""

    picture: bytes
    frame: bool = False


class Describe(msgspec.Struct, frozen=True, tag="describe"):
    """The template of the one face in it."""

    picture: bytes


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """How alike is its face to that template of that engine?"""

    picture: bytes
    template: bytes
    engine: str


class Follow(msgspec.Struct, frozen=True, tag="follow"):
    """Where are the points of the face in each of these frames?"""

    frames: list[bytes]


class Clean(msgspec.Struct, frozen=True, tag="clean"):
    """The picture as a JPEG of its pixels alone."""

    picture: bytes


class Search(msgspec.Struct, frozen=True, tag="search"):
    """Who in the gallery is like this template, from this likeness on, the likest first, at most so many?"""

    template: bytes
    engine: str
    least: float
    most: int


class About(msgspec.Struct, frozen=True, tag="about"):
    """Which engine is it, and how is the house?"""

    wake: bool = False


Request = Look | Describe | Compare | Follow | Clean | Search | About


class EngineFacts(msgspec.Struct, frozen=True, tag="engine"):
    """What a worker says of its engine when it is ready."""

    name: str
    size: int
    threshold: float
    warning: str
    uses: str = ""


class Seen(msgspec.Struct, frozen=True, tag="seen"):
    """How good the picture is; with a face in it that can be used: its template, or its likeness, if asked."""

    ok: bool
    advice: list[Advice]
    engine: str
    face: bool
    template: bytes | None = None
    likeness: float | None = None
    seconds: float = 0.0


class Followed(msgspec.Struct, frozen=True, tag="followed"):
    """One a frame; None where there is no face."""

    points: list[Points | None]


class Cleaned(msgspec.Struct, frozen=True, tag="cleaned"):
    """None where it is no picture that is read; then the advice says why."""

    jpeg: bytes | None
    advice: list[Advice]


class Found(msgspec.Struct, frozen=True, tag="found"):
    """People and how alike they are; `loaded` of `total` templates were searched."""

    people: list[tuple[int, float]]
    loaded: int
    total: int


class State(msgspec.Struct, frozen=True, tag="state"):
    """How the house is, for whoever keeps it. `engine` is None until a worker once said."""

    engine: EngineFacts | None
    workers: int
    busy: int
    waiting: int
    answered: int
    refused: int
    crashed: int
    searching: bool


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Nothing came of it. `why` is one of: busy, late, picture, away, engine, not_ready, error."""

    why: str
    detail: str = ""


Answer = EngineFacts | Seen | Followed | Cleaned | Found | State | Failed

_encode = msgspec.msgpack.Encoder().encode
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


class Head(NamedTuple):
    """Of a request: for whom it is, and how many milliseconds its asker waits."""

    to: bytes
    patience: int


def encode(message: Request | Answer) -> bytes:
    """The bytes of a message, without its length."""
    return _encode(message)


def read_request(body: bytes) -> Request:
    """Raises WireError."""
    try:
        return _requests.decode(body)
    except msgspec.MsgspecError as error:
        raise WireError(str(error)) from None


def read_answer(body: bytes) -> Answer:
    """Raises WireError."""
    try:
        return _answers.decode(body)
    except msgspec.MsgspecError as error:
        raise WireError(str(error)) from None


def framed(body: bytes) -> bytes:
    """A body with its length before it."""
    return _LENGTH.pack(len(body)) + body


def asked(head: Head, request: Request) -> bytes:
    """A request as it goes to the one in the middle."""
    body = encode(request)
    return _HEAD.pack(len(body), head.to, head.patience) + body


async def next_asked(reader: asyncio.StreamReader) -> tuple[Head, bytes] | None:
    """The next request that comes to the one in the middle, its body unopened; None where the asker left."""
    try:
        length, to, patience = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        return Head(to, patience), await reader.readexactly(_judged(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def next_frame(reader: asyncio.StreamReader) -> bytes | None:
    """The next frame of a worker; None where it ended."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        return await reader.readexactly(_judged(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def receive(link: socket.socket) -> bytes | None:
    """The next frame of a socket that waits; None where the other side ended. Raises OSError, WireError."""
    head = _exactly(link, _LENGTH.size)
    return _exactly(link, _judged(_LENGTH.unpack(head)[0])) if head else None


def _exactly(link: socket.socket, length: int) -> bytes | None:
    data = bytearray(length)
    view, got = memoryview(data), 0
    while got < length:
        read = link.recv_into(view[got:])
        if not read:
            return None
        got += read
    return bytes(data)


def _judged(length: int) -> int:
    if length > MOST:
        raise WireError(f"a frame of {length} bytes is larger than {MOST}")
    return length
