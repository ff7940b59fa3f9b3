"""From the letter to the visit: with the real background, and what everybody else sees meanwhile."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sala.engine.appointments import availability, changing
from sala.engine.appointments.models import Visit
from sala.engine.cases.models import Case
from sala.engine.messages.models import Message
from sala.engine.waiting.tasks import tend
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from tests.background import settle
from tests.engine.waiting.conftest import HALF_DAY, NINE, NOW, WEEK, Join, make_places, state_of

pytestmark = pytest.mark.django_db


def link_in(letter: Message) -> str:
    found = re.search(r"http://[^/]+(/offers/\S+)", letter.text)
    assert found
    return found[1]


@pytest.mark.requirement("R-001.59")
def test_a_cancelled_place_goes_to_who_waits_and_to_nobody_else(
    join: Join, schedule: int, book: Any, visitor: Actor
) -> None:
    make_places(schedule, NINE + WEEK, 1)
    first = book(people=(8,), starts_at=NINE + WEEK)
    waits, next_ = join(1), join(2)
    changing.cancel(visit=first.visit_id, by=visitor)
    settle()
    assert (state_of(waits), state_of(next_)) == ("offered", "waiting")

    for later in (timedelta(0), timedelta(hours=2), HALF_DAY - timedelta(minutes=1)):
        with clock.frozen(NOW + later):
            assert availability.nearest(schedule, NOW, 1) == []
    with clock.frozen(NOW + HALF_DAY + timedelta(seconds=50)):
        # Not even between the end of the offer and the minute's task.
        assert availability.nearest(schedule, NOW, 1) == []
        tend(0)
        assert (state_of(waits), state_of(next_)) == ("waiting", "offered")
        letter = Message.objects.filter(kind="waiting_offer", case_reference=next_.reference).get()
        client = Client()
        page = client.get(link_in(letter), follow=True)
        assert page.status_code == 200
        client.post(page.request["PATH_INFO"], {"accept": "1"})
    settle()
    assert state_of(next_) == "booked"
    visit = Visit.objects.get(state="booked")
    assert visit.starts_at == NINE + WEEK
    case = Case.objects.exclude(state="withdrawn").get()
    assert case.applicant_name == "Somchai C"
    assert case.due_at > visit.ends_at
    assert Message.objects.filter(kind="visit_booked", case_reference=visit.reference).exists()
