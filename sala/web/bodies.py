"""Reading a request's body from the server: in time, and no more of it than is taken. Who is slow is cut off, for each
caller that is taken up keeps another out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol

from sala.web import uploads

PATIENCE = 20.0
"""Seconds that a body may take, and as much longer as it is large (SLOWEST); then the caller is cut off."""
SLOWEST = 20_000
"""Bytes of a body in a second, from a telephone with a bad line."""
LOOK = 1.0
"""Seconds between two looks at who is late."""


class Reply(Protocol):
    """What the server gives to be answered on (RSGI's HTTP protocol)."""

    def __call__(self) -> Any: ...
    def __aiter__(self) -> Any: ...
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...
    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Any: ...


class Watch:
    """Ends what takes too long, within LOOK: one timer for all, for one each costs a tenth of a small request."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._until: dict[asyncio.Task[Any], float] = {}
        self._looks = False

    async def wait(self, awaited: Awaitable[bytes], seconds: float) -> bytes:
        """What is awaited. Raises TimeoutError if it does not come in `seconds`, or soon after."""
        task = asyncio.current_task(self._loop)
        if task is None:
            raise RuntimeError("only a task can be ended")
        self._until[task] = self._loop.time() + seconds
        if not self._looks:
            self._looks = True
            self._loop.call_later(LOOK, self._look)
        try:
            return await awaited
        except asyncio.CancelledError:
            if self._until[task]:
                raise
            task.uncancel()
            raise TimeoutError from None
        finally:
            del self._until[task]

    def _look(self) -> None:
        now = self._loop.time()
        for task, until in self._until.items():
            if 0 < until <= now:
                self._until[task] = 0.0  # so that it knows who ended it
                task.cancel()
        self._looks = bool(self._until)
        if self._looks:
            self._loop.call_later(LOOK, self._look)


async def small(reply: Reply, length: int, watch: Watch) -> bytes | None:
    """The body, read at once; None where it does not come in time, which the caller is told."""
    try:
        return bytes(await watch.wait(reply(), PATIENCE + length / SLOWEST))
    except TimeoutError:
        _cut_off(reply, 408, b"too slow\n")
        return None


async def large(reply: Reply, length: int | None) -> bytes | None:
    """The body, piece by piece; None as well if it is larger than any form may be."""
    if length is not None and length > uploads.MOST:
        _cut_off(reply, 413, b"too large\n")
        return None
    body, begun = bytearray(), asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(PATIENCE) as enough:
            async for chunk in reply:
                body += chunk
                if len(body) > uploads.MOST:
                    _cut_off(reply, 413, b"too large\n")
                    return None
                enough.reschedule(begun + PATIENCE + len(body) / SLOWEST)
    except TimeoutError:
        _cut_off(reply, 408, b"too slow\n")
        return None
    return bytes(body)


def _cut_off(reply: Reply, status: int, words: bytes) -> None:
    reply.response_bytes(status, [("content-type", "text/plain"), ("connection", "close")], words)
