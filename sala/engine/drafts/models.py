"""What is being filled in."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from sala.kit.ids import uuid7


class Draft(models.Model):
    """What an applicant has typed so far; private to them, free to change, gone after 90 days untouched.

    `content` keeps what was typed and is not right yet beside the right values, so that nothing is lost by being
    wrong; its shape is `content.Content`. It is emptied once everything is filed: the cases are the truth then.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.ForeignKey("accounts.Account", models.CASCADE, null=True)
    service = models.SlugField()
    version = models.ForeignKey("catalogue.ServiceVersion", models.PROTECT)
    content = models.JSONField(default=dict)
    title = models.TextField(default="", help_text="whom it is about, as far as known")
    language = models.CharField(max_length=2, default="th")
    file_on = models.DateField(null=True, help_text="with the applicant's consent, file by itself on this day")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    filed_at = models.DateTimeField(null=True, help_text="when cases were first made of it (their group is the id)")
    submitted_at = models.DateTimeField(
        null=True, help_text="when nothing was left; kept a while so that a repeated submission finds its cases"
    )

    class Meta:
        indexes = [
            models.Index(fields=["account", "-updated_at"], name="draft_of_account"),
            models.Index(
                fields=["file_on"], condition=Q(file_on__isnull=False, submitted_at=None), name="draft_to_file"
            ),
            models.Index(fields=["updated_at"], name="draft_age"),
        ]
