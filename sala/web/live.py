"""Live streams (ASGI, server-sent events): tells an open page that something it shows has changed.

Only keys travel, never data: the page asks for its part again, under its reader's own rights. So a missed event
costs nothing but lateness, and no `Last-Event-ID` is kept: a stream that was cut off begins with `changed`.
The halls' screens alone are pushed whole (`sala.web.boards`): they are the same for everybody, and hold nothing else.
This process imports no Django, so that thousands of streams fit in little memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, MutableMapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import psycopg

from sala.kit import tickets
from sala.kit.clock import now
from sala.web.boards import Boards, office_of, topic_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

HEARTBEAT = 20.0
"""Seconds of silence after which a comment is sent, so that proxies do not cut the stream."""
RECONNECT = 3000
"""Milliseconds a browser waits before it comes again."""
MOST_STREAMS = 9_000
"""A process holds no more; below the server's own bound, at which every request would wait."""
MOST_BOARDS = 7_000
"""So many of them may be of halls, which ask nobody for a ticket: who opens those without end shuts out no officer."""
MOST_A_TICKET = 50
"""So many may be of one ticket: pages drawn alike in the same second, and tabs doubled, but no crowd."""
EVERYTHING = "*"

log = logging.getLogger(__name__)


class Stream:
    """One open page: the topics it shows and those that have changed since it was last told.

    `board`: it shows the hall of this office, and is sent what the hall shows, not that it changed.
    `ticket`: the one it was opened with, by which streams are counted; a hall's has none.
    """

    def __init__(self, topics: frozenset[str], *, board: int | None = None, ticket: str = "") -> None:
        self.topics = topics
        self.board = board
        self.ticket = ticket
        self._changed: set[str] = set()
        self._wake = asyncio.Event()

    def tell(self, topics: Iterable[str]) -> None:
        """Note changes; those not yet sent merge, so a slow reader costs no memory."""
        self._changed.update(topics)
        self._wake.set()

    async def changes(self) -> list[str]:
        """The topics changed since last time; empty after HEARTBEAT seconds of silence."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT):
                await self._wake.wait()
        told, self._changed = sorted(self._changed), set()
        self._wake.clear()
        return told


class Hub:
    """Who listens to what."""

    def __init__(self) -> None:
        self._by_topic: defaultdict[str, set[Stream]] = defaultdict(set)
        self._by_ticket: Counter[str] = Counter()
        self.streams: set[Stream] = set()
        self.boards = 0

    def full(self, stream: Stream) -> bool:
        """Whether there is no room for this one."""
        if len(self.streams) >= MOST_STREAMS:
            return True
        if stream.board is not None:
            return self.boards >= MOST_BOARDS
        return self._by_ticket[stream.ticket] >= MOST_A_TICKET

    def join(self, stream: Stream) -> None:
        self.streams.add(stream)
        self._by_ticket[stream.ticket] += 1
        self.boards += stream.board is not None
        for topic in stream.topics:
            self._by_topic[topic].add(stream)

    def leave(self, stream: Stream) -> None:
        self.streams.discard(stream)
        self._by_ticket[stream.ticket] -= 1
        if not self._by_ticket[stream.ticket]:
            del self._by_ticket[stream.ticket]
        self.boards -= stream.board is not None
        for topic in stream.topics:
            self._by_topic[topic].discard(stream)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

    def listened(self, topic: str) -> bool:
        return topic in self._by_topic

    def tell(self, topics: Iterable[str]) -> None:
        """Tell each stream of those of its topics that changed; EVERYTHING reaches all."""
        for topic in topics:
            hearers = self.streams if topic == EVERYTHING else self._by_topic.get(topic, ())
            for stream in tuple(hearers):
                stream.tell([topic])


class Live:
    """The ASGI application. `database` is a libpq address, `origins` the sites whose pages may listen."""

    def __init__(self, *, database: str, secret: str, origins: frozenset[str]) -> None:
        self._database = database
        self._secret = secret
        self._origins = origins
        self.hub = Hub()
        self.boards = Boards(database)
        self._listener: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()
        self._stopping = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._listener = asyncio.create_task(self._listen())
                await send({"type": "lifespan.startup.complete"})
            else:
                self._stopping.set()
                self.hub.tell([EVERYTHING])
                if self._listener:
                    self._listener.cancel()
                await self.boards.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _listen(self) -> None:
        """One connection for all streams. Whatever was missed while it was down is made up for by EVERYTHING."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._database, autocommit=True) as connection:
                    await connection.execute(f"listen {tickets.CHANNEL}")
                    self.listening.set()
                    self._tell([EVERYTHING])
                    async for notice in connection.notifies():
                        self._tell(notice.payload.split())
            except psycopg.OperationalError as error:
                log.warning("the live process lost its database: %s", type(error).__name__)
            self.listening.clear()
            await asyncio.sleep(1)

    def _tell(self, topics: Collection[str]) -> None:
        """What the boards knew before is forgotten first: whoever wakes up now reads what is true now."""
        self.boards.forget(None if EVERYTHING in topics else topics)
        self.hub.tell(topics)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/healthz":
            well = self.listening.is_set()
            await self._say(scope, send, 200 if well else 503, "ok" if well else "no database")
        elif path != "/live":
            await self._say(scope, send, 404, "not found")
        elif scope["method"] != "GET":
            await self._say(scope, send, 405, "GET only")
        elif (stream := self._opened(scope)) is None:
            await self._say(scope, send, 403, "this ticket is not, or no longer, valid")
        elif self.hub.full(stream):
            await self._say(scope, send, 503, "too many streams")
        else:
            await self._stream(stream, scope, receive, send)

    def _opened(self, scope: Scope) -> Stream | None:
        """What the address asks for: the topics of a ticket, or the hall of an office, which is for everybody.

        A hall needs no ticket: there is nothing in it to keep, and a screen on a wall outlives any ticket.
        """
        given = parse_qs(scope["query_string"].decode("latin-1"))
        if office := office_of(given.get("hall", [""])[0]):
            return Stream(frozenset({topic_of(office)}), board=office)
        ticket = given.get("topics", [""])[0]
        topics = tickets.read(ticket, secret=self._secret, now=now())
        return None if topics is None else Stream(topics, ticket=tickets.identity(ticket))

    async def _stream(self, stream: Stream, scope: Scope, receive: Receive, send: Send) -> None:
        self.hub.join(stream)
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await send(self._start(scope, 200, b"text/event-stream"))
            await _write(send, f"retry: {RECONNECT}\n\n")
            if stream.board:
                stream.tell(stream.topics)  # it begins with what the hall shows now
            while not gone.done() and not self._stopping.is_set():
                waiting = asyncio.ensure_future(stream.changes())
                await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    waiting.cancel()
                    return
                await _write(send, await self._event(stream, waiting.result()))
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self.hub.leave(stream)
            self.boards.forget([topic for topic in stream.topics if not self.hub.listened(topic)])

    async def _event(self, stream: Stream, changed: Sequence[str]) -> str:
        if not changed:
            return ": \n\n"
        if stream.board is None:
            return f"event: changed\ndata: {' '.join(changed)}\n\n"
        content = None if self._stopping.is_set() else await self.boards.read(stream.board)
        # Without its database it says nothing: the screen stays as it is until EVERYTHING comes with the next one.
        return ": \n\n" if content is None else f"event: hall\ndata: {content}\n\n"

    async def _say(self, scope: Scope, send: Send, status: int, text: str) -> None:
        await send(self._start(scope, status, b"text/plain; charset=utf-8"))
        await send({"type": "http.response.body", "body": text.encode()})

    def _start(self, scope: Scope, status: int, kind: bytes) -> dict[str, Any]:
        headers = [
            (b"content-type", kind),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
            (b"vary", b"Origin"),
        ]
        origin = dict(scope["headers"]).get(b"origin", b"")
        if origin.decode("latin-1") in self._origins:
            headers.append((b"access-control-allow-origin", origin))
        return {"type": "http.response.start", "status": status, "headers": headers}


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


def create() -> Live:
    """The application as the settings say (granian's factory)."""
    from sala.web import logs, settings

    logs.configure()
    address = settings.DATABASES["default"]
    database = psycopg.conninfo.make_conninfo(
        host=address["HOST"], port=address["PORT"] or None, user=address["USER"], password=address["PASSWORD"],
        dbname=address["NAME"], application_name="sala live", keepalives_idle=30,
    )  # fmt: skip
    origins = {settings.PUBLIC_URL} | ({f"http://localhost:{settings.PORT}"} if settings.DEMO else set())
    return Live(database=database, secret=settings.SECRET_KEY, origins=frozenset(origins))
