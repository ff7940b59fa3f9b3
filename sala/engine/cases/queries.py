"""Reads about cases. Whom a case does not concern is told that it was not found."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet

from sala.engine.cases.keys import opens
from sala.engine.cases.models import Case, CaseEvent, CheckResult, Hold, InfoRequest, Note, RegisterFacts, SopMark
from sala.engine.cases.permissions import Permission, can, check, is_applicant, offices
from sala.engine.cases.rules import OPEN
from sala.engine.cases.states import State
from sala.identity.accounts.actor import Actor
from sala.kit import audit, clock, sql
from sala.kit.errors import NotFound
from sala.kit.ids import normal_reference

QueueName = Literal["new", "mine", "due_soon", "overdue", "waiting", "held", "open"]
QUEUES: tuple[QueueName, ...] = ("new", "mine", "due_soon", "overdue", "waiting", "held", "open")
COUNTED_TO = 100
PAGE = 25

# --- The applicant -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Status:
    """What a look-up by key tells: the promise and where it stands, no answers."""

    reference: str
    service: str
    state: State
    submitted_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reason_code: str
    next_due_on: date | None
    late: bool


STATUS_STATEMENT = """
SELECT id, key_version, account_id, reference, service, state, submitted_at, due_at, decided_at, reason_code,
       next_due_on, late
FROM cases_case WHERE reference = %(reference)s
"""


def status(*, reference: str, by: Actor | None = None, key: str | None = None) -> Status:
    """A case's status for its applicant or the holder of its key: a hot path, one prepared statement."""
    stored = normal_reference(reference)
    row = sql.fetch_one(STATUS_STATEMENT, {"reference": stored}) if stored else None
    if row is None:
        raise NotFound
    case_id, version, account, *shown = row
    by_key = key is not None and opens(key, case_id, version)
    if not by_key and not (by and by.account_id and by.account_id == account):
        raise NotFound
    shown[2] = State(shown[2])
    return Status(*shown)


def case_by_key(*, reference: str, key: str) -> Case:
    """The case whose acknowledgement carries `key`."""
    case = _by_reference(reference)
    if case is None or not opens(key, case.id, case.key_version):
        raise NotFound
    return case


def case_by_email(*, reference: str, email: str) -> Case:
    """The case by its number and the e-mail address it was filed with (R-001.30)."""
    case = _by_reference(reference)
    if case is None or not email.strip() or case.email.casefold() != email.strip().casefold():
        raise NotFound
    return case


def case_for_applicant(*, reference: str, by: Actor) -> Case:
    """The applicant's own case."""
    case = _by_reference(reference)
    if case is None or not is_applicant(by, case):
        raise NotFound
    return case


def of_account(account_id: UUID, *, limit: int = 50) -> list[Case]:
    """An account's cases, newest first."""
    return list(Case.objects.filter(account_id=account_id).order_by("-submitted_at")[:limit])


def last_answers(account_id: UUID, service: str) -> dict[str, Any] | None:
    """The answers of the account's last case of a service, for the next one's prefill (R-001.38)."""
    case = Case.objects.filter(account_id=account_id, service=service).order_by("-submitted_at").first()
    return case.answers if case else None


def last_group(account_id: UUID, service: str) -> list[dict[str, Any]]:
    """The answers of all cases that were filed together the last time (a family), in order."""
    last = Case.objects.filter(account_id=account_id, service=service).order_by("-submitted_at").first()
    if last is None:
        return []
    if last.group is None:
        return [last.answers]
    return list(
        Case.objects.filter(group=last.group, account_id=account_id).order_by("id").values_list("answers", flat=True)
    )


def history(case: Case, *, public_only: bool) -> list[CaseEvent]:
    """What happened, oldest first."""
    events = CaseEvent.objects.filter(case=case).order_by("number")
    return list(events.filter(public=True) if public_only else events)


def open_question(case: Case) -> InfoRequest | None:
    return InfoRequest.objects.filter(case=case, answered_at=None).first()


def questions(case: Case) -> list[InfoRequest]:
    return list(InfoRequest.objects.filter(case=case).order_by("asked_at"))


# --- The desk ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases, and where the next ones begin (None = no more)."""

    cases: list[Case]
    next_cursor: str | None


def queue(
    *, name: QueueName, by: Actor, office: int | None = None, cursor: str | None = None, limit: int = PAGE
) -> Page:
    """One page of a queue of the actor's offices, the most pressing first."""
    rows = _queue(name, by, office)
    after = _decoded(cursor)
    if after:
        rows = rows.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], id__gt=after[1]))
    found = list(rows.order_by("due_at", "id")[: limit + 1])
    more = len(found) > limit
    return Page(found[:limit], _encoded(found[limit - 1]) if more else None)


