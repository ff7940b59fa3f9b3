"""Coarse counters that read the same at ten thousand and ten million cases.

Writers append a `Delta` in their own transaction (a shared counter row would make them
queue for it); a background fold adds deltas into `Counter`; a read is counter + unfolded deltas.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Counter(models.Model):
    """`value` of `measure` for one service and office over one span of time that begins on `day`.

    The fold keeps each figure three times, so that a year is read from twelve rows and not from 365.
    """

    class Span(models.TextChoices):
        DAY = "day"
        MONTH = "month"
        ALL = "all"

    pk = models.CompositePrimaryKey("service", "office", "span", "day", "measure")
    service = models.SlugField()
    office = models.IntegerField()
    span = models.TextField(choices=Span)
    day = models.DateField(help_text="the day, the first of the month, or 2000-01-01 for all")
    measure = models.TextField()
    value = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["office", "span", "day"], name="counter_office_span")]


class Delta(models.Model):
    """A change not yet folded."""

    id = models.BigAutoField(primary_key=True)
    service = models.SlugField()
    office = models.IntegerField()
    day = models.DateField()
    measure = models.TextField(help_text="filed, late, decided, in_time, approved, …, minutes:<bucket>, score:<n>")
    value = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
