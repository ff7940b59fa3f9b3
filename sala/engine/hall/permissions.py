"""Who may do what in the hall of an office: by the posts that `cases/permissions.py` reads.

Officers see the day's list, check in, and sit at counters; seniors and managers set counters up. A post limited to
some services shows and calls the visits of those alone.
"""

from __future__ import annotations

from sala.engine.cases import permissions as of_cases
from sala.engine.cases.permissions import ROLES, SCOPES, Permission
from sala.engine.hall import words
from sala.identity.accounts.actor import Actor
from sala.kit.errors import Forbidden, NotFound

SEE, WORK, MANAGE = Permission.VIEW, Permission.WORK, Permission.ASSIGN


def offices(by: Actor, permission: Permission = SEE) -> frozenset[int]:
    """The offices in whose hall `by` may do this."""
    return of_cases.offices(by, permission)


def can(by: Actor, office: int, permission: Permission) -> bool:
    return office in offices(by, permission)


def check(by: Actor, office: int, permission: Permission) -> None:
    """Raise `NotFound` where the office is none of the actor's, `Forbidden` where only this is not allowed."""
    if can(by, office, permission):
        return
    if can(by, office, SEE):
        raise Forbidden(words.NOT_ALLOWED)
    raise NotFound


def services(by: Actor, office: int, permission: Permission) -> frozenset[str] | None:
    """The services of the office that the actor's posts allow this for; None = all of them."""
    found: set[str] = set()
    for seat in by.seats:
        if by.may(SCOPES[permission]) and permission in ROLES[seat.role] and office in of_cases.offices_of(seat):
            if not seat.services:
                return None
            found |= set(seat.services)
    return frozenset(found)


def check_service(by: Actor, office: int, service: str, permission: Permission) -> None:
    """As `check`, of one service."""
    check(by, office, permission)
    allowed = services(by, office, permission)
    if allowed is not None and service not in allowed:
        raise Forbidden(words.NOT_YOUR_SERVICE)
