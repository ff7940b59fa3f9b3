"""Who may look at an office's appointments as a whole, and who may change when and how it gives them.

`check_x` raises, `can_x` answers. To somebody with no post there, the office's pages do not exist. What a post
allows with one visit stands in permissions.py.
"""

from __future__ import annotations

from enum import StrEnum

from sala.engine.cases.permissions import offices_of
from sala.identity.accounts.actor import Actor, Seat
from sala.kit.errors import Forbidden, NotFound
from sala.kit.text import Text


class Permission(StrEnum):
    VIEW = "view"
    CHANGE = "change"


P = Permission
ROLES: dict[str, frozenset[Permission]] = {
    "officer": frozenset({P.VIEW}),
    "senior": frozenset({P.VIEW}),
    "manager": frozenset({P.VIEW, P.CHANGE}),
    "auditor": frozenset({P.VIEW}),
    "administrator": frozenset({P.VIEW, P.CHANGE}),
}
SCOPES: dict[Permission, str] = {P.VIEW: "desk:read", P.CHANGE: "desk:decide"}
NOT_ALLOWED = Text(
    th="เฉพาะผู้จัดการหรือผู้ดูแลระบบของสำนักงานเท่านั้นที่เปลี่ยนแปลงข้อมูลนี้ได้",
    en="Only a manager or an administrator of the office may change this",
)


def offices(actor: Actor, permission: Permission = P.VIEW) -> frozenset[int]:
    """The offices where `actor` has `permission`, be it for one service only."""
    if not actor.may(SCOPES[permission]):
        return frozenset()
    found: set[int] = set()
    for seat in actor.seats:
        if permission in ROLES[seat.role]:
            found |= offices_of(seat)
    return frozenset(found)


def can(actor: Actor, permission: Permission, *, office: int, service: str | None = None) -> bool:
    """Whether a post gives `permission` over one service of the office, or over the office itself (None).

    The system may do all.
    """
    if actor.kind == "system":
        return True
    return actor.may(SCOPES[permission]) and any(
        permission in ROLES[seat.role] and _covers(seat, office, service, permission) for seat in actor.seats
    )


def check(actor: Actor, permission: Permission, *, office: int, service: str | None = None) -> None:
    """Raise `NotFound` where the office is none of the actor's, `Forbidden` where only this is not allowed."""
    if can(actor, permission, office=office, service=service):
        return
    if can(actor, P.VIEW, office=office, service=service):
        raise Forbidden(NOT_ALLOWED)
    raise NotFound


def _covers(seat: Seat, office: int, service: str | None, permission: Permission) -> bool:
    here = office in offices_of(seat)
    if not here or not seat.services:
        return here
    # A post for one service sees the office it is in; hours and closures touch the other services too.
    return permission is P.VIEW if service is None else service in seat.services
