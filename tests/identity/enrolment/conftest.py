"""An office and an officer at it, with keys of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client, override_settings

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.directory.queries import OfficeCard
from tests.factories import actor_for, client_in_english, make_officer
from tests.identity.enrolment.office import office_card, registration_office


@pytest.fixture
def register_keys(tmp_path: Path) -> Iterator[Path]:
    """The register's key file, not there yet."""
    where = tmp_path / "register.keys"
    with override_settings(REGISTER_KEYS=str(where)):
        yield where


@pytest.fixture
def office(offices: dict[int, int]) -> OfficeCard:
    return office_card(registration_office())


@pytest.fixture
def officer(office: OfficeCard) -> Account:
    return make_officer(registration_office())


@pytest.fixture
def by(officer: Account) -> Actor:
    return actor_for(officer)


@pytest.fixture
def desk(officer: Account) -> Client:
    return client_in_english(officer)
