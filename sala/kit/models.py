"""Tables that know no domain: what must leave, what was done, what was answered, how often was tried."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class OutboxEvent(models.Model):
    """A past fact waiting to be told to its hearers; written in the transaction that made it true.

    The relay deletes it once every hearer's job is queued.
    """

    id = models.BigAutoField(primary_key=True)
    topic = models.TextField()
    payload = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())


class AuditEntry(models.Model):
    """Who did or looked at what, when. Append-only (a trigger refuses anything else but sealing).

    `number` and `hash` are filled by the sealer in the background: each hash covers
    the one before it, so a row taken out or altered later shows.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    actor = models.TextField(help_text="account:<id>, token:<id>, key:<reference> or system:<name>")
    action = models.TextField()
    subject = models.TextField(help_text="case:<reference>, account:<id>, service:<slug>, …")
    detail = models.JSONField(default=dict)
    number = models.BigIntegerField(null=True, unique=True)
    hash = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "id"], name="audit_subject"),
            models.Index(fields=["subject", "action", "id"], name="audit_deeds"),
            models.Index(fields=["id"], condition=models.Q(number__isnull=True), name="audit_unsealed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number__isnull=True, hash__isnull=True)
                | models.Q(number__isnull=False, hash__isnull=False),
                name="audit_sealed_whole",
            )
        ]


class IdempotencyKey(models.Model):
    """The answer given to a POST, so that its repetition gets the same one."""

    id = models.BigAutoField(primary_key=True)
    actor = models.TextField()
    key = models.TextField()
    fingerprint = models.BinaryField(help_text="SHA-256 of method, path and body")
    status = models.SmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="idempotency_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]


class RateCounter(models.Model):
    """How often `key` was tried within the window that begins at `window`."""

    pk = models.CompositePrimaryKey("key", "window")
    key = models.TextField()
    window = models.DateTimeField()
    count = models.IntegerField()
