"""Jobs of the drafts: filing those whose day has come, forgetting the old ones."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from procrastinate.contrib.django import app

from sala.engine.drafts import sending, services

BATCH = 50


@app.periodic(cron="*/10 * * * *")
@app.task(name="drafts.file_due", queueing_lock="drafts.file_due")
def file_due(timestamp: int) -> None:
    """Every ten minutes, so from the first minutes of the day in Thailand: what was agreed to be filed today."""
    while sending.file_due(BATCH):
        pass


@app.periodic(cron="40 20 * * *")
@app.task(name="drafts.sweep", queueing_lock="drafts.sweep")
def sweep(timestamp: int) -> None:
    """Every night (03:40 in Thailand): drafts untouched for 90 days go, with their files."""
    while services.sweep():
        pass


@app.task(name="drafts.forget_account")
def forget_account(payload: dict[str, Any]) -> None:
    """Hearer of `account.closed`."""
    services.forget_account(UUID(payload["account"]))
