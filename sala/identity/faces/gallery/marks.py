"""How far an index has been filled, and from where its changes are followed: kept for one that outlasts its filler."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError

from sala.identity.faces.gallery import changes
from sala.identity.faces.models import GalleryMark
from sala.kit import clock, sql

EVERY = timedelta(minutes=1)
"""How often it is kept: from an older one, some changes are taken in twice."""
GOOD_FOR = changes.KEPT / 2
"""Changes are not kept much longer than this: who was away that long begins anew."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`after`: the template to go on after, None where everybody is in; `horizon`: see `changes`."""

    after: int | None
    horizon: int
    at: datetime = field(default_factory=clock.now)

    def good(self) -> bool:
        """Whether no change can have been missed since. A database that was restored counts transactions anew."""
        return clock.now() - self.at < GOOD_FOR and self.horizon <= changes.horizon()


def found(engine: str) -> Mark | None:
    """What was kept of the index that this installation uses."""
    row = GalleryMark.objects.filter(index=_name(engine)).first()
    return Mark(row.after, row.horizon, row.at) if row else None


def keep(engine: str, mark: Mark) -> None:
    """Keep it."""
    kept = {"after": mark.after, "horizon": mark.horizon, "at": mark.at}
    GalleryMark.objects.update_or_create(index=_name(engine), defaults=kept)


@contextmanager
def alone(engine: str) -> Iterator[None]:
    """One at a time fills an index that several hosts share: another would empty what the first has put in."""
    number = {"number": int.from_bytes(bytes.fromhex(_name(engine))[:8], signed=True)}
    sql.fetch_one("SELECT pg_advisory_lock(%(number)s)", number)
    try:
        yield
    finally:
        with suppress(DatabaseError, InterfaceError):  # without a connection there is no lock either
            sql.fetch_one("SELECT pg_advisory_unlock(%(number)s)", number)


def _name(engine: str) -> str:
    """An address may hold a password."""
    return hashlib.sha256(f"{os.environ.get('SALA_FACES_INDEX', '')}/{engine}".encode()).hexdigest()
