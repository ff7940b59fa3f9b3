"""Who holds this session or token: one prepared read, with the person's posts of today; lists for the own pages.

The posts are the directory's table: joined here since two reads would double the cost of every request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from sala.identity.accounts.actor import Actor, Seat
from sala.identity.accounts.models import ApiToken, Passkey, Session
from sala.identity.accounts.rules import SESSION_IDLE
from sala.kit import clock, sql
from sala.kit.ids import hash_token

TOUCH_EVERY = timedelta(minutes=5)
TOKEN_TOUCH_EVERY = timedelta(hours=1)

_PERSON = """
a.id, a.email, a.given_name, a.surname, a.phone, a.language,
(SELECT jsonb_agg(jsonb_build_object('agency', p.agency_id, 'office', p.office_id, 'role', p.role,
                                     'services', p.services) ORDER BY p.id)
   FROM directory_post p
  WHERE p.account_id = a.id AND p.since <= %(today)s AND (p.until IS NULL OR p.until >= %(today)s))
"""
_OPEN = """
  FROM accounts_session s JOIN accounts_account a ON a.id = s.account_id
 WHERE s.ended_at IS NULL AND s.expires_at > %(now)s AND s.last_seen_at > %(idle)s AND a.closed_at IS NULL
"""
_SESSION = f"SELECT {_PERSON}, s.id, s.last_seen_at {_OPEN} AND s.token_hash = %(hash)s"
_PRESENT = f"""
SELECT s.token_hash, s.account_id, s.id, s.methods, coalesce(s.proved_at, s.created_at), s.last_seen_at
{_OPEN} AND s.token_hash = ANY(%(hashes)s)
"""
_TOKEN = f"""
SELECT {_PERSON}, t.id, t.last_used_at, t.scopes, t.token_hash
  FROM accounts_apitoken t JOIN accounts_account a ON a.id = t.account_id
 WHERE t.token_hash = ANY(%(hashes)s) AND t.revoked_at IS NULL AND t.expires_at > %(now)s AND a.closed_at IS NULL
"""  # noqa: S608 - a constant of this module
_OFFICER = f"SELECT {_PERSON} FROM accounts_account a WHERE a.id = %(id)s AND a.closed_at IS NULL"  # noqa: S608

_seats = msgspec.json.Decoder(tuple[Seat, ...])


@dataclass(frozen=True, slots=True)
class Found:
    """The actor, and whether it is time to note that the session or token was used."""

    actor: Actor
    touch: bool


def by_session(token: str) -> Found | None:
    """The person signed in with the cookie `token`; None if it is unknown, ended, idle too long or expired."""
    now = clock.now()
    given = {"hash": hash_token(token), "now": now, "idle": now - SESSION_IDLE, "today": clock.today()}
    row = sql.fetch_one(_SESSION, given)
    if row is None:
        return None
    actor = _actor(row, kind="account", id_=str(row[0]), scopes=None, session_id=row[7])
    return Found(actor, touch=_due(row[8], TOUCH_EVERY))


def by_token(token: str) -> Found | None:
    """The owner of the API token, limited to its scopes; None if it is unknown, revoked or expired."""
    return by_tokens([token])[0]


def by_tokens(tokens: Sequence[str]) -> list[Found | None]:
    """For each of these API tokens what `by_token` tells, by one read of them all."""
    hashes = [hash_token(token) for token in tokens]
    rows = sql.fetch_all(_TOKEN, {"hashes": hashes, "now": clock.now(), "today": clock.today()})
    found = {bytes(row[10]): _of_token(row) for row in rows}
    return [found.get(one) for one in hashes]


def _of_token(row: tuple[Any, ...]) -> Found:
    actor = _actor(row, kind="token", id_=str(row[7]), scopes=frozenset(row[9]), session_id=None)
    return Found(actor, touch=_due(row[8], TOKEN_TOUCH_EVERY))


def officer(account_id: UUID) -> Actor | None:
    """The person of this account with today's posts, where nobody signs in: behind a calendar's secret address.

    None once the account is closed.
    """
    row = sql.fetch_one(_OFFICER, {"id": account_id, "today": clock.today()})
    return _actor(row, kind="account", id_=str(row[0]), scopes=None, session_id=None) if row else None


_PROOF = """
SELECT methods, coalesce(proved_at, created_at) FROM accounts_session WHERE id = %s AND ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """How and when the person at a session last proved to be there; `methods` in the words of RFC 8176."""

    methods: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Present:
    """Who sits at a browser: the account, the session, how it was proven; `touch` as `Found` has it."""

    account_id: UUID
    session_id: UUID
    proof: Proof
    touch: bool = False


def present(tokens: Sequence[str]) -> list[Present | None]:
    """For each of these cookies whose session it is, as `by_session` would tell; one read of them all."""
    hashes, now = [hash_token(token) for token in tokens], clock.now()
    given = {"hashes": hashes, "now": now, "idle": now - SESSION_IDLE}
    rows = sql.fetch_all(_PRESENT, given, binary=True) if hashes else []
    found = {
        bytes(hash_): Present(account, session, Proof(tuple(methods), at), touch=_due(seen, TOUCH_EVERY))
        for hash_, account, session, methods, at, seen in rows
    }
    return [found.get(one) for one in hashes]


def proof_of(session_id: UUID) -> Proof | None:
    """The proof of a session that is open; None if it has ended."""
    row = sql.fetch_one(_PROOF, [session_id])
    return Proof(tuple(row[0]), row[1]) if row else None


_BY_EMAIL = "SELECT id FROM accounts_account WHERE lower(email) = lower(%s) AND closed_at IS NULL"


def by_email(email: str) -> UUID | None:
    """The open account of this address, however its capitals are written."""
    row = sql.fetch_one(_BY_EMAIL, [email])
    return row[0] if row else None


def sessions_of(account_id: UUID) -> list[Session]:
    """The account's sessions that are open now, the last used first."""
    now = clock.now()
    living = Session.objects.filter(
        account_id=account_id, ended_at=None, expires_at__gt=now, last_seen_at__gt=now - SESSION_IDLE
    )
    return list(living.order_by("-last_seen_at"))


def passkeys_of(account_id: UUID) -> list[Passkey]:
    """The account's passkeys, the oldest first."""
    return list(Passkey.objects.filter(account_id=account_id).order_by("created_at"))


def tokens_of(account_id: UUID) -> list[ApiToken]:
    """The account's API tokens that work now, the newest first."""
    living = ApiToken.objects.filter(account_id=account_id, revoked_at=None, expires_at__gt=clock.now())
    return list(living.order_by("-created_at"))


def _due(last: datetime | None, every: timedelta) -> bool:
    return last is None or last < clock.now() - every


def _actor(row: tuple[Any, ...], *, kind: str, id_: str, scopes: frozenset[str] | None, session_id: Any) -> Actor:
    account_id, email, given_name, surname, phone, language, posts = row[:7]
    return Actor(
        kind=kind,
        id=id_,
        account_id=account_id,
        name=f"{given_name} {surname}".strip(),
        email=email,
        phone=phone,
        given_name=given_name,
        surname=surname,
        language=language,
        seats=_seats.decode(posts) if posts else (),
        scopes=scopes,
        session_id=session_id,
    )
