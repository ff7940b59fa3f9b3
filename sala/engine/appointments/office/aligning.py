"""Making the rows what the plan says, while people book.

Whoever holds an office's lock is the only one to add or take away its places; bookings go on meanwhile, since they
only take places that are there. A place that is to go is deleted unless somebody has just booked it, and then their
visit is among those that the next round sees: so after two rounds no free place stands where none should be, and
every visit that cannot be served is known. (Nobody waits for anybody in a circle: a booking locks places, an
alignment visits before places, and a change of a visit its visit before its places.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sala.engine.appointments import changing
from sala.engine.appointments.models import Closure, Hours, Schedule
from sala.engine.appointments.office.planning import (
    Conditions,
    Difference,
    Plan,
    Promised,
    Rows,
    Span,
    difference,
    merged,
    plan,
)
from sala.engine.appointments.rules import Opening
from sala.engine.catalogue.workdays import is_holiday
from sala.identity.accounts.actor import system
from sala.kit import clock, outbox, sql

HEAD_START = timedelta(minutes=10)
"""New places open to everybody so long after they are made: the waiting list goes first."""
_OFFICE = system("office")
_STILL_THERE = timedelta(hours=8)
"""The longest visit: who began before that has left the counter."""
_SOON = timedelta(hours=1)
_EVER = Span(datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
_KEPT_FREE = timedelta(days=1)
"""How long a free place whose time has passed is kept."""

# Compiling the statements below costs several times what they do.
_PLAIN = "select set_config('jit', 'off', true)"
_LOCK_ALL = "select pg_advisory_xact_lock_shared(hashtext('appointments.offices'), 0)"
_LOCK_ALL_ALONE = "select pg_advisory_xact_lock(hashtext('appointments.offices'), 0)"
_LOCK = "select pg_advisory_xact_lock(hashtext('appointments.office'), %s)"

_PROMISED = """
select v.id, v.starts_at, v.people, v.state = 'attended' or v.starts_at <= %(now)s
from appointments_visit v
where v.schedule_id = %(schedule)s and v.state in ('booked', 'attended')
    and v.starts_at > %(since)s and v.starts_at >= %(first)s and v.starts_at < %(after)s
order by v.id"""
_PROMISED_LOCKED = f"{_PROMISED} for no key update of v"
_ROWS = """
select starts_at, count(*) filter (where taken_by is null or held_until is not null),
    count(*) filter (where taken_by is not null and held_until is null)
from appointments_place
where schedule_id = %(schedule)s and starts_at > %(now)s and starts_at >= %(first)s and starts_at < %(after)s
group by starts_at"""

# Booked places come first in each time, then held ones: what is over the plan's number is the free rest. They are
# locked in the order of their keys, as a booking of several places locks its own.
_TAKE_AWAY = """
with ranked as (
    select q.id, coalesce(w.places, 0) as places, row_number() over (
        partition by q.starts_at
        order by q.taken_by is not null and q.held_until is null desc, coalesce(q.held_until > %(now)s, false) desc,
            q.number) as turn
    from appointments_place q
    left join unnest(%(times)s::timestamptz[], %(places)s::int[]) w (starts_at, places) using (starts_at)
    where q.schedule_id = %(schedule)s and q.starts_at > %(now)s and q.starts_at >= %(first)s
        and q.starts_at < %(after)s),
doomed as (
    select p.id from appointments_place p join ranked r using (id)
    where r.turn > r.places and (p.taken_by is null or p.held_until is not null) order by p.id for update of p)
delete from appointments_place where id in (select id from doomed)"""
# `due` is the number of late places of a slot, as rules.is_late counts them.
_ADD = """
insert into appointments_place (schedule_id, starts_at, number, opens_at)
select %(schedule)s, w.starts_at, n.number,
    case when n.number > %(counters)s - w.due
        then greatest(w.starts_at - make_interval(hours => %(late_hours)s), %(opens)s) else %(opens)s end
from (
    select u.starts_at, u.places - count(p.id) as missing, u.places + count(p.id) as highest,
        (u.turn + 1) * %(share)s / 100 - u.turn * %(share)s / 100 as due
    from (
        select t.starts_at, t.places, floor(extract(epoch from t.starts_at))::bigint / %(seconds)s as turn
        from unnest(%(times)s::timestamptz[], %(places)s::int[]) t (starts_at, places)) u
    left join appointments_place p on p.schedule_id = %(schedule)s and p.starts_at = u.starts_at
    group by u.starts_at, u.places, u.turn) w
cross join lateral (
    select g.number from generate_series(1, w.highest) g (number)
    where w.missing = w.highest or not exists (
        select from appointments_place p
        where p.schedule_id = %(schedule)s and p.starts_at = w.starts_at and p.number = g.number)
    order by g.number limit greatest(0, w.missing)) n
on conflict do nothing"""
# What was freed and opens soon, at a moment drawn by lot, keeps that moment unless it is late now.
_RELEASE_ANEW = """
update appointments_place p set opens_at = n.opens_at
from (
    select q.id, case when q.number > %(counters)s - (s.turn + 1) * %(share)s / 100 + s.turn * %(share)s / 100
        then greatest(q.starts_at - make_interval(hours => %(late_hours)s), %(opens)s)
        when q.opens_at <= %(soon)s then q.opens_at else %(opens)s end as opens_at
    from appointments_place q
    cross join lateral (select floor(extract(epoch from q.starts_at))::bigint / %(seconds)s as turn) s
    where q.schedule_id = %(schedule)s and q.starts_at > %(now)s and q.taken_by is null) n
