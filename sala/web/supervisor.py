"""`sala run`: everything on one machine, kept running.

The parts are processes of their own. One that ends is started again, sooner or later according to how long it
held out. They end with this process, however it ends; the database, if it is our own, with the last that uses it.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.parse import urlsplit

import click

from sala.kit.postgres import Postgres, PostgresError
from sala.web import database

PARTS = {"web": ("web",), "live": ("live",), "worker": ("worker",), "faces": ("faces", "serve")}
"""Each part's name, and the command that it is."""
LOOK = 0.25
"""Seconds between two looks at the parts."""
SHORTEST, LONGEST = 0.5, 30.0
"""Seconds before a part that ended is started again: the shortest, doubled each time up to the longest."""
STEADY = 60.0
"""Seconds after which a part counts as steady, and its next restart as the first."""
GRACE = 25.0
"""Seconds the parts get to end by themselves."""
_FRUGAL = {"MALLOC_ARENA_MAX": "1"}
"""Threads of one process share one heap of the C library's: Python lets one of them run at a time, and each heap of
its own keeps what it once needed."""
_LOG_LIMIT = 10_000_000


@dataclass
class Part:
    """One process to keep running."""

    name: str
    log: Path | None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = SHORTEST

    def start(self) -> None:
        self.started = time.monotonic()
        with _opened(self.log) as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "sala.web.cli", *PARTS[self.name]],
                env=_FRUGAL | os.environ | {"SALA_SUPERVISOR": str(os.getpid())},
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,  # a Ctrl-C at the terminal is this process's to handle
            )

    def tend(self) -> None:
        """Start it if it is due; note when it has ended."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
        elif self.process.poll() is not None:
            how, self.process = self.process.returncode, None
            self.pause = SHORTEST if now - self.started > STEADY else min(self.pause * 2, LONGEST)
            self.due = now + self.pause
            _say(f"{self.name} ended ({_ending(how)}); it starts again in {self.pause:g} s{_see(self.log)}")


@dataclass
class House:
    """The parts, and the database if it is our own."""

    state: Path
    parts: list[Part]
    server: Postgres | None
    stop: threading.Event = field(default_factory=threading.Event)

    def keep(self) -> int:
        """Keep everything running until told to stop; the exit status."""
        while not self.stop.wait(LOOK):
            if not (self.state / "run.lock").exists():
                _say(f"the state directory {self.state} was taken away")
                return 1
            self._tend_database()
            for part in self.parts:
                part.tend()
        return 0

    def _tend_database(self) -> None:
        if self.server is None or self.server.alive():
            return
        _say("the database ended; it is started again")
        try:
            self.server.start()
        except PostgresError as error:
            _say(str(error))

    def end(self) -> None:
        """Ask every part to end, insist after GRACE seconds, then leave the database."""
        running = [part.process for part in self.parts if part.process]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.server:
            self.server.stop()


def run(*, logs: bool) -> int:
    """Prepare, start, keep running; the exit status."""
    state = database.state_directory()
    state.mkdir(parents=True, exist_ok=True)
    port = int(os.environ.get("SALA_PORT", "8000"))
    with _alone(state):
        _check_free(port, int(os.environ.get("SALA_LIVE_PORT", str(port + 1))))
        stop = _stop_on_signals()
        server = database.attach()
        status = _prepare(stop)
        if status or stop.is_set():
            if server:
                server.stop()
            return status
        parts = [Part(name, None if logs else state / "log" / f"{name}.log") for name in PARTS]
        house = House(state, parts, server, stop)
        threading.Thread(target=_announce, args=(port, stop), daemon=True).start()
        try:
            return house.keep()
        finally:
            _say("stopping …")
            house.end()


def _prepare(stop: threading.Event) -> int:
    """In a process of its own, so that this one stays small."""
    command = [sys.executable, "-m", "sala.web.cli", "prepare"]
    with subprocess.Popen(command, start_new_session=True) as process:  # noqa: S603 - our own program
        while process.poll() is None:
            if stop.wait(0.05):
                process.terminate()
                break
        return process.wait()


def _announce(port: int, stop: threading.Event) -> None:
    """Say where it is once it answers."""
    while not stop.wait(0.1):
        if _answers(port):
            url = os.environ.get("SALA_PUBLIC_URL", f"http://127.0.0.1:{port}")
            click.echo(f"\nSala is open: {click.style(url, bold=True, fg='green')}   (Ctrl-C closes it)", color=None)
            if urlsplit(url).hostname == "127.0.0.1":  # browsers give passkeys to no IP address
                click.echo(f"passkeys: {url.replace('127.0.0.1', 'localhost', 1)}", color=None)
            return


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def told(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, told)
    return stop


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """One `sala run` a state directory: a second would run every part twice."""
    with (state / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                f"Sala runs already with the state directory {state}. Stop it there, or choose another with SALA_DATA."
            ) from None
        yield


def _check_free(*ports: int) -> None:
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((os.environ.get("SALA_HOST", "127.0.0.1"), port))
            except OSError as error:
                raise click.ClickException(
                    f"Port {port} cannot be used ({error.strerror}). Choose another with SALA_PORT, such as "
                    f"SALA_PORT={port + 100}; the live streams use the port after it."
                ) from None


@contextmanager
def _opened(log: Path | None) -> Iterator[IO[bytes] | None]:
    if log is None:
        yield None
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        yield output


def _ending(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"


def _see(log: Path | None) -> str:
    return f" – see {log}" if log else ""


def _say(text: str) -> None:
    click.echo(f"sala: {text}", err=True)
