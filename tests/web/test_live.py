"""Live streams: tickets that cannot be forged, and changes that arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.utils import connector_params

from sala.kit import clock, live, tickets
from sala.web.live import EVERYTHING, MOST_A_TICKET, Hub, Live, Stream

SECRET = "a secret"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CASE = "case:TM47-7K3M9QXT-4"


@given(st.sets(st.text(max_size=30), max_size=50))
def test_a_ticket_tells_the_topics_it_was_made_for(topics: set[str]) -> None:
    assert tickets.read(tickets.issue(topics, secret=SECRET, now=NOW), secret=SECRET, now=NOW) == topics


@given(st.data())
def test_no_altered_ticket_is_believed(data: st.DataObject) -> None:
    good = tickets.issue([CASE], secret=SECRET, now=NOW)
    place = data.draw(st.integers(0, len(good) - 1))
    letter = data.draw(st.sampled_from("ABab01-_.!ก"))
    forged = good[:place] + letter + good[place + 1 :]
    told = tickets.read(forged, secret=SECRET, now=NOW)
    # Base 64 has a few spare bits at each end: another spelling of the same ticket is no forgery.
    assert told is None or told == {CASE}


@pytest.mark.parametrize("ticket", ["", ".", "x", "e30.e30", "[].", "===="])
def test_nonsense_is_no_ticket(ticket: str) -> None:
    assert tickets.read(ticket, secret=SECRET, now=NOW) is None


def test_a_ticket_ends_and_is_of_one_installation() -> None:
    ticket = tickets.issue([CASE], secret=SECRET, now=NOW)
    assert tickets.read(ticket, secret=SECRET, now=NOW + tickets.LIFETIME) is None
    assert tickets.read(ticket, secret="another", now=NOW) is None


def test_a_ticket_has_an_end_of_topics() -> None:
    with pytest.raises(ValueError, match="at most 50"):
        tickets.issue([str(n) for n in range(51)], secret=SECRET, now=NOW)


def test_a_page_gets_the_address_of_its_stream() -> None:
    address = urlsplit(live.ticket([CASE]))
    assert f"{address.scheme}://{address.netloc}" == settings.LIVE_URL
    ticket = parse_qs(address.query)["topics"][0]
    assert tickets.read(ticket, secret=settings.SECRET_KEY, now=clock.now()) == {CASE}


def test_the_hub_tells_only_those_who_listen() -> None:
    async def told() -> list[list[str]]:
        hub, here, there = Hub(), Stream(frozenset({"case:A", "office:1"})), Stream(frozenset({"case:B"}))
        hub.join(here)
        hub.join(there)
        hub.tell(["case:A", "office:1", "case:A", "case:C"])
        hub.tell(["case:B"])
        hub.leave(there)
        hub.tell(["case:B", EVERYTHING])
        return [await here.changes(), await there.changes()]

    assert asyncio.run(told()) == [["*", "case:A", "office:1"], ["case:B"]]


@given(st.data())
def test_a_ticket_is_one_however_it_is_spelt(data: st.DataObject) -> None:
    good, other = (tickets.issue([topic], secret=SECRET, now=NOW) for topic in (CASE, "office:1"))
    spelt = good[:-1] + data.draw(st.sampled_from("ABCDQRgwxyz0189-_"))
    if tickets.read(spelt, secret=SECRET, now=NOW):
        assert tickets.identity(spelt) == tickets.identity(good)
    assert tickets.identity(other) != tickets.identity(good)


def test_one_ticket_does_not_fill_the_house() -> None:
    hub = Hub()
    streams = [Stream(frozenset({CASE}), ticket="a") for _ in range(MOST_A_TICKET)]
    for stream in streams:
        assert not hub.full(stream)
        hub.join(stream)
    assert hub.full(Stream(frozenset({CASE}), ticket="a"))
    assert not hub.full(Stream(frozenset({CASE}), ticket="b"))
    hub.leave(streams[0])
    assert not hub.full(Stream(frozenset({CASE}), ticket="a"))


class Page:
    """An open page: what ASGI would bring it."""

    def __init__(self, app: Live, query: str, *, origin: str = "http://sala.example", path: str = "/live") -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._gone = asyncio.Event()
        scope = {
            "type": "http", "method": "GET", "path": path, "query_string": query.encode(),
            "headers": [(b"origin", origin.encode())],
        }  # fmt: skip
        self.task = asyncio.create_task(app(scope, self._receive, self.sent.put))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def head(self) -> tuple[int, dict[bytes, bytes]]:
        start = await self._next()
        return start["status"], dict(start["headers"])

    async def text(self) -> str:
        return str((await self._next())["body"].decode())

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            return await self.sent.get()

    async def leave(self) -> None:
        self._gone.set()
        async with asyncio.timeout(10):
            await self.task


@asynccontextmanager
async def running() -> AsyncIterator[Live]:
    """The application between its start and its end, listening to the test's database."""
    app = Live(
        database=psycopg.conninfo.make_conninfo(**_address()),
        secret=SECRET,
        origins=frozenset({"http://sala.example"}),
    )
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan"}, told.get, answers.put))
    await told.put({"type": "lifespan.startup"})
    assert (await answers.get())["type"] == "lifespan.startup.complete"
    async with asyncio.timeout(10):
        await app.listening.wait()
    yield app
    await told.put({"type": "lifespan.shutdown"})
    assert (await answers.get())["type"] == "lifespan.shutdown.complete"
    await task


