"""Fixtures of places: areas and offices, which are in a test database from the start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sala.identity.directory import queries, services
from sala.services.immigration.offices import AGENCY, KIND, load_offices


def load() -> None:
    """Put areas, agencies and the immigration offices into the database."""
    services.load_areas()
    services.load_agencies()
    load_offices()


@pytest.fixture
def offices(db: None) -> Iterator[dict[int, int]]:
    """Areas, agencies and the immigration offices: the office's id by province code (10 Bangkok, 74 Samut Sakhon …)."""
    queries.forget_offices()
    yield {place.code: queries.office_for(KIND, place.code) or 0 for place in queries.provinces()}
    queries.forget_offices()


@pytest.fixture
def immigration_bureau(offices: dict[int, int]) -> str:
    """The slug of the agency."""
    return AGENCY
