"""What officers and applicants do with a case, decisions apart (decisions.py).

Every function locks the case's row before it judges its state, and may be repeated:
a repetition by the same person changes nothing and answers the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sala.engine.cases import attachments as files
from sala.engine.cases import consenting, words
from sala.engine.cases.journal import append, locked
from sala.engine.cases.models import Case, InfoRequest, Note, SopMark
from sala.engine.cases.permissions import Permission, check, check_applicant, person
from sala.engine.cases.queries import awaits_visit
from sala.engine.cases.rules import OPEN, Event, answer_by
from sala.engine.cases.states import State
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue import times
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.names import names
from sala.identity.directory import queries as directory
from sala.kit import clock
from sala.kit.errors import Conflict, Fault, Invalid, SalaError
from sala.kit.text import Text

LONGEST_TEXT = 4000


@transaction.atomic
def claim(*, reference: str, by: Actor) -> Case:
    """Take a case to work on. Claimed by a colleague: `Conflict`, naming them."""
    case = locked(reference)
    check(by, case, Permission.WORK)
    if case.claimed_by_id == by.account_id:
        return case
    check_free(case, by)
    _give(case, by.account_id)
    append(case, Event.CLAIMED, by=by)
    return case


@transaction.atomic
def unclaim(*, reference: str, by: Actor) -> Case:
    """Put a case back for others. Only one's own, unless one may assign."""
    case = locked(reference)
    check(by, case, Permission.WORK)
    if case.claimed_by_id is None:
        return case
    if case.claimed_by_id != by.account_id:
        check(by, case, Permission.ASSIGN)
    was = str(case.claimed_by_id)
    _give(case, None)
    append(case, Event.RELEASED, by=by, data={"from": was})
    return case


@transaction.atomic
def assign(*, reference: str, to: UUID, by: Actor) -> Case:
    """Give a case to a colleague of the same office."""
    case = locked(reference)
    check(by, case, Permission.ASSIGN)
    if case.claimed_by_id == to:
        return case
    _check_colleague(case, to)
    was = str(case.claimed_by_id) if case.claimed_by_id else None
    _give(case, to)
    append(case, Event.ASSIGNED, by=by, data={"to": str(to), "from": was})
    return case


@dataclass(frozen=True, slots=True)
class Assigned:
    """What a bulk assignment did: given, and left alone with the reason."""

    given: tuple[str, ...]
    skipped: tuple[tuple[str, Text], ...]


def assign_many(*, references: Sequence[str], to: UUID, by: Actor) -> Assigned:
    """Give many cases to one colleague (or oneself); never takes one from somebody who claimed it.

    Each case is a transaction of its own: one that cannot be given does not undo the rest.
    """
    given: list[str] = []
    skipped: list[tuple[str, Text]] = []
    for reference in sorted(set(references)):
        try:
            _assign_if_free(reference, to, by)
            given.append(reference)
        except SalaError as error:
            skipped.append((reference, error.message))
    return Assigned(tuple(given), tuple(skipped))


@transaction.atomic
def _assign_if_free(reference: str, to: UUID, by: Actor) -> None:
    case = locked(reference)
    check(by, case, Permission.WORK if to == by.account_id else Permission.ASSIGN)
    if case.claimed_by_id == to:
        return
    check_free(case, by, whoever=True)
    _check_colleague(case, to)
    _give(case, to)
    append(case, Event.ASSIGNED, by=by, data={"to": str(to), "from": None})


