"""What happens in the hall by the clock, and when a visit changes."""

from __future__ import annotations

from typing import Any

from procrastinate.contrib.django import app

from sala.engine.hall import closing


@app.periodic(cron="5 17 * * *")
@app.task(name="hall.close_days", queueing_lock="hall.close_days")
def close_days(timestamp: int) -> None:
    """Shortly after midnight in Thailand."""
    closing.close_days()


@app.periodic(cron="* * * * *")
@app.task(name="hall.freshen", queueing_lock="hall.freshen")
def freshen(timestamp: int) -> None:
    """Every minute, for halls in which somebody waits or serves."""
    closing.freshen()


@app.task(name="hall.visit_changed")
def visit_changed(payload: dict[str, Any]) -> None:
    """A visit was moved, displaced or cancelled."""
    closing.visit_changed(payload["visit"])
