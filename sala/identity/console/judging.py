"""What a rehearsed sign-in shows of an RP's program: did it do what it must, did it notice what we did wrong?

No Django here. What cannot be seen from our side is said to be so, and asked of who sits before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sala.identity.console import check_words as words
from sala.identity.console.words import ACTS, REASONS
from sala.identity.provider.rehearsing import Fault, Tried
from sala.kit.text import Text

PATIENCE = timedelta(seconds=20)
"""Who has not gone on by then has stopped: programs go on within a second or two."""


class Verdict(StrEnum):
    NOT_TRIED = "not_tried"
    WAITING = "waiting"
    RIGHT = "right"
    WRONG = "wrong"
    UNSEEN = "unseen"
    """It stopped, or never asks what we could see; its programmer has to say."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing on the checklist: None while it has not happened. `cure`: what to do where it is wrong."""

    title: Text
    right: bool | None
    cure: Text | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One rehearsal, judged."""

    fault: Fault
    verdict: Verdict
    lines: tuple[Line, ...] = ()
    cure: Text | None = None


def judge(fault: Fault, tried: Tried | None, *, now: datetime, asks_userinfo: bool) -> Judged:
    """`asks_userinfo`: whether the program asked for the person's data in a sign-in without a fault: else its
    silence tells nothing."""
    if tried is None:
        return Judged(fault, Verdict.NOT_TRIED)
    running = now < tried.ends_at
    if fault is Fault.NONE:
        return _right_one(tried.steps, running=running)
    return _cheated(fault, tried.steps, now=now, running=running, asks_userinfo=asks_userinfo)


def asks_userinfo(tried: Tried | None) -> bool:
    """Whether a sign-in without a fault ended in a question for the person's data."""
    return tried is not None and any(step["act"] == "userinfo" and _well(step) for step in tried.steps)


def _well(step: Mapping[str, Any]) -> bool:
    return not step.get("outcome")


# --- A sign-in as it should be -----------------------------------------------------------------------------


def _right_one(steps: Sequence[Mapping[str, Any]], *, running: bool) -> Judged:
    asked = _last(steps, "asked")
    lines = [Line(words.STEPS["asked"], bool(asked) or None)]
    if asked:
        lines += [
            Line(words.STEPS["state"], bool(asked["state"]), words.CURES["no_state"]),
            Line(words.STEPS["nonce"], bool(asked["nonce"]), words.CURES["no_nonce"]),
            Line(words.STEPS["pkce"], right=True),
        ]
    for act in ("answered", "token", "userinfo"):
        lines.append(Line(words.STEPS[act], any(s["act"] == act and _well(s) for s in steps) or None))
    lines += [Line(_failed(step), right=False, cure=REASONS.get(step["outcome"])) for step in steps if not _well(step)]
    wrong = any(line.right is False for line in lines)
    done = any(step["act"] == "token" for step in steps)
    if wrong:
        return Judged(Fault.NONE, Verdict.WRONG, tuple(lines))
    verdict = Verdict.RIGHT if done else Verdict.WAITING if running else Verdict.NOT_TRIED
    return Judged(Fault.NONE, verdict, tuple(lines))


def _failed(step: Mapping[str, Any]) -> Text:
    act = ACTS.get(step["act"], ACTS["token"])
    return Text(th=f"{act.th}: {step['outcome']}", en=f"{act.en}: {step['outcome']}")


def _last(steps: Sequence[Mapping[str, Any]], act: str) -> Mapping[str, Any] | None:
    return next((step for step in reversed(steps) if step["act"] == act), None)


# --- A sign-in with something wrong in it ------------------------------------------------------------------


def _cheated(
    fault: Fault, steps: Sequence[Mapping[str, Any]], *, now: datetime, running: bool, asks_userinfo: bool
) -> Judged:
    made = next((number for number, step in enumerate(steps) if step.get("spoiled")), None)
    if made is None:
        return Judged(fault, Verdict.WAITING if running else Verdict.NOT_TRIED)
    after = steps[made + 1 :]
    until = next((number for number, step in enumerate(after) if step["act"] in {"asked", "answered"}), None)
    if _goes_on(fault, after[:until]):
        return Judged(fault, Verdict.WRONG, cure=words.CURES[fault.value])
    if said := _last(after, "said"):
        noticed = bool(said["noticed"])
        return Judged(
            fault, Verdict.RIGHT if noticed else Verdict.WRONG, cure=None if noticed else words.CURES[fault.value]
        )
    waited = now - datetime.fromisoformat(steps[made]["at"]) >= PATIENCE
    if until is None and not waited:
        return Judged(fault, Verdict.WAITING)
    return Judged(fault, Verdict.RIGHT if fault.of_answer or asks_userinfo else Verdict.UNSEEN)


def _goes_on(fault: Fault, steps: Sequence[Mapping[str, Any]]) -> bool:
    """Whether it brought the code of a false answer, or asked data with the token beside a false ID token."""
    return any(step["act"] in ({"code", "token", "proof"} if fault.of_answer else {"userinfo"}) for step in steps)
