"""What becomes of a visit: moved, cancelled, displaced, attended, missed.

Every function locks the visit's row before it judges it, and its places only after it (several visits: by id): so
nobody waits in a circle. All may be repeated: a repetition changes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from sala.engine.appointments import claims, queries, rules, words
from sala.engine.appointments.booking import AlreadyBooked
from sala.engine.appointments.models import Booking, Visit
from sala.engine.appointments.permissions import check, check_change, is_visitor
from sala.engine.appointments.rules import STANDING, Change
from sala.engine.appointments.states import VisitState
from sala.engine.cases import services as cases
from sala.engine.cases.permissions import Permission
from sala.engine.catalogue import queries as catalogue
from sala.identity.accounts.actor import Actor
from sala.kit import audit, clock, outbox, sql
from sala.kit.errors import Conflict, Fault, Invalid, NotFound

MOVE = f"""
WITH patience AS MATERIALIZED ({claims.PATIENT}), place AS MATERIALIZED ({claims.PLACE}), freed AS (
    UPDATE appointments_place SET taken_by = NULL, held_until = NULL, opens_at = greatest(opens_at, %(reopens_at)s)
    WHERE taken_by = %(visit)s AND (SELECT count(*) FROM place) = %(people)s
), taken AS (
    UPDATE appointments_place p SET taken_by = %(visit)s, held_until = NULL
    FROM place WHERE p.id = place.id AND (SELECT count(*) FROM place) = %(people)s
    RETURNING p.id
), given_back AS ({claims.GIVE_BACK})
SELECT (SELECT count(*) FROM taken) > 0, CASE WHEN (SELECT count(*) FROM taken) = 0 THEN {claims.LEFT} END
"""  # noqa: S608 - constants
_FREE = """
UPDATE appointments_place SET taken_by = NULL, held_until = NULL, opens_at = greatest(opens_at, %(reopens_at)s)
WHERE taken_by = %(visit)s"""


class CannotMove(Conflict):
    """The visit's time cannot be changed (any more); the message says what to do instead."""

    code = "cannot_move"


@transaction.atomic
def move(
    *,
    visit: UUID,
    starts_at: datetime,
    schedule: int | None = None,
    by: Actor,
    holder: UUID | None = None,
    free_of_charge: bool = False,
    ahead: bool = False,
) -> Visit:
    """Change a visit's time, or its office too (`schedule`); the places of the old time are freed with the same
    statement that takes the new ones, and the promise of the cases filed with it runs from its new end.

    `holder` confirms the place it holds. `free_of_charge`: does not count against the declaration's `moves`, nor
    does what an officer changes, or a displaced visit's new time. A visit whose time has passed may be moved once,
    within a week. Raises Taken, Invalid, CannotMove, AlreadyBooked (a missed visit's person has booked anew); then
    the visit stands as it was.
    """
    row = _locked(visit)
    check_change(by, row)
    target = queries.schedule(schedule or row.schedule_id)
    if target.service != row.service:
        raise Invalid([Fault("schedule", "other_service", words.ELSEWHERE)])
    now = clock.now()
    values = claims.parameters(
        schedule=target.id, starts_at=starts_at, people=row.people, ahead=ahead, now=now, holder=holder
    )
    if row.state == VisitState.BOOKED and (row.schedule_id, row.starts_at) == (target.id, starts_at):
        return row
    counts = _counts(row, by=by, free_of_charge=free_of_charge, now=now)
    was = _told(row)
    values |= {"visit": row.id, "reopens_at": _reopens_at(row, now), "besides": row.starts_at}
    claims.claim(values, lambda: claims.places(MOVE, values))
    row.second_chance = row.second_chance or row.starts_at <= now
    row.starts_at, row.ends_at = starts_at, rules.ends_at(starts_at, target.minutes)
    row.schedule_id, row.office_id = target.id, target.office
    row.moves += counts
    _become(row, Change.MOVED, by=by)
    filed = _cases(row)
    if filed:
        cases.promise_from(cases=filed, since=row.ends_at, office=row.office_id, by=by)
    outbox.emit("places.freed", {key: was[key] for key in ("schedule", "office")})
    return row


@transaction.atomic
def cancel(*, visit: UUID, by: Actor) -> Visit:
    """Give a visit up: its places are freed, the cases filed with it withdrawn. Until its time for the visitor; an
    officer may later. Raises Conflict where it has ended otherwise."""
    row = _locked(visit)
    check_change(by, row)
    if row.state == VisitState.CANCELLED:
        return row
    if row.starts_at <= clock.now() and row.state == VisitState.BOOKED and is_visitor(by, row):
        raise Conflict(words.TIME_HAS_PASSED)
    _become(row, Change.CANCELLED, by=by)
    _free(row)
    if filed := _cases(row):
        cases.withdraw_with_visit(cases=filed, by=by)
    return row


