"""Who may see and do what in the console. To a stranger nothing of it exists."""

from __future__ import annotations

from sala.identity.accounts.actor import Actor
from sala.identity.console import words
from sala.identity.console.models import RelyingParty
from sala.kit.errors import Forbidden, NotFound

AUTHORITY = "provincial-administration"
"""The agency that decides: the Department of Provincial Administration owns the service (R-004.4)."""
_DECIDERS = frozenset({"senior", "manager"})


def may_decide(by: Actor) -> bool:
    """Seniors and managers of the whole department; a district's officers do not let anybody in."""
    return any(seat.agency == AUTHORITY and seat.office is None and seat.role in _DECIDERS for seat in by.seats)


def check_decides(by: Actor) -> None:
    if not may_decide(by):
        raise NotFound


def check_decides_on(party: RelyingParty, by: Actor) -> None:
    """Nobody decides on what they asked themselves."""
    check_decides(by)
    if party.account_id == by.account_id:
        raise Forbidden(words.OWN_REQUEST)


def check_own(party: RelyingParty, by: Actor) -> None:
    if by.account_id is None or party.account_id != by.account_id:
        raise NotFound
