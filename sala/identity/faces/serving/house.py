"""The one in the middle: takes requests at a Unix socket, and gives each to a worker that is free.

It opens no picture and imports no engine, so it is small, starts at once, and nothing that arrives can break it.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sala.identity.faces.serving import address, wire
from sala.identity.faces.serving.lanes import Lane

logger = logging.getLogger("sala.faces")
WORKERS = min(os.cpu_count() or 1, 2)
"""Each holds an engine: about 270 MB with the one that comes along."""
WAITING = 32
"""Requests that wait at most; whoever comes then is told that it is busy, at once."""
_CONNECTIONS = 512
_WORKER = "sala.identity.faces.serving.worker"
_SEARCHER = "sala.identity.faces.serving.searcher"
# A worker knows of its surroundings what a program needs to start, and of the settings those of faces.
_PASSED = ("PATH", "HOME", "LANG", "LC_", "TZ", "PYTHON", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SALA_FACES_")
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass
class House:
    """Its lanes, and what was counted."""

    looking: Lane
    searching: Lane
    answered: int = 0
    refused: int = 0
    connections: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: a request, its answer, the next request."""
        task = asyncio.current_task()
        if task is None or len(self.connections) >= _CONNECTIONS:
            writer.close()
            return
        self.connections.add(task)
        try:
            while asked := await wire.next_asked(reader):
                writer.write(wire.framed(await self._answer(*asked)))
                await writer.drain()
        except (wire.WireError, ConnectionError) as error:
            logger.warning("A connection was ended (%s)", type(error).__name__)
        finally:
            self.connections.discard(task)
            writer.close()

    async def _answer(self, head: wire.Head, body: bytes) -> bytes:
        if head.to == wire.HOUSE:
            return await self._of_the_house(body, head.patience / 1000)
        lane = {wire.LOOK: self.looking, wire.SEARCH: self.searching}.get(head.to)
        if lane is None:
            return wire.encode(wire.Failed("error", "nobody is there by that name"))
        answer = await lane.ask(body, head.patience / 1000)
        if isinstance(answer, wire.Failed):
            self.refused += 1
            return wire.encode(answer)
        self.answered += 1
        return answer

    async def _of_the_house(self, body: bytes, patience: float) -> bytes:
        request = wire.read_request(body)
        if isinstance(request, wire.About) and request.wake:
            failed = await self.looking.wake(patience)
            if failed:
                return wire.encode(failed)
        return wire.encode(self.state())

    def state(self) -> wire.State:
        """How it is now."""
        hello, looking = self.looking.hello, self.looking
        engine = hello if isinstance(hello, wire.EngineFacts) else None
        crashed = looking.crashed + self.searching.crashed
        counts = (looking.alive, looking.busy, looking.waiting, self.answered, self.refused, crashed)
        return wire.State(engine, *counts, self.searching.alive > 0)


def run(*, workers: int | None = None, keep: bool = False) -> int:
    """Serve until SIGTERM or SIGINT; the exit status. `keep`: load at once and stay loaded, however little is asked."""
    with suppress(KeyboardInterrupt):
        return asyncio.run(_serve(workers or int(os.environ.get("SALA_FACES_WORKERS", WORKERS)), keep=keep))
    return 0


async def _serve(workers: int, *, keep: bool) -> int:
    path = address.path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = _alone(path)
    if lock is None:
        logger.error("Another house of faces listens at this address already")
        return 1
    stop = _told_to_stop()
    house = _house(workers, keep=keep)
    server = await _listen(house, path)
    if keep:
        house.looking.start_all()
        house.searching.start_all()
    logger.info("Faces are looked at by %d workers", workers)
    try:
        await stop.wait()
    finally:
        server.close()
        path.unlink(missing_ok=True)
        for task in list(house.connections):
            task.cancel()
        await house.looking.end()
        await house.searching.end()
        lock.close()
    return 0


def _house(workers: int, *, keep: bool) -> House:
    room = int(os.environ.get("SALA_FACES_WAITING", WAITING))
    searching = Lane("search", _SEARCHER, 1, room, keep=keep, environment=dict(os.environ), broken="away")
    return House(Lane("worker", _WORKER, workers, room, keep=keep, environment=_bare(), broken="picture"), searching)


def _bare() -> dict[str, str]:
    """What a worker is told: neither where the database is nor any secret."""
    return {name: value for name, value in os.environ.items() if name.startswith(_PASSED)} | _ONE_THREAD


async def _listen(house: House, path: Path) -> asyncio.Server:
    """The socket is there only once nobody but this user may open it."""
    path.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(house.serve, str(path), backlog=_CONNECTIONS)
    finally:
        os.umask(before)


def _alone(path: Path) -> IO[str] | None:
    """A second house at the same address would take the first one's socket away."""
    lock = path.with_suffix(".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _told_to_stop() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
