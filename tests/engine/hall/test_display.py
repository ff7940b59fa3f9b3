"""What the screen and the phones are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from sala.engine.hall import arrivals, calling, display, queries
from sala.engine.hall.models import Display
from sala.kit import clock
from tests.engine.hall.conftest import OTHER, SERVICE, TEN, Hall, minutes
from tests.waiting import until
from tests.web.test_live import _address

pytestmark = pytest.mark.django_db
Later = Callable[[float], None]


def content(hall: Hall) -> dict[str, object]:
    found: dict[str, object] = Display.objects.get(office=hall.office).content
    return found


def numbers(hall: Hall) -> list[str]:
    return [one[0] for one in content(hall)["waiting"]]  # type: ignore[attr-defined]


@pytest.mark.requirement("R-001.58")
def test_the_screen_tells_the_line_in_its_order_and_what_to_expect(hall: Hall) -> None:
    counter, officer = hall.open("3")
    walked_in, booked = hall.walk_in(), hall.booked(-5, people=2)
    hall.check_in(booked)
    hall.walk_in(service=OTHER)
    # The booked two take 30 minutes: 24 with a quick officer, 39 with a slow one.
    assert content(hall)["waiting"] == [["A002", 0, 0, 5], ["A001", 1, 20, 40], ["B001", 2, 35, 60]]
    called = calling.call_next(counter=counter, by=officer)
    assert called
    assert called.visit_id == booked.id
    told = content(hall)
    assert told["open"] == 1
    assert told["calls"] == [
        {
            "id": f"A002/{counter}/1",
            "number": "A002",
            "counter": "3",
            "here": True,
            "where": {"th": "ช่องบริการ 3", "en": "counter 3"},
            "say": {
                "th": "หมายเลข เอ ศูนย์ ศูนย์ สอง เชิญที่ช่องบริการ 3",
                "en": "Number A 0 0 2, please go to counter 3",
            },
        }
    ]
    assert numbers(hall) == [walked_in.number, "B001"]


def test_nothing_personal_is_told(hall: Hall) -> None:
    counter, officer = hall.open("3")
    visit = hall.booked()
    hall.check_in(visit)
    ticket = arrivals.walk_in(
        office=hall.office.id, service=SERVICE, language="th", by=hall.manager, once=visit.id, name="Mali Rakdee"
    )
    calling.call_next(counter=counter, by=officer)
    told = json.dumps(content(hall), ensure_ascii=False)
    secrets = [visit.name, visit.reference, visit.email, "Mali", str(ticket.id), str(visit.id), officer.name]
    assert not [secret for secret in secrets if secret and secret in told]


def test_a_newcomer_is_told_what_they_would_wait(hall: Hall) -> None:
    hall.booked(20)
    hall.open("1", SERVICE)
    for _ in range(2):
        hall.walk_in()
    waits = {one["service"]: one for one in content(hall)["waits"]}  # type: ignore[attr-defined]
    assert waits[SERVICE]["booked"]["en"] == "up to 5 minutes"
    # Behind two (24 minutes at best), and behind who is booked for twenty past if they come.
    assert waits[SERVICE]["walk_in"]["en"] == "20–60 minutes"
    assert (waits[OTHER]["booked"], waits[OTHER]["walk_in"]) == (None, None)


def test_a_second_call_is_another_call(hall: Hall, later: Later) -> None:
    counter, officer = hall.open("3")
    ticket = hall.walk_in()
    calling.call_next(counter=counter, by=officer)
    first = content(hall)["calls"]
    later(1)
    calling.recall(ticket=ticket.id, counter=counter, by=officer)
    assert content(hall)["calls"][0]["id"] != first[0]["id"]  # type: ignore[index]


def test_everybody_who_is_called_is_told_however_many_counters(hall: Hall) -> None:
    desks = [hall.open(str(number)) for number in range(9)]
    for _ in desks:
        hall.walk_in()
    for counter, officer in desks:
        calling.call_next(counter=counter, by=officer)
    assert len(content(hall)["calls"]) == 9  # type: ignore[arg-type]


def test_what_changes_nothing_tells_nobody(hall: Hall) -> None:
    hall.walk_in()
    with transaction.atomic():
        assert not display.publish(hall.office.id)
    with clock.frozen(TEN + minutes(1)), transaction.atomic():
        assert not display.publish(hall.office.id)


def test_of_another_day_nothing_is_shown(hall: Hall) -> None:
    hall.walk_in()
    assert display.shown(hall.office.id)["waiting"]
    with clock.frozen(TEN + timedelta(days=1)):
        assert display.shown(hall.office.id) == display.empty()


@pytest.mark.django_db(transaction=True)
def test_a_change_is_told_at_its_commit_and_not_when_it_is_taken_back(hall: Hall) -> None:
    with psycopg.connect(**_address(), autocommit=True) as hearer:
        hearer.execute("listen sala_live")
        with transaction.atomic():
            hall.walk_in()
            transaction.set_rollback(True)
        assert [notice.payload for notice in hearer.notifies(timeout=0)] == []
        hall.walk_in()
        assert f"hall:{hall.office.id}" in {one.payload for one in hearer.notifies(timeout=5, stop_after=1)}


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_the_second_shows_the_first_too(hall: Hall) -> None:
    first, second = hall.open("1"), hall.open("2")
    for _ in range(2):
        hall.walk_in()

    def call() -> None:
        try:
            with clock.frozen(TEN):
                calling.call_next(counter=second[0], by=second[1])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, psycopg.connect(**_address(), autocommit=True) as watching:
        with transaction.atomic():
            Display.objects.select_for_update().get()  # the first is about to write
            other = pool.submit(call)
            until(lambda: watching.execute(_WAITING).fetchone() == (1,))
            calling.call_next(counter=first[0], by=first[1])
        other.result()
    assert len(content(hall)["calls"]) == 2  # type: ignore[arg-type]
    assert content(hall) == display.board(hall.office.id, TEN)


_WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


def test_the_hall_at_a_glance(hall: Hall, later: Later) -> None:
    counter, officer = hall.open("1")
    late_called, in_time = hall.check_in(hall.booked(0)), hall.check_in(hall.booked(20))
    hall.walk_in()
    later(16)
    for ticket in (late_called, in_time):
        calling.call_next(counter=counter, by=officer)
        calling.serve_done(ticket=ticket.id, counter=counter, by=officer)
        later(21)
    figures = queries.figures(hall.office.id, clock.today())
    assert (figures.waiting, figures.called, figures.served, figures.missed) == (1, 0, 2, 0)
    assert figures.average_wait == pytest.approx((16 + 1) / 2)  # from the booked time, not from arrival
    assert figures.longest_wait == pytest.approx(21)
    assert (figures.booked_called, figures.booked_in_time) == (2, 1)


def test_a_long_line_costs_no_more_questions(hall: Hall, django_assert_max_num_queries: Callable[..., Any]) -> None:
    for number in range(3):
        hall.open(str(number))
    for _ in range(25):
        hall.walk_in()
    with django_assert_max_num_queries(8):
        display.board(hall.office.id, TEN + minutes(7))
