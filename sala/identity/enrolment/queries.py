"""How an enrolment stands, for the pages; and what it has shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sala.identity.enrolment import levels
from sala.identity.enrolment.levels import Level, Proof
from sala.identity.enrolment.models import Enrolment, Portrait
from sala.identity.enrolment.states import OPEN, State
from sala.identity.people import queries as people
from sala.kit import clock


@dataclass(frozen=True, slots=True)
class Standing:
    """One enrolment as its person may know it. `person`: the register's row; `tries`: how often each proof failed."""

    id: UUID
    way: str
    purpose: str
    state: State
    level: str
    person: int | None
    proofs: frozenset[str]
    tries: dict[str, int]
    reason: str
    has_portrait: bool
    changed_at: datetime
    expires_at: datetime
    usable_from: datetime | None

    @property
    def card_shown(self) -> bool:
        return {Proof.CARD, Proof.LASER} <= self.proofs

    @property
    def live(self) -> bool:
        return Proof.LIVENESS in self.proofs

    @property
    def over(self) -> bool:
        """Ended, or ran out."""
        return self.state not in OPEN or self.expires_at <= clock.now()

    @property
    def usable(self) -> bool:
        """Ready, and nobody has longer to say that it was not they."""
        return self.state == State.READY and (self.usable_from is None or self.usable_from <= clock.now())


def current(account: UUID) -> Standing | None:
    """The account's enrolment by phone that goes on now; None without one."""
    row = Enrolment.objects.filter(
        account_id=account, way="phone", purpose="enrol", state__in=OPEN, expires_at__gt=clock.now()
    ).first()
    return _standing(row) if row else None


def refused(account: UUID) -> Standing | None:
    """The account's newest enrolment, where an officer refused it or asked the person to come: why, until
    something new begins."""
    newest = Enrolment.objects.filter(account_id=account, purpose="enrol").order_by("-started_at").first()
    return _standing(newest) if newest and newest.reason and newest.state in {State.REFUSED, State.ENDED} else None


def one(enrolment: UUID) -> Standing | None:
    """This enrolment, however it stands."""
    row = Enrolment.objects.filter(id=enrolment).first()
    return _standing(row) if row else None


@dataclass(frozen=True, slots=True)
class Ladder:
    """The level that an account has, and those above it."""

    held: Level | None
    above: tuple[Level, ...]
    all: tuple[Level, ...] = levels.LEVELS


def ladder(account: UUID) -> Ladder:
    """How surely an account is known to be its person's."""
    linked = people.of_account(account)
    held = linked.ial if linked else ""
    return Ladder(levels.level(held) if held else None, levels.above(held))


def other_level(account: UUID, person: int) -> str:
    """The level at which another account is this person's; empty where there is no other."""
    other = people.account_of(person)
    linked = people.of_account(other) if other and other != account else None
    return linked.ial if linked else ""


def _standing(row: Enrolment) -> Standing:
    return Standing(
        id=row.id,
        way=row.way,
        purpose=row.purpose,
        state=State(row.state),
        level=row.level,
        person=row.person_id,
        proofs=frozenset(row.proofs),
        tries=dict(row.tries),
        reason=row.reason,
        has_portrait=Portrait.objects.filter(enrolment_id=row.id).exists(),
        changed_at=row.changed_at,
        expires_at=row.expires_at,
        usable_from=row.usable_from,
    )
