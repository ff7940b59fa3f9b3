"""Who may do what with a case. What the case's state allows stands in rules.py.

`check_x` raises, `can_x` answers. Somebody to whom the case does not belong is told
that it was not found, never that it exists.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sala.engine.cases import words
from sala.identity.accounts.actor import Actor, Seat
from sala.identity.directory import queries as directory
from sala.kit.errors import Forbidden, NotFound


class Permission(StrEnum):
    VIEW = "view"
    WORK = "work"  # claim, note, tick, ask
    DECIDE = "decide"
    ASSIGN = "assign"
    SEE_HOLDS = "see_holds"
    REPORTS = "reports"
    AUDIT = "audit"


P = Permission
ROLES: dict[str, frozenset[Permission]] = {
    "officer": frozenset({P.VIEW, P.WORK, P.DECIDE}),
    "senior": frozenset({P.VIEW, P.WORK, P.DECIDE, P.ASSIGN, P.SEE_HOLDS, P.REPORTS}),
    "manager": frozenset({P.VIEW, P.ASSIGN, P.SEE_HOLDS, P.REPORTS}),
    "auditor": frozenset({P.VIEW, P.SEE_HOLDS, P.REPORTS, P.AUDIT}),
    "administrator": frozenset(),
}
SCOPES: dict[Permission, str] = {
    P.VIEW: "desk:read",
    P.WORK: "desk:decide",
    P.DECIDE: "desk:decide",
    P.ASSIGN: "desk:decide",
    P.SEE_HOLDS: "desk:read",
    P.REPORTS: "reports:read",
    P.AUDIT: "reports:read",
}


class Located(Protocol):
    """What a decision about access needs of a case."""

    @property
    def reference(self) -> str: ...
    @property
    def office_id(self) -> int: ...
    @property
    def also_offices(self) -> Collection[int]: ...
    @property
    def service(self) -> str: ...
    @property
    def account_id(self) -> UUID | None: ...
    @property
    def held(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class AtOffice:
    """What is not a case, but is seen at the desk of an office by the same posts: a visit, a turn in the line."""

    reference: str
    office_id: int
    service: str
    account_id: UUID | None
    held: bool = False
    also_offices: Collection[int] = ()


def offices(actor: Actor, permission: Permission) -> frozenset[int]:
    """The offices where `actor` has `permission`."""
    if not actor.may(SCOPES[permission]):
        return frozenset()
    found: set[int] = set()
    for seat in actor.seats:
        if permission in ROLES[seat.role]:
            found |= offices_of(seat)
    return frozenset(found)


def can(actor: Actor, case: Located, permission: Permission) -> bool:
    """Whether a post of `actor` gives `permission` at the case's office and service.

    None gives any on a case of one's own, nor, to those who may not see holds, on one that is held.
    """
    return actor.may(SCOPES[permission]) and _has(actor, case, permission) and _exists_for(actor, case)


def check(actor: Actor, case: Located, permission: Permission) -> None:
    """Raise `NotFound` where the case is none of the actor's, `Forbidden` where only this is not allowed."""
    if can(actor, case, permission):
        return
    if _has(actor, case, P.VIEW) and _exists_for(actor, case):
        raise Forbidden(words.NOT_ALLOWED)
    raise NotFound


def person(actor: Actor) -> UUID:
    """The account behind the actor: what only a person may do, no key and no rule does."""
    if actor.account_id is None:
        raise Forbidden(words.NOT_ALLOWED)
    return actor.account_id


def is_applicant(actor: Actor, case: Located) -> bool:
    """Whether the actor filed the case, or holds the key of its acknowledgement."""
    if actor.kind == "key":
        return actor.id == case.reference
    return actor.account_id is not None and actor.account_id == case.account_id


def check_applicant(actor: Actor, case: Located) -> None:
    if not is_applicant(actor, case):
        raise NotFound


def _has(actor: Actor, case: Located, permission: Permission) -> bool:
    also = case.also_offices if permission is P.VIEW else ()
    return any(permission in ROLES[seat.role] and _covers(seat, case, also) for seat in actor.seats)


def _exists_for(actor: Actor, case: Located) -> bool:
    if actor.account_id is not None and actor.account_id == case.account_id:
        return False
    return not case.held or (actor.may(SCOPES[P.SEE_HOLDS]) and _has(actor, case, P.SEE_HOLDS))


def _covers(seat: Seat, case: Located, also: Collection[int]) -> bool:
    """Whether the post is at the case's office, or at one of those that only see it."""
    if seat.services and case.service not in seat.services:
        return False
    return not offices_of(seat).isdisjoint((case.office_id, *also))


def offices_of(seat: Seat) -> frozenset[int]:
    """Where a post holds: at its office, or at every office of its agency."""
    return directory.offices_of_agency(seat.agency) if seat.office is None else frozenset({seat.office})
