"""What is stored of schedules, hours and closures, and what a change writes there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.db.models import QuerySet

from sala.engine.appointments.models import Closure, Hours, Schedule
from sala.engine.appointments.office.changes import Change, ClosureWithdrawn, NewClosure, NewHours, NewTerms, Terms
from sala.engine.appointments.office.planning import merged
from sala.engine.appointments.rules import Opening
from sala.identity.accounts.actor import Actor
from sala.kit import audit, clock
from sala.kit.errors import NotFound


def offices_of(change: Change) -> list[int] | None:
    """The offices it concerns; None = every one there is."""
    if isinstance(change, NewTerms):
        return [schedule_of(change.schedule).office_id]
    if isinstance(change, NewHours):
        return [change.office]
    if isinstance(change, NewClosure):
        return None if change.offices is None else list(change.offices)
    office = Closure.objects.values_list("office_id", flat=True).get(id=change.closure)
    return None if office is None else [office]


def affected(change: Change) -> list[Schedule]:
    """The schedules whose places the change may touch, as they stand."""
    if isinstance(change, NewTerms):
        return [schedule_of(change.schedule)]
    offices = offices_of(change)
    found = Schedule.objects.order_by("id")
    return list(found if offices is None else found.filter(office__in=offices))


def schedule_of(schedule: int) -> Schedule:
    """The schedule as it stands; NotFound if there is none."""
    row = Schedule.objects.filter(id=schedule).first()
    if row is None:
        raise NotFound
    return row


def is_so(change: Change) -> bool:
    """Whether it has been made already, so that a form sent twice does it once."""
    if isinstance(change, NewTerms):
        return terms_of(schedule_of(change.schedule)) == change.terms
    if isinstance(change, NewHours):
        return hours_of(change.office) == merged(change.hours)
    if isinstance(change, ClosureWithdrawn):
        return Closure.objects.filter(id=change.closure).exclude(withdrawn_at=None).exists()
    closed = set(_same(change).values_list("office_id", flat=True))
    return None in closed if change.offices is None else set(change.offices) <= closed


def _same(change: NewClosure) -> QuerySet[Closure]:
    """Closures that stand for just that time, of whichever office."""
    return Closure.objects.filter(starts_at=change.starts_at, ends_at=change.ends_at, withdrawn_at=None)


def terms_of(row: Schedule) -> Terms:
    """How the service is given, as the row says."""
    return Terms(
        minutes=row.minutes,
        counters=row.counters,
        lead_minutes=row.lead_minutes,
        horizon_days=row.horizon_days,
        late_percent=row.late_percent,
        late_hours=row.late_hours,
        opens_at=row.opens_at,
        active=row.active,
    )


def hours_of(office: int) -> tuple[Opening, ...]:
    """When the office is open, in the order of the week."""
    return merged(Opening(row.weekday, row.opens, row.closes) for row in Hours.objects.filter(office=office))


def write(change: Change, by: Actor) -> dict[str, Any]:
    """Store it; what the audit says of it."""
    if isinstance(change, NewTerms):
        row = schedule_of(change.schedule)
        detail = {"service": row.service, "before": _plain(terms_of(row)), "after": _plain(change.terms)}
        Schedule.objects.filter(id=row.id).update(**{name: getattr(change.terms, name) for name in _TERMS})
        return detail
    if isinstance(change, NewHours):
        before = hours_of(change.office)
        Hours.objects.filter(office=change.office).delete()
        write_hours(change.office, change.hours)
        return {"before": _plain(before), "after": _plain(merged(change.hours))}
    if isinstance(change, ClosureWithdrawn):
        Closure.objects.filter(id=change.closure).update(withdrawn_at=clock.now())
        return {"closure": change.closure}
    closed = set(_same(change).values_list("office_id", flat=True))
    offices: Sequence[int | None] = [None] if change.offices is None else change.offices
    Closure.objects.bulk_create(_closure(change, office, by) for office in offices if office not in closed)
    return {"from": _plain(change.starts_at), "until": _plain(change.ends_at), "reason": change.reason.en}


_TERMS = tuple(Terms.__dataclass_fields__)


def write_hours(office: int, hours: Sequence[Opening]) -> None:
    """Add these openings."""
    Hours.objects.bulk_create(
        Hours(office_id=office, weekday=one.weekday, opens=one.opens, closes=one.closes) for one in hours
    )


def _closure(change: NewClosure, office: int | None, by: Actor) -> Closure:
    return Closure(
        office_id=office,
        starts_at=change.starts_at,
        ends_at=change.ends_at,
        reason_th=change.reason.th.strip(),
        reason_en=change.reason.en.strip(),
        made_by=by.label,
    )


_ACTIONS = {
    NewTerms: "schedule.changed",
    NewHours: "hours.changed",
    NewClosure: "office.closed",
    ClosureWithdrawn: "closure.withdrawn",
}


def record(change: Change, detail: dict[str, Any], by: Actor) -> None:
    """Tell the audit of each office."""
    subjects: Sequence[int | str] = offices_of(change) or ["all"]
    for office in subjects:
        audit.record(by.label, _ACTIONS[type(change)], f"office:{office}", detail)


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)
