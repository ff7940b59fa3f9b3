"""Weights that an operator brought: a directory with `faces.json`, which says what they are, and the ONNX files.

Checked before anything is loaded: an ONNX file is a program that we run, so only those with the named SHA-256 are.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from sala.identity.faces.engines import EngineError

FILE = "faces.json"

Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9.-]{1,39}$")]
FileName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]+\.onnx$")]
Side = Annotated[int, msgspec.Meta(ge=32, le=4096)]


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ONNX file and how pictures are given to it: (value - mean) × scale, in that order of colours."""

    file: FileName
    sha256: Hash
    colour: Literal["rgb", "bgr"]
    mean: float
    scale: float


class Detector(Model, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Finds faces. `input` is height and width; `sureness` is from what score on it is a face."""

    layout: Literal["scrfd", "yunet"]
    input: tuple[Side, Side] = (640, 640)
    sureness: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.5


class Recogniser(Model, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Describes an aligned face of 112 × 112 pixels by `size` numbers."""

    size: Annotated[int, msgspec.Meta(ge=16, le=4096)] = 512


class Brought(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `faces.json` says. `name` names the templates' space: change it with the recogniser."""

    name: Name
    threshold: Annotated[float, msgspec.Meta(ge=-1, le=1)]
    detector: Detector
    recogniser: Recogniser
    warning: str = ""
    outline: bool = True
    """Whether dlib's 68 points are found too, for advice on the eyes and for liveness; their licence: docs/faces.md."""


def read(place: Path) -> Brought:
    """What the directory's `faces.json` says. Raises EngineError, which names the field."""
    file = place / FILE
    try:
        said = msgspec.json.decode(file.read_bytes(), type=Brought)
    except OSError as error:
        raise EngineError(f"{file} cannot be read: {error.strerror}. docs/faces.md says what it holds") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EngineError(f"{file}: {error}") from error
    for side in said.detector.input:
        if side % 32:
            raise EngineError(f"{file}: detector.input must be multiples of 32, not {side}")
    for model in (said.detector, said.recogniser):
        if not (place / model.file).is_file():
            raise EngineError(f"{place / model.file} is missing, and {file} names it")
    return said


def content(place: Path, model: Model) -> bytes:
    """The file's bytes, if they are those named: what was hashed is what is loaded. Raises EngineError."""
    file = place / model.file
    data = file.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != model.sha256:
        raise EngineError(f"{file} is not the file that {FILE} names: its SHA-256 is {found}, not {model.sha256}")
    return data
