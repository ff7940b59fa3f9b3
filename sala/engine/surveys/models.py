"""How people found it (R-001.44, .45)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Answer(models.Model):
    """One survey answer: 1 (very dissatisfied) … 5 (very satisfied). 4 and 5 count as satisfied."""

    case_reference = models.TextField(unique=True)
    service = models.SlugField()
    office = models.ForeignKey("directory.Office", models.PROTECT)
    score = models.SmallIntegerField()
    comment = models.TextField(default="")
    answered_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="survey_score_range")]
