"""What the clock does in the hall, and what it leaves to people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sala.engine.appointments import changing
from sala.engine.appointments.states import VisitState
from sala.engine.hall import calling, closing, counters
from sala.engine.hall.models import Counter, Display, Ticket
from sala.engine.hall.states import TicketState
from sala.kit import clock
from tests.background import settle
from tests.engine.hall.conftest import SERVICE, TEN, Hall

pytestmark = pytest.mark.django_db
TOMORROW = TEN + timedelta(days=1)
Later = Callable[[float], None]


def test_a_day_ends_with_its_tickets_and_says_of_nobody_that_they_stayed_away(hall: Hall) -> None:
    counter, officer = hall.open("1")
    visits = [hall.booked() for _ in range(3)]
    for visit in visits[:2]:
        hall.check_in(visit)
    calling.call_next(counter=counter, by=officer)
    assert closing.close_days() == 0
    with clock.frozen(TOMORROW):
        assert closing.close_days() == 2
        assert closing.close_days() == 0
        assert Display.objects.get().content["waiting"] == []
    assert {one.state for one in Ticket.objects.all()} == {TicketState.CLOSED}
    for visit in visits:
        visit.refresh_from_db()
        assert visit.state == VisitState.BOOKED
    assert Counter.objects.get().officer_id is None


def test_a_counter_is_not_stopped_by_who_was_called_on_another_day(hall: Hall) -> None:
    counter, officer = hall.open("1")
    hall.walk_in()
    calling.call_next(counter=counter, by=officer)
    with clock.frozen(TOMORROW):
        closing.close_days()
        counters.sit(counter=counter, by=officer)
        new = hall.walk_in()
        called = calling.call_next(counter=counter, by=officer)
    assert called
    assert called.id == new.id


def test_who_works_past_midnight_keeps_the_counter_opened_today(hall: Hall) -> None:
    hall.open("1")
    closing.close_days()
    assert Counter.objects.get().officer_id is not None


def test_waits_pass_with_the_minutes(hall: Hall, later: Later) -> None:
    (counter, officer), _ = hall.open("1"), hall.walk_in()
    hall.walk_in()
    calling.call_next(counter=counter, by=officer)
    assert Display.objects.get().content["waiting"] == [["A002", 0, 10, 20]]
    assert closing.freshen() == 0
    later(9)
    assert closing.freshen() == 1
    assert Display.objects.get().content["waiting"] == [["A002", 0, 0, 15]]


def test_the_wait_of_a_newcomer_passes_too_where_nobody_waits(hall: Hall, later: Later) -> None:
    (counter, officer), _ = hall.open("1", SERVICE), hall.walk_in()
    calling.call_next(counter=counter, by=officer)

    def told() -> str:
        return str(next(one for one in Display.objects.get().content["waits"] if one["service"] == SERVICE)["walk_in"])

    before = told()
    later(14)
    assert closing.freshen() == 1
    assert told() != before


def test_a_visitor_who_changes_the_time_in_the_hall_is_called_no_more(tm47: dict[int, int], hall: Hall) -> None:
    visit, (counter, officer) = hall.booked(), hall.open("1")
    hall.check_in(visit)
    changing.cancel(visit=visit.id, by=officer)
    assert "hall.visit_changed" in settle()
    assert calling.call_next(counter=counter, by=officer) is None
    assert Ticket.objects.get().state == TicketState.CLOSED
    assert Display.objects.get().content["waiting"] == []
