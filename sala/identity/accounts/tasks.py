"""What accounts do by the clock. Cron times are UTC: 18:20 there is 01:20 in Thailand."""

from __future__ import annotations

from procrastinate.contrib.django import app

from sala.identity.accounts import tidying


@app.periodic(cron="20 18 * * *")
@app.task(name="accounts.tidy", queueing_lock="accounts.tidy")
def tidy(timestamp: int) -> None:
    """Every night."""
    tidying.tidy()
