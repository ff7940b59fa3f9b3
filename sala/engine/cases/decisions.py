"""Decisions, holds: what a person decides (R-001.41), and what stands still meanwhile (R-001.33–.36)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from sala.engine.cases import consenting, deeds, words
from sala.engine.cases.journal import append, locked, not_now
from sala.engine.cases.models import Case, Hold, InfoRequest
from sala.engine.cases.permissions import Permission, check
from sala.engine.cases.rules import DECISIONS, Event
from sala.engine.cases.services import check_free, checked_text
from sala.engine.cases.states import State
from sala.engine.catalogue import functions
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.declaration import Declaration
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from sala.kit.errors import Conflict, Fault, Invalid


def approve(*, reference: str, by: Actor, message: str = "") -> Case:
    """Decide for the applicant; from the next duty's date on, reminders count. What the declaration's deed does in a
    register becomes true with it, or neither does.

    Where a second officer is needed, the first one's approval is a proposal, and the case stays open.
    """
    try:
        return _decide(Event.APPROVED, reference=reference, by=by, message=message)
    except deeds.Stale:
        deeds.check_again(reference)
        raise


def refuse(*, reference: str, reason: str, by: Actor, message: str = "") -> Case:
    """Decide against the applicant: a person only, with a published reason code."""
    return _decide(Event.REFUSED, reference=reference, by=by, message=message, reason=reason)


def refer(*, reference: str, by: Actor, message: str) -> Case:
    """Close here and tell the applicant where to go."""
    return _decide(Event.REFERRED, reference=reference, by=by, message=checked_text("message", message))


def complete(*, reference: str, by: Actor, message: str) -> Case:
    """Close with an answer, where a service answers rather than approves."""
    return _decide(Event.COMPLETED, reference=reference, by=by, message=checked_text("message", message))


@transaction.atomic
def _decide(event: Event, *, reference: str, by: Actor, message: str, reason: str = "") -> Case:
    case = locked(reference)
    check(by, case, Permission.DECIDE)
    target = DECISIONS[event]
    if case.state == target and case.decided_by == by.label:
        return case  # the same person said the same before: a repeated POST
    service = catalogue.version(case.version_id)
    if case.decided_at:
        raise not_now(case)
    _check_decidable(case, service.declaration, target, by)
    data: dict[str, Any] = {"message": checked_text("message", message)} if message.strip() else {}
    if event is Event.REFUSED:
        data["reason"] = case.reason_code = _published(service.declaration, reason)
    if event is Event.APPROVED:
        consenting.check(case, service)
        if deeds.needs_second(case, service) and deeds.proposal(case) in {"", by.label}:
            return _propose(case, by=by, data=data)
    _conclude(case, service, event, by=by, data=data)
    return case


def _propose(case: Case, *, by: Actor, data: dict[str, Any]) -> Case:
    """The first of two officers would approve. The case is free again, for another one to confirm."""
    if deeds.proposal(case) != by.label:
        case.claimed_by_id, case.claimed_at = None, None
        append(case, Event.PROPOSED, by=by, data=data)
    return case


def approve_by_rule(case: Case, service: Loaded, *, by: Actor) -> None:
    """The declaration's own rule approves a locked case nobody works on. A rule never refuses, and never stands for
    another person's consent, nor for one of two officers."""
    free = case.state == State.SUBMITTED and not case.held and case.claimed_by_id is None
    if free and not consenting.missing(case, service) and not deeds.needs_second(case, service):
        _conclude(case, service, Event.APPROVED, by=by, data={"rule": True})


def _conclude(case: Case, service: Loaded, event: Event, *, by: Actor, data: dict[str, Any]) -> None:
    now = clock.now()
    InfoRequest.objects.filter(case=case, answered_at=None).update(answered_at=now)
    consenting.void(case)
    if event is Event.APPROVED:
        data |= deeds.run(case, service, by=by, proposed_by=deeds.proposal(case))
        case.next_due_on = next_due_on(case, service.declaration)
    if case.claimed_by_id is None and by.account_id:
        case.claimed_by_id, case.claimed_at = by.account_id, now
    append(case, event, by=by, data=data, at=now)


def next_due_on(case: Case, declaration: Declaration) -> date | None:
    """When the applicant's next duty falls due once the case is approved; None where the service has none."""
    if declaration.reminders is None:
        return None
    found: date | None = functions.resolve(declaration.reminders.next_due)(
        case.answers, clock.local_day(case.submitted_at)
    )
    return found


def _check_decidable(case: Case, declaration: Declaration, target: State, by: Actor) -> None:
    if target not in declaration.decisions:
        raise Conflict(words.NO_SUCH_DECISION)
    check_free(case, by)
    if case.held:
        raise Conflict(words.HELD)


def _published(declaration: Declaration, reason: str) -> str:
    if reason not in {published.code for published in declaration.reasons}:
        raise Invalid([Fault("reason", "unknown_reason", words.CHOOSE_REASON)])
    return reason


@transaction.atomic
def hold(*, reference: str, reason: str, by: Actor) -> Case:
    """Stop the case for identification; the applicant sees no difference and no reason."""
    case = locked(reference)
    check(by, case, Permission.DECIDE)
    if case.held:
        return case
    check_free(case, by)
    place_hold(case, reason=checked_text("reason", reason), checks=(), by=by)
    return case


def place_hold(case: Case, *, reason: str, checks: Sequence[str], by: Actor) -> None:
    """Hold a locked case. Its claim is given up: it passes to those who may see holds."""
    now = clock.now()
    Hold.objects.create(case=case, reason=reason, checks=list(checks), placed_by=by.label, placed_at=now)
    case.held = True
    case.claimed_by_id, case.claimed_at = None, None
    append(case, Event.HELD, by=by, at=now)


@transaction.atomic
def lift_hold(*, reference: str, by: Actor, note: str = "") -> Case:
    """Let the case go on."""
    case = locked(reference)
    check(by, case, Permission.SEE_HOLDS)
    check(by, case, Permission.DECIDE)
    if not case.held:
        return case
    now = clock.now()
    Hold.objects.filter(case=case, lifted_at=None).update(lifted_by=by.label, lifted_at=now)
    case.held = False
    append(case, Event.HOLD_LIFTED, by=by, data={"note": checked_text("note", note)} if note.strip() else {}, at=now)
    return case
