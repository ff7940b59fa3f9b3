"""What the wallet does for its events and by the clock. Cron times are UTC: 18:40 there is 01:40 in Thailand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from sala.identity.wallet import devices, tidying
from sala.kit import outgoing

# What waits, waits for five minutes: later nobody need be told.
_SOON = RetryStrategy(max_attempts=6, wait=5, linear_wait=10)


@app.task(name="wallet.push", queue=outgoing.QUEUE, retry=_SOON)
def push(payload: dict[str, Any]) -> None:
    """Hearer of `approval.asked`."""
    devices.tell(UUID(payload["approval"]))


@app.task(name="wallet.forget_account")
def forget_account(payload: dict[str, Any]) -> None:
    """Hearer of `account.closed`."""
    tidying.forget_account(UUID(payload["account"]))


@app.periodic(cron="40 18 * * *")
@app.task(name="wallet.tidy", queueing_lock="wallet.tidy")
def tidy(timestamp: int) -> None:
    """Every night."""
    tidying.tidy()
