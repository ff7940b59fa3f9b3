"""Expected waits: the hall played forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sala.engine.hall.estimates import STEP, Desk, Range, Waiter, ahead, waits

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def waiter(number: int, *, due: float = 0, booked: bool = False, work: float = 15, **given: object) -> Waiter:
    fields = {"service": "ext", "arrives_at": NOW} | given
    return Waiter(ticket=UUID(int=number), booked=booked, due_at=NOW + minutes(due), work=minutes(work), **fields)  # type: ignore[arg-type]


def desk(number: int = 1, *services: str, busy: float | None = None) -> Desk:
    since = NOW if busy is not None else None
    return Desk(number, frozenset(services), since, minutes(busy or 0))


waiters = st.lists(
    st.builds(lambda due, booked, work: (due, booked, work), st.integers(-120, 120), st.booleans(), st.integers(1, 60)),
    max_size=12,
).map(lambda made: [waiter(n, due=d, booked=b, work=w) for n, (d, b, w) in enumerate(made)])
desks = st.lists(st.none() | st.integers(1, 60), max_size=4).map(
    lambda made: [desk(number, busy=busy) for number, busy in enumerate(made)]
)


def test_the_first_in_line_before_a_free_counter_is_called_at_once() -> None:
    assert waits([waiter(1)], [desk()], now=NOW) == {UUID(int=1): Range(0, 5)}


def test_the_third_waits_for_two() -> None:
    line = [waiter(n, due=-10 + n) for n in (1, 2, 3)]
    # Two of 15 minutes each: 24 with quick officers, 39 with slow ones; rounded outwards to five.
    assert waits(line, [desk()], now=NOW)[UUID(int=3)] == Range(20, 40)
    assert waits(line, [desk(1), desk(2)], now=NOW)[UUID(int=3)] == Range(10, 20)


def test_who_is_expected_makes_the_far_end_later_and_the_near_end_not() -> None:
    coming = [waiter(9, due=0, booked=True, arrives_at=NOW + minutes(5))]
    line = [waiter(1, due=-2), waiter(2, due=-1)]
    without = waits(line, [desk()], now=NOW)[UUID(int=2)]
    told = waits(line, [desk()], now=NOW, coming=coming)[UUID(int=2)]
    assert told.low == without.low
    assert told.high > without.high


def test_a_booked_visitor_goes_before_walk_ins_when_the_time_comes() -> None:
    line = [waiter(n, due=-n) for n in (1, 2, 3)] + [waiter(8, due=10, booked=True)]
    told = waits(line, [desk()], now=NOW)
    assert told[UUID(int=8)].high <= 20
    assert told[UUID(int=1)].high > 20  # the last of the walk-ins is behind them


def test_nobody_is_told_a_wait_where_no_open_counter_serves() -> None:
    assert waits([waiter(1, service="visa")], [desk(1, "ext")], now=NOW) == {}
    assert waits([waiter(1)], [], now=NOW) == {}
    assert waits([waiter(1, counter=7)], [desk(1)], now=NOW) == {}


def test_who_was_sent_to_a_counter_waits_for_that_one() -> None:
    line = [waiter(1, counter=2)]
    assert waits(line, [desk(1), desk(2, busy=50)], now=NOW)[UUID(int=1)] == Range(40, 65)


@given(waiters, desks)
def test_a_range_is_one_and_everybody_has_it_when_a_counter_is_open(line: list[Waiter], open_: list[Desk]) -> None:
    told = waits(line, open_, now=NOW)
    assert set(told) == ({one.ticket for one in line} if open_ else set())
    assert all(0 <= one.low < one.high and one.low % STEP == one.high % STEP == 0 for one in told.values())


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.integers(1, 4))
def test_one_more_counter_makes_nobody_wait_longer(works: list[int], count: int) -> None:
    line = [waiter(n, due=-60 + n, work=w) for n, w in enumerate(works)]
    fewer = waits(line, [desk(n) for n in range(count)], now=NOW)
    more = waits(line, [desk(n) for n in range(count + 1)], now=NOW)
    assert all(more[ticket].high <= fewer[ticket].high for ticket in fewer)


@given(waiters, desks)
def test_how_many_are_ahead_counts_the_line(line: list[Waiter], open_: list[Desk]) -> None:
    told = ahead(line, open_, now=NOW)
    assert [told[one.ticket] for one in sorted(line, key=lambda one: one.turn(NOW))] == list(range(len(line)))


def test_who_waits_for_other_counters_is_not_ahead() -> None:
    line = [waiter(1, due=-9, service="visa"), waiter(2, due=-5), waiter(3, due=-1)]
    separate = ahead(line, [desk(1, "visa"), desk(2, "ext")], now=NOW)
    assert separate[UUID(int=3)] == 1
    assert ahead(line, [desk(1)], now=NOW)[UUID(int=3)] == 2


def test_words_say_a_range() -> None:
    assert Range(15, 30).words.en == "15–30 minutes"
    assert Range(0, 10).words.en == "up to 10 minutes"
    assert Range(0, 5).words.th == "ไม่เกิน 5 นาที"
