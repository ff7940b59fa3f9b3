"""What was true on a day, and since when it was known: read off a person's history. No Django here.

Every change has two times: when it was recorded (`at`) and the day since when it is true (`effective_on`). The entry is
the line of all changes in the order of that day; of one day, the later recorded one holds. So a correction of the
past is a change like any other: it takes its place in the line, and what was changed after that day stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol


class Change(Protocol):
    """One line of a history; the first one (number 1) is the registration."""

    @property
    def number(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def before(self) -> dict[str, Any]: ...
    @property
    def after(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Period:
    """What a field was, from a day to a day, both included; `until` None: still."""

    value: Any
    since: date
    until: date | None


def first(present: Mapping[str, Any], history: Sequence[Change]) -> dict[str, Any]:
    """What the registration entered. Where its line does not say (invented people's are empty), what stood before the
    first change of the field, else what stands now."""
    base = dict(present)
    for change in sorted(history, key=lambda change: -change.number):
        base.update(change.after if change.number == 1 else change.before)
    return base


def on(
    present: Mapping[str, Any], history: Sequence[Change], day: date, *, known: datetime | None = None
) -> dict[str, Any] | None:
    """The entry as it was on a day; None before the first day of which anything is known."""
    told = [change for change in history if known is None or change.at <= known]
    if not told or day < min(change.effective_on for change in told):
        return None
    return _upto(first(present, history), told, day)


def since(present: Mapping[str, Any], history: Sequence[Change], day: date) -> list[dict[str, Any]]:
    """The entry on that day, and after each later change, the present one last."""
    base = first(present, history)
    days = sorted({day, *(change.effective_on for change in history if change.effective_on > day)})
    return [_upto(base, history, one) for one in days]


def periods(present: Mapping[str, Any], history: Sequence[Change], field: str) -> list[Period]:
    """What a field was, one value after the other; nothing for a field that has always been empty."""
    base = first(present, history)
    # What another field's correction dates before the registration says nothing of since when this one was so.
    days = sorted({change.effective_on for change in history if change.number == 1 or field in change.after})
    found: list[Period] = []
    for day in days:
        value = _upto(base, history, day)[field]
        if found and found[-1].value == value:
            continue
        if found:
            found[-1] = Period(found[-1].value, found[-1].since, day - timedelta(1))
        found.append(Period(value, day, None))
    return [period for period in found if period.value not in (None, "")]


def _upto(base: Mapping[str, Any], history: Sequence[Change], day: date) -> dict[str, Any]:
    # The registration holds from the beginning: what it entered was true before it was entered.
    told = [change for change in history if change.number > 1 and change.effective_on <= day]
    state = dict(base)
    for change in sorted(told, key=lambda change: (change.effective_on, change.number)):
        state.update(change.after)
    return state
