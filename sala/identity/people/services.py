"""Who keeps the register: registering, amending, and telling which account is whose. Every change has a history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from sala.identity.accounts.actor import Actor
from sala.identity.people import checking, queries, words
from sala.identity.people.models import Ial, Link, Person, PersonChange
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Fault, Invalid, NotFound

REGISTERED = "registered"


def register(
    *, person: Mapping[str, Any], by: Actor, reason: str = REGISTERED, effective_on: date | None = None
) -> int:
    """Enter somebody into the register; their row's number.

    `person` has the fields of `queries.FIELDS`, dates as dates; what may be empty may be left out.
    Raises Invalid with every fault, Conflict where the number stands in the register already.
    """
    clean = checking.whole(person)
    try:
        with transaction.atomic():
            row = Person.objects.create(**clean)
            after = queries.stored(_card(row.pid))
            _note(row, 1, before={}, after=after, by=by, reason=reason, effective_on=effective_on)
    except IntegrityError:
        if Person.objects.filter(pid=clean["pid"]).exists():
            raise Conflict(words.KNOWN_ALREADY) from None
        raise
    return int(row.id)


def amend(
    *, pid: str, changes: Mapping[str, Any], by: Actor, reason: str, effective_on: date | None = None
) -> queries.PersonCard:
    """Change what the register says of somebody, true since `effective_on` (today unless given); who they are then.

    What is as it was already is no change, so it may be repeated. Two who amend at once do it one after the other.
    Raises NotFound, Invalid with every fault.
    """
    if not reason.strip():
        raise Invalid([Fault("reason", "missing", words.REASON)])
    with transaction.atomic():
        row = Person.objects.select_for_update().filter(pid=pid).first()
        if row is None:
            raise NotFound
        before = _card(pid)
        known = {name: getattr(row, name) for name in queries.FIELDS}
        clean = checking.whole(known | dict(changes))
        fresh = {name: value for name, value in clean.items() if value != known[name]}
        if "pid" in fresh:
            raise Invalid([Fault("pid", "fixed", words.PID_FIXED)])
        if not fresh:
            return before
        row.changes += 1
        for name, value in fresh.items():
            setattr(row, name, value)
        row.save()
        after = _card(pid)
        was, now = queries.stored(before), queries.stored(after)
        _note(
            row,
            row.changes,
            before={name: was[name] for name in fresh},
            after={name: now[name] for name in fresh},
            by=by,
            reason=reason.strip(),
            effective_on=effective_on,
        )
        return after


def link(*, account: UUID, pid: str, ial: Ial, by: Actor) -> None:
    """The account is this person's. May be repeated.

    Raises NotFound for an unknown number, Conflict where the account is somebody else's, or they have another.
    """
    person = Person.objects.filter(pid=pid, died_on=None).values_list("id", flat=True).first()
    if person is None:
        raise NotFound
    try:
        with transaction.atomic():
            Link.objects.create(
                account_id=account, person_id=person, ial=ial, linked_at=clock.now(), linked_by=by.label
            )
            audit.record(by.label, "person.linked", f"account:{account}", {"person": person, "ial": str(ial)})
    except IntegrityError:
        if not Link.objects.filter(account_id=account, person_id=person, ended_at=None).exists():
            raise Conflict(words.LINKED_ELSEWHERE) from None


def link_enrolled(*, account: UUID, pid: str, by: Actor) -> None:
    """`link`, for somebody who was enrolled in full (IAL 2.3)."""
    link(account=account, pid=pid, ial=Ial.ENROLLED, by=by)


def unlink(*, account: UUID, by: Actor, reason: str) -> None:
    """The account is nobody's any more. May be repeated."""
    with transaction.atomic():
        if Link.objects.filter(account_id=account, ended_at=None).update(ended_at=clock.now()):
            audit.record(by.label, "person.unlinked", f"account:{account}", {"reason": reason})


def _card(pid: str) -> queries.PersonCard:
    found = queries.by_pid(pid)
    assert found  # noqa: S101 - its row was just written
    return found


def _note(
    row: Person,
    number: int,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
    by: Actor,
    reason: str,
    effective_on: date | None,
) -> None:
    PersonChange.objects.create(
        person=row,
        number=number,
        at=clock.now(),
        effective_on=effective_on or clock.today(),
        actor=by.label,
        reason=reason,
        before=before,
        after=after,
    )
