"""The installation's keys turn: each person's own key is wrapped anew; the templates under it stay as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.db import transaction

from sala.identity.faces import keeping
from sala.identity.faces.models import FaceKey, FaceTemplate
from sala.identity.people import sealing
from sala.kit import sql

_AT_A_TIME = 1_000
_LEFT = """
SELECT count(*) FROM faces_facekey k WHERE k.key <> %(newest)s
AND EXISTS (SELECT FROM faces_facetemplate t WHERE t.person_id = k.person_id AND t.broken_at IS NULL)"""


class Turned(NamedTuple):
    """How far it is: keys wrapped anew, and of those looked at how many do not open and stay."""

    wrapped: int
    broken: int
    total: int


def rotate() -> Iterator[Turned]:
    """Add a key to the installation's file and move every person's key to it, some at a time.

    A run that was cut off goes on with the key it had added: another is added only when nothing is left to move.
    """
    if not left():
        sealing.rotate()
    yield from rewrap()


def rewrap() -> Iterator[Turned]:
    """Move every person's key to the newest of the installation's."""
    newest, last = sealing.newest(), 0
    done = Turned(0, 0, FaceKey.objects.exclude(key=newest).count())
    yield done
    while batch := _batch(newest, last):
        moved, broken, last = batch
        done = Turned(done.wrapped + moved, done.broken + broken, done.total)
        yield done


def left() -> int:
    """How many keys that still open something are wrapped by an older key of the installation."""
    row = sql.fetch_one(_LEFT, {"newest": sealing.newest()})
    return int(row[0]) if row else 0


def _batch(newest: str, last: int) -> tuple[int, int, int] | None:
    with transaction.atomic():
        rows = list(
            FaceKey.objects.select_for_update()
            .filter(person_id__gt=last)
            .exclude(key=newest)
            .order_by("person_id")[:_AT_A_TIME]
        )
        if not rows:
            return None
        fresh = [key for row in rows if (key := _fresh(row))]
        FaceKey.objects.bulk_update(fresh, ["wrapped", "key"])
        return len(fresh), len(rows) - len(fresh), rows[-1].person_id


def _fresh(row: FaceKey) -> FaceKey | None:
    """The same key under the newest; None where it does not open: its templates are put aside, others go on."""
    try:
        key = keeping.unwrapped(row.person_id, bytes(row.wrapped), row.key)
    except keeping.LockedError:
        return None
    except sealing.SealedError:
        keeping.put_aside(list(FaceTemplate.objects.filter(person_id=row.person_id).values_list("id", flat=True)))
        return None
    return keeping.wrapped(row.person_id, key)
