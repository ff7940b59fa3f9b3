"""Was somebody there who did what was asked? Judged from the points of a face, frame after frame.

A printed photograph may be moved, tilted and brought nearer: all that is a projective picture of a flat thing, and
`planes` explains it. A turned head is what is left over: its nose stands before its face, and leaves the place where a
flat one would have it, and the line from its bridge to the lip (which a rolled photograph keeps straight). Lids and
mouth are measured against the person's own first frames, so that nobody's eyes are too narrow. What this cannot tell
stands in docs/liveness.md: a film of the person, played or made, and a mask. No Django here, and no numpy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Final, Protocol

from sala.identity.faces.planes import Point, affine, projective


class Step(StrEnum):
    """What is asked. Left and right are the person's own; the frames are as the camera sees, not mirrored."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    BLINK = "blink"
    SMILE = "smile"


class Seen(Protocol):
    """The face in a frame: as `serving.wire.Points` has it."""

    @property
    def left(self) -> int: ...
    @property
    def top(self) -> int: ...
    @property
    def right(self) -> int: ...
    @property
    def bottom(self) -> int: ...
    @property
    def outline(self) -> Sequence[Point]: ...
    @property
    def faces(self) -> int: ...


LEAST: Final = 12
"""Frames: fewer show no three movements."""
NEUTRAL: Final = 4
"""Frames with a face that begin it: straight ahead, nothing done. What follows is measured against their middle."""
HELD: Final = 2
"""Frames in a row that a movement lasts at least: one alone may be a point misplaced."""
OTHER: Final = 4
"""Frames that another movement lasts before it counts as one: people blink, and start to laugh."""
WITHIN: Final = 20
"""Frames from one movement to the next at most."""
LOST: Final = 4
"""Frames in a row without a face at most: who turns far is not found for a moment."""
OVERLAP: Final = 0.2
"""Of a face's box with the one before, as part of both together: below, it is another face's."""

TURNED: Final = 0.09
"""Eye distances that the nose has left its place on a flat face: about 15 degrees. A photograph bent to a roll of
20 cm and turned by 55 degrees reaches 0.075 (tests/identity/faces/test_liveness.py)."""
BENT_LINE: Final = 0.03
"""Eye distances that the nose has left the line from its bridge to the lip: 9 degrees. A second witness."""
ASIDE: Final = 0.09
"""As BENT_LINE, of a first look that is no longer straight ahead. Few noses are quite straight."""
CLOSED: Final = 0.65
"""Opening of the lids, as part of the person's own."""
WIDER: Final = 1.12
"""Width of the mouth, as part of the person's own, against eyes and jaw both."""
FRONTAL: Final = 0.05
"""Eye distances: as TURNED, of a face that looks straight ahead. Lids and mouth are measured only there."""
_RELEASED = 0.6
"""Part of a movement's threshold below which it is over."""

_EYES = ((36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47))
_FLAT = (36, 39, 42, 45, 48, 54)
_STEADY = (36, 39, 42, 45, 27, 33)
_NOSE, _BRIDGE, _LIP = 30, 27, 51


@dataclass(frozen=True, slots=True)
class Signs:
    """What a face does in one frame: `turn` and `line` in eye distances, to the person's left positive; `lids` and
    `mouth` as parts of the person's own."""

    turn: float
    line: float
    lids: float
    mouth: float

    @property
    def frontal(self) -> bool:
        return abs(self.turn) < FRONTAL and abs(self.line) < FRONTAL


@dataclass(frozen=True, slots=True)
class Episode:
    """A movement that lasted from the frame `start` to the frame `end`, both within it."""

    step: Step
    start: int
    end: int

    @property
    def frames(self) -> int:
        return self.end - self.start + 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """`fault` is a code of `live_words`, empty where it passed; `done` of the steps were. `portraits` are frames in
    which the face looks straight ahead beside a movement, the best first; `furthest` is the one of the frames at rest
    that lies furthest from the best: whoever is in both was there all the time."""

    fault: str
    done: int
    portraits: tuple[int, ...] = ()
    furthest: int = 0

    @property
    def passed(self) -> bool:
        return not self.fault


