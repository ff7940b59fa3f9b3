"""Promised times: hours for calendar days, business time for business days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.engine.catalogue import times, workdays
from sala.engine.catalogue.declaration import Leg
from sala.kit.clock import THAILAND, local_day

THREE_DAYS = Leg(name="result", within="3d", warn="2d")
SEVEN_WORKING = Leg(name="answer", within="7d", calendar="business_days", pauses="info_requested", warn="5d")
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


def weekdays(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.requirement("R-001.26", "R-001.32")
@given(MOMENTS)
def test_three_calendar_days_are_72_hours_to_the_second(start: datetime) -> None:
    assert times.due(THREE_DAYS, start) == start + timedelta(hours=72)
    assert times.warn(THREE_DAYS, start) == start + timedelta(hours=48)


def test_business_days_leave_out_weekends_and_holidays() -> None:
    friday = datetime(2026, 12, 4, 10, 0, tzinfo=THAILAND)
    # 5 Dec (Father's Day) is a Saturday, given back on Monday 7; 10 Dec is Constitution Day.
    assert times.due(SEVEN_WORKING, friday) == datetime(2026, 12, 17, 10, 0, tzinfo=THAILAND)
    assert times.warn(SEVEN_WORKING, friday) == datetime(2026, 12, 15, 10, 0, tzinfo=THAILAND)


def test_a_request_on_a_day_off_begins_with_the_next_working_day() -> None:
    saturday = datetime(2026, 11, 21, 15, 0, tzinfo=THAILAND)
    one_day = Leg(name="x", within="1d", calendar="business_days", warn="1h")
    assert times.due_at(one_day, saturday, weekdays) == datetime(2026, 11, 24, 0, 0, tzinfo=THAILAND)


def test_hours() -> None:
    hours = Leg(name="x", within="30h", calendar="business_days", warn="1h")
    friday = datetime(2026, 11, 20, 20, 0, tzinfo=THAILAND)
    assert times.due_at(hours, friday, weekdays) == datetime(2026, 11, 24, 2, 0, tzinfo=THAILAND)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_who_files_earlier_is_not_answered_later(start: datetime, later: timedelta) -> None:
    for leg in (THREE_DAYS, SEVEN_WORKING):
        assert times.due(leg, start) <= times.due(leg, start + later)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=6)), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_pause_moves_the_end_by_no_less_than_it_lasted_in_working_time(
    start: datetime, before: timedelta, pause: timedelta
) -> None:
    paused = start + before
    resumed = paused + pause
    calendar = times.due(THREE_DAYS, start)
    moved = times.resumed(THREE_DAYS, calendar, paused_at=paused, resumed_at=resumed)
    assert moved == (calendar + pause if calendar > paused else calendar)
    due = times.due(SEVEN_WORKING, start)
    moved = times.resumed(SEVEN_WORKING, due, paused_at=paused, resumed_at=resumed)
    assert moved >= due
    if pause == timedelta(0):
        assert moved == due


@given(MOMENTS)
def test_business_time_ends_on_a_working_day_or_the_midnight_after_it(start: datetime) -> None:
    due = times.due(SEVEN_WORKING, start)
    assert workdays.is_business_day(local_day(due - timedelta(microseconds=1)))


def test_a_warning_that_had_passed_stays() -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    warned = times.warn(THREE_DAYS, start)
    paused = warned + timedelta(hours=1)
    assert times.resumed(THREE_DAYS, warned, paused_at=paused, resumed_at=paused + timedelta(days=9)) == warned


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 22), False),  # Sunday
        (date(2026, 5, 1), True),  # Labour Day: the civil service works
        (date(2026, 5, 13), False),  # Royal Ploughing Ceremony: the civil service alone is off
        (date(2026, 4, 14), False),  # Songkran
        (date(2026, 1, 2), False),  # by Cabinet resolution
    ],
)
def test_thai_government_days(day: date, works: bool) -> None:
    assert workdays.is_business_day(day) is works


def test_overrides_are_read_and_their_mistakes_told(tmp_path: Path) -> None:
    file = tmp_path / "holidays.yaml"
    file.write_text("closed: {2026-11-24: Cabinet resolution}\nopen: [2026-12-07]\n")
    overrides = workdays.read_overrides(file)
    assert overrides.closed == {date(2026, 11, 24): "Cabinet resolution"}
    assert overrides.open == (date(2026, 12, 7),)
    file.write_text("closde: {}\n")
    with pytest.raises(msgspec.ValidationError, match="closde"):
        workdays.read_overrides(file)
