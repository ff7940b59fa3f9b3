"""A POST that is sent twice is done once and answered the same (the `Idempotency-Key` header).

The key's row is written in the transaction of the work it names, so the two become true
together. A concurrent duplicate waits at the unique index for the first to end: if it
committed, its answer is replayed; if it failed, the duplicate does the work. Refusals
are not remembered: nothing was done, and a repetition is judged afresh.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from sala.kit import clock, sql
from sala.kit.problems import Refused, malformed

KEPT_FOR = timedelta(hours=48)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

_BEGIN = """
insert into kit_idempotencykey (actor, key, fingerprint, status, headers, body)
values (%(actor)s, %(key)s, %(fingerprint)s, 0, '{}', '')
on conflict (actor, key) do nothing returning 1"""
_KEEP = """
update kit_idempotencykey set status = %(status)s, headers = %(headers)s, body = %(body)s
where actor = %(actor)s and key = %(key)s"""
_FIND = """
select fingerprint, status, headers, body from kit_idempotencykey where actor = %(actor)s and key = %(key)s"""


@dataclass(frozen=True, slots=True)
class Key:
    """Whose POST, under which key, and what exactly was asked."""

    actor: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that was given."""

    status: int
    headers: dict[str, str]
    body: str


def checked(text: str) -> str:
    """`text` if it can be a key: 1–255 visible ASCII characters. Raises the problem otherwise."""
    if _KEY.fullmatch(text):
        return text
    raise malformed(
        "Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID",
        "Idempotency-Key ต้องเป็นอักขระ ASCII ที่มองเห็นได้ 1–255 ตัว เช่น UUID",
    )


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """What tells one request from another under the same key. `path` with its query, which may hold a case's key:
    callers without a token are one actor, and who cannot show the key must not be told what its holder was."""
    return hashlib.sha256(f"{method} {path}\n".encode() + body).digest()


def begin(key: Key) -> Kept | None:
    """Within the work's transaction, before it: None when the work is to be done, else the answer it had.

    Raises a problem when the key was used for another request.
    """
    if sql.fetch_one(_BEGIN, {"actor": key.actor, "key": key.key, "fingerprint": key.fingerprint}):
        return None
    return recall(key)


def keep(key: Key, kept: Kept) -> None:
    """After the work, in its transaction: remember the answer."""
    values = {"status": kept.status, "headers": sql.jsonb(kept.headers), "body": kept.body}
    sql.execute(_KEEP, {"actor": key.actor, "key": key.key, **values})


def recall(key: Key) -> Kept:
    """The answer given before under `key`. Raises a problem when it was given to another request."""
    if (kept := recalled(key)) is None:  # swept between the conflict and this read
        raise Refused("unavailable")
    return kept


def recalled(key: Key) -> Kept | None:
    """The answer given before under `key`, if one was. Raises a problem when it was given to another request."""
    row = sql.fetch_one(_FIND, {"actor": key.actor, "key": key.key})
    if row is None:
        return None
    asked, status, headers, body = row
    if bytes(asked) != key.fingerprint:
        raise Refused("idempotency_key_reused")
    return Kept(status, _headers(headers), body)


def sweep() -> int:
    """Forget answers older than `KEPT_FOR`; how many. They hold personal data: run it every hour."""
    return sql.execute("delete from kit_idempotencykey where created_at < %s", [clock.now() - KEPT_FOR])


def _headers(value: Any) -> dict[str, str]:
    return msgspec.json.decode(value, type=dict[str, str]) if isinstance(value, str) else dict(value)
