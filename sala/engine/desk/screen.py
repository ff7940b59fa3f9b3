"""The case on one screen: answers beside what the registers say, and all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sala.engine.cases import applicants
from sala.engine.cases.permissions import Permission, can
from sala.engine.cases.queries import Dossier
from sala.engine.cases.rules import OPEN
from sala.engine.cases.states import State
from sala.engine.catalogue.loaded import Loaded
from sala.engine.desk import presenters
from sala.engine.desk.answers import Section, sections
from sala.engine.desk.consents import Consent, consents
from sala.engine.desk.rules import unique
from sala.engine.messages import queries as messages
from sala.identity.accounts.actor import Actor
from sala.kit.text import Text, language

if TYPE_CHECKING:  # the row itself belongs to its room; a page only reads it
    from sala.engine.cases.models import Case


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the declaration and what it found. `outcome`: passed, alert, unknown or pending."""

    label: str
    outcome: str
    restricted: bool
    at: datetime | None


def checks(service: Loaded, found: Dossier, *, sees_holds: bool) -> list[Check]:
    """The declared checks the reader may see, alerts first."""
    results = {result.check_id: result for result in found.checks}
    shown = [check for check in service.declaration.checks if sees_holds or not check.restricted]
    order = {"alert": 0, "unknown": 1, "pending": 2, "passed": 3}
    listed = [
        Check(
            label=str(check.label),
            outcome=results[check.id].outcome if check.id in results else "pending",
            restricted=check.restricted,
            at=results[check.id].at if check.id in results else None,
        )
        for check in shown
    ]
    return sorted(listed, key=lambda check: order[check.outcome])


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the written procedure."""

    id: str
    text: str
    done: bool
    by: str
    automatic: bool
    at: datetime | None


def steps(service: Loaded, found: Dossier, who: Mapping[str, str]) -> list[Step]:
    return [
        Step(
            id=step.id,
            text=str(step.text),
            done=(mark := found.marks.get(step.id)) is not None,
            by=who.get(mark.by, "") if mark else "",
            automatic=bool(mark and mark.by.startswith("system:")),
            at=mark.at if mark else None,
        )
        for step in service.declaration.sop
    ]


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the history, in order; `detail` holds what its words need."""

    type: str
    at: datetime
    who: str
    public: bool
    detail: Mapping[str, str]


def happenings(service: Loaded, found: Dossier, who: Mapping[str, str]) -> list[Happening]:
    """The history, the newest first."""
    return [
        Happening(event.type, event.at, who.get(event.actor, ""), event.public, _detail(service, event.data, who))
        for event in reversed(found.history)
    ]


def _detail(service: Loaded, data: Mapping[str, Any], who: Mapping[str, str]) -> dict[str, str]:
    reasons = {reason.code: str(reason.label) for reason in service.declaration.reasons}
    steps_by_id = {step.id: str(step.text) for step in service.declaration.sop}
    labels = [
        str(service.kind(path).label.in_(language())) for path in data.get("fields", ()) if service.has_field(path)
    ]
    return {
        "to": who.get(f"account:{data.get('to')}", ""),
        "from": who.get(f"account:{data.get('from')}", ""),
        "reason": reasons.get(data.get("reason", ""), ""),
        "message": str(data.get("message", "")),
        "note": str(data.get("note", "")),
        "consent": next((str(one.of) for one in service.declaration.consents if one.key == data.get("consent")), ""),
        "step": steps_by_id.get(data.get("step", ""), ""),
        "fields": ", ".join(labels),
        "alerts": str(data.get("alerts", "")),
        "channel": str(data.get("channel", "")),
        "told": str(applicants.words(data)) if "what" in data else "",
    }


@dataclass(frozen=True, slots=True)
class Stop:
    """A hold that stands: why, by whom, since when."""

    reason: str
    who: str
    at: datetime


def _holds(service: Loaded, found: Dossier, who: Mapping[str, str]) -> list[Stop]:
    """Holds not lifted. One placed by checks says their names in the reader's language."""
    labels = {check.id: str(check.label) for check in service.declaration.checks}
    return [
        Stop(
            reason="\n".join(labels.get(check, check) for check in hold.checks) or hold.reason,
            who=who.get(hold.placed_by, ""),
            at=hold.placed_at,
        )
        for hold in found.holds
        if hold.lifted_at is None
    ]


@dataclass(frozen=True, slots=True)
class Powers:
    """What the reader may do with the case as it stands now."""

    work: bool
    decide: bool
    assign: bool
    sees_holds: bool
    audit: bool
    claim: bool
    unclaim: bool
    ask: bool
    hold: bool
    lift_hold: bool
    decisions: tuple[str, ...]


