"""The figures of a period: counter + what is not yet folded, in one statement.

A read touches a service and office's counters of the period's days and months, never a case, so it costs the
same at ten thousand and ten million of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sala.engine.dashboards.rules import ALL, END, Figures, Range, cover, figures_of
from sala.kit import sql

_BALANCE = ["filed", "decided", "withdrawn"]

_SUMS = """
select service, office, period, measure, sum(value)::bigint from (
    select c.service, c.office, r.period, c.measure, c.value
    from unnest(%(periods)s::int[], %(spans)s::text[], %(firsts)s::date[], %(lasts)s::date[])
        r (period, span, first, last)
    join dashboards_counter c on c.office = any(%(offices)s::int[]) and c.span = r.span
        and c.day between r.first and r.last
    where r.period = 0 or c.measure = any(%(balance)s::text[])
    union all
    select d.service, d.office, r.period, d.measure, d.value
    from unnest(%(delta_periods)s::int[], %(delta_firsts)s::date[], %(delta_lasts)s::date[]) r (period, first, last)
    join dashboards_delta d on d.office = any(%(offices)s::int[]) and d.day between r.first and r.last
    where r.period = 0 or d.measure = any(%(balance)s::text[])) parts
where %(services)s::text[] is null or service = any(%(services)s::text[])
group by service, office, period, measure"""

_PERIOD, _SINCE, _EVER = 0, 1, 2


class Line(NamedTuple):
    """One line of a report."""

    service: str
    office: int
    figures: Figures


def figures(*, offices: Sequence[int], first: date, last: date, services: Sequence[str] | None = None) -> list[Line]:
    """What happened from `first` to `last` (days in Thailand, both included), by service and office.

    Offices by id; `services` None = all. Lines without any figure are left out.
    """
    counts: dict[tuple[str, int], list[dict[str, int]]] = defaultdict(lambda: [{}, {}, {}])
    for service, office, period, measure, value in sql.fetch_all(_SUMS, _parameters(offices, first, last, services)):
        counts[service, office][period][measure] = value
    lines = [
        Line(service, office, figures_of(during, open_at_end=_open(ever) - _open(since)))
        for (service, office), (during, since, ever) in sorted(counts.items())
    ]
    return [line for line in lines if line.figures != Figures()]


def _open(counts: dict[str, int]) -> int:
    return counts.get("filed", 0) - counts.get("decided", 0) - counts.get("withdrawn", 0)


def _parameters(offices: Sequence[int], first: date, last: date, services: Sequence[str] | None) -> dict[str, object]:
    # Open at the end = all that ever happened, less what happened since: recent periods read little.
    tomorrow = last + timedelta(days=1)
    ranges = [(_PERIOD, r) for r in cover(first, last)]
    ranges += [(_SINCE, r) for r in cover(tomorrow, END)] + [(_EVER, Range("all", ALL, ALL))]
    deltas = [(_PERIOD, first, last), (_SINCE, tomorrow, END), (_EVER, date.min, END)]
    return {
        "offices": list(offices),
        "services": None if services is None else list(services),
        "balance": _BALANCE,
        "periods": [period for period, _ in ranges],
        "spans": [r.span for _, r in ranges],
        "firsts": [r.first for _, r in ranges],
        "lasts": [r.last for _, r in ranges],
        "delta_periods": [period for period, _, _ in deltas],
        "delta_firsts": [begin for _, begin, _ in deltas],
        "delta_lasts": [end for _, _, end in deltas],
    }


class Day(NamedTuple):
    """One day of a chart."""

    day: date
    filed: int
    decided: int


_DAILY = """
select day, measure, sum(value)::bigint from (
    select service, day, measure, value from dashboards_counter
    where office = any(%(offices)s::int[]) and span = 'day' and day between %(first)s::date and %(last)s::date
    union all
    select service, day, measure, value from dashboards_delta
    where office = any(%(offices)s::int[]) and day between %(first)s::date and %(last)s::date) parts
where measure in ('filed', 'decided') and (%(services)s::text[] is null or service = any(%(services)s::text[]))
group by day, measure"""


def daily(*, offices: Sequence[int], first: date, last: date, services: Sequence[str] | None = None) -> list[Day]:
    """Filed and decided on each day from `first` to `last`, days without any included."""
    chosen = None if services is None else list(services)
    parameters = {"offices": list(offices), "first": first, "last": last, "services": chosen}
    counts = {(day, measure): value for day, measure, value in sql.fetch_all(_DAILY, parameters)}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [Day(day, counts.get((day, "filed"), 0), counts.get((day, "decided"), 0)) for day in days]
