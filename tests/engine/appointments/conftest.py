"""A service given in person, an office with places, people who come. Monday morning, 23 November 2026."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from sala.engine.appointments import booking, holding
from sala.engine.appointments.booking import Booked
from sala.engine.appointments.holding import Held
from sala.engine.appointments.models import Place, Schedule
from sala.engine.catalogue import checking
from sala.engine.catalogue import services as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor, system
from sala.identity.directory.models import Office
from sala.kit import clock, sql
from tests.factories import actor_for, make_account, make_officer

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""Tuesday, nine in the morning in Thailand."""
TEN = NINE + timedelta(hours=1)
BANGKOK, SAMUT_SAKHON = 10, 74
SYSTEM = system("tests")

Book = Callable[..., Booked]
Hold = Callable[..., Held]


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
def service(offices: dict[int, int]) -> Loaded:
    text = Path(__file__).with_name("visit.yaml").read_text()
    return catalogue.publish(checking.load_text(text), by=system("tests"))


def make_schedule(office: int, **given: Any) -> int:
    fields = {
        "service": "test-visit", "minutes": 30, "counters": 3, "lead_minutes": 120, "horizon_days": 30,
    }  # fmt: skip
    return int(Schedule.objects.create(office_id=office, **(fields | given)).id)


@pytest.fixture
def schedule(service: Loaded, offices: dict[int, int]) -> int:
    """The service at the office of Bangkok. It has no places yet."""
    return make_schedule(offices[BANGKOK])


@pytest.fixture
def elsewhere(service: Loaded, offices: dict[int, int]) -> int:
    """The service at the office of Samut Sakhon."""
    return make_schedule(offices[SAMUT_SAKHON])


def make_places(schedule: int, starts_at: datetime = NINE, many: int = 3, **given: Any) -> list[int]:
    """Places of one time, open to everybody."""
    fields = {"opens_at": NOW - timedelta(days=1)} | given
    rows = [Place(schedule_id=schedule, starts_at=starts_at, number=number, **fields) for number in range(1, many + 1)]
    return [row.id for row in Place.objects.bulk_create(rows)]


def answers_of(number: int = 1, email: str = "somchai@example.org") -> dict[str, Any]:
    """A person's answers; each number is somebody else."""
    return {
        "person": {"name": f"Somchai {'ABCDEFGHIJ'[number % 10]}", "passport": f"AB{number:06}"},
        "contact": {"email": email},
    }


@pytest.fixture
def visitor(db: None) -> Actor:
    return actor_for(make_account("somchai@example.org"))


@pytest.fixture
def hold(schedule: int) -> Hold:
    """Hold a place at nine for one person, or as given."""

    def held(**given: Any) -> Held:
        return holding.hold(**({"schedule": schedule, "starts_at": NINE} | given))

    return held


@pytest.fixture
def statements(db: None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The prepared statements sent, one a round trip."""
    sent: list[str] = []
    real = sql._execute  # noqa: SLF001 - the one door

    def counted(statement: str, parameters: Any) -> Any:
        sent.append(statement)
        return real(statement, parameters)

    monkeypatch.setattr(sql, "_execute", counted)
    return sent


@pytest.fixture
def book(service: Loaded, schedule: int, visitor: Actor) -> Book:
    """Book at nine for one person, or as given. `people` numbers those who come."""

    def booked(*, people: tuple[int, ...] = (1,), **given: Any) -> Booked:
        chosen = {
            "service": service, "schedule": schedule, "starts_at": NINE,
            "answers": [answers_of(number) for number in people], "by": visitor, "language": "en", "channel": "web",
        }  # fmt: skip
        return booking.book(**(chosen | given))

    return booked


@pytest.fixture
def officer_at(offices: dict[int, int]) -> Callable[..., Actor]:
    def made(province: int = BANGKOK, role: str = "officer") -> Actor:
        return actor_for(make_officer(Office.objects.get(id=offices[province]), role))

    return made


def holder() -> UUID:
    """A draft's id."""
    return uuid4()


def taken(schedule: int, starts_at: datetime = NINE) -> list[UUID | None]:
    """By whom each place of a time is taken, in the order of their numbers."""
    rows = Place.objects.filter(schedule_id=schedule, starts_at=starts_at).order_by("number")
    return list(rows.values_list("taken_by", flat=True))


def told(topic: str) -> list[dict[str, Any]]:
    """What was told of a topic, in order."""
    rows = sql.fetch_all("select payload from kit_outboxevent where topic = %s order by id", [topic])
    return [msgspec.json.decode(row[0]) if isinstance(row[0], str) else row[0] for row in rows]
