"""Who handles what people say was not them: the department that keeps the register."""

from __future__ import annotations

from sala.identity.accounts.actor import Actor
from sala.kit.errors import NotFound

AUTHORITY = "provincial-administration"
"""The Department of Provincial Administration owns the digital identity (R-004.4)."""
_HANDLERS = frozenset({"senior", "manager"})


def may_handle(by: Actor) -> bool:
    """Seniors and managers of the whole department."""
    return any(seat.agency == AUTHORITY and seat.office is None and seat.role in _HANDLERS for seat in by.seats)


def check_handles(by: Actor) -> None:
    """To others none of it exists. Raises NotFound."""
    if not may_handle(by):
        raise NotFound
