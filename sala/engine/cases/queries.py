"""Reads about cases. Whom a case does not concern is told that it was not found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.db.models import Max, Q
from msgspec import Meta

from sala.engine.cases import deeds
from sala.engine.cases.filing import Filed
from sala.engine.cases.keys import key_of, opens
from sala.engine.cases.models import (
    Case,
    CaseEvent,
    CheckResult,
    Consent,
    Hold,
    InfoRequest,
    Note,
    RegisterFacts,
    SopMark,
)
from sala.engine.cases.permissions import Permission, can, check, is_applicant
from sala.engine.cases.queues import QUEUES, Page, QueueName, find, queue, queue_counts  # noqa: F401 - reads of this room
from sala.engine.cases.rules import Event
from sala.engine.cases.states import State
from sala.engine.catalogue import queries as catalogue
from sala.identity.accounts.actor import Actor
from sala.kit import audit, clock, sql
from sala.kit.errors import NotFound
from sala.kit.ids import normal_reference

# --- The applicant -----------------------------------------------------------------------------


class Happened(msgspec.Struct, frozen=True):
    """A past fact that the applicant sees; `message` is what the officer told them with it."""

    at: datetime
    type: Annotated[str, Meta(examples=["submitted"])]
    message: str | None


class Asked(msgspec.Struct, frozen=True):
    """An open question to the applicant."""

    message: str
    fields: Annotated[list[str], Meta(description="page.field paths asked about")]
    asked_at: datetime
    answer_by: datetime


class Status(msgspec.Struct, frozen=True):
    """What a look-up tells: the promise, where it stands, what happened, what is asked; no answers."""

    reference: str
    service: str
    state: State
    submitted_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reason_code: str
    next_due_on: date | None
    late: bool
    history: list[Happened]
    question: Asked | None


# The list of numbers comes by a subquery: else each look-up would be planned anew for the numbers in it, which takes
# the server as long as the reading.
STATUS_STATEMENT = """
SELECT c.id, c.key_version, c.account_id, c.reference, c.service, c.state, c.submitted_at, c.due_at, c.decided_at,
       c.reason_code, c.next_due_on, c.late,
       (SELECT jsonb_agg(jsonb_build_object('at', e.at, 'type', e.type, 'message', e.data->>'message')
                         ORDER BY e.number)::text
          FROM cases_caseevent e WHERE e.case_id = c.id AND e.public),
       (SELECT jsonb_build_object('message', q.message, 'fields', q.fields, 'asked_at', q.asked_at,
                                  'answer_by', q.answer_by)::text
          FROM cases_inforequest q WHERE q.case_id = c.id AND q.answered_at IS NULL)
FROM cases_case c WHERE c.reference = ANY((SELECT string_to_array(%(references)s, ' '))::text[])
"""
_history = msgspec.json.Decoder(list[Happened])
_question = msgspec.json.Decoder(Asked)


class Looked(msgspec.Struct, frozen=True):
    """Somebody's look at a case's status: the number as given, and who they are or the key that they show."""

    reference: str
    by: Actor | None = None
    key: str | None = None


def status(*, reference: str, by: Actor | None = None, key: str | None = None) -> Status:
    """A case's status for its applicant or the holder of its key."""
    (found,) = statuses([Looked(reference, by, key)])
    if found is None:
        raise NotFound
    return found


def statuses(looks: Sequence[Looked]) -> list[Status | None]:
    """What each of these looks is shown; None where it is not found. A hot path: one statement for all of them."""
    stored = [normal_reference(look.reference) for look in looks]
    wanted = [reference for reference in stored if reference]
    found = sql.fetch_all(STATUS_STATEMENT, {"references": " ".join(wanted)}, binary=True) if wanted else []
    rows = {row[3]: row for row in found}
    return [
        _shown(look, rows[reference]) if reference in rows else None
        for look, reference in zip(looks, stored, strict=True)
    ]


def _shown(look: Looked, row: tuple[Any, ...]) -> Status | None:
    case_id, version, account, *shown = row
    by_key = look.key is not None and opens(look.key, case_id, version)
    if not by_key and not (look.by and look.by.account_id and look.by.account_id == account):
        return None
    shown[2] = State(shown[2])
    shown[9] = _history.decode(shown[9] or "[]")
    shown[10] = _question.decode(shown[10]) if shown[10] else None
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


def references(ids: Sequence[UUID]) -> dict[UUID, str]:
    """The numbers of these cases, for whoever may see what they belong to."""
    return dict(Case.objects.filter(id__in=ids).values_list("id", "reference"))


def filed(ids: Sequence[UUID]) -> tuple[Filed, ...]:
    """What the applicant was told when these cases were filed, in the order given; as they stand now."""
    rows = Case.objects.in_bulk(list(ids))
    return tuple(_filed(rows[one]) for one in ids if one in rows)


def _filed(case: Case) -> Filed:
    return Filed(
        id=case.id,
        reference=case.reference,
        key=key_of(case.id, case.key_version),
        status=State(case.state),
        submitted_at=case.submitted_at,
        due_at=case.due_at,
        late=case.late,
        due_on=case.due_on,
    )


