"""What can be changed about when and how an office gives appointments, and whether the change makes sense. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sala.engine.appointments.office.planning import Conditions, Span, merged, overlapping, whole_days
from sala.engine.appointments.rules import Opening
from sala.kit.errors import Fault
from sala.kit.text import Text

MOST_PLACES = 250_000
"""Places of one schedule at a time; an office of 100 counters has 70,000 in a month."""
LONGEST_CLOSURE = timedelta(days=366)
LONGEST_REASON = 300
WEEKDAYS = (
    Text(th="วันจันทร์", en="Monday"),
    Text(th="วันอังคาร", en="Tuesday"),
    Text(th="วันพุธ", en="Wednesday"),
    Text(th="วันพฤหัสบดี", en="Thursday"),
    Text(th="วันศุกร์", en="Friday"),
    Text(th="วันเสาร์", en="Saturday"),
    Text(th="วันอาทิตย์", en="Sunday"),
)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a service is given at an office. Lead and late times are before a place's own time."""

    minutes: int
    counters: int
    lead_minutes: int
    horizon_days: int
    late_percent: int = 0
    late_hours: int = 48
    opens_at: datetime | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class NewTerms:
    """A service of an office is given in another way."""

    schedule: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class NewHours:
    """An office opens at other hours, for all its services."""

    office: int
    hours: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class NewClosure:
    """Offices (None: all there are) are closed from a moment until another."""

    offices: tuple[int, ...] | None
    starts_at: datetime
    ends_at: datetime
    reason: Text

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class ClosureWithdrawn:
    """A closure is taken back: its places are offered again, who was displaced has been offered another time."""

    closure: int
    span: Span


Change = NewTerms | NewHours | NewClosure | ClosureWithdrawn


def under(change: Change, conditions: Conditions) -> Conditions:
    """The conditions of a schedule that `change` concerns, once it is made."""
    if isinstance(change, NewTerms):
        terms = change.terms
        return replace(
            conditions,
            minutes=terms.minutes,
            counters=terms.counters,
            horizon_days=terms.horizon_days,
            active=terms.active,
        )
    if isinstance(change, NewHours):
        return replace(conditions, hours=merged(change.hours))
    closed = list(conditions.closed)
    if isinstance(change, NewClosure):
        closed.append(change.span)
    elif change.span in closed:
        closed.remove(change.span)
    return replace(conditions, closed=tuple(closed))


def days_of(change: Change) -> Span | None:
    """The whole days of which the change can alter anything; None = all to come."""
    return whole_days(change.span) if isinstance(change, NewClosure | ClosureWithdrawn) else None


def faults(change: Change, now: datetime) -> list[Fault]:
    """What does not make sense about the change itself."""
    if isinstance(change, NewTerms):
        return _of_terms(change.terms)
    if isinstance(change, NewHours):
        return _of_hours(change.hours)
    return _of_closure(change, now) if isinstance(change, NewClosure) else []


def too_many(places: int) -> list[Fault]:
    """A mistyped number must not fill the database."""
    if places <= MOST_PLACES:
        return []
    words = Text(
        th=f"จะมีคิวถึง {places:,} คิว มากกว่าที่รองรับได้ ({MOST_PLACES:,}) โปรดลดจำนวนช่องบริการหรือจำนวนวันล่วงหน้า",
        en=f"This would make {places:,} places, more than {MOST_PLACES:,}. Enter fewer counters or fewer days ahead",
    )
    return [Fault("counters", "too_many_places", words)]


NAMES = {
    "minutes": Text(th="เวลาที่ใช้ต่อคน", en="Time for one person"),
    "counters": Text(th="จำนวนช่องบริการ", en="Counters"),
    "lead": Text(th="เวลาที่ต้องจองล่วงหน้า", en="How long before the visit"),
    "lead_minutes": Text(th="เวลาที่ต้องจองล่วงหน้า", en="How long before the visit"),
    "horizon_days": Text(th="จำนวนวันที่จองล่วงหน้าได้", en="How far ahead"),
    "late_percent": Text(th="สัดส่วนคิวที่เปิดให้จองภายหลัง", en="The share that is opened late"),
    "late_hours": Text(th="เวลาที่เปิดให้จองก่อนถึงเวลานัด", en="How long before their time those open"),
}
_BOUNDS = {
    "minutes": (1, 480),
    "counters": (0, 500),
    "lead_minutes": (0, 60 * 24 * 365),
    "horizon_days": (1, 366),
    "late_percent": (0, 100),
    "late_hours": (0, 24 * 365),
}


