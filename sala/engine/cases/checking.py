"""Automatic checks: they inform, hold or approve; they never refuse (R-001.39, .41).

Registers are asked before the case is locked, since they may be slow; what they said is
kept with the moment it was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from sala.engine.cases.decisions import approve_by_rule, place_hold
from sala.engine.cases.journal import append, locked
from sala.engine.cases.models import Case, CheckResult, Hold, RegisterFacts, SopMark
from sala.engine.cases.rules import OPEN, Event
from sala.engine.catalogue import functions
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.loaded import Loaded, RuleError
from sala.identity.accounts.actor import system
from sala.kit import clock

Outcome = CheckResult.Outcome
RULE = system("rule")


class RegisterOutOfReach(OSError):
    """A register did not answer; what could be checked was. The check is to be run again later."""


def run(*, reference: str) -> None:
    """Ask the registers, judge the checks, hold or approve as the declaration says. May be repeated.

    Raises `RegisterOutOfReach` after all else is done, so that whoever runs it tries again.
    """
    case = Case.objects.get(reference=reference)
    service = catalogue.version(case.version_id)
    facts = {register.name: _ask(service, register.name, case.answers) for register in service.declaration.registers}
    with transaction.atomic():
        case = locked(reference)
        if case.state not in OPEN:
            return
        now = clock.now()
        RegisterFacts.objects.bulk_create(
            [RegisterFacts(case=case, register=name, facts=said, at=now) for name, said in facts.items()],
            update_conflicts=True, unique_fields=["case", "register"], update_fields=["facts", "at"],
        )  # fmt: skip
        outcomes = _judge(case, service, facts, now)
        append(case, Event.CHECKED, by=RULE, data={"alerts": _count(outcomes, Outcome.ALERT, service)}, at=now)
        _act(case, service, outcomes, facts)
    if silent := [name for name, said in facts.items() if said is None]:
        raise RegisterOutOfReach(", ".join(silent))


def _ask(service: Loaded, name: str, answers: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the register says; `{"found": False}` if it knows nobody such, None if it is out of reach."""
    register = next(r for r in service.declaration.registers if r.name == name)
    given = {parameter: service.value(answers, path) for parameter, path in register.given.items()}
    try:
        said = functions.resolve(register.lookup)(**given)
    except OSError:
        return None
    return {"found": False} if said is None else {**said, "found": True}


def _judge(
    case: Case, service: Loaded, facts: Mapping[str, dict[str, Any] | None], now: datetime
) -> dict[str, Outcome]:
    environment = _environment(case, facts, now)
    checks = service.declaration.checks
    outcomes = {check.id: _outcome(service.rules.check(check.id, environment)) for check in checks}
    CheckResult.objects.bulk_create(
        [
            CheckResult(case=case, check_id=check.id, outcome=outcomes[check.id], restricted=check.restricted, at=now)
            for check in checks
        ],
        update_conflicts=True, unique_fields=["case", "check_id"], update_fields=["outcome", "restricted", "at"],
    )  # fmt: skip
    open_steps = {check.marks for check in checks if outcomes[check.id] is not Outcome.PASSED}
    done = {check.marks for check in checks if check.marks} - open_steps
    marks = [SopMark(case=case, step=step, by=RULE.label, at=now) for step in sorted(done)]
    SopMark.objects.bulk_create(marks, ignore_conflicts=True)
    return outcomes


def _outcome(verdict: bool | RuleError) -> Outcome:  # noqa: FBT001 - what a rule says
    # A rule that cannot be evaluated (a register was out of reach) says nothing: a person looks.
    if isinstance(verdict, RuleError):
        return Outcome.UNKNOWN
    return Outcome.ALERT if verdict else Outcome.PASSED


def _environment(case: Case, facts: Mapping[str, dict[str, Any] | None], now: datetime) -> dict[str, Any]:
    reached = {name: said for name, said in facts.items() if said is not None}
    return {**case.answers, **reached, "today": clock.local_day(now).isoformat(), "late": case.late}


def _act(
    case: Case,
    service: Loaded,
    outcomes: Mapping[str, Outcome],
    facts: Mapping[str, dict[str, Any] | None],
) -> None:
    declaration = service.declaration
    alerts = [c for c in declaration.checks if c.then == "hold" and outcomes[c.id] is Outcome.ALERT]
    # A hold that a person lifted stays lifted: the same checks do not place it again.
    judged = {check for hold in Hold.objects.filter(case=case) for check in hold.checks}
    fresh = [check for check in alerts if check.id not in judged]
    if fresh and not case.held:
        place_hold(case, reason="; ".join(c.label.en for c in fresh), checks=[c.id for c in fresh], by=RULE)
    elif declaration.approve_when and all(o is Outcome.PASSED for o in outcomes.values()):
        verdict = service.rules.approve(_environment(case, facts, clock.now()))
        if verdict is True:
            approve_by_rule(case, service, by=RULE)


def _count(outcomes: Mapping[str, Outcome], wanted: Outcome, service: Loaded) -> int:
    open_checks = {check.id for check in service.declaration.checks if not check.restricted}
    return sum(outcome is wanted for check, outcome in outcomes.items() if check in open_checks)
