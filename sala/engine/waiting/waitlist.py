"""A turn on the waiting list: joining and leaving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from sala.engine.appointments import ahead as places
from sala.engine.appointments import availability
from sala.engine.appointments import queries as appointments
from sala.engine.appointments.booking import AlreadyBooked
from sala.engine.appointments.queries import ScheduleCard
from sala.engine.cases import attachments, filing
from sala.engine.catalogue.loaded import Loaded
from sala.engine.waiting import letters, offers, queries, rules, words
from sala.engine.waiting.keys import key_of_turn
from sala.engine.waiting.models import Offer, Waiting, WaitingPerson
from sala.engine.waiting.rules import Opened
from sala.engine.waiting.states import OfferState, WaitingState
from sala.engine.waiting.turns import end, end_offer, line_up
from sala.identity.accounts.actor import Actor
from sala.kit import clock, ratelimit
from sala.kit.errors import Conflict, Fault, Invalid
from sala.kit.ids import new_reference
from sala.kit.text import Text

PREFIX = "W"
JOINS_A_NETWORK = 60
"""A day. An embassy or a factory may send many from one address; a program that fills a line sends more."""
A_DAY = 86_400
KEPT = timedelta(days=30)
"""How long a turn that ended remembers whose it was."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What is told at once. `key` opens the page of the turn without a sign-in; `position` counts turns."""

    id: UUID
    reference: str
    key: str
    position: int
    promised_on: date


class PlacesFree(Conflict):
    """There is no need to wait: `alternatives` are free now."""

    code = "places_free"

    def __init__(self, alternatives: tuple[datetime, ...]) -> None:
        super().__init__(words.there_are_places(alternatives))
        self.alternatives = alternatives


class AlreadyWaiting(Conflict):
    """The person waits for this service already. `reference` is told only to whom the turn belongs."""

    code = "already_waiting"

    def __init__(self, reference: str = "") -> None:
        super().__init__(words.already_waiting(reference))
        self.reference = reference


class NoPromise(Conflict):
    """The office takes no bookings, or opens no place within a year: waiting would be in vain."""

    code = "no_promise"

    def __init__(self, message: Text) -> None:
        super().__init__(message)


def join(
    *,
    service: Loaded,
    schedule: int,
    answers: Sequence[Mapping[str, Any]],
    by: Actor,
    language: str,
    draft: UUID | None = None,
    network: str = "",
) -> Joined:
    """Stand in line for a visit of as many people as there are sets of `answers`, which a filing would accept.

    Raises PlacesFree where there is no need to, AlreadyWaiting, NoPromise, Invalid with every fault, TooMany; then
    nothing was changed. The second joining with one draft answers as the first did.
    """
    if draft and (before := Waiting.objects.filter(draft=draft).first()):
        return _told(before)
    plan = appointments.schedule(schedule)
    clean = _checked(service, answers)
    _check_worth(plan, service, len(clean))
    persons = [person_of(service, one, by) for one in clean]
    if len(set(persons)) < len(persons):
        raise Invalid([Fault("answers", "same_person", words.SAME_PERSON_TWICE)])
    if network:
        ratelimit.hit(f"waiting:{network}", JOINS_A_NETWORK, A_DAY)
    with transaction.atomic():
        line_up(schedule)
        if draft and (before := Waiting.objects.filter(draft=draft).first()):
            return _told(before)
        return _joined(service, plan, clean, persons, by=by, language=language, draft=draft, network=network)


