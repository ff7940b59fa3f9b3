"""The desk's queues: what waits in an office, the most pressing first.

Each queue is a range of one small partial index in the order it is shown, read office by office and merged: a page
costs the same whatever the number of cases, closed or open (docs/performance.md). Nothing outside the actor's posts
is ever read.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from sala.engine.cases.permissions import ROLES, SCOPES, Permission, offices, offices_of
from sala.engine.cases.states import State
from sala.identity.accounts.actor import Actor
from sala.kit import clock, sql
from sala.kit.ids import normal_reference

QueueName = Literal["new", "mine", "due_soon", "overdue", "waiting", "held", "open", "also"]
COUNTED_TO = 100
PAGE = 25
SHORTEST_SEARCH = 3

# Written as the indexes' own conditions, so that PostgreSQL sees that they apply.
_OPEN = "c.state in ('submitted', 'in_review', 'info_requested') and not c.held"
_CONDITIONS: dict[QueueName, str] = {
    "new": "c.state in ('submitted', 'in_review') and not c.held and c.claimed_by_id is null",
    "mine": f"{_OPEN} and c.claimed_by_id = %(me)s::uuid",
    # A stopped clock is neither pressing nor late.
    "due_soon": f"{_OPEN} and c.due_at > %(now)s and c.warn_at <= %(now)s and c.paused_at is null",
    "overdue": f"{_OPEN} and c.due_at <= %(now)s and c.paused_at is null",
    "waiting": "c.state = 'info_requested' and not c.held",
    "held": "c.held",
    "open": _OPEN,
    # Of other offices, which this one only sees.
    "also": f"{_OPEN} and c.also_offices <> '{{}}'",
}
QUEUES: tuple[QueueName, ...] = tuple(_CONDITIONS)

_PLACES = "unnest(%(offices)s::int[], %(services)s::text[], %(sees)s::boolean[]) p (office, service, sees)"
# Nobody works on a request of their own.
_MINE = """(p.service is null or c.service = p.service) and c.account_id is distinct from %(me)s::uuid"""
_HERE = f"c.office_id = p.office and {_MINE}"
_ALSO = f"c.also_offices @> array[p.office] and {_MINE}"
_COLUMNS = """c.id, c.reference, c.service, c.state, c.office_id, c.applicant_name, c.subject_key, c.submitted_at,
    c.due_at, c.warn_at, c.late, c.applicant_died_on, c.held, c."group", c.paused_at, c.claimed_by_id,
    c.claimed_at, c.decided_at, p.sees"""
_ROWS = """
select {names}, exists (select from cases_case o where o."group" = q."group" and o.id <> q.id) as grouped,
    (select count(*) from cases_checkresult r
        where r.case_id = q.id and r.outcome = 'alert' and (q.sees or not r.restricted)) as alerts,
    exists (select from cases_consent k where k.case_id = q.id and k.state = 'waiting') as consents
from ({found}) q order by {order}"""
_NAMES = ", ".join(
    f'q."{name.strip().partition(".")[2].strip(chr(34))}"'
    for name in _COLUMNS.split(",")
    if "sees" not in name and "group" not in name
)


def _here(name: QueueName) -> str:
    return _ALSO if name == "also" else _HERE


def _page_statement(name: QueueName) -> str:
    found = f"""
select w.* from {_PLACES} cross join lateral (
    select {_COLUMNS} from cases_case c
    where {_here(name)} and {_CONDITIONS[name]} and (c.due_at, c.id) > (%(after_due)s::timestamptz, %(after_id)s::uuid)
    order by c.due_at, c.id limit %(limit)s) w
order by w.due_at, w.id limit %(limit)s"""  # noqa: S608 - constants of this file
    return _ROWS.format(names=_NAMES, found=found, order="q.due_at, q.id")


def _count_column(name: QueueName) -> str:
    held_only = "p.sees and" if name == "held" else ""
    return f"""
(select count(*) from (
    select from {_PLACES} cross join lateral (
        select from cases_case c where {held_only} {_here(name)} and {_CONDITIONS[name]} limit {COUNTED_TO}) w
    limit {COUNTED_TO}) counted)"""  # noqa: S608 - constants of this file


PAGES = {name: _page_statement(name) for name in QUEUES}
COUNTS = "select " + ", ".join(_count_column(name) for name in QUEUES)
_FOUND = f"""
select {_COLUMNS} from {_PLACES} join cases_case c on {_HERE}
where {{matches}} and (p.sees or not c.held) order by c.submitted_at desc limit {PAGE}"""  # noqa: S608
_BY_NUMBER = _ROWS.format(
    names=_NAMES, found=_FOUND.format(matches="c.reference = %(text)s"), order="q.submitted_at desc"
)
_BY_TEXT = _ROWS.format(
    names=_NAMES, found=_FOUND.format(matches="c.search like %(text)s"), order="q.submitted_at desc"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A case in a list. `alerts` counts only what the reader may see."""

    id: UUID
    reference: str
    service: str
    state: State
    office_id: int
    applicant_name: str
    subject_key: str
    submitted_at: datetime
    due_at: datetime
    warn_at: datetime
    late: bool
    applicant_died_on: date | None
    held: bool
    paused_at: datetime | None
    claimed_by_id: UUID | None
    claimed_at: datetime | None
    decided_at: datetime | None
    grouped: bool
    alerts: int
    consents: bool
    """Whether another person's consent is waited for."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases, and where the next ones begin (None = no more)."""

    cases: list[Row]
    next_cursor: str | None