def queue_counts(*, by: Actor, office: int | None = None) -> dict[QueueName, int]:
    """How many cases wait in each queue, counted to 100 (so that a flooded office costs no more)."""
    names = [n for n in QUEUES if n != "held" or offices(by, Permission.SEE_HOLDS)]
    return {name: _queue(name, by, office).values("id")[:COUNTED_TO].count() for name in names}


def _queue(name: QueueName, by: Actor, office: int | None) -> QuerySet[Case]:
    permission = Permission.SEE_HOLDS if name == "held" else Permission.VIEW
    mine = offices(by, permission)
    chosen = mine & {office} if office is not None else mine
    rows = _limited(Case.objects.filter(office_id__in=chosen), by)
    now = clock.now()
    if name == "held":
        return rows.filter(held=True)
    working = [State.SUBMITTED, State.IN_REVIEW]
    chosen_by: dict[QueueName, Q] = {
        "new": Q(state__in=working, claimed_by=None),
        "mine": Q(state__in=OPEN, claimed_by_id=by.account_id),
        "due_soon": Q(state__in=OPEN, warn_at__lte=now, due_at__gt=now),
        "overdue": Q(state__in=OPEN, due_at__lte=now),
        "waiting": Q(state=State.INFO_REQUESTED),
        "open": Q(state__in=OPEN),
    }
    return rows.filter(chosen_by[name], held=False)


def _limited(rows: QuerySet[Case], by: Actor) -> QuerySet[Case]:
    """Posts limited to services see only these; a post without a limit sees all of its office."""
    if by.seats and all(seat.services for seat in by.seats):
        return rows.filter(service__in={service for seat in by.seats for service in seat.services})
    return rows


def find(*, text: str, by: Actor, limit: int = PAGE) -> list[Case]:
    """Cases of the actor's offices by number, subject (a passport number) or the beginning of the name."""
    words = text.strip()
    if len(words) < 2:
        return []
    rows = _limited(Case.objects.filter(office_id__in=offices(by, Permission.VIEW)), by)
    if not offices(by, Permission.SEE_HOLDS):
        rows = rows.filter(held=False)
    exact = normal_reference(words)
    rows = rows.filter(reference=exact) if exact else rows.filter(search__contains=words.upper())
    return list(rows.order_by("-submitted_at")[:limit])


def case_for_officer(*, reference: str, by: Actor) -> Case:
    """A case for somebody of its office; the look is recorded. Held cases only for those who may see holds."""
    case = _by_reference(reference)
    if case is None:
        raise NotFound
    check(by, case, Permission.VIEW)
    if case.held and not can(by, case, Permission.SEE_HOLDS):
        raise NotFound
    audit.record(by.label, "case.viewed", f"case:{case.reference}")
    return case


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that stands beside a case's answers on the desk, as far as the actor may see it."""

    history: list[CaseEvent]
    checks: list[CheckResult]
    facts: dict[str, RegisterFacts]
    holds: list[Hold]
    notes: list[Note]
    marks: dict[str, SopMark]
    questions: list[InfoRequest]
    same_subject: list[Case]
    group: list[Case]


def dossier(case: Case, *, by: Actor) -> Dossier:
    """Everything about one case for one screen."""
    sees_holds = can(by, case, Permission.SEE_HOLDS)
    checks = CheckResult.objects.filter(case=case).order_by("id")
    related = _limited(Case.objects.filter(office_id__in=offices(by, Permission.VIEW)).exclude(id=case.id), by)
    if not sees_holds:
        checks = checks.filter(restricted=False)
        related = related.filter(held=False)
    secret = set() if sees_holds else {"held", "hold_lifted"}
    return Dossier(
        history=[event for event in history(case, public_only=False) if event.type not in secret],
        checks=list(checks),
        facts={facts.register: facts for facts in RegisterFacts.objects.filter(case=case)},
        holds=list(Hold.objects.filter(case=case).order_by("placed_at")) if sees_holds else [],
        notes=list(Note.objects.filter(case=case).select_related("author").order_by("id")),
        marks={mark.step: mark for mark in SopMark.objects.filter(case=case)},
        questions=questions(case),
        same_subject=list(_of_subject(related, case)),
        group=list(related.filter(group=case.group).order_by("id")) if case.group else [],
    )


def _of_subject(rows: QuerySet[Case], case: Case) -> Sequence[Case]:
    if not case.subject_key:
        return []
    return list(rows.filter(service=case.service, subject_key=case.subject_key).order_by("-submitted_at")[:10])


# --- Shared ------------------------------------------------------------------------------------


def _by_reference(reference: str) -> Case | None:
    stored = normal_reference(reference)
    return Case.objects.filter(reference=stored).first() if stored else None


def _encoded(case: Case) -> str:
    packed = msgspec.json.encode([case.due_at, case.id])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _decoded(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Where a page ended; a cursor that nobody gave out begins at the beginning."""
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return cast("tuple[datetime, UUID]", msgspec.json.decode(raw, type=tuple[datetime, UUID]))
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
