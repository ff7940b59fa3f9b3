"""The house of faces, for real: `sala faces serve` with workers of its own, and the few pictures there are."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import database
from tests.waiting import until

PICTURES = Path(__file__).parent / "pictures" / "faces"


@dataclass(frozen=True)
class FacesHouse:
    """One that runs. `pid` is the one in the middle's."""

    pid: int
    address: str

    def workers(self, module: str = "worker") -> list[int]:
        """The processes that look at pictures, or the searcher's."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                command = (folder / "cmdline").read_bytes().decode(errors="replace")
            except (OSError, IndexError):
                continue
            if parent == self.pid and f"serving.{module}" in command:
                found.append(int(folder.name))
        return sorted(found)


def picture(name: str) -> bytes:
    """Such as `obama/1`."""
    return (PICTURES / f"{name}.jpg").read_bytes()


@contextmanager
def running(at: str = "", **settings: str) -> Iterator[FacesHouse]:
    """A house of faces with these settings, beside others; `at` a path of its own by default."""
    with tempfile.TemporaryDirectory(prefix="faces-") as folder:
        address = at or f"{folder}/faces.sock"
        environment = os.environ | {"SALA_FACES_ADDRESS": address, "DATABASE_URL": database.address()} | settings
        command = [sys.executable, "-m", "sala.web.cli", "faces", "serve"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
        try:
            until(Path(address).exists, 30)
            yield FacesHouse(process.pid, address)
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def asking(address: str) -> Iterator[None]:
    """This process asks the house at that address, whether there is one or not."""
    from sala.identity.faces import client

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALA_FACES_ADDRESS", address)
        client.forget()
        yield
        client.forget()


@pytest.fixture(scope="session")
def _faces_house(django_db_setup: None) -> Iterator[FacesHouse]:
    with running(SALA_FACES_WORKERS="2") as house:
        yield house


@pytest.fixture
def faces_house(_faces_house: FacesHouse) -> Iterator[FacesHouse]:
    """One for the whole run, with two workers that are started when first asked; its search sees what is committed."""
    with asking(_faces_house.address):
        yield _faces_house


@pytest.fixture
def no_faces_house(tmp_path: Path) -> Iterator[None]:
    """None is there to ask."""
    with asking(str(tmp_path / "nobody.sock")):
        yield
