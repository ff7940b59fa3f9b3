"""Booking a visit: claim, visit, bookings and what is told of them become true in one statement, with the cases.

Everything that can be judged is judged before: from the first lock to the commit there are two round trips and one
more a case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from psycopg.errors import UniqueViolation

from sala.engine.appointments import claims, queries, rules, words
from sala.engine.appointments.claims import Taken
from sala.engine.appointments.holding import AN_HOUR
from sala.engine.appointments.keys import key_of
from sala.engine.appointments.models import Booking, Visit
from sala.engine.appointments.permissions import is_visitor
from sala.engine.appointments.queries import ScheduleCard
from sala.engine.cases import filing
from sala.engine.cases import queries as cases
from sala.engine.cases.filing import Filed, Prepared
from sala.engine.cases.rules import OPEN
from sala.engine.cases.states import State
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor
from sala.kit import clock, idempotency, outbox, ratelimit, sql
from sala.kit.errors import Conflict, Fault, Invalid
from sala.kit.idempotency import Kept, Key
from sala.kit.ids import new_reference, uuid7

__all__ = ["STATEMENT", "AlreadyAnsweredError", "AlreadyBooked", "Booked", "Once", "Taken", "book"]

PREFIX = "Q"
"""Begins a visit's number; a service's prefix has two characters or more, so the two are told apart."""

STATEMENT = f"""
WITH patience AS MATERIALIZED ({claims.PATIENT}), place AS MATERIALIZED ({claims.PLACE}), visit AS (
    INSERT INTO appointments_visit (
        id, reference, schedule_id, office_id, service, state, starts_at, ends_at, people, name, email, phone, language,
        account_id, channel, network, key_version, sequence, moves, second_chance, holder, booked_at, ended_by
    )
    SELECT %(visit)s, %(reference)s, %(schedule)s, %(office)s, %(service)s, 'booked', %(starts_at)s, %(ends_at)s,
           %(people)s, %(name)s, %(email)s, %(phone)s, %(language)s, %(account)s, %(channel)s, %(network)s, 1, 0, 0,
           false, %(holder)s, %(now)s, ''
    WHERE (SELECT count(*) FROM place) = %(people)s
    RETURNING id
), taken AS (
    UPDATE appointments_place p SET taken_by = visit.id, held_until = NULL FROM place, visit WHERE p.id = place.id
), given_back AS ({claims.GIVE_BACK}), booked AS (
    INSERT INTO appointments_booking (visit_id, service, person, name, case_id, filed, active)
    SELECT visit.id, %(service)s, person, name, case_id, %(filed)s, true
    FROM visit, unnest(%(persons)s::text[], %(names)s::text[], %(cases)s::uuid[]) AS who (person, name, case_id)
    ORDER BY person
), told AS ({outbox.INSERT.replace("values (%(topic)s, %(payload)s)", "select 'visit.booked', %(payload)s from visit")})
SELECT (SELECT count(*) FROM visit) > 0, CASE WHEN (SELECT count(*) FROM visit) = 0 THEN {claims.LEFT} END
"""  # noqa: S608 - constants
"""The hot statement. `holder` null: nobody held the place before."""
_LAPSE = """
UPDATE appointments_booking b SET active = false FROM appointments_visit v
WHERE b.visit_id = v.id AND b.active AND b.service = %(service)s AND b.person = ANY(%(persons)s)
  AND v.state = 'booked' AND v.ends_at < %(now)s"""
"""A visit whose time has passed, and of which nobody said what became of it, keeps nobody from the next one."""


class AlreadyBooked(Conflict):
    """The person has an appointment for this service. `visit` is told only to whom it belongs."""

    code = "already_booked"

    def __init__(self, visit: Visit | None = None) -> None:
        super().__init__(words.already_booked(visit.starts_at) if visit else words.ALREADY_BOOKED)
        self.reference = visit.reference if visit else None
        self.starts_at = visit.starts_at if visit else None


class AlreadyAnsweredError(Exception):
    """The same idempotency key was used before: the remembered answer stands, nothing was booked now."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self.kept = kept


