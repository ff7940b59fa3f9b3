"""What an officer does at the station, one step after the other. A machine's word informs; the officer decides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from sala.identity.accounts import recovering
from sala.identity.accounts.actor import Actor
from sala.identity.directory.queries import OfficeCard
from sala.identity.enrolment import candidates, codes, keeping, letters, levels, portraits, states
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.states import Event
from sala.identity.enrolment.station import comparing, words
from sala.identity.people import biometrics, cards
from sala.identity.people import queries as people
from sala.identity.people.queries import PersonCard
from sala.identity.wallet import devices, pins
from sala.kit import audit, clock, ratelimit
from sala.kit.errors import Conflict, Fault, Forbidden, Invalid, NotFound

VALID = {"here": timedelta(minutes=15), "day": timedelta(days=1), "week": timedelta(days=7)}
"""For how long a code can be typed in, as the officer chooses."""
KEPT = timedelta(days=7)
"""So long an enrolment that was begun at a station may be finished."""
CARD_TRIES_A_DAY = 30


@dataclass(frozen=True, slots=True)
class CardShown:
    """What the officer typed from the card; `reason` says why they go on where it does not fit."""

    laser: str = ""
    expires_on: date | None = None
    reason: str = ""


def begin(*, enrolment: UUID, person: int, purpose: str, card: CardShown, office: OfficeCard, by: Actor) -> None:
    """Begin with somebody who stands before the officer. May be repeated: the number of the enrolment is the page's.

    Raises Forbidden for oneself, Conflict for the dead and where no account is there to be opened, Invalid where the
    card does not fit and no reason is given, TooMany.
    """
    found = living(person, by)
    if purpose not in Enrolment.Purpose.values:
        raise Invalid([Fault("purpose", "missing", words.SAY)])
    if purpose != Enrolment.Purpose.ENROL and people.account_of(person) is None:
        raise Conflict(words.NO_ACCOUNT)
    proofs = card_proofs(found, card, by)
    now = clock.now()
    fresh = {"way": "office", "purpose": purpose, "person_id": person, "office_id": office.id, "proofs": proofs,
             "started_at": now, "changed_at": now, "expires_at": now + KEPT}  # fmt: skip
    with transaction.atomic():
        row, made = Enrolment.objects.get_or_create(id=enrolment, defaults=fresh)
        if made:
            audit.record(by.label, "enrolment.begun", f"person:{person}", {"office": office.id, "purpose": purpose})
        elif (row.person_id, row.office_id) != (person, office.id):
            raise NotFound


def show_card(*, enrolment: UUID, card: CardShown, office: OfficeCard, by: Actor) -> None:
    """Compare the card of an enrolment whose card is not compared yet. Raises Invalid, WrongState, TooMany."""
    person = people.by_id(person_of(locked(enrolment, office, waits=False)))
    if person is None:
        raise NotFound
    proofs = card_proofs(person, card, by)
    with held(enrolment, office, by) as row:
        row.proofs = row.proofs | proofs


def living(person: int, by: Actor) -> PersonCard:
    """Somebody whom this officer may enrol. Raises NotFound, Forbidden, Conflict."""
    found = people.by_id(person)
    if found is None:
        raise NotFound
    if found.died_on:
        raise Conflict(words.DEAD)
    own = people.of_account(by.account_id) if by.account_id else None
    if own and own.person.id == person:
        raise Forbidden(words.OWN)
    return found


def card_proofs(person: PersonCard, card: CardShown, by: Actor) -> dict[str, Any]:
    """What the card proves. Raises Invalid where it does not fit and no reason is given, TooMany."""
    ratelimit.hit(f"station.card:{person.id}", CARD_TRIES_A_DAY, 86_400)
    faults = [*_expiry_faults(person, card), *_laser_faults(person, card)]
    if faults and not card.reason.strip():
        raise Invalid(faults)
    wrong = {fault.field for fault in faults}
    proofs = {"shown": noted(by, wrong=sorted(wrong), reason=card.reason.strip())}
    if "expires_on" not in wrong:
        proofs[levels.Proof.CARD.value] = noted(by)
    if "laser" not in wrong:
        proofs[levels.Proof.LASER.value] = noted(by)
    return proofs


def _expiry_faults(person: PersonCard, card: CardShown) -> list[Fault]:
    if card.expires_on is None:
        return [Fault("expires_on", "missing", words.EXPIRY_MISSING)]
    if card.expires_on != person.card_expires_on:
        return [Fault("expires_on", "other", words.EXPIRY)]
    return [Fault("expires_on", "expired", words.EXPIRED)] if card.expires_on < clock.today() else []


def _laser_faults(person: PersonCard, card: CardShown) -> list[Fault]:
    if not card.laser:
        return [Fault("laser", "missing", words.LASER_MISSING)]
    fits = cards.matches(pid=person.pid, birth_date=person.birth_date, laser=card.laser)
    return [] if fits else [Fault("laser", "other", words.LASER)]


def take(*, enrolment: UUID, data: bytes, anyway: bool, office: OfficeCard, by: Actor) -> list[comparing.Advice]:
    """Keep the live picture and compare it with the register's; empty, or what to do better, and nothing is kept.

    `anyway`: the officer takes it as it is. Another picture replaces the former and what was decided on it. Raises
    Invalid for what is no picture.
    """
    picture, advice = comparing.judged(data)
    if advice and not anyway:
        return advice
    row = locked(enrolment, office, waits=False)
    verdict = comparing.with_register(person_of(row), picture, purpose=row.purpose, by=by)
    with held(enrolment, office, by) as row:
        portraits.keep(row.id, picture)
        candidates.forget(row.id)
        undone = {"officer", "face", "photograph", "searched"}
        row.proofs = {name: told for name, told in row.proofs.items() if name not in undone}
        row.proofs["taken"] = noted(by, advice=[one.code for one in advice])
        row.proofs["compared"] = noted(by, **verdict)
    return []


def decide(*, enrolment: UUID, same: bool | None, reason: str, office: OfficeCard, by: Actor) -> None:
    """The officer's word on the two pictures. Where the machine does not say so too, a reason is needed; who is not
    the person is refused, with a reason. Raises Invalid, WrongState."""
    with held(enrolment, office, by) as row:
        if "compared" not in row.proofs:
            raise states.WrongState
        found = row.proofs["compared"]["detail"]
        if same is None:
            raise Invalid([Fault("same", "missing", words.SAY)])
        if not reason.strip() and not (same and found.get("alike")):
            raise Invalid([Fault("reason", "missing", words.AGAINST if same else words.REASON)])
        if not same:
            refuse(row, reason.strip(), by)
            return
        row.proofs["officer"] = noted(by, reason=reason.strip())
        if found.get("reference"):
            row.proofs["face"] = noted(by, likeness=found.get("likeness"))
        audit.record(by.label, "enrolment.recognised", f"person:{person_of(row)}", {"office": office.id})


def refuse(row: Enrolment, reason: str, by: Actor) -> None:
    """End a locked enrolment by an officer's word; the person is told, where they have an account."""
    keeping.move(row, Event.REFUSED, reason=reason, by=by.label)
    candidates.forget(row.id)
    audit.record(by.label, "enrolment.refused", f"person:{row.person_id}", {"office": row.office_id})
    account = row.account_id or (people.account_of(row.person_id) if row.person_id else None)
    if account:
        letters.tell("enrolment_refused", account, enrolment=row.id)