@transaction.atomic
def ask(*, reference: str, fields: Sequence[str], message: str, by: Actor) -> Case:
    """Ask the applicant about named fields (`page.field`); they answer in the same place (R-001.31)."""
    case = locked(reference)
    check(by, case, Permission.WORK)
    check_free(case, by)
    service = catalogue.version(case.version_id)
    text = checked_text("message", message)
    unknown = [path for path in fields if not service.has_field(path) or service.page(path.partition(".")[0]).told]
    if unknown or not fields:
        raise Invalid([Fault("fields", "unknown_field", words.CHOOSE_FIELD)])
    if case.state == State.INFO_REQUESTED:
        raise Conflict(words.ALREADY_ASKED)
    now = clock.now()
    _give(case, by.account_id)
    if service.declaration.time[0].pauses == "info_requested":
        case.paused_at = now
    append(case, Event.INFO_REQUESTED, by=by, data={"fields": list(fields)}, at=now)
    InfoRequest.objects.create(
        case=case,
        fields=list(fields),
        message=text,
        asked_by_id=person(by),
        asked_at=now,
        answer_by=answer_by(now, case.due_at),
    )
    return case


@transaction.atomic
def answer(
    *, reference: str, values: Mapping[str, Any], message: str = "", by: Actor, files_of: UUID | None = None
) -> Case:
    """The applicant's answer to the open question: new values (`page.field` → JSON value) and words."""
    case = locked(reference)
    check_applicant(by, case)
    question = InfoRequest.objects.filter(case=case, answered_at=None).first()
    if question is None:
        if InfoRequest.objects.filter(case=case).exists():
            return case  # answered already: a repeated POST
        raise Conflict(words.NOTHING_ASKED)
    service = catalogue.version(case.version_id)
    question.before = {path: service.value(case.answers, path) for path in question.fields}
    given = {path: value for path, value in values.items() if path in question.fields}
    amended = _amended(service, case.answers, given)
    if amended == case.answers and not message.strip():
        raise Invalid([Fault("message", "unanswered", words.UNANSWERED)])
    if amended != case.answers:
        consenting.forget(case)  # what was consented to is asked anew
    case.answers = amended
    now = clock.now()
    question.answered_at = now
    question.answer = checked_text("message", message) if message.strip() else ""
    question.save()
    if new_files := service.file_ids(case.answers):
        files.bind(new_files, case=case.id, draft=files_of)
    _resume(case, service, now)
    append(case, Event.INFO_ANSWERED, by=by, data={"fields": sorted(given)}, at=now)
    return case


@transaction.atomic
def withdraw(*, reference: str, by: Actor) -> Case:
    """The applicant takes the request back. A hold stays for those whom it concerns."""
    case = locked(reference)
    check_applicant(by, case)
    if case.state == State.WITHDRAWN:
        return case
    InfoRequest.objects.filter(case=case, answered_at=None).update(answered_at=clock.now())
    consenting.void(case)
    append(case, Event.WITHDRAWN, by=by)
    return case


@transaction.atomic
def withdraw_with_visit(*, cases: Collection[UUID], by: Actor) -> None:
    """Withdraw the cases that were filed with a visit which its visitor gave up. Whether `by` may do so was judged of
    the visit: the key in its letters opens the visit, not each case. Those decided already stand."""
    for case in _locked_open(cases):
        InfoRequest.objects.filter(case=case, answered_at=None).update(answered_at=clock.now())
        append(case, Event.WITHDRAWN, by=by, data={"with": "visit"})


@transaction.atomic
def promise_from(*, cases: Collection[UUID], since: datetime, office: int, by: Actor) -> None:
    """Let the promised time of cases run from `since`, the end of their visit, and their office be the visit's: for a
    visit that was moved. Those decided already stand. At another office nobody has claimed them yet."""
    for case in _locked_open(cases):
        leg = catalogue.version(case.version_id).declaration.time[0]
        case.due_at, case.warn_at = times.due(leg, since), times.warn(leg, since)
        if not (case.state == State.INFO_REQUESTED and leg.pauses == "info_requested"):
            case.paused_at = None  # it stood still without a visit
        if case.office_id != office:
            case.office_id, case.area = office, directory.office(office).province
            _give(case, None)
        data = {"due_at": case.due_at.isoformat(), "promised_from": since.isoformat(), "office": office}
        append(case, Event.RESCHEDULED, by=by, data=data)


