"""How people found it (R-001.44, .45)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sala.kit.ids import uuid7


class Answer(models.Model):
    """One survey answer: 1 (very dissatisfied) … 5 (very satisfied). 4 and 5 count as satisfied.

    It does not say of which case: `case_key` only tells the same case from others, so that who reads
    comments does not read names beside them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    case_key = models.TextField(unique=True, help_text="a keyed digest of the case's number")
    service = models.SlugField(db_index=False)
    office = models.ForeignKey("directory.Office", models.PROTECT, db_index=False)
    score = models.SmallIntegerField()
    comment = models.TextField(default="")
    first_at = models.DateTimeField()
    answered_at = models.DateTimeField(help_text="of the last change, which counts")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="survey_score_range")]
        indexes = [models.Index(fields=["office", "-answered_at"], condition=~Q(comment=""), name="survey_comments")]
