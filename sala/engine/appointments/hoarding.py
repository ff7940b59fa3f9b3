"""Whether places are hoarded or sold: what shows it, counted each night and published.

Bookings that nobody comes to, bookings given up within the hour (to hand the place to somebody), and addresses that
book again and again. Numbers below five are not published, and no figure from which they could be worked out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sala.engine.appointments.models import HoardingMonth
from sala.kit import clock, sql

FEWEST = 5
MANY = 3
"""Bookings in a month from which on an address is one of those that book often."""
RECOUNTED = 6
"""Months counted anew each night: what becomes of a booking may show only when its time has come."""

_COUNT = """
insert into appointments_hoardingmonth
    (office_id, service, month, booked, missed, cancelled_within_hour, contacts, contacts_many, most_of_one)
select office_id, service, month, sum(booked), sum(missed), sum(quick), count(*),
    count(*) filter (where booked >= %(many)s), max(booked)
from (
    select office_id, service, date_trunc('month', booked_at at time zone 'Asia/Bangkok')::date as month,
        count(*) as booked, count(*) filter (where state = 'missed') as missed,
        count(*) filter (where state = 'cancelled' and ended_at <= booked_at + interval '1 hour') as quick
    from appointments_visit
    where booked_at >= (%(since)s::date)::timestamp at time zone 'Asia/Bangkok'
    group by office_id, service, month, coalesce(nullif(lower(email), ''), id::text)
) as of_contact
group by office_id, service, month
on conflict (office_id, service, month) do update set
    booked = excluded.booked, missed = excluded.missed, cancelled_within_hour = excluded.cancelled_within_hour,
    contacts = excluded.contacts, contacts_many = excluded.contacts_many, most_of_one = excluded.most_of_one"""


def count(today: date | None = None) -> int:
    """Count this month and those before it anew; how many lines there are of them. May be repeated."""
    month = (today or clock.today()).replace(day=1)
    for _ in range(RECOUNTED - 1):
        month = (month - timedelta(days=1)).replace(day=1)
    return sql.execute(_COUNT, {"since": month, "many": MANY})


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one office and service, or of several together, in a month."""

    booked: int
    missed: int
    quick: int
    contacts: int
    contacts_many: int
    most_of_one: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The same as it may be published; None is what may not. Shares are of one."""

    booked: int | None
    missed: float | None
    quick: float | None
    mean: float | None
    many: float | None
    most_of_one: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report."""

    month: date
    office: int
    service: str
    shown: Shown


def shown(counted: Counted) -> Shown:
    """What of these numbers may be published."""
    if counted.booked < FEWEST:
        return Shown(None, None, None, None, None, None)
    few = counted.contacts < FEWEST
    return Shown(
        booked=counted.booked,
        missed=share(counted.missed, counted.booked),
        quick=share(counted.quick, counted.booked),
        mean=None if few else round(counted.booked / counted.contacts, 2),
        many=None if few else share(counted.contacts_many, counted.contacts),
        most_of_one=None if few else counted.most_of_one,
    )


def share(part: int, whole: int, decimals: int = 3) -> float | None:
    """`part` of `whole`, rounded; None where the part, or what is left of the whole, is one to four."""
    if 0 < part < FEWEST or 0 < whole - part < FEWEST or whole == 0:
        return None
    return round(part / whole, decimals)


def together(rows: Iterable[Counted]) -> Shown:
    """Several lines as one; shares to the full per cent, so that no single line can be worked out from it."""
    all_ = list(rows)
    whole = Counted(
        booked=sum(one.booked for one in all_),
        missed=sum(one.missed for one in all_),
        quick=sum(one.quick for one in all_),
        contacts=sum(one.contacts for one in all_),
        contacts_many=sum(one.contacts_many for one in all_),
        most_of_one=max((one.most_of_one for one in all_), default=0),
    )
    exact = shown(whole)
    if exact.booked is None:
        return exact
    return Shown(
        booked=round(whole.booked, -1) or None,  # five would be rounded to none at all
        missed=share(whole.missed, whole.booked, 2),
        quick=share(whole.quick, whole.booked, 2),
        mean=None if exact.mean is None else round(whole.booked / whole.contacts, 1),
        many=None if exact.mean is None else share(whole.contacts_many, whole.contacts, 2),
        most_of_one=exact.most_of_one,
    )


def months() -> list[date]:
    """The months there are figures of, the latest first."""
    return list(HoardingMonth.objects.order_by("-month").values_list("month", flat=True).distinct())


def report(*, month: date | None = None, service: str = "") -> list[tuple[Line, Counted]]:
    """The lines of a month, or of all; with what was counted, which is not for publication."""
    rows = HoardingMonth.objects.order_by("-month", "service", "office_id")
    rows = rows.filter(month=month) if month else rows
    rows = rows.filter(service=service) if service else rows
    return [_line(row) for row in rows]


def _line(row: HoardingMonth) -> tuple[Line, Counted]:
    counted = Counted(
        row.booked, row.missed, row.cancelled_within_hour, row.contacts, row.contacts_many, row.most_of_one
    )
    return Line(row.month, row.office_id, row.service, shown(counted)), counted
