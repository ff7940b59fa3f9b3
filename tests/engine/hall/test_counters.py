"""Counters: set up by who manages the hall, sat at by officers."""

from __future__ import annotations

import pytest

from sala.engine.hall import calling, counters, queries
from sala.engine.hall.models import Counter
from sala.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.engine.hall.conftest import OTHER, SERVICE, Hall
from tests.factories import actor_for, make_officer

pytestmark = pytest.mark.django_db


def test_a_counter_is_named_once_and_gives_services_of_its_office(hall: Hall) -> None:
    counter = hall.counter(" 3 ", SERVICE)
    assert Counter.objects.get(id=counter).name == "3"
    for name, services, field in (
        ("3", (), "name"),
        ("", (), "name"),
        ("x" * 31, (), "name"),
        ("4", ("tm47",), "services"),
    ):
        with pytest.raises(Invalid) as refused:
            hall.counter(name, *services)
        assert refused.value.faults[0].field == field
    counters.change(counter=counter, name="5", services=[], by=hall.manager)
    assert queries.counter(hall.office.id, counter).name == "5"


def test_only_who_manages_sets_counters_up(hall: Hall) -> None:
    with pytest.raises(Forbidden):
        counters.define(office=hall.office.id, name="1", services=(), by=hall.officer())
    with pytest.raises(NotFound):
        counters.define(office=hall.office.id, name="1", services=(), by=actor_for(make_officer("elsewhere", "senior")))


def test_one_officer_a_counter_and_one_counter_an_officer(hall: Hall) -> None:
    first, kanya = hall.open("1")
    second = hall.counter("2")
    other = hall.officer(given_name="Other")
    with pytest.raises(Conflict, match="has been at this counter since 10:00"):
        counters.sit(counter=first, by=other)
    counters.sit(counter=second, by=kanya)
    assert [(one.name, one.officer) for one in queries.counters(hall.office.id)] == [
        ("1", None),
        ("2", kanya.account_id),
    ]
    counters.sit(counter=first, by=other)
    counters.sit(counter=first, by=other)  # again is no change


def test_nobody_leaves_somebody_who_is_being_served(hall: Hall) -> None:
    counter, kanya = hall.open("1")
    hall.walk_in()
    calling.call_next(counter=counter, by=kanya)
    with pytest.raises(Conflict, match="being served"):
        counters.leave(counter=counter, by=kanya)
    with pytest.raises(Conflict, match="still serving somebody at counter 1"):
        counters.sit(counter=hall.counter("2"), by=kanya)


def test_who_was_sent_to_a_counter_that_closes_stands_in_line_again(hall: Hall) -> None:
    (one, kanya), (two, somchai) = hall.open("1"), hall.open("2")
    ticket = hall.walk_in()
    calling.call_next(counter=one, by=kanya)
    calling.transfer(ticket=ticket.id, counter=one, to_counter=two, by=kanya)
    assert calling.call_next(counter=one, by=kanya) is None
    counters.leave(counter=two, by=somchai)
    called = calling.call_next(counter=one, by=kanya)
    assert called
    assert called.id == ticket.id


def test_a_colleague_who_has_gone_is_stood_up_by_who_manages(hall: Hall) -> None:
    counter, _ = hall.open("1")
    with pytest.raises(Forbidden):
        counters.leave(counter=counter, by=hall.officer())
    with pytest.raises(Conflict):
        counters.remove(counter=counter, by=hall.manager)
    counters.leave(counter=counter, by=hall.manager)
    counters.remove(counter=counter, by=hall.manager)
    assert queries.counters(hall.office.id) == []
    hall.counter("1")  # the name is free again


def test_counters_are_listed_as_people_count(hall: Hall) -> None:
    for name in ("10", "2", "Room B", "1"):
        hall.counter(name, OTHER)
    assert [one.name for one in queries.counters(hall.office.id)] == ["1", "2", "10", "Room B"]