def judge(frames: Sequence[Seen | None], steps: Sequence[str]) -> Judgement:
    """Whether those steps were done, in that order. `frames` in the order in which they were taken."""
    if fault := _unfit(frames):
        return Judgement(fault, 0)
    faces = [(number, frame) for number, frame in enumerate(frames) if frame is not None]
    try:
        outlines = [level(frame.outline) for _, frame in faces]
        own = middle(outlines[:NEUTRAL])
        if not _straight(own, outlines[:NEUTRAL]):
            return Judgement("not_straight", 0)
        told = {number: signs(own, outline) for (number, _), outline in zip(faces, outlines, strict=True)}
    except ZeroDivisionError:  # all points in one place or one line: no face
        return Judgement("no_face", 0)
    happened = episodes(told)
    fault, matched = _in_order(happened, steps)
    portraits = () if fault else _portraits(told, matched)
    if not fault and not portraits:
        fault = "not_straight"
    return Judgement(fault, len(matched), portraits, _furthest(told, portraits))


def _furthest(told: dict[int, Signs], portraits: Sequence[int]) -> int:
    at_rest = [number for number, now in told.items() if now.frontal]
    return max(at_rest, key=lambda number: abs(number - portraits[0])) if portraits else 0


def level(outline: Sequence[Point]) -> list[Point]:
    """The points with the eyes level and apart by one, the middle between them at nought."""
    (ax, ay), (bx, by) = outline[36], outline[45]
    apart = math.hypot(bx - ax, by - ay)
    across, down = (bx - ax) / apart, (by - ay) / apart
    mx, my = (ax + bx) / 2, (ay + by) / 2
    return [
        (((x - mx) * across + (y - my) * down) / apart, ((y - my) * across - (x - mx) * down) / apart)
        for x, y in outline
    ]


def middle(outlines: Sequence[Sequence[Point]]) -> list[Point]:
    """Of each point the median place."""
    return [(median(x for x, _ in places), median(y for _, y in places)) for places in zip(*outlines, strict=True)]


def signs(own: Sequence[Point], now: Sequence[Point]) -> Signs:
    """What the face does now, against the person's own face at rest. Both as of `level`."""
    flat = projective([own[i] for i in _FLAT], [now[i] for i in _FLAT])
    near = affine([own[i] for i in _STEADY], [now[i] for i in _STEADY])
    return Signs(
        turn=now[_NOSE][0] - flat(own[_NOSE])[0],
        line=_beside(now) - _beside(own),
        lids=sum(_opening(now, eye) / _opening([near(p) for p in own], eye) for eye in _EYES) / 2,
        mouth=min(_width(now, *by) / _width(own, *by) for by in ((4, 12), (36, 45))),
    )


def episodes(told: dict[int, Signs]) -> list[Episode]:
    """All movements that were held, in the order of their beginnings."""
    found = [episode for step in Step for episode in _held(step, told)]
    return sorted((one for one in found if one.frames >= HELD), key=lambda one: (one.start, one.end))


def _unfit(frames: Sequence[Seen | None]) -> str:
    """What makes the frames unfit for judging: a code, or nothing."""
    faces = [frame for frame in frames if frame is not None]
    if any(face.faces > 1 for face in faces):
        return "two_faces"
    if len(faces) < LEAST:
        return "no_face" if len(frames) >= LEAST else "too_few"
    if any(len(face.outline) != 68 for face in faces):
        return "no_outline"
    if _longest_gap(frames) > LOST:
        return "lost"
    if any(_overlap(one, other) < OVERLAP for one, other in pairwise(faces)):
        return "jumped"
    return ""


def _longest_gap(frames: Sequence[Seen | None]) -> int:
    longest = gap = 0
    for frame in frames:
        gap = 0 if frame is not None else gap + 1
        longest = max(longest, gap)
    return longest


