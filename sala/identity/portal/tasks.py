"""What the portal does by the clock. Cron times are UTC."""

from __future__ import annotations

from procrastinate.contrib.django import app

from sala.identity.portal import services


@app.periodic(cron="11 * * * *")
@app.task(name="portal.tidy", queueing_lock="portal.tidy")
def tidy(timestamp: int) -> None:
    """Every hour."""
    services.tidy()
