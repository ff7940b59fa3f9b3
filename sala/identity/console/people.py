"""The people of a relying party: invited by e-mail, in one of two roles, removed. There is always a manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from sala.identity.accounts import rules as accounts
from sala.identity.accounts.actor import Actor
from sala.identity.console import letters, permissions, services, words
from sala.identity.console.models import Invitation, Member
from sala.identity.console.rules import Role
from sala.kit import audit, clock, ratelimit
from sala.kit.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from sala.kit.ids import hash_token, uuid7

LASTS = timedelta(days=7)
MOST = 20
INVITED_A_DAY = 30


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works on the RP."""

    number: int
    name: str
    email: str
    role: Role
    since: datetime
    account_id: UUID


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who has not answered yet."""

    id: UUID
    email: str
    role: Role
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation as who follows its link reads it."""

    party: UUID
    email: str
    role: Role
    by: str


def members(party: UUID) -> list[Person]:
    """Who works on it, the longest first. Who may ask is the caller's to have judged."""
    rows = Member.objects.filter(party_id=party).select_related("account").order_by("since", "id")
    return [
        Person(
            row.id,
            f"{row.account.given_name} {row.account.surname}",
            row.account.email,
            Role(row.role),
            row.since,
            row.account_id,
        )
        for row in rows
    ]


def invited(party: UUID) -> list[Invited]:
    """Invitations that can still be accepted."""
    rows = Invitation.objects.filter(party_id=party, ended_at=None, expires_at__gt=clock.now()).order_by("id")
    return [Invited(row.id, row.email, Role(row.role), row.expires_at) for row in rows]


def invite(*, party: UUID, email: str, role: str, by: Actor) -> None:
    """Ask somebody by e-mail; the same address again is asked anew, in the role said last. Raises Invalid, TooMany."""
    email = email.strip()
    faults = accounts.email_faults(email, "email")
    if role not in set(Role):
        faults.append(Fault("role", "missing", words.CHOOSE_ROLE))
    if faults:
        raise Invalid(faults)
    ratelimit.hit(f"console.invite:{by.account_id}", INVITED_A_DAY, 86_400)
    with transaction.atomic():
        row = services.locked(party, by, manager=True)
        _check_new(party, email)
        now, id_ = clock.now(), uuid7()
        row.invitations.filter(email__iexact=email, ended_at=None).update(ended_at=now)
        row.invitations.create(
            id=id_, token_hash=hash_token(letters.token_of(id_)), email=email, role=role, invited_by=by.name,
            language=by.language, expires_at=now + LASTS,
        )  # fmt: skip
        letters.tell("console_invited", party, invitation=id_)
        audit.record(by.label, "console.invited", f"rp:{party}", {"role": role})


def _check_new(party: UUID, email: str) -> None:
    people = members(party)
    if any(one.email.lower() == email.lower() for one in people):
        raise Invalid([Fault("email", "member", words.ALREADY_MEMBER)])
    if len(people) + len(invited(party)) >= MOST:
        raise Conflict(words.ENOUGH_MEMBERS)


def take_back(*, party: UUID, invitation: UUID, by: Actor) -> None:
    """The invitation is good no more."""
    with transaction.atomic():
        row = services.locked(party, by, manager=True)
        if row.invitations.filter(id=invitation, ended_at=None).update(ended_at=clock.now()):
            audit.record(by.label, "console.invitation_ended", f"rp:{party}")


def look(token: str) -> Offer:
    """What the link offers. Raises NotFound for what is no invitation, or none any more."""
    found = Invitation.objects.filter(token_hash=hash_token(token), ended_at=None, expires_at__gt=clock.now()).first()
    if found is None:
        raise NotFound(words.INVITATION_GONE)
    return Offer(found.party_id, found.email, Role(found.role), found.invited_by)


def accept(*, token: str, by: Actor) -> UUID:
    """Work on the RP from now on; its id. Raises NotFound; Forbidden to an account with another address: a letter
    that was passed on, or read by others, lets nobody in."""
    offer = look(token)
    if by.account_id is None or by.email.lower() != offer.email.lower():
        raise Forbidden(words.OTHER_ADDRESS)
    with transaction.atomic():
        row = services.locked_row(offer.party)
        ended = row.invitations.filter(token_hash=hash_token(token), ended_at=None).update(ended_at=clock.now())
        if not ended:
            raise NotFound(words.INVITATION_GONE)
        Member.objects.get_or_create(party=row, account_id=by.account_id, defaults={"role": offer.role.value})
        audit.record(by.label, "console.joined", f"rp:{row.id}", {"role": offer.role.value})
    return row.id


def change(*, party: UUID, member: int, role: str, by: Actor) -> None:
    """Give somebody another role, or with an empty one none: they are removed. Anybody may remove themselves.

    Raises NotFound, Forbidden; Conflict where no manager would be left.
    """
    with transaction.atomic():
        row = services.locked(party, by)
        found = row.members.filter(id=member).first()
        if found is None:
            raise NotFound
        if found.account_id != by.account_id or role:
            permissions.check_manages(row, by)
        if role and role not in set(Role):
            raise Invalid([Fault("role", "missing", words.CHOOSE_ROLE)])
        others = row.members.filter(role=Role.MANAGER.value).exclude(id=member).exists()
        if role != Role.MANAGER.value and not others:
            raise Conflict(words.LAST_MANAGER)
        _change(found, role, party, by)


def _change(found: Member, role: str, party: UUID, by: Actor) -> None:
    if found.role == role:
        return
    detail: dict[str, Any] = {"account": str(found.account_id), "from": found.role, "to": role or "none"}
    if role:
        found.role = role
        found.save(update_fields=["role"])
    else:
        found.delete()
    audit.record(by.label, "console.member_changed", f"rp:{party}", detail)
