"""Appointments by API: offices, free times, and visits booked, moved and cancelled; the same functions as the pages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID

from django.conf import settings

from sala.engine.appointments import availability, booking, changing, gates, probing, queries, rules, words
from sala.engine.appointments.api_shapes import (
    LONGEST_RANGE,
    USUAL_RANGE,
    BookedCase,
    BookingLinks,
    BookingReceipt,
    BookingStatus,
    ByKey,
    FiledCase,
    NewBooking,
    NewTime,
    OfferedOffice,
    OfferedOffices,
    OfficeLinks,
    OfficesOf,
    Slot,
    Slots,
    SlotsOf,
)
from sala.engine.appointments.booking import AlreadyAnsweredError, AlreadyBooked, Booked, Once, Taken
from sala.engine.appointments.models import Visit
from sala.engine.appointments.permissions import is_visitor
from sala.engine.appointments.queries import ScheduleCard
from sala.engine.appointments.states import VisitState
from sala.engine.cases import queries as cases
from sala.engine.cases.api import Link
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.declaration import Appointment
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.accounts.api import Call, endpoint, needs_token
from sala.identity.accounts.requests import network_of
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import OfficeCard
from sala.kit import audit, clock, idempotency
from sala.kit.api import route
from sala.kit.errors import Fault, Invalid, NotFound
from sala.kit.problems import Refused
from sala.kit.text import Text

ROOT = f"{settings.PUBLIC_URL}/api/v1"


@endpoint("GET", query=OfficesOf, returns=OfferedOffices, anonymous=True)
def list_offices(call: Call[None, OfficesOf]) -> OfferedOffices:
    """The offices at which a service can be booked, each with its first free day."""
    service, _ = _given_in_person(call.query.service)
    found = availability.offices_with(service.slug, call.query.province)
    return OfferedOffices([_office(choice, service.slug) for choice in found])


@endpoint("GET", query=SlotsOf, returns=Slots, anonymous=True)
def list_slots(call: Call[None, SlotsOf]) -> Slots:
    """The free times of an office, with how many places each has left.

    Booking is what decides: a time may be taken between this answer and a booking. While very many want places
    at once, the answer is 429 with Retry-After: the account's turn in the waiting room is kept.
    """
    asked = call.query
    service, _ = _given_in_person(asked.service)
    plan, _ = _schedule(service, asked.office)
    first, last = _range(asked)
    _wait_in_turn(call, plan.id)
    free = availability.times_between(plan.id, first, last, asked.people)
    slots = [Slot(_utc(c.starts_at), _utc(rules.ends_at(c.starts_at, plan.minutes)), c.free) for c in free]
    return Slots(office=asked.office, service=service.slug, first=first, last=last, items=slots)


@endpoint(
    "POST",
    body=NewBooking,
    returns=BookingReceipt,
    status=201,
    scope="cases:write",
    anonymous=True,
    refusals=("place_taken", "already_booked", "busy", "conflict"),
    location=lambda receipt: str(receipt.links.self.href),
    one_statement=True,
)
def book_visit(call: Call[NewBooking, None]) -> BookingReceipt | idempotency.Kept:
    """Book a visit, and file the request of everybody who comes, in one step.

    409 `place_taken` carries `alternatives`, the nearest free times (three at most); nothing was booked or filed.
    409 `already_booked`: a person has one visit for a service at a time. With `case` the visit is for a case of
    one's own that was filed before. Send an Idempotency-Key, so that a repetition books nothing twice.
    """
    asked = call.body
    service, _ = _given_in_person(asked.service)
    if call.by is ANONYMOUS and (service.declaration.sign_in != "none" or asked.case):
        raise needs_token()
    plan, card = _schedule(service, asked.office)
    if not asked.answers and not asked.case:
        raise Invalid([Fault("answers", "missing", _NO_ANSWERS)])
    _wait_in_turn(call, plan.id)
    network = network_of(call.request)
    try:
        with probing.bounded(network):
            booked = booking.book(
                service=service,
                schedule=plan.id,
                starts_at=_moment(asked.starts_at),
                answers=asked.answers,
                by=call.by,
                language=asked.language,
                channel="api",
                case=asked.case,
                network=network,
                once=_once(call, service, card),
            )
    except AlreadyAnsweredError as before:
        return before.kept
    except (Taken, AlreadyBooked) as refused:
        _refuse(refused)
    gates.gate().program_chose(call.by, plan.id)
    return _receipt(booked, service, card, max(1, len(asked.answers)))


@endpoint("GET", query=ByKey, returns=BookingStatus, scope="cases:read", anonymous=True)
def read_booking(call: Call[None, ByKey], *, reference: str) -> BookingStatus:
    """Where a visit stands.

    For the token of who booked it or of an officer of its office, or with `?key=`. Anybody else is told 404.
    """
    return _status(_visit(call, reference)[0])


@endpoint(
    "PATCH",
    body=NewTime,
    query=ByKey,
    returns=BookingStatus,
    scope="cases:write",
    anonymous=True,
    refusals=("place_taken", "already_booked", "cannot_move", "busy", "conflict"),
    one_statement=True,  # what the waiting room has given stays given, also where the move is refused
)
def move_booking(call: Call[NewTime, ByKey], *, reference: str) -> BookingStatus:
    """Change a visit's time, and its office if one is given.

    The old place is given up in the same step that takes the new one; where that is refused, the visit stands
    as it was. How often the time can be changed is the service's to say (`moves_left`). May be repeated.
    """
    visit, by = _visit(call, reference)
    plan = _schedule(catalogue.latest(visit.service), call.body.office)[0].id if call.body.office else None
    if visit.state != VisitState.DISPLACED:  # who lost a time by the office's doing does not wait
        _wait_in_turn(call, plan or visit.schedule_id)
    try:
        moved = changing.move(visit=visit.id, starts_at=_moment(call.body.starts_at), schedule=plan, by=by)
    except (Taken, AlreadyBooked) as refused:
        _refuse(refused)
    gates.gate().program_chose(call.by, moved.schedule_id)
    return _status(_again(moved.id))


@endpoint("DELETE", query=ByKey, returns=BookingStatus, scope="cases:write", anonymous=True, refusals=("conflict",))
def cancel_booking(call: Call[None, ByKey], *, reference: str) -> BookingStatus:
    """Give a visit up. The requests filed with it are withdrawn. May be repeated."""
    visit, by = _visit(call, reference)
    return _status(_again(changing.cancel(visit=visit.id, by=by).id))


# Reading what is asked for


def _given_in_person(slug: str) -> tuple[Loaded, Appointment]:
    """The service, and how visits for it are given. `Invalid` where it has none."""
    try:
        service = catalogue.current(slug)
    except NotFound as unknown:
        raise Invalid([Fault("service", "unknown", unknown.message)]) from None
    if service.declaration.appointment is None:
        raise Invalid([Fault("service", "needs_no_visit", _NO_VISITS)])
    return service, service.declaration.appointment


def _schedule(service: Loaded, office: str) -> tuple[ScheduleCard, OfficeCard]:
    """How an office (its slug) gives a service. `Invalid` where it does not."""
    try:
        card = directory.office_by_slug(office)
    except NotFound as unknown:
        raise Invalid([Fault("office", "unknown", unknown.message)]) from None
    plan = queries.schedule_of(card.id, service.slug)
    if plan is None or not plan.active:
        raise Invalid([Fault("office", "no_bookings", words.NO_BOOKINGS_HERE)])
    return plan, card


def _range(asked: SlotsOf) -> tuple[date, date]:
    """The days asked for, judged: what lies outside what can be booked has no times, and is no fault."""
    first = asked.first or clock.today()
    try:
        last = asked.last or first + timedelta(days=USUAL_RANGE - 1)
        past_the_end = last - timedelta(days=LONGEST_RANGE) >= first
        first + timedelta(days=1), last + timedelta(days=1), first - timedelta(days=1)
    except OverflowError:
        raise Invalid([Fault("from", "range", _OUT_OF_TIME)]) from None
    if last < first:
        raise Invalid([Fault("to", "before_from", _ENDS_BEFORE)])
    if past_the_end:
        raise Invalid([Fault("to", "too_long", _TOO_LONG)])
    return first, last


def _moment(given: datetime) -> datetime:
    """In UTC; a time without an offset is refused, since nobody can know which hour it means."""
    if given.tzinfo is None:
        raise Invalid([Fault("starts_at", "no_offset", words.NAIVE)])
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise Invalid([Fault("starts_at", "range", _OUT_OF_TIME)]) from None


def _visit(call: Call[Any, ByKey], reference: str) -> tuple[Visit, Actor]:
    """The visit for its holder, and in what role the caller acts on it."""
    if call.query.key is not None:
        visit = queries.visit_by_reference(reference, key=call.query.key)
        return visit, Actor(kind="key", id=visit.reference)
    if call.by is ANONYMOUS:
        raise needs_token()
    visit = queries.visit_by_reference(reference, by=call.by)
    if not is_visitor(call.by, visit):  # an officer of its office: every look of theirs is recorded
        audit.record(call.by.label, "visit.viewed", f"visit:{visit.reference}")
    return visit, call.by


def _wait_in_turn(call: Call[Any, Any], schedule: int) -> None:
    """While the waiting room stands before this calendar, programs wait in their owner's turn. Raises TooMany."""
    gates.gate().for_programs(call.by, schedule, network_of(call.request))


