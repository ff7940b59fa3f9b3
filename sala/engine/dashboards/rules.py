"""What is counted, and what the counts say: pure arithmetic.

A case adds to `filed` (and `late`) on the day it is filed, and on the day it is decided to `decided`,
its outcome, one `minutes:<bucket>` and, when the promise was kept, `in_time`; a withdrawn one adds to
`withdrawn`. A survey answer adds to `score:<1…5>`. Days are counted in Thailand.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from typing import NamedTuple, TypeVar

K = TypeVar("K")

OUTCOMES = ("approved", "refused", "referred", "completed")
ALL = date(2000, 1, 1)
"""The `day` of the counters that span all time."""
END = date(9999, 11, 30)
"""Later than any day that is counted."""


CLASSES = (60, 4 * 60, 24 * 60, 2 * 24 * 60, 3 * 24 * 60, 7 * 24 * 60, 30 * 24 * 60)
"""Minutes at which a chart of results divides: 1 and 4 hours, 1, 2, 3, 7 and 30 days; each begins a bucket too."""


def _bounds(last: int) -> tuple[int, ...]:
    bounds = [1]
    while bounds[-1] < last:
        bounds.append(max(bounds[-1] + 1, bounds[-1] * 105 // 100))
    return tuple(sorted({*bounds, *CLASSES}))


BOUNDS = _bounds(20 * 366 * 24 * 60)
"""Where the buckets of minutes begin; bucket 0 is below one minute, the last one is open above 20 years.

Each is at most 5 % wide, so that a percentile read from them is at most 2.5 % off. Stored buckets are
numbered by this list: never change it without recounting.
"""


def bucket(minutes: int) -> int:
    """The bucket of a duration; `width_bucket(minutes, BOUNDS)` in PostgreSQL is the same."""
    return bisect_right(BOUNDS, max(0, minutes))


def middle(number: int) -> float:
    """Minutes in the middle of a bucket: a whole number where it is one minute wide."""
    if number == 0:
        return 0
    low = BOUNDS[number - 1]
    high = BOUNDS[number] - 1 if number < len(BOUNDS) else low
    return low if high == low else (low + high) / 2


def percentile(histogram: Mapping[int, int], q: float) -> float | None:
    """Minutes within which the share `q` (0 … 1) of the counted results came (nearest rank); None if there are none."""
    total = sum(histogram.values())
    if total <= 0:
        return None
    wanted, seen = max(1, -int(-q * total // 1)), 0
    for number in sorted(histogram):
        seen += histogram[number]
        if seen >= wanted:
            return middle(number)
    return None


def of_filing(*, late: bool) -> list[str]:
    """The measures a newly filed case adds one to."""
    return ["filed", "late"] if late else ["filed"]


def of_decision(*, outcome: str, minutes: int, in_time: bool) -> list[str]:
    """The measures a decision adds one to. `minutes` from filing, or the end of the visit, to decision."""
    measures = ["decided", outcome, f"minutes:{bucket(minutes)}"]
    return [*measures, "in_time"] if in_time else measures


def of_withdrawal() -> list[str]:
    """The measures a withdrawn case adds one to."""
    return ["withdrawn"]


def of_survey(*, score: int) -> list[str]:
    """The measures a survey answer of 1 … 5 adds one to."""
    return [f"score:{score}"]


class Range(NamedTuple):
    """Counters of one span whose `day` lies between `first` and `last`, both included."""

    span: str
    first: date
    last: date


def cover(first: date, last: date) -> list[Range]:
    """The fewest counters that make up the days from `first` to `last`: whole months, and days around them."""
    month = first if first.day == 1 else _next_month(first)
    after = _next_month(last) if _next_month(last) - timedelta(days=1) == last else last.replace(day=1)
    if month >= after:
        return [Range("day", first, last)] if first <= last else []
    ranges = [
        Range("day", first, month - timedelta(days=1)),
        Range("month", month, after - timedelta(days=1)),
        Range("day", after, last),
    ]
    return [r for r in ranges if r.first <= r.last]


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened in a period. Figures of several offices add up by `+`, percentiles included."""

    filed: int = 0
    late: int = 0
    decided: int = 0
    withdrawn: int = 0
    in_time: int = 0
    open: int = 0
    """Filed and neither decided nor withdrawn, at the end of the period's last day."""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    minutes: Mapping[int, int] = field(default_factory=dict)
    scores: Mapping[int, int] = field(default_factory=dict)

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            filed=self.filed + other.filed,
            late=self.late + other.late,
            decided=self.decided + other.decided,
            withdrawn=self.withdrawn + other.withdrawn,
            in_time=self.in_time + other.in_time,
            open=self.open + other.open,
            outcomes=_merged(self.outcomes, other.outcomes),
            minutes=_merged(self.minutes, other.minutes),
            scores=_merged(self.scores, other.scores),
        )

    @property
    def median(self) -> float | None:
        """Minutes from filing, or the end of the visit, to result: half of the results came sooner."""
        return percentile(self.minutes, 0.5)

    @property
    def p90(self) -> float | None:
        """Minutes within which nine of ten results came."""
        return percentile(self.minutes, 0.9)

    @property
    def in_time_share(self) -> float | None:
        """Share of the results that came within the promised time, 0 … 1."""
        return self.in_time / self.decided if self.decided else None

    @property
    def surveyed(self) -> int:
        return sum(self.scores.values())

    @property
    def satisfied(self) -> int:
        """Answers of 4 and 5."""
        return self.scores.get(4, 0) + self.scores.get(5, 0)

    @property
    def satisfaction(self) -> float | None:
        """Share of the answers that were 4 or 5, 0 … 1 (R-001.46: 1,037 of 1,094 = 94.8 %)."""
        return self.satisfied / self.surveyed if self.surveyed else None


def _merged(one: Mapping[K, int], two: Mapping[K, int]) -> dict[K, int]:
    return {key: one.get(key, 0) + two.get(key, 0) for key in {*one, *two}}


def total(figures: Iterable[Figures]) -> Figures:
    """All of them together."""
    return reduce(Figures.__add__, figures, Figures())


def figures_of(counts: Mapping[str, int], *, open_at_end: int = 0) -> Figures:
    """Figures from counts by measure."""
    return Figures(
        filed=counts.get("filed", 0),
        late=counts.get("late", 0),
        decided=counts.get("decided", 0),
        withdrawn=counts.get("withdrawn", 0),
        in_time=counts.get("in_time", 0),
        open=open_at_end,
        outcomes={outcome: counts[outcome] for outcome in OUTCOMES if counts.get(outcome)},
        minutes=_numbered(counts, "minutes:"),
        scores=_numbered(counts, "score:"),
    )


def _numbered(counts: Mapping[str, int], prefix: str) -> dict[int, int]:
    return {int(m.removeprefix(prefix)): n for m, n in counts.items() if m.startswith(prefix) and n}


def distribution(histogram: Mapping[int, int]) -> list[int]:
    """The counted results by `CLASSES`: below the first, from the first to below the second, … and from the last on."""
    classes = [0] * (len(CLASSES) + 1)
    for number, count in histogram.items():
        classes[bisect_right(CLASSES, BOUNDS[number - 1] if number else 0)] += count
    return classes
