"""Facts heard as the worker hears them: every hearer of the wiring's table, one after the other, in this process."""

from __future__ import annotations

from typing import Any

import msgspec
from procrastinate.contrib.django import app

from sala.kit.models import OutboxEvent
from sala.web import wiring


def told(topic: str) -> list[dict[str, Any]]:
    """What was told of a topic and not relayed yet."""
    rows = OutboxEvent.objects.filter(topic=topic).order_by("id").values_list("payload", flat=True)
    return [row if isinstance(row, dict) else msgspec.json.decode(row) for row in rows]


def hear(topic: str, *, backwards: bool = False) -> int:
    """Let all hearers hear what was told of a topic; how many facts there were. Facts stay: they may be heard again."""
    facts = told(topic)
    for payload in facts:
        hearers = wiring.HEARERS[topic]
        for name in reversed(hearers) if backwards else hearers:
            app.tasks[name].func(payload)
    return len(facts)