class Place(NamedTuple):
    """Where a post reaches: an office and one service of it, or all (None); and whether holds are seen there."""

    office: int
    service: str | None
    sees_holds: bool


def reach(by: Actor, permission: Permission = Permission.VIEW) -> list[Place]:
    """Everywhere a post of `by` gives `permission`, none twice."""
    if not by.may(SCOPES[permission]):
        return []
    found: dict[tuple[int, str | None], bool] = {}
    for seat in by.seats:
        if permission not in ROLES[seat.role]:
            continue
        sees = Permission.SEE_HOLDS in ROLES[seat.role] and by.may(SCOPES[Permission.SEE_HOLDS])
        for key in [(office, service) for office in offices_of(seat) for service in seat.services or (None,)]:
            found[key] = found.get(key, False) or sees
    return [
        Place(office, service, sees)
        for (office, service), sees in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or ""))
        # A post for the whole office covers one for a single service of it, unless that one alone sees holds.
        if service is None or (office, None) not in found or (sees and not found[office, None])
    ]


def queue(
    *,
    name: QueueName,
    by: Actor,
    office: int | None = None,
    service: str | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page:
    """One page of a queue of the actor's offices, the most pressing first; `office` and `service` narrow it."""
    places = _narrowed(reach(by, Permission.SEE_HOLDS if name == "held" else Permission.VIEW), office, service)
    after = _decoded(cursor) or (datetime.min.replace(tzinfo=UTC), UUID(int=0))
    given = {**_parameters(places, by), "after_due": after[0], "after_id": after[1], "limit": limit + 1}
    rows = _rows(PAGES[name], given)
    more = len(rows) > limit
    return Page(rows[:limit], _encoded(rows[limit - 1]) if more else None)


def queue_counts(*, by: Actor, office: int | None = None, service: str | None = None) -> dict[QueueName, int]:
    """How many cases wait in each queue, counted to 100 (so that a flooded office costs no more).

    The queue of held cases is there only for those who may see holds somewhere.
    """
    given = _parameters(_narrowed(reach(by), office, service), by)
    counts = sql.fetch_one(COUNTS, given) or ()
    sees = bool(offices(by, Permission.SEE_HOLDS))
    return {name: n for name, n in zip(QUEUES, counts, strict=True) if name != "held" or sees}


def find(*, text: str, by: Actor, office: int | None = None) -> list[Row]:
    """Up to 25 cases of the actor's offices by number, name or subject (a passport's number), newest first.

    At least three letters, anywhere in the name; fewer find nothing.
    """
    words = " ".join(text.split())
    given = _parameters(_narrowed(reach(by), office, None), by)
    if exact := normal_reference(words):
        return _rows(_BY_NUMBER, given | {"text": exact})
    if len(words) < SHORTEST_SEARCH:
        return []
    escaped = words.upper().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return _rows(_BY_TEXT, given | {"text": f"%{escaped}%"})


class Overdue(NamedTuple):
    """How many cases of a service an office owes an answer, held ones included."""

    service: str
    office: int
    cases: int


_OVERDUE = """
select service, office_id, count(*) from (
    select service, office_id from cases_case
    where office_id = any(%(offices)s::int[]) and due_at <= %(now)s and not held and paused_at is null
        and state in ('submitted', 'in_review', 'info_requested')
    union all
    select service, office_id from cases_case
    where office_id = any(%(offices)s::int[]) and due_at <= %(now)s and held and paused_at is null
        and state in ('submitted', 'in_review', 'info_requested')) late
group by service, office_id"""


def overdue(*, offices: Sequence[int]) -> list[Overdue]:
    """Open cases whose promised hour has passed; costs what is overdue, not what exists."""
    return [Overdue(*row) for row in sql.fetch_all(_OVERDUE, {"offices": list(offices), "now": clock.now()})]


def _narrowed(places: list[Place], office: int | None, service: str | None) -> list[Place]:
    return [
        Place(place.office, service or place.service, place.sees_holds)
        for place in places
        if (office is None or place.office == office)
        and (service is None or place.service is None or place.service == service)
    ]


def _parameters(places: list[Place], by: Actor) -> dict[str, Any]:
    return {
        "offices": [place.office for place in places],
        "services": [place.service for place in places],
        "sees": [place.sees_holds for place in places],
        "me": by.account_id,
        "now": clock.now(),
    }


def _rows(statement: str, given: dict[str, Any]) -> list[Row]:
    return [_row(row) for row in sql.fetch_all(statement, given)]


def _row(row: tuple[Any, ...]) -> Row:
    fields = list(row)
    fields[3] = State(fields[3])
    return Row(*fields)


def _encoded(row: Row) -> str:
    packed = msgspec.json.encode([row.due_at, row.id])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _decoded(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Where a page ended; a cursor that nobody gave out begins at the beginning."""
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=tuple[datetime, UUID])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
