"""`sala run`, for real: opens, heals, ends and leaves nothing behind. Without a demo, on a database of its own."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
PATIENCE = 90
FIRST = 200
"""Seconds for the first start, which makes the database and fills it: 50 on two cores that others use as well. Less
than a test may take at all (`faulthandler_timeout`), and a test of its own, so that the others begin on a made one."""


@dataclass
class Running:
    process: subprocess.Popen[str]
    port: int
    state: Path

    def answers(self, path: str = "/readyz", port: int = 0) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}{path}", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def looks_at_faces(self) -> bool:
        with socket.socket(socket.AF_UNIX) as link:
            return link.connect_ex(str(self.state / "faces.sock")) == 0

    def processes(self, *words: str) -> list[int]:
        """The processes that belong to this state directory and have all these words in their command."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if f"SALA_DATA={self.state}\0".encode() in environment and all(word in command for word in words):
                found.append(int(folder.name))
        return found

    def log(self, part: str) -> str:
        return (self.state / "log" / f"{part}.log").read_text()


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    state = Path(tempfile.mkdtemp(prefix="sala-run-"))
    state.chmod(0o755)
    yield state
    shutil.rmtree(state)


def two_ports() -> int:
    """A free port with a free one after it, below those that systems give away by themselves."""
    for port in random.sample(range(20_000, 30_000), 100):
        try:
            with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 1)):
                return port
        except OSError:
            continue
    raise AssertionError("no two free ports")


def start(state: Path) -> Running:
    port = two_ports()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = kept | {
        "SALA_DATA": str(state), "SALA_MODE": "production", "SALA_SECRET_KEY": "of the tests", "SALA_PORT": str(port),
        "SALA_FACES_KEEP": "0",  # no engine is loaded for nothing
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "sala.web.cli", "run"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return Running(process, port, state)


def opened(house: Running, within: float = PATIENCE) -> Running:
    until(lambda: house.answers() or house.process.poll() is not None, within)
    assert house.process.poll() is None, house.process.communicate()[0]
    until(lambda: house.answers("/healthz", house.port + 1), PATIENCE)
    until(lambda: house.processes("worker"), PATIENCE)
    return house


@pytest.fixture
def begun(state: Path) -> Iterator[Running]:
    """Started. What becomes of it, it is ended: one that opens late must not stand in the next test's way."""
    house = start(state)
    try:
        yield house
    finally:
        house.process.kill()
        house.process.communicate()
        until(lambda: not house.processes(), PATIENCE)


@pytest.fixture
def house(begun: Running) -> Running:
    return opened(begun)


def test_it_opens_where_nothing_was_before(begun: Running) -> None:
    opened(begun, FIRST)


def test_killed_parts_come_back_and_a_polite_end_ends_all(house: Running) -> None:
    web = house.processes("web")
    os.kill(min(web), signal.SIGKILL)
    until(lambda: not set(web) & set(house.processes("web")), PATIENCE)
    until(house.answers, PATIENCE)

    faces = house.processes("faces")
    os.kill(min(faces), signal.SIGKILL)
    until(lambda: house.processes("faces") and house.processes("faces") != faces, PATIENCE)
    until(house.looks_at_faces, PATIENCE)

    server = int((house.state / "postgres/server/data/postmaster.pid").read_text().splitlines()[0])
    os.kill(server, signal.SIGKILL)
    until(lambda: server not in house.processes(), PATIENCE)
    until(house.answers, PATIENCE)
    until(lambda: house.answers("/healthz", house.port + 1), PATIENCE)

    house.process.send_signal(signal.SIGTERM)
    said = house.process.communicate(timeout=PATIENCE)[0]
    assert house.process.returncode == 0
    assert "web ended (killed by SIGKILL); it starts again" in said
    assert "the database ended; it is started again" in said
    until(lambda: not house.processes(), PATIENCE)


def test_a_killed_supervisor_leaves_nothing_behind(house: Running) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "sala.web.cli", "run"], capture_output=True, text=True, check=False,
        env={"SALA_DATA": str(house.state), "SALA_PORT": str(house.port)},
    )  # fmt: skip
    assert second.returncode == 1
    assert "Sala runs already" in second.stderr
    house.process.kill()
    until(lambda: not house.processes(), PATIENCE)


def test_a_state_directory_taken_away_ends_all(house: Running) -> None:
    away = house.state.with_name("taken-away")
    house.state.rename(away)
    said = house.process.communicate(timeout=PATIENCE)[0]
    away.rename(house.state)
    assert house.process.returncode == 1
    assert "was taken away" in said
    assert "Traceback" not in said
    until(lambda: not house.processes(), PATIENCE)


def test_a_port_in_use_is_said_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = subprocess.run(
            [sys.executable, "-m", "sala.web.cli", "run"], capture_output=True, text=True, check=False,
            env={"SALA_DATA": str(tmp_path), "SALA_PORT": str(port)},
        )  # fmt: skip
    assert told.returncode == 1
    assert f"Port {port} cannot be used" in told.stderr
    assert "SALA_PORT=" in told.stderr