def _address() -> dict[str, Any]:
    return {
        key: connector_params()[key]
        for key in ("host", "port", "user", "password", "dbname")
        if key in connector_params()
    }


def _query() -> str:
    return "topics=" + tickets.issue([CASE], secret=SECRET, now=clock.now())


def in_loop(body: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await body()

    asyncio.run(run())


@pytest.mark.django_db(transaction=True)
def test_what_changes_reaches_an_open_page() -> None:
    async def body() -> None:
        async with running() as app:
            page = Page(app, _query())
            status, headers = await page.head()
            assert (status, headers[b"content-type"]) == (200, b"text/event-stream")
            assert headers[b"access-control-allow-origin"] == b"http://sala.example"
            assert await page.text() == "retry: 3000\n\n"
            async with await psycopg.AsyncConnection.connect(**_address(), autocommit=True) as other:
                await other.execute("select pg_notify('sala_live', 'case:OTHER')")
                await other.execute("select pg_notify('sala_live', %s)", [f"office:9 {CASE}"])
            assert await page.text() == f"event: changed\ndata: {CASE}\n\n"
            await page.leave()
            assert not app.hub.streams

    in_loop(body)


@pytest.mark.django_db(transaction=True)
def test_a_lost_database_is_made_up_for() -> None:
    async def body() -> None:
        async with running() as app:
            page = Page(app, _query())
            await page.head()
            await page.text()
            async with await psycopg.AsyncConnection.connect(**_address(), autocommit=True) as other:
                await other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where query = 'listen sala_live' and datname = current_database()"
                )
            assert await page.text() == "event: changed\ndata: *\n\n"
            await page.leave()

    in_loop(body)


@pytest.mark.django_db(transaction=True)
def test_an_end_of_the_process_ends_its_streams() -> None:
    async def body() -> None:
        async with running() as app:
            page = Page(app, _query())
            await page.head()
            await page.text()
        await page.task

    in_loop(body)


@pytest.mark.parametrize(
    ("query", "path", "status"),
    [
        ("topics=forged", "/live", 403),
        ("", "/live", 403),
        ("topics=" + tickets.issue([CASE], secret=SECRET, now=NOW - timedelta(days=300)), "/live", 403),
        ("", "/elsewhere", 404),
        ("", "/healthz", 503),
    ],
)
def test_who_is_turned_away(query: str, path: str, status: int) -> None:
    async def body() -> None:
        app = Live(database="", secret=SECRET, origins=frozenset({"http://sala.example"}))
        page = Page(app, query, path=path, origin="http://elsewhere.example")
        told, headers = await page.head()
        assert told == status
        assert b"access-control-allow-origin" not in headers
        await page.leave()

    in_loop(body)
