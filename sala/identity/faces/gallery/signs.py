"""A template as bits: on which side of so many planes through the middle of all faces it lies.

The more bits two templates share, the smaller the angle between them; and to count bits costs a fiftieth of a product.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sala.identity.faces.engine import Template
from sala.identity.faces.gallery.index import Templates

Bits = NDArray[np.uint8]
FEWEST = 512
"""Bits, at least: fewer lose too many mates. Measured with 128 numbers and the 1,000 nearest by bits, at 1 million:
128 bits keep 0.992 of the mates, 512 keep all (docs/decisions/0103.md)."""


class Signs:
    """The planes. Templates of FEWEST numbers or more: one for each; of fewer: FEWEST, of random directions."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.bytes = max(FEWEST, -(-size // 64) * 64) // 8
        self._middle = np.zeros(size, np.float32)
        self._directions = _directions(size) if size < FEWEST else None

    def move(self, middle: Template) -> None:
        """Put the planes through there. Faces do not lie around zero, but more or less to one side of it."""
        self._middle = middle.astype(np.float32)

    def of(self, templates: Templates) -> Bits:
        """The bits of each, one row each."""
        sides = templates - self._middle
        if self._directions is not None:
            sides = sides @ self._directions
        bits = np.zeros((len(templates), self.bytes), np.uint8)
        packed = np.packbits(sides > 0, axis=1)
        bits[:, : packed.shape[1]] = packed
        return bits


def _directions(size: int) -> Templates:
    """Directions at right angles to each other, as many as there can be, and so again; the same in every process."""
    chosen = np.random.default_rng(20_261_122)
    turns = [np.linalg.qr(chosen.standard_normal((size, size)))[0] for _ in range(-(-FEWEST // size))]
    return np.hstack(turns)[:, :FEWEST].astype(np.float32)
