"""The two servers: granian for pages and API (RSGI), and for live streams (ASGI)."""

from __future__ import annotations

import gc
import os
import signal

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from sala.kit.process import end_with_parent, work_in_batches

WAITING = 256
"""Requests that a web process takes up at a time; further ones wait in the socket's queue, and nothing swells."""
STREAMS = 10_000
"""The live process's bound. By default it is 1,024, and stream 1,025 would block every request."""
GRACE = 15
"""Seconds to end what is running; then a worker is killed, or one slow request would hold up the stop for ever."""


def web(*, host: str, port: int, workers: int, threads: int) -> None:
    """Serve pages and API until SIGTERM or SIGINT."""
    from sala.web import database

    database.attach()
    # Loaded before the workers are forked, and frozen, so that they share the memory.
    from sala.web import door

    door.warm()
    door.application.threads = threads
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)  # after 700 objects, as it is by default, is several times a group of requests
    _end_together()
    work_in_batches()
    Server(
        "sala.web.door:application", address=host, port=port, interface=Interfaces.RSGI, http=HTTPModes.http1,
        workers=workers, backpressure=WAITING, websockets=False,
        respawn_failed_workers=True, workers_kill_timeout=GRACE, log_level=LogLevels.error,
    ).serve()  # fmt: skip


def live(*, host: str, port: int | None) -> None:
    """Serve live streams until SIGTERM or SIGINT."""
    from sala.web import database

    database.attach()
    from sala.web import settings

    _end_together()
    Server(
        "sala.web.live:create", factory=True, address=host, port=port or settings.LIVE_PORT, interface=Interfaces.ASGI,
        http=HTTPModes.http1, workers=1, backpressure=STREAMS, websockets=False,
        respawn_failed_workers=True, workers_kill_timeout=5, log_level=LogLevels.error,
    ).serve()  # fmt: skip


def _end_together() -> None:
    """Have the server's workers end when it does, even if it is killed: else they would keep its port."""
    server = os.getpid()
    os.register_at_fork(after_in_child=lambda: end_with_parent(server, signal.SIGKILL))
