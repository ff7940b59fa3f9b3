"""Who may do what with a visit. Whom it does not concern is told that it was not found."""

from __future__ import annotations

from sala.engine.appointments.models import Visit
from sala.engine.cases import permissions as of_cases
from sala.engine.cases.permissions import AtOffice, Permission
from sala.identity.accounts.actor import Actor
from sala.kit.errors import NotFound


def is_visitor(by: Actor, visit: Visit) -> bool:
    """Whether the actor booked the visit, or holds the key of its letters."""
    if by.kind == "key":
        return by.id == visit.reference
    return by.account_id is not None and by.account_id == visit.account_id


def can(by: Actor, visit: Visit, permission: Permission) -> bool:
    """Whether a post of the actor gives `permission` at the visit's office; on a visit of one's own none does."""
    located = AtOffice(visit.reference, visit.office_id, visit.service, visit.account_id)
    return of_cases.can(by, located, permission)


def check(by: Actor, visit: Visit, permission: Permission) -> None:
    """For what the office does with a visit. The system may do all."""
    if by.kind == "system":
        return
    located = AtOffice(visit.reference, visit.office_id, visit.service, visit.account_id)
    of_cases.check(by, located, permission)


def check_change(by: Actor, visit: Visit) -> None:
    """For what visitor and office may both do: change the time, cancel. The system may too."""
    if by.kind != "system" and not is_visitor(by, visit) and not can(by, visit, Permission.WORK):
        raise NotFound
