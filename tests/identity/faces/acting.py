"""A film of somebody who turns, blinks and smiles, made from one portrait by bending it: what a camera could be shown.

It is also an attack: whoever feeds such a film to the browser in place of a camera, in the order that was asked, passes
our own challenge. docs/liveness.md says so.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sala.identity.faces.engine import Picture
from sala.identity.faces.liveness import Step
from tests.identity.faces.heads import Flat, Head, Pose

WIDE, HIGH = 480, 640
RATE = 30
"""Frames a second, as Chromium plays such a file."""
DOING = {
    Step.TURN_LEFT: Pose(yaw=22),
    Step.TURN_RIGHT: Pose(yaw=-22),
    Step.BLINK: Pose(lids=0.12),
    Step.SMILE: Pose(smile=1.0),
}
_GRID = 4  # pixels between places whose movement is computed; the others lie between


class Actor:
    """Somebody in a portrait whose 68 points are known."""

    def __init__(self, picture: Picture, outline: Sequence[Flat]) -> None:
        self.picture, self.outline = _framed(picture, outline)
        (ax, ay), (bx, by) = self.outline[36], self.outline[45]
        self._apart = math.hypot(bx - ax, by - ay)
        self._depth = [z for _, _, z in Head().points(Pose())]
        middle = ((ax + bx) / 2, (ay + by) / 2)
        self._middle = np.array(middle)

    def jpeg(self, pose: Pose) -> bytes:
        """The portrait, bent to that pose."""
        out = io.BytesIO()
        Image.fromarray(self.posed(pose)).save(out, "JPEG", quality=85)
        return out.getvalue()

    def posed(self, pose: Pose) -> Picture:
        """As `jpeg`, as pixels."""
        if pose == Pose():
            return self.picture
        return _warped(self.picture, np.array(self.outline), self._moved(pose))

    def _moved(self, pose: Pose) -> NDArray[np.float64]:
        """Where the points go."""
        points = np.array(self.outline, dtype=float)
        for upper, lower in (((37, 38), (41, 40)), ((43, 44), (47, 46))):
            for one, other in zip(upper, lower, strict=True):  # the upper lid comes down, as lids do
                points[one] = points[other] + (points[one] - points[other]) * pose.lids
        if pose.smile:
            _smile(points, pose.smile * self._apart)
        deep = np.array(self._depth) / 9 * self._apart
        angle = math.radians(pose.yaw)
        across = points[:, 0] - self._middle[0]
        points[:, 0] = self._middle[0] + across * math.cos(angle) + deep * math.sin(angle)
        return points


def _smile(points: NDArray[np.float64], by: float) -> None:
    """The corners of the mouth go apart and up, the rest of it with them."""
    middle = points[48:68, 0].mean()
    half = (points[54, 0] - points[48, 0]) / 2
    part = (points[48:68, 0] - middle) / half
    points[48:68, 0] += part * 0.09 * by
    points[48:68, 1] -= np.abs(part) * 0.05 * by


def _framed(picture: Picture, outline: Sequence[Flat]) -> tuple[Picture, list[Flat]]:
    """The portrait as a telephone sees it: 480 × 640, the eyes 150 pixels apart."""
    (ax, ay), (bx, by) = outline[36], outline[45]
    scale = 150 / math.hypot(bx - ax, by - ay)
    image = Image.fromarray(picture).resize((round(picture.shape[1] * scale), round(picture.shape[0] * scale)))
    left, top = scale * (ax + bx) / 2 - WIDE / 2, scale * (ay + by) / 2 - HIGH * 0.42
    box = (round(left), round(top), round(left) + WIDE, round(top) + HIGH)
    points = [(x * scale - box[0], y * scale - box[1]) for x, y in outline]
    return np.asarray(_cut(image, box)), points


def _cut(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The part of the image; where it ends, its edge goes on."""
    pixels = np.asarray(image)
    rows = np.clip(np.arange(box[1], box[3]), 0, pixels.shape[0] - 1)
    columns = np.clip(np.arange(box[0], box[2]), 0, pixels.shape[1] - 1)
    return Image.fromarray(pixels[rows][:, columns])


