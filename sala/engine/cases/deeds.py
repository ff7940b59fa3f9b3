"""What an approval does in a register, in the decision's own transaction: both become true, or neither does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sala.engine.cases.models import Case, CaseEvent, RegisterFacts
from sala.engine.cases.rules import Event
from sala.engine.catalogue import functions
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor
from sala.kit import clock, outbox
from sala.kit.errors import Conflict


@dataclass(frozen=True, slots=True)
class Doing:
    """What a deed is given. `facts`: what each register said when the officer last saw it; `proposed_by`: the officer
    who proposed what `by` confirms, as in a history; empty where one officer decides alone."""

    reference: str
    answers: Mapping[str, Any]
    facts: Mapping[str, Mapping[str, Any]]
    by: Actor
    office: int
    filed_on: date
    proposed_by: str = ""


class Stale(Conflict):
    """The register is not as the officer saw it. The case is checked anew, and stays."""

    code = "changed_meanwhile"


def run(case: Case, service: Loaded, *, by: Actor, proposed_by: str) -> dict[str, Any]:
    """Do what the declaration says, in the caller's transaction; what the history keeps of it.

    Whatever the function raises undoes the decision: a SalaError tells the officer why.
    """
    deed = service.declaration.deed
    if deed is None:
        return {}
    doing = Doing(
        reference=case.reference,
        answers=case.answers,
        facts=facts(case),
        by=by,
        office=case.office_id,
        filed_on=clock.local_day(case.submitted_at),
        proposed_by=proposed_by,
    )
    done: Mapping[str, Any] | None = functions.resolve(deed.run)(doing)
    more = {"proposed_by": proposed_by} if proposed_by else {}
    return {"deed": {"run": deed.run, **(done or {})}, **more}


def facts(case: Case) -> dict[str, Mapping[str, Any]]:
    """What the registers said that were reached."""
    return {row.register: row.facts for row in RegisterFacts.objects.filter(case=case) if row.facts is not None}


def needs_second(case: Case, service: Loaded) -> bool:
    """Whether another officer has to confirm an approval."""
    environment = {**case.answers, **facts(case), "today": clock.today().isoformat(), "late": case.late}
    return service.rules.second_officer(environment)


def proposal(case: Case) -> str:
    """The officer whose proposal stands, as a label; empty where none does. New answers end it."""
    last = (
        CaseEvent.objects.filter(case=case, type__in=[Event.PROPOSED, Event.INFO_REQUESTED, Event.INFO_ANSWERED])
        .order_by("-number")
        .first()
    )
    return last.actor if last and last.type == Event.PROPOSED else ""


def check_again(case: Case | str) -> None:
    """Have the registers asked anew: the officer decided upon what is no longer so."""
    reference = case if isinstance(case, str) else case.reference
    outbox.emit("case.check_again", {"reference": reference})
