"""Live streams (ASGI, server-sent events): tells an open page that something it shows has changed.

Only keys travel, never data: the page asks for its part again, under its reader's own rights. So a missed event
costs nothing but lateness, and no `Last-Event-ID` is kept: a stream that was cut off begins with `changed`.
This process imports no Django, so that thousands of streams fit in little memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import psycopg

from sala.kit import tickets
from sala.kit.clock import now

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

HEARTBEAT = 20.0
"""Seconds of silence after which a comment is sent, so that proxies do not cut the stream."""
RECONNECT = 3000
"""Milliseconds a browser waits before it comes again."""
MOST_STREAMS = 9_000
"""A process holds no more; below the server's own bound, at which every request would wait."""
EVERYTHING = "*"

log = logging.getLogger(__name__)


class Stream:
    """One open page: the topics it shows and those that have changed since it was last told."""

    def __init__(self, topics: frozenset[str]) -> None:
        self.topics = topics
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
        self.streams: set[Stream] = set()

    def join(self, stream: Stream) -> None:
        self.streams.add(stream)
        for topic in stream.topics:
            self._by_topic[topic].add(stream)

    def leave(self, stream: Stream) -> None:
        self.streams.discard(stream)
        for topic in stream.topics:
            self._by_topic[topic].discard(stream)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

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
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _listen(self) -> None:
        """One connection for all streams. Whatever was missed while it was down is made up for by EVERYTHING."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._database, autocommit=True) as connection:
                    await connection.execute(f"listen {tickets.CHANNEL}")
                    self.listening.set()
                    self.hub.tell([EVERYTHING])
                    async for notice in connection.notifies():
                        self.hub.tell(notice.payload.split())
            except psycopg.OperationalError as error:
                log.warning("the live process lost its database: %s", type(error).__name__)
            self.listening.clear()
            await asyncio.sleep(1)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/healthz":
            well = self.listening.is_set()
            await self._say(scope, send, 200 if well else 503, "ok" if well else "no database")
        elif path != "/live":
            await self._say(scope, send, 404, "not found")
        elif scope["method"] != "GET":
            await self._say(scope, send, 405, "GET only")
        elif (topics := self._topics(scope)) is None:
            await self._say(scope, send, 403, "this ticket is not, or no longer, valid")
        elif len(self.hub.streams) >= MOST_STREAMS:
            await self._say(scope, send, 503, "too many streams")
        else:
            await self._stream(Stream(topics), scope, receive, send)

    def _topics(self, scope: Scope) -> frozenset[str] | None:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("topics", [""])[0]
        return tickets.read(given, secret=self._secret, now=now())

    async def _stream(self, stream: Stream, scope: Scope, receive: Receive, send: Send) -> None:
        self.hub.join(stream)
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await send(self._start(scope, 200, b"text/event-stream"))
            await _write(send, f"retry: {RECONNECT}\n\n")
            while not gone.done() and not self._stopping.is_set():
                waiting = asyncio.ensure_future(stream.changes())
                await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    waiting.cancel()
                    return
                changed = waiting.result()
                await _write(send, f"event: changed\ndata: {' '.join(changed)}\n\n" if changed else ": \n\n")
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self.hub.leave(stream)

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
