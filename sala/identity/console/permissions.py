"""Who may see and do what in the console. To a stranger nothing of it exists."""

from __future__ import annotations

from sala.identity.accounts.actor import Actor
from sala.identity.console import words
from sala.identity.console.models import Member, RelyingParty
from sala.identity.console.rules import Role
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
    """Nobody decides on what they asked themselves, or with others."""
    check_decides(by)
    if role_of(party, by) is not None:
        raise Forbidden(words.OWN_REQUEST)


def role_of(party: RelyingParty, by: Actor) -> Role | None:
    """What this person is to the RP; None for a stranger."""
    if by.account_id is None:
        return None
    found = Member.objects.filter(party=party, account_id=by.account_id).values_list("role", flat=True).first()
    return Role(found) if found else None


def check_own(party: RelyingParty, by: Actor) -> Role:
    """Who works on it, in whatever role. Raises NotFound."""
    role = role_of(party, by)
    if role is None:
        raise NotFound
    return role


def check_manages(party: RelyingParty, by: Actor) -> None:
    """Its managers alone. Raises NotFound to a stranger, Forbidden to a developer."""
    if check_own(party, by) is not Role.MANAGER:
        raise Forbidden(words.MANAGERS_ONLY)
