"""Which places there are: never more people at a time than counters, whatever was promised before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sala.engine.appointments.office.planning import (
    Conditions,
    Plan,
    Promised,
    Rows,
    Span,
    difference,
    is_open,
    overlapping,
    plan,
    times_on,
    whole_days,
)
from sala.engine.appointments.rules import USUAL_HOURS, Opening
from sala.kit.clock import THAILAND, local_day

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
USUAL = Conditions(minutes=30, counters=3, horizon_days=7, active=True, hours=USUAL_HOURS)


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), THAILAND).astimezone(UTC)


def never(_day: date) -> bool:
    return False


def promised(number: int, starts_at: datetime, people: int = 1, *, fixed: bool = False) -> Promised:
    return Promised(UUID(int=number), starts_at, people, fixed)


def made(conditions: Conditions, *visits: Promised, now: datetime = NOW) -> Plan:
    return plan(conditions, now=now, promised=visits, is_holiday=never)


def test_an_ordinary_day_has_counters_times_times_and_no_lunch() -> None:
    found = made(replace(USUAL, horizon_days=1))
    assert len(found.places) == 7 + 7  # 08:30–12:00 and 13:00–16:30, half an hour each
    assert set(found.places.values()) == {3}
    assert at(11, 30) in found.places
    assert at(12) not in found.places
    assert at(16) in found.places
    assert at(16, 30) not in found.places


def test_nothing_on_a_holiday_at_a_weekend_or_past_the_horizon() -> None:
    found = plan(USUAL, now=NOW, promised=(), is_holiday=lambda day: day == MONDAY)
    days = {local_day(moment) for moment in found.places}
    assert days == {MONDAY + timedelta(days=n) for n in (1, 2, 3, 4)}  # the horizon's last day is a Sunday


def test_a_time_that_has_passed_has_no_places() -> None:
    found = made(replace(USUAL, horizon_days=1), now=at(9))
    assert min(found.places) == at(9, 30)


@pytest.mark.parametrize("off", [{"active": False}, {"counters": 0}])
def test_what_is_switched_off_displaces_everybody_but_who_sits_at_the_counter(off: dict[str, int]) -> None:
    found = made(replace(USUAL, **off), promised(1, at(9)), promised(2, at(8, 30), fixed=True))  # type: ignore[arg-type]
    assert found == Plan({}, (UUID(int=1),))


def test_who_booked_first_keeps_the_place() -> None:
    visits = [promised(3, at(9)), promised(1, at(9)), promised(2, at(9))]
    found = made(replace(USUAL, counters=2), *visits)
    assert found.displaced == (UUID(int=3),)
    assert found.places[at(9)] == 2


def test_a_family_needs_a_counter_each() -> None:
    found = made(replace(USUAL, counters=3), promised(1, at(9), 2), promised(2, at(9), 2), promised(3, at(9)))
    assert found.displaced == (UUID(int=2),)


@pytest.mark.requirement("R-001.58")
def test_after_other_minutes_the_promised_times_stand_and_what_is_left_beside_them_is_offered() -> None:
    """Twenty minutes instead of thirty: the visit at 09:00 stays, and keeps a counter from two of the new times."""
    found = made(replace(USUAL, minutes=20, counters=2), promised(1, at(9)))
    assert not found.displaced
    assert found.places[at(8, 30)] == 2
    assert found.places[at(8, 50)] == 1
    assert found.places[at(9, 10)] == 1
    assert found.places[at(9, 30)] == 2


def test_longer_visits_displace_whom_the_counters_cannot_serve_on_time() -> None:
    visits = [promised(1, at(9)), promised(2, at(9, 30)), promised(3, at(16))]
    found = made(replace(USUAL, minutes=45, counters=1), *visits)
    assert found.displaced == (UUID(int=2), UUID(int=3))  # 09:30 would wait until 09:45, 16:00 end after closing time


def test_a_closure_takes_every_time_that_it_touches() -> None:
    closed = replace(USUAL, closed=(Span(at(9, 10), at(10)),))
    times = times_on(closed, MONDAY, never)
    assert at(9) not in times  # would end at 09:30
    assert at(9, 30) not in times
    assert at(10) in times
    assert made(closed, promised(1, at(9)), promised(2, at(10))).displaced == (UUID(int=1),)


def test_a_visit_past_the_horizon_stands_and_offers_nothing() -> None:
    later = at(9, day=MONDAY + timedelta(days=14))
    found = made(USUAL, promised(1, later))
    assert not found.displaced
    assert later not in found.places


def test_openings_that_overlap_are_told() -> None:
    morning, longer = Opening(0, time(8), time(12)), Opening(0, time(11, 59), time(15))
    assert overlapping([longer, morning]) == [longer]
    assert not overlapping([morning, Opening(0, time(12), time(15)), Opening(1, time(8), time(12))])


def test_the_difference_counts_what_goes_and_comes() -> None:
    plan_ = Plan({at(9): 3, at(10): 1}, ())
    rows = {at(9): Rows(open=1, booked=1), at(10): Rows(open=3, booked=1), at(11): Rows(open=2, booked=0)}
    assert difference(plan_, rows, {}) == (3 + 2, 1)
    assert difference(plan_, rows, {at(10): 1}) == (2 + 2, 1)


# Any hours, closures, promises ------------------------------------------------------------------------

_quarters = st.integers(0, 4 * 24 - 1).map(lambda n: time(n // 4, n % 4 * 15))


@st.composite
def _weeks(draw: st.DrawFn) -> tuple[Opening, ...]:
    found: list[Opening] = []
    for weekday in draw(st.sets(st.integers(0, 6), max_size=4)):
        edges = sorted(draw(st.sets(_quarters, min_size=2, max_size=6)))
        found += [Opening(weekday, a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return tuple(found)


_moments = st.integers(0, 4 * 24 * 4).map(lambda n: at(0) + timedelta(minutes=15 * n))
_spans = st.tuples(_moments, st.integers(1, 1200)).map(lambda s: Span(s[0], s[0] + timedelta(minutes=s[1])))
_conditions = st.builds(
    Conditions,
    minutes=st.integers(5, 90),
    counters=st.integers(0, 4),
    horizon_days=st.integers(1, 4),
    active=st.just(True),
    hours=_weeks(),
    closed=st.lists(_spans, max_size=3).map(tuple),
)
_visits = st.lists(st.tuples(_moments, st.integers(1, 3)), max_size=12).map(
    lambda found: [promised(number, moment, people) for number, (moment, people) in enumerate(found)]
)


def _busiest(conditions: Conditions, starts: Counter[datetime]) -> int:
    """The most people at the counters at any moment, counted minute by minute of sitting down."""
    return max(
        (sum(people for start, people in starts.items() if moment - conditions.length < start <= moment))
        for moment in [*starts, at(0)]
    )


@pytest.mark.requirement("R-001.58")
@given(_conditions, _visits)
@settings(deadline=None)
def test_at_no_moment_are_more_people_expected_than_there_are_counters(
    conditions: Conditions, visits: Sequence[Promised]
) -> None:
    found = made(conditions, *visits)
    stays = [one for one in visits if one.visit not in found.displaced]
    booked: Counter[datetime] = Counter()
    for one in stays:
        booked[one.starts_at] += one.people
    everybody = Counter(booked)
    for moment, places in found.places.items():
        everybody[moment] = max(places, booked[moment])
    assert _busiest(conditions, everybody) <= conditions.counters


@given(_conditions, _visits)
@settings(deadline=None)
def test_every_place_and_every_visit_that_stands_is_in_opening_hours(
    conditions: Conditions, visits: Sequence[Promised]
) -> None:
    found = made(conditions, *visits)
    stand = [one.starts_at for one in visits if one.visit not in found.displaced]
    for moment in [*found.places, *stand]:
        span = Span(moment, moment + conditions.length)
        assert is_open(conditions, span, never)
        assert not any(span.touches(closed) for closed in conditions.closed)


@given(_conditions, _visits, st.integers(0, 5), st.integers(1, 3))
@settings(deadline=None)
def test_some_days_alone_are_planned_as_they_are_among_all(
    conditions: Conditions, visits: Sequence[Promised], first: int, days: int
) -> None:
    begins = at(0, day=local_day(NOW) + timedelta(days=first))
    within = whole_days(Span(begins + timedelta(hours=9), begins + timedelta(days=days, minutes=-1)))
    assert within == Span(begins, begins + timedelta(days=days))
    there = [one for one in visits if within.starts_at <= one.starts_at < within.ends_at]
    some = plan(conditions, now=NOW, promised=there, is_holiday=never, within=within)
    all_ = made(conditions, *visits)
    assert set(some.displaced) == set(all_.displaced) & {one.visit for one in there}
    assert some.places == {t: n for t, n in all_.places.items() if within.starts_at <= t < within.ends_at}


@given(_conditions)
@settings(deadline=None)
def test_without_promises_there_are_counters_places_at_every_time(conditions: Conditions) -> None:
    found = made(conditions)
    days = [local_day(NOW) + timedelta(days=n) for n in range(conditions.horizon_days + 1)]
    times = [moment for day in days for moment in times_on(conditions, day, never) if moment > NOW]
    assert sum(found.places.values()) == conditions.counters * len(times)


@given(_conditions, _visits)
@settings(max_examples=50, deadline=None)
def test_the_order_in_which_visits_are_read_does_not_matter(conditions: Conditions, visits: Sequence[Promised]) -> None:
    assert made(conditions, *visits) == made(conditions, *reversed(visits))
