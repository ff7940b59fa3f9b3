"""Heads for tests: a plain head in three dimensions, what a camera sees of it, and of a photograph of it.

Centimetres; x to the right of the picture, y down, z towards the camera. The measures are of no one person.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

Solid = tuple[float, float, float]
Flat = tuple[float, float]

DISTANCE = 45.0
"""Centimetres from the camera to the face: an arm's length."""
FOCUS = 640.0
"""Pixels: a telephone's front camera at 640 pixels of width."""


@dataclass(frozen=True)
class Pose:
    """What somebody does. Angles in degrees; `yaw` is to the person's own left, `nod` is downwards."""

    yaw: float = 0.0
    nod: float = 0.0
    roll: float = 0.0
    lids: float = 1.0
    smile: float = 0.0
    x: float = 0.0
    y: float = 0.0
    distance: float = DISTANCE


@dataclass(frozen=True)
class Head:
    """Somebody's measures, in centimetres."""

    eyes: float = 9.0
    nose: float = 2.9
    length: float = 1.0
    aperture: float = 1.0
    mouth: float = 5.0

    def points(self, pose: Pose) -> list[Solid]:
        """The 68 points of the iBUG convention."""
        half = self.eyes / 2
        out = [_jaw(i, half, self.length) for i in range(17)]
        for side in (-1, 1):
            for i in range(5):
                t = i / 4 if side < 0 else 1 - i / 4
                out.append((side * half * (1.15 - 0.9 * t), -4.6 - 0.5 * math.sin(math.pi * t), 0.5 * t))
        out += [(0, -3.1 + 1.2 * i, 0.9 + (self.nose - 0.9) * i / 3) for i in range(4)]
        out += [(0.8 * (i - 2), 1.9 - 0.2 * abs(i - 2), 1.7 - 0.4 * abs(i - 2)) for i in range(5)]
        out += self._eye(-1, pose) + self._eye(1, pose) + self._mouth(pose)
        return out

    def _eye(self, side: int, pose: Pose) -> list[Solid]:
        outer, inner = side * self.eyes / 2, side * self.eyes * 0.18
        lift = self.aperture * pose.lids / 2
        left, right = sorted((outer, inner))
        third = (right - left) / 3
        depth = {outer: -0.8, inner: 0.0}
        upper = [(left + third, -3 - lift, 0.2), (right - third, -3 - lift, 0.2)]
        lower = [(right - third, -3 + lift, 0.1), (left + third, -3 + lift, 0.1)]
        return [(left, -3, depth[left]), *upper, (right, -3, depth[right]), *lower]

    def _mouth(self, pose: Pose) -> list[Solid]:
        wide = self.mouth / 2 * (1 + 0.3 * pose.smile)
        lift = 0.5 * pose.smile
        out: list[Solid] = []
        for scale, count in ((1.0, 12), (0.75, 8)):
            for i in range(count):
                angle = math.pi + 2 * math.pi * i / count
                across, down = math.cos(angle), math.sin(angle)
                out.append(
                    (scale * wide * across, 4.1 - lift * abs(across) + scale * 0.9 * down, 1.6 - 1.2 * across**2)
                )
        return out


def _jaw(i: int, half: float, length: float) -> Solid:
    angle = math.pi * i / 16
    across, down = -math.cos(angle), math.sin(angle)
    return (half * 1.55 * across, -2.5 + 10 * length * down, 1.0 - 7.0 * abs(across) ** 1.5)


STILL = Pose()


def seen(head: Head, pose: Pose = STILL) -> list[Flat]:
    """What the camera sees of somebody who does that."""
    return [_through(_placed(point, pose), pose.distance) for point in head.points(pose)]


def printed(head: Head, pose: Pose, *, bend: float = 0.0, upright: bool = True) -> list[Flat]:
    """What the camera sees of a photograph of that head, as large as life, held as `pose` says.

    `bend` is 1 over the radius of the roll that it is bent to, in 1/cm; around an upright axis, or a lying one.
    """
    face = replace(pose, yaw=0, nod=0, roll=0, x=0, y=0)
    out = []
    for x, y in seen(head, replace(face, lids=1, smile=0, distance=200)):  # a photograph from two metres
        out.append((x * 200 / FOCUS, y * 200 / FOCUS))
    return [_through(_placed(_bent(point, bend, upright), pose), pose.distance) for point in out]


def _bent(point: Flat, bend: float, upright: bool) -> Solid:
    x, y = point
    if not bend:
        return x, y, 0.0
    along = x if upright else y
    around, deep = math.sin(along * bend) / bend, (math.cos(along * bend) - 1) / bend
    return (around, y, deep) if upright else (x, around, deep)


def _placed(point: Solid, pose: Pose) -> Solid:
    x, y, z = point
    a, b, c = (math.radians(angle) for angle in (pose.yaw, pose.nod, pose.roll))
    x, z = x * math.cos(a) + z * math.sin(a), z * math.cos(a) - x * math.sin(a)
    y, z = y * math.cos(b) + z * math.sin(b), z * math.cos(b) - y * math.sin(b)
    x, y = x * math.cos(c) - y * math.sin(c), y * math.cos(c) + x * math.sin(c)
    return x + pose.x, y + pose.y, z


def _through(point: Solid, distance: float) -> Flat:
    x, y, z = point
    by = FOCUS / (distance - z)
    return x * by, y * by


def shaken(points: list[Flat], by: float, chance: random.Random) -> list[Flat]:
    """Each point misplaced at random; `by` is the usual error, in distances of the outer eye corners."""
    sigma = by * math.dist(points[36], points[45])
    return [(x + chance.gauss(0, sigma), y + chance.gauss(0, sigma)) for x, y in points]
