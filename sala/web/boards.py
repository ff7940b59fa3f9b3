"""What the halls' screens show, read once a change however many watch. Part of the live process: no Django here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import psycopg

_HALL = "hall:"
_LARGEST = 2**31 - 1
_READ = "select content::text from hall_display where office_id = %s"
_PATIENCE = 5.0
"""Seconds after which a reading is given up: a screen that is late is better than one that hangs."""

log = logging.getLogger(__name__)


def topic_of(office: int) -> str:
    return f"{_HALL}{office}"


def office_of(text: str) -> int | None:
    """The office whose hall an address asks for, by its number; None if it is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST))):
        return None
    return number if 0 < (number := int(text)) <= _LARGEST else None


class Boards:
    """The content of the halls that somebody watches.

    A reading is a task that all who watch wait for together: so one change costs one query. `forget` drops it, and
    whoever asks from then on reads anew; a reading that was under way goes on for those who began to wait before.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._readings: dict[int, asyncio.Task[str | None]] = {}
        self._connection: psycopg.AsyncConnection[tuple[str]] | None = None
        self._turn = asyncio.Lock()

    async def read(self, office: int) -> str | None:
        """What the hall of this office shows, as JSON; `{}` where nothing was ever shown, None if it cannot be read."""
        reading = self._readings.get(office)
        if reading is None:
            reading = self._readings[office] = asyncio.create_task(self._read(office))
        await asyncio.wait([reading])  # whoever stops waiting does not stop it for the others
        content = None if reading.cancelled() else reading.result()
        if content is None and self._readings.get(office) is reading:
            del self._readings[office]
        return content

    def forget(self, topics: Iterable[str] | None) -> None:
        """These have changed, or nobody watches them any more; None = all."""
        if topics is None:
            self._readings.clear()
            return
        for topic in topics:
            if topic.startswith(_HALL) and (office := office_of(topic.removeprefix(_HALL))):
                self._readings.pop(office, None)

    async def close(self) -> None:
        for reading in self._readings.values():
            reading.cancel()
        await asyncio.gather(*self._readings.values(), return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()

    async def _read(self, office: int) -> str | None:
        try:
            async with asyncio.timeout(_PATIENCE), self._turn:
                try:
                    return await self._row(office)
                except psycopg.OperationalError:
                    return await self._row(office)  # that a connection is dead shows only when it is used
        except (psycopg.OperationalError, TimeoutError) as error:
            log.warning("a hall could not be read: %s", type(error).__name__)
            return None

    async def _row(self, office: int) -> str:
        connection = await self._connected()
        try:
            row = await (await connection.execute(_READ, (office,))).fetchone()
        except BaseException:
            await connection.close()  # whatever state it is in, it is not used again
            raise
        return row[0] if row else "{}"

    async def _connected(self) -> psycopg.AsyncConnection[tuple[str]]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(self._database, autocommit=True)
        return self._connection