def _warped(picture: Picture, at: NDArray[np.float64], to: NDArray[np.float64]) -> Picture:
    """The picture with each of these points moved, and all between them smoothly (thin plates)."""
    edge = [(x, y) for x in (0, WIDE / 2, WIDE) for y in (0, HIGH / 2, HIGH) if (x, y) != (WIDE / 2, HIGH / 2)]
    known = np.vstack([to, edge])
    shift = np.vstack([at - to, np.zeros((len(edge), 2))])
    count = len(known)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _plate(known, known) + 0.5 * np.eye(count)
    system[:count, count:] = np.hstack([np.ones((count, 1)), known])
    system[count:, :count] = system[:count, count:].T
    weights = np.linalg.solve(system, np.vstack([shift, np.zeros((3, 2))]))
    rows, columns = np.mgrid[0 : HIGH + 1 : _GRID, 0 : WIDE + 1 : _GRID].astype(float)
    places = np.stack([columns.ravel(), rows.ravel()], axis=1)
    moved = _plate(places, known) @ weights[:count] + np.hstack([np.ones((len(places), 1)), places]) @ weights[count:]
    return _sampled(picture, moved.reshape(*rows.shape, 2))


def _plate(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    square = ((one[:, None] - other[None]) ** 2).sum(-1)
    return 0.5 * square * np.log(square + 1e-9)


def _sampled(picture: Picture, coarse: NDArray[np.float64]) -> Picture:
    rows, columns = np.mgrid[0:HIGH, 0:WIDE].astype(float)
    shift = [_between(coarse[..., axis], rows / _GRID, columns / _GRID) for axis in (0, 1)]
    x, y = columns + shift[0], rows + shift[1]
    x, y = x.clip(0, WIDE - 1.001), y.clip(0, HIGH - 1.001)
    return np.stack([_between(picture[..., c].astype(float), y, x) for c in range(3)], axis=-1).astype(np.uint8)


def _between(values: NDArray[np.float64], row: NDArray[np.float64], column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bilinear."""
    top = np.minimum(row.astype(int), values.shape[0] - 2)
    left = np.minimum(column.astype(int), values.shape[1] - 2)
    down, across = row - top, column - left
    upper = values[top, left] * (1 - across) + values[top, left + 1] * across
    lower = values[top + 1, left] * (1 - across) + values[top + 1, left + 1] * across
    return upper * (1 - down) + lower * down


def write_film(path: Path, of: Actor, acts: Sequence[tuple[float, Pose]]) -> None:
    """A film for Chromium: each pose for so many seconds, the way from one to the next within them."""
    path.write_bytes(b"".join(_shots(of, acts)))


def _shots(of: Actor, acts: Sequence[tuple[float, Pose]]) -> Iterator[bytes]:
    known: dict[Pose, bytes] = {}
    before = acts[0][1]
    for seconds, pose in acts:
        for number in range(round(seconds * RATE)):
            part = min(1.0, round((number + 1) / RATE / 0.3 * 2) / 2)  # 0.3 seconds for the way, in two steps
            now = _mixed(before, pose, part)
            if now not in known:
                known[now] = of.jpeg(now)
            yield known[now]
        before = pose


def _mixed(one: Pose, other: Pose, part: float) -> Pose:
    return Pose(
        **{
            name: round((1 - part) * getattr(one, name) + part * getattr(other, name), 3)
            for name in ("yaw", "lids", "smile")
        }
    )


def actor(name: str) -> Actor:
    """The actor of a portrait in tests/pictures/faces, such as `collins/1`."""
    from sala.identity.faces import pictures
    from sala.identity.faces.engines.dlib_ import DlibEngine
    from tests.faces_house import picture

    portrait = pictures.decode(picture(name))
    return Actor(portrait, DlibEngine().faces(portrait)[0].outline)
