"""Pictures for the tests, made from the few real ones in tests/pictures/faces."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from sala.identity.faces import pictures
from sala.identity.faces.engine import Engine, Face, Picture
from sala.identity.faces.engines import chosen

FACES = Path(__file__).parents[2] / "pictures" / "faces"


def photograph(name: str = "obama/1") -> bytes:
    """The file of one of the people, such as collins/1."""
    return (FACES / f"{name}.jpg").read_bytes()


@cache
def picture(name: str = "obama/1") -> Picture:
    found = pictures.decode(photograph(name))
    found.setflags(write=False)
    return found


@cache
def dlib_engine() -> Engine:
    return chosen("dlib")


@cache
def face(name: str = "obama/1") -> Face:
    """The face that dlib finds in that picture."""
    return dlib_engine().faces(picture(name))[0]


def saved(image: Image.Image | Picture, kind: str = "PNG", **options: object) -> bytes:
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def beside(*names: str) -> Picture:
    """Those people side by side in one picture."""
    found = [picture(name) for name in names]
    tall = max(one.shape[0] for one in found)
    return np.hstack([np.pad(one, ((0, tall - one.shape[0]), (0, 0), (0, 0))) for one in found])
