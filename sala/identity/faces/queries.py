"""What is kept of faces, and what was compared."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sala.identity.faces.models import Comparison, FaceTemplate
from sala.kit import sql

_COUNTS = """
SELECT engine, count(*) FILTER (WHERE broken_at IS NULL), count(broken_at) FROM faces_facetemplate
GROUP BY engine ORDER BY engine"""


class Compared(NamedTuple):
    """One comparison. `likeness` is None where there was nothing to compare, or no face; with everybody also where
    nobody was like. `engine` is empty where nothing could be compared at all."""

    id: int
    at: datetime
    kind: str
    purpose: str
    actor: str
    likeness: float | None
    threshold: float
    engine: str


class Kept(NamedTuple):
    """A template that is kept of somebody, as others may know of it. `source`: photograph or enrolment."""

    engine: str
    made_at: datetime
    source: str


class Counts(NamedTuple):
    """Templates of one engine, and how many of its rows do not open."""

    engine: str
    kept: int
    broken: int


def looks_at(person: int, limit: int | None = None) -> list[Compared]:
    """With whom-ever's picture a person's face was compared, the newest first."""
    rows = Comparison.objects.filter(person_id=person).order_by("-at", "-id")[:limit]
    return [Compared(*row) for row in rows.values_list(*Compared._fields)]


def looks_count(person: int) -> int:
    return Comparison.objects.filter(person_id=person).count()


def kept(person: int) -> list[Kept]:
    """Which templates are kept of a person."""
    rows = FaceTemplate.objects.filter(person_id=person).order_by("engine")
    return [Kept(*row) for row in rows.values_list(*Kept._fields)]


def counts() -> list[Counts]:
    """How many templates there are, by engine. It reads the whole table."""
    return [Counts(*row) for row in sql.fetch_all(_COUNTS)]


def broken() -> int:
    """How many rows do not open; each was told when it was found. It costs what these are, not what there is."""
    return FaceTemplate.objects.filter(broken_at__isnull=False).count()
