"""Messages on their way to relying parties: signed, tried for three days, and one party after the other.

A party's messages are sent by one job of its own, which ends after some seconds and comes again behind the others: so
who answers slowly keeps nobody else waiting. An address that fails rests, longer each time, and all its messages with
it: so a dead one costs one question a rest, however much there is to tell it.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import F

from sala.identity.provider import clients, tokens, webhook_secrets
from sala.identity.provider.models import Webhook, WebhookMessage
from sala.identity.provider.rules import Refusal
from sala.identity.provider.webhook_secrets import SecretLost
from sala.kit import clock, outbox, outgoing, sql
from sala.kit.outgoing import Unreachable

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WAITS = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
"""After each failed try of a message: three days and a few hours in all."""
LONGEST_REST = HOUR
"""Of an address: whoever mends it need not wait longer for what is due."""
DEAD_AFTER = timedelta(days=1)
KEPT = timedelta(days=30)
_TURN = 10.0  # seconds of one party's turn

_TAKE = """
UPDATE provider_webhookmessage SET tries = tries + 1, next_at = %(now)s + (%(waits)s::interval[])[least(tries + 1, 9)]
 WHERE id = (SELECT m.id FROM provider_webhookmessage m JOIN provider_webhook w USING (client_id)
              WHERE client_id = %(client)s AND m.next_at <= %(now)s
                AND (w.paused_until IS NULL OR w.paused_until <= %(now)s)
              ORDER BY m.next_at, m.id LIMIT 1 FOR UPDATE OF m SKIP LOCKED)
RETURNING id
"""
_DUE = """
SELECT DISTINCT client_id FROM provider_webhookmessage m
  JOIN provider_webhook w USING (client_id) JOIN provider_client c ON c.id = client_id AND c.closed_at IS NULL
 WHERE m.next_at <= %(now)s AND (w.paused_until IS NULL OR w.paused_until <= %(now)s)
"""
_HEARD = """
UPDATE provider_webhook SET failures = 0, failing_since = NULL, paused_until = NULL, dead_told_at = NULL
 WHERE client_id = %(client)s AND failures > 0
"""
_FAILED = """
UPDATE provider_webhook SET failures = failures + 1, failing_since = coalesce(failing_since, %(now)s),
       paused_until = %(now)s + least((%(waits)s::interval[])[least(failures + 1, 9)], %(longest)s)
 WHERE client_id = %(client)s RETURNING failing_since, dead_told_at
"""


def due() -> list[str]:
    """The clients to which something is to be told now."""
    return [client for (client,) in sql.fetch_all(_DUE, {"now": clock.now()})]


def turn(client_id: str) -> bool:
    """Tell one client what is due, for some seconds or until it fails; whether there is more for its next turn."""
    begun = time.monotonic()
    while time.monotonic() - begun < _TURN:
        taken = sql.fetch_one(_TAKE, {"client": client_id, "now": clock.now(), "waits": list(WAITS)})
        if taken is None:
            return False
        if not send(taken[0]):
            return False
    return True


def send_now(message_id: UUID) -> None:
    """Try one message at once, whatever its address rests: somebody asked for it."""
    unheard = WebhookMessage.objects.filter(id=message_id, heard_at=None)
    if unheard.update(next_at=clock.now() + MINUTE, tries=F("tries") + 1):
        send(message_id)


def send(message_id: UUID) -> bool:
    """Try one message; whether it was heard. What went wrong stands in its row."""
    message = WebhookMessage.objects.get(id=message_id)
    webhook = Webhook.objects.filter(client_id=message.client_id).first()
    if webhook is None or clients.party(message.client_id, anew=True) is None:
        return _give_up(message, "the client or its address is gone")
    fault = _ask(webhook, message)
    now = clock.now()
    if not fault:
        WebhookMessage.objects.filter(id=message.id).update(next_at=None, heard_at=now, fault="")
        sql.execute(_HEARD, {"client": message.client_id})
        tokens.note(message.client_id, "webhook", account_id=message.account_id, scopes=message.claims)
        return True
    over = now >= message.made_at + sum(WAITS, timedelta())
    _give_up(message, fault) if over else WebhookMessage.objects.filter(id=message.id).update(fault=fault)
    tokens.note(message.client_id, "webhook", refusal=Refusal("webhook_not_heard", fault))
    _rest(message.client_id, now)
    return False


def _give_up(message: WebhookMessage, fault: str) -> bool:
    WebhookMessage.objects.filter(id=message.id).update(next_at=None, fault=fault)
    return False


def _ask(webhook: Webhook, message: WebhookMessage) -> str:
    """What went wrong, for the party's own log; empty if nothing."""
    try:
        body, now = body_of(message), clock.now()
        headers = webhook_secrets.headers(message.id, now, body, _secrets(webhook, now))
        answer = outgoing.post_json(webhook.url, body, headers)
    except SecretLost:
        return "the secret cannot be opened any more: make a new one"
    except Unreachable as error:
        return f"the address could not be asked ({error})"
    return "" if 200 <= answer.status < 300 else f"the address answered {answer.status}, not 2xx"


def body_of(message: WebhookMessage) -> bytes:
    """What is sent: the same at each try."""
    data: dict[str, Any] = {"sub": message.subject, "claims": message.claims} if message.subject else {}
    at = message.made_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return msgspec.json.encode({"type": message.type, "timestamp": at, "data": data})


def _secrets(webhook: Webhook, now: datetime) -> list[bytes]:
    sealed = [bytes(webhook.sealed)]
    if webhook.sealed_before and webhook.before_until and webhook.before_until > now:
        sealed.append(bytes(webhook.sealed_before))
    return [webhook_secrets.unseal(one, client=webhook.client_id) for one in sealed]


def _rest(client_id: str, now: datetime) -> None:
    """The address rests; after a day of that its people are written, once."""
    row = sql.fetch_one(_FAILED, {"client": client_id, "now": now, "waits": list(WAITS), "longest": LONGEST_REST})
    if row and row[1] is None and now - row[0] >= DEAD_AFTER:
        told = Webhook.objects.filter(client_id=client_id, dead_told_at=None).update(dead_told_at=now)
        if told:
            outbox.emit("provider.webhook_dead", {"client": client_id})


def tidy() -> int:
    """Delete messages that are long past, heard or given up; how many."""
    return WebhookMessage.objects.filter(made_at__lt=clock.now() - KEPT, next_at=None).delete()[0]
