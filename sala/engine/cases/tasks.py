"""What follows a case's events in the background."""

from __future__ import annotations

from typing import Any

from procrastinate.contrib.django import app

from sala.engine.cases import checking


@app.task(name="cases.check")
def check(payload: dict[str, Any]) -> None:
    """New or changed answers are checked against the registers."""
    checking.run(reference=payload["reference"])
