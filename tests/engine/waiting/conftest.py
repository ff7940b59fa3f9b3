"""An office without a free place, and people who want one. Monday morning, 23 November 2026."""

# ruff: noqa: F811 - fixtures of the appointments, used by their names

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from sala.engine.appointments.models import Hours, Place, Schedule
from sala.engine.catalogue.loaded import Loaded
from sala.engine.messages.models import Message
from sala.engine.waiting import waitlist
from sala.engine.waiting.models import Offer, Waiting
from sala.engine.waiting.waitlist import Joined
from sala.identity.accounts.actor import Actor
from tests.engine.appointments.conftest import (  # noqa: F401 - fixtures
    NINE,
    NOW,
    TEN,
    _still,
    answers_of,
    book,
    make_places,
    make_schedule,
    officer_at,
    schedule,
    service,
    visitor,
)

Join = Callable[..., Joined]
HALF_DAY = timedelta(hours=12)
WEEK = timedelta(days=7)


def open_hours(schedule: int) -> None:
    """The office opens on weekdays from nine to eleven: four times of half an hour."""
    office = Schedule.objects.get(id=schedule).office_id
    Hours.objects.bulk_create(Hours(office_id=office, weekday=d, opens=time(9), closes=time(11)) for d in range(5))


@pytest.fixture
def join(service: Loaded, schedule: int, visitor: Actor) -> Join:
    """Join the list, one person unless given; each number is somebody else."""
    open_hours(schedule)

    def joined(*people: int, **given: Any) -> Joined:
        chosen = {
            "service": service, "schedule": schedule, "answers": [answers_of(number) for number in people or (1,)],
            "by": visitor, "language": "en",
        }  # fmt: skip
        return waitlist.join(**(chosen | given))

    return joined


def free(schedule: int, starts_at: datetime = NINE, many: int = 1, **given: Any) -> list[int]:
    """Places freed a moment ago: not open to everybody yet."""
    return make_places(schedule, starts_at, many, opens_at=NOW.replace(hour=2), **given)


def offer_of(joined: Joined) -> Offer:
    """The last offer to this turn."""
    return Offer.objects.filter(waiting=joined.id).latest("made_at", "id")


def offered_to(joined: Joined) -> bool:
    return Offer.objects.filter(waiting=joined.id, state="open").exists()


def state_of(joined: Joined) -> str:
    return Waiting.objects.get(id=joined.id).state


def letters_to(reference: str) -> list[str]:
    """The kinds of letters about this number, in order."""
    return list(
        Message.objects.filter(case_reference=reference).order_by("created_at", "id").values_list("kind", flat=True)
    )


def held_by(offer: Offer) -> list[datetime]:
    return list(Place.objects.filter(taken_by=offer.id).values_list("starts_at", flat=True))


def holder_of(place: int) -> UUID | None:
    return Place.objects.get(id=place).taken_by


__all__ = ["HALF_DAY", "NINE", "NOW", "TEN", "WEEK", "answers_of", "make_places", "make_schedule"]
