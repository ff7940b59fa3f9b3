"""A face turned, shifted and sized so that its eyes, nose and mouth lie where a recogniser learnt to see them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sala.identity.faces.engine import Picture

SIDE: Final = 112
PLACES: Final = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where the five points lie in 112 × 112 pixels: by the convention of ArcFace (Deng et al., 2019) and AdaFace."""

Matrix = NDArray[np.float64]


def similarity(points: Matrix, places: Matrix = PLACES) -> Matrix:
    """The turn, size and shift (2 × 3) that bring points nearest to places, by least squares; never mirrored.

    Source: Umeyama, "Least-squares estimation of transformation parameters between two point patterns" (1991); in the
    plane, with a turn and a size as one complex number, it is one division.
    """
    source, target = points @ [1, 1j], places @ [1, 1j]
    middle, aim = source.mean(), target.mean()
    spread = float(np.sum(np.abs(source - middle) ** 2))
    turn = np.sum((target - aim) * np.conj(source - middle)) / spread if spread else 1.0 + 0j
    shift = aim - turn * middle
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def chip(picture: Picture, points: Matrix) -> Picture:
    """The face with those five points, as SIDE × SIDE pixels; black where the picture ends."""
    there = similarity(points)
    shrink = min(1.0, 2 * float(np.hypot(there[0, 0], there[1, 0])))
    if shrink < 0.5:  # a large face is made small by areas first: single pixels of it would flicker
        size = (round(picture.shape[1] * shrink), round(picture.shape[0] * shrink))
        picture = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
        there = similarity((points + 0.5) * shrink - 0.5)
    back = np.linalg.inv(np.vstack([there, [0, 0, 1]]))[:2]
    # Pillow counts from the corner of a pixel, points from its middle.
    back[:, 2] += 0.5 - back[:, :2] @ [0.5, 0.5]
    cut = Image.fromarray(picture).transform(
        (SIDE, SIDE), Image.Transform.AFFINE, tuple(back.ravel()), Image.Resampling.BILINEAR
    )
    return np.asarray(cut)
