"""The folder of a test run's own PostgreSQL, where `DATABASE_URL` names none: two runs at once have one each.

The first folder is kept from run to run, for `initdb` takes its seconds. The others go with their run; what a killed
one left behind goes at the next start.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sala.kit.postgres import Postgres

NAME = "test-postgres"
TOLD = "SALA_TEST_POSTGRES"
"""The variable of the environment that tells xdist's workers which folder their run has."""


@dataclass(frozen=True)
class Claim:
    """A folder that no other run has, until `give_back` or the end of this process."""

    folder: Path
    lock: int

    def give_back(self) -> None:
        if self.folder.name != NAME:
            _remove(self.folder)
        os.close(self.lock)


def claim(within: Path) -> Claim:
    """The first folder that is nobody's; those that a killed run left are removed."""
    within.mkdir(parents=True, exist_ok=True)
    mine = next(taken for number in count(1) if (taken := _take(within / _name(number))))
    for left in _spare(within):
        if taken := _take(left):
            taken.give_back()
    return mine


def _name(number: int) -> str:
    return NAME if number == 1 else f"{NAME}-{number}"


def _spare(within: Path) -> Iterator[Path]:
    yield from (found for found in within.glob(f"{NAME}-*") if found.is_dir())


def _take(folder: Path) -> Claim | None:
    lock = os.open(folder.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return Claim(folder, lock)
    os.close(lock)
    return None


def _remove(folder: Path) -> None:
    server = Postgres(folder)
    if not folder.exists() or server.alive():  # still ending: the next run sees to it
        return
    for part in (server.place.home, server.place.sockets, folder):
        shutil.rmtree(part, ignore_errors=True)
