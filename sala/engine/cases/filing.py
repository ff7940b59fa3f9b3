"""Filing a request: the engine's hottest write, one prepared statement in one round trip.

Case, first event, outbox row, dashboard deltas and the remembered answer of an
idempotent POST become true together or not at all; docs/performance.md compares the
statement with pgbench running the same text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from psycopg.types.json import Jsonb

from sala.engine.cases import attachments as files
from sala.engine.cases import holder, routing, rules
from sala.engine.cases.keys import key_of
from sala.engine.cases.routing import NeedsVisit
from sala.engine.cases.states import State
from sala.engine.catalogue import functions, times
from sala.engine.catalogue.declaration import Declaration
from sala.engine.catalogue.loaded import Loaded
from sala.engine.dashboards.rules import of_filing
from sala.identity.accounts.actor import Actor
from sala.kit import clock, sql
from sala.kit.errors import Conflict
from sala.kit.idempotency import Kept, Key
from sala.kit.ids import new_reference, uuid7
from sala.kit.text import Text
from sala.kit.thai import day as day_words

LONGEST_NAME = 200
_COLUMNS = {
    "id": "uuid", "reference": "text", "service": "text", "version": "text", "office": "int", "area": "int",
    "account": "uuid", "group": "uuid", "applicant_name": "text", "email": "text", "language": "text",
    "also": "int[]", "channel": "text", "answers": "jsonb", "subject_key": "text", "late": "boolean", "due_on": "date",
    "at": "timestamptz", "due_at": "timestamptz", "warn_at": "timestamptz", "day": "date", "measures": "text[]",
    "actor": "text", "data": "jsonb", "payload": "jsonb", "hash": "bytea", "once_actor": "text", "once_key": "text",
    "once_fingerprint": "bytea", "once_status": "int", "once_headers": "jsonb", "once_body": "text",
}  # fmt: skip
"""What is written of one request, and as which type."""
# Keys are written in one order by every group, so that no two wait for each other.
_WRITE = """, once AS (
    INSERT INTO kit_idempotencykey (actor, key, fingerprint, status, headers, body)
    SELECT once_actor, once_key, once_fingerprint, once_status, once_headers, once_body FROM given
    WHERE once_key IS NOT NULL
    ORDER BY once_actor, once_key
    ON CONFLICT (actor, key) DO NOTHING
    RETURNING actor, key
), fresh AS (
    SELECT * FROM given WHERE once_key IS NULL OR (once_actor, once_key) IN (SELECT actor, key FROM once)
), filed AS (
    INSERT INTO cases_case (
        id, reference, service, version_id, state, office_id, also_offices, area, account_id, "group",
        applicant_name, email, language, channel, answers, subject_key, late, due_on, submitted_at, due_at, warn_at,
        held, decided_by, reason_code, events, last_hash, key_version
    )
    SELECT
        id, reference, service, version, 'submitted', office, also, area, account, "group", applicant_name, email,
        language, channel, answers, subject_key, late, due_on, at, due_at, warn_at,
        false, '', '', 1, hash, 1
    FROM fresh
), event AS (
    INSERT INTO cases_caseevent (case_id, number, at, type, actor, data, public, hash)
    SELECT id, 1, at, 'submitted', actor, data, true, hash FROM fresh
), told AS (
    INSERT INTO kit_outboxevent (topic, payload) SELECT 'case.submitted', payload FROM fresh
), counted AS (
    INSERT INTO dashboards_delta (service, office, day, measure, value)
    SELECT service, office, day, measure, count(*) FROM fresh, unnest(measures) AS measure
    GROUP BY service, office, day, measure
)
SELECT id FROM fresh
"""
_ONE = ", ".join(f'%({name})s::{kind} AS "{name}"' for name, kind in _COLUMNS.items())
STATEMENT = f"WITH given AS (SELECT {_ONE}){_WRITE}"
"""One request."""
_MANY = ", ".join(f'"{name}" {kind}' for name, kind in _COLUMNS.items())
TOGETHER = f"WITH given AS (SELECT * FROM jsonb_to_recordset(%(rows)s) AS given ({_MANY})){_WRITE}"  # noqa: S608 - constants
"""Requests that were made at the same moment: one statement, one commit, for all of them."""


@dataclass(frozen=True, slots=True)
class Filed:
    """What the applicant is told at once (R-001.25, .26)."""

    id: UUID
    reference: str
    key: str
    status: State
    submitted_at: datetime
    due_at: datetime
    late: bool
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Once:
    """The idempotency key of the request that files, and the answer it will be given."""

    key: Key
    respond: Callable[[Filed], Kept]


class AlreadyAnsweredError(Exception):
    """The same idempotency key was used before: its remembered answer stands, nothing was filed now."""


class TooEarly(Conflict):
    """Before the first day of the filing window (R-001.18). The caller keeps the draft."""

    code = "too_early"

    def __init__(self, window: rules.Window) -> None:
        first = window.first_day
        super().__init__(
            Text(
                th=f"ยังไม่ถึงกำหนดยื่น ยื่นได้ตั้งแต่วันที่ {day_words(first, 'th')}",
                en=f"It is too early to file. You can file from {day_words(first, 'en')}",
            )
        )
        self.window = window


def window_of(declaration: Declaration, answers: Mapping[str, Any], today: date) -> rules.Window | None:
    """The filing window of these answers today; None where the service has none or the date cannot be known yet."""
    if declaration.window is None:
        return None
    due_on: date | None = functions.resolve(declaration.window.around)(answers)
    if due_on is None:
        return None
    opens, closes = (int(days.rstrip("d")) for days in (declaration.window.opens, declaration.window.closes))
    return rules.window(due_on, opens=opens, closes=closes, today=today)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request judged, numbered and promised, of which nothing is written yet. `row` is what `STATEMENT` takes."""

    filed: Filed
    row: Mapping[str, Any]
    attached: tuple[UUID, ...]
    draft: UUID | None


