"""What was true on a day: against a model that keeps one dictionary for every day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from sala.identity.people import timeline
from sala.identity.people.queries import Changed

START = date(2026, 1, 1)
DAYS = [START + timedelta(n) for n in range(30)]
FIELDS = ("moo", "road", "died_on")
values = some.fixed_dictionaries({}, optional={name: some.sampled_from(["a", "b", "c"]) for name in FIELDS})
lines = some.lists(some.tuples(some.integers(0, 29), values), max_size=12)


class Naive:
    """Every day's entry, written out; a change writes each day from its own to the next change of the same field."""

    def __init__(self, entered: int) -> None:
        self.days = [dict.fromkeys(FIELDS, "a") for _ in DAYS]
        self.marks: dict[str, set[int]] = {name: set() for name in FIELDS}
        self.earliest = entered

    def change(self, day: int, after: dict[str, Any]) -> None:
        self.earliest = min(self.earliest, day)
        for name, value in after.items():
            later = [mark for mark in self.marks[name] if mark > day]
            for n in range(day, min(later, default=len(DAYS))):
                self.days[n][name] = value
            self.marks[name].add(day)


def told(entered: int, changes: list[tuple[int, dict[str, Any]]], *, silent: bool) -> tuple[list[Changed], list[Naive]]:
    """A history as services write it, and the model as it was after each line."""
    base = dict.fromkeys(FIELDS, "a")
    history = [_line(1, entered, {}, {} if silent else base)]
    models = [Naive(entered)]
    for day, after in changes:
        model = Naive(entered)
        for line in history[1:]:
            model.change((line.effective_on - START).days, line.after)
        before = {name: model.days[day][name] for name in after}
        history.append(_line(len(history) + 1, day, before, after))
        model.change(day, after)
        models.append(model)
    return history, models


def _line(number: int, day: int, before: dict[str, Any], after: dict[str, Any]) -> Changed:
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(number)
    return Changed(number, at, DAYS[day], "system:test", "test", before, after)


@given(some.integers(0, 29), lines, some.booleans())
def test_each_day_is_as_a_list_of_all_days_has_it(
    entered: int, changes: list[tuple[int, dict[str, Any]]], silent: bool
) -> None:
    history, models = told(entered, changes, silent=silent)
    present = models[-1].days[-1]
    for line, model in zip(history, models, strict=True):
        for number, day in enumerate(DAYS):
            expected = model.days[number] if number >= model.earliest else None
            assert timeline.on(present, history, day, known=line.at) == expected
    assert timeline.on(present, history, DAYS[-1]) == present
    assert timeline.since(present, history, DAYS[0])[-1] == present


@given(some.integers(0, 29), lines)
def test_periods_are_the_days_run_together(entered: int, changes: list[tuple[int, dict[str, Any]]]) -> None:
    history, models = told(entered, changes, silent=False)
    model = models[-1]
    found = timeline.periods(model.days[-1], history, "moo")
    first = min(one.effective_on for one in history if one.number == 1 or "moo" in one.after)
    for number, day in enumerate(DAYS):
        held = [one.value for one in found if one.since <= day and (one.until is None or day <= one.until)]
        assert held == ([model.days[number]["moo"]] if day >= first else [])


def test_nothing_was_known_before_the_registration_was_recorded() -> None:
    history, _ = told(3, [(5, {"moo": "b"})], silent=False)
    before = history[0].at - timedelta(seconds=1)
    assert timeline.on(dict.fromkeys(FIELDS, "a"), history, DAYS[9], known=before) is None
