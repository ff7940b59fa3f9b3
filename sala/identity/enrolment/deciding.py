"""What waits for an officer: who enrolled by phone and could not be told by the machine, and faces found twice.

Whoever opens one has it for ten minutes, so that no two decide on it; each picture that is shown is told to its person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from sala.identity.accounts.actor import Actor
from sala.identity.directory.queries import OfficeCard
from sala.identity.enrolment import candidates, keeping, letters, portraits
from sala.identity.enrolment.levels import Proof, reached
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.states import Event, State, WrongState
from sala.identity.enrolment.station import comparing, services, words
from sala.identity.people import biometrics
from sala.identity.registrar import permissions
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Fault, Forbidden, Invalid, NotFound

OPENED_FOR = timedelta(minutes=10)
MOST = 100


class Opened(Conflict):
    """A colleague has it before them."""

    code = "opened"

    def __init__(self) -> None:
        super().__init__(words.OPENED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One that waits. `doubled`: a face was found twice, so a senior decides; `taken` by a colleague, now."""

    id: UUID
    person: int
    since: datetime
    purpose: str
    doubled: bool
    taken: bool


def queue(by: Actor) -> list[Waiting]:
    """What waits for this officer, the longest first; only a senior sees what only a senior decides."""
    return [
        Waiting(row.id, services.person_of(row), row.changed_at, row.purpose, row.way == "office", _taken(row, by))
        for row in _rows(by).order_by("changed_at")[:MOST]
    ]


def count(by: Actor) -> int:
    """How many wait for this officer."""
    return _rows(by).count()


def _rows(by: Actor) -> QuerySet[Enrolment]:
    rows = Enrolment.objects.filter(state=State.REVIEW, person__isnull=False)
    return rows if is_senior(by) else rows.filter(way="phone")


def is_senior(by: Actor) -> bool:
    """Whether they are one where registers are kept: to be one of another agency says nothing here."""
    return any(seat.role == "senior" and permissions.keeps(seat) for seat in by.seats)


def open_(enrolment: UUID, *, office: OfficeCard, by: Actor) -> Enrolment:
    """Have one before oneself, for ten minutes. Raises NotFound, WrongState, Opened, Forbidden (one's own; or only a
    senior's)."""
    with transaction.atomic():
        row = _waiting(enrolment, by)
        fresh = row.opened_by != by.label
        row.opened_by, row.opened_at = by.label, clock.now()
        row.save(update_fields=["opened_by", "opened_at"])
        if fresh:
            audit.record(by.label, "enrolment.viewed", f"person:{row.person_id}", {"office": office.id})
        return row


def decide(*, enrolment: UUID, word: str, reason: str, office: OfficeCard, by: Actor) -> None:
    """`approve`, `refuse` or `come` (to an office). All but an approval by phone need a reason, which the person reads.
    Where the register has no photograph there was nothing to compare with: such a one by phone is not approved.

    Raises Invalid, and what `open_` raises.
    """
    if word not in {"approve", "refuse", "come"}:
        raise Invalid([Fault("word", "missing", words.SAY)])
    picture = None
    with transaction.atomic():
        row = _waiting(enrolment, by)
        if row.way == "office" and keeping.had_a_part(row, by.label):
            raise Forbidden(words.SAW)
        if not reason.strip() and (word != "approve" or row.way == "office"):
            raise Invalid([Fault("reason", "missing", words.REASON)])
        if word == "approve" and row.way == "phone" and not may_approve(services.person_of(row)):
            raise Invalid([Fault("word", "nothing", words.NOTHING_TO_COMPARE)])
        if word == "approve":
            picture = _approve(row, reason.strip(), office, by)
        elif word == "refuse":
            services.refuse(row, reason.strip(), by)
        else:
            _send_to_office(row, reason.strip(), office, by)
    if picture:
        comparing.make_template(services.person_of(row), picture.data, by=by)


def may_approve(person: int) -> bool:
    """Whether the register has a photograph with which somebody who is not there can be compared."""
    return biometrics.photograph_kept_at(person) is not None


def _approve(row: Enrolment, reason: str, office: OfficeCard, by: Actor) -> portraits.Opened | None:
    """At the phone the officer's word is a proof, and the account is the person's; what an office began is finished."""
    picture = None
    if row.way == "office":
        candidates.clear(row, reason=reason, by=by)
        row.level = reached(row.proofs, row.way)
        picture = portraits.opened(row.id)
        if not row.level:
            raise Conflict(words.NO_CARD)
        if picture:
            biometrics.keep_photograph(person=services.person_of(row), data=picture.data, by=by)
    else:
        keeping.prove(row, Proof.OFFICER, by=by.label, detail={"office": office.id})
    code, until = row.code, clock.now() + services.VALID["week"]
    keeping.move(row, Event.APPROVED, reason=reason, by=by.label)
    audit.record(by.label, "enrolment.proven", f"person:{row.person_id}", {"office": office.id, "level": row.level})
    if row.way == "office":
        portraits.drop(row.id)
        row.code, row.expires_at = code, until
        row.save(update_fields=["code", "expires_at"])
    elif row.account_id:
        letters.tell("enrolment_approved", row.account_id, enrolment=row.id)
    return picture


def _send_to_office(row: Enrolment, reason: str, office: OfficeCard, by: Actor) -> None:
    if row.way == "office":
        raise WrongState
    row.reason, row.decided_by = reason, by.label
    keeping.move(row, Event.GIVEN_UP)
    audit.record(by.label, "enrolment.sent_to_office", f"person:{row.person_id}", {"office": office.id})
    if row.account_id:
        letters.tell("enrolment_come", row.account_id, enrolment=row.id)


def _waiting(enrolment: UUID, by: Actor) -> Enrolment:
    row = keeping.locked(enrolment)
    if row.person_id is None:
        raise NotFound
    if row.state != State.REVIEW:
        raise WrongState
    services.living(row.person_id, by)
    if row.account_id is not None and row.account_id == by.account_id:  # not linked yet, so `living` does not know
        raise Forbidden(words.OWN)
    if row.way == "office" and not is_senior(by):
        raise Forbidden(words.SENIOR)
    if _taken(row, by):
        raise Opened
    return row


def _taken(row: Enrolment, by: Actor) -> bool:
    held = row.opened_at is not None and row.opened_at > clock.now() - OPENED_FOR
    return held and row.opened_by != by.label