@transaction.atomic
def displace(*, visits: Collection[UUID], by: Actor) -> list[Visit]:
    """The office cannot serve these visits at their time: their places are freed, and their people are offered
    others. Those that ended or were displaced before are left. The displaced ones are returned."""
    displaced = []
    for row in Visit.objects.select_for_update(no_key=True).filter(id__in=list(visits)).order_by("id"):
        check(by, row, Permission.ASSIGN)
        if row.state == VisitState.BOOKED:
            _become(row, Change.DISPLACED, by=by)
            _free(row)
            if filed := _cases(row):
                cases.promise_waits(cases=filed, by=by)
            displaced.append(row)
    return displaced


@transaction.atomic
def attended(*, visit: UUID, by: Actor) -> Visit:
    """They came. Also after having been marked as missed. Not before its day: the place would be lost unseen."""
    return _end(visit, Change.ATTENDED, by=by)


@transaction.atomic
def missed(*, visit: UUID, by: Actor) -> Visit:
    """They did not come. Not before its time."""
    return _end(visit, Change.MISSED, by=by)


def _end(visit: UUID, change: Change, *, by: Actor) -> Visit:
    row = _locked(visit)
    check(by, row, Permission.WORK)
    if row.state == change:
        return row
    if change is Change.MISSED and row.starts_at > clock.now():
        raise Conflict(words.NOT_YET)
    if change is Change.ATTENDED and clock.local_day(row.starts_at) > clock.today():
        raise Conflict(words.NOT_ITS_DAY)
    _become(row, change, by=by)
    return row


def _locked(visit: UUID) -> Visit:
    row = Visit.objects.select_for_update(no_key=True).filter(id=visit).first()
    if row is None:
        raise NotFound
    return row


def _counts(row: Visit, *, by: Actor, free_of_charge: bool, now: datetime) -> int:
    """How many of the visitor's changes this is: 1 or 0. Raises CannotMove."""
    declared = catalogue.latest(row.service).declaration.appointment
    most = declared.moves if declared else 0
    free = free_of_charge or not is_visitor(by, row) or row.state == VisitState.DISPLACED
    why = rules.may_move(
        VisitState(row.state),
        starts_at=row.starts_at,
        now=now,
        moves=row.moves,
        most_moves=most,
        had_second_chance=row.second_chance,
        free_of_charge=free,
    )
    if why:
        raise CannotMove(words.refusal(why, most))
    return 0 if free else 1


def _become(row: Visit, change: Change, *, by: Actor) -> None:
    """Make `change` true of a locked visit, its bookings and its calendar entry; tell of it."""
    state = rules.after(VisitState(row.state), change)
    if state is None:
        raise Conflict(words.NOT_THEN)
    row.state = state
    row.sequence += 1
    standing = state in STANDING
    row.ended_at, row.ended_by = (None, "") if standing else (clock.now(), by.label)
    row.save()
    if by.kind != "system" and not is_visitor(by, row):
        audit.record(by.label, f"visit.{change}", f"visit:{row.reference}", {"office": row.office_id})
    _activate(row, active=standing)
    outbox.emit(f"visit.{change}", _told(row))


def _activate(row: Visit, *, active: bool) -> None:
    try:
        with transaction.atomic():
            Booking.objects.filter(visit=row, active=not active).order_by("person").update(active=active)
    except IntegrityError:
        raise AlreadyBooked from None  # somebody who missed a visit has booked another since


def _free(row: Visit) -> None:
    now = clock.now()
    if sql.execute(_FREE, {"visit": row.id, "reopens_at": _reopens_at(row, now)}):
        outbox.emit("places.freed", {"schedule": row.schedule_id, "office": row.office_id})


def _reopens_at(row: Visit, now: datetime) -> datetime:
    return rules.reopens_at(now, row.starts_at, delay=timedelta(seconds=600 + secrets.randbelow(3000)))


def _cases(row: Visit) -> list[UUID]:
    """The cases filed with the visit."""
    return [one for one in row.bookings.filter(filed=True).values_list("case_id", flat=True) if one]


def _told(row: Visit) -> dict[str, Any]:
    return {
        "visit": str(row.id),
        "reference": row.reference,
        "service": row.service,
        "office": row.office_id,
        "schedule": row.schedule_id,
    }