def _overlap(one: Seen, other: Seen) -> float:
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    both = max(0, wide) * max(0, high)
    area = sum((face.right - face.left) * (face.bottom - face.top) for face in (one, other))
    return both / (area - both) if area > both else 0.0


def _straight(own: Sequence[Point], first: Sequence[Sequence[Point]]) -> bool:
    """Whether they looked straight ahead at first, and still."""
    still = all(abs(signs(own, outline).turn) < TURNED for outline in first)
    return still and abs(_beside(own)) < ASIDE


def _beside(points: Sequence[Point]) -> float:
    """How far the nose's tip stands beside the line from its bridge to the lip, to the person's left positive."""
    (ax, ay), (bx, by), (x, y) = points[_BRIDGE], points[_LIP], points[_NOSE]
    return ((by - ay) * (x - ax) - (bx - ax) * (y - ay)) / math.hypot(bx - ax, by - ay)


def _opening(points: Sequence[Point], eye: Sequence[int]) -> float:
    _, a, b, _, c, d = eye
    return math.dist(points[a], points[d]) + math.dist(points[b], points[c])


def _width(points: Sequence[Point], one: int, other: int) -> float:
    """Of the mouth, against two other points."""
    return math.dist(points[48], points[54]) / math.dist(points[one], points[other])


_STRENGTH: Final[dict[Step, Callable[[Signs], float]]] = {
    Step.TURN_LEFT: lambda now: min(now.turn / TURNED, now.line / BENT_LINE),
    Step.TURN_RIGHT: lambda now: min(-now.turn / TURNED, -now.line / BENT_LINE),
    Step.BLINK: lambda now: (1 - now.lids) / (1 - CLOSED) if now.frontal else 0.0,
    Step.SMILE: lambda now: (now.mouth - 1) / (WIDER - 1) if now.frontal else 0.0,
}
"""How much of each movement a frame shows: from 1 on it is one."""


def _held(step: Step, told: dict[int, Signs]) -> Iterator[Episode]:
    start: int | None = None
    last = 0
    for number, now in told.items():
        strength = _STRENGTH[step](now)
        if start is None and strength >= 1:
            start = number
        elif start is not None and strength < _RELEASED:
            yield Episode(step, start, last)
            start = None
        last = number
    if start is not None:
        yield Episode(step, start, last)


def _in_order(happened: Sequence[Episode], steps: Sequence[str]) -> tuple[str, list[Episode]]:
    """What is wrong with the order, or nothing; and the movements that were those asked for."""
    matched: list[Episode] = []
    for one in happened:
        if len(matched) == len(steps):
            break
        before = matched[-1] if matched else None
        if one.step == steps[len(matched)]:
            if before and one.start - before.end > WITHIN:
                return "too_slow", matched
            matched.append(one)
        elif one.frames >= OTHER and not _belongs(one, before, happened, steps[len(matched)]):
            return "other_step", matched
    return ("" if len(matched) == len(steps) else f"missed_{steps[len(matched)]}"), matched


def _belongs(one: Episode, before: Episode | None, happened: Sequence[Episode], asked: str) -> bool:
    """Whether it is the movement before again, or goes with that or the one asked: who smiles narrows the eyes."""
    if before is not None and (one.step == before.step or one.start <= before.end):
        return True
    return any(other.step == asked and other.start <= one.end and one.start <= other.end for other in happened)


def _portraits(told: dict[int, Signs], matched: Sequence[Episode]) -> tuple[int, ...]:
    """Frames at rest, at most three before or after a movement: of the face that moved, not one shown before it."""
    beside = {n for one in matched for n in (*range(one.start - 3, one.start), *range(one.end + 1, one.end + 4))}
    fit = [n for n in sorted(beside) if n in told and told[n].frontal and told[n].lids > 0.8 and told[n].mouth < WIDER]
    return tuple(sorted(fit, key=lambda n: abs(told[n].turn) + abs(told[n].line) + abs(1 - told[n].mouth) / 4))
