"""The time that is held for a visit instead of the one it lost: the way to it, for those who see the visit.

The waiting list, which holds it, stands above this room in the house, so it is not called by its name: it puts itself
here when it is there (`register`). Without it, nothing is held.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

Find = Callable[[Collection[UUID]], Mapping[UUID, str]]
"""The addresses at which the open offers to these visits are answered, by visit; none of a visit without one."""


def _nothing(visits: Collection[UUID]) -> Mapping[UUID, str]:
    return {}


_find: Find = _nothing


def register(find: Find) -> None:
    """From an AppConfig.ready: let `find` be asked from now on."""
    global _find  # noqa: PLW0603
    _find = find


def addresses(visits: Collection[UUID]) -> Mapping[UUID, str]:
    """Where the times held instead are answered, by visit. Each opens without a sign-in: for the visit's own only."""
    return _find(visits) if visits else {}
