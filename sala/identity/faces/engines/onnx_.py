"""Any detector and recogniser in ONNX form that the operator brought: SCRFD or YuNet, and ArcFace's family.

An engine of this kind, with weights that NIST has measured, is what a nation should use (docs/faces.md).
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sala.identity.faces.engine import Face, Picture, Template
from sala.identity.faces.engines import EngineError, aligning, brought, detectors, landmarks

_NAMES = ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")  # of the person: the viewer's left comes first


class OnnxEngine:
    """The engine of one directory of weights. Safe to use from several threads at once."""

    def __init__(self, place: Path, said: brought.Brought) -> None:
        self.name, self.size = said.name, said.recogniser.size
        self.threshold, self.warning = said.threshold, said.warning
        self._place, self._said = place, said

    @classmethod
    def at(cls, place: str) -> OnnxEngine:
        """The engine in that directory. Raises EngineError where its `faces.json` is missing or wrong."""
        folder = Path(place)
        return cls(folder, brought.read(folder))

    @property
    def uses(self) -> str:
        """What it computes with, for the log and the console."""
        import onnxruntime

        said = self._said
        return f"onnxruntime {onnxruntime.__version__} with {said.detector.file} and {said.recogniser.file}"

    def load(self) -> None:
        """Check the hashes and load the models now. Raises EngineError."""
        _ = self._detector, self._recogniser
        if self._said.outline:
            landmarks.predictor(68)

    def faces(self, picture: Picture) -> list[Face]:
        """The faces in it, the largest first."""
        said = self._said.detector
        held, by = _held(picture, *said.input)
        answers = self._ask(self._detector, _tensor(held, said))
        read = detectors.scrfd if said.layout == "scrfd" else detectors.yunet
        try:
            found = detectors.kept(read(answers, *said.input), said.sureness)
        except ValueError as error:
            raise EngineError(f"{said.file} does not answer as {said.layout} does: {error}") from error
        rows = zip(found.sureness, found.boxes * by, found.points * by, strict=True)
        faces = [self._face(picture, float(sure), box, points) for sure, box, points in rows]
        return sorted(faces, key=lambda face: -(face.right - face.left) * (face.bottom - face.top))

    def template(self, picture: Picture, face: Face) -> Template:
        """The numbers of that face, of length 1."""
        chip = aligning.chip(picture, np.array([face.points[name] for name in _NAMES]))
        answers = self._ask(self._recogniser, _tensor(chip, self._said.recogniser))
        numbers = next(iter(answers.values())).reshape(-1).astype(np.float32)
        if len(numbers) != self.size:
            raise EngineError(f"{self._said.recogniser.file} answers {len(numbers)} numbers, not {self.size}")
        length = float(np.linalg.norm(numbers))
        if not np.isfinite(length) or length == 0:
            raise EngineError(f"{self._said.recogniser.file} answers numbers without a length")
        return numbers / np.float32(length)

    def _face(self, picture: Picture, sureness: float, box: NDArray[np.float32], points: NDArray[np.float32]) -> Face:
        left, top, right, bottom = (round(float(side)) for side in box)
        spots = [(float(x), float(y)) for x, y in points]
        lines = landmarks.outline(picture, landmarks.box_of(spots)) if self._said.outline else ()
        return Face(left, top, right, bottom, sureness, dict(zip(_NAMES, spots, strict=True)), lines)

    def _ask(self, model: Any, tensor: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        names = [answer.name for answer in model.get_outputs()]
        return dict(zip(names, model.run(names, {model.get_inputs()[0].name: tensor}), strict=True))

    @cached_property
    def _detector(self) -> Any:
        return self._loaded(self._said.detector)

    @cached_property
    def _recogniser(self) -> Any:
        return self._loaded(self._said.recogniser)

    def _loaded(self, model: brought.Model) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # one core a worker: more workers are more throughput, without quarrels
        data = brought.content(self._place, model)
        try:
            return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has a class of its own for each way in which a model can be broken
            raise EngineError(f"{self._place / model.file} is not a model that onnxruntime can run: {error}") from error


def _held(picture: Picture, height: int, width: int) -> tuple[Picture, float]:
    """The picture made to fit into that size, in its upper left corner, and what its pixels grew by to be shown."""
    by = max(picture.shape[0] / height, picture.shape[1] / width)
    size = (min(width, max(1, round(picture.shape[1] / by))), min(height, max(1, round(picture.shape[0] / by))))
    small = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))
    held = np.zeros((height, width, 3), dtype=np.uint8)
    held[: size[1], : size[0]] = small
    return held, by


def _tensor(picture: Picture, model: brought.Model) -> NDArray[np.float32]:
    """One picture as a batch: 1 × colours × height × width."""
    colours = picture if model.colour == "rgb" else picture[..., ::-1]
    tensor = (colours.astype(np.float32) - np.float32(model.mean)) * np.float32(model.scale)
    return np.ascontiguousarray(tensor.transpose(2, 0, 1)[None])
