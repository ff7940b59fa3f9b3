"""Jobs of the post room."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from sala.engine.messages import delivery, of_console, of_enrolment, services

LOCK = "messages.deliver"


@app.task(name="messages.deliver", queueing_lock=LOCK)
def deliver() -> None:
    """Send what is due; asks for another round where more waits."""
    if delivery.deliver_due().more:
        wake()


@app.periodic(cron="* * * * *")
@app.task(name="messages.tick", queueing_lock="messages.tick")
def tick(timestamp: int) -> None:
    """Every minute: retries that are due, and letters whose wake-up was lost with its worker."""
    deliver()


@app.periodic(cron="20 20 * * *")
@app.task(name="messages.tidy", queueing_lock="messages.tidy")
def tidy(timestamp: int) -> None:
    """Every night: the demo's mailbox keeps 30 days."""
    services.forget_demo_mail()


@app.task(name="messages.account_letter")
def account_letter(payload: dict[str, Any]) -> None:
    """Hearer of `account.letter`."""
    services.send_account_letter(payload)


@app.task(name="messages.console_letter")
def console_letter(payload: dict[str, Any]) -> None:
    """Hearer of `console.letter`."""
    of_console.send(payload)


@app.task(name="messages.enrolment_letter")
def enrolment_letter(payload: dict[str, Any]) -> None:
    """Hearer of `enrolment.letter`."""
    of_enrolment.send(payload)


@app.task(name="messages.wallet_letter")
def wallet_letter(payload: dict[str, Any]) -> None:
    """Hearer of `wallet.letter` and `approval.asked`."""
    services.send_wallet_letter(payload)


def wake() -> None:
    """Ask for a round of delivery now; one that waits already will do."""
    try:
        with transaction.atomic():
            deliver.defer()
    except AlreadyEnqueued:
        return
