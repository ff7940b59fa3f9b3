"""What follows a case's events in the background."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app

from sala.engine.cases import checking, letters, reminding
from sala.kit import clock


@app.task(name="cases.check")
def check(payload: dict[str, Any]) -> None:
    """New or changed answers are checked against the registers; again later where one was out of reach."""
    checking.run(reference=payload["reference"])


@app.task(name="cases.letter")
def letter(payload: dict[str, Any]) -> None:
    """What happened is told to the applicant by e-mail."""
    with transaction.atomic():
        letters.tell(reference=payload["reference"], event=payload["event"])


@app.periodic(cron="0 1 * * *")
@app.task(name="cases.remind", queueing_lock="cases.remind")
def remind(timestamp: int) -> None:
    """Every morning at eight in Thailand: reminders of what falls due."""
    reminding.remind(clock.today())
