"""Draws the case's states from the code's own table into docs/case-states.md; `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from sala.engine.cases.rules import CLOSED, TRANSITIONS
from sala.engine.cases.states import State

PAGE = Path(__file__).resolve().parent.parent / "docs" / "case-states.md"
HEAD = """# States of a case

Drawn from `sala/engine/cases/rules.py` by `tools/diagrams.py`; do not edit by hand.
A draft is not yet a case: it is private to its applicant and lives in `engine/drafts`.
A hold is not a state: the applicant must see no difference (R-001.36).

"""


def moves() -> list[tuple[str, str, str]]:
    """(from, to, events) of every move that changes the state."""
    found: dict[tuple[State, State], list[str]] = {}
    for event, transition in TRANSITIONS.items():
        for source, target in transition.moves.items():
            if source != target:
                found.setdefault((source, target), []).append(event.value)
    order = list(State)
    pairs = sorted(found, key=lambda pair: (order.index(pair[0]), order.index(pair[1])))
    return [(source, target, " or ".join(found[source, target])) for source, target in pairs]


def drawn() -> str:
    """The whole page."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> submitted: submitted"]
    lines += [f"    {source} --> {target}: {events}" for source, target, events in moves()]
    lines += [f"    {state} --> [*]" for state in State if state in CLOSED]
    lines += ["```", "", "| Event | Possible in | Leads to | Applicant sees it |", "|---|---|---|---|"]
    for event, transition in TRANSITIONS.items():
        targets = {target for source, target in transition.moves.items() if source != target}
        lines.append(
            f"| {event} | {', '.join(s for s in State if s in transition.moves)} "
            f"| {', '.join(sorted(targets)) or '(stays)'} | {'yes' if transition.public else 'no'} |"
        )
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    if "--check" not in sys.argv:
        PAGE.write_text(drawn())
        return 0
    if PAGE.exists() and PAGE.read_text() == drawn():
        return 0
    print("docs/case-states.md is not what the code draws: run `python tools/diagrams.py`")  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