@dataclass(frozen=True, slots=True)
class Booked:
    """What the visitor is told at once. `filed`: the cases filed with it, in the order of the people."""

    visit_id: UUID
    reference: str
    key: str
    starts_at: datetime
    ends_at: datetime
    filed: tuple[Filed, ...]


@dataclass(frozen=True, slots=True)
class Once:
    """The idempotency key of the request that books, and the answer it will be given."""

    key: Key
    respond: Callable[[Booked], Kept]


@dataclass(frozen=True, slots=True)
class _Person:
    """One of those who come, and the case it is for."""

    key: str
    name: str
    email: str
    case: UUID


def book(
    *,
    service: Loaded,
    schedule: int,
    starts_at: datetime,
    answers: Sequence[Mapping[str, Any]],
    by: Actor,
    language: str,
    channel: str,
    holder: UUID | None = None,
    case: str | None = None,
    draft: UUID | None = None,
    network: str = "",
    ahead: bool = False,
    once: Once | None = None,
) -> Booked:
    """Book a visit for as many people as there are sets of `answers`, and file the case of each.

    `holder` confirms the place it holds, even past its end if nobody took it; without one the place is claimed now.
    `case`: the visit is for this case of the actor's, and nothing is filed. `draft`: whose files the answers name.
    A second booking by the same holder answers as the first did. Raises Taken with the nearest free times,
    AlreadyBooked, Invalid with every fault, TooMany; then nothing was changed.
    """
    if holder and (done := _booked_before(holder)):
        return done
    plan, now = _plan(service, schedule), clock.now()
    coming = 1 if case and not answers else len(answers)
    values = claims.parameters(
        schedule=schedule, starts_at=starts_at, people=coming, ahead=ahead, now=now, holder=holder
    )
    prepared: tuple[Prepared, ...] = ()
    if case:
        people = [_of_case(service, case, coming, by)]
    else:
        prepare = partial(
            filing.prepare, service=service, by=by, language=language, channel=channel, now=now, draft=draft,
            group=uuid7() if coming > 1 else None, office=plan.office,
            promised_from=rules.ends_at(starts_at, plan.minutes),
        )  # fmt: skip
        prepared = tuple(prepare(answers=one) for one in answers)
        people = [_of_request(one, by) for one in prepared]
    _check_different(people)
    values |= _visit(plan, starts_at, people, by=by, language=language, channel=channel, network=network)
    return _booked(values | {"filed": case is None}, prepared, once, by)


def _plan(service: Loaded, schedule: int) -> ScheduleCard:
    plan = queries.schedule(schedule)
    if plan.service != service.slug:
        raise Invalid([Fault("schedule", "other_service", words.OTHER_SERVICE)])
    return plan


def _booked(values: Mapping[str, Any], prepared: Sequence[Prepared], once: Once | None, by: Actor) -> Booked:
    try:
        return _write(values, prepared, once)
    except Taken:
        if values["holder"] and (done := _booked_before(values["holder"])):  # this moment: a double click
            return done
        raise
    except IntegrityError as error:
        return _judged(error, values, prepared, once, by)


def _write(values: Mapping[str, Any], prepared: Sequence[Prepared], once: Once | None) -> Booked:
    def work() -> Booked:
        if once and (kept := idempotency.begin(once.key)):
            raise AlreadyAnsweredError(kept)
        claims.places(STATEMENT, values)
        booked = Booked(
            visit_id=values["visit"],
            reference=values["reference"],
            key=key_of(values["visit"]),
            starts_at=values["starts_at"],
            ends_at=values["ends_at"],
            filed=tuple(filing.write(one) for one in prepared),
        )
        if once:
            idempotency.keep(once.key, once.respond(booked))
        # Last, since all of a network wait for each other from here; within, since only what was booked counts.
        if values["network"]:
            ratelimit.hit(f"book:network:{values['network']}", settings.BOOKINGS_A_NETWORK, AN_HOUR)
        return booked

    return claims.claim(values, work, writes_first=once is not None)


