"""How the 90 days are counted, and when two names are one person's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.services.immigration.rules import due_date, name_key, next_due_date

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def answers(arrived: date, reported: date | None = None) -> dict[str, Any]:
    previous = {"reported": reported is not None} | ({"reported_on": reported.isoformat()} if reported else {})
    return {"arrival": {"arrived_on": arrived.isoformat()}, "previous": previous}


@pytest.mark.requirement("R-001.8")
def test_the_day_of_entry_is_day_one() -> None:
    assert due_date(answers(date(2026, 9, 1))) == date(2026, 11, 29)


@pytest.mark.requirement("R-001.8")
def test_after_a_report_the_next_is_due_ninety_days_on() -> None:
    assert due_date(answers(date(2026, 1, 10), date(2026, 9, 1))) == date(2026, 11, 30)


@pytest.mark.requirement("R-001.8")
@given(days)
def test_the_ninetieth_day_of_the_stay_is_the_due_date(arrived: date) -> None:
    due = due_date(answers(arrived))
    assert due is not None
    assert (due - arrived).days + 1 == 90


@given(days, days)
def test_only_the_later_of_entry_and_report_counts(arrived: date, reported: date) -> None:
    due = due_date(answers(arrived, reported))
    if arrived >= reported:
        assert due == due_date(answers(arrived))
    else:
        assert due == reported + timedelta(days=90)


@given(days, days, days)
def test_a_later_entry_never_brings_the_due_date_forward(first: date, second: date, reported: date) -> None:
    earlier, later = sorted([first, second])
    before, after = due_date(answers(earlier, reported)), due_date(answers(later, reported))
    assert before is not None
    assert after is not None
    # By one day it may: an entry on the day after a report's own day is the new day 1.
    assert after >= before - timedelta(days=1)


@given(days, days)
def test_no_report_is_due_before_ninety_days_have_begun(arrived: date, reported: date) -> None:
    due = due_date(answers(arrived, reported))
    assert due is not None
    assert due >= max(arrived, reported) + timedelta(days=89)


@given(days, days)
def test_a_report_moves_the_due_date_to_what_its_receipt_said(arrived: date, reported: date) -> None:
    if reported > arrived:
        assert due_date(answers(arrived, reported)) == next_due_date(answers(arrived), reported)


@pytest.mark.parametrize(
    "given_answers",
    [
        {},
        {"arrival": {}},
        {"arrival": None},
        {"arrival": {"arrived_on": None}},
        {"arrival": {"arrived_on": "2569-02-31"}},
        {"arrival": {"arrived_on": 20260101}},
        {"arrival": {"arrived_on": "9999-12-31"}},
    ],
)
def test_half_filled_answers_have_no_due_date(given_answers: dict[str, Any]) -> None:
    assert due_date(given_answers) is None


def test_a_last_report_left_over_from_a_changed_answer_does_not_count() -> None:
    half = answers(date(2026, 1, 10), date(2026, 9, 1))
    half["previous"]["reported"] = False
    assert due_date(half) == date(2026, 4, 9)


@pytest.mark.parametrize(
    ("reported", "recorded"),
    [
        (["Zaw Min", "", "Htun"], ["ZAW MIN HTUN", ""]),
        (["Anne-Marie", "Lefèvre"], ["ANNE MARIE", "LEFEVRE"]),
        (["Seán", "O'Brien"], ["SEAN", "OBRIEN"]),
        (["Wei", "Zhang"], ["ZHANG", "WEI"]),
    ],
)
def test_the_same_name_written_differently(reported: list[str], recorded: list[str]) -> None:
    assert name_key(*reported) == name_key(*recorded)


def test_another_name_is_told_apart() -> None:
    assert name_key("Zaw Min", "Htun") != name_key("ZAW MYO", "HTUN")
    assert name_key("Wei", None) != name_key("WEI", "ZHANG")


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_has_a_key_that_the_order_of_names_does_not_change(one: str, other: str) -> None:
    assert name_key(one, other) == name_key(other, one)
