"""Copies of somebody's data while they can be saved, and what was told not to have been them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sala.kit.ids import uuid7


class Copy(models.Model):
    """All that is held about a person, as it was when it was made; gone after a day."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="+")
    language = models.CharField(max_length=2)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, help_text="none: it waits to be made")
    expires_at = models.DateTimeField(null=True, db_index=True)
    json = models.BinaryField(null=True)
    pdf = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-id"], name="copy_of_account")]
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(made_at=None), name="one_copy_in_the_making"),
            models.CheckConstraint(
                name="copy_whole",
                condition=Q(made_at=None, expires_at=None, json=None, pdf=None)
                | Q(made_at__isnull=False, expires_at__isnull=False, json__isnull=False, pdf__isnull=False),
            ),
        ]


class Report(models.Model):
    """“This was not me”: what, since when, and what the officers of the department did about it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="+")
    about = models.TextField(help_text="session, look, approval, or the kind of a letter")
    detail = models.JSONField(default=dict, help_text="numbers of what was disowned; nothing personal")
    since = models.DateTimeField(help_text="when a stranger may first have been in the account")
    reported_at = models.DateTimeField()
    by_letter = models.BooleanField(help_text="reported by the link from a letter, not from a session")
    handled_at = models.DateTimeField(null=True)
    handled_by = models.TextField(default="", help_text="account:<id>")
    remark = models.TextField(default="", help_text="what was found and done")

    class Meta:
        indexes = [
            models.Index(fields=["reported_at"], condition=Q(handled_at=None), name="report_waiting"),
            models.Index(fields=["-handled_at"], condition=Q(handled_at__isnull=False), name="report_handled"),
            models.Index(fields=["account", "-id"], name="report_of_account"),
        ]
        constraints = [
            models.CheckConstraint(
                name="report_handled_by_somebody",
                condition=Q(handled_at=None, handled_by="") | (Q(handled_at__isnull=False) & ~Q(handled_by="")),
            )
        ]
