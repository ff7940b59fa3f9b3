"""Who sends a body slowly, or too much of one, is cut off: each caller that is taken up keeps another out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sala.web import door, uploads


class Caller:
    """Sends pieces of a body with a pause before each; notes how it is answered."""

    def __init__(self, *pieces: bytes, pause: float = 0.0) -> None:
        self.pieces, self.pause = pieces, pause
        self.told: list[int] = []

    async def __call__(self) -> bytes:
        return b"".join([piece async for piece in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            await asyncio.sleep(self.pause)
            yield piece

    def response_bytes(self, status: int, headers: Any, body: bytes) -> None:
        assert ("connection", "close") in headers
        self.told.append(status)

    def response_stream(self, status: int, headers: Any) -> None:
        raise AssertionError("nothing is streamed here")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "PATIENCE", 0.05)


def read(caller: Caller, length: int | None, *, small: bool) -> bytes | None:
    reading = door.small_body if small else door.large_body
    return asyncio.run(asyncio.wait_for(reading(caller, length), 5))


@pytest.mark.parametrize("small", [True, False])
def test_a_body_that_never_comes_is_not_waited_for(small: bool) -> None:
    caller = Caller(b"a", pause=60)
    assert read(caller, 1000, small=small) is None
    assert caller.told == [408]


def test_a_body_that_drips_is_not_waited_for() -> None:
    caller = Caller(*[b"a"] * 1000, pause=0.02)
    assert read(caller, 2_000_000, small=False) is None
    assert caller.told == [408]


def test_a_large_body_may_take_as_long_as_it_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SLOWEST", 100_000)
    pieces = [b"a" * 10_000] * 10
    caller = Caller(*pieces, pause=0.02)
    assert read(caller, 100_000, small=False) == b"".join(pieces)
    assert not caller.told


@pytest.mark.parametrize("length", [uploads.MOST + 1, None])
def test_a_body_that_is_too_large_is_not_kept(length: int | None) -> None:
    caller = Caller(*[b"a" * 10_000_000] * 4)
    assert read(caller, length, small=False) is None
    assert caller.told == [413]


@pytest.mark.parametrize("small", [True, False])
def test_a_body_in_time_is_whole(small: bool) -> None:
    caller = Caller(b"ab", b"c")
    assert read(caller, 3, small=small) == b"abc"
    assert not caller.told
