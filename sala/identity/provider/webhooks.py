"""A relying party's address for messages, its secret, and what was sent there: as its people set and see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sala.identity.provider import webhook_secrets
from sala.identity.provider.models import Webhook, WebhookMessage
from sala.kit import audit, clock
from sala.kit.errors import NotFound
from sala.kit.ids import uuid7

TEST = "webhook.test"
OLD_SECRET = timedelta(days=1)
"""For how long the secret before signs too: time to put the new one everywhere."""
NEWEST = 50


@dataclass(frozen=True, slots=True)
class Placed:
    """The address and how it stands; `before_until`: until then the secret before signs too."""

    url: str
    made_at: datetime
    failing_since: datetime | None
    paused_until: datetime | None
    before_until: datetime | None


@dataclass(frozen=True, slots=True)
class Sent:
    """One message. `state`: heard, waiting (not tried yet), failing (tried, and tried again `next_at`), given_up."""

    id: UUID
    name: str
    type: str
    claims: tuple[str, ...]
    made_at: datetime
    heard_at: datetime | None
    next_at: datetime | None
    tries: int
    fault: str

    @property
    def state(self) -> str:
        if self.heard_at:
            return "heard"
        if self.next_at is None:
            return "given_up"
        return "failing" if self.fault else "waiting"


def of(client_id: str) -> Placed | None:
    """Where the client wants to hear of changes; None if nowhere."""
    row = Webhook.objects.filter(client_id=client_id).first()
    if row is None:
        return None
    before = row.before_until if row.before_until and row.before_until > clock.now() else None
    return Placed(row.url, row.made_at, row.failing_since, row.paused_until, before)


def place(*, client_id: str, url: str, by: str) -> str | None:
    """The client hears at this address from now on: its secret where it is new, which is shown this once.

    Another address than before starts afresh: it is asked at once what is due.
    """
    secret = webhook_secrets.make()
    fresh = {"sealed": webhook_secrets.seal(secret, client=client_id), "made_at": clock.now()}
    with transaction.atomic():
        row, made = Webhook.objects.select_for_update().get_or_create(
            client_id=client_id, defaults={"url": url, **fresh}
        )
        if not made and row.url == url:
            return None
        if not made:
            row.url, row.failures, row.failing_since, row.paused_until, row.dead_told_at = url, 0, None, None, None
            row.save()
        audit.record(by, "provider.webhook_placed", f"client:{client_id}", {"url": url})
    return webhook_secrets.shown(secret) if made else None


def rotate(*, client_id: str, by: str) -> str:
    """Another secret, shown this once; the one before signs too for a day. Raises NotFound."""
    secret = webhook_secrets.make()
    with transaction.atomic():
        row = _locked(client_id)
        row.sealed_before, row.before_until = row.sealed, clock.now() + OLD_SECRET
        row.sealed = webhook_secrets.seal(secret, client=client_id)
        row.save(update_fields=["sealed", "sealed_before", "before_until"])
        audit.record(by, "provider.webhook_secret", f"client:{client_id}")
    return webhook_secrets.shown(secret)


def stop(*, client_id: str, by: str) -> None:
    """The client hears of nothing any more; what waited is given up. May be repeated."""
    with transaction.atomic():
        if Webhook.objects.filter(client_id=client_id).delete()[0]:
            waiting = WebhookMessage.objects.filter(client_id=client_id, next_at__isnull=False)
            waiting.update(next_at=None, fault="the address was taken away")
            audit.record(by, "provider.webhook_stopped", f"client:{client_id}")


def test(*, client_id: str, by: str) -> UUID:
    """A message that says nothing but that it arrived, for the caller to send. Raises NotFound."""
    with transaction.atomic():
        _locked(client_id)
        now, number = clock.now(), uuid7()
        WebhookMessage.objects.create(
            id=number, client_id=client_id, key=f"{TEST}:{number}", type=TEST, made_at=now, next_at=now
        )
        audit.record(by, "provider.webhook_tested", f"client:{client_id}")
    return number


def repeat(*, client_id: str, message: UUID, by: str) -> None:
    """A message that was not heard is due once more, with the same name and words. Raises NotFound."""
    with transaction.atomic():
        _locked(client_id)
        own = WebhookMessage.objects.filter(id=message, client_id=client_id)
        if not own.exists():
            raise NotFound
        own.filter(heard_at=None).update(next_at=clock.now())
        audit.record(by, "provider.webhook_repeated", f"client:{client_id}", {"message": str(message)})


def sent(client_id: str, *, limit: int = NEWEST) -> list[Sent]:
    """The newest messages of a client."""
    rows = WebhookMessage.objects.filter(client_id=client_id).order_by("-made_at", "-id")[:limit]
    return [
        Sent(
            row.id, webhook_secrets.name(row.id), row.type, tuple(row.claims), row.made_at, row.heard_at, row.next_at,
            row.tries, row.fault,
        )
        for row in rows
    ]  # fmt: skip


def _locked(client_id: str) -> Webhook:
    row = Webhook.objects.select_for_update().filter(client_id=client_id).first()
    if row is None:
        raise NotFound
    return row
