"""Faces: what a verification costs beside the engine's own work, and how many a second one and two workers do."""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from benchmarks.measures import Bench, Line, Step

PICTURES = Path(__file__).parent.parent / "tests" / "pictures" / "faces"
TIMES = 15
"""Verifications, and the engine's own work, in turns; the median of each counts."""
MOST = 1.15
MANY = 24
"""Verifications of a run that measures how many a second there are."""
_ENTRY = {
    "title_th": "นาย", "given_name_th": "สมชาย", "family_name_th": "ใจดี", "title_en": "Mr.",
    "given_name_en": "Somchai", "family_name_en": "Jaidee", "birth_date": date(1985, 4, 13), "sex": "m",
    "house_no": "4", "subdistrict_id": 740101,
}  # fmt: skip
_places = itertools.count(900_000_000)
"""In the reserved range, beyond those that the other measures invent."""


def faces(bench: Bench, step: Step) -> list[Line]:
    """(n) Detection, landmarks and network of the engine in this process, against the whole: service, database,
    keys, sockets, decoding, quality, comparison, what is written down."""
    return [*_one(step), *_many(step)]


def _one(step: Step) -> list[Line]:
    step("One verification")
    data = (PICTURES / "obama" / "2.jpg").read_bytes()
    with _house(workers=1):
        person = _enrolled()
        bare, ours = _bare(data), lambda: _verify(person, data)
        bare(), ours()
        # In turns, so that a noise of the machine meets both.
        limits, takes = zip(*((_seconds(bare), _seconds(ours)) for _ in range(TIMES)), strict=True)
    limit, took = statistics.median(limits), statistics.median(takes)
    ratio = took / limit
    return [
        Line(
            "One face verified, one core", f"{took * 1000:.0f} ms", f"{limit * 1000:.0f} ms", f"{ratio:.2f}",
            f"≤ {MOST} × the engine alone", ratio <= MOST,
        )
    ]  # fmt: skip


def _many(step: Step) -> list[Line]:
    lines, rates = [], []
    for workers in (1, 2):
        step(f"Verifications by {workers} worker{'s' if workers > 1 else ''}")
        with _house(workers=workers):
            rates.append(_rate(workers))
    cores = min(os.cpu_count() or 1, 2)
    grown = rates[1] / rates[0]
    lines.append(Line("Faces verified a second, one worker", f"{rates[0]:.1f}"))
    lines.append(
        Line(
            "Faces verified a second, two workers", f"{rates[1]:.1f}", f"{2 * rates[0]:.1f}", f"{grown / 2:.2f}",
            "grows with cores (≥ 0.75)", grown / 2 >= 0.75 if cores > 1 else None,
        )
    )  # fmt: skip
    return lines


def _rate(workers: int) -> float:
    """How many of MANY a second, asked by as many as there are workers."""
    from django.db import connection

    data = (PICTURES / "obama" / "2.jpg").read_bytes()
    person = _enrolled()
    each = MANY // workers
    gate = threading.Barrier(workers + 1)

    def work() -> None:
        gate.wait()  # each asks once first, together: so that every worker is loaded
        _verify(person, data)
        gate.wait()
        for _ in range(each):
            _verify(person, data)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    gate.wait()
    gate.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    return each * workers / (time.perf_counter() - start)


def _bare(data: bytes) -> Callable[[], object]:
    """The engine alone, on the picture as it is decoded: faces, points and template."""
    from sala.identity.faces import engines, pictures

    engine, picture = engines.chosen(), pictures.decode(data)
    engine.load()
    return lambda: engine.template(picture, engine.faces(picture)[0])


def _enrolled() -> int:
    """Somebody of the register whose template is kept."""
    from sala.identity.accounts.actor import system
    from sala.identity.faces import services
    from sala.identity.people import rules
    from sala.identity.people import services as register

    entry = _ENTRY | {"pid": rules.invented_pid(next(_places))}
    person = register.register(person=entry, by=system("bench"))
    data = (PICTURES / "obama" / "1.jpg").read_bytes()
    if not services.enrol(person=person, data=data, source="enrolment", by=system("bench")).ok:
        raise RuntimeError("the picture of the one to be verified is not good enough")
    return person


def _verify(person: int, data: bytes) -> None:
    from sala.identity.accounts.actor import system
    from sala.identity.faces import services

    if not services.verify(person=person, data=data, purpose="bench", by=system("bench")).alike:
        raise RuntimeError("somebody was not recognised")


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


@contextmanager
def _house(*, workers: int) -> Iterator[None]:
    from sala.identity.faces import client

    with tempfile.TemporaryDirectory(prefix="sala-faces-") as folder:
        address = f"{folder}/faces.sock"
        os.environ["SALA_FACES_ADDRESS"] = address
        client.forget()
        command = [sys.executable, "-m", "sala.web.cli", "faces", "serve", "--lazy", "--workers", str(workers)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
        try:
            _until(Path(address).exists)
            client.engine()
            yield
        finally:
            process.terminate()
            process.wait(20)
            client.forget()
            del os.environ["SALA_FACES_ADDRESS"]


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("the house of faces does not start")
        time.sleep(0.02)
