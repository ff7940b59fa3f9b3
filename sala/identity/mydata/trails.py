"""Under which subjects the audit has looks at a person, and what its actions mean: each room tells its own.

A look stands under the number of what was looked at (`case:TM47-…`), not under a person. The room that keeps the
thing knows whose it is, and says so here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sala.kit.text import Text


@dataclass(frozen=True, slots=True)
class Trail:
    """A subject of the audit that is about the person; `reason` is what the look was for, `url` the person's own page
    of it. `office` is whose officers look at it, where one is responsible. `plain`: the office alone is told, not the
    role: by who reads an open request nobody may find out what is done about it (R-001.36)."""

    subject: str
    reason: Text
    url: str = ""
    office: int | None = None
    plain: bool = False


Trails = Callable[[UUID], Iterable[Trail]]
_trails: list[Trails] = []
_looks: dict[str, Text] = {}


def register(trails: Trails, looks: Mapping[str, Text]) -> None:
    """`trails` gives an account's subjects; `looks` are the actions on them that are looks, in words."""
    _trails.append(trails)
    _looks.update(looks)


def of_account(account: UUID) -> dict[str, Trail]:
    """All subjects that are about a person."""
    return {trail.subject: trail for trails in _trails for trail in trails(account)}


def looks() -> Mapping[str, Text]:
    """The actions that are looks, each with its words: what the officer did."""
    return _looks
