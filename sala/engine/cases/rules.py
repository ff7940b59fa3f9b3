"""Which state follows which, and what the calendar says: pure decisions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from sala.engine.cases.states import State


class Event(StrEnum):
    """Past facts about a case."""

    SUBMITTED = "submitted"
    CLAIMED = "claimed"
    RELEASED = "released"
    ASSIGNED = "assigned"
    CHECKED = "checked"
    NOTED = "noted"
    STEP_DONE = "step_done"
    STEP_UNDONE = "step_undone"
    HELD = "held"
    HOLD_LIFTED = "hold_lifted"
    INFO_REQUESTED = "info_requested"
    INFO_ANSWERED = "info_answered"
    APPROVED = "approved"
    REFUSED = "refused"
    REFERRED = "referred"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    RESCHEDULED = "rescheduled"
    VISIT_LOST = "visit_lost"
    REGISTER_TOLD = "register_told"
    CONSENT_ASKED = "consent_asked"
    CONSENT_UNASKED = "consent_unasked"
    CONSENT_GIVEN = "consent_given"
    CONSENT_DECLINED = "consent_declined"
    CONSENT_LAPSED = "consent_lapsed"
    CONSENT_RECORDED = "consent_recorded"
    PROPOSED = "proposed"


OPEN = frozenset({State.SUBMITTED, State.IN_REVIEW, State.INFO_REQUESTED})
CLOSED = frozenset(State) - OPEN
CONSENTS = (
    Event.CONSENT_ASKED, Event.CONSENT_UNASKED, Event.CONSENT_GIVEN, Event.CONSENT_DECLINED, Event.CONSENT_LAPSED,
    Event.CONSENT_RECORDED,
)  # fmt: skip
DECISIONS = {
    Event.APPROVED: State.APPROVED,
    Event.REFUSED: State.REFUSED,
    Event.REFERRED: State.REFERRED,
    Event.COMPLETED: State.COMPLETED,
}


@dataclass(frozen=True, slots=True)
class Transition:
    """Where an event leads from each state in which it may happen, and whether the applicant sees it."""

    moves: Mapping[State, State]
    public: bool


def _to(target: State, *sources: State) -> dict[State, State]:
    return dict.fromkeys(sources, target)


def _staying(states: Iterable[State] = OPEN) -> dict[State, State]:
    return {state: state for state in states}


# Whoever takes up a new case begins its review.
_TAKEN_UP = _staying() | _to(State.IN_REVIEW, State.SUBMITTED)
TRANSITIONS: dict[Event, Transition] = {
    Event.CLAIMED: Transition(_TAKEN_UP, public=True),
    Event.ASSIGNED: Transition(_TAKEN_UP, public=True),
    Event.RELEASED: Transition(_staying(), public=False),
    Event.INFO_REQUESTED: Transition(_to(State.INFO_REQUESTED, State.SUBMITTED, State.IN_REVIEW), public=True),
    Event.INFO_ANSWERED: Transition(_to(State.IN_REVIEW, State.INFO_REQUESTED), public=True),
    **{event: Transition(_to(target, *OPEN), public=True) for event, target in DECISIONS.items()},
    Event.WITHDRAWN: Transition(_to(State.WITHDRAWN, *OPEN), public=True),
    Event.RESCHEDULED: Transition(_staying(), public=False),
    Event.VISIT_LOST: Transition(_staying(), public=False),
    Event.CHECKED: Transition(_staying(), public=False),
    **{event: Transition(_staying(), public=True) for event in CONSENTS},
    Event.PROPOSED: Transition(_to(State.IN_REVIEW, State.SUBMITTED, State.IN_REVIEW), public=False),
    Event.STEP_DONE: Transition(_staying(), public=False),
    Event.STEP_UNDONE: Transition(_staying(), public=False),
    Event.HELD: Transition(_staying(), public=False),
    Event.HOLD_LIFTED: Transition(_staying(State), public=False),
    Event.NOTED: Transition(_staying(State), public=False),
    Event.REGISTER_TOLD: Transition(_staying(), public=False),
}


def after(state: State, event: Event) -> State | None:
    """The state after `event`, or None if the event cannot happen in `state`. (Filing makes the first state.)"""
    return TRANSITIONS[event].moves.get(state)


def seen_by_applicant(event: Event, *, before: State, after: State) -> bool:
    """Only what changes something for the applicant: another person's word does, a second officer's claim does not."""
    return TRANSITIONS[event].public and (before != after or event in CONSENTS)


Standing = Literal["early", "open", "late"]


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which a report may be filed, both ends included (R-001.16–.18)."""

    due_on: date
    first_day: date
    last_day: date
    standing: Standing


def window(due_on: date, *, opens: int, closes: int, today: date) -> Window:
    """The filing window `opens` … `closes` days around `due_on`, and where `today` stands in it."""
    first, last = due_on + timedelta(days=opens), due_on + timedelta(days=closes)
    standing: Standing = "early" if today < first else "open" if today <= last else "late"
    return Window(due_on, first, last, standing)


def chain_hash(previous: bytes, event: Mapping[str, Any]) -> bytes:
    """The hash of an event in a case's history: SHA-256 over the hash before it and the event as canonical JSON."""
    canonical = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + canonical.encode()).digest()


def sealed(  # the fields that a hash covers, in one place for writing and for verifying
    *,
    case: str,
    number: int,
    at: datetime,
    type: str,  # noqa: A002 - the event's own word
    actor: str,
    data: Mapping[str, Any],
    public: bool,
) -> dict[str, Any]:
    """An event as the hash sees it."""
    return {
        "case": case,
        "number": number,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "type": type,
        "actor": actor,
        "data": data,
        "public": public,
    }


def answer_by(asked_at: datetime, due_at: datetime) -> datetime:
    """Until when the applicant is asked to answer: halfway to the promised hour, so that the officer keeps the other
    half; never less than half a day."""
    return asked_at + max((due_at - asked_at) / 2, timedelta(hours=12))


def minutes_to_result(since: datetime, decided_at: datetime) -> int:
    """Whole minutes from `since`, when the promised time began to run, to the result: none for one given before."""
    return max(0, int((decided_at - since).total_seconds() // 60))


def in_time(decided_at: datetime, due_at: datetime) -> bool:
    """Whether the result came within the promised time."""
    return decided_at <= due_at


def reminder_due(days_left: int, days_ahead: Sequence[int]) -> int | None:
    """Which of the reminders `days_ahead` of a due day is the one to send with `days_left`: the last whose day has
    come. None before the first, and from the due day on."""
    come = [days for days in days_ahead if days_left <= days]
    return min(come) if come and days_left > 0 else None