def search(*, enrolment: UUID, office: OfficeCard, by: Actor) -> None:
    """Look for somebody else alike. May be repeated. Raises Away, Busy, NotReady: nothing is known then."""
    row = locked(enrolment, office, waits=False)
    alike = candidates.likely(enrolment, person=person_of(row), by=by)
    with held(enrolment, office, by) as row:
        if "officer" not in row.proofs:
            raise states.WrongState
        candidates.note(row, alike, by)


def tell_apart(
    *, enrolment: UUID, candidate: int, same: bool | None, reason: str, office: OfficeCard, by: Actor
) -> None:
    """The officer's word on somebody alike. Raises Invalid, NotFound, WrongState."""
    with held(enrolment, office, by) as row:
        candidates.decide(row, candidate=candidate, same=same, reason=reason, by=by)
        if row.state == states.State.REVIEW and not row.code:
            _slip_ahead(row, by)


def _slip_ahead(row: Enrolment, by: Actor) -> None:
    """The person goes home with a code that works as soon as a senior has decided."""
    row.tries = {**row.tries, "code": row.tries.get("code", 0) + 1}
    row.code, row.decided_by = codes.digest(codes.of(row.id, row.tries["code"])), by.label


def finish(*, enrolment: UUID, valid: str, office: OfficeCard, by: Actor) -> None:
    """All is decided: the photograph is the register's, and a code waits for the person; or the PIN is gone.

    Raises Invalid, WrongState, Conflict where no level is reached.
    """
    with held(enrolment, office, by) as row:
        if "officer" not in row.proofs or candidates.undecided(row.id):
            raise states.WrongState
        person = person_of(row)
        living(person, by)
        if row.purpose == Enrolment.Purpose.ENROL and "searched" not in row.proofs:
            raise states.WrongState
        picture = portraits.opened(row.id)
        row.level = levels.reached(row.proofs, levels.Way.OFFICE)
        if row.purpose == Enrolment.Purpose.PIN:
            _open_pin(row, person, by)
        else:
            _ready(row, person, picture, valid, by)
    if row.purpose == Enrolment.Purpose.ENROL and picture:
        comparing.make_template(person, picture.data, by=by)


