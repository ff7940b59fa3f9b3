"""Fixtures of places: areas and offices, loaded once a test database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from sala.identity.directory import queries, services
from sala.services.immigration.offices import AGENCY, KIND, load_offices


@pytest.fixture(scope="session")
def _places(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        _load()


@pytest.fixture
def offices(_places: None, db: None) -> Iterator[dict[int, int]]:
    """Areas, agencies and the immigration offices: the office's id by province code (10 Bangkok, 74 Samut Sakhon …).

    In place for the whole session; loaded again only after a transactional test has emptied the tables.
    """
    queries.forget_offices()
    if not queries.provinces() or not queries.offices_of_kind(KIND):
        _load()
    yield {place.code: queries.office_for(KIND, place.code) or 0 for place in queries.provinces()}
    queries.forget_offices()


@pytest.fixture
def immigration_bureau(offices: dict[int, int]) -> str:
    """The slug of the agency."""
    return AGENCY


def _load() -> None:
    services.load_areas()
    services.load_agencies()
    load_offices()
