"""From a request to sign in to its code: what stands between, one step after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings

from sala.identity.accounts import queries as accounts
from sala.identity.accounts.actor import Actor
from sala.identity.people import queries as people
from sala.identity.people.queries import PersonCard
from sala.identity.people.rules import is_invented
from sala.identity.provider import clients, logout, rules
from sala.identity.provider.clients import Party
from sala.identity.provider.rules import Asked
from sala.identity.provider.scopes import OPENID
from sala.identity.provider.waiting import Waiting
from sala.kit import clock, sql
from sala.kit.ids import hash_token, new_token, uuid7


class Step(StrEnum):
    """What the person has to do first; the value is what a silent request (`prompt=none`) is answered."""

    SIGN_IN = "login_required"
    PROVE = "prove"
    PERSON = "interaction_required"
    CONSENT = "consent_required"

    @property
    def error(self) -> str:
        return Step.SIGN_IN.value if self is Step.PROVE else self.value


@dataclass(frozen=True, slots=True)
class Known:
    """Who sits there: the account, the person it belongs to, since when they are signed in, in which session."""

    account_id: UUID
    person_id: int
    signed_in_at: datetime
    session_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a person agreed to tell this RP, and what not."""

    agreed: frozenset[str]
    refused: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ready:
    """Nothing stands between: who signs in, and what they tell."""

    known: Known
    scopes: tuple[str, ...]


_CONSENT = "SELECT agreed, refused FROM provider_consent WHERE account_id = %s AND client_id = %s"


def consent(account_id: UUID, client_id: str) -> Agreed | None:
    """What the person decided about this RP; None if they were never asked, or took it back."""
    row = sql.fetch_one(_CONSENT, [account_id, client_id])
    return Agreed(frozenset(row[0]), frozenset(row[1])) if row else None


def step(waiting: Waiting, actor: Actor) -> Step | Ready:
    """What comes next for this request and whoever sits at the browser."""
    known = who(waiting, actor)
    if isinstance(known, Step):
        return known
    given = consent(known.account_id, waiting.asked.client)
    asked = [scope for scope in waiting.asked.scopes if scope != OPENID]
    if given is None or "consent" in waiting.asked.prompt or set(asked) - given.agreed - given.refused:
        return Step.CONSENT
    return Ready(known, (OPENID, *(scope for scope in asked if scope in given.agreed)))


def who(waiting: Waiting, actor: Actor) -> Known | Step:
    """Who sits there, or the step that is missing to know it well enough."""
    if actor.account_id is None or actor.session_id is None:
        return Step.SIGN_IN
    moment = _signed_in_at(waiting, actor.account_id, actor.session_id)
    if moment is None or not rules.fresh(waiting.asked, moment, asked_at=waiting.since):
        return Step.PROVE
    linked = people.of_account(actor.account_id)
    if linked is None or not fits(waiting.asked.client, linked.person):
        return Step.PERSON
    return Known(actor.account_id, linked.person.id, moment, actor.session_id)


def fits(client_id: str, person: PersonCard) -> bool:
    """Whether this RP may be told of this person: a sandbox never of a real one."""
    client = clients.party(client_id)
    return client is not None and rules.may_be_told(
        sandbox=client.sandbox, invented=is_invented(person.pid), demonstration=settings.DEMO
    )


def _signed_in_at(waiting: Waiting, account_id: UUID, session_id: UUID) -> datetime | None:
    if waiting.proved_at and waiting.account_id == account_id:
        return waiting.proved_at
    return next((one.created_at for one in accounts.sessions_of(account_id) if one.id == session_id), None)


_GRANT = """
WITH known AS (
  SELECT value FROM provider_subject WHERE person_id = %(person)s AND sector = %(sector)s
), made AS (
  INSERT INTO provider_subject (value, sector, person_id)
  SELECT %(fresh)s, %(sector)s, %(person)s WHERE NOT EXISTS (SELECT FROM known)
  ON CONFLICT (person_id, sector) DO UPDATE SET sector = excluded.sector
  RETURNING value
), look AS (
  INSERT INTO provider_look (at, client_id, account_id, act, scopes, outcome, detail)
  VALUES (%(now)s, %(client)s, %(account)s, 'authorize', %(scopes)s, '', '')
)
INSERT INTO provider_grant (id, client_id, account_id, person_id, subject, scopes, code_hash, redirect_uri, challenge,
                            nonce, auth_time, session_id, sid, created_at, code_expires_at, ends_at)
SELECT %(id)s, %(client)s, %(account)s, %(person)s, value, %(scopes)s, %(code)s, %(uri)s, %(challenge)s,
       %(nonce)s, %(auth_time)s, %(session)s, %(sid)s, %(now)s, %(code_ends)s, %(ends)s
  FROM (SELECT value FROM known UNION ALL SELECT value FROM made) subject
"""


def grant(asked: Asked, ready: Ready, client: Party) -> str:
    """Sign the person in at the RP: the code for it, good once and for a minute. One statement."""
    code = new_token()
    sql.execute(_GRANT, _row(asked, ready, client, code))
    return code


def _row(asked: Asked, ready: Ready, client: Party, code: str) -> dict[str, Any]:
    now = clock.now()
    return {
        "id": uuid7(),
        "person": ready.known.person_id,
        "account": ready.known.account_id,
        "client": client.id,
        "sector": client.sector,
        "fresh": new_token(),
        "scopes": list(ready.scopes),
        "code": hash_token(code),
        "uri": asked.redirect_uri,
        "challenge": asked.challenge,
        "nonce": asked.nonce,
        "auth_time": ready.known.signed_in_at,
        "session": ready.known.session_id,
        "sid": logout.sid(ready.known.session_id, client.id) if ready.known.session_id else "",
        "now": now,
        "code_ends": now + rules.CODE_AGE,
        "ends": now + rules.GRANT_AGE,
    }
