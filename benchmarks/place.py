"""A house of its own for the measurement: an empty state directory, a PostgreSQL that waits for the disk, the web."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sala.kit.postgres import Postgres
from sala.kit.postgres.place import binaries

PORT = int(os.environ.get("SALA_BENCH_PORT", "8180"))
WORKERS = int(os.environ.get("SALA_BENCH_WORKERS", "2"))
THREADS = int(os.environ.get("SALA_BENCH_THREADS", "4"))
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "max_connections": "150",
}
"""Nothing is gained by losing data: every commit is on the disk before it is answered."""


@dataclass(frozen=True)
class Place:
    """Where everything of one run stands."""

    state: Path
    server: Postgres

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def programs(self) -> Path:
        """Where pgbench is: beside the server's own programs."""
        return binaries(self.server.place)


@contextmanager
def house() -> Iterator[Place]:
    """An empty house, its tables made and its services published; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sala-bench-") as folder:
        Path(folder).chmod(0o711)  # the server may run as another user
        state = Path(folder)
        with Postgres(state / "postgres", options=DURABLE) as server:
            os.environ |= {
                "DATABASE_URL": server.url,
                "SALA_DATA": str(state),
                "SALA_PORT": str(PORT),
                "SALA_API_RATE": "1000000000",
                "SALA_API_FILINGS_A_DAY": "1000000000",
                "SALA_PROXIES": "1",
                # The waiting room would do what it is for, and hold the crowd of a benchmark back.
                "SALA_ROOM_LOAD": "1000000000",
                "DJANGO_SETTINGS_MODULE": "sala.web.settings",
            }
            _furnish()
            yield Place(state, server)


def _furnish() -> None:
    import django

    django.setup()
    from sala.web import preparing, words

    words.compile_stale()
    preparing.collect_static()
    preparing.migrate()
    preparing.load_reference_data()
    preparing.publish_shipped()


@contextmanager
def web(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """The web process as it is run in earnest; its logs go to the state directory."""
    command = [sys.executable, "-m", "sala.web.cli", "web", "--port", str(PORT)]
    command += ["--workers", str(WORKERS), "--threads", str(THREADS)]
    with (place.state / "web.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)  # noqa: S603 - our own program
        try:
            wait_until_ready(process, 60)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def wait_until_ready(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Until the web answers that it is ready."""
    wait_for(process, seconds, port=PORT, path="/readyz")


def wait_for(process: subprocess.Popen[bytes], seconds: float, *, port: int, path: str) -> None:
    """Until `path` is answered well."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("the process ended at its start; see its log")
        try:
            if _status(port, path) == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"nothing answered within {seconds:g} seconds")


def version() -> str:
    """The database's own."""
    from sala.kit import sql

    row = sql.fetch_one("show server_version")
    return str(row[0]) if row else ""


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()
