"""Requests to sign in that wait: pushed by the RP, or for the person at the browser. Known by a random handle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sala.identity.provider import rules
from sala.identity.provider.rules import Asked
from sala.kit import clock, sql
from sala.kit.ids import hash_token, new_token

_KEEP = """
INSERT INTO provider_authorizationrequest (token_hash, client_id, pushed, asked, created_at, expires_at)
VALUES (%(hash)s, %(client)s, %(pushed)s, %(asked)s, %(now)s, %(ends)s)
"""
_TAKE = """
DELETE FROM provider_authorizationrequest WHERE token_hash = %(hash)s AND pushed = %(pushed)s AND expires_at > %(now)s
RETURNING asked, created_at, account_id, proved_at, approval_id
"""
_LOOK = """
SELECT asked, created_at, account_id, proved_at, approval_id FROM provider_authorizationrequest
 WHERE token_hash = %(hash)s AND NOT pushed AND expires_at > %(now)s
"""
_PROVED = """
UPDATE provider_authorizationrequest SET account_id = %(account)s, proved_at = %(now)s
 WHERE token_hash = %(hash)s AND NOT pushed
"""
_ON_PHONE = """
UPDATE provider_authorizationrequest SET approval_id = %(approval)s WHERE token_hash = %(hash)s AND NOT pushed
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was asked and when; who proved anew to be there, and when; what waits for an answer by phone."""

    asked: Asked
    since: datetime
    account_id: UUID | None = None
    proved_at: datetime | None = None
    approval_id: UUID | None = None


def push(asked: Asked) -> str:
    """Keep what an RP pushed (RFC 9126); its `request_uri`, good for one use within `rules.PUSHED_AGE`."""
    return rules.REQUEST_URI + _keep(asked, pushed=True)


def pushed(request_uri: str, *, client_id: str) -> Asked | None:
    """Use what was pushed up; None if there is none such of this client, or it was used."""
    if not request_uri.startswith(rules.REQUEST_URI):
        return None
    row = sql.fetch_one(_TAKE, _given(request_uri.removeprefix(rules.REQUEST_URI), pushed=True))
    found = _waiting(row)
    return found.asked if found and found.asked.client == client_id else None


def hold(asked: Asked) -> str:
    """Keep a request while its person signs in and agrees; its handle."""
    return _keep(asked, pushed=False)


def look(handle: str) -> Waiting | None:
    """The request that waits under this handle; None if it is done, too old or unknown."""
    return _waiting(sql.fetch_one(_LOOK, _given(handle)))


def take(handle: str) -> bool:
    """End it: it is being answered. False if somebody else has."""
    return sql.fetch_one(_TAKE, _given(handle, pushed=False)) is not None


def proved(handle: str, account_id: UUID) -> None:
    """The person of this account has just shown that it is they who sit there."""
    sql.execute(_PROVED, {"hash": hash_token(handle), "account": account_id, "now": clock.now()})


def on_phone(handle: str, approval_id: UUID) -> None:
    """It may be answered by this approval of the wallet, and by no earlier one."""
    sql.execute(_ON_PHONE, {"hash": hash_token(handle), "approval": approval_id})


def _keep(asked: Asked, *, pushed: bool) -> str:
    token, now = new_token(), clock.now()
    ends = now + (rules.PUSHED_AGE if pushed else rules.WAITING_AGE)
    kept = sql.jsonb(asked)
    given = {"client": asked.client, "pushed": pushed, "asked": kept, "now": now, "ends": ends}
    sql.execute(_KEEP, {"hash": hash_token(token), **given})
    return token


def _given(token: str, **more: Any) -> dict[str, Any]:
    return {"hash": hash_token(token), "now": clock.now(), **more}


def _waiting(row: tuple[Any, ...] | None) -> Waiting | None:
    if row is None:
        return None
    asked, since, account_id, proved_at, approval_id = row
    return Waiting(msgspec.json.decode(asked, type=Asked), since, account_id, proved_at, approval_id)
