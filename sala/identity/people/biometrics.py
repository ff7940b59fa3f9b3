"""Photographs and finger templates: judged, sealed, kept apart from the row that everybody reads, and given out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.people import fingerprints, sealing, words
from sala.identity.people.models import Biometric, Person
from sala.kit import audit, clock, outbox, sql
from sala.kit.errors import Fault, Invalid, NotFound

_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"\0\0\0\x0cjP  ": "image/jp2"}
LARGEST_PICTURE = 2_000_000
"""Bytes; a photograph for a card is a tenth of it."""
_AT_A_TIME = 500
# The dead are not recognised by their faces, nor who gave up the nationality: with it goes the digital ID.
_PHOTOGRAPHS = """
SELECT b.person_id, b.kept_at FROM people_biometric b JOIN people_person p ON p.id = b.person_id
WHERE b.kind = 'photograph' AND p.died_on IS NULL AND (p.nationality = 'THA' OR p.pid !~ '^[1-5]')"""
_PHOTOGRAPHED = _PHOTOGRAPHS + " AND b.person_id > %s ORDER BY b.person_id LIMIT %s"
_PHOTOGRAPH_OF = _PHOTOGRAPHS + " AND b.person_id = %s"


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture or a template, opened. `finger` is 0 for a photograph."""

    data: bytes
    media_type: str
    finger: int


def keep_photograph(*, person: int, data: bytes, by: Actor) -> None:
    """Keep a person's photograph, in place of the former. Raises Invalid for what is no picture, NotFound."""
    media = next((media for beginning, media in _PICTURES.items() if data.startswith(beginning)), None)
    if media is None or len(data) > LARGEST_PICTURE:
        raise Invalid([Fault("photograph", "picture", words.PICTURE)])
    _keep(person, Kept(data, media, 0), by)


def keep_finger(*, person: int, finger: int, record: bytes, by: Actor) -> None:
    """Keep the template of one finger (1 right thumb … 10 left little finger), in place of the former.

    Raises Invalid for a record that is not well-formed or is of another finger, NotFound.
    """
    try:
        positions = {view.position for view in fingerprints.views(record)}
    except fingerprints.MalformedError:
        positions = set()
    if positions != {finger} or not 1 <= finger <= 10:
        raise Invalid([Fault("finger", "record", words.FINGER)])
    _keep(person, Kept(record, fingerprints.MEDIA_TYPE, finger), by)


def photograph(person: int) -> Kept | None:
    """A person's photograph. Raises sealing.SealedError where it cannot be opened."""
    row = Biometric.objects.filter(person_id=person, kind=Biometric.Kind.PHOTOGRAPH).first()
    return _opened(row) if row else None


def photographed(after: int, most: int) -> list[tuple[int, datetime]]:
    """Living people with a photograph, and since when it is kept, in the order of their rows, from `after` on."""
    return sql.fetch_all(_PHOTOGRAPHED, [after, most])


def photographs() -> int:
    """How many photographs are kept."""
    return Biometric.objects.filter(kind=Biometric.Kind.PHOTOGRAPH).count()


def photograph_kept_at(person: int) -> datetime | None:
    """Since when a living person's photograph is kept; None without one."""
    row = sql.fetch_one(_PHOTOGRAPH_OF, [person])
    return row[1] if row else None


def fingers(person: int) -> list[Kept]:
    """A person's finger templates as ISO/IEC 19794-2 records, by finger. Raises sealing.SealedError."""
    rows = Biometric.objects.filter(person_id=person, kind=Biometric.Kind.FINGER).order_by("finger")
    return [_opened(row) for row in rows]


def reseal() -> Iterator[int]:
    """Move everything to the newest key, some at a time; how many were moved so far. What does not open stays as it is.

    May be repeated and cut off. The former key may leave the file when nothing is left under it (`left`).
    """
    newest, moved, last = sealing.newest(), 0, 0
    while True:
        with transaction.atomic():
            rows = list(
                Biometric.objects.select_for_update()
                .filter(id__gt=last)
                .exclude(key=newest)
                .order_by("id")[:_AT_A_TIME]
            )
            if not rows:
                return
            moved += sum(_resealed(row) for row in rows)
            last = rows[-1].id
        yield moved


def left() -> int:
    """How many are sealed under an older key."""
    return Biometric.objects.exclude(key=sealing.newest()).count()


def _keep(person: int, given: Kept, by: Actor) -> None:
    if not Person.objects.filter(id=person).exists():
        raise NotFound
    kind, finger = (Biometric.Kind.FINGER if given.finger else Biometric.Kind.PHOTOGRAPH), given.finger
    sealed, key = sealing.seal(given.data, about=f"{person}/{kind}/{finger}")
    kept = {"media_type": given.media_type, "sealed": sealed, "key": key, "kept_at": clock.now(), "kept_by": by.label}
    with transaction.atomic():
        Biometric.objects.update_or_create(person_id=person, kind=kind, finger=finger, defaults=kept)
        audit.record(by.label, "person.biometric_kept", f"person:{person}", {"kind": str(kind), "finger": finger})
        if kind == Biometric.Kind.PHOTOGRAPH:
            outbox.emit("person.photographed", {"person": person})


def _opened(row: Biometric) -> Kept:
    data = sealing.unseal(bytes(row.sealed), key=row.key, about=f"{row.person_id}/{row.kind}/{row.finger}")
    return Kept(data, row.media_type, row.finger)


def _resealed(row: Biometric) -> bool:
    try:
        kept = _opened(row)
    except sealing.SealedError:
        return False
    row.sealed, row.key = sealing.seal(kept.data, about=f"{row.person_id}/{row.kind}/{row.finger}")
    row.save(update_fields=["sealed", "key"])
    return True
