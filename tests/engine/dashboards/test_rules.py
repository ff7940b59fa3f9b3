"""Buckets, percentiles and sums."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.engine.dashboards.rules import (
    BOUNDS,
    CLASSES,
    Figures,
    bucket,
    cover,
    distribution,
    figures_of,
    middle,
    of_decision,
    of_filing,
    percentile,
    total,
)

MINUTES = st.integers(min_value=0, max_value=BOUNDS[-1] - 1)
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))


def _histogram(minutes: list[int]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for m in minutes:
        counts[bucket(m)] = counts.get(bucket(m), 0) + 1
    return counts


@given(MINUTES)
def test_a_bucket_is_at_most_five_per_cent_wide(minutes: int) -> None:
    number = bucket(minutes)
    if number:
        low, high = BOUNDS[number - 1], BOUNDS[number]
        assert low <= minutes < high
        assert high - low == 1 or (high - low) <= 0.05 * low


def test_a_clock_set_back_counts_as_at_once_and_decades_are_the_last_bucket() -> None:
    assert bucket(-5) == 0
    assert middle(bucket(10**9)) == BOUNDS[-1]


@given(st.lists(MINUTES, min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.25, 1.0]))
def test_a_percentile_is_within_two_and_a_half_per_cent_of_the_nearest_rank(minutes: list[int], q: float) -> None:
    rank = max(1, -int(-q * len(minutes) // 1))
    exact = sorted(minutes)[rank - 1]
    found = percentile(_histogram(minutes), q)
    assert found is not None
    assert abs(found - exact) <= 0.025 * exact


def test_no_results_have_no_percentile() -> None:
    assert percentile({}, 0.5) is None
    assert Figures().median is None
    assert Figures().in_time_share is None
    assert Figures().satisfaction is None


@given(DAYS, st.integers(min_value=0, max_value=1200))
def test_cover_takes_every_day_once(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    days: list[date] = []
    for span, begin, end in cover(first, last):
        day = begin
        while day <= end:
            if span == "day":
                days.append(day)
                day += timedelta(days=1)
                continue
            assert day.day == 1
            month = day.month
            while day.month == month:
                days.append(day)
                day += timedelta(days=1)
    assert days == [first + timedelta(days=n) for n in range(length + 1)]
    assert sum((r.last - r.first).days + 1 for r in cover(first, last) if r.span == "day") <= 61


def test_cover_of_nothing_is_nothing() -> None:
    assert cover(date(2026, 3, 2), date(2026, 3, 1)) == []


@pytest.mark.requirement("R-001.45", "R-001.46")
def test_samut_sakhon_1037_of_1094_are_94_8_per_cent() -> None:
    figures = figures_of({"score:5": 700, "score:4": 337, "score:3": 40, "score:2": 12, "score:1": 5})
    assert (figures.satisfied, figures.surveyed) == (1037, 1094)
    assert figures.satisfaction is not None
    assert f"{figures.satisfaction:.1%}" == "94.8%"


COUNTS = st.dictionaries(
    st.sampled_from(
        ["filed", "late", "decided", "in_time", "approved", "refused", "minutes:3", "minutes:90", "score:4"]
    ),
    st.integers(min_value=1, max_value=1000),
)


@given(st.lists(st.tuples(COUNTS, st.integers(min_value=0, max_value=50)), max_size=8))
def test_totals_add_up(offices: list[tuple[dict[str, int], int]]) -> None:
    figures = [figures_of(counts, open_at_end=n) for counts, n in offices]
    together = total(figures)
    assert together.filed == sum(f.filed for f in figures)
    assert together.open == sum(n for _, n in offices)
    summed: dict[str, int] = {}
    for counts, _ in offices:
        for measure, n in counts.items():
            summed[measure] = summed.get(measure, 0) + n
    assert together == figures_of(summed, open_at_end=together.open)


def test_measures_of_a_case() -> None:
    assert of_filing(late=True) == ["filed", "late"]
    assert of_decision(outcome="approved", minutes=90, in_time=True) == [
        "decided",
        "approved",
        f"minutes:{bucket(90)}",
        "in_time",
    ]
    assert "in_time" not in of_decision(outcome="refused", minutes=90, in_time=False)


@given(st.lists(MINUTES, max_size=100))
def test_the_distribution_is_exact_at_its_classes(minutes: list[int]) -> None:
    edges = [0, *CLASSES, 10**9]
    exact = [sum(low <= m < high for m in minutes) for low, high in pairwise(edges)]
    assert distribution(_histogram(minutes)) == exact
