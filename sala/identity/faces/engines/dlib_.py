"""dlib's face recognition: it works from packages alone, and shows the system at work.

Detector: histograms of oriented gradients; template: a residual network's 128 numbers. dlib's numbers are of length
1.37 to 1.46, not 1; ours are made 1 long, as `engine.Template` asks. So a Euclidean distance d that was measured on
dlib's numbers is a cosine of about 1 - d² / (2 × 1.395²): what was measured at 0.543 is our 0.924, to ± 0.005.
"""

from __future__ import annotations

import math
import threading
from functools import cached_property
from typing import Any, Final

import numpy as np

from sala.identity.faces import pictures
from sala.identity.faces.engine import Face, Picture, Template
from sala.identity.faces.engines import landmarks

LENGTH: Final = 1.395
"""Of dlib's own numbers, about: the mean over the pictures in tests/pictures/faces."""
DISTANCE: Final = 0.543
"""Euclidean, where false matches were 1 in 1,000 on LFW (docs/faces.md): 5.5 % of genuine pairs missed it."""
_LOOKS: Final = (120_000, 480_000)
"""Pixels of the picture that is searched; the second only if nothing was found in the first. A face must be 80 pixels
wide to be found: a quarter of the picture's width in the first, an eighth in the second."""
_SURE: Final = 0.3
"""Where a face is as sure as this, less sure ones are patterns of cloth and leaves."""


class DlibEngine:
    """The engine `dlib`. Safe to use from several threads, one after the other."""

    name: str = "dlib-resnet-1"
    size: int = 128
    threshold: float = 1 - DISTANCE**2 / (2 * LENGTH**2)
    warning: str = (
        "dlib shows the system at work and is not fit for a nation: on Labeled Faces in the Wild it misses 5.5 % of "
        "genuine pairs where 1 of 1,000 impostors passes, and 27 % where 1 of 10,000 does. Bring an engine that NIST "
        "has measured (docs/faces.md)."
    )

    def __init__(self) -> None:
        self._one = threading.Lock()  # dlib's objects keep scratch space: two threads would write over each other's

    @property
    def uses(self) -> str:
        """What it computes with, for the log and the console: the difference is tenfold."""
        import dlib

        blas = "BLAS" if dlib.DLIB_USE_BLAS else "no BLAS (make faces-fast builds one that has it)"
        return f"dlib {dlib.__version__} with {blas}"

    def load(self) -> None:
        """Load the models now rather than with the first picture. Raises EngineError."""
        _ = self._detector, self._net, landmarks.predictor(5), landmarks.predictor(68)

    def faces(self, picture: Picture) -> list[Face]:
        """The faces in it, the largest first."""
        with self._one:
            for pixels in _LOOKS:
                if found := self._found(picture, pixels):
                    return sorted(found, key=lambda face: face.left - face.right)
        return []

    def template(self, picture: Picture, face: Face) -> Template:
        """The 128 numbers of that face, of length 1."""
        import dlib

        box = dlib.rectangle(face.left, face.top, face.right, face.bottom)
        with self._one:
            shape = landmarks.predictor(5)(picture, box)
            numbers = np.array(self._net.compute_face_descriptor(picture, shape), dtype=np.float32)
        return numbers / np.float32(np.linalg.norm(numbers))

    def _found(self, picture: Picture, pixels: int) -> list[Face]:
        height, width = picture.shape[:2]
        longest = max(height, width) / max(1.0, math.sqrt(height * width / pixels))
        small, by = pictures.shrunk(picture, round(longest))
        boxes, sureness, _ = self._detector.run(small, 0, 0.0)
        found = [self._face(picture, box, by, float(sure)) for box, sure in zip(boxes, sureness, strict=True)]
        return [face for face in found if face.sureness >= _SURE] or found

    def _face(self, picture: Picture, box: Any, by: float, sureness: float) -> Face:
        sides = (box.left(), box.top(), box.right(), box.bottom())
        left, top, right, bottom = (round(side * by) for side in sides)
        points = landmarks.outline(picture, (left, top, right, bottom))
        return Face(left, top, right, bottom, sureness, landmarks.named(points), points)

    @cached_property
    def _detector(self) -> Any:
        import dlib

        return dlib.get_frontal_face_detector()

    @cached_property
    def _net(self) -> Any:
        import dlib

        return dlib.face_recognition_model_v1(str(landmarks.folder() / "dlib_face_recognition_resnet_model_v1.dat"))