def _ready(row: Enrolment, person: int, picture: portraits.Opened | None, valid: str, by: Actor) -> None:
    if not row.level:
        raise Conflict(words.NO_CARD)
    if row.purpose == Enrolment.Purpose.RECOVER:
        _give_back(row, person, by)
    elif picture:
        biometrics.keep_photograph(person=person, data=picture.data, by=by)
    keeping.move(row, Event.APPROVED, by=by.label)
    _code(row, valid)
    portraits.drop(row.id)
    audit.record(by.label, "enrolment.proven", f"person:{person}", {"office": row.office_id, "level": row.level})


def another_code(*, enrolment: UUID, valid: str, office: OfficeCard, by: Actor) -> None:
    """Make the code anew, by whoever made the first; the former is void. Raises WrongState."""
    with transaction.atomic():
        row = locked(enrolment, office)
        if row.state != states.State.READY or row.decided_by != by.label:
            raise states.WrongState
        _code(row, valid)
        row.changed_at = clock.now()
        row.save()


def _code(row: Enrolment, valid: str) -> None:
    """One that the person has from offline already stays, while it is good and nothing else is asked for."""
    if valid == "slip" and row.code:
        return
    if valid not in VALID:
        raise Invalid([Fault("valid", "missing", words.SAY)])
    number = row.tries.get("code", 0) + 1
    row.tries = {**row.tries, "code": number}
    keeping.give_code(row, codes.of(row.id, number), lasts=VALID[valid])


def code_of(row: Enrolment, by: Actor) -> str:
    """The code, to whoever made it, while it is good; empty otherwise."""
    number = row.tries.get("code", 0)
    waits = row.state in {states.State.READY, states.State.REVIEW}
    mine = waits and row.decided_by == by.label and row.expires_at > clock.now()
    code = codes.of(row.id, number) if mine and number else ""
    return code if code and row.code and bytes(row.code) == codes.digest(code) else ""


def _open_pin(row: Enrolment, person: int, by: Actor) -> None:
    account = _account_of(person)
    pins.forget(account)
    row.account_id = account
    keeping.move(row, Event.APPROVED, by=by.label)
    keeping.move(row, Event.SETTLED)
    audit.record(by.label, "pin.forgotten_at_office", f"account:{account}", {"office": row.office_id})
    letters.tell("office_pin_forgotten", account, enrolment=row.id)


def _give_back(row: Enrolment, person: int, by: Actor) -> None:
    account = _account_of(person)
    recovering.shut_out_everybody(account=account, by=by)
    pins.forget(account)
    devices.forget(account)
    letters.tell("office_recovered", account, enrolment=row.id)


def _account_of(person: int) -> UUID:
    account = people.account_of(person)
    if account is None:
        raise Conflict(words.NO_ACCOUNT)
    return account


@contextmanager
def held(enrolment: UUID, office: OfficeCard, by: Actor) -> Iterator[Enrolment]:
    """An enrolment of this office that is going on, locked; what is changed in the block is saved with it."""
    with transaction.atomic():
        row = locked(enrolment, office)
        if row.state != states.State.STARTED:
            raise states.WrongState
        if row.person_id:
            living(row.person_id, by)
        yield row
        row.changed_at = clock.now()
        row.save()


def locked(enrolment: UUID, office: OfficeCard, *, waits: bool = True) -> Enrolment:
    """An enrolment of this office, locked unless it is only read. Raises NotFound."""
    rows = Enrolment.objects.select_for_update() if waits else Enrolment.objects
    row = rows.filter(id=enrolment, way="office", office_id=office.id).first()
    if row is None:
        raise NotFound
    return row


def noted(by: Actor, **detail: Any) -> dict[str, Any]:
    """That it was done: when, by whom, and what more there is to say."""
    return {"at": clock.now().isoformat(), "by": by.label, "detail": detail}


def person_of(row: Enrolment) -> int:
    """Whom it is about. Raises WrongState where that is not known yet."""
    if row.person_id is None:
        raise states.WrongState
    return int(row.person_id)
