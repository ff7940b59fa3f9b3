"""What the provider does by the clock and when an account closes. Cron times are UTC."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from procrastinate.contrib.django import app

from sala.identity.provider import services


@app.periodic(cron="7 * * * *")
@app.task(name="provider.tidy", queueing_lock="provider.tidy")
def tidy(timestamp: int) -> None:
    """Every hour."""
    services.tidy()


@app.task(name="provider.forget_account")
def forget_account(payload: dict[str, Any]) -> None:
    """Hearer of `account.closed`."""
    services.forget_account(UUID(payload["account"]))
