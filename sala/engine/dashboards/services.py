"""Counting: append in the transaction that made it true, fold in the background, recount to prove it.

A hot statement embeds `APPEND` as one of its CTEs; everybody else calls `add`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from sala.engine.dashboards import rules
from sala.engine.dashboards.rules import ALL, BOUNDS
from sala.kit import clock, sql

APPEND = """
insert into dashboards_delta (service, office, day, measure, value)
select %(service)s, %(office)s::int, %(day)s::date, measure, 1 from unnest(%(measures)s::text[]) measure"""
"""For a hot statement that embeds it: `with …, counted as (APPEND) …`; `measures` from `rules.of_filing` and so on,
`day` the day in Thailand, `office` the office's id."""

_ADD = """
insert into dashboards_delta (service, office, day, measure, value)
select * from unnest(%s::text[], %s::int[], %s::date[], %s::text[], %s::int[])"""

BUCKET = f"width_bucket({{minutes}}, array{list(BOUNDS)})"
"""SQL for `rules.bucket`: `BUCKET.format(minutes="…")`."""
DAY = "({moment} at time zone 'Asia/Bangkok')::date"
"""SQL for `clock.local_day`: `DAY.format(moment="…")`."""

_REPAIR_LOCK = 0x534C4452
_SPANS = f"""cross join lateral (values
        ('day', {{0}}.day), ('month', date_trunc('month', {{0}}.day)::date), ('all', date '{ALL}')) s (span, day)"""

# Taken rows are locked and skipped by other folds. They are chosen in a part of their own: a plain subquery may be run
# once for each row, each time locking others, and take more than asked. The counters are written in the order of their
# key, so that two folds that meet the same counters queue for them and cannot lock each other out.
_FOLD = f"""
with chosen as materialized (select id from dashboards_delta order by id limit %s for update skip locked),
taken as (
    delete from dashboards_delta d using chosen where d.id = chosen.id
    returning d.service, d.office, d.day, d.measure, d.value),
sums as (
    select service, office, span, s.day, measure, sum(value) as value
    from taken {_SPANS.format("taken")}
    group by service, office, span, s.day, measure),
folded as (
    insert into dashboards_counter as c (service, office, span, day, measure, value)
    select * from sums order by service, office, span, day, measure
    on conflict (service, office, span, day, measure) do update set value = c.value + excluded.value)
select count(*) from taken"""  # noqa: S608 - constants of this file


class Row(NamedTuple):
    """`value` more of `measure`. `office` is its id, `day` a day in Thailand."""

    service: str
    office: int
    day: date
    measure: str
    value: int = 1


def add(rows: Iterable[Row]) -> None:
    """Append changes to the counters, in the caller's transaction."""
    if columns := list(zip(*rows, strict=True)):
        sql.execute(_ADD, [list(column) for column in columns])


def filed(*, service: str, office: int, at: datetime, late: bool) -> None:
    """A case was filed (where the hot statement is not used)."""
    _count(rules.of_filing(late=late), service=service, office=office, at=at)


def closed(*, service: str, office: int, outcome: str, at: datetime, minutes: int | None, in_time: bool) -> None:
    """A case was decided after `minutes`, or, with None, withdrawn: that is no result and has no time."""
    if minutes is None:
        measures = rules.of_withdrawal()
    else:
        measures = rules.of_decision(outcome=outcome, minutes=minutes, in_time=in_time)
    _count(measures, service=service, office=office, at=at)


def surveyed(*, service: str, office: int, score: int, at: datetime) -> None:
    """An applicant answered the survey with a score of 1 … 5."""
    _count(rules.of_survey(score=score), service=service, office=office, at=at)


def _count(measures: Iterable[str], *, service: str, office: int, at: datetime) -> None:
    day = clock.local_day(at)
    add(Row(service, office, day, measure) for measure in measures)


def fold(*, batch: int = 5_000) -> int:
    """Add all waiting deltas into the counters, batch by batch; how many there were. Any number may run at once."""
    folded = 0
    while taken := _fold_batch(batch):
        folded += taken
        if taken < batch:
            break
    return folded


def _fold_batch(batch: int) -> int:
    with transaction.atomic():
        row = sql.fetch_one(_FOLD, (batch,))
    return int(row[0]) if row else 0


_recounts: dict[str, str] = {}


def register_recount(name: str, select: str) -> None:
    """Tell how to count `name` (cases, surveys) from the rows themselves, without the counters.

    `select` is SQL that yields service, office, day, measure, value, in any number of rows (`BUCKET` and `DAY` help).
    The rooms that own those rows stand above this one: they register when they start.
    """
    _recounts[name] = select


class Difference(NamedTuple):
    """Where the counters (with what is not yet folded) and the rows disagree."""

    service: str
    office: int
    span: str
    day: date
    measure: str
    counted: int
    recounted: int


# One statement, so that both sides are of one moment and nobody need stop writing.
_DIFFERENCES = f"""
with truth as (
    select service, office, span, s.day, measure, sum(value) as value from ({{recounts}}) t {_SPANS.format("t")}
    group by service, office, span, s.day, measure),
counted as (
    select service, office, span, day, measure, sum(value) as value from (
        select service, office, span, day, measure, value from dashboards_counter
        union all
        select service, office, span, s.day, measure, value from dashboards_delta d {_SPANS.format("d")}) c
    group by service, office, span, day, measure)
select service, office, span, day, measure, coalesce(c.value, 0)::bigint, coalesce(t.value, 0)::bigint
from counted c full join truth t using (service, office, span, day, measure)
where coalesce(c.value, 0) <> coalesce(t.value, 0)
order by service, office, span, day, measure"""  # noqa: S608 - constants of this file


def reconcile(*, repair: bool = False) -> list[Difference]:
    """Recount everything from the rows and compare it with the counters; empty = they agree.

    `repair` appends what is missing to the days (months follow by the fold). The cost is that of reading every case.
    """
    with transaction.atomic():
        if repair:
            sql.execute("select pg_advisory_xact_lock(%s)", (_REPAIR_LOCK,))
        found = [Difference(*row) for row in sql.fetch_all(_DIFFERENCES.format(recounts=_all_recounts()))]
        if repair:
            add(Row(d.service, d.office, d.day, d.measure, d.recounted - d.counted) for d in found if d.span == "day")
    return found


_NOTHING = "select '', 0, current_date, '', 0 where false"
_RECOUNT = """
select service::text, office::int, day::date, measure::text, value::bigint
from ({}) recount (service, office, day, measure, value)"""


def _all_recounts() -> str:
    return " union all ".join(_RECOUNT.format(select) for select in [_NOTHING, *_recounts.values()])
