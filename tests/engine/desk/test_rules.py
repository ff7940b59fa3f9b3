"""Time left, periods, comparison, spreadsheets' formulas, axes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.engine.desk import rules

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (5, (5, "minutes", False)),
        (59, (59, "minutes", False)),
        (60, (1, "hours", False)),
        (47 * 60 + 59, (47, "hours", False)),
        (48 * 60, (2, "days", False)),
        (0, (0, "minutes", True)),
        (-1, (1, "minutes", True)),
        (-3 * 24 * 60, (3, "days", True)),
    ],
)
def test_time_left(minutes: int, expected: tuple[int, str, bool]) -> None:
    assert rules.time_left(NOW + timedelta(minutes=minutes), NOW) == expected


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("month", date(2026, 3, 1), date(2026, 3, 1)),
        ("last_month", date(2026, 2, 1), date(2026, 2, 28)),
        ("30_days", date(2026, 1, 31), date(2026, 3, 1)),
        ("custom", date(2026, 3, 1), date(2026, 3, 1)),
    ],
)
def test_periods(kind: rules.PeriodKind, first: date, last: date) -> None:
    found = rules.period(kind, date(2026, 3, 1))
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22", date(2026, 11, 22)),
        ("2569-11-22", date(2026, 11, 22)),
        (" 2026-1-2 ", date(2026, 1, 2)),
        ("2026-02-30", None),
        ("22/11/2026", None),
        ("", None),
        ("2026-11-22-1", None),
        ("๒๕๖๙-11-22", None),
        ("99999999999999-1-1", None),
    ],
)
def test_typed_days(text: str, expected: date | None) -> None:
    assert rules.typed_day(text) == expected


def test_an_answer_and_a_fact_say_the_same_but_for_capitals_and_spaces() -> None:
    assert rules.same("Ana  LOPEZ", "ana lopez ")
    assert rules.same("2026-11-22", "2026-11-22")
    assert not rules.same("Ana Lopez", "Ana Lopes")
    assert not rules.same("1", 1)
    assert rules.same({"a": [1]}, {"a": [1]})


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    cell = rules.csv_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.removeprefix("'") == text or cell == text


@given(st.integers(min_value=0, max_value=10**9))
def test_an_axis_ends_at_a_round_number_above_all(largest: int) -> None:
    top = rules.scale_top(largest)
    assert top >= largest
    assert top % 4 == 0
    assert largest < 4 or top <= 2.5 * largest + 4


def test_labels_are_thinned() -> None:
    assert rules.every(31, 8) == 4
    assert rules.every(5, 8) == 1
    assert rules.every(0, 8) == 1


def test_unique_keeps_the_order() -> None:
    assert rules.unique(["b", "a", "b", ""]) == ["b", "a"]
