"""Who sends a body slowly, or too much of one, is cut off: each caller that is taken up keeps another out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sala.web import bodies, uploads


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
    monkeypatch.setattr(bodies, "PATIENCE", 0.05)
    monkeypatch.setattr(bodies, "LOOK", 0.01)


def read(caller: Caller, length: int | None, *, small: bool) -> bytes | None:
    async def reading() -> bytes | None:
        if small:
            return await bodies.small(caller, length or 0, bodies.Watch(asyncio.get_running_loop()))
        return await bodies.large(caller, length)

    return asyncio.run(asyncio.wait_for(reading(), 5))


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
    monkeypatch.setattr(bodies, "SLOWEST", 100_000)
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


def test_who_goes_away_is_not_taken_for_slow() -> None:
    async def gone() -> Caller:
        caller = Caller(b"a", pause=60)
        reading = asyncio.create_task(bodies.small(caller, 1000, bodies.Watch(asyncio.get_running_loop())))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        return caller

    assert not asyncio.run(gone()).told


def test_the_watch_looks_at_who_comes_later_too() -> None:
    async def late() -> list[int]:
        watch = bodies.Watch(asyncio.get_running_loop())
        for caller in (slow := [Caller(b"a", pause=60), Caller(b"a", pause=60)]):
            await bodies.small(caller, 1, watch)
        return [status for one in slow for status in one.told]

    assert asyncio.run(asyncio.wait_for(late(), 5)) == [408, 408]
