"""The index in memory: everybody's bits are counted, and the nearest by bits compared by their numbers.

A flat scan loses nobody to a list that was not looked into, and costs little, for a template is 64 bytes then. The
numbers that the nearest are compared by are kept as bytes (a likeness is right to about 0.002). Rows lie close: the
last takes the place of one that is removed, so there is nothing dead and nothing to compact. Nothing of this is ever
written to a disk, and what is removed is overwritten.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sala.identity.faces.engine import Template
from sala.identity.faces.gallery.index import People, Templates
from sala.identity.faces.gallery.places import NOWHERE, Places, Rows
from sala.identity.faces.gallery.signs import Bits, Signs

logging.getLogger("faiss.loader").setLevel(logging.WARNING)  # it tells each way of loading that it did not take
import faiss  # noqa: E402

NEAREST = 1_000
"""How many of the nearest by bits are compared by their numbers. So few people are all compared."""
_SETTLED = 131_072
"""People whose middle is the middle of everybody."""
_AT_A_TIME = 8_192


@dataclass(slots=True)
class _Block:
    """Room for so many people. The system gives memory only to rows that were written."""

    bits: Bits
    numbers: NDArray[np.int8]
    scales: NDArray[np.float32]
    people: People

    @classmethod
    def of(cls, rows: int, size: int, width: int) -> _Block:
        scales, people = np.empty(rows, np.float32), np.empty(rows, np.int64)
        return cls(np.empty((rows, width), np.uint8), np.empty((rows, size), np.int8), scales, people)

    def wipe(self, row: int) -> None:
        for array in (self.bits, self.numbers, self.scales, self.people):
            array[row] = 0

    def templates(self, rows: Rows | slice) -> Templates:
        """As they were put, but for what bytes leave out."""
        return self.numbers[rows] * self.scales[rows, np.newaxis]


@dataclass
class SignBits:
    """Templates of `size` numbers. `cores`: how many a search takes, each of them its share of the blocks,
    which have `room` for so many people each."""

    size: int
    cores: int = 1
    room: int = 1 << 18
    lasting: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._signs = Signs(self.size)
        self._places = Places()
        self._blocks: list[_Block] = []
        self._count = self._settled_at = 0
        self._lock = threading.Lock()  # held for milliseconds: a search sees all of a change, or nothing
        self._threads = ThreadPoolExecutor(self.cores, "search", initializer=faiss.omp_set_num_threads, initargs=(1,))

    def __len__(self) -> int:
        return self._count

    @property
    def bytes(self) -> int:
        """Of memory that a full index of this many takes."""
        each = self._signs.bytes + self.size + 4 + 8
        return self._count * each + self._places.bytes

    def put(self, people: People, templates: Templates) -> None:
        """Add them, in place of those that these people had. Raises ValueError for another size."""
        if templates.shape != (len(people), self.size):
            raise ValueError(f"templates of {templates.shape[-1]} numbers among those of {self.size}")
        _, last = np.unique(people[::-1], return_index=True)
        chosen = np.sort(len(people) - 1 - last)
        for some in (chosen[start : start + _AT_A_TIME] for start in range(0, len(chosen), _AT_A_TIME)):
            with self._lock:
                self._put(people[some], templates[some])

    def remove(self, people: People) -> None:
        """Forget them: the last row takes the place of each."""
        for person in np.unique(people):
            with self._lock:
                self._remove(person)

    def clear(self) -> None:
        """Forget everybody."""
        with self._lock:
            self._blocks.clear()
            self._places.clear()
            self._count = self._settled_at = 0

    def search(self, template: Template, *, least: float, most: int) -> list[tuple[int, float]]:
        """Who is like it, from this likeness on, the likest first, at most so many."""
        with self._lock:
            people, likenesses = self._compared(template, self._nearest(template))
        alike = np.flatnonzero(likenesses >= least)
        best = alike[np.argsort(-likenesses[alike], kind="stable")][:most]
        return [(int(people[i]), float(likenesses[i])) for i in best]

    def _put(self, people: People, templates: Templates) -> None:
        rows = self._places.of(people)
        fresh = rows == NOWHERE
        after = self._count + int(np.count_nonzero(fresh))
        rows[fresh] = np.arange(self._count, after)
        while len(self._blocks) * self.room < after:
            self._blocks.append(_Block.of(self.room, self.size, self._signs.bytes))
        self._write(rows, people, templates)
        self._places.put(people[fresh], rows[fresh])
        self._count = after
        if self._settled_at < _SETTLED and after >= 2 * self._settled_at:
            self._settle()

    def _write(self, rows: Rows, people: People, templates: Templates) -> None:
        bits = self._signs.of(templates)
        scales = np.abs(templates).max(axis=1).clip(min=1e-12) / np.float32(127)
        numbers = np.rint(templates / scales[:, np.newaxis]).astype(np.int8)
        for number, block in enumerate(self._blocks):
            which = rows // self.room == number
            if which.any():
                into = rows[which] % self.room
                block.bits[into], block.numbers[into] = bits[which], numbers[which]
                block.scales[into], block.people[into] = scales[which], people[which]

    def _remove(self, person: np.int64) -> None:
        row = int(self._places.of(np.array([person]))[0])
        if row == NOWHERE:
            return
        last = self._count - 1
        (to, into), (source, end) = self._block(row), self._block(last)
        for name in ("bits", "numbers", "scales", "people"):
            getattr(to, name)[into] = getattr(source, name)[end]
        self._places.put(np.array([source.people[end], person]), np.array([row, NOWHERE]))
        source.wipe(end)
        self._count = last

    def _settle(self) -> None:
        """Put the planes through the middle of those who are there, and tell the sides of all anew: each time that
        they have doubled, so that it costs each of them twice."""
        parts = [
            (block, slice(start, min(start + _AT_A_TIME, count)))
            for block, count in self._filled()
            for start in range(0, count, _AT_A_TIME)
        ]
        self._signs.move(sum(block.templates(rows).sum(axis=0) for block, rows in parts) / self._count)
        for block, rows in parts:
            block.bits[rows] = self._signs.of(block.templates(rows))
        self._settled_at = self._count

    def _nearest(self, template: Template) -> Rows:
        """The rows that share most bits with it, NEAREST of them."""
        if self._count <= NEAREST:
            return np.arange(self._count)
        bits = self._signs.of(template[np.newaxis])
        found = list(self._threads.map(lambda part: _scan(bits, *part), self._filled()))
        apart = np.concatenate([distances for distances, _ in found])
        rows = np.concatenate([block * self.room + within for block, (_, within) in enumerate(found)])
        return rows[np.argpartition(apart, NEAREST)[:NEAREST]] if len(rows) > NEAREST else rows

    def _compared(self, template: Template, rows: Rows) -> tuple[People, NDArray[np.float32]]:
        people, likenesses = np.empty(len(rows), np.int64), np.empty(len(rows), np.float32)
        for number in np.unique(rows // self.room):
            block, which = self._blocks[number], rows // self.room == number
            within = rows[which] % self.room
            people[which] = block.people[within]
            likenesses[which] = block.numbers[within].astype(np.float32) @ template * block.scales[within]
        return people, likenesses

    def _filled(self) -> Iterator[tuple[_Block, int]]:
        """The blocks, and how many rows of each are taken."""
        for number, block in enumerate(self._blocks):
            if (count := min(self._count - number * self.room, self.room)) > 0:
                yield block, count

    def _block(self, row: int) -> tuple[_Block, int]:
        return self._blocks[row // self.room], row % self.room


def _scan(bits: Bits, block: _Block, count: int) -> tuple[NDArray[np.int32], Rows]:
    """The nearest rows of one block, and how many bits they are apart."""
    apart, rows = faiss.knn_hamming(bits, block.bits[:count], min(NEAREST, count), variant="mc")
    return apart[0], rows[0]
