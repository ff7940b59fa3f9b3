"""What the console does in the background."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app

from sala.identity.console import hearing


@app.task(name="console.webhook_dead")
def webhook_dead(payload: dict[str, Any]) -> None:
    """Hearer of `provider.webhook_dead`: the managers are written that their program has not answered for a day."""
    with transaction.atomic():
        hearing.tell_dead(payload["client"])
