"""Frames of somebody before the camera, for tests: points as the workers would find them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from sala.identity.faces.liveness import Step
from sala.identity.faces.serving.wire import Points
from tests.identity.faces.heads import Flat, Head, Pose, printed, seen, shaken

NOISE = 0.008
"""Usual error of a found point, in distances of the outer eye corners."""
DOING: dict[str, dict[str, float]] = {
    Step.TURN_LEFT: {"yaw": 24},
    Step.TURN_RIGHT: {"yaw": -24},
    Step.BLINK: {"lids": 0.3},
    Step.SMILE: {"smile": 0.8},
}
PLAIN = Head()
REST, HOLD = 3, 4
View = Callable[[Pose], list[Flat]]


def frame(points: Sequence[Flat], faces: int = 1) -> Points:
    """What a worker tells of a frame in which those points were found."""
    across, down = [x for x, _ in points], [y for _, y in points]
    box = (round(min(across)), round(min(down)), round(max(across)), round(max(down)))
    return Points(*box, {}, tuple(points), 480, 640, faces)


def poses(steps: Iterable[str], *, rest: int = REST, hold: int = HOLD, first: int = 5) -> list[Pose]:
    """Straight ahead at first, then each step held for a while, with rest before and after."""
    out = [Pose()] * first
    for step in steps:
        out += [Pose()] * rest + [Pose(**DOING[step])] * hold + [Pose()] * rest
    return out


def film(of: Iterable[Pose], *, head: Head = PLAIN, noise: float = NOISE, seed: int = 1) -> list[Points | None]:
    """A living head in those poses."""
    chance = random.Random(seed)  # noqa: S311
    return [frame(shaken(seen(head, pose), noise, chance)) for pose in of]


def film_of_print(
    of: Iterable[Pose], *, head: Head = PLAIN, noise: float = NOISE, bend: float = 0.0, upright: bool = True
) -> list[Points | None]:
    """A printed photograph of that head, held in those poses; lids and smile are as they were printed."""
    chance = random.Random(1)  # noqa: S311
    return [frame(shaken(printed(head, pose, bend=bend, upright=upright), noise, chance)) for pose in of]


def swayed(of: Sequence[Pose], by: float, seed: int = 1) -> list[Pose]:
    """The poses of somebody who cannot sit still: `by` in centimetres, and in degrees."""
    chance = random.Random(seed)  # noqa: S311
    return [
        replace(
            pose,
            x=pose.x + chance.uniform(-by, by),
            y=pose.y + chance.uniform(-by, by),
            roll=pose.roll + chance.uniform(-by, by),
            nod=pose.nod + chance.uniform(-by, by),
            yaw=pose.yaw + chance.uniform(-by, by),
            distance=pose.distance + chance.uniform(-by, by),
        )
        for pose in of
    ]
