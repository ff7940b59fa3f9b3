"""Draws states (cases, visits, tickets, enrolments) from the code's own tables into docs/; `--check` only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from sala.engine.appointments import rules as visits
from sala.engine.appointments.states import VisitState
from sala.engine.cases.rules import CLOSED, TRANSITIONS
from sala.engine.cases.states import State
from sala.engine.hall import rules as hall
from sala.engine.hall.states import TicketState
from sala.identity.enrolment import states as enrolments

DOCS = Path(__file__).resolve().parent.parent / "docs"
CASES = """# States of a case

Drawn from `sala/engine/cases/rules.py` by `tools/diagrams.py`; do not edit by hand.
A draft is not yet a case: it is private to its applicant and lives in `engine/drafts`.
A hold is not a state: the applicant must see no difference (R-001.36).

"""
VISITS = """# States of a visit, and of a ticket in the hall

Drawn from `sala/engine/appointments/rules.py` and `sala/engine/hall/rules.py` by `tools/diagrams.py`; do not edit by
hand. A place that is kept while a form is filled in is not yet a visit. A visit is displaced when the office takes its
time back, and missed when an officer says so: no clock does. Missed visits may be moved within a week, once.

"""
ENROLMENTS = """# States of an enrolment

Drawn from `sala/identity/enrolment/states.py` by `tools/diagrams.py`; do not edit by hand.
A machine moves it on, and never to `refused`: that is an officer's word. Ready are those whose level is proven, and who
have not yet chosen their PIN, typed in an office's code, or waited for the day that a recovery takes.

"""

Move = tuple[str, str, str]
"""From, to, and what is written on the arrow."""


def diagram(begins: str, moves: Iterable[Move], ends: Iterable[str]) -> list[str]:
    """A state diagram as Mermaid has it."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {begins}"]
    lines += [f"    {source} --> {target}{': ' * bool(words)}{words}" for source, target, words in moves]
    lines += [f"    {state} --> [*]" for state in ends]
    return [*lines, "```"]


def of_cases() -> str:
    """The whole page about cases."""
    found: dict[tuple[State, State], list[str]] = {}
    for event, transition in TRANSITIONS.items():
        for source, target in transition.moves.items():
            if source != target:
                found.setdefault((source, target), []).append(event.value)
    order = list(State)
    pairs = sorted(found, key=lambda pair: (order.index(pair[0]), order.index(pair[1])))
    moves = [(source.value, target.value, " or ".join(found[source, target])) for source, target in pairs]
    lines = diagram("submitted: submitted", moves, (state for state in State if state in CLOSED))
    lines += ["", "| Event | Possible in | Leads to | Applicant sees it |", "|---|---|---|---|"]
    for event, transition in TRANSITIONS.items():
        targets = {target for source, target in transition.moves.items() if source != target}
        lines.append(
            f"| {event} | {', '.join(s for s in State if s in transition.moves)} "
            f"| {', '.join(sorted(targets)) or '(stays)'} | {'yes' if transition.public else 'no'} |"
        )
    return CASES + "\n".join(lines) + "\n"


def of_visits() -> str:
    """The whole page about visits and tickets."""
    changes = [
        (source.value, target.value, change.value)
        for change, moves in visits.TRANSITIONS.items()
        for source, target in moves.items()
    ]
    leaves = {source for source, _, _ in changes}
    lines = diagram("booked: booked", sorted(changes), (state for state in VisitState if state not in leaves))
    tickets = [
        (source.value, target.value, "")
        for source in TicketState
        for target in TicketState
        if target in hall.TRANSITIONS[source]
    ]
    lines += ["", "Who has come holds a ticket, with a visit or without one:", ""]
    lines += diagram("waiting", tickets, (state for state in TicketState if not hall.TRANSITIONS[state]))
    return VISITS + "\n".join(lines) + "\n"


def of_enrolments() -> str:
    """The whole page about enrolments."""
    found: dict[tuple[str, str], list[str]] = {}
    for event, targets in enrolments.TRANSITIONS.items():
        for source, target in targets.items():
            found.setdefault((source.value, target.value), []).append(event.value)
    order = [state.value for state in enrolments.State]
    pairs = sorted(found, key=lambda pair: (order.index(pair[0]), order.index(pair[1])))
    moves = [(source, target, " or ".join(found[source, target])) for source, target in pairs]
    ends = (state.value for state in enrolments.State if state not in enrolments.OPEN)
    return ENROLMENTS + "\n".join(diagram("started: begun", moves, ends)) + "\n"


PAGES = {"case-states.md": of_cases, "visit-states.md": of_visits, "enrolment-states.md": of_enrolments}


def main() -> int:
    """Write the pages, or with `--check` say which are not as they would be written."""
    stale = [name for name, draw in PAGES.items() if not _is(DOCS / name, draw())]
    if "--check" not in sys.argv:
        for name in stale:
            (DOCS / name).write_text(PAGES[name]())
        return 0
    for name in stale:
        print(f"docs/{name} is not what the code draws: run `python tools/diagrams.py`")  # noqa: T201
    return 1 if stale else 0


def _is(page: Path, text: str) -> bool:
    return page.exists() and page.read_text() == text


if __name__ == "__main__":
    sys.exit(main())