def _of_terms(terms: Terms) -> list[Fault]:
    found = [
        _out_of(field, least, most)
        for field, (least, most) in _BOUNDS.items()
        if not least <= getattr(terms, field) <= most
    ]
    if not found and terms.lead_minutes >= terms.horizon_days * 24 * 60:
        words = Text(
            th="เวลาที่ต้องจองล่วงหน้าต้องสั้นกว่าจำนวนวันที่เปิดให้จอง มิฉะนั้นจะจองไม่ได้เลย",
            en="The lead time must be shorter than the days ahead, or nothing could ever be booked",
        )
        found.append(Fault("lead_minutes", "order", words))
    return found


def _out_of(field: str, least: int, most: int) -> Fault:
    name = NAMES[field]
    words = Text(
        th=f"{name.th}: โปรดระบุตัวเลขตั้งแต่ {least:,} ถึง {most:,}",
        en=f"{name.en}: enter a number from {least:,} to {most:,}",
    )
    return Fault(field, "range", words)


def _of_hours(hours: Sequence[Opening]) -> list[Fault]:
    found = [
        Fault(day_field(one), "order", Text(
            th=f"{WEEKDAYS[one.weekday].th}: เวลาปิดต้องอยู่หลังเวลาเปิด",
            en=f"{WEEKDAYS[one.weekday].en}: the closing time must be after the opening time",
        ))
        for one in hours if one.opens >= one.closes
    ]  # fmt: skip
    return found or [
        Fault(day_field(one), "overlap", Text(
            th=f"{WEEKDAYS[one.weekday].th}: ช่วงเวลาซ้อนกัน โปรดให้ช่วงหลังเริ่มเมื่อช่วงแรกสิ้นสุดแล้ว",
            en=f"{WEEKDAYS[one.weekday].en}: the times overlap. Begin the later one when the earlier has ended",
        ))
        for one in overlapping(hours)
    ]  # fmt: skip


def day_field(opening: Opening) -> str:
    """The field of a weekday in forms and faults."""
    return f"day-{opening.weekday}"


def _of_closure(closure: NewClosure, now: datetime) -> list[Fault]:
    found = []
    if closure.starts_at >= closure.ends_at:
        words = Text(th="เวลาสิ้นสุดต้องอยู่หลังเวลาเริ่ม", en="The end must be after the beginning")
        found.append(Fault("until", "order", words))
    elif closure.ends_at <= now:
        words = Text(th="เวลานี้ผ่านไปแล้ว โปรดระบุเวลาในอนาคต", en="This time has passed. Enter one to come")
        found.append(Fault("until", "past", words))
    elif closure.ends_at - closure.starts_at > LONGEST_CLOSURE:
        words = Text(
            th="ปิดได้ไม่เกินหนึ่งปีต่อครั้ง หากเลิกให้บริการ โปรดปิดบริการนั้นแทน",
            en="A closure lasts a year at most. If the service ends here, switch it off instead",
        )
        found.append(Fault("until", "too_long", words))
    for field, said in (("reason_th", closure.reason.th), ("reason_en", closure.reason.en)):
        if not said.strip() or len(said) > LONGEST_REASON:
            found.append(Fault(field, "required", _REASON))
    if closure.offices == ():
        found.append(Fault("offices", "required", Text(th="โปรดเลือกสำนักงาน", en="Choose at least one office")))
    return found


_REASON = Text(
    th=f"โปรดระบุเหตุผลที่ผู้นัดหมายจะได้อ่าน ไม่เกิน {LONGEST_REASON} ตัวอักษร",
    en=f"Enter the reason that visitors will read, up to {LONGEST_REASON} characters",
)
