"""What an engine of face recognition does, whichever it is: find, tell the points of, and describe a face.

An engine lives in the workers alone (`serving`): a picture never blocks a page. Two engines fulfil the one contract
test; a bureau that owns a certified one fulfils it too. No Django here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Height × width × 3, red, green, blue, upright: as `pictures.decode` gives it."""
Template = NDArray[np.float32]
"""Numbers that describe a face, of length 1, so that two are compared by their product."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture: its box in pixels, how sure the engine is, and the points that it found.

    `points` are named and in pixels: `left_eye`, `right_eye` (of the person), `nose`, `mouth_left`, `mouth_right`;
    `outline` are the 68 points of the iBUG convention where the engine has them, else empty.
    """

    left: int
    top: int
    right: int
    bottom: int
    sureness: float
    points: dict[str, tuple[float, float]]
    outline: tuple[tuple[float, float], ...] = ()


class Engine(Protocol):
    """One way of recognising faces. `name` names the space of its templates: those of different names never meet."""

    name: str
    size: int
    """Numbers of a template."""
    threshold: float
    """From which likeness on two are taken for the same person, where the installation measured none of its own."""
    warning: str
    """What the documents and the console say of its fitness; empty where nothing needs saying."""

    def load(self) -> None:
        """Load what it needs now rather than with the first picture. Raises engines.EngineError."""

    @property
    def uses(self) -> str:
        """What it computes with, in a few words for whoever operates it."""

    def faces(self, picture: Picture) -> list[Face]:
        """The faces in it, the largest first; none is no error."""

    def template(self, picture: Picture, face: Face) -> Template:
        """The description of that face."""


def likeness(one: Template, other: Template) -> float:
    """How alike two faces are: the cosine, from -1 to 1. Both are of one engine."""
    return float(np.dot(one, other))