def file(
    *,
    service: Loaded,
    answers: Mapping[str, Any],
    by: Actor,
    language: str,
    channel: str,
    now: datetime | None = None,
    group: UUID | None = None,
    draft: UUID | None = None,
    once: Once | None = None,
    office: int | None = None,
    promised_from: datetime | None = None,
    proven: Sequence[str] = (),
) -> Filed:
    """File one request with complete, flat answers.

    `office` is that of the visit, for a service with an appointment and for no other; `promised_from` is when
    the promised time begins to run, where that is not now (the end of the visit). `proven`: by what methods its person
    has just shown that it is they, which a service with a digital ID needs.
    Raises `Invalid` with every fault, `TooEarly` before the window, `NeedsVisit` for a service with an
    appointment without an office, `AlreadyAnsweredError` where `once` was used before. Late requests are
    accepted and marked (R-001.39).
    """
    return write(
        prepare(
            service=service, answers=answers, by=by, language=language, channel=channel, now=now, group=group,
            draft=draft, once=once, office=office, promised_from=promised_from, proven=proven,
        )
    )  # fmt: skip


def prepare(
    *,
    service: Loaded,
    answers: Mapping[str, Any],
    by: Actor,
    language: str,
    channel: str,
    now: datetime | None = None,
    group: UUID | None = None,
    draft: UUID | None = None,
    once: Once | None = None,
    office: int | None = None,
    promised_from: datetime | None = None,
    proven: Sequence[str] = (),
) -> Prepared:
    """All of `file` but the writing: so that who takes a place for the request judges it before anything is locked."""
    moment = now or clock.now()
    if service.declaration.appointment and office is None:
        raise NeedsVisit
    given = holder.completed(service, answers, by, proven=proven)
    clean = service.clean(given, today=clock.local_day(moment))
    filed = _promised(service, clean, moment, promised_from or moment)
    office, area = routing.of_visit(service, office) if office else routing.route(service, clean)
    row = {
        **_case(filed, service, clean, promised_from or moment),
        **_first_event(
            filed, service, office=office, channel=channel, by=by, promised_from=promised_from, proven=proven
        ),
        **_remembered(once, filed),
        "account": by.account_id,
        "office": office,
        "also": routing.also_at(service, clean, office),
        "area": area,
        "group": group,
        "language": language,
        "channel": channel,
    }
    return Prepared(filed, row, tuple(service.file_ids(clean)), draft)


def write(prepared: Prepared) -> Filed:
    """File what was prepared. Raises `AlreadyAnsweredError` where its `once` was used before."""
    with transaction.atomic() if prepared.attached else nullcontext():
        if sql.fetch_one(STATEMENT, prepared.row) is None:
            raise AlreadyAnsweredError
        if prepared.attached:
            files.bind(prepared.attached, case=prepared.filed.id, draft=prepared.draft)
    return prepared.filed


