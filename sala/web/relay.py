"""Takes facts from the outbox and queues a job for each of their hearers, in batches.

Any number of relays may run: each takes rows that no other holds, and the rows go in the transaction that queues
their jobs, so each hearer gets each fact exactly once into the queue. The relay asks four times a second rather
than being notified: a NOTIFY in each request's transaction would make their commits queue.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from django.db import close_old_connections, connection, transaction
from django.db.utils import InterfaceError, OperationalError
from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from sala.kit import sql, tickets
from sala.web import wiring

BATCH = 500
PAUSE = 0.25
"""Seconds between two looks at an empty outbox."""
_NOTICE_BYTES = 7_000  # PostgreSQL carries 8,000 in one notification
# Materialised: as a plain subquery it may be run once for each row, each time locking others, and take too many.
_TAKE = """
with taken as materialized (select id from kit_outboxevent order by id limit %s for update skip locked)
delete from kit_outboxevent using taken where kit_outboxevent.id = taken.id
returning kit_outboxevent.id, topic, payload"""

log = logging.getLogger(__name__)


class Fact(NamedTuple):
    id: int
    topic: str
    payload: dict[str, Any]


def relay(batch: int = BATCH) -> int:
    """Relay one batch; how many facts it took. Fewer than `batch` means that the outbox was empty."""
    with transaction.atomic():
        rows = sql.fetch_all(_TAKE, [batch])
        facts = sorted(Fact(number, topic, msgspec.json.decode(payload)) for number, topic, payload in rows)
        _queue(facts)
        _notify(wiring.live_topics(fact.payload for fact in facts))
    return len(facts)


def _queue(facts: Iterable[Fact]) -> None:
    payloads: defaultdict[str, list[dict[str, JSONValue]]] = defaultdict(list)
    for fact in facts:
        for hearer in wiring.HEARERS.get(fact.topic, ()):
            payloads[hearer].append({"payload": fact.payload})
    for hearer, arguments in payloads.items():
        app.configure_task(hearer, allow_unknown=False).batch_defer(*arguments)


def _notify(topics: set[str]) -> None:
    notice = ""
    for topic in sorted(topics):
        if len(notice) + len(topic) > _NOTICE_BYTES:
            sql.fetch_one("select pg_notify(%s, %s)", [tickets.CHANNEL, notice])
            notice = ""
        notice = f"{notice} {topic}".strip()
    if notice:
        sql.fetch_one("select pg_notify(%s, %s)", [tickets.CHANNEL, notice])


def run(stop: threading.Event) -> None:
    """Relay until told to stop; a lost database is waited for."""
    while not stop.is_set():
        try:
            took = relay()
        except (OperationalError, InterfaceError) as error:
            log.warning("the relay lost its database: %s", type(error).__name__)
            close_old_connections()
            stop.wait(1)
            continue
        if took < BATCH:
            stop.wait(PAUSE)
    connection.close()
