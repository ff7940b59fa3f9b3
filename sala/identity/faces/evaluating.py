"""How often an engine errs: from the likenesses of many pairs, one person's and two people's, with what is uncertain.

Terms of ISO/IEC 19795-1: a false match takes two people for one (FMR is its rate among impostor pairs); a false
non-match misses one person (FNMR, among genuine pairs). Likenesses are counted in 65,536 bins from -1 to 1, so that
a hundred million pairs take half a megabyte, and rates are exact at the bins' edges. No Django here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 1 << 16
TARGETS: Final = (0.01, 0.001, 0.000_1, 0.000_01)
"""The false match rates that the table has."""
ENOUGH: Final = 30
"""Errors that one must have seen to know their rate within a third of it, 90 times of 100: Doddington's rule of 30
(ISO/IEC 19795-1, annex B)."""
BLOCK: Final = 2_048
"""Templates on each side of a block: 16 MB of likenesses at once."""

_Z: Final = NormalDist().inv_cdf(0.975)

Counts = NDArray[np.int64]
Templates = NDArray[np.float32]
People = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of errors: how many of how many, and where the true one lies 95 times of 100, were all pairs independent.

    Pairs share people, so the truth may lie further.
    """

    errors: int
    of: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Point:
    """The errors at one threshold. `wanted` is the false match rate that it was chosen for; `told` is whether enough
    pairs were compared to tell such a rate at all."""

    wanted: float
    threshold: float
    fmr: Rate
    fnmr: Rate
    told: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """The likenesses of all pairs, counted."""

    genuine: Counts
    impostors: Counts


def edges() -> NDArray[np.float64]:
    """The likeness at which each bin begins, and 1 at the end."""
    return np.linspace(-1.0, 1.0, BINS + 1, dtype=np.float64)


def counted(likenesses: NDArray[np.floating]) -> Counts:
    """How many of them fall into each bin."""
    places = ((likenesses.astype(np.float64) + 1) * (BINS / 2)).astype(np.int64)
    return np.bincount(places.ravel().clip(0, BINS - 1), minlength=BINS)


def rate(errors: int, of: int) -> Rate:
    """A rate with its interval (Wilson, 1927): right for few errors, too, and for none."""
    if not of:
        return Rate(0, 0, 0.0, 0.0, 1.0)
    share, z2 = errors / of, _Z**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    low = 0.0 if errors == 0 else max(0.0, middle - half)
    return Rate(errors, of, share, low, 1.0 if errors == of else min(1.0, middle + half))


def at(tally: Tally, threshold_bin: int, wanted: float) -> Point:
    """The errors where pairs from that bin on are taken for one person."""
    impostors, genuine = int(tally.impostors.sum()), int(tally.genuine.sum())
    fmr = rate(int(tally.impostors[threshold_bin:].sum()), impostors)
    fnmr = rate(int(tally.genuine[:threshold_bin].sum()), genuine)
    told = impostors * wanted >= ENOUGH and genuine >= ENOUGH
    return Point(wanted, float(edges()[threshold_bin]), fmr, fnmr, told)


def for_fmr(tally: Tally, wanted: float) -> Point:
    """The lowest threshold whose false match rate is at most `wanted`."""
    above = _from_each(tally.impostors)
    threshold_bin = int(np.argmax(above <= wanted * tally.impostors.sum()))
    return at(tally, threshold_bin, wanted)


def for_threshold(tally: Tally, threshold: float) -> Point:
    """The errors at a given threshold, to the width of a bin."""
    threshold_bin = math.ceil((threshold + 1) * (BINS / 2) - 1e-6)
    chosen = min(max(threshold_bin, 0), BINS)
    return at(tally, chosen, at(tally, chosen, 0.0).fmr.rate)


def eer(tally: Tally) -> float:
    """The equal error rate: where as many are missed as are mistaken, halfway if the curves step over each other."""
    fmr, fnmr = curves(tally)
    best = int(np.argmin(np.abs(fmr - fnmr)))
    return float(fmr[best] + fnmr[best]) / 2


def curves(tally: Tally) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """FMR and FNMR at every edge; zeros where there are no pairs."""
    impostors, genuine = max(1, int(tally.impostors.sum())), max(1, int(tally.genuine.sum()))
    missed = np.concatenate([[0], np.cumsum(tally.genuine)])
    return _from_each(tally.impostors) / impostors, missed / genuine


def _from_each(counts: Counts) -> Counts:
    """How many stand in each bin or above it; none above the last."""
    return np.concatenate([np.cumsum(counts[::-1])[::-1], [0]])


def genuine(templates: Templates, people: People) -> Iterator[Counts]:
    """The likenesses of all pairs of one person, person by person."""
    order = np.argsort(people, kind="stable")
    starts = np.flatnonzero(np.diff(people[order], prepend=-1))
    for group in np.split(order, starts[1:]):
        for start in range(0, len(group), BLOCK):
            rows = templates[group[start : start + BLOCK]] @ templates[group].T
            later = np.arange(len(group)) > np.arange(start, start + len(rows))[:, None]
            yield counted(rows[later])


def impostors(templates: Templates, people: People, most: int | None, *, seed: int = 1) -> Iterator[tuple[int, Counts]]:
    """How many pairs were seen, and the likenesses of those of two people: all, or `most` of them drawn at random."""
    if most is None or impostor_pairs(people) <= most:
        yield from _all_impostors(templates, people)
        return
    draw = np.random.default_rng(seed)
    left = most
    while left:
        one, other = draw.integers(0, len(people), (2, min(1 << 18, 2 * left)))
        differ = np.flatnonzero(people[one] != people[other])[:left]
        left -= len(differ)
        likenesses = np.einsum("ij,ij->i", templates[one[differ]], templates[other[differ]])
        yield len(differ), counted(likenesses)


def impostor_pairs(people: People) -> int:
    """How many pairs of pictures show two people."""
    _, counts = np.unique(people, return_counts=True)
    total = int(counts.sum())
    return (total * (total - 1) - int((counts * (counts - 1)).sum())) // 2


def _all_impostors(templates: Templates, people: People) -> Iterator[tuple[int, Counts]]:
    places = np.arange(len(people))
    for top in range(0, len(people), BLOCK):
        rows = slice(top, top + BLOCK)
        for left in range(top, len(people), BLOCK):
            columns = slice(left, left + BLOCK)
            wanted = (people[rows, None] != people[None, columns]) & (places[rows, None] < places[None, columns])
            likenesses = (templates[rows] @ templates[columns].T)[wanted]
            yield len(likenesses), counted(likenesses)