@transaction.atomic
def promise_waits(*, cases: Collection[UUID], by: Actor) -> None:
    """Let the promised time of cases stand still: the office cannot serve their visit, and there is no new one yet,
    so nobody is late meanwhile. `promise_from` lets it run again."""
    for case in _locked_open(cases):
        case.paused_at = case.paused_at or clock.now()
        append(case, Event.VISIT_LOST, by=by)


def _locked_open(cases: Collection[UUID]) -> list[Case]:
    return list(Case.objects.select_for_update(no_key=True).filter(id__in=cases, state__in=OPEN).order_by("id"))


@transaction.atomic
def add_note(*, reference: str, text: str, by: Actor) -> Case:
    """A note to colleagues, never shown to the applicant. The same words twice in a row are one note."""
    case = locked(reference)
    check(by, case, Permission.WORK)
    note = checked_text("text", text)
    last = Note.objects.filter(case=case).order_by("-id").first()
    if last and last.text == note and last.author_id == by.account_id:
        return case
    now = clock.now()
    Note.objects.create(case=case, text=note, author_id=person(by), at=now)
    append(case, Event.NOTED, by=by, at=now)
    return case


@transaction.atomic
def mark_step(*, reference: str, step: str, done: bool, by: Actor) -> Case:
    """Tick, or untick, a line of the written procedure (R-001.43)."""
    case = locked(reference)
    check(by, case, Permission.WORK)
    service = catalogue.version(case.version_id)
    if step not in {line.id for line in service.declaration.sop}:
        raise Invalid([Fault("step", "unknown_step", words.NO_STEP)])
    mark = SopMark.objects.filter(case=case, step=step).first()
    if done == bool(mark):
        return case
    now = clock.now()
    if mark:
        mark.delete()
    else:
        SopMark.objects.create(case=case, step=step, by=by.label, at=now)
    append(case, Event.STEP_DONE if done else Event.STEP_UNDONE, by=by, data={"step": step}, at=now)
    return case


def check_free(case: Case, by: Actor, *, whoever: bool = False) -> None:
    """Raise `Conflict` where a colleague has claimed the case (with `whoever`, where anybody has)."""
    owner = case.claimed_by_id
    if owner is None or (owner == by.account_id and not whoever):
        return
    label = f"account:{owner}"
    who = names([label]).get(label, "")
    when = case.claimed_at
    raise Conflict(words.taken(who, when))


def checked_text(field: str, text: str) -> str:
    """`text` without edges and control characters; `Invalid` where empty or too long."""
    clean = "".join(c for c in text.replace("\r\n", "\n") if c == "\n" or c.isprintable()).strip()
    if not clean:
        raise Invalid([Fault(field, "required", words.ENTER_TEXT)])
    if len(clean) > LONGEST_TEXT:
        raise Invalid([Fault(field, "too_long", words.too_long(LONGEST_TEXT))])
    return clean


def _give(case: Case, account: UUID | None) -> None:
    if case.claimed_by_id != account:
        case.claimed_by_id = account
        case.claimed_at = clock.now() if account else None


def _check_colleague(case: Case, account: UUID) -> None:
    if account not in {colleague.account_id for colleague in directory.colleagues(case.office_id)}:
        raise Invalid([Fault("to", "not_here", words.NOT_A_COLLEAGUE)])


def _amended(service: Loaded, answers: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    merged = {page: dict(fields) if isinstance(fields, Mapping) else fields for page, fields in answers.items()}
    for path, value in values.items():
        page, key = path.split(".")
        merged.setdefault(page, {})[key] = value
    return service.clean(merged, today=clock.today())


def _resume(case: Case, service: Loaded, now: datetime) -> None:
    if case.paused_at is None or awaits_visit(case):
        return
    leg = service.declaration.time[0]
    case.due_at = times.resumed(leg, case.due_at, paused_at=case.paused_at, resumed_at=now)
    case.warn_at = times.resumed(leg, case.warn_at, paused_at=case.paused_at, resumed_at=now)
    case.paused_at = None