def _again(visit: UUID) -> Visit:
    """As it stands after a change."""
    return queries.visit(visit)


def _refuse(refused: Taken | AlreadyBooked) -> NoReturn:
    if isinstance(refused, Taken):
        members: dict[str, Any] = {"alternatives": [_utc(moment) for moment in refused.alternatives]}
    else:
        members = {"reference": refused.reference, "starts_at": refused.starts_at} if refused.reference else {}
    raise Refused(refused.code, refused.message, members=members) from None


# Telling what there is


def _office(choice: availability.OfficeChoice, service: str) -> OfferedOffice:
    card = choice.office
    return OfferedOffice(
        office=card.slug,
        name=card.name,
        address=card.address,
        phone=card.phone,
        province=card.province,
        latitude=card.latitude,
        longitude=card.longitude,
        next_free=choice.next_free,
        links=OfficeLinks(slots=Link(f"{ROOT}/slots?office={card.slug}&service={service}")),
    )


def _once(call: Call[NewBooking, None], service: Loaded, card: OfficeCard) -> Once | None:
    if call.key is None:
        return None
    people = max(1, len(call.body.answers))
    return Once(key=call.key, respond=lambda booked: call.kept(_receipt(booked, service, card, people)))


def _receipt(booked: Booked, service: Loaded, card: OfficeCard, people: int) -> BookingReceipt:
    return BookingReceipt(
        reference=booked.reference,
        key=booked.key,
        service=service.slug,
        office=card.slug,
        starts_at=_utc(booked.starts_at),
        ends_at=_utc(booked.ends_at),
        people=people,
        cases=[
            FiledCase(filed.reference, filed.key, _utc(filed.due_at), _to("cases", filed.reference))
            for filed in booked.filed
        ],
        links=_to("bookings", booked.reference),
    )


