"""Letters to applicants and what became of them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from sala.kit.ids import uuid7


class Message(models.Model):
    """One e-mail. Its state is shown on the case; a bounce never loses the result, which is on the web too."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        RETRYING = "retrying"
        BOUNCED = "bounced"

    id = models.UUIDField(primary_key=True, default=uuid7)
    key = models.TextField(unique=True, help_text="what it is about, so that a repeated event sends nothing twice")
    case_reference = models.TextField(default="", db_index=True)
    kind = models.TextField(help_text="template name")
    to = models.TextField()
    language = models.CharField(max_length=2)
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField()
    calendar = models.TextField(default="", help_text="iCalendar attachment")
    state = models.TextField(choices=State, default=State.QUEUED)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
