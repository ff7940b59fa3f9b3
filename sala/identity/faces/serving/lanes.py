"""Those who wait, and the processes that serve them: as many as there may be, each at one thing at a time.

A process is started when there is something to do and nobody free, and ends again when it had nothing to do for
IDLE seconds, unless it is to be kept. One that crashes, or takes too long, is ended, and the next request starts
another; the request that it had is not tried again, for it may be the one that broke it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress

from sala.identity.faces.serving import telling, wire

logger = logging.getLogger("sala.faces")
IDLE = float(os.environ.get("SALA_FACES_IDLE", "60"))
LOADING = 120.0
"""Seconds in which an engine must be loaded."""
WORK = 30.0
"""Seconds that one request may take once it is its turn."""
PAUSES = (1.0, 30.0)
"""Seconds before one that could not start is started again: the shortest, doubled up to the longest."""


class Child:
    """One process, which is not there until it is needed."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._told: asyncio.Task[None] | None = None
        self._killed = False

    @property
    def alive(self) -> bool:
        """Whether it can be given something: it runs, was not told to end, and has not closed its side."""
        running = self._process is not None and self._process.returncode is None and not self._killed
        return running and self._reader is not None and not self._reader.at_eof()

    async def start(self) -> wire.Failed | None:
        """Start it and wait until it is ready; what went wrong, if it did."""
        if self.alive:
            return None
        await self.end()
        mine, its = socket.socketpair()
        with its:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._lane.module, stdin=its.fileno(), stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE, env=self._lane.environment, start_new_session=True,
            )  # fmt: skip
        self._killed = False
        self._told = asyncio.create_task(self._relay(self._process))
        self._reader, self._writer = await asyncio.open_connection(sock=mine)
        return await self._greeted()

    async def _greeted(self) -> wire.Failed | None:
        body = await self._next(LOADING)
        answer = wire.read_answer(body) if body else wire.Failed("away", "it ended while it started")
        if isinstance(answer, wire.Failed):
            await self.end()
            return answer
        self._lane.hello = answer
        return None

    async def work(self, body: bytes) -> bytes | wire.Failed:
        """Its answer to one request."""
        if self._idle:
            self._idle.cancel()
        try:
            self._send(body)
            answer = await self._next(WORK)
        except BaseException:  # cancelled: what it would answer now is nobody's
            await self.end()
            raise
        if answer is None:
            await self.end()
            self._lane.crashed += 1
            return wire.Failed(self._lane.broken, "it crashed or took too long")
        if not self._lane.keep:
            self._idle = asyncio.get_running_loop().call_later(IDLE, self._kill)
        return answer

    async def end(self) -> None:
        """End it; waits until it is gone."""
        if self._idle:
            self._idle.cancel()
        self._kill()
        if self._process:
            await self._process.wait()
        if self._writer:
            self._writer.close()
        if self._told:
            await self._told
        self._process = self._reader = self._writer = self._told = None

    def _kill(self) -> None:
        self._killed = True
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    def _send(self, body: bytes) -> None:
        if self._writer:
            self._writer.write(wire.framed(body))

    async def _next(self, seconds: float) -> bytes | None:
        if self._reader is None:
            return None
        try:
            return await asyncio.wait_for(wire.next_frame(self._reader), seconds)
        except (TimeoutError, wire.WireError):
            return None

    async def _relay(self, process: asyncio.subprocess.Process) -> None:
        """What it says before it ends, as this process's log."""
        while process.stderr and (line := await process.stderr.readline()):
            grave, said = telling.level(line.decode(errors="replace").rstrip())
            logger.log(grave, "%s: %s", self._lane.name, said)


class Lane:
    """Processes of one kind, and those who wait for one of them."""

    def __init__(
        self, name: str, module: str, most: int, room: int, *, keep: bool, environment: Mapping[str, str], broken: str
    ) -> None:
        self.name, self.module, self.room, self.keep = name, module, room, keep
        self.environment, self.broken = environment, broken
        self.hello: wire.Answer | None = None
        self.waiting = self.busy = self.crashed = 0
        self._all = [Child(self) for _ in range(most)]
        # The last that was given back is the next that is taken: so no more are started than there is work for.
        self._free: asyncio.LifoQueue[Child] = asyncio.LifoQueue()
        for child in self._all:
            self._free.put_nowait(child)
        self._pause, self._not_before = PAUSES[0], 0.0
        self._starting: set[asyncio.Task[object]] = set()

    @property
    def alive(self) -> int:
        return sum(child.alive for child in self._all)

    async def ask(self, body: bytes, patience: float) -> bytes | wire.Failed:
        """The answer of one that is free within `patience` seconds; else why there is none."""
        deadline = asyncio.get_running_loop().time() + patience
        child = await self._taken(patience)
        if isinstance(child, wire.Failed):
            return child
        self.busy += 1
        try:
            failed = await self._ready(child)
            if failed:
                return failed
            if asyncio.get_running_loop().time() > deadline:
                return wire.Failed("late")
            return await child.work(body)
        finally:
            self.busy -= 1
            self._free.put_nowait(child)

    async def wake(self, patience: float) -> wire.Failed | None:
        """See to it that one said hello."""
        if self.hello:
            return None
        child = await self._taken(patience)
        if isinstance(child, wire.Failed):
            return child
        try:
            return await self._ready(child)
        finally:
            self._free.put_nowait(child)

    def start_all(self) -> None:
        """Start every process now, beside what is asked."""
        for _ in range(self._free.qsize()):
            child = self._free.get_nowait()
            task = asyncio.create_task(self._warm(child))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def end(self) -> None:
        for task in list(self._starting):
            task.cancel()
        for child in self._all:
            await child.end()

    async def _warm(self, child: Child) -> None:
        try:
            await self._ready(child)
        finally:
            self._free.put_nowait(child)

    async def _taken(self, patience: float) -> Child | wire.Failed:
        if self._free.empty() and self.waiting >= self.room:
            return wire.Failed("busy")
        self.waiting += 1
        try:
            return await asyncio.wait_for(self._free.get(), patience)
        except TimeoutError:
            return wire.Failed("late")
        finally:
            self.waiting -= 1

    async def _ready(self, child: Child) -> wire.Failed | None:
        """Running, and not started again at once where it cannot start."""
        if child.alive:
            return None
        now = asyncio.get_running_loop().time()
        if now < self._not_before:
            return wire.Failed("away", "it could not start a moment ago")
        failed = await child.start()
        if failed:
            logger.error("%s cannot start: %s", self.name, failed.detail)
            self._not_before, self._pause = now + self._pause, min(self._pause * 2, PAUSES[1])
        else:
            self._pause = PAUSES[0]
        return failed
