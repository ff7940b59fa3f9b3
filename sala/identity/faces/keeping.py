"""Templates at rest: each sealed under a key of its person's own, and that key under the installation's.

Deleting a person's key makes their templates unreadable, in every back-up too that has not the key. The installation's
keys lie in a file apart from the data (`people.sealing`).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction

from sala.identity.accounts.actor import Actor
from sala.identity.faces.models import FaceKey, FaceTemplate
from sala.identity.people import sealing
from sala.kit import audit, clock, sql

logger = logging.getLogger("sala.faces")
_NONCE = 12
_ROWS = """
SELECT t.id, t.person_id, t.engine, t.sealed, k.wrapped, k.key
FROM faces_facetemplate t LEFT JOIN faces_facekey k USING (person_id)
WHERE t.broken_at IS NULL AND t.engine = %(engine)s"""
_AFTER = _ROWS + " AND t.id > %(after)s ORDER BY t.id LIMIT %(limit)s"
_OF = _ROWS + " AND t.person_id = %(person)s"
_OF_SOME = _ROWS + " AND t.person_id = ANY(%(people)s)"


class Row(NamedTuple):
    """A template that was opened: 32-bit floats, the lowest byte first."""

    id: int
    person: int
    template: bytes


class Opened(NamedTuple):
    """A batch. `last` is the number to go on after, None at the end; `broken` did not open and were put aside;
    `locked` are sealed by a key that this installation's file does not have, and stay."""

    rows: list[Row]
    last: int | None
    broken: list[int]
    locked: list[int]


class LockedError(Exception):
    """The key of the installation that sealed it is not in the file: nothing is wrong with the data."""


def keep(*, person: int, engine: str, template: bytes, source: str, by: Actor) -> None:
    """Keep a template in place of the person's former one of that engine. Raises LockedError."""
    with transaction.atomic():
        key = _own_key(person)
        kept = {"sealed": sealed(key, template, _about(person, engine)), "made_at": clock.now(), "source": source}
        FaceTemplate.objects.update_or_create(person_id=person, engine=engine, defaults=kept | {"broken_at": None})
        audit.record(by.label, "face.template_kept", f"person:{person}", {"engine": engine, "source": source})


def template(person: int, engine: str) -> bytes | None:
    """A person's template; None where there is none that opens. Raises LockedError."""
    batch = _opened(sql.fetch_all(_OF, {"engine": engine, "person": person}))
    if batch.locked:
        raise LockedError
    return batch.rows[0].template if batch.rows else None


def opened(engine: str, after: int = 0, limit: int = 5_000) -> Opened:
    """The next templates of an engine, opened, in the order of their numbers. What is broken is put aside and told."""
    rows = sql.fetch_all(_AFTER, {"engine": engine, "after": after, "limit": limit})
    batch = _opened(rows)
    return batch._replace(last=rows[-1][0] if len(rows) == limit else None)


def count(engine: str) -> int:
    """How many templates of an engine there are to open."""
    return FaceTemplate.objects.filter(engine=engine, broken_at=None).count()


def opened_of(engine: str, people: Sequence[int]) -> Opened:
    """The templates of these people, opened; those who have none are left out."""
    return _opened(sql.fetch_all(_OF_SOME, {"engine": engine, "people": list(people)}))


def forget(person: int) -> None:
    """Delete a person's key, and with it everything that it sealed. May be repeated."""
    with transaction.atomic():
        gone = FaceKey.objects.filter(person_id=person).delete()[0]
        gone += FaceTemplate.objects.filter(person_id=person).delete()[0]
        if gone:
            audit.record("system:faces", "face.forgotten", f"person:{person}")


def _own_key(person: int) -> bytes:
    """The person's own key; a new one where there is none, or where it does not open: then nothing does any more."""
    FaceKey.objects.bulk_create([_new_key(person)[0]], ignore_conflicts=True)
    row = FaceKey.objects.select_for_update().get(person_id=person)
    try:
        return unwrapped(person, bytes(row.wrapped), row.key)
    except sealing.SealedError:
        fresh, key = _new_key(person)
        fresh.save()
        audit.record("system:faces", "face.key_broken", f"person:{person}")
        return key


def _new_key(person: int) -> tuple[FaceKey, bytes]:
    key = secrets.token_bytes(32)
    return wrapped(person, key), key


def wrapped(person: int, key: bytes) -> FaceKey:
    """A person's key under the newest of the installation's."""
    sealed, name = sealing.seal(key, about=f"face-key/{person}")
    return FaceKey(person_id=person, wrapped=sealed, key=name)


def unwrapped(person: int, sealed: bytes, name: str) -> bytes:
    """A person's key. Raises LockedError where the installation's file has no key of that name, SealedError."""
    if not sealing.has(name):
        raise LockedError
    return sealing.unseal(sealed, key=name, about=f"face-key/{person}")


def _about(person: int, engine: str) -> str:
    return f"{person}/{engine}"


def sealed(key: bytes, data: bytes, about: str) -> bytes:
    """The data under a key; they open only as being `about` the same."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, about.encode())


def unsealed(key: bytes, data: bytes, about: str) -> bytes:
    """What was sealed. Raises SealedError."""
    try:
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], about.encode())
    except (InvalidTag, ValueError):
        raise sealing.SealedError("the sealed bytes are not those of this person") from None


def _opened(rows: Sequence[tuple[int, int, str, bytes, bytes | None, str]]) -> Opened:
    batch = Opened([], None, [], [])
    for number, person, engine, data, own, name in rows:
        try:
            key = unwrapped(person, bytes(own), name) if own else b""
            batch.rows.append(Row(number, person, unsealed(key, bytes(data), _about(person, engine))))
        except LockedError:
            batch.locked.append(number)
        except sealing.SealedError:
            batch.broken.append(number)
    if batch.broken:
        put_aside(batch.broken)
    return batch


def put_aside(numbers: Sequence[int]) -> None:
    """These do not open: note it once, in the audit of each person and in the log; they are served no more."""
    with transaction.atomic():
        rows = FaceTemplate.objects.select_for_update().filter(id__in=numbers, broken_at=None)
        for person, engine in rows.values_list("person_id", "engine"):
            audit.record("system:faces", "face.template_broken", f"person:{person}", {"engine": engine})
        told = FaceTemplate.objects.filter(id__in=numbers, broken_at=None).update(broken_at=clock.now())
    if told:
        logger.error("Templates of faces do not open and were put aside", extra={"count": told})
