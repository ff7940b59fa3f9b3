"""What an index of faces does, whichever it is, and which one this installation uses.

`SALA_FACES_INDEX` is `memory` (each 1 million templates of 512 numbers take 0.6 GB and 3 ms a search), or
`milvus:<address>` where one machine does not hold everybody (docs/decisions/0103.md). No Django here.
"""

from __future__ import annotations

import os
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sala.identity.faces.engine import Template

People = NDArray[np.int64]
Templates = NDArray[np.float32]
"""One a row, each of length 1."""


class GalleryError(Exception):
    """The index cannot be used as it was named, or does not answer; the message says what to do."""


class Index(Protocol):
    """Templates of one engine by person. Each person has one, the last that was put. Safe to use from two threads."""

    lasting: bool
    """Whether it still has everything when the process that filled it has ended."""

    def __len__(self) -> int:
        """How many people it has."""

    def put(self, people: People, templates: Templates) -> None:
        """Add them, in place of those that these people had. Of one person given twice, the last counts."""

    def remove(self, people: People) -> None:
        """Forget them. Who is not there is no error."""

    def clear(self) -> None:
        """Forget everybody."""

    def search(self, template: Template, *, least: float, most: int) -> list[tuple[int, float]]:
        """Who is like it, from this likeness on, the likest first, at most so many."""


def chosen(engine: str, size: int, named: str = "") -> Index:
    """The index that `named`, else SALA_FACES_INDEX, else memory is, for templates of that engine and size.

    Raises GalleryError.
    """
    kind, _, place = (named or os.environ.get("SALA_FACES_INDEX", "") or "memory").partition(":")
    if kind == "memory" and not place:
        from sala.identity.faces.gallery.sign_bits import SignBits

        return SignBits(size, cores=int(os.environ.get("SALA_FACES_SEARCH_CORES", "1")))
    if kind == "milvus" and place:
        from sala.identity.faces.gallery.milvus import Milvus

        return Milvus(place, engine=engine, size=size)
    raise GalleryError("SALA_FACES_INDEX must be memory or milvus:<address>")