def write_all(group: Sequence[Prepared]) -> list[Filed | None]:
    """File several requests without files by one statement: all of them, or it raises and none is.

    None for each whose `once` was used before, be it by another one of them.
    """
    rows: dict[Any, dict[str, Any]] = {}
    for one in group:
        once = (one.row["once_actor"], one.row["once_key"])
        rows.setdefault(once if once[1] else one.filed.id, {name: _plain(value) for name, value in one.row.items()})
    done = sql.fetch_all(TOGETHER, {"rows": sql.jsonb(list(rows.values()))}) if rows else []
    written = {row[0] for row in done}
    return [one.filed if one.filed.id in written else None for one in group]


def _plain(value: Any) -> Any:
    """A parameter as it stands in JSON; bytes as PostgreSQL reads them from text."""
    if isinstance(value, Jsonb):
        return value.obj
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value


def _promised(service: Loaded, clean: Mapping[str, Any], moment: datetime, since: datetime) -> Filed:
    """The number of a request filed now and its promise, which runs from `since`; or `TooEarly`."""
    window = window_of(service.declaration, clean, clock.local_day(moment))
    if window and window.standing == "early":
        raise TooEarly(window)
    case_id = uuid7()
    return Filed(
        id=case_id,
        reference=new_reference(service.declaration.reference),
        key=key_of(case_id),
        status=State.SUBMITTED,
        submitted_at=moment,
        due_at=times.due(service.declaration.time[0], since),
        late=bool(window and window.standing == "late"),
        due_on=window.due_on if window else None,
    )


def _case(filed: Filed, service: Loaded, clean: Mapping[str, Any], since: datetime) -> dict[str, Any]:
    declaration = service.declaration
    return {
        "id": filed.id,
        "reference": filed.reference,
        "service": service.slug,
        "version": service.hash,
        "applicant_name": joined(service, clean, declaration.applicant, " ")[:LONGEST_NAME],
        "email": service.value(clean, declaration.contact) or "",
        "answers": sql.jsonb(clean),
        "subject_key": subject_key(service, clean),
        "late": filed.late,
        "due_on": filed.due_on,
        "at": filed.submitted_at,
        "due_at": filed.due_at,
        "warn_at": times.warn(declaration.time[0], since),
        "day": clock.local_day(filed.submitted_at),
        "measures": of_filing(late=filed.late),
    }


def _first_event(
    filed: Filed,
    service: Loaded,
    *,
    office: int,
    channel: str,
    by: Actor,
    promised_from: datetime | None,
    proven: Sequence[str],
) -> dict[str, Any]:
    """The event that begins the case's chain, and what its hearers are told."""
    case, data = str(filed.id), {"channel": channel, "version": service.hash, "office": office, "late": filed.late}
    if promised_from:
        data["promised_from"] = promised_from.isoformat()
    if proven:
        data["proven"] = sorted(proven)
    event = rules.sealed(
        case=case, number=1, at=filed.submitted_at, type="submitted", actor=by.label, data=data, public=True
    )
    told = {"case": case, "reference": filed.reference, "service": service.slug, "office": office, "event": 1}
    return {
        "actor": by.label,
        "data": sql.jsonb(data),
        "hash": rules.chain_hash(b"", event),
        "payload": sql.jsonb(told),
    }


def _remembered(once: Once | None, filed: Filed) -> dict[str, Any]:
    kept = once.respond(filed) if once else None
    return {
        "once_actor": once.key.actor if once else None,
        "once_key": once.key.key if once else None,
        "once_fingerprint": once.key.fingerprint if once else None,
        "once_status": kept.status if kept else None,
        "once_headers": sql.jsonb(kept.headers if kept else {}),
        "once_body": kept.body if kept else None,
    }


def subject_key(service: Loaded, answers: Mapping[str, Any]) -> str:
    """Whom a case with these answers is about, as the declaration names it; empty where it does not."""
    return joined(service, answers, service.declaration.subject, ":").upper()


def joined(service: Loaded, answers: Mapping[str, Any], paths: Sequence[str], separator: str) -> str:
    """The answered values at `paths`, those that there are, as one text."""
    return separator.join(str(value) for path in paths if (value := service.value(answers, path)))