def _checked(service: Loaded, answers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The answers as a filing would keep them; all faults of all people at once."""
    clean, faults, several = [], [], len(answers) > 1
    for number, one in enumerate(answers):
        try:
            clean.append(service.clean(one, today=clock.today()))
        except Invalid as invalid:
            faults += [_of_person(fault, number) if several else fault for fault in invalid.faults]
    if faults:
        raise Invalid(faults)
    if not clean:
        raise Invalid([Fault("answers", "required", words.NOBODY)])
    return clean


def _of_person(fault: Fault, number: int) -> Fault:
    return Fault(f"people.{number}.{fault.field}", fault.code, fault.message)


def _check_worth(plan: ScheduleCard, service: Loaded, people: int) -> None:
    """Whether there is anything to wait for, and need to."""
    if not plan.active or plan.service != service.slug:
        raise NoPromise(words.NO_BOOKINGS_HERE)
    if people > plan.counters > 0:
        raise Invalid([Fault("people", "too_many", words.too_many_people(plan.counters))])
    if plan.opens_at and plan.opens_at > clock.now():
        raise NoPromise(words.not_open_yet(plan.opens_at))
    if free := availability.nearest(plan.id, clock.now(), people):
        raise PlacesFree(tuple(free))


def _joined(
    service: Loaded,
    plan: ScheduleCard,
    clean: list[dict[str, Any]],
    persons: list[str],
    *,
    by: Actor,
    language: str,
    draft: UUID | None,
    network: str,
) -> Joined:
    """Stand at the end of the line; the caller has its lock."""
    if places.booked_already(service.slug, persons):
        raise AlreadyBooked
    if other := WaitingPerson.objects.filter(service=service.slug, person__in=persons).first():
        raise AlreadyWaiting(_reference_for(other.waiting, by))
    promised = promise(plan, len(clean))
    if promised is None:
        raise NoPromise(words.NO_PLACES_EVER)
    row = Waiting.objects.create(
        reference=new_reference(PREFIX),
        schedule_id=plan.id,
        service=service.slug,
        version_id=service.hash,
        answers=clean,
        people=len(clean),
        name=filing.joined(service, clean[0], service.declaration.applicant, " ")[: filing.LONGEST_NAME],
        email=service.value(clean[0], service.declaration.contact) or "",
        language=language,
        account_id=by.account_id,
        draft=draft,
        network=network,
        joined_at=clock.now(),
        promised_on=promised,
    )
    _name(row, persons)
    if draft:
        attachments.give([one for each in clean for one in service.file_ids(each)], draft=draft, to=row.id)
    letters.joined(row, queries.position(row))
    return _told(row)


def _name(row: Waiting, persons: Sequence[str]) -> None:
    """Say for whom the turn is. Two lines have two locks: who joins another this moment is found by the index."""
    people = [WaitingPerson(waiting=row, service=row.service, person=person) for person in sorted(persons)]
    try:
        with transaction.atomic():
            WaitingPerson.objects.bulk_create(people)
    except IntegrityError:
        raise AlreadyWaiting from None


def _reference_for(row: Waiting, by: Actor) -> str:
    return row.reference if by.account_id is not None and by.account_id == row.account_id else ""


def _told(row: Waiting) -> Joined:
    return Joined(row.id, row.reference, key_of_turn(row.id), queries.position(row), row.promised_on)


def person_of(service: Loaded, answers: Mapping[str, Any], by: Actor) -> str:
    """Whom the visit is for, as a booking names them."""
    email = str(service.value(answers, service.declaration.contact) or "")
    return filing.subject_key(service, answers) or (f"account:{by.account_id}" if by.account_id else email.casefold())


def promise(plan: ScheduleCard, people: int) -> date | None:
    """The day by which `people` who join now are offered a place; None if there is none within a year."""
    calendar = places.of_schedule(plan.id)
    return rules.promised_on(
        ahead=queries.people_in_line(plan.id),
        people=people,
        today=clock.today(),
        opened=lambda day: Opened(calendar.times(calendar.comes_in(day)), calendar.conditions.serving),
        works=calendar.works,
    )


def leave(*, waiting: UUID) -> None:
    """Give the turn up, and the place that is held for it. May be repeated. The caller has checked whose it is."""
    schedule = Waiting.objects.values_list("schedule_id", flat=True).get(id=waiting)
    with transaction.atomic():
        line_up(schedule)
        row = Waiting.objects.select_for_update().get(id=waiting)
        if row.state not in queries.STANDING:
            return
        for one in Offer.objects.filter(waiting=row, state=OfferState.OPEN):
            end_offer(one, OfferState.DECLINED)
        end(row, WaitingState.LEFT)
        offers.next_in_line(schedule)


def booked_elsewhere(*, visit: UUID) -> None:
    """Whoever has an appointment for a service need not wait for it any more."""
    found = appointments.visit(visit)
    if found.holder and Offer.objects.filter(id=found.holder).exists():
        return
    turns = WaitingPerson.objects.filter(service=found.service, person__in=places.persons(found))
    for waiting in set(turns.values_list("waiting_id", flat=True)):
        leave(waiting=waiting)


def forget_account(account: UUID) -> None:
    """The account was closed: nobody waits for it any more."""
    for row in queries.turns_of_account(account):
        leave(waiting=row.id)


def sweep() -> int:
    """Turns that ended a month ago forget whose they were; how many did."""
    ended = Waiting.objects.filter(ended_at__lt=clock.now() - KEPT).exclude(email="")
    return ended.update(name="", email="", network="")
