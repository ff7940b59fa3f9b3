"""A service given in person: the case goes to the office of the visit, and its promise runs from the visit's end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sala.engine.cases.models import Case
from sala.engine.cases.routing import NeedsVisit
from sala.engine.catalogue import services as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import system
from sala.identity.directory import queries as directory
from sala.kit.errors import Invalid, NotFound
from tests.engine.cases.conftest import BANGKOK, NOW, SAMUT_SAKHON, File
from tests.engine.catalogue.samples import EMAIL, declaration
from tests.factories import make_office

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(offices: dict[int, int]) -> Loaded:
    visit = {"at": "immigration-office", "minutes": 20}
    whole = declaration(route=None, appointment=visit, sign_in="none")
    return catalogue.publish(whole, by=system("tests"))


@pytest.fixture
def given(trial: Loaded) -> dict[str, Any]:
    return {"service": trial, "answers": EMAIL}


@pytest.mark.requirement("R-001.57")
def test_the_office_is_the_one_that_the_visitor_chose(
    file: File, given: dict[str, Any], offices: dict[int, int]
) -> None:
    case = Case.objects.get(reference=file(**given, office=offices[BANGKOK]).reference)
    assert (case.office_id, case.area) == (offices[BANGKOK], BANGKOK)


def test_the_promise_runs_from_the_end_of_the_visit(file: File, given: dict[str, Any], offices: dict[int, int]) -> None:
    ends = NOW + timedelta(days=5)
    filed = file(**given, office=offices[SAMUT_SAKHON], promised_from=ends)
    assert (filed.submitted_at, filed.due_at) == (NOW, ends + timedelta(days=3))
    assert Case.objects.get().warn_at == ends + timedelta(days=2)


def test_without_a_visit_nothing_is_filed(file: File, given: dict[str, Any]) -> None:
    with pytest.raises(NeedsVisit):
        file(**given)
    assert not Case.objects.exists()


def test_an_office_that_does_not_give_the_service_is_refused(
    file: File, given: dict[str, Any], offices: dict[int, int]
) -> None:
    hospital = make_office("a-hospital", kind="hospital").id
    directory.forget_offices()
    with pytest.raises(Invalid) as refused:
        file(**given, office=hospital)
    assert [fault.field for fault in refused.value.faults] == ["office"]
    with pytest.raises(NotFound):
        file(**given, office=987_654)


def test_a_service_without_visits_takes_no_office(file: File, offices: dict[int, int]) -> None:
    with pytest.raises(Invalid):
        file(office=offices[BANGKOK])


def test_the_api_points_to_the_bookings(client: Client, trial: Loaded) -> None:
    answer = client.post("/api/v1/services/trial/cases", {"answers": EMAIL}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "needs_visit")
    assert answer.json()["bookings"].endswith("/api/v1/bookings")
    assert not Case.objects.exists()