where p.id = n.id and p.opens_at <> n.opens_at and p.taken_by is null"""
_SWEEP = (
    "delete from appointments_place where schedule_id = %s and starts_at < %s and taken_by is null",
    "delete from appointments_place where schedule_id = %s and starts_at < %s and held_until is not null",
)
_FRESH = "select not exists (select from appointments_place where schedule_id = %s)"


@dataclass(frozen=True, slots=True)
class Aligned:
    """What an alignment did: visits displaced, free places taken away and made."""

    displaced: tuple[UUID, ...]
    removed: int
    made: int


def lock_offices(offices: Iterable[int] | None) -> None:
    """Be the only one, until the transaction's end, to change what these offices (None: all) offer."""
    sql.fetch_one(_PLAIN)
    if offices is None:
        sql.fetch_one(_LOCK_ALL_ALONE)
        return
    sql.fetch_one(_LOCK_ALL)
    for office in sorted(set(offices)):
        sql.fetch_one(_LOCK, (office,))


def conditions_of(schedules: Sequence[Schedule]) -> dict[int, Conditions]:
    """The conditions of each schedule as they stand, by its id."""
    offices = {one.office_id for one in schedules}
    hours = _hours(offices)
    closed = _closures(offices)
    return {
        one.id: Conditions(
            minutes=one.minutes,
            counters=one.counters,
            horizon_days=one.horizon_days,
            active=one.active,
            hours=hours.get(one.office_id, ()),
            closed=closed.get(one.office_id, ()),
        )
        for one in schedules
    }


def foreseen(schedule: int, conditions: Conditions, within: Span | None = None) -> tuple[tuple[UUID, ...], Difference]:
    """What an alignment to `conditions` would do now; locks and changes nothing."""
    promised = _promised(schedule, _PROMISED, within)
    made = _plan(conditions, promised, within)
    rows = {at: Rows(open_, booked) for at, open_, booked in sql.fetch_all(_ROWS, _given(schedule, within))}
    lost = set(made.displaced)
    gone: dict[datetime, int] = {}
    for one in promised:
        if one.visit in lost:
            gone[one.starts_at] = gone.get(one.starts_at, 0) + one.people
    return made.displaced, difference(made, rows, gone)


def align(schedule: Schedule, conditions: Conditions, within: Span | None = None) -> Aligned:
    """Make the schedule's places what its conditions say; visits that cannot be served are displaced.

    `within`: of these whole days only, where nothing else can have changed.

    The caller holds the office's lock, in a transaction, has checked who may, and tells the audit.
    """
    displaced: list[UUID] = []
    removed = 0
    for settled in (False, True, True):
        made = _plan(conditions, _promised(schedule.id, _PROMISED_LOCKED, within), within)
        if made.displaced:
            changing.displace(visits=made.displaced, by=_OFFICE)
            displaced += made.displaced
        gone = sql.execute(_TAKE_AWAY, _given(schedule.id, within, made))
        removed += gone
        if settled and not made.displaced and not gone:
            break
    return Aligned(tuple(displaced), removed, _add(schedule, made))


def release_anew(schedule: Schedule) -> None:
    """After another share of the places is to be opened late: free places open when that says."""
    now = clock.now()
    sql.execute(_RELEASE_ANEW, _given(schedule.id) | _late(schedule) | {"opens": now + HEAD_START, "soon": now + _SOON})


def sweep(schedule: int) -> None:
    """Places that nobody took go a day after their time; those of visits stay."""
    for statement in _SWEEP:
        sql.execute(statement, (schedule, clock.now() - _KEPT_FREE))


def _add(schedule: Schedule, made: Plan) -> int:
    fresh = (sql.fetch_one(_FRESH, (schedule.id,)) or (False,))[0]
    # Nobody waits yet for what has never been offered.
    opens = clock.now() if fresh else clock.now() + HEAD_START
    count = sql.execute(_ADD, _given(schedule.id, None, made) | _late(schedule) | {"opens": opens})
    if count and not fresh:
        outbox.emit("places.freed", {"schedule": schedule.id, "office": schedule.office_id})
    return count


def _plan(conditions: Conditions, promised: Sequence[Promised], within: Span | None) -> Plan:
    return plan(conditions, now=clock.now(), promised=promised, is_holiday=is_holiday, within=within)


def _promised(schedule: int, statement: str, within: Span | None) -> list[Promised]:
    given = _given(schedule, within) | {"since": clock.now() - _STILL_THERE}
    return [Promised(*row) for row in sql.fetch_all(statement, given)]


def _given(schedule: int, within: Span | None = None, made: Plan | None = None) -> dict[str, Any]:
    first, after = within or _EVER
    given: dict[str, Any] = {"schedule": schedule, "now": clock.now(), "first": first, "after": after}
    if made is not None:
        given |= {"times": list(made.places), "places": list(made.places.values())}
    return given


def _late(schedule: Schedule) -> dict[str, Any]:
    return {
        "counters": schedule.counters,
        "share": schedule.counters * schedule.late_percent,
        "late_hours": schedule.late_hours,
        "seconds": schedule.minutes * 60,
    }


def _hours(offices: Iterable[int]) -> Mapping[int, tuple[Opening, ...]]:
    found: dict[int, list[Opening]] = {}
    for row in Hours.objects.filter(office__in=list(offices)):
        found.setdefault(row.office_id, []).append(Opening(row.weekday, row.opens, row.closes))
    return {office: merged(openings) for office, openings in found.items()}


def _closures(offices: Iterable[int]) -> Mapping[int, tuple[Span, ...]]:
    standing = Closure.objects.filter(withdrawn_at=None, ends_at__gt=clock.now()).order_by("starts_at")
    rows = [(row.office_id, Span(row.starts_at, row.ends_at)) for row in standing]
    return {office: tuple(span for of, span in rows if of in {None, office}) for office in offices}