def powers(case: Case, service: Loaded, by: Actor) -> Powers:
    """Permissions and state together. The services judge again: this only decides what is offered."""
    is_open = case.state in OPEN
    free = case.claimed_by_id is None or case.claimed_by_id == by.account_id
    work, decide = can(by, case, Permission.WORK), can(by, case, Permission.DECIDE)
    sees_holds, assign = can(by, case, Permission.SEE_HOLDS), can(by, case, Permission.ASSIGN)
    mine = case.claimed_by_id is not None and case.claimed_by_id == by.account_id
    return Powers(
        work=work and is_open,
        decide=decide,
        assign=assign and is_open,
        sees_holds=sees_holds,
        audit=can(by, case, Permission.AUDIT),
        claim=work and case.state in {State.SUBMITTED, State.IN_REVIEW} and case.claimed_by_id is None,
        unclaim=work and is_open and case.claimed_by_id is not None and (mine or assign),
        ask=work and is_open and free and case.state != State.INFO_REQUESTED,
        hold=decide and is_open and free and not case.held,
        lift_hold=decide and sees_holds and case.held,
        decisions=service.declaration.decisions if decide and is_open and free and not case.held else (),
    )


@dataclass(frozen=True, slots=True)
class Screen:
    """All that the page draws."""

    case: Case
    service: Loaded
    due: presenters.Due
    powers: Powers
    sections: list[Section]
    checks: list[Check]
    steps: list[Step]
    consents: list[Consent]
    proposed_by: str
    """The officer who would approve, where another one has to confirm it; empty where nobody did."""
    history: list[Happening]
    handlers: list[str]
    notes: list[tuple[str, str, datetime]]
    holds: list[Stop]
    questions: list[Any]
    same_subject: list[Case]
    group: list[Case]
    letters: list[messages.Sent]
    who: Mapping[str, str]
    states: Mapping[State, Text]


def screen(case: Case, service: Loaded, found: Dossier, *, by: Actor) -> Screen:
    """Everything about `case`, as far as `by` may see it (the dossier has been cut to that already)."""
    may = powers(case, service, by)
    who = presenters.people(_labels(case, found))
    return Screen(
        case=case,
        service=service,
        due=due_of(case),
        powers=may,
        sections=sections(case, service, found),
        checks=checks(service, found, sees_holds=may.sees_holds),
        steps=steps(service, found, who),
        consents=consents(service, found, dict(who)),
        proposed_by=who.get(found.proposed_by, ""),
        history=happenings(service, found, who),
        handlers=_handlers(case, found, who),
        notes=[(note.text, who.get(f"account:{note.author_id}", ""), note.at) for note in found.notes],
        holds=_holds(service, found, who),
        questions=found.questions,
        same_subject=found.same_subject,
        group=found.group,
        letters=messages.of_case(case.reference),
        who=who,
        states=presenters.STATES,
    )


def due_of(case: Case) -> presenters.Due:
    """How the case stands by its promise."""
    return presenters.due(
        state=case.state,
        due_at=case.due_at,
        warn_at=case.warn_at,
        paused_at=case.paused_at,
        decided_at=case.decided_at,
    )


def holder_of(case: Case) -> Mapping[str, str]:
    """The name of who has the case, by label."""
    return presenters.people([f"account:{case.claimed_by_id}"] if case.claimed_by_id else [])


_HANDLING = {"claimed", "assigned", "info_requested", "approved", "refused", "referred", "completed"}


def _handlers(case: Case, found: Dossier, who: Mapping[str, str]) -> list[str]:
    """Officers who had the case before whoever has it now, in order."""
    labels = [
        f"account:{event.data['to']}" if event.type == "assigned" else event.actor
        for event in found.history
        if event.type in _HANDLING
    ]
    return unique([who.get(label, "") for label in labels if label != f"account:{case.claimed_by_id}"])


def _labels(case: Case, found: Dossier) -> list[str]:
    labels = [event.actor for event in found.history] + [mark.by for mark in found.marks.values()]
    labels += [f"account:{event.data[key]}" for event in found.history for key in ("to", "from") if event.data.get(key)]
    labels += [f"account:{note.author_id}" for note in found.notes]
    labels += [consent.answered_by for consent in found.consents]
    labels += [label for hold in found.holds for label in (hold.placed_by, hold.lifted_by)]
    labels += [f"account:{question.asked_by_id}" for question in found.questions]
    return [*labels, case.decided_by, f"account:{case.claimed_by_id}" if case.claimed_by_id else ""]
