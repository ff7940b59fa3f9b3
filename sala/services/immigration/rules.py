"""When a 90-day report falls due, and whether a report agrees with a register: pure decisions.

How days are counted, and why: docs/decisions/counting-90-days.md.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

PERIOD = 90  # days


def due_date(answers: Mapping[str, Any]) -> date | None:
    """The last day on which this report is in time (R-001.8); None until the answers say enough.

    The day of entry is day 1, so the 90th day is entry + 89. After a report the next is due
    90 days on. An entry on the day of the last report or later starts the count anew.
    """
    arrived = _date(answers, "arrival", "arrived_on")
    reported = _date(answers, "previous", "reported_on") if _value(answers, "previous", "reported") else None
    if arrived is None:
        return None
    if reported is None or arrived >= reported:
        return _later(arrived, PERIOD - 1)
    return _later(reported, PERIOD)


def next_due_date(answers: Mapping[str, Any], reported_on: date) -> date | None:
    """When the report after this one falls due: 90 days after the day on which this one was filed.

    Neither the day of the decision nor an early or late filing's own due date moves it.
    """
    return _later(reported_on, PERIOD)


def same_name(reported: Iterable[str], recorded: Iterable[str]) -> bool:
    """Whether two names have the same words.

    Case, accents, hyphens and the order of words do not tell people apart: registers and
    passports differ in where they put a middle name, and clerks in how they write É.
    """
    return _words(reported) == _words(recorded)


def _words(parts: Iterable[str]) -> list[str]:
    plain = unicodedata.normalize("NFKD", " ".join(parts)).casefold()
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c) and c not in "'’")
    return sorted(letters.split())


def _value(answers: Mapping[str, Any], page: str, field: str) -> Any:
    values = answers.get(page)
    return values.get(field) if isinstance(values, Mapping) else None


def _date(answers: Mapping[str, Any], page: str, field: str) -> date | None:
    value = _value(answers, page, field)
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _later(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None
