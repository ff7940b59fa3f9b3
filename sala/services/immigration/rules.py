"""When a 90-day report falls due, and whether a report agrees with a register: pure decisions.

How days are counted, and why: docs/decisions/0010.md.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal, get_args

PERIOD = 90  # days
Match = Literal["passport", "person", "name"]
MATCHES: tuple[Match, ...] = get_args(Match)  # the surest first


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


def name_key(*parts: str | None) -> str:
    """What of a name tells people apart: its words, sorted, without case, accents, hyphens and apostrophes.

    Registers and passports differ in where they put a middle name, and clerks in how they write É.
    """
    plain = unicodedata.normalize("NFKD", " ".join(part or "" for part in parts)).casefold()
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c) and c not in "'’")
    return " ".join(sorted(letters.split()))


def match(*, same_passport: bool, same_name: bool, born: date | None, claimed: date) -> Match | None:
    """How surely a warrant means a person: by passport, by name and birth date, or by name alone.

    A warrant of the same name but another birth date means somebody else. `born`: the warrant's,
    None where it has none; `claimed`: the person's.
    """
    if same_passport:
        return "passport"
    if not same_name or born not in {None, claimed}:
        return None
    return "person" if born else "name"


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
