"""The front door: what the server (granian, RSGI) calls with each request.

A request goes one of two ways, both in threads of one small pool, where Django's code may wait:
- a **page** is run by Django's handler, one thread a page; one that often only leads on (`api.may_lead_on`) comes as
  an API request first;
- an **API request** goes to `sala.web.api`. Those that one endpoint answers together (`api.together`) gather here
  while the group before them is being answered, and go as one group: one statement, one commit, for all of them.
  Nothing waits for a clock: who comes to an idle door goes with those taken up in the same turn of the loop.

Back-pressure is the server's: it takes up no more than `serving.WAITING` requests at a time. Large bodies are read
by as many as there are threads at a time, so that what is held in memory has a bound as well.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple, cast

from sala.web import wsgi  # sets Django up, before anything that needs it

# isort: split
from django.db import connection

from sala.kit.answer import Answer
from sala.web import api, bodies, connections, requests
from sala.web.bodies import Reply
from sala.web.requests import Scope

MOST = 64
"""Requests in a group: more gain nothing, and its first would wait for its last."""
ABREAST = 1
"""Groups of one endpoint at a time, in each process. With two, each would be half as large."""
LARGE = 1_000_000
"""Bytes of a body that is read only by as many as there are threads."""
Headers = list[tuple[str, str]]


class Waiting(NamedTuple):
    """An API request, and who waits for its answer."""

    asked: api.Asked
    answer: asyncio.Future[Answer | None]


class Gathering:
    """The requests for one endpoint that wait for the group before them."""

    def __init__(self, run: Callable[[list[Waiting]], object], later: Callable[[Callable[[], None]], object]) -> None:
        self._run = run
        self._later = later
        self._waiting: list[Waiting] = []
        self._running = 0

    def join(self, one: Waiting) -> None:
        self._waiting.append(one)
        if len(self._waiting) == 1:
            self._later(self._go)  # with those that are taken up in the same turn of the loop

    def done(self) -> None:
        """A group was answered."""
        self._running -= 1
        self._go()

    def _go(self) -> None:
        if self._waiting and self._running < ABREAST:
            self._running += 1
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            self._run(group)


class Door:
    """The RSGI application; one in each web process. `threads`: requests, or groups of them, answered at a time."""

    def __init__(self, threads: int = 4) -> None:
        self.threads = threads

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="door")
        self._large = asyncio.Semaphore(self.threads)
        self._watch = bodies.Watch(loop)
        self._gatherings: defaultdict[Any, Gathering] = defaultdict(self._gathering)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._pool.shutdown(wait=False)

    async def __rsgi__(self, scope: Scope, reply: Reply) -> None:
        begun, length = time.perf_counter(), requests.length(scope)
        small = length is not None and length <= LARGE
        if api.takes(scope.path):
            # A body that is too large, or does not say how large it is, is refused unread.
            body = await bodies.small(reply, length, self._watch) if length and small else b""
            if body is None:
                return
            answer = await self._answered(requests.ApiRequest(requests.environ(scope), body), begun)
            _send(reply, cast("Answer", answer))
        elif length == 0 and api.may_lead_on(scope.path, scope.method):
            await self._visit(requests.environ(scope), reply, begun)
        elif small:
            if (body := await bodies.small(reply, length, self._watch) if length else b"") is not None:
                await self._page(requests.environ(scope, body), reply)
        else:
            async with self._large:
                if (body := await bodies.large(reply, length)) is not None:
                    await self._page(requests.environ(scope, body), reply)

    # --- Pages --------------------------------------------------------------------------------------

    async def _visit(self, environ: dict[str, Any], reply: Reply, begun: float) -> None:
        if answer := await self._answered(requests.ApiRequest(environ, b""), begun):
            _send(reply, answer)
        else:
            await self._page(environ, reply)

    async def _page(self, environ: dict[str, Any], reply: Reply) -> None:
        status, headers, content = await self._loop.run_in_executor(self._pool, _run_page, environ)
        if isinstance(content, bytes):
            reply.response_bytes(status, headers, content)
        else:
            await self._stream(reply.response_stream(status, headers), content)

    async def _stream(self, transport: Any, chunks: Iterator[bytes]) -> None:
        """A file, piece by piece as the reader takes them; no thread is held between two of them."""
        while chunk := await self._loop.run_in_executor(self._pool, next, chunks, b""):
            await transport.send_bytes(chunk)

    # --- The API ------------------------------------------------------------------------------------

    def _answered(self, request: requests.ApiRequest, begun: float) -> asyncio.Future[Answer | None]:
        one = Waiting(api.asked(request, begun), self._loop.create_future())
        if one.asked.endpoint:
            self._gatherings[one.asked.endpoint.name].join(one)
        else:
            self._pool.submit(self._run, [one], lambda: None)
        return one.answer

    def _gathering(self) -> Gathering:
        gathering = Gathering(lambda group: self._pool.submit(self._run, group, gathering.done), self._loop.call_soon)
        return gathering

    def _run(self, group: list[Waiting], done: Callable[[], None]) -> None:
        """In a thread of the pool."""
        answers = _served(group)
        self._loop.call_soon_threadsafe(self._tell, group, answers, done)

    def _tell(self, group: list[Waiting], answers: Sequence[Answer | None], done: Callable[[], None]) -> None:
        done()
        for one, answer in zip(group, answers, strict=True):
            if not one.answer.done():  # who has gone away waits no more
                one.answer.set_result(answer)


def _served(group: list[Waiting]) -> Sequence[Answer | None]:
    connections.drop_if_dead()
    serve = api.serve_all if api.takes(group[0].asked.request.path_info) else api.visits
    answers = serve([one.asked for one in group])
    if connection.errors_occurred:  # what Django's signals are for: a connection that broke is not used again
        connection.close_if_unusable_or_obsolete()
    return answers


def _send(reply: Reply, answer: Answer) -> None:
    reply.response_bytes(answer.status_code, list(answer.headers.items()), answer.content)


def _run_page(environ: dict[str, Any]) -> tuple[int, Headers, bytes | Iterator[bytes]]:
    """Run Django's handler; a file is not read yet."""
    started: list[tuple[int, Headers]] = []

    def start(status: str, headers: Headers, _error: object = None) -> Any:
        started.append((int(status[:3]), headers))

    response: Any = wsgi.application(environ, start)
    (status, headers), *_ = started
    if getattr(response, "streaming", False):
        return status, headers, _pieces(response)
    try:
        return status, headers, b"".join(response)
    finally:
        response.close()


def _pieces(response: Any) -> Iterator[bytes]:
    try:
        yield from response
    finally:
        response.close()


application = Door()


def warm() -> None:
    """Load what the first request would: addresses, templates' machinery, words, the catalogue. Leaves no connection.

    Forgets the figures of web processes that are gone; these are to be the only ones of this state directory.
    """
    from django.db import DatabaseError, connections
    from django.template import engines
    from django.urls import get_resolver
    from django.utils import translation
    from webauthn.helpers import structs  # noqa: F401 - what the sign-in page needs, and `sala worker` does not

    from sala.engine.catalogue import queries
    from sala.web import metrics

    metrics.clear()
    _ = get_resolver().url_patterns
    _ = engines.all()
    for language in ("th", "en"):
        with translation.override(language):
            translation.gettext("Services")
    with suppress(DatabaseError):  # not there yet: then each process reads it when it is asked
        queries.catalogue()
    connections.close_all()
