"""What it costs to find, to sign in and to enter people, among few and among many: two houses, asked in turn.

The house of the few is a copy that is made before the many come. Each look-up is asked of both, one after the other,
and logins in short rounds of each, so that a noise of the machine meets both; medians count.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks import load, place, register
from benchmarks.measures import Bench, Line, Step
from benchmarks.signing_in import FEW, MOST, Side, grown, ours

MANY = int(os.environ.get("SALA_BENCH_PEOPLE", "10000000"))
LOOKS = 3000
ROUNDS = 9
SECONDS = 2
_PORTS = (place.PORT + 4, place.PORT + 6)


def people(bench: Bench, step: Step) -> list[Line]:
    """(l) A person by number, a login, and people from a file, among many people as among few."""
    side, url = ours(), bench.house.url
    with _copy(url) as fewer:
        grown(MANY, step)
        step(f"Found among {FEW:,} and among {MANY:,}")
        found = _found(fewer, url)
        with _web(fewer, _PORTS[0]), _web(url, _PORTS[1]):  # both as young as the other
            logins = _signed_in(side, step)
        entered = _entered(fewer, step)
    measured = {"A person found by number": found, "A login": logins, "A person entered from a file": entered}
    return [_line(f"{what}, among {MANY:,}", few, many) for what, (few, many) in measured.items()]


def _line(what: str, few: float, many: float) -> Line:
    ratio = many / few
    return Line(
        what, f"{many:.2f} ms", f"{few:.2f} ms", f"{ratio:.2f}", f"≤ 1.2 × that among {FEW:,}", ratio <= 1.2
    )  # fmt: skip


def _entered(fewer: str, step: Step) -> tuple[float, float]:
    """Milliseconds that a new person of a large file takes in each: the best of two files."""
    firsts = [register.FIRST + turn * register.PEOPLE for turn in (1, 2)]
    with _within(fewer):
        few = max(register.rate(first, "Among the few", step) for first in firsts)
    many = max(register.rate(first, "Among the many", step) for first in firsts)
    return 1000 / few, 1000 / many


@contextmanager
def _within(url: str) -> Iterator[None]:
    """This process works on another database meanwhile."""
    from django.db import connection

    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = conninfo_to_dict(url)["dbname"]
    yield
    connection.close()
    connection.settings_dict["NAME"] = usual


def _found(fewer: str, many: str) -> tuple[float, float]:
    """Milliseconds: medians of a look-up by number in each."""
    from sala.identity.people.queries import BY_PID
    from sala.identity.people.rules import invented_pid

    chosen = random.Random(7)  # noqa: S311 - no secret
    numbers = [(invented_pid(chosen.randrange(FEW)), invented_pid(chosen.randrange(MANY))) for _ in range(LOOKS)]
    with psycopg.connect(fewer, autocommit=True) as one, psycopg.connect(many, autocommit=True) as other:
        for _ in range(2):  # the first time round, what it reads comes into memory
            taken = [
                (_look(one, BY_PID, among_few), _look(other, BY_PID, among_many)) for among_few, among_many in numbers
            ]
    few, more = zip(*taken, strict=True)
    return statistics.median(few), statistics.median(more)


def _look(connection: psycopg.Connection, statement: str, pid: str) -> float:
    start = time.perf_counter()
    if connection.execute(statement, {"pid": pid}, prepare=True).fetchone() is None:
        raise RuntimeError(f"{pid} is not in the register")
    return (time.perf_counter() - start) * 1000


def _signed_in(side: Side, step: Step) -> tuple[float, float]:
    """Milliseconds: medians of the rounds' medians of a login in each."""
    taken: dict[int, list[float]] = {port: [] for port in _PORTS}
    for turn in range(ROUNDS + 1):
        step(f"Logins among {FEW:,} and among {MANY:,}, round {turn}")
        for port, medians in taken.items():
            made = list(side.logins(MOST * SECONDS // 4))
            result = load.run("127.0.0.1", port, connections=1, seconds=SECONDS, requests=made)
            if bad := {status: n for status, n in result.statuses.items() if status >= 300}:
                raise RuntimeError(f"not all were signed in: {bad}")
            if turn:  # the first is for warming up
                medians.append(result.percentile(0.5))
    few, many = (statistics.median(medians) for medians in taken.values())
    return few, many


@contextmanager
def _copy(url: str) -> Iterator[str]:
    """A copy of the database as it is now; its address. Nobody can be connected while it is made."""
    from django.db import connections

    connections.close_all()
    where = conninfo_to_dict(url)
    name, copy = str(where["dbname"]), f"{where['dbname']}_few"
    with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
        admin.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"'.encode())
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
    yield urlsplit(url)._replace(path=f"/{copy}").geturl()


@contextmanager
def _web(url: str, port: int) -> Iterator[None]:
    """A web process on that database, with the same secret key as the house's own; its figures are kept apart."""
    command = [sys.executable, "-m", "sala.web.cli", "web", "--port", str(port)]
    command += ["--workers", str(place.WORKERS), "--threads", str(place.THREADS)]
    with tempfile.TemporaryDirectory(prefix="sala-figures-") as figures:
        environment = os.environ | {"DATABASE_URL": url, "PROMETHEUS_MULTIPROC_DIR": figures}
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own
            try:
                place.wait_for(process, 60, port=port, path="/readyz")
                yield
            finally:
                process.terminate()
                process.wait(30)
