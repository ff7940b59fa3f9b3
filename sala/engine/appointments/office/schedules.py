"""When and how offices give appointments: opening hours, closures, what a service needs, and the places this makes.

A change is looked at before it is made (`preview`), and made with the fingerprint of that look: who would be touched
is then exactly who was shown, else `Outdated` asks to look again. Whatever can no longer be served is displaced, in
the same transaction: the visitor keeps the visit and is offered another time, nobody is dropped silently.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import psycopg
from django.db import OperationalError, connection, transaction

from sala.engine.appointments.models import Closure, Hours, Schedule, Visit
from sala.engine.appointments.office import aligning, stored
from sala.engine.appointments.office.changes import (
    Change,
    ClosureWithdrawn,
    NewClosure,
    NewHours,
    NewTerms,
    Terms,
    days_of,
    faults,
    too_many,
    under,
)
from sala.engine.appointments.office.permissions import Permission, check
from sala.engine.appointments.office.planning import Conditions, Difference, Span, merged, plan
from sala.engine.appointments.rules import USUAL_HOURS, Opening
from sala.engine.catalogue.loaded import Loaded
from sala.engine.catalogue.times import span
from sala.engine.catalogue.workdays import is_holiday
from sala.identity.accounts.actor import Actor, system
from sala.identity.directory import queries as directory
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Invalid, NotFound
from sala.kit.text import Text

FIRST_COUNTERS = 2
"""An office begins with so many counters for a service, until it says how many it has."""
SHOWN = 6
"""Visits that a preview names; more are counted."""
_TRIES = 3
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SYSTEM = system("appointments")
R = TypeVar("R")


class Outdated(Conflict):
    """Since the change was looked at, somebody booked, cancelled or changed something: it would do something else."""

    code = "preview_again"

    def __init__(self) -> None:
        super().__init__(
            Text(
                th="ข้อมูลเปลี่ยนไปตั้งแต่ท่านดูผลล่าสุด โปรดตรวจสอบผลอีกครั้งก่อนยืนยัน",
                en="Something has changed since you looked. Look at what the change does once more, then confirm it",
            )
        )


@dataclass(frozen=True, slots=True)
class TouchedVisit:
    """A visit that would lose its time: enough to find it, no more of the person."""

    id: UUID
    reference: str
    service: str
    office: int
    starts_at: datetime
    people: int


@dataclass(frozen=True, slots=True)
class Touched:
    """What a change does: visits and people who lose their time, the first of them, free places that go and come."""

    visits: int
    people: int
    first: datetime | None
    shown: tuple[TouchedVisit, ...]
    goes: int
    comes: int
    fingerprint: str


def preview(change: Change, *, by: Actor) -> Touched:
    """What `change` would do now. Changes nothing; raises as the change itself would."""
    schedules = stored.affected(change)
    _check(change, schedules, by)
    before = aligning.conditions_of(schedules)
    _check_size(change, before)
    within = days_of(change)
    found = {one.id: aligning.foreseen(one.id, under(change, before[one.id]), within) for one in schedules}
    displaced = [visit for visits, _ in found.values() for visit in visits]
    return _touched(change, before, displaced, [counts for _, counts in found.values()])


def make(change: Change, *, by: Actor, fingerprint: str | None = None) -> tuple[UUID, ...]:
    """Make the change; the visits it displaced. What is so already is left alone.

    With the `fingerprint` of a preview, raises `Outdated` where the change would now touch others.
    """
    return _retried(lambda: _make(change, by, fingerprint))


def set_schedule(*, schedule: int, terms: Terms, by: Actor, fingerprint: str | None = None) -> tuple[UUID, ...]:
    """Give a service of an office in another way."""
    return make(NewTerms(schedule, terms), by=by, fingerprint=fingerprint)


def set_hours(*, office: int, hours: Sequence[Opening], by: Actor, fingerprint: str | None = None) -> tuple[UUID, ...]:
    """Open an office at other hours, for all its services."""
    return make(NewHours(office, merged(hours)), by=by, fingerprint=fingerprint)


def close(
    *,
    office: int | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: Text,
    by: Actor,
    fingerprint: str | None = None,
) -> tuple[UUID, ...]:
    """Close an office for a time; None closes every office of every agency, which only the system may."""
    offices = None if office is None else (office,)
    return make(NewClosure(offices, starts_at, ends_at, reason), by=by, fingerprint=fingerprint)


def withdraw_closure(*, closure: int, by: Actor, fingerprint: str | None = None) -> None:
    """Take a closure back. Its places are offered again; visits it displaced stay displaced until moved."""
    make(withdrawal(closure), by=by, fingerprint=fingerprint)


def withdrawal(closure: int) -> ClosureWithdrawn:
    """The change that takes this closure back; NotFound if there is none."""
    row = Closure.objects.filter(id=closure).first()
    if row is None:
        raise NotFound
    return ClosureWithdrawn(row.id, Span(row.starts_at, row.ends_at))


def extend(schedule: int) -> int:
    """Make the places that the horizon has reached, sweep away old free ones; how many were made.

    Also follows a holiday that has been added or moved: visits on it are displaced.
    """
    return _retried(lambda: _extend(schedule))


def ensure(service: Loaded, office: int) -> int:
    """The schedule of `service` at an office, begun from the declaration if there is none; its id."""
    asked = service.declaration.appointment
    if asked is None:
        raise ValueError(f"{service.slug} has no appointment")
    with transaction.atomic():
        aligning.lock_offices([office])
        here = list(Schedule.objects.filter(office=office))
        if known := next((one for one in here if one.service == service.slug), None):
            return known.id
        if not here and not Hours.objects.filter(office=office).exists():
            stored.write_hours(office, USUAL_HOURS)
        letters = {one.letter for one in here}
        begun = Schedule.objects.create(
            office_id=office,
            service=service.slug,
            minutes=asked.minutes,
            counters=FIRST_COUNTERS,
            lead_minutes=int(span(asked.lead).total_seconds()) // 60,
            horizon_days=span(asked.horizon).days,
            letter=next((one for one in asked.letter + _LETTERS if one not in letters), asked.letter),
        )
        audit.record(_SYSTEM.label, "schedule.begun", f"office:{office}", {"service": service.slug})
        aligning.align(begun, aligning.conditions_of([begun])[begun.id])
        return begun.id


def lacking(service: Loaded) -> list[int]:
    """Offices that are to give the service and have no schedule of it yet."""
    asked = service.declaration.appointment
    if asked is None:
        return []
    have = set(Schedule.objects.filter(service=service.slug).values_list("office_id", flat=True))
    return [card.id for card in directory.offices_of_kind(asked.at) if card.id not in have]


def all_schedules(*, service: str | None = None, offices: Collection[int] | None = None) -> list[int]:
    """The ids of all schedules, or of those of a service or of some offices."""
    found = Schedule.objects.order_by("id")
    if service is not None:
        found = found.filter(service=service)
    if offices is not None:
        found = found.filter(office__in=offices)
    return list(found.values_list("id", flat=True))


def _extend(schedule: int) -> int:
    with transaction.atomic():
        row = Schedule.objects.filter(id=schedule).first()
        if row is None:
            raise NotFound
        aligning.lock_offices([row.office_id])
        row.refresh_from_db()
        done = aligning.align(row, aligning.conditions_of([row])[row.id])
        aligning.sweep(row.id)
        if done.displaced:
            detail = {"displaced": len(done.displaced), "why": "holiday"}
            audit.record(_SYSTEM.label, "schedule.followed", f"office:{row.office_id}", detail)
    return done.made


def _make(change: Change, by: Actor, fingerprint: str | None) -> tuple[UUID, ...]:
    with transaction.atomic():
        aligning.lock_offices(stored.offices_of(change))
        schedules = stored.affected(change)
        _check(change, schedules, by)
        if stored.is_so(change):
            return ()
        before = aligning.conditions_of(schedules)
        _check_size(change, before)
        written = stored.write(change, by)
        after = aligning.conditions_of(schedules := stored.affected(change))
        displaced: list[UUID] = []
        for one in schedules:
            displaced += aligning.align(one, after[one.id], days_of(change)).displaced
            if isinstance(change, NewTerms) and _opens_otherwise(written):
                aligning.release_anew(one)
        if fingerprint is not None and fingerprint != _fingerprint(change, before, displaced):
            raise Outdated
        stored.record(change, written | {"displaced": len(displaced)}, by)
        return tuple(displaced)


def _opens_otherwise(written: dict[str, Any]) -> bool:
    """Whether other places than before are opened late, or at another moment."""
    before, after = written["before"], written["after"]
    same = all(before[name] == after[name] for name in ("late_percent", "late_hours", "counters", "minutes"))
    return not same and bool(before["late_percent"] or after["late_percent"])


def _check(change: Change, schedules: Sequence[Schedule], by: Actor) -> None:
    """Who may, and whether the change makes sense."""
    offices = stored.offices_of(change)
    if offices is None and by.kind != "system":
        raise NotFound
    service = schedules[0].service if isinstance(change, NewTerms) else None
    for office in offices or ():
        check(by, Permission.CHANGE, office=office, service=service)
    if found := faults(change, clock.now()):
        raise Invalid(found)


def _check_size(change: Change, before: dict[int, Conditions]) -> None:
    if isinstance(change, NewTerms):
        after = under(change, before[change.schedule])
        made = plan(after, now=clock.now(), promised=(), is_holiday=is_holiday)
        if found := too_many(sum(made.places.values())):
            raise Invalid(found)


def _touched(
    change: Change, before: dict[int, Conditions], displaced: Collection[UUID], counts: Sequence[Difference]
) -> Touched:
    visits = list(Visit.objects.filter(id__in=displaced).order_by("starts_at", "id"))
    return Touched(
        visits=len(visits),
        people=sum(visit.people for visit in visits),
        first=visits[0].starts_at if visits else None,
        shown=tuple(
            TouchedVisit(one.id, one.reference, one.service, one.office_id, one.starts_at, one.people)
            for one in visits[:SHOWN]
        ),
        goes=sum(one.goes for one in counts),
        comes=sum(one.comes for one in counts),
        fingerprint=_fingerprint(change, before, displaced),
    )


def _fingerprint(change: Change, before: dict[int, Conditions], displaced: Collection[UUID]) -> str:
    """Of the change, what it changes and whom it touches. Free places that come and go meanwhile do not matter."""
    content = [type(change).__name__, change, sorted(before.items()), sorted(map(str, displaced))]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()


def _retried(work: Callable[[], R]) -> R:
    """PostgreSQL ends one of two that wait for each other; this one begins again, unless it is part of something."""
    for left in reversed(range(_TRIES)):
        try:
            return work()
        except OperationalError as error:
            if (
                not left
                or connection.in_atomic_block
                or not isinstance(error.__cause__, psycopg.errors.DeadlockDetected)
            ):
                raise
    raise AssertionError("unreachable")
