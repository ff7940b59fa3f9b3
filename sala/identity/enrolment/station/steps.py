"""The way through an enrolment at the station: which step comes next. No Django here.

Beside the proofs that count for a level (`levels.Proof`), an enrolment at a station notes what was done: `shown` (the
card was compared), `taken` (the picture), `compared` (the faces), `searched` (for somebody else alike), `offline`
(when it was captured, and when it came in).
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from sala.identity.enrolment.states import State


class Step(StrEnum):
    """What an officer sees before them; the values are the last words of the addresses."""

    WHO = "who"
    CARD = "card"
    PHOTOGRAPH = "photograph"
    COMPARE = "compare"
    CANDIDATES = "candidates"
    FINISH = "finish"
    DONE = "done"


ORDER = (Step.CARD, Step.PHOTOGRAPH, Step.COMPARE, Step.CANDIDATES, Step.FINISH)
"""As the page counts them."""


def following(*, state: str, known: bool, purpose: str, done: Collection[str], undecided: int = 0) -> Step:
    """The step that an enrolment is at. `known`: whether it is told who it is; `done`: what was noted;
    `undecided`: how many people alike wait for the officer's word."""
    twice = purpose == "enrol" and ("searched" not in done or undecided > 0)
    waits = (
        (state != State.STARTED, Step.DONE),
        (not known, Step.WHO),
        ("shown" not in done, Step.CARD),
        ("taken" not in done, Step.PHOTOGRAPH),
        ("officer" not in done, Step.COMPARE),
        (twice, Step.CANDIDATES),
    )
    return next((step for here, step in waits if here), Step.FINISH)


def steps(purpose: str) -> tuple[Step, ...]:
    """The steps of this purpose: only who is enrolled is looked for among others."""
    return tuple(step for step in ORDER if step is not Step.CANDIDATES or purpose == "enrol")
