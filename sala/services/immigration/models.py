"""Stand-ins for the bureau's registers: filled by import, replaceable by the bureau's own service (registers.py)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class ImmigrationRecord(models.Model):
    """One foreigner's latest entry and permission to stay, by passport."""

    passport_no = models.TextField()
    nationality = models.CharField(max_length=3, help_text="ISO 3166-1 alpha-3")
    given_name = models.TextField()
    surname = models.TextField(default="", help_text="empty where the passport has none")
    birth_date = models.DateField()
    arrived_on = models.DateField()
    arrival_card_no = models.TextField(default="")
    permitted_until = models.DateField()
    last_report_on = models.DateField(null=True)
    imported_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["nationality", "passport_no"], name="record_once"),
            models.CheckConstraint(
                condition=Q(birth_date__lte=models.F("arrived_on")), name="record_born_before_arrival"
            ),
        ]


class Warrant(models.Model):
    """An arrest warrant, by name and birth date, with passport where known."""

    number = models.TextField(unique=True)
    passport_no = models.TextField(default="")
    nationality = models.CharField(max_length=3, default="")
    given_name = models.TextField()
    surname = models.TextField(default="")
    name_key = models.TextField(help_text="rules.name_key of the name: what it is looked up by")
    birth_date = models.DateField(null=True)
    issued_on = models.DateField()
    withdrawn_on = models.DateField(null=True)
    imported_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["passport_no"], condition=~Q(passport_no=""), name="warrant_passport"),
            models.Index(fields=["name_key"], name="warrant_name"),
        ]
