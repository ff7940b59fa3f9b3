"""Reads about visits and schedules. Whom a visit does not concern is told that it was not found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from sala.engine.appointments import keys
from sala.engine.appointments.availability import midnight
from sala.engine.appointments.models import Booking, Visit
from sala.engine.appointments.permissions import can, is_visitor
from sala.engine.cases.permissions import Permission
from sala.identity.accounts.actor import Actor
from sala.kit import sql
from sala.kit.errors import NotFound
from sala.kit.ids import normal_reference


@dataclass(frozen=True, slots=True)
class ScheduleCard:
    """How a service is given at an office."""

    id: int
    office: int
    service: str
    minutes: int
    counters: int
    lead_minutes: int
    horizon_days: int
    late_percent: int
    late_hours: int
    opens_at: datetime | None
    active: bool
    letter: str


_SCHEDULES = """
SELECT id, office_id, service, minutes, counters, lead_minutes, horizon_days, late_percent, late_hours, opens_at,
       active, letter
FROM appointments_schedule"""
_ONE = f"{_SCHEDULES} WHERE id = %(schedule)s"
_OF_SERVICE = f"{_SCHEDULES} WHERE office_id = %(office)s AND service = %(service)s"
_OF_OFFICE = f"{_SCHEDULES} WHERE office_id = %(office)s ORDER BY service"


def schedule(schedule_id: int) -> ScheduleCard:
    """The schedule with this id; NotFound if there is none."""
    row = sql.fetch_one(_ONE, {"schedule": schedule_id})
    if row is None:
        raise NotFound
    return ScheduleCard(*row)


def schedule_of(office: int, service: str) -> ScheduleCard | None:
    """How a service (its slug) is given at an office; None where it is not."""
    row = sql.fetch_one(_OF_SERVICE, {"office": office, "service": service})
    return ScheduleCard(*row) if row else None


def schedules_of(office: int) -> list[ScheduleCard]:
    """All that is given at an office, the inactive too."""
    return [ScheduleCard(*row) for row in sql.fetch_all(_OF_OFFICE, {"office": office})]


def visit(visit_id: UUID) -> Visit:
    """The visit with this id, for the house itself: no permission is asked for."""
    return _found(_visits().filter(id=visit_id).first())


def visit_by_reference(reference: str, *, key: str | None = None, by: Actor | None = None) -> Visit:
    """The visit of this number: for the holder of its key, its visitor, or an officer of its office."""
    stored = normal_reference(reference)
    found = _found(_visits().filter(reference=stored).first() if stored else None)
    if key is not None and keys.opens(key, found.id, found.key_version):
        return found
    if by is not None and (is_visitor(by, found) or can(by, found, Permission.VIEW)):
        return found
    raise NotFound


def visit_at_the_door(reference: str) -> Visit:
    """The visit whose number somebody shows at an office: whichever, so that they can be told where they are expected.

    No permission is asked for: the caller tells no more of a visit to another office than where and when.
    """
    stored = normal_reference(reference)
    return _found(_visits().filter(reference=stored).first() if stored else None)


def visits_of_account(account_id: UUID, *, limit: int = 50) -> list[Visit]:
    """An account's visits, the latest time first."""
    return list(_visits().filter(account_id=account_id).order_by("-starts_at")[:limit])


def day_list(office: int, day: date) -> list[Visit]:
    """All visits to an office on a day, in the order of their times, the cancelled too. The caller has checked that
    the reader works there."""
    begins = midnight(day)
    of_day = _visits().filter(office_id=office, starts_at__gte=begins, starts_at__lt=begins + timedelta(days=1))
    return list(of_day.order_by("starts_at", "id"))


def of_case(case_id: UUID) -> list[Visit]:
    """The visits booked for a case, the latest booked first."""
    return list(_visits().filter(bookings__case_id=case_id).order_by("-booked_at"))


def of_cases(case_ids: Iterable[UUID]) -> dict[UUID, Visit]:
    """The visit booked last for each of these cases that has one."""
    rows = Booking.objects.filter(case_id__in=list(case_ids)).select_related("visit").order_by("visit__booked_at")
    return {row.case_id: row.visit for row in rows if row.case_id}


def of_draft(holder: UUID) -> Visit | None:
    """The visit that was booked with this holder's place (a draft, an offer)."""
    return _visits().filter(holder=holder).first()


def _visits() -> QuerySet[Visit]:
    # Cases are numbered in time, so this is the order in which the people were given.
    return Visit.objects.prefetch_related(Prefetch("bookings", Booking.objects.order_by("case_id")))


def _found(row: Visit | None) -> Visit:
    if row is None:
        raise NotFound
    return row
