"""The points of a face, by dlib's shape predictors: 5 to align by, 68 (the iBUG convention) to judge eyes and pose by.

The 5-point model is in the public domain. The 68-point one was trained on iBUG 300-W, whose makers ask to be asked
before commercial use: docs/faces.md. Both come with the package face-recognition-models, whose own import needs a
module that setuptools dropped, so its files are found without importing it.
"""

from __future__ import annotations

import importlib.util
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

from sala.identity.faces.engine import Picture
from sala.identity.faces.engines import EngineError

Points = tuple[tuple[float, float], ...]

_EYE_LEFT, _EYE_RIGHT = range(42, 48), range(36, 42)  # of the person
_NOSE, _MOUTH_LEFT, _MOUTH_RIGHT = 30, 54, 48


@lru_cache(maxsize=1)
def folder() -> Path:
    """Where the models lie. Raises EngineError."""
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or spec.origin is None:
        raise EngineError("The package face-recognition-models is not installed: make run installs it")
    return Path(spec.origin).parent / "models"


@lru_cache(maxsize=2)
def predictor(points: int) -> Any:
    """dlib's predictor of 5 or 68 points; loaded once a process."""
    import dlib

    return dlib.shape_predictor(str(folder() / f"shape_predictor_{points}_face_landmarks.dat"))


def outline(picture: Picture, box: tuple[int, int, int, int]) -> Points:
    """The 68 points of the face in `box` (left, top, right, bottom, as dlib's detector draws it)."""
    import dlib

    shape = predictor(68)(picture, dlib.rectangle(*box))
    return tuple((float(point.x), float(point.y)) for point in shape.parts())


def named(points: Points) -> dict[str, tuple[float, float]]:
    """The five named points of an outline."""
    return {
        "left_eye": _middle(points, _EYE_LEFT),
        "right_eye": _middle(points, _EYE_RIGHT),
        "nose": points[_NOSE],
        "mouth_left": points[_MOUTH_LEFT],
        "mouth_right": points[_MOUTH_RIGHT],
    }


def _middle(points: Points, which: range) -> tuple[float, float]:
    return sum(points[at][0] for at in which) / len(which), sum(points[at][1] for at in which) / len(which)


def box_of(points: list[tuple[float, float]]) -> tuple[int, int, int, int]:
    """The box that dlib's detector would draw around two eyes, a nose and two corners of a mouth.

    Its predictor learnt from such boxes: 2.25 times as wide as the way from eyes to mouth, around the middle of it
    (measured on the pictures of tests/pictures/faces).
    """
    (ax, ay), (bx, by), _, (cx, cy), (dx, dy) = points
    eyes, mouth = ((ax + bx) / 2, (ay + by) / 2), ((cx + dx) / 2, (cy + dy) / 2)
    half = 2.25 / 2 * max(8.0, math.dist(eyes, mouth))
    x, y = (eyes[0] + mouth[0]) / 2, (eyes[1] + mouth[1]) / 2
    return round(x - half), round(y - half), round(x + half), round(y + half)
