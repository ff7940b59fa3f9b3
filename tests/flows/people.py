"""Who is in the journeys, and the service that they meet at."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sala.engine.catalogue import queries as catalogue
from sala.identity.accounts.actor import system
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Office
from sala.kit import clock
from sala.services.immigration import declarations
from sala.services.immigration.models import ImmigrationRecord
from tests.factories import make_account, make_officer

SAMUT_SAKHON, BANGKOK = 74, 10


@pytest.fixture
def tm47(offices: dict[int, int]) -> dict[int, int]:
    """The 90-day report, published; the immigration offices by province."""
    declarations.publish_all(by=system("tests"))
    catalogue.forget()
    return offices


@pytest.fixture
def maria(db: None) -> Account:
    """A foreigner with an account."""
    return make_account("maria@example.org", given_name="Maria", surname="Santos", phone="+66812345678")


@pytest.fixture
def officer(tm47: dict[int, int]) -> Account:
    """An immigration officer of Samut Sakhon."""
    office = Office.objects.get(id=tm47[SAMUT_SAKHON])
    return make_officer(office, given_name="Kanya", surname="Srisuk", language="th")


def days_ago(count: int) -> date:
    return clock.today() - timedelta(days=count)


def on_record(arrived: date, **given: object) -> ImmigrationRecord:
    """What the register knows of Maria."""
    fields = {
        "passport_no": "P1234567A",
        "nationality": "PHL",
        "given_name": "MARIA",
        "surname": "SANTOS",
        "birth_date": date(1990, 5, 17),
        "arrived_on": arrived,
        "permitted_until": arrived + timedelta(days=364),
    }
    return ImmigrationRecord.objects.create(**(fields | given))
