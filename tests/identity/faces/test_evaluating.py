"""Rates of errors: beside counting by hand, for any likenesses."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sala.identity.faces import det_plot, evaluating
from sala.identity.faces.evaluating import BINS, Tally

pytestmark = pytest.mark.requirement("R-004.14")

# Likenesses in the middles of bins: what is counted by hand then meets no edge.
BIN = st.integers(0, BINS - 1)
LIKENESSES = st.lists(BIN, min_size=1, max_size=60)


def likenesses(bins: list[int]) -> NDArray[np.float64]:
    return (np.array(bins) + 0.5) * (2 / BINS) - 1


def tally(genuine: list[int], impostors: list[int]) -> Tally:
    return Tally(evaluating.counted(likenesses(genuine)), evaluating.counted(likenesses(impostors)))


@settings(max_examples=100, deadline=None)
@given(LIKENESSES, LIKENESSES, BIN)
def test_the_errors_at_a_threshold_are_those_counted_by_hand(genuine: list[int], others: list[int], at: int) -> None:
    threshold = at * (2 / BINS) - 1
    point = evaluating.for_threshold(tally(genuine, others), threshold)
    assert point.threshold == pytest.approx(threshold)
    assert point.fmr.errors == (likenesses(others) >= threshold).sum()
    assert point.fnmr.errors == (likenesses(genuine) < threshold).sum()
    assert (point.fmr.of, point.fnmr.of) == (len(others), len(genuine))


@settings(max_examples=100, deadline=None)
@given(LIKENESSES, LIKENESSES, st.floats(0.001, 0.5))
def test_the_threshold_is_the_lowest_that_keeps_the_rate(genuine: list[int], others: list[int], wanted: float) -> None:
    counts = tally(genuine, others)
    point = evaluating.for_fmr(counts, wanted)
    assert point.fmr.rate <= wanted
    if point.threshold > -1:
        assert evaluating.for_threshold(counts, point.threshold - 2 / BINS).fmr.rate > wanted


@settings(max_examples=60, deadline=None)
@given(LIKENESSES, LIKENESSES)
def test_the_equal_error_rate_lies_where_the_curves_meet(genuine: list[int], others: list[int]) -> None:
    edges = sorted({*genuine, *others, *(one + 1 for one in [*genuine, *others]), 0})
    found = []
    for edge in edges:
        fmr = np.mean([one >= edge for one in others])
        fnmr = np.mean([one < edge for one in genuine])
        found.append((abs(fmr - fnmr), (fmr + fnmr) / 2))
    least = min(found)[0]
    ours = evaluating.eer(tally(genuine, others))
    assert any(ours == pytest.approx(rate) for gap, rate in found if gap <= least + 1e-9)


@settings(max_examples=100, deadline=None)
@given(LIKENESSES, LIKENESSES)
def test_higher_thresholds_mistake_fewer_and_miss_more(genuine: list[int], others: list[int]) -> None:
    fmr, fnmr = evaluating.curves(tally(genuine, others))
    assert (np.diff(fmr) <= 0).all()
    assert (np.diff(fnmr) >= 0).all()
    assert (fmr[0], fmr[-1], fnmr[0], fnmr[-1]) == (1, 0, 0, 1)


@given(st.integers(1, 10**8), st.data())
def test_the_interval_holds_the_rate(of: int, data: st.DataObject) -> None:
    found = evaluating.rate(data.draw(st.integers(0, of)), of)
    assert 0 <= found.low <= found.rate <= found.high <= 1


def test_known_intervals() -> None:
    # Wilson's for 5 of 100, as Newcombe (1998) and every table has it.
    found = evaluating.rate(5, 100)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0215, 0.1118)
    # No error: the rule of three (3 of 1,000), and a little more.
    assert evaluating.rate(0, 1000).high == pytest.approx(3.84 / 1004, rel=0.01), (
        "no error: the rule of three, and more"
    )
    assert evaluating.rate(0, 0).high == 1


def drawn(people: int, each: int, size: int = 16, spread: float = 0.3) -> tuple[Any, Any]:
    """Templates of so many people, shuffled."""
    rng = np.random.default_rng(people * 100 + each)
    names = rng.permutation(np.repeat(np.arange(people), each))
    middles = rng.normal(size=(people, size))
    found = middles[names] + spread * rng.normal(size=(len(names), size))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32), names


@pytest.mark.parametrize("block", [3, 7, 2048])
def test_every_pair_is_counted_once_whatever_the_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluating, "BLOCK", block)
    templates, people = drawn(9, 4)
    genuine = np.sum(list(evaluating.genuine(templates, people)), axis=0)
    seen, counts = zip(*evaluating.impostors(templates, people, None), strict=True)
    by_hand: dict[bool, list[float]] = {True: [], False: []}
    for one in range(len(people)):
        for other in range(one):
            by_hand[bool(people[one] == people[other])].append(float(templates[one] @ templates[other]))
    assert sum(seen) == len(by_hand[False]) == evaluating.impostor_pairs(people)
    for ours, theirs in ((genuine, by_hand[True]), (np.sum(counts, axis=0), by_hand[False])):
        expected = np.cumsum(evaluating.counted(np.array(theirs)))
        assert ours.sum() == len(theirs)
        assert np.abs(np.cumsum(ours) - expected).max() <= 1, "rounding may move one over an edge"


def test_where_there_are_too_many_pairs_some_are_drawn() -> None:
    templates, people = drawn(50, 4)
    seen, counts = zip(*evaluating.impostors(templates, people, 5_000), strict=True)
    assert sum(seen) == 5_000 == np.sum(counts)
    all_ = np.sum([one for _, one in evaluating.impostors(templates, people, None)], axis=0)
    shares = [np.cumsum(one) / one.sum() for one in (np.sum(counts, axis=0), all_)]
    assert np.abs(shares[0] - shares[1]).max() < 0.03, "the drawn ones are as the whole"


def test_likenesses_a_little_over_one_are_counted() -> None:
    assert evaluating.counted(np.array([1.000_001, -1.000_001, 1.0], dtype=np.float32))[[0, -1]].tolist() == [1, 2]


def test_too_few_pairs_are_said_to_be_too_few() -> None:
    genuine = [BINS - 1] * 30
    assert not evaluating.for_fmr(tally(genuine, [0] * 2_999), 0.01).told
    assert evaluating.for_fmr(tally(genuine, [0] * 3_000), 0.01).told
    assert not evaluating.for_fmr(tally(genuine[1:], [0] * 3_000), 0.01).told


def test_the_plot_is_a_picture_with_words() -> None:
    rng = np.random.default_rng(4)
    counts = Tally(evaluating.counted(rng.normal(0.7, 0.1, 5_000)), evaluating.counted(rng.normal(0.1, 0.15, 90_000)))
    points = [evaluating.for_fmr(counts, target) for target in evaluating.TARGETS]
    plot = ElementTree.fromstring(det_plot.svg(counts, points, "Errors of <x> & y"))  # noqa: S314 - our own
    space = {"s": "http://www.w3.org/2000/svg"}
    title = plot.find("s:title", space)
    assert title is not None
    assert title.text == "Errors of <x> & y"
    assert len(plot.findall(".//s:circle", space)) == 2, "of 90,000 pairs, 1 % and 0.1 % are told"
    line = plot.find(".//s:polyline", space)
    assert line is not None
    spots = [tuple(map(float, spot.split(","))) for spot in line.attrib["points"].split()]
    assert 50 < len(spots) < 3_000
    assert all(80 <= x <= 600 and 80 <= y <= 600 for x, y in spots)