def of_account(account_id: UUID, *, limit: int = 50) -> list[Case]:
    """An account's cases, newest first."""
    return list(Case.objects.filter(account_id=account_id).order_by("-submitted_at")[:limit])


def awaits_visit(case: Case) -> bool:
    """Whether the visit of an open case lost its time and has no new one, so that nothing can be promised yet."""
    if case.paused_at is None:
        return False
    visits = CaseEvent.objects.filter(case=case, type__in=(Event.VISIT_LOST, Event.RESCHEDULED)).order_by("-number")
    return visits.values_list("type", flat=True).first() == Event.VISIT_LOST


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


def last_filed_on(account_id: UUID, service: str) -> date | None:
    """The day on which the account last filed a case of a service."""
    last = Case.objects.filter(account_id=account_id, service=service).order_by("-submitted_at").first()
    return clock.local_day(last.submitted_at) if last else None


def standing(account_id: UUID, service: str, subjects: Collection[str]) -> dict[str, date]:
    """The day on which the account last filed a case that was approved, by subject, for those that have one."""
    rows = Case.objects.filter(
        account_id=account_id, service=service, subject_key__in=set(subjects) - {""}, state=State.APPROVED
    )
    return {
        subject: clock.local_day(filed)
        for subject, filed in rows.values_list("subject_key").annotate(filed=Max("submitted_at"))
    }


def filed_of(draft: UUID) -> list[Case]:
    """The cases made of a draft, which are grouped under its id, oldest first. The caller has checked the draft."""
    return list(Case.objects.filter(group=draft).order_by("submitted_at", "id"))


def history(case: Case, *, public_only: bool) -> list[CaseEvent]:
    """What happened, oldest first."""
    events = CaseEvent.objects.filter(case=case).order_by("number")
    return list(events.filter(public=True) if public_only else events)


def open_question(case: Case) -> InfoRequest | None:
    return InfoRequest.objects.filter(case=case, answered_at=None).first()


def consents(case: Case) -> list[Consent]:
    """The consents of other people that were asked for, in the order in which they were."""
    return list(Consent.objects.filter(case=case).order_by("id"))


def questions(case: Case) -> list[InfoRequest]:
    return list(InfoRequest.objects.filter(case=case).order_by("asked_at"))


# --- The desk ----------------------------------------------------------------------------------


def case_for_officer(*, reference: str, by: Actor, look: bool = True) -> Case:
    """A case for somebody of its office; held ones only for those who may see holds, one's own for nobody.

    The look is recorded, except where `look` is False: then an act follows, which is recorded itself.
    """
    case = _by_reference(reference)
    if case is None:
        raise NotFound
    check(by, case, Permission.VIEW)
    if look:
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
    consents: list[Consent]
    proposed_by: str
    questions: list[InfoRequest]
    same_subject: list[Case]
    group: list[Case]


def dossier(case: Case, *, by: Actor) -> Dossier:
    """Everything about one case for one screen."""
    sees_holds = can(by, case, Permission.SEE_HOLDS)
    checks = CheckResult.objects.filter(case=case).order_by("id")
    if not sees_holds:
        # That a check could not be made says nothing about anybody, and whoever decides must know it.
        checks = checks.filter(Q(restricted=False) | Q(outcome=CheckResult.Outcome.UNKNOWN))
    secret = set() if sees_holds else {"held", "hold_lifted"}
    registers = catalogue.version(case.version_id).declaration.registers
    hidden = set() if sees_holds else {register.name for register in registers if register.restricted}
    return Dossier(
        history=[event for event in history(case, public_only=False) if event.type not in secret],
        checks=list(checks),
        facts={facts.register: facts for facts in RegisterFacts.objects.filter(case=case).exclude(register__in=hidden)},
        holds=list(Hold.objects.filter(case=case).order_by("placed_at")) if sees_holds else [],
        notes=list(Note.objects.filter(case=case).select_related("author").order_by("id")),
        marks={mark.step: mark for mark in SopMark.objects.filter(case=case)},
        consents=consents(case),
        proposed_by=deeds.proposal(case) if case.decided_at is None else "",
        questions=questions(case),
        same_subject=_of_subject(case, by),
        group=_visible(Case.objects.filter(group=case.group).exclude(id=case.id).order_by("id"), by)
        if case.group
        else [],
    )


def visible(case_ids: Collection[UUID], *, by: Actor) -> dict[UUID, Case]:
    """Those of these cases that the officer may see. A list that names them is no look; opening one is."""
    return {case.id: case for case in _visible(Case.objects.filter(id__in=case_ids), by)}


def _of_subject(case: Case, by: Actor) -> list[Case]:
    """The newest other cases of whom the case is about, as far as the actor may see them."""
    if not case.subject_key:
        return []
    rows = Case.objects.filter(service=case.service, subject_key=case.subject_key).exclude(id=case.id)
    return _visible(rows.order_by("-submitted_at")[:50], by)[:10]


def _visible(rows: Iterable[Case], by: Actor) -> list[Case]:
    return [case for case in rows if can(by, case, Permission.VIEW)]


# --- Shared ------------------------------------------------------------------------------------


def _by_reference(reference: str) -> Case | None:
    stored = normal_reference(reference)
    return Case.objects.filter(reference=stored).first() if stored else None
