"""From a request to sign in to its code: what stands between, one step after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings

from sala.identity.accounts import queries as accounts
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.queries import Proof
from sala.identity.accounts.rules import BY_PASSWORD
from sala.identity.people import queries as people
from sala.identity.people.queries import PersonCard
from sala.identity.people.rules import is_invented, is_pid
from sala.identity.provider import clients, legacy, levels, logout, rules
from sala.identity.provider.clients import Party
from sala.identity.provider.rules import Asked
from sala.identity.provider.scopes import OPENID
from sala.identity.provider.waiting import Waiting
from sala.kit import clock, sql
from sala.kit.ids import hash_token, new_token, uuid7


class Step(StrEnum):
    """What the person has to do first; the value is what a silent request (`prompt=none`) is answered."""

    SIGN_IN = "login_required"
    OTHER = "other"
    PROVE = "prove"
    STEP_UP = "step_up"
    PERSON = "interaction_required"
    CONSENT = "consent_required"

    @property
    def error(self) -> str:
        return Step.SIGN_IN.value if self in {Step.PROVE, Step.STEP_UP, Step.OTHER} else self.value


@dataclass(frozen=True, slots=True)
class Known:
    """Who it is: the account, the person it belongs to, when they last proved it, in which session (of ours: none,
    where they approved elsewhere), by which methods (RFC 8176)."""

    account_id: UUID
    person_id: int
    signed_in_at: datetime
    session_id: UUID | None = None
    methods: tuple[str, ...] = ()


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
    known, asked = who(waiting, actor), waiting.asked
    given = consent(actor.account_id, asked.client) if actor.account_id else None
    undecided = given is None or set(asked.scopes) - {OPENID} - given.agreed - given.refused
    if known is Step.OTHER and asked.silent and undecided and is_pid(asked.hint_subject):
        # Whether this number is theirs is for the person to tell: else an RP could try one after the other.
        return Step.CONSENT
    if isinstance(known, Step):
        return known
    if given is None or undecided or "consent" in asked.prompt:
        return Step.CONSENT
    return Ready(known, asked.granted(given.agreed))


def who(waiting: Waiting, actor: Actor) -> Known | Step:
    """Who sits there, or the step that is missing to know it well enough."""
    if actor.account_id is None or actor.session_id is None:
        return Step.SIGN_IN
    proof = _proof(waiting, actor.account_id, actor.session_id)
    if isinstance(proof, Step):
        return proof
    return person(waiting.asked, Known(actor.account_id, 0, proof.at, actor.session_id, proof.methods))


def person(asked: Asked, known: Known) -> Known | Step:
    """Whose account it is in the civil register; a step if it is nobody's whom this RP may be told of."""
    linked = people.of_account(known.account_id)
    if linked is None or not fits(asked.client, linked.person):
        return Step.PERSON
    if asked.hint_subject and not _is_meant(asked.hint_subject, asked.client, known.account_id, linked.person):
        return Step.OTHER
    return replace(known, person_id=linked.person.id)


_IS_SUBJECT = "SELECT FROM provider_subject WHERE value = %s AND person_id = %s AND sector = %s"


def _is_meant(subject: str, client_id: str, account_id: UUID, person: PersonCard) -> bool:
    """Whether the RP knows this person by the name it hinted at. A number from which the person kept the RP is neither
    confirmed nor denied to it."""
    client = clients.party(client_id)
    if client is None:
        return False
    if legacy.applies(client) and is_pid(subject):
        given = consent(account_id, client_id)
        return subject == person.pid or (given is not None and legacy.PID in given.refused)
    return sql.fetch_one(_IS_SUBJECT, [subject, person.id, client.sector]) is not None


def fits(client_id: str, person: PersonCard) -> bool:
    """Whether this RP may be told of this person: a sandbox never of a real one."""
    client = clients.party(client_id)
    return client is not None and rules.may_be_told(
        sandbox=client.sandbox, invented=is_invented(person.pid), demonstration=settings.DEMO
    )


def _proof(waiting: Waiting, account_id: UUID, session_id: UUID) -> Proof | Step:
    """How they proved to be there, recently and well enough for this RP; or the step that is missing."""
    found = [accounts.proof_of(session_id)]
    if waiting.proved_at and waiting.account_id == account_id:
        found.append(Proof(BY_PASSWORD, waiting.proved_at))
    fresh = [one for one in found if one and rules.fresh(waiting.asked, one.at, asked_at=waiting.since)]
    best = max(fresh, key=lambda one: (levels.level(one.methods), one.at), default=None)
    if levels.needs_passkey(waiting.asked) and (best is None or levels.level(best.methods) != levels.AAL2):
        return Step.STEP_UP
    return best or Step.PROVE


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
                            nonce, auth_time, acr, amr, session_id, sid, jkt, claims, created_at, code_expires_at,
                            ends_at)
SELECT %(id)s, %(client)s, %(account)s, %(person)s,
       coalesce((SELECT pid FROM people_person WHERE id = %(person)s AND %(by_pid)s), value),
       %(scopes)s, %(code)s, %(uri)s, %(challenge)s,
       %(nonce)s, %(auth_time)s, %(acr)s, %(amr)s, %(session)s, %(sid)s, %(jkt)s, %(claims)s, %(now)s, %(code_ends)s,
       %(ends)s
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
        "jkt": asked.jkt,
        # ThaID's relying parties know a person by the number; never by one that the person kept to themselves.
        "by_pid": legacy.applies(client) and legacy.PID in ready.scopes,
        "claims": sql.jsonb(asked.claims),
        "auth_time": ready.known.signed_in_at,
        "acr": levels.level(ready.known.methods),
        "amr": list(ready.known.methods),
        "session": ready.known.session_id,
        "sid": logout.sid(ready.known.session_id, client.id) if ready.known.session_id else "",
        "now": now,
        "code_ends": now + rules.CODE_AGE,
        "ends": now + rules.GRANT_AGE,
    }
