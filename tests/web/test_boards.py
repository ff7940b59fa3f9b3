"""The halls' screens: pushed by the live process, which asks the database once a change, however many watch."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction

from sala.engine.hall import display
from sala.engine.hall.models import Counter, Ticket
from sala.identity.directory.models import Office
from sala.kit import clock, live, tickets
from sala.web.boards import Boards, office_of
from sala.web.live import Live
from tests.factories import make_office
from tests.waiting import until
from tests.web.test_live import SECRET, Page, _address, in_loop

pytestmark = pytest.mark.django_db(transaction=True)
VIEWERS = 500


@pytest.fixture
def office() -> Office:
    return make_office()


def arrive(office: Office, number: str) -> None:
    """Somebody gets a ticket: what every service of the hall does at its end."""
    now = clock.now()
    try:
        with transaction.atomic():
            Ticket.objects.create(
                office=office, day=clock.today(), number=number, service="s", language="th", arrived_at=now, due_at=now
            )
            display.publish(office.id)
    finally:
        connection.close()


@dataclass
class Between:
    """A road between a program and PostgreSQL, on which what is asked can be counted."""

    host: str
    port: int
    asked: list[str] = field(default_factory=list)
    own_port: int = 0
    links: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_in, there_out = await self._there()
        self.links += [writer, there_out]
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(self._pass(reader, there_out, count=True), self._pass(there_in, writer))

    async def _there(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.host.startswith("/"):
            return await asyncio.open_unix_connection(f"{self.host}/.s.PGSQL.{self.port}")
        return await asyncio.open_connection(self.host, self.port)

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, count: bool = False) -> None:
        while data := await source.read(65536):
            if count:
                self.asked += ["hall"] * data.count(b"from hall_display")
            target.write(data)
            await target.drain()
        target.close()

    def address(self) -> dict[str, Any]:
        return _address() | {"host": "127.0.0.1", "port": self.own_port}


@asynccontextmanager
async def between() -> AsyncIterator[Between]:
    address = _address()
    road = Between(address["host"], int(address.get("port", 5432)))
    server = await asyncio.start_server(road.serve, "127.0.0.1", 0)
    road.own_port = server.sockets[0].getsockname()[1]
    try:
        yield road
    finally:
        for link in road.links:
            link.close()
        server.close()


@asynccontextmanager
async def running(road: Between, secret: str = SECRET) -> AsyncIterator[Live]:
    app = Live(database=psycopg.conninfo.make_conninfo(**road.address()), secret=secret, origins=frozenset())
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan"}, told.get, answers.put))
    await told.put({"type": "lifespan.startup"})
    await answers.get()
    async with asyncio.timeout(10):
        await app.listening.wait()
    yield app
    await told.put({"type": "lifespan.shutdown"})
    await answers.get()
    await task


def shown(event: str) -> list[str]:
    """The numbers that wait, of an event as it was sent."""
    kind, _, data = event.partition("\n")
    assert kind == "event: hall"
    return [line[0] for line in json.loads(data.removeprefix("data: ")).get("waiting", [])]


def test_a_screen_begins_with_what_the_hall_shows_and_gets_every_change(office: Office) -> None:
    arrive(office, "A001")

    async def body() -> None:
        async with between() as road, running(road) as app:
            page = Page(app, f"hall={office.id}")
            assert (await page.head())[0] == 200
            await page.text()
            assert shown(await page.text()) == ["A001"]
            await asyncio.to_thread(arrive, office, "A002")
            assert shown(await page.text()) == ["A001", "A002"]
            assert len(road.asked) == 2
            await page.leave()
            await asyncio.to_thread(arrive, office, "A003")
            again = Page(app, f"hall={office.id}")
            await again.head()
            await again.text()
            assert shown(await again.text()) == ["A001", "A002", "A003"]
            assert len(road.asked) == 3  # nothing is read while nobody watches
            await again.leave()

    in_loop(body)


def test_one_change_at_a_hall_with_many_viewers_asks_the_database_once(office: Office) -> None:
    elsewhere = make_office("elsewhere")
    arrive(office, "A001")

    async def body() -> None:
        async with between() as road, running(road) as app:
            pages = [Page(app, f"hall={office.id}") for _ in range(VIEWERS)]
            for page in pages:
                await page.head()
                await page.text()
                assert shown(await page.text()) == ["A001"]
            await asyncio.to_thread(arrive, elsewhere, "B001")
            await asyncio.to_thread(arrive, office, "A002")
            assert [shown(await page.text()) for page in pages] == [["A001", "A002"]] * VIEWERS
            assert len(road.asked) == 2  # once for all who came, once for the change
            for page in pages:
                await page.leave()

    in_loop(body)


def test_a_lost_database_is_made_up_for(office: Office) -> None:
    arrive(office, "A001")

    async def body() -> None:
        async with between() as road, running(road) as app:
            page = Page(app, f"hall={office.id}")
            await page.head()
            await page.text()
            await page.text()
            for link in road.links:
                link.close()
            await asyncio.to_thread(arrive, office, "A002")
            while (event := await page.text()) == ": \n\n":
                pass
            assert shown(event) == ["A001", "A002"]
            await page.leave()

    in_loop(body)


def test_a_hall_in_which_nothing_ever_happened_is_empty(office: Office) -> None:
    async def body() -> None:
        async with between() as road, running(road) as app:
            page = Page(app, f"hall={office.id}")
            await page.head()
            await page.text()
            assert await page.text() == "event: hall\ndata: {}\n\n"
            await page.leave()

    in_loop(body)


@pytest.mark.parametrize("asked", ["", "0", "-1", "x", "1e3", "9" * 40, "๑", "2147483648"])
def test_what_is_no_office_is_no_hall(asked: str) -> None:
    assert office_of(asked) is None

    async def body() -> None:
        page = Page(Live(database="", secret=SECRET, origins=frozenset()), f"hall={asked}")
        assert (await page.head())[0] == 403
        await page.leave()

    in_loop(body)


def test_halls_leave_room_for_those_who_come_with_a_ticket(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sala.web.live.MOST_BOARDS", 1)

    async def body() -> None:
        async with between() as road, running(road) as app:
            first, second = Page(app, f"hall={office.id}"), Page(app, f"hall={office.id}")
            assert (await first.head())[0] == 200
            assert (await second.head())[0] == 503
            officer = Page(app, "topics=" + tickets.issue(["office:1"], secret=SECRET, now=clock.now()))
            assert (await officer.head())[0] == 200
            await first.leave()
            again = Page(app, f"hall={office.id}")
            assert (await again.head())[0] == 200
            await again.leave()
            await officer.leave()

    in_loop(body)


def test_without_a_database_nothing_is_shown_and_nothing_breaks() -> None:
    async def body() -> None:
        boards = Boards("host=127.0.0.1 port=1 connect_timeout=1")
        assert await boards.read(1) is None
        await boards.close()

    in_loop(body)


def test_officers_pages_hear_of_the_same_changes_by_their_ticket(office: Office) -> None:
    address = urlsplit(live.ticket([display.topic(office.id)]))

    async def body() -> None:
        async with between() as road, running(road, settings.SECRET_KEY) as app:
            page = Page(app, address.query)
            await page.head()
            await page.text()
            await asyncio.to_thread(arrive, office, "A001")
            assert await page.text() == f"event: changed\ndata: hall:{office.id}\n\n"
            assert not road.asked
            await page.leave()

    in_loop(body)


@pytest.fixture
def port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def server(road: Between, port: int, state: Path) -> Iterator[None]:
    """The live process itself, as `sala run` starts it."""
    given = road.address()
    password = f":{given['password']}" if given.get("password") else ""
    url = f"postgres://{given['user']}{password}@127.0.0.1:{road.own_port}/{given['dbname']}"
    environment = os.environ | {"DATABASE_URL": url, "SALA_DATA": str(state), "SALA_MODE": "demo"}
    command = [sys.executable, "-m", "sala.web.cli", "live", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


async def watch(port: int, office: int) -> asyncio.StreamReader:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /live?hall={office} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    reader.writer = writer  # type: ignore[attr-defined]
    return reader


async def until_shown(reader: asyncio.StreamReader, numbers: list[str]) -> None:
    async with asyncio.timeout(30):
        while line := await reader.readline():
            if line.startswith(b"data: ") and [one[0] for one in json.loads(line[6:])["waiting"]] == numbers:
                return
    raise AssertionError("the stream ended")


def up(port: int) -> bool:
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.mark.requirement("R-001.58")
def test_five_hundred_streams_of_the_real_server_cost_one_question(office: Office, port: int, tmp_path: Path) -> None:
    Counter.objects.create(office=office, name="1")
    arrive(office, "A001")

    async def body() -> None:
        async with between() as road:
            with server(road, port, tmp_path):
                await asyncio.to_thread(until, lambda: up(port))
                viewers = [await watch(port, office.id) for _ in range(VIEWERS)]
                await asyncio.gather(*(until_shown(one, ["A001"]) for one in viewers))
                assert len(road.asked) == 1
                await asyncio.to_thread(arrive, office, "A002")
                await asyncio.gather(*(until_shown(one, ["A001", "A002"]) for one in viewers))
                assert len(road.asked) == 2
                for one in viewers:
                    one.writer.close()  # type: ignore[attr-defined]

    in_loop(body)
