"""At the counter: who is called, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sala.engine.appointments import changing
from sala.engine.appointments.models import Visit
from sala.engine.appointments.states import VisitState
from sala.engine.hall import calling, counters
from sala.engine.hall.models import Counter, Ticket
from sala.engine.hall.rules import standing, turn
from sala.engine.hall.states import TicketState
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from sala.kit.errors import Conflict, Forbidden, Invalid
from sala.kit.ids import uuid7
from sala.kit.models import OutboxEvent
from tests.engine.hall.conftest import OTHER, SERVICE, TEN, Hall, minutes
from tests.factories import actor_for, add_post, make_account

pytestmark = pytest.mark.django_db
Later = Callable[[float], None]


def call(at: tuple[int, Actor]) -> str:
    """The number that is called, or nothing; the counter is free again at once."""
    counter, officer = at
    ticket = calling.call_next(counter=counter, by=officer)
    if ticket is None:
        return ""
    calling.serve_done(ticket=ticket.id, counter=counter, by=officer)
    return ticket.number


@pytest.mark.requirement("R-001.58")
def test_booked_people_go_first_at_their_time_then_who_came_then_who_is_early(hall: Hall, later: Later) -> None:
    at = hall.open("1")
    later(-40)
    early = hall.check_in(hall.booked(120)).number
    walked_in_first = hall.walk_in().number
    at_half_past_nine = hall.check_in(hall.booked(-30)).number
    later(-20)
    walked_in_second = hall.walk_in().number
    at_quarter_to_ten = hall.check_in(hall.booked(-15)).number
    later(0)
    too_late = hall.check_in(hall.booked(-60)).number
    order = [call(at) for _ in range(7)]
    assert order == [at_half_past_nine, at_quarter_to_ten, walked_in_first, walked_in_second, too_late, early, ""]


waiting = st.lists(
    st.tuples(st.none() | st.integers(-120, 120), st.integers(-120, 0), st.sampled_from([SERVICE, OTHER])), max_size=8
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(waiting)
def test_the_statement_calls_in_the_order_of_the_rule(hall: Hall, line: list[tuple[int | None, int, str]]) -> None:
    Ticket.objects.all().delete()
    Counter.objects.all().delete()
    counter, officer = hall.open("1", SERVICE)
    expected = []
    for number, (booked_for, arrived, service) in enumerate(line):
        ticket = uuid7()
        arrived_at = TEN + minutes(arrived)
        place = standing(booked_for=None if booked_for is None else TEN + minutes(booked_for), arrived_at=arrived_at)
        _stand(hall, ticket, number, service, arrived_at, booked=place.booked, due_at=place.due_at)
        if service == SERVICE:
            expected.append((turn(booked=place.booked, due_at=place.due_at, ticket=ticket, now=TEN), f"N{number}"))
    assert [call((counter, officer)) for _ in expected] == [number for _, number in sorted(expected)]
    assert call((counter, officer)) == ""


def _stand(
    hall: Hall, ticket: UUID, number: int, service: str, arrived_at: datetime, *, booked: bool, due_at: datetime
) -> None:
    Ticket.objects.create(
        id=ticket, office=hall.office, day=clock.today(), number=f"N{number}", service=service, language="th",
        arrived_at=arrived_at, due_at=due_at, booked=booked,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_counters_that_call_at_once_never_get_the_same_person(hall: Hall) -> None:
    desks = [hall.open(str(number)) for number in range(1, 9)]
    for _ in range(30):
        hall.walk_in()
    barrier = Barrier(len(desks))

    def serve(desk: tuple[int, Actor]) -> list[str]:
        try:
            with clock.frozen(TEN):
                barrier.wait(timeout=20)
                return [number for _ in range(10) if (number := call(desk))]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(desks)) as pool:
        served = [number for of_desk in pool.map(serve, desks) for number in of_desk]
    assert len(served) == 30
    assert sorted(served) == [f"A{number:03}" for number in range(1, 31)]


@pytest.mark.django_db(transaction=True)
def test_a_call_steps_over_who_is_just_being_called_elsewhere(hall: Hall) -> None:
    import psycopg

    from tests.web.test_live import _address

    first, second = hall.walk_in(), hall.walk_in()
    desk = hall.open("1")
    with psycopg.connect(**_address()) as other:
        other.execute("select 1 from hall_ticket where id = %s for update", [first.id])
        called = calling.call_next(counter=desk[0], by=desk[1])  # waits for nobody
        other.rollback()
    assert called
    assert called.id == second.id


def test_a_second_click_calls_nobody_else(hall: Hall) -> None:
    counter, officer = hall.open("1")
    first, _ = hall.walk_in(), hall.walk_in()
    for _ in range(2):
        called = calling.call_next(counter=counter, by=officer)
        assert called
        assert (called.id, called.calls) == (first.id, 1)
    for _ in range(2):
        calling.serve_done(ticket=first.id, counter=counter, by=officer)
    assert Ticket.objects.filter(state=TicketState.WAITING).count() == 1


def test_a_counter_calls_its_services_and_an_officer_those_of_their_post(hall: Hall) -> None:
    hall.walk_in(service=OTHER)
    mine = hall.walk_in(service=SERVICE)
    assert call(hall.open("1", SERVICE)) == mine.number
    limited = make_account()
    add_post(limited, hall.office, services=[SERVICE])
    counter = hall.counter("2")
    counters.sit(counter=counter, by=actor_for(limited))
    assert call((counter, actor_for(limited))) == ""
    assert call(hall.open("3")) == "B001"


def test_who_was_served_has_attended(hall: Hall) -> None:
    visit, at = hall.booked(), hall.open("1")
    hall.check_in(visit)
    assert call(at) == "A001"
    visit.refresh_from_db()
    assert (visit.state, visit.ended_by) == (VisitState.ATTENDED, at[1].label)
    assert OutboxEvent.objects.filter(topic="visit.attended").count() == 1


def test_nobody_is_given_up_before_two_calls_and_two_minutes(hall: Hall, later: Later) -> None:
    visit, (counter, officer) = hall.booked(), hall.open("1")
    ticket = hall.check_in(visit)
    calling.call_next(counter=counter, by=officer)

    def give_up() -> None:
        calling.no_show(ticket=ticket.id, counter=counter, by=officer)

    later(5)
    with pytest.raises(Conflict, match="Call at least 2 times"):
        give_up()
    again = calling.recall(ticket=ticket.id, counter=counter, by=officer)
    assert calling.recall(ticket=ticket.id, counter=counter, by=officer).calls == again.calls == 2
    with pytest.raises(Conflict, match="wait 2 minutes"):
        give_up()
    later(7)
    give_up()
    give_up()
    visit.refresh_from_db()
    assert visit.state == VisitState.MISSED
    assert Ticket.objects.get(id=ticket.id).state == TicketState.MISSED


def test_who_was_called_before_their_time_does_not_lose_their_visit(hall: Hall, later: Later) -> None:
    visit, (counter, officer) = hall.booked(30), hall.open("1")
    ticket = hall.check_in(visit)
    calling.call_next(counter=counter, by=officer)
    later(1)
    calling.recall(ticket=ticket.id, counter=counter, by=officer)
    later(5)
    with pytest.raises(Conflict, match="10:30 and has not come"):
        calling.no_show(ticket=ticket.id, counter=counter, by=officer)
    calling.transfer(ticket=ticket.id, counter=counter, by=officer)
    visit.refresh_from_db()
    assert visit.state == VisitState.BOOKED


def test_who_is_sent_on_keeps_their_turn(hall: Hall, later: Later) -> None:
    one, two = hall.open("1", SERVICE), hall.open("2", OTHER)
    ticket = hall.walk_in()
    calling.call_next(counter=one[0], by=one[1])
    later(10)
    waiting_there = hall.walk_in(service=OTHER)
    calling.transfer(ticket=ticket.id, counter=one[0], service=OTHER, by=one[1])
    assert [call(two), call(two)] == [ticket.number, waiting_there.number]
    ticket.refresh_from_db()
    assert (ticket.service, ticket.first_called_at) == (OTHER, TEN)


def test_who_is_sent_to_a_counter_is_called_there_alone(hall: Hall) -> None:
    one, two, three = hall.open("1"), hall.open("2", OTHER), hall.open("3")
    ticket = hall.walk_in()
    calling.call_next(counter=one[0], by=one[1])
    calling.transfer(ticket=ticket.id, counter=one[0], to_counter=two[0], by=one[1])
    assert [call(one), call(three), call(two)] == ["", "", ticket.number]


def test_nobody_is_sent_to_where_nobody_is(hall: Hall) -> None:
    counter, officer = hall.open("1")
    ticket = hall.walk_in()
    calling.call_next(counter=counter, by=officer)
    with pytest.raises(Conflict, match="closed"):
        calling.transfer(ticket=ticket.id, counter=counter, to_counter=hall.counter("2"), by=officer)
    with pytest.raises(Invalid):
        calling.transfer(ticket=ticket.id, counter=counter, to_counter=0, by=officer)
    with pytest.raises(Invalid):
        calling.transfer(ticket=ticket.id, counter=counter, service="tm47", by=officer)


def test_only_who_sits_there_acts_at_a_counter(hall: Hall) -> None:
    counter, officer = hall.open("1")
    ticket = hall.walk_in()
    calling.call_next(counter=counter, by=officer)
    other = hall.open("2")
    for act in (
        lambda: calling.call_next(counter=counter, by=other[1]),
        lambda: calling.serve_done(ticket=ticket.id, counter=counter, by=other[1]),
        lambda: calling.serve_done(ticket=ticket.id, counter=other[0], by=other[1]),
        lambda: calling.recall(ticket=ticket.id, counter=other[0], by=other[1]),
        lambda: calling.no_show(ticket=uuid7(), counter=other[0], by=other[1]),
    ):
        with pytest.raises(Conflict):
            act()
    with pytest.raises(Forbidden):
        calling.call_next(counter=counter, by=hall_manager_without_work(hall))


def hall_manager_without_work(hall: Hall) -> Actor:
    account = make_account()
    add_post(account, hall.office, "manager")
    return actor_for(account)


def test_a_visit_that_was_given_up_in_the_hall_can_still_be_ended(hall: Hall) -> None:
    visit, (counter, officer) = hall.booked(), hall.open("1")
    ticket = hall.check_in(visit)
    calling.call_next(counter=counter, by=officer)
    changing.cancel(visit=visit.id, by=officer)
    calling.serve_done(ticket=ticket.id, counter=counter, by=officer)
    visit.refresh_from_db()
    assert visit.state == VisitState.CANCELLED
    assert Ticket.objects.get(id=ticket.id).state == TicketState.SERVED


def test_a_visit_moved_from_the_counter_is_neither_attended_nor_in_the_way(hall: Hall, later: Later) -> None:
    """Else its place of the other day were lost, or nobody could be called any more."""
    counter, officer = hall.open("1")
    for served in (True, False):
        visit = hall.booked(0)
        ticket = hall.check_in(visit)
        assert calling.call_next(counter=counter, by=officer) == ticket
        next_week = visit.starts_at + timedelta(days=7)
        Visit.objects.filter(id=visit.id).update(starts_at=next_week, ends_at=next_week + minutes(15))
        if served:
            calling.serve_done(ticket=ticket.id, counter=counter, by=officer)
        else:
            later(1)
            calling.recall(ticket=ticket.id, counter=counter, by=officer)
            later(5)
            calling.no_show(ticket=ticket.id, counter=counter, by=officer)
        visit.refresh_from_db()
        assert visit.state == VisitState.BOOKED
        assert calling.call_next(counter=counter, by=officer) is None


def test_a_visit_moved_to_another_office_from_the_counter_does_not_block_it(
    hall: Hall, offices: dict[int, int]
) -> None:
    counter, officer = hall.open("1")
    visit = hall.booked(0)
    ticket = hall.check_in(visit)
    calling.call_next(counter=counter, by=officer)
    Visit.objects.filter(id=visit.id).update(office=offices[74])
    calling.serve_done(ticket=ticket.id, counter=counter, by=officer)
    visit.refresh_from_db()
    assert visit.state == VisitState.BOOKED


def test_nobody_calls_a_visit_of_their_own(hall: Hall) -> None:
    counter, officer = hall.open("1")
    visit = hall.booked(0)
    Visit.objects.filter(id=visit.id).update(account=officer.account_id)
    ticket = hall.check_in(visit)
    assert calling.call_next(counter=counter, by=officer) is None
    other, colleague = hall.open("2")
    assert calling.call_next(counter=other, by=colleague) == ticket
