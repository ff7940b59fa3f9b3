"""What this room does in the background and by the clock. Cron times are UTC: 18:40 there is 01:40 in Thailand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from procrastinate.contrib.django import app

from sala.identity.mydata import exporting, renaming, reporting
from sala.identity.provider import looks


@app.task(name="mydata.make_copy")
def make_copy(payload: dict[str, Any]) -> None:
    """Hearer of `mydata.copy_asked`."""
    exporting.make(UUID(payload["copy"]))


@app.task(name="mydata.forget_account")
def forget_account(payload: dict[str, Any]) -> None:
    """Hearer of `account.closed`."""
    exporting.forget_account(UUID(payload["account"]))


@app.task(name="mydata.rename_account")
def rename_account(payload: dict[str, Any]) -> None:
    """Hearer of `person.changed`: the account bears the name that the register has now."""
    renaming.follow(payload)


@app.periodic(cron="40 * * * *")
@app.task(name="mydata.tidy_copies", queueing_lock="mydata.tidy_copies")
def tidy_copies(timestamp: int) -> None:
    """Every hour: copies whose day is over."""
    exporting.tidy()


@app.periodic(cron="40 18 * * *")
@app.task(name="mydata.tidy", queueing_lock="mydata.tidy")
def tidy(timestamp: int) -> None:
    """Every night: looks and reports that have been kept as long as the page says."""
    looks.forget()
    reporting.tidy()
