"""What enrolment does by the clock and for its events. Cron times are UTC."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from procrastinate.contrib.django import app

from sala.identity.enrolment import tidying


@app.periodic(cron="23 * * * *")
@app.task(name="enrolment.tidy", queueing_lock="enrolment.tidy")
def tidy(timestamp: int) -> None:
    """Every hour."""
    tidying.tidy()


@app.task(name="enrolment.forget_account")
def forget_account(payload: dict[str, Any]) -> None:
    """Hearer of `account.closed`."""
    tidying.forget_account(UUID(payload["account"]))
