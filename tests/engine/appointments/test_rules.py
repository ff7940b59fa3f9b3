"""Grid, bounds, late places, transitions: what holds for every office, not for one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.engine.appointments import rules
from sala.engine.appointments.rules import STANDING, Change, Fault, Opening, Refusal
from sala.engine.appointments.states import VisitState
from sala.kit.clock import THAILAND

MONDAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)

days = st.dates(date(2026, 1, 1), date(2030, 12, 31))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - of the zone
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
minutes_ = st.integers(1, 480)


@st.composite
def openings(draw: st.DrawFn) -> Opening:
    opens, closes = sorted(draw(st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1])))
    return Opening(draw(st.integers(0, 6)), opens, closes)


def local(moment: datetime) -> datetime:
    return moment.astimezone(THAILAND)


# When there are places


def test_a_day_with_a_lunch_break() -> None:
    found = rules.times_of(MONDAY, rules.USUAL_HOURS, 60)
    assert [local(at).strftime("%H:%M") for at in found] == ["08:30", "09:30", "10:30", "13:00", "14:00", "15:00"]
    assert rules.times_of(MONDAY - timedelta(days=1), rules.USUAL_HOURS, 60) == []


@given(days, st.lists(openings(), max_size=4), minutes_)
def test_every_time_begins_and_ends_within_an_opening_of_that_weekday(
    day: date, hours: list[Opening], minutes: int
) -> None:
    found = rules.times_of(day, hours, minutes)
    assert found == sorted(set(found))
    for at in found:
        begins, ends = local(at), local(rules.ends_at(at, minutes))
        assert at.tzinfo is UTC
        assert begins.date() == ends.date() == day
        assert any(
            one.weekday == day.weekday() and one.opens <= begins.time() and ends.time() <= one.closes for one in hours
        )


@given(days, openings(), minutes_)
def test_no_visit_more_would_fit_in(day: date, opening: Opening, minutes: int) -> None:
    opening = replace(opening, weekday=day.weekday())
    open_for = datetime.combine(day, opening.closes) - datetime.combine(day, opening.opens)
    assert len(rules.times_of(day, [opening], minutes)) == open_for // timedelta(minutes=minutes)


# Which places are opened late


@given(st.integers(0, 100), st.integers(1, 40), st.integers(1, 120), moments)
def test_the_late_share_is_exact_over_a_hundred_slots(
    percent: int, counters: int, minutes: int, begin: datetime
) -> None:
    late = sum(
        rules.is_late(
            number,
            starts_at=begin + timedelta(minutes=minutes) * slot,
            minutes=minutes,
            counters=counters,
            percent=percent,
        )
        for slot in range(100)
        for number in range(1, counters + 1)
    )
    assert late == counters * percent


@given(moments, st.integers(1, 40), st.integers(0, 100), st.integers(0, 240), moments)
def test_a_place_is_never_open_before_it_may_be_and_a_late_one_shortly_before_its_time(
    starts_at: datetime, counters: int, percent: int, hours: int, not_before: datetime
) -> None:
    for number in range(1, counters + 1):
        opens = rules.opens_at(
            number,
            starts_at=starts_at,
            minutes=30,
            counters=counters,
            late_percent=percent,
            late_hours=hours,
            not_before=not_before,
        )
        late = rules.is_late(number, starts_at=starts_at, minutes=30, counters=counters, percent=percent)
        assert opens == (max(not_before, starts_at - timedelta(hours=hours)) if late else not_before)


def test_the_late_places_are_a_slots_last() -> None:
    late = [rules.is_late(number, starts_at=NOON, minutes=30, counters=10, percent=20) for number in range(1, 11)]
    assert late == [False] * 8 + [True] * 2


@given(moments, st.timedeltas(timedelta(0), timedelta(days=30)), st.timedeltas(timedelta(0), timedelta(hours=1)))
def test_a_freed_place_opens_later_unless_its_time_is_near(now: datetime, ahead: timedelta, delay: timedelta) -> None:
    opens = rules.reopens_at(now, now + ahead, delay=delay)
    assert opens == (now if ahead <= timedelta(hours=3) else now + delay)


# Which times may be booked


def fault(starts_at: datetime, opens: datetime | None = None) -> Fault | None:
    return rules.fault_of(starts_at, NOON, lead_minutes=120, horizon_days=30, opens=opens)


def test_bounds_to_the_second() -> None:
    second = timedelta(seconds=1)
    assert fault(NOON) is Fault.PAST
    assert fault(NOON + timedelta(hours=2) - second) is Fault.TOO_SOON
    assert fault(NOON + timedelta(hours=2)) is None
    last_midnight = datetime(2026, 12, 23, 17, 0, tzinfo=UTC)  # the end of the thirtieth day in Thailand
    assert fault(last_midnight - second) is None
    assert fault(last_midnight) is Fault.TOO_FAR
    assert fault(NOON + timedelta(days=1), opens=NOON + second) is Fault.NOT_OPEN_YET
    assert fault(NOON + timedelta(days=1), opens=NOON) is None


@given(moments, moments, st.integers(0, 10_000), st.integers(1, 366))
def test_what_is_in_bounds_has_no_fault_and_what_is_out_has_one(
    now: datetime, starts_at: datetime, lead: int, horizon: int
) -> None:
    limits = rules.bounds(now, lead_minutes=lead, horizon_days=horizon)
    within = now < starts_at and limits.first <= starts_at < limits.after
    assert (rules.fault_of(starts_at, now, lead_minutes=lead, horizon_days=horizon, opens=None) is None) == within
    if within:
        assert (local(starts_at).date() - local(now).date()).days <= horizon


# What becomes of a visit

ENDED = frozenset(VisitState) - STANDING


@pytest.mark.parametrize("state", sorted(VisitState))
@pytest.mark.parametrize("change", sorted(Change))
def test_what_is_over_stays_over_but_for_a_missed_visit(state: VisitState, change: Change) -> None:
    after = rules.after(state, change)
    if state in {VisitState.CANCELLED, VisitState.ATTENDED}:
        assert after is None
    elif after is not None and change is not Change.MOVED:
        assert after == change.value
    if change is Change.CANCELLED:
        assert (after is not None) == (state in STANDING)


moving = {"moves": st.integers(0, 5), "most_moves": st.integers(0, 5), "had_second_chance": st.booleans()}


def may(state: VisitState = VisitState.BOOKED, *, ahead: timedelta = timedelta(days=1), **given_: object) -> object:
    fields = {"moves": 0, "most_moves": 2, "had_second_chance": False, "free_of_charge": False} | given_
    return rules.may_move(state, starts_at=NOON + ahead, now=NOON, **fields)  # type: ignore[arg-type]


def test_a_visitor_moves_as_often_as_declared() -> None:
    assert may(moves=1) is None
    assert may(moves=2) is Refusal.USED_UP
    assert may(moves=2, free_of_charge=True) is None
    assert may(VisitState.DISPLACED, moves=2) is None


@pytest.mark.parametrize("state", [VisitState.MISSED, VisitState.BOOKED])
def test_a_visit_whose_time_has_passed_has_one_more_chance_within_a_week(state: VisitState) -> None:
    week, second = timedelta(days=7), timedelta(seconds=1)
    assert may(state, ahead=-week, moves=2) is None
    assert may(state, ahead=-week - second) is Refusal.TOO_LATE
    assert may(state, ahead=-second, had_second_chance=True) is Refusal.TOO_LATE


@given(st.sampled_from(sorted(ENDED - {VisitState.MISSED})), st.booleans(), st.fixed_dictionaries(moving))
def test_an_ended_visit_is_never_moved(state: VisitState, free: bool, given_: dict[str, object]) -> None:
    assert may(state, free_of_charge=free, **given_) is Refusal.ENDED


@given(st.fixed_dictionaries(moving), st.timedeltas(timedelta(seconds=1), timedelta(days=300)))
def test_the_office_may_always_move_a_visit_that_is_to_come(given_: dict[str, object], ahead: timedelta) -> None:
    assert may(ahead=ahead, free_of_charge=True, **given_) is None


def test_hours_are_of_thailand() -> None:
    first = rules.times_of(MONDAY, [Opening(0, time(0, 0), time(1, 0))], 30)
    assert first[0] == datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
