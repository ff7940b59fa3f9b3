"""Reads about survey answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sala.engine.dashboards import queries as dashboards
from sala.engine.dashboards.rules import total
from sala.engine.surveys.models import Answer
from sala.engine.surveys.rules import Satisfaction
from sala.engine.surveys.services import Rated, key_of
from sala.kit.clock import THAILAND


def satisfaction(
    *, offices: Sequence[int], first: date, last: date, services: Sequence[str] | None = None
) -> Satisfaction:
    """The answers given at `offices` (ids) from `first` to `last`, days in Thailand, both included (R-001.45)."""
    lines = dashboards.figures(offices=offices, first=first, last=last, services=services)
    figures = total(line.figures for line in lines)
    return Satisfaction(satisfied=figures.satisfied, answered=figures.surveyed)


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote; not who."""

    service: str
    office: int
    score: int
    comment: str
    answered_at: datetime


def comments(*, offices: Sequence[int], first: date, last: date, limit: int = 100) -> list[Comment]:
    """The newest comments given at `offices` (ids) from `first` to `last`, both included."""
    begin, end = (datetime.combine(day, time(), THAILAND) for day in (first, last + timedelta(days=1)))
    rows = (
        Answer.objects.filter(office__in=list(offices), answered_at__gte=begin, answered_at__lt=end)
        .exclude(comment="")
        .order_by("-answered_at")
    )
    return [
        Comment(*row) for row in rows.values_list("service", "office_id", "score", "comment", "answered_at")[:limit]
    ]


def given(case: Rated) -> Answer | None:
    """The answer about a case, if there is one."""
    return Answer.objects.filter(case_key=key_of(case)).first()
