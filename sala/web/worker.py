"""The worker: runs the jobs, relays the outbox, and in a demo without a mail server is one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection, connections
from procrastinate import RetryStrategy
from procrastinate.contrib.django import DjangoApp, app

from sala.kit import outgoing
from sala.web import mailbox, relay, wiring

CONCURRENCY = 2
"""Jobs at a time: one may wait for a slow mail server while another runs. More is slower (docs/performance.md)."""
OUTWARD = 2
"""Jobs at a time that ask others' servers (queue `outgoing.QUEUE`), beside the rest: whoever lets us wait for theirs
holds up no letter and no request."""
TELLING = 2
"""Jobs at a time that tell relying parties what changed (queue `outgoing.WEBHOOKS`): where one is slow, one is left."""
THREADS = CONCURRENCY + OUTWARD + TELLING
RETRY = RetryStrategy(max_attempts=10, exponential_wait=4)
"""For hearers that have none of their own: after 4, 16, 64 … seconds."""
GRACE = 20
"""Seconds that running jobs get to end when the worker is stopped."""
_CATCH_UP = 24 * 3600.0
"""Seconds: a nightly task whose hour passed while the machine slept is done when it wakes."""


class WiringError(Exception):
    """The table of hearers names a task that does not exist or cannot hear."""


def check_wiring() -> None:
    """Every hearer is a task, is tried again when it fails, and can be queued many times at once."""
    for topic, hearers in wiring.HEARERS.items():
        for name in hearers:
            task = app.tasks.get(name)
            if task is None:
                raise WiringError(f"{topic} is to be heard by {name}, which is no task")
            if task.queueing_lock:
                raise WiringError(f"{name} hears {topic}, so it may not have a queueing lock: facts would be lost")
            task.retry_strategy = task.retry_strategy or RETRY


def worker_app(*, periodic: bool = True) -> DjangoApp:
    """The same tasks on connections of the worker's own.

    The tasks stay with the app of the Django connection, so what a job queues belongs to that job's transaction.
    """
    own = DjangoApp(
        connector=app.connector.get_worker_connector(),  # type: ignore[attr-defined]
        periodic_defaults={"max_delay": _CATCH_UP},
    )
    own.tasks = app.tasks
    if periodic:
        own.periodic_registry = app.periodic_registry
    return own


def run() -> None:
    """Work until SIGINT or SIGTERM."""
    check_wiring()
    with _relaying(), mailbox.serving() if settings.DEMO and not settings.EMAIL_URL else nullcontext():
        asyncio.run(work(worker_app(), wait=True))


async def work(own: DjangoApp, *, wait: bool) -> None:
    """Run jobs until a signal comes; without `wait`, until none is left."""
    with ThreadPoolExecutor(THREADS, "job") as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        async with own.open_async():
            lanes = ((outgoing.QUEUE, OUTWARD), (outgoing.WEBHOOKS, TELLING))
            outward = [asyncio.create_task(_lane(own, queue, most, wait=wait)) for queue, most in lanes]
            try:
                await _lane(own, "default", CONCURRENCY, wait=wait, signals=wait)
            finally:
                for lane in outward:
                    if wait:
                        lane.cancel()
                    with suppress(asyncio.CancelledError):
                        await lane
        _close_connections(threads)
        await sync_to_async(connections.close_all)()  # that of the thread by which periodic tasks are queued


async def _lane(own: DjangoApp, queue: str, concurrency: int, *, wait: bool, signals: bool = False) -> None:
    await own.run_worker_async(
        queues=[queue],
        concurrency=concurrency,
        delete_jobs="successful",
        shutdown_graceful_timeout=GRACE,
        name="sala",
        wait=wait,
        install_signal_handlers=signals,
    )


def _close_connections(threads: ThreadPoolExecutor) -> None:
    """Each thread keeps a connection from job to job, and only it can close its own."""
    together = threading.Barrier(THREADS)

    def close() -> None:
        together.wait()
        connection.close()

    for closing in [threads.submit(close) for _ in range(THREADS)]:
        closing.result()


@contextmanager
def _relaying() -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=relay.run, args=[stop], name="relay")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
