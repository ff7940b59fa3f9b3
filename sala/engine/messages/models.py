"""Letters and what became of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from sala.kit.ids import uuid7


class Message(models.Model):
    """One e-mail. Its state is shown on the case; a bounce never loses the result, which is on the web too.

    The row is the queue: whatever waits and is due is delivered, whether or not a job asked for it.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        RETRYING = "retrying"
        BOUNCED = "bounced"

    id = models.UUIDField(primary_key=True, default=uuid7)
    key = models.TextField(unique=True, help_text="what it is about, so that a repeated event sends nothing twice")
    case_reference = models.TextField(default="")
    kind = models.TextField(help_text="template name")
    to = models.TextField()
    language = models.CharField(max_length=2)
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField()
    calendar = models.TextField(default="", help_text="iCalendar attachment")
    code = models.TextField(default="", help_text="what the QR code attached to it says")
    unsubscribe = models.TextField(default="", help_text="address that stops letters of this sort, for reminders")
    secret = models.BooleanField(default=False, help_text="holds a one-time link: its words go once it was sent")
    state = models.TextField(choices=State, default=State.QUEUED)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["to"], name="message_to"),
            models.Index(fields=["case_reference", "id"], name="message_of_case", condition=~Q(case_reference="")),
            models.Index(
                fields=["next_attempt_at"], name="message_waiting", condition=Q(state__in=["queued", "retrying"])
            ),
        ]


class StoppedReminders(models.Model):
    """A case whose applicant asked for no more reminders, by the link in one of them."""

    case_reference = models.TextField(primary_key=True)
    stopped_at = models.DateTimeField(db_default=Now())


class DemoMail(models.Model):
    """A message as the demo's own mail server received it, to be read at /demo/mail."""

    id = models.BigAutoField(primary_key=True)
    raw = models.BinaryField()
    to = ArrayField(models.TextField())
    received_at = models.DateTimeField(db_default=Now())