def _judged(
    error: IntegrityError, values: Mapping[str, Any], prepared: Sequence[Prepared], once: Once | None, by: Actor
) -> Booked:
    """What a breach of one of the indexes means: a repetition, or a person with a visit already."""
    cause = error.__cause__
    name = cause.diag.constraint_name if isinstance(cause, UniqueViolation) else None
    if name == "one_visit_a_holder" and (done := _booked_before(values["holder"])):
        return done
    if name != "one_active_booking":
        raise error
    if sql.execute(_LAPSE, {key: values[key] for key in ("service", "persons", "now")}):
        try:
            return _write(values, prepared, once)
        except IntegrityError:
            pass
    raise _already(values, by) from None


def _already(values: Mapping[str, Any], by: Actor) -> AlreadyBooked:
    rows = Booking.objects.filter(service=values["service"], person__in=values["persons"], active=True)
    visits = [row.visit for row in rows.select_related("visit")]
    own = [visit for visit in visits if is_visitor(by, visit)]
    return AlreadyBooked(own[0] if own else None)


def _of_request(prepared: Prepared, by: Actor) -> _Person:
    row = prepared.row
    return _Person(_key(row["subject_key"], row["email"], by), row["applicant_name"], row["email"], prepared.filed.id)


def _of_case(service: Loaded, reference: str, sets: int, by: Actor) -> _Person:
    if sets > 1:
        raise Invalid([Fault("answers", "one_person", words.ONE_PERSON_A_CASE)])
    found = cases.case_for_applicant(reference=reference, by=by)
    if found.service != service.slug:
        raise Invalid([Fault("case", "other_service", words.CASE_OF_ANOTHER_SERVICE)])
    if State(found.state) not in OPEN:
        raise Conflict(words.CASE_CLOSED)
    return _Person(_key(found.subject_key, found.email, by), found.applicant_name, found.email, found.id)


def _key(subject: str, email: str, by: Actor) -> str:
    """Whom a booking is for, so that nobody has two."""
    return subject or (f"account:{by.account_id}" if by.account_id else email.casefold())


def _check_different(people: Sequence[_Person]) -> None:
    if len({person.key for person in people}) < len(people):
        raise Invalid([Fault("answers", "same_person", words.SAME_PERSON_TWICE)])


def _visit(
    plan: ScheduleCard,
    starts_at: datetime,
    people: Sequence[_Person],
    *,
    by: Actor,
    language: str,
    channel: str,
    network: str,
) -> dict[str, Any]:
    visit, reference = uuid7(), new_reference(PREFIX)
    return {
        "visit": visit,
        "reference": reference,
        "office": plan.office,
        "service": plan.service,
        "ends_at": rules.ends_at(starts_at, plan.minutes),
        "name": people[0].name,
        "email": people[0].email,
        "phone": by.phone,
        "language": language,
        "account": by.account_id,
        "channel": channel,
        "network": network,
        "persons": [person.key for person in people],
        "names": [person.name for person in people],
        "cases": [person.case for person in people],
        "payload": sql.jsonb(
            {
                "visit": str(visit),
                "reference": reference,
                "service": plan.service,
                "office": plan.office,
                "schedule": plan.id,
            }
        ),
    }


def _booked_before(holder: UUID) -> Booked | None:
    visit = queries.of_draft(holder)
    if visit is None:
        return None
    filed = [booking.case_id for booking in visit.bookings.all() if booking.filed and booking.case_id]
    key = key_of(visit.id, visit.key_version)
    return Booked(visit.id, visit.reference, key, visit.starts_at, visit.ends_at, cases.filed(filed))
