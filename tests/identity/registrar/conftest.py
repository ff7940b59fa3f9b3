"""An office that keeps the register, and an officer at its desk."""

from __future__ import annotations

import pytest
from django.test import Client

from sala.identity.accounts.models import Account
from sala.identity.directory import queries as directory
from sala.identity.directory.models import Office
from tests.factories import client_in_english, make_office, make_officer


@pytest.fixture
def office(offices: dict[int, int]) -> Office:
    made = make_office("registration-7401", "registration-office", "provincial-administration")
    made.province = 74
    made.save()
    directory.forget_offices()
    return made


@pytest.fixture
def officer(office: Office) -> Account:
    return make_officer(office)


@pytest.fixture
def desk(officer: Account) -> Client:
    return client_in_english(officer)
