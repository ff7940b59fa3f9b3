"""Small decisions of the desk's pages: pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

Unit = Literal["minutes", "hours", "days"]


class Left(NamedTuple):
    """How far a promised moment is away, in the largest unit that says enough."""

    number: int
    unit: Unit
    over: bool


def time_left(due_at: datetime, now: datetime) -> Left:
    """Minutes below an hour, hours below two days, else days; always rounded down."""
    over = due_at <= now
    minutes = int(abs(due_at - now).total_seconds() // 60)
    if minutes < 60:
        return Left(minutes, "minutes", over)
    if minutes < 48 * 60:
        return Left(minutes // 60, "hours", over)
    return Left(minutes // (24 * 60), "days", over)


PeriodKind = Literal["month", "last_month", "30_days", "custom"]
PERIODS: tuple[PeriodKind, ...] = ("month", "last_month", "30_days", "custom")
LONGEST = timedelta(days=366 * 5)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of a report, both included."""

    kind: PeriodKind
    first: date
    last: date


def period(kind: PeriodKind, today: date) -> Period:
    """One of the ready-made periods; `custom` begins as the month."""
    month = today.replace(day=1)
    if kind == "last_month":
        last = month - timedelta(days=1)
        return Period(kind, last.replace(day=1), last)
    if kind == "30_days":
        return Period(kind, today - timedelta(days=29), today)
    return Period(kind, month, today)


BUDDHIST_ERA_FROM = 2400


def typed_day(text: str) -> date | None:
    """`2026-11-22` or `2569-11-22`; None if it is no day."""
    parts = text.strip().split("-")
    if len(text) > 12 or len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    year, month, day = (int(part) for part in parts)
    try:
        return date(year - 543 if year >= BUDDHIST_ERA_FROM else year, month, day)
    except ValueError:
        return None


def same(answer: object, fact: object) -> bool:
    """Whether an answer and a register's fact say the same, whatever the spacing and capitals of words."""
    if isinstance(answer, str) and isinstance(fact, str):
        return _plain(answer) == _plain(fact)
    return answer == fact


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_cell(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


_ADDRESS = re.compile(r"https?://\S+")


def without_links(text: str) -> str:
    """A letter without its addresses: they open the case as the applicant, which is not for officers."""
    return _ADDRESS.sub("[…]", text)


def scale_top(largest: int) -> int:
    """A round number at or above `largest`, for the top of an axis with four steps."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * 4 >= largest:
                return step * factor * 4
        step *= 10


def every(count: int, most: int) -> int:
    """Which of `count` labels to show so that at most `most` are: each n-th."""
    return max(1, -(-count // max(1, most)))


def unique(items: Sequence[str]) -> list[str]:
    """In order, none twice, none empty."""
    return [item for item in dict.fromkeys(items) if item]
