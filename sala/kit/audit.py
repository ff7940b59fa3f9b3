"""Who did or looked at what: append-only, and chained so that a row removed or altered shows.

A request only inserts (`record`); a background job numbers and hashes (`seal`), since a chain
that every request extended would make them queue for its end. `verify` walks the chain.
Within the database's owner's reach nothing is safe: publish `head()` somewhere else, and
give it back to `verify`, which then also sees a cut-off end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from django.db import transaction

from sala.kit import sql

_GENESIS = bytes(32)
_LOCK = 0x53414C41  # "SALA"; the sealer's advisory lock
_encoder = msgspec.json.Encoder(order="sorted")

_INSERT = "insert into kit_auditentry (actor, action, subject, detail) values (%s, %s, %s, %s)"
_HEAD = "select number, hash from kit_auditentry where number is not null order by number desc limit 1"
_UNSEALED = """
select id, at, actor, action, subject, detail from kit_auditentry where number is null order by id limit %s"""
_SEAL = """
update kit_auditentry e set number = s.number, hash = s.hash
from unnest(%s::bigint[], %s::bigint[], %s::bytea[]) s (id, number, hash) where e.id = s.id"""
_CHAIN = """
select number, hash, at, actor, action, subject, detail from kit_auditentry
where number > %s order by number limit %s"""

_OF_SUBJECT = """
select at, actor, action, detail from kit_auditentry where subject = %s order by id desc limit %s"""
# For each action its newest few by the index on (subject, action, id): what else was done there costs nothing.
_DEEDS = """
select e.at, e.actor, e.action, e.detail
from unnest(%(actions)s::text[]) one (action) cross join lateral (
    select id, at, actor, action, detail from kit_auditentry
    where subject = %(subject)s and action = one.action order by id desc limit %(limit)s
) e order by e.id desc limit %(limit)s"""
# For each subject its newest few by the index on (subject, id), then the newest of those: what it costs hangs on the
# number of subjects and the page's length, not on how many entries there are.
_OF_SUBJECTS = """
select e.id, e.at, e.actor, e.action, e.subject, e.detail
from unnest(%(subjects)s::text[]) one (subject) cross join lateral (
    select id, at, actor, action, subject, detail from kit_auditentry
    where subject = one.subject and id < %(before)s and action = any(%(actions)s) and actor <> %(but)s
    order by id desc limit %(limit)s
) e order by e.id desc limit %(limit)s"""
MOST = 500
"""Entries that a page of one subject shows."""


class Entry(NamedTuple):
    """Who did what, when."""

    at: datetime
    actor: str
    action: str
    detail: dict[str, Any]


class Numbered(NamedTuple):
    """An entry with its place and its subject."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


class Head(NamedTuple):
    """The end of the chain: everything up to `number` is vouched for by `hash`."""

    number: int
    hash: bytes


class BrokenChainError(Exception):
    """The chain does not hold; `number` is the first entry that is not as it was sealed."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the audit's entry {number} is missing or altered")
        self.number = number


def record(actor: str, action: str, subject: str, detail: dict[str, Any] | None = None) -> None:
    """Write one entry in the current transaction. `actor` is `Actor.label`; `detail` must hold no secrets."""
    sql.execute(_INSERT, (actor, action, subject, sql.jsonb(detail or {})))


def of_subject(subject: str) -> list[Entry]:
    """The newest `MOST` entries about a subject, the newest first."""
    rows = sql.fetch_all(_OF_SUBJECT, (subject, MOST))
    return [Entry(at, actor, action, _facts(detail)) for at, actor, action, detail in rows]


def deeds(subject: str, actions: Collection[str]) -> list[Entry]:
    """The newest `MOST` entries of these actions about a subject, the newest first, however many others there are."""
    rows = sql.fetch_all(_DEEDS, {"subject": subject, "actions": list(actions), "limit": MOST})
    return [Entry(at, actor, action, _facts(detail)) for at, actor, action, detail in rows]


def of_subjects(
    subjects: Collection[str], actions: Collection[str], *, before: int | None = None, but: str = "", limit: int
) -> list[Numbered]:
    """The newest entries about any of the subjects, older than number `before`, but those of the actor `but`."""
    given = {"subjects": list(subjects), "actions": list(actions), "but": but, "limit": limit}
    rows = sql.fetch_all(_OF_SUBJECTS, given | {"before": before if before is not None else 2**62})
    return [
        Numbered(number, at, actor, action, subject, _facts(detail))
        for number, at, actor, action, subject, detail in rows
    ]


def _facts(detail: Any) -> dict[str, Any]:
    return msgspec.json.decode(detail) if isinstance(detail, str) else detail  # type: ignore[no-any-return]


def seal(*, batch: int = 1000) -> int:
    """Number and hash what is not yet sealed, oldest first; how many. Zero also when another sealer is at work."""
    total = 0
    while sealed := _seal_batch(batch):
        total += sealed
        if sealed < batch:
            break
    return total


def _seal_batch(batch: int) -> int:
    with transaction.atomic():
        held = sql.fetch_one("select pg_try_advisory_xact_lock(%s)", (_LOCK,))
        if not held or not held[0]:
            return 0
        number, before = head()
        rows = sql.fetch_all(_UNSEALED, (batch,))
        hashes: list[bytes] = []
        for offset, (_, *entry) in enumerate(rows, start=1):
            before = _hash(before, number + offset, entry)
            hashes.append(before)
        numbers = list(range(number + 1, number + len(rows) + 1))
        return sql.execute(_SEAL, ([row[0] for row in rows], numbers, hashes)) if rows else 0


def head() -> Head:
    """The last sealed entry; number 0 when there is none."""
    row = sql.fetch_one(_HEAD)
    return Head(row[0], bytes(row[1])) if row else Head(0, _GENESIS)


def verify(expected: Head | None = None, *, batch: int = 10_000) -> Head:
    """Walk the chain from its start; its head. Raises `BrokenChainError`, also when `expected` is not on it."""
    number, before = 0, _GENESIS
    for found, sealed, *entry in _chain(batch):
        number += 1
        before = _hash(before, number, entry)
        if found != number or bytes(sealed) != before:
            raise BrokenChainError(number)
        if expected and number == expected.number and before != expected.hash:
            raise BrokenChainError(number)
    if expected and expected.number > number:
        raise BrokenChainError(number + 1)
    return Head(number, before)


def _chain(batch: int) -> Iterator[tuple[Any, ...]]:
    last = 0
    while rows := sql.fetch_all(_CHAIN, (last, batch)):
        yield from rows
        last = rows[-1][0]


def _hash(before: bytes, number: int, entry: list[Any]) -> bytes:
    at, actor, action, subject, detail = entry
    moment: datetime = at.astimezone(UTC)
    # Detail comes from the connection as text: decoded, so that its hash does not hang on PostgreSQL's spacing.
    facts = msgspec.json.decode(detail) if isinstance(detail, str) else detail
    content = [number, moment.isoformat(timespec="microseconds"), actor, action, subject, facts]
    return hashlib.sha256(before + _encoder.encode(content)).digest()
