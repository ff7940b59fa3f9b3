"""What a hall's viewers cost: many open screens, some changes, and who worked for them."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import time

from benchmarks import usage
from benchmarks.bookings import OFFICE
from benchmarks.measures import Bench, Line, Step, spent
from benchmarks.place import PORT, wait_for

VIEWERS = 500
CHANGES = 20


def watch(bench: Bench, step: Step) -> list[Line]:
    """(i) A hall with 500 viewers: what a change costs, and how long until the last of them has it."""
    from sala.identity.directory import queries as directory

    office = directory.office_by_slug(OFFICE).id
    command = [sys.executable, "-m", "sala.web.cli", "live", "--port", str(PORT + 1)]
    with (bench.house.state / "live.log").open("wb") as log:
        live = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)  # noqa: S603 - our own program
    try:
        wait_for(live, 60, port=PORT + 1, path="/healthz")
        step(f"{VIEWERS} viewers of a hall")
        screens = _Screens(office)
        web, pushed = spent(bench)["web"], usage.cpu_seconds(usage.tree(live.pid))
        taken = []
        for number in range(CHANGES):
            start = time.perf_counter()
            _change(office, number)
            screens.wait_for_all()
            taken.append((time.perf_counter() - start) * 1000)
        web = spent(bench)["web"] - web
        pushed = (usage.cpu_seconds(usage.tree(live.pid)) - pushed) / CHANGES * 1000
        screens.close()
    finally:
        live.send_signal(signal.SIGTERM)
        live.wait(30)
    return [
        Line(f"A hall with {VIEWERS} viewers: web processor time of {CHANGES} changes", f"{web * 1000:.0f} ms", "0 ms",
             target="nothing", met=web == 0),
        Line("  the live process, each change", f"{pushed:.0f} ms"),
        Line("  until the last viewer has it, half of them / the slowest",
             f"{sorted(taken)[CHANGES // 2]:.0f} / {max(taken):.0f} ms"),
    ]  # fmt: skip


class _Screens:
    """Open streams of one hall."""

    def __init__(self, office: int) -> None:
        self._selector = selectors.DefaultSelector()
        request = f"GET /live?hall={office} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        for _ in range(VIEWERS):
            link = socket.create_connection(("127.0.0.1", PORT + 1))
            link.sendall(request)
            self._selector.register(link.detach(), selectors.EVENT_READ)
        self.wait_for_all()

    def wait_for_all(self, seconds: float = 30) -> None:
        """Until every one was sent one more state of the hall."""
        missing = {key.fd for key in self._selector.get_map().values()}
        end = time.monotonic() + seconds
        while missing:
            if time.monotonic() > end:
                raise RuntimeError(f"{len(missing)} viewers were not told")
            for key, _ in self._selector.select(1):
                if b"event: hall" in os.read(key.fd, 1 << 20):
                    missing.discard(key.fd)

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
            os.close(key.fd)


def _change(office: int, number: int) -> None:
    """Somebody without an appointment takes a ticket."""
    from django.db import transaction

    from sala.engine.hall import display
    from sala.engine.hall.models import Ticket
    from sala.kit import clock

    now = clock.now()
    with transaction.atomic():
        Ticket.objects.create(
            office_id=office, day=clock.today(), number=f"E{number:03d}", service="extension-of-stay", language="th",
            arrived_at=now, due_at=now,
        )  # fmt: skip
        display.publish(office)
