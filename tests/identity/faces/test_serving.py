"""The house of faces: what a picture breaks is replaced, what is too much is told at once, and nothing gets out."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sala.identity.faces import client
from sala.identity.faces.serving import address, telling, wire
from tests.faces_house import FacesHouse, asking, picture, running
from tests.waiting import until

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def small() -> Iterator[FacesHouse]:
    """One worker, and room for one who waits."""
    with running(SALA_FACES_WORKERS="1", SALA_FACES_WAITING="1") as house:
        yield house


@pytest.fixture
def narrow(small: FacesHouse) -> Iterator[FacesHouse]:
    with asking(small.address):
        client.engine()  # it is loaded
        yield small


class Asked(threading.Thread):
    """Somebody who asks in a thread of their own; `answer` is what came, or what was raised."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.ask, self.answer = ask, None
        self.start()

    def run(self) -> None:
        try:
            self.answer = self.ask()
        except Exception as error:
            self.answer = error
        finally:
            client.forget()

    def told(self) -> Any:
        self.join(60)
        return self.answer


def state() -> wire.State:
    found = client.state(5.0)
    assert found is not None
    return found


def look(name: str = "collins/1") -> wire.Answer:
    return client.ask(wire.Look(picture(name)))


def test_the_path_of_a_socket_fits_its_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SALA_FACES_ADDRESS", raising=False)
    monkeypatch.setenv("SALA_DATA", "/srv/sala")
    assert address.path() == Path("/srv/sala/faces.sock")
    monkeypatch.setenv("SALA_DATA", "/srv/" + "deep/" * 40)
    assert len(str(address.path())) < 100
    assert address.path() == address.path()


def test_only_this_user_may_open_the_socket(narrow: FacesHouse) -> None:
    assert stat.S_IMODE(os.stat(narrow.address).st_mode) == 0o600


def test_a_worker_knows_no_database_and_no_secret_and_can_write_no_file(narrow: FacesHouse) -> None:
    (worker,) = narrow.workers()
    told = Path(f"/proc/{worker}/environ").read_bytes()
    assert b"DATABASE_URL" not in told
    assert b"SALA_SECRET_KEY" not in told
    assert b"SALA_DATA" not in told
    limits = Path(f"/proc/{worker}/limits").read_text().splitlines()
    bounded = {line[:26].strip(): line[26:].split()[0] for line in limits}
    assert (bounded["Max file size"], bounded["Max core file size"]) == ("0", "0")
    assert bounded["Max address space"] != "unlimited"


def test_a_worker_that_dies_in_the_middle_costs_one_answer_and_is_replaced(narrow: FacesHouse) -> None:
    (worker,) = narrow.workers()
    os.kill(worker, signal.SIGSTOP)
    asked = Asked(look)
    until(lambda: state().busy == 1)
    os.kill(worker, signal.SIGKILL)
    told = asked.told()
    assert isinstance(told, wire.Failed)
    assert told.why == "picture"
    assert state().crashed >= 1
    assert isinstance(look(), wire.Seen)
    assert narrow.workers() != [worker]


def test_who_comes_to_a_full_house_is_told_at_once(narrow: FacesHouse) -> None:
    (worker,) = narrow.workers()
    os.kill(worker, signal.SIGSTOP)
    try:
        first = Asked(look)
        until(lambda: state().busy == 1)
        second = Asked(look)
        until(lambda: state().waiting == 1)
        with pytest.raises(client.Busy):
            look()
        late = Asked(lambda: client.ask(wire.Look(b""), patience=0.2))
    finally:
        os.kill(worker, signal.SIGCONT)
    assert isinstance(late.told(), client.Busy)
    assert isinstance(first.told(), wire.Seen)
    assert isinstance(second.told(), wire.Seen)


def test_what_nobody_speaks_ends_that_connection_alone(narrow: FacesHouse) -> None:
    for sent in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 9, b"\0\0\0\5hx\0\0\0garbage"):
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(narrow.address)
            link.sendall(sent)
            link.shutdown(socket.SHUT_WR)
            link.settimeout(10)
            while link.recv(1000):
                pass
    assert isinstance(look(), wire.Seen)


def test_a_house_that_was_started_anew_is_found_again(tmp_path: Path) -> None:
    at = str(tmp_path / "faces.sock")
    with asking(at):
        assert client.state() is None
        with pytest.raises(client.Away):
            look()
        for _ in range(2):  # the second time over the kept connection, whose other side has ended
            with running(at):
                assert state().workers == 0


def test_an_engine_that_cannot_start_is_told_and_not_tried_at_every_picture() -> None:
    with running(SALA_FACES_ENGINE="nonsense") as house, asking(house.address):
        for _ in range(2):
            with pytest.raises(client.Away):
                look()
        assert house.workers() == []
        assert state().engine is None


def test_a_worker_without_work_ends_and_the_next_picture_starts_one() -> None:
    with running(SALA_FACES_IDLE="0.1") as house, asking(house.address):
        assert house.workers() == []
        look()
        until(lambda: not house.workers())
        assert isinstance(look(), wire.Seen)


def test_in_production_all_are_loaded_before_anybody_asks() -> None:
    with running(SALA_FACES_WORKERS="1", SALA_FACES_KEEP="1", SALA_FACES_IDLE="0.1") as house, asking(house.address):
        until(lambda: state().engine)
        assert len(house.workers()) == 1


def test_a_log_says_what_and_where_and_never_what_it_was_about(capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        telling.begin()
        try:
            int("Somchai\nJaidee")
        except ValueError:
            logging.getLogger("sala.faces").exception("It broke", extra={"count": 7})
    finally:
        root.handlers, root.level = before[0], before[1]
        sys.excepthook = sys.__excepthook__
    line = capfd.readouterr().err.rstrip("\n")
    assert re.fullmatch(r"ERROR It broke count=7 ValueError at test_serving.py:\d+", line)
    assert telling.level(line) == (logging.ERROR, line.removeprefix("ERROR "))
    assert telling.level("of a library") == (logging.WARNING, "of a library")


def test_two_at_once_are_answered_each_by_their_own(faces_house: FacesHouse) -> None:
    names = ["obama/1", "biden/1", "obama/1", "biden/1"]
    asked = [Asked(lambda name=name: client.ask(wire.Describe(picture(name)))) for name in names]  # type: ignore[misc]
    told = [one.told() for one in asked]
    assert all(isinstance(one, wire.Seen) and one.template for one in told)
    assert told[0].template == told[2].template != told[1].template == told[3].template
    assert len(faces_house.workers()) == 2


def test_a_template_of_another_engine_is_not_compared(faces_house: FacesHouse) -> None:
    with pytest.raises(client.OtherEngineError):
        client.ask(wire.Compare(picture("collins/1"), bytes(512), "another"))
