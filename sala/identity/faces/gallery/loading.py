"""A gallery: an index that is filled from the sealed rows and follows their changes, and says how far it is.

Until everybody is in it, and where it has not heard of changes for STALE seconds, it does not answer: that it finds
nobody would say nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
from django.db import connection

from sala.identity.faces import keeping
from sala.identity.faces.engine import Template
from sala.identity.faces.gallery import changes, marks
from sala.identity.faces.gallery.index import GalleryError, Index, People, Templates
from sala.identity.faces.gallery.marks import Mark
from sala.identity.faces.serving import telling

logger = logging.getLogger("sala.faces")
EVERY = 1.0
"""Seconds from one look for changes to the next."""
STALE = 60.0
AGAIN = 10.0
"""Seconds until a fault is looked at again: the database is away, or the keys are."""
_BATCH = 5_000
_TOLD = 10.0
"""Seconds from one line of progress to the next."""
_FEW_LOCKED = 1_000
"""One in so many may be sealed by a key that is not in the file. More is no accident of a row: the keys are missing."""


class NotReadyError(Exception):
    """Not everybody is in it yet."""

    def __init__(self, loaded: int, total: int) -> None:
        super().__init__(f"{loaded} of {total}")
        self.loaded, self.total = loaded, total


class StaleError(Exception):
    """It could not ask for changes for too long."""


class LockedError(Exception):
    """Too many are sealed by keys that are not in the installation's file."""


class Gallery:
    """Everybody's templates of one engine, to be searched. `run` keeps it so, in a thread of its own."""

    def __init__(self, engine: str, size: int, index: Index) -> None:
        self.engine, self.size, self.index = engine, size, index
        self.loaded = self.total = 0
        self._ready = threading.Event()
        self._heard = 0.0
        self._mark: Mark | None = None
        self._kept: Mark | None = None
        self._locked = 0
        self._seen: set[int] = set()

    def search(self, template: Template, *, least: float, most: int, patience: float = 0.0) -> list[tuple[int, float]]:
        """Who is like it. Waits so many seconds until it is ready. Raises NotReadyError, StaleError, GalleryError."""
        if not self._ready.wait(patience):
            raise NotReadyError(self.loaded, self.total)
        if time.monotonic() - self._heard > STALE:
            raise StaleError
        return self.index.search(template, least=least, most=most)

    def run(self, stop: threading.Event) -> None:
        """Fill it, then follow, until it is told to stop; after a fault, go on."""
        while not stop.is_set():
            try:
                self.fill()
                while not stop.wait(EVERY):
                    self.follow()
            except Exception as fault:  # what nobody foresaw, too: without this thread the search would stop for good
                logger.error("The gallery of faces waits (%s)", _why(fault))  # noqa: TRY400 - messages quote rows
                connection.close()
                stop.wait(AGAIN)
        connection.close()

    def fill(self) -> None:
        """Put everybody in, unless they are and no change was missed meanwhile. Raises LockedError, GalleryError."""
        with marks.alone(self.engine) if self.index.lasting else nullcontext():
            mark = self._mark or self._found()
            if mark is None or not mark.good():
                mark = self._anew()
            self._mark = mark
            if mark.after is not None:
                self._fill(mark.after)
        self.follow()
        self._count()
        self._ready.set()

    def follow(self) -> int:
        """Take in what changed since the last time; of how many people."""
        if self._mark is None:
            raise GalleryError("it was not filled yet")
        found = changes.since(self.engine, self._mark.horizon)
        fresh = sorted({person for number, person in found.people.items() if number not in self._seen})
        for start in range(0, len(fresh), _BATCH):
            self._refresh(fresh[start : start + _BATCH])
        self._seen = set(found.people)
        self._move(Mark(self._mark.after, found.horizon))
        self._heard = time.monotonic()
        if fresh:
            self._count()
        return len(fresh)

    def _found(self) -> Mark | None:
        """How far the index was filled before this process, or by another; not on from where keys were missing."""
        mark = marks.found(self.engine) if self.index.lasting else None
        return None if mark and mark.after is not None and self._locked else mark

    def _anew(self) -> Mark:
        self._ready.clear()
        self.index.clear()
        self._locked = 0
        return Mark(0, changes.horizon())

    def _count(self) -> None:
        self.loaded = len(self.index)
        self.total = self.loaded + self._locked

    def _fill(self, after: int | None) -> None:
        start = told = time.monotonic()
        self.loaded, self.total = len(self.index), keeping.count(self.engine)
        while after is not None:
            batch = keeping.opened(self.engine, after, _BATCH)
            self.loaded += len(self._put(batch.rows))
            self._judge(len(batch.locked))
            after = batch.last
            if self._mark:
                self._move(Mark(after, self._mark.horizon))
            if after is None or time.monotonic() - told > _TOLD:
                told = time.monotonic()
                logger.info("Faces to search among: %d of %d after %.0f s", self.loaded, self.total, told - start)
        if self._locked:
            logger.error("%d templates are sealed by a key that is not in the installation's file", self._locked)

    def _judge(self, locked: int) -> None:
        """So many more are locked. Too many: begin anew, when the keys are there. Raises LockedError."""
        self._locked += locked
        if self._locked * _FEW_LOCKED > max(self.total, _FEW_LOCKED):
            self._mark = None
            raise LockedError(f"{self._locked} are sealed by keys that are not in the installation's file of keys")

    def _refresh(self, people: Sequence[int]) -> None:
        """These as they are now; a template that is there no more, or does not open, is forgotten."""
        rows = keeping.opened_of(self.engine, people).rows
        gone = set(people) - set(self._put(rows))
        if gone:
            self.index.remove(np.array(sorted(gone), np.int64))

    def _put(self, rows: Sequence[keeping.Row]) -> list[int]:
        """Those of whom a template could be put."""
        good = [row for row in rows if len(row.template) == 4 * self.size]
        broken = [row for row in rows if len(row.template) != 4 * self.size]
        people = np.array([row.person for row in good], np.int64)
        templates = np.frombuffer(b"".join(row.template for row in good), "<f4").reshape(len(good), self.size)
        sound = np.isfinite(templates).all(axis=1) & (np.abs(np.linalg.norm(templates, axis=1) - 1) < 0.01)
        broken += [row for row, is_sound in zip(good, sound, strict=True) if not is_sound]
        if broken:
            keeping.put_aside([row.id for row in broken])
        return self._placed(people[sound], templates[sound])

    def _placed(self, people: People, templates: Templates) -> list[int]:
        if len(people):
            self.index.put(people, templates.astype(np.float32, copy=False))
        return [int(person) for person in people]

    def _move(self, mark: Mark) -> None:
        """Remember how far it is; in an index that lasts, beyond this process."""
        self._mark = mark
        kept = self._kept
        if self.index.lasting and (kept is None or kept.after != mark.after or mark.at - kept.at > marks.EVERY):
            marks.keep(self.engine, mark)
            self._kept = mark


def _why(fault: Exception) -> str:
    """Messages of the database quote rows; ours do not."""
    return str(fault) if isinstance(fault, GalleryError | LockedError) else telling.where(fault)
