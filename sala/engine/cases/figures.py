"""How cases are counted from the rows themselves, to prove the dashboards' counters."""

from __future__ import annotations

from sala.engine.dashboards.services import BUCKET, DAY, register_recount

# As journal.py counts a result: from the end of the visit, where the case was promised from it.
_SINCE = """coalesce((
    select (e.data ->> 'promised_from')::timestamptz from cases_caseevent e
    where e.case_id = cases_case.id and e.type in ('submitted', 'rescheduled') and e.data ? 'promised_from'
    order by e.number desc limit 1), submitted_at)"""
_MINUTES = f"greatest(0, floor(extract(epoch from decided_at - {_SINCE}) / 60))::int"
_RECOUNT = f"""
select service, office_id, day, measure, count(*) from (
    select service, office_id, {DAY.format(moment="submitted_at")} as day,
        unnest(case when late then array['filed', 'late'] else array['filed'] end) as measure
    from cases_case
    union all
    select service, office_id, {DAY.format(moment="decided_at")},
        unnest(case when state = 'withdrawn' then array['withdrawn'] else
            array['decided', state, 'minutes:' || {BUCKET.format(minutes=_MINUTES)}]
            || case when decided_at <= due_at then array['in_time'] else array[]::text[] end
        end)
    from cases_case where decided_at is not null) counted
group by service, office_id, day, measure"""  # noqa: S608 - constants of our own


def register() -> None:
    """Called when the room starts."""
    register_recount("cases", _RECOUNT)
