"""Places for appointments from the command line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from sala.engine.appointments.models import Closure, Place, Schedule
from sala.web.cli import main
from tests.engine.appointments.conftest import BANGKOK, NINE, _still, book, schedule, service, visitor
from tests.engine.appointments.test_extend import open_at

__all__ = ["_still", "book", "schedule", "service", "visitor"]
pytestmark = pytest.mark.django_db
CLOSE = (
    "appointments", "close", "--from", "2026-11-24", "--until", "2026-11-24T12:00", "--reason-th", "ไว้อาลัย",
    "--reason-en", "Mourning",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://set/by-the-tests")


def sala(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=typed)


def test_places_are_made_to_the_horizon(schedule: int, offices: dict[int, int]) -> None:
    open_at(offices[BANGKOK])
    result = sala("appointments", "extend", "--service", "test-visit")
    assert result.exit_code == 0, result.output
    assert f"{Place.objects.count():,} places made at 1 offices." in result.output
    assert Place.objects.exists()


def test_a_service_begins_at_an_office_or_at_all(schedule: int, offices: dict[int, int]) -> None:
    result = sala("appointments", "open", "--service", "test-visit", "--office", "immigration-samut-sakhon")
    assert "1 offices begin" in result.output
    result = sala("appointments", "open", "--service", "test-visit")
    assert "75 offices begin" in result.output
    assert Schedule.objects.filter(service="test-visit").count() == 77


def test_every_office_is_closed_after_a_question(schedule: int, offices: dict[int, int]) -> None:
    open_at(offices[BANGKOK])
    sala("appointments", "extend")
    asked = sala(*CLOSE, typed="n\n")
    assert "EVERY office: 0 visits of 0 people lose their time, 21 free places go." in asked.output
    assert not Closure.objects.exists()
    assert sala(*CLOSE, typed="y\n").exit_code == 0
    closure = Closure.objects.get()
    assert (closure.office_id, closure.ends_at) == (None, NINE + timedelta(hours=3))
    assert not Place.objects.filter(starts_at=NINE).exists()


def test_what_makes_no_sense_is_said_in_words(schedule: int) -> None:
    result = sala(*CLOSE[:-1], " ")
    assert result.exit_code == 1
    assert "reason_en: Enter the reason" in result.output
    assert "There is no office nowhere" in sala(*CLOSE, "--office", "nowhere").output
