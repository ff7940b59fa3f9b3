"""Schemathesis plays with every operation: nothing fails (5xx), every answer is as the document says.

Bounded, and the same each time; `SALA_FUZZ=500` looks longer and elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks

from sala.engine.appointments import booking
from sala.engine.appointments.booking import Booked
from sala.engine.catalogue import checking
from sala.engine.catalogue import services as publishing
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import ANONYMOUS, system
from sala.identity.directory.models import Office
from sala.web import openapi
from sala.web.wsgi import application
from tests.engine.appointments.conftest import answers_of, make_places, make_schedule
from tests.engine.cases.conftest import NOW, SAMUT_SAKHON
from tests.factories import add_post, make_account
from tests.web.api.conftest import APPLICANT, OFFICER, token_of

EXAMPLES = int(os.environ.get("SALA_FUZZ", "12"))
# What a service asks is its own schema, which the document cannot hold: a body may fit the one and not the other.
AT = NOW + timedelta(days=2)
VISIT = Path(__file__).parents[2] / "engine" / "appointments" / "visit.yaml"
LEFT_OUT = {"positive_data_acceptance", "use_after_free", "ensure_resource_availability"}
"""Checks that know only the document; ours in test_cases.py know the services."""
load_all_checks()
EXCLUDED = [check for check in CHECKS.get_all() if check.__name__ in LEFT_OUT]

schema = schemathesis.openapi.from_dict(openapi.document())
schema.app = application


@pytest.fixture
def _one_transaction(filed: dict[str, Any]) -> Iterator[None]:
    """A request's end must not close the connection that the test's transaction is on.

    Django's test client sees to it itself, and puts the receivers back: so this comes after its last use.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def everything(
    db: None, _one_transaction: None, offices: dict[int, int], permit: Loaded, filed: dict[str, Any], settings: Any
) -> dict[str, str]:
    """A caller who may do all, and the things that exist: what the generator fills in."""
    settings.API_RATE = 1_000_000
    account = make_account(id=UUID(int=7))
    add_post(account, Office.objects.get(id=offices[SAMUT_SAKHON]), "senior")
    token = token_of(account.id, *APPLICANT, *OFFICER, "reports:read")
    visit = _visit(offices[SAMUT_SAKHON])
    return {
        "service": permit.slug, "reference": filed["reference"], "token": token, "key": filed["key"],
        "visit": visit.reference, "visit_key": visit.key,
    }  # fmt: skip


def _visit(office: int) -> Booked:
    """A visit to an office that gives a service in person, with places left."""
    service = publishing.publish(checking.load_text(VISIT.read_text()), by=system("tests"))
    schedule = make_schedule(office)
    make_places(schedule, AT, many=30)
    return booking.book(
        service=service, schedule=schedule, starts_at=AT, answers=[answers_of()], by=ANONYMOUS, language="en",
        channel="api",
    )  # fmt: skip


@schema.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 100,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.django_db
def test_nothing_breaks_and_every_answer_is_as_documented(case: Case, everything: dict[str, str]) -> None:
    booking_of = case.path.startswith("/bookings/")
    known = {"service": everything["service"], "reference": everything["visit" if booking_of else "reference"]}
    case.path_parameters |= {name: value for name, value in known.items() if case.path_parameters.get(name)}
    if booking_of and "key" in case.query:
        case.query["key"] = everything["visit_key"]
    _choose_what_exists(case)
    case.headers["Authorization"] = f"Bearer {everything['token']}"
    case.call_and_validate(excluded_checks=EXCLUDED)


def _choose_what_exists(case: Case) -> None:
    """A made-up service or office ends every answer at the door: name those there are, and leave the rest made up."""
    given = {"service": "test-visit", "office": "immigration-samut-sakhon"}
    for place in (case.query, case.body):
        if isinstance(place, dict) and case.path in {"/offices", "/slots", "/bookings"}:
            place.update({name: given[name] for name in given if isinstance(place.get(name), str)})
    if isinstance(case.body, dict) and isinstance(case.body.get("starts_at"), str):
        case.body["starts_at"] = AT.isoformat() if case.body.get("language") == "en" else case.body["starts_at"]
