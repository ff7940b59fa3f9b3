"""Who may be moved by whom, and what a correction changes: pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Protocol

from sala.identity.people.rules import MAJORITY

_GIVEN_AS = {
    "birth_date": "day",
    "nationality": "country",
    "title_en": "latin",
    "given_name_en": "latin",
    "middle_name_en": "latin",
    "family_name_en": "latin",
}
"""Which answer of the form holds a field's right value; Thai letters unless said otherwise."""


class Person(Protocol):
    """What these rules need to know of somebody."""

    @property
    def pid(self) -> str: ...
    @property
    def birth_date(self) -> date: ...
    @property
    def father_pid(self) -> str: ...
    @property
    def mother_pid(self) -> str: ...


def of_age(born: date, on: date) -> bool:
    """Whether somebody is of age on a day (Civil and Commercial Code, section 19)."""
    return (on.year - born.year, on.month, on.day) >= (MAJORITY, born.month, born.day)


def is_child_of(child: Person, parent: str, on: date) -> bool:
    """Whether the register names `parent` (their number) as a parent of somebody who is not of age."""
    return parent in {child.father_pid, child.mother_pid} and not of_age(child.birth_date, on)


def corrections(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The right values by field of the register, of the form's entries. Of one field told twice, the last one."""
    changes: dict[str, Any] = {}
    for entry in entries:
        field = entry["wrong"]["field"]
        value = entry["right"].get(_GIVEN_AS.get(field, "thai"))
        changes[field] = date.fromisoformat(value) if field == "birth_date" else value
    return changes


def versions(told: str) -> dict[int, int]:
    """The versions of entries as `written` told them."""
    return {int(row): int(version) for row, _, version in (one.partition(":") for one in told.split())}


def written(read: Mapping[int, int]) -> str:
    """Versions of entries by row, as one fact."""
    return " ".join(f"{row}:{version}" for row, version in sorted(read.items()))