def _status(visit: Visit) -> BookingStatus:
    service = catalogue.latest(visit.service)
    appointment = service.declaration.appointment
    filed = [booking.case_id for booking in visit.bookings.all() if booking.case_id]
    numbers = cases.references(filed)
    return BookingStatus(
        reference=visit.reference,
        state=VisitState(visit.state),
        service=visit.service,
        office=directory.office(visit.office_id).slug,
        starts_at=_utc(visit.starts_at),
        ends_at=_utc(visit.ends_at),
        people=visit.people,
        name=visit.name,
        moves_left=max(0, appointment.moves - visit.moves) if appointment else 0,
        bring=list(appointment.bring) if appointment else [],
        cases=[BookedCase(numbers[case], _to("cases", numbers[case])) for case in filed],
        links=_to("bookings", visit.reference),
    )


def _to(kind: str, reference: str) -> BookingLinks:
    return BookingLinks(self=Link(f"{ROOT}/{kind}/{reference}"))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


_NO_VISITS = Text(
    th="บริการนี้ทำออนไลน์ได้ ไม่ต้องนัดหมาย ยื่นที่ /services/{service}/cases",
    en="This service is given online and needs no visit: file at /services/{service}/cases",
)
_NO_ANSWERS = Text(
    th="ส่งคำตอบหนึ่งชุดต่อผู้มาหนึ่งคน หรือระบุ case ที่ยื่นไว้แล้ว",
    en="Send one set of answers for each person who comes, or name the `case` that the visit is for",
)
_OUT_OF_TIME = Text(th="วันเวลานี้อยู่นอกปฏิทิน โปรดแก้ไข", en="This time is beyond the calendar. Correct it")
_ENDS_BEFORE = Text(th="to ต้องไม่ก่อน from", en="`to` must not be before `from`")
_TOO_LONG = Text(
    th=f"ขอได้ครั้งละไม่เกิน {LONGEST_RANGE} วัน โปรดแบ่งเป็นหลายครั้ง",
    en=f"Ask for at most {LONGEST_RANGE} days at a time",
)

urlpatterns = [
    route("offices", list_offices, name="offices"),
    route("slots", list_slots, name="slots"),
    route("bookings", book_visit, name="book_visit"),
    route("bookings/<str:reference>", read_booking, move_booking, cancel_booking, name="booking"),
]
