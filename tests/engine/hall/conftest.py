"""An immigration office on a Monday at ten, with two counters and people who booked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from sala.engine.appointments.models import Booking, Schedule, Visit
from sala.engine.hall import arrivals, counters
from sala.engine.hall.models import Ticket
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Office
from sala.kit import clock
from sala.kit.ids import new_reference, uuid7
from tests.factories import actor_for, make_officer

TEN = datetime(2026, 11, 23, 3, tzinfo=UTC)  # 10:00 in Thailand
SERVICE, OTHER = "extension-of-stay", "re-entry-permit"
_NUMBER = count(1)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@dataclass
class Hall:
    """An office and what happens in it."""

    office: Office
    manager: Actor
    accounts: list[Account] = field(default_factory=list)

    def officer(self, **given: object) -> Actor:
        account = make_officer(self.office, **given)  # type: ignore[arg-type]
        self.accounts.append(account)
        return actor_for(account)

    def counter(self, name: str, *services: str) -> int:
        return counters.define(office=self.office.id, name=name, services=services, by=self.manager)

    def open(self, name: str, *services: str) -> tuple[int, Actor]:
        """A counter with an officer at it."""
        officer = self.officer()
        counter = self.counter(name, *services)
        counters.sit(counter=counter, by=officer)
        return counter, officer

    def booked(self, at: float = 0, *, service: str = SERVICE, people: int = 1, office: Office | None = None) -> Visit:
        """A visit booked for so many minutes after ten."""
        office = office or self.office
        schedule = Schedule.objects.get(office=office, service=service)
        number = next(_NUMBER)
        visit = Visit.objects.create(
            reference=new_reference("EXT"),
            schedule=schedule,
            office=office,
            service=service,
            starts_at=TEN + minutes(at),
            ends_at=TEN + minutes(at + 15),
            people=people,
            name=f"Visitor {number}",
            email=f"visitor{number}@example.org",
            language="en",
            channel="web",
            booked_at=TEN - timedelta(days=3),
        )
        for person in range(people):
            Booking.objects.create(
                visit=visit, service=service, person=f"{number}.{person}", name=f"Visitor {number}.{person}"
            )
        return visit

    def check_in(self, visit: Visit, by: Actor | None = None) -> Ticket:
        return arrivals.check_in(office=self.office.id, code=visit.reference, by=by or self.manager).ticket

    def walk_in(self, *, service: str = SERVICE, once: UUID | None = None, people: int = 1) -> Ticket:
        return arrivals.walk_in(
            office=self.office.id, service=service, people=people, language="th", by=self.manager, once=once or uuid7()
        )


def make_schedules(office: Office) -> None:
    for service, letter, takes in ((SERVICE, "A", 15), (OTHER, "B", 10)):
        Schedule.objects.get_or_create(
            office=office,
            service=service,
            defaults={
                "minutes": takes,
                "counters": 2,
                "lead_minutes": 120,
                "horizon_days": 30,
                "letter": letter,
            },
        )


@pytest.fixture
def ten() -> Iterator[datetime]:
    """It is ten o'clock."""
    with clock.frozen(TEN):
        yield TEN


@pytest.fixture
def hall(offices: dict[int, int], ten: datetime) -> Hall:
    """The hall of Bangkok's immigration office. Its senior checks people in and sets counters up."""
    office = Office.objects.get(id=offices[10])
    make_schedules(office)
    return Hall(office, actor_for(make_officer(office, "senior")))


@pytest.fixture
def later() -> Iterator[Callable[[float], None]]:
    """Lets minutes pass: `later(5)` is five past ten."""
    import contextlib

    with contextlib.ExitStack() as stack:
        yield lambda after: stack.enter_context(clock.frozen(TEN + minutes(after)))
