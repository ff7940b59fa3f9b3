"""Past facts leave through here: a row in the transaction that made them true, told to their hearers after commit.

A plain row costs the request a tenth of what queueing a job does, since the queue's trigger notifies and
notifications serialise commits. The relay in `sala.web.relay` takes the rows in batches and queues the jobs.
"""

from __future__ import annotations

from typing import Any

from sala.kit.sql import execute, jsonb

INSERT = "insert into kit_outboxevent (topic, payload) values (%(topic)s, %(payload)s)"
"""For a hot statement that embeds it: `with …, told as (INSERT) …`; `payload` is a jsonb parameter (`sql.jsonb`)."""


def emit(topic: str, payload: dict[str, Any]) -> None:
    """Tell that `topic` happened, such as `case.approved`; a roll-back takes it back.

    `payload` holds keys only, never personal data: its hearers read the rest themselves.
    """
    execute(INSERT, {"topic": topic, "payload": jsonb(payload)})
