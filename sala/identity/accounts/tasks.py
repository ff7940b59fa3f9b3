"""What accounts do by the clock. Cron times are UTC: 18:20 there is 01:20 in Thailand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from procrastinate.contrib.django import app

from sala.identity.accounts import bereaved, tidying


@app.periodic(cron="20 18 * * *")
@app.task(name="accounts.tidy", queueing_lock="accounts.tidy")
def tidy(timestamp: int) -> None:
    """Every night."""
    tidying.tidy()


@app.task(name="accounts.person_died")
def person_died(payload: dict[str, Any]) -> None:
    """Hearer of `person.died`."""
    bereaved.hear("died", UUID(payload["account"]))


@app.task(name="accounts.person_renounced")
def person_renounced(payload: dict[str, Any]) -> None:
    """Hearer of `person.renounced`."""
    bereaved.hear("renounced", UUID(payload["account"]))


@app.task(name="accounts.person_restored")
def person_restored(payload: dict[str, Any]) -> None:
    """Hearer of `person.restored`."""
    bereaved.hear("restored", UUID(payload["account"]))
