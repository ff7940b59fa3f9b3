"""From a request to sign in to its code: what stands between, one step after the other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from sala.identity.accounts import queries as accounts
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.queries import Present, Proof
from sala.identity.accounts.rules import BY_PASSWORD
from sala.identity.people import queries as people
from sala.identity.people.queries import Holder
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


_CONSENTS = """
SELECT c.account_id, c.client_id, c.agreed, c.refused FROM provider_consent c
  JOIN unnest(%(accounts)s::uuid[], %(clients)s::text[]) AS o (account, client)
    ON c.account_id = o.account AND c.client_id = o.client
"""


def consent(account_id: UUID, client_id: str) -> Agreed | None:
    """What the person decided about this RP; None if they were never asked, or took it back."""
    return _consents({(account_id, client_id)}).get((account_id, client_id))


def _consents(pairs: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], Agreed]:
    given = {"accounts": [account for account, _ in pairs], "clients": [client for _, client in pairs]}
    rows = sql.fetch_all(_CONSENTS, given, binary=True) if pairs else []
    return {(account, client): Agreed(frozenset(yes), frozenset(no)) for account, client, yes, no in rows}


def step(waiting: Waiting, actor: Actor) -> Step | Ready:
    """What comes next for this request and whoever sits at the browser."""
    (found,) = steps([(waiting, _present(actor))])
    return found


def steps(arrivals: Sequence[tuple[Waiting, Present | None]]) -> list[Step | Ready]:
    """For each of these requests, and who sits at its browser, what comes next; the same few reads for them all."""
    pairs = {(one.account_id, waiting.asked.client) for waiting, one in arrivals if one}
    holders, given = people.holders({account for account, _ in pairs}), _consents(pairs)
    return [
        _step(waiting, one, holders.get(one.account_id), given.get((one.account_id, waiting.asked.client)))
        if one
        else Step.SIGN_IN
        for waiting, one in arrivals
    ]


def _step(waiting: Waiting, present: Present, holder: Holder | None, given: Agreed | None) -> Step | Ready:
    known, asked = _who(waiting, present, holder), waiting.asked
    undecided = given is None or set(asked.scopes) - {OPENID} - given.agreed - given.refused
    if known is Step.OTHER and asked.silent and undecided and is_pid(asked.hint_subject):
        # Whether this number is theirs is for the person to tell: else an RP could try one after the other.
        return Step.CONSENT
    if isinstance(known, Step):
        return known
    if given is None or undecided or "consent" in asked.prompt or _may_be_anybodys(asked):
        return Step.CONSENT
    return Ready(known, asked.granted(given.agreed))


def _may_be_anybodys(asked: Asked) -> bool:
    """A program on the person's own machine that proves itself by nothing: any other there could ask in its name, so
    the person is asked each time (RFC 8252, 8.6)."""
    client = clients.party(asked.client)
    return client is not None and client.public and rules.is_own_machine(asked.redirect_uri)


def _present(actor: Actor) -> Present | None:
    if actor.account_id is None or actor.session_id is None:
        return None
    proof = accounts.proof_of(actor.session_id)
    return Present(actor.account_id, actor.session_id, proof) if proof else None


def who(waiting: Waiting, actor: Actor) -> Known | Step:
    """Who sits there, or the step that is missing to know it well enough."""
    present = _present(actor)
    if present is None:
        return Step.SIGN_IN
    return _who(waiting, present, people.holders([present.account_id]).get(present.account_id))


def _who(waiting: Waiting, present: Present, holder: Holder | None) -> Known | Step:
    proof = _proof(waiting, present)
    if isinstance(proof, Step):
        return proof
    return _person(waiting.asked, Known(present.account_id, 0, proof.at, present.session_id, proof.methods), holder)


def person(asked: Asked, known: Known) -> Known | Step:
    """Whose account it is in the civil register; a step if it is nobody's whom this RP may be told of."""
    return _person(asked, known, people.holders([known.account_id]).get(known.account_id))


def _person(asked: Asked, known: Known, holder: Holder | None) -> Known | Step:
    if holder is None or not fits(asked.client, holder.pid):
        return Step.PERSON
    if asked.hint_subject and not _is_meant(asked.hint_subject, asked.client, known.account_id, holder):
        return Step.OTHER
    return replace(known, person_id=holder.id)


_IS_SUBJECT = "SELECT FROM provider_subject WHERE value = %s AND person_id = %s AND sector = %s"


def _is_meant(subject: str, client_id: str, account_id: UUID, person: Holder) -> bool:
    """Whether the RP knows this person by the name it hinted at. A number from which the person kept the RP is neither
    confirmed nor denied to it."""
    client = clients.party(client_id)
    if client is None:
        return False
    if legacy.applies(client) and is_pid(subject):
        given = consent(account_id, client_id)
        return subject == person.pid or (given is not None and legacy.PID in given.refused)
    return sql.fetch_one(_IS_SUBJECT, [subject, person.id, client.sector]) is not None


def fits(client_id: str, pid: str) -> bool:
    """Whether this RP may be told of the person of this number: a sandbox never of a real one."""
    client = clients.party(client_id)
    return client is not None and rules.may_be_told(
        sandbox=client.sandbox, invented=is_invented(pid), demonstration=settings.DEMO
    )


def _proof(waiting: Waiting, present: Present) -> Proof | Step:
    """How they proved to be there, recently and well enough for this RP; or the step that is missing."""
    found = [present.proof]
    if waiting.proved_at and waiting.account_id == present.account_id:
        found.append(Proof(BY_PASSWORD, waiting.proved_at))
    fresh = [one for one in found if rules.fresh(waiting.asked, one.at, asked_at=waiting.since)]
    best = max(fresh, key=lambda one: (levels.level(one.methods), one.at), default=None)
    if levels.needs_passkey(waiting.asked) and (best is None or levels.level(best.methods) != levels.AAL2):
        return Step.STEP_UP
    return best or Step.PROVE


_TYPES = {
    "id": "uuid", "person": "bigint", "account": "uuid", "client": "text", "sector": "text", "fresh": "text",
    "scopes": "text[]", "code": "bytea", "uri": "text", "challenge": "text", "nonce": "text", "jkt": "text",
    "by_pid": "boolean", "claims": "jsonb", "auth_time": "timestamptz", "acr": "text", "amr": "text[]",
    "session": "uuid", "sid": "text", "now": "timestamptz", "code_ends": "timestamptz", "ends": "timestamptz",
}  # fmt: skip
# Subjects that are not there yet are made in one order by every group, so that no two wait for each other.
_GRANT = f"""
WITH given AS (
  SELECT * FROM jsonb_to_recordset(%(grants)s) AS given ({", ".join(f"{name} {kind}" for name, kind in _TYPES.items())})
), made AS (
  INSERT INTO provider_subject (value, sector, person_id)
  SELECT DISTINCT ON (person, sector) fresh, sector, person FROM given
   WHERE NOT EXISTS (SELECT FROM provider_subject k WHERE k.person_id = given.person AND k.sector = given.sector)
   ORDER BY person, sector
  ON CONFLICT (person_id, sector) DO UPDATE SET sector = excluded.sector
  RETURNING value, sector, person_id
), look AS (
  INSERT INTO provider_look (at, client_id, account_id, act, scopes, outcome, detail)
  SELECT now, client, account, 'authorize', scopes, '', '' FROM given
)
INSERT INTO provider_grant (id, client_id, account_id, person_id, subject, scopes, code_hash, redirect_uri, challenge,
                            nonce, auth_time, acr, amr, session_id, sid, jkt, claims, created_at, code_expires_at,
                            ends_at)
SELECT id, client, account, person,
       coalesce((SELECT pid FROM people_person p WHERE p.id = given.person AND by_pid),
                (SELECT value FROM provider_subject k WHERE k.person_id = given.person AND k.sector = given.sector),
                (SELECT value FROM made k WHERE k.person_id = given.person AND k.sector = given.sector)),
       scopes, code, uri, challenge, nonce, auth_time, acr, amr, session, sid, jkt, claims, now, code_ends, ends
  FROM given
"""  # noqa: S608 - constants of this module


class Agreement(NamedTuple):
    """Between whom a sign-in is: what the RP asked, and who is ready to sign in there."""

    asked: Asked
    ready: Ready
    client: Party


def grant(asked: Asked, ready: Ready, client: Party) -> str:
    """Sign the person in at the RP: the code for it, good once and for a minute. One statement."""
    (code,) = grants([Agreement(asked, ready, client)])
    return code


def grants(agreements: Sequence[Agreement]) -> list[str]:
    """The codes of several sign-ins, by one statement: all of them, or it raises and there is none."""
    codes = [new_token() for _ in agreements]
    rows = [_row(*one, code) for one, code in zip(agreements, codes, strict=True)]
    if rows:
        sql.execute(_GRANT, {"grants": sql.jsonb(rows)})
    return codes


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
        "code": f"\\x{hash_token(code).hex()}",
        "uri": asked.redirect_uri,
        "challenge": asked.challenge,
        "nonce": asked.nonce,
        "jkt": asked.jkt,
        # ThaID's relying parties know a person by the number; never by one that the person kept to themselves.
        "by_pid": legacy.applies(client) and legacy.PID in ready.scopes,
        "claims": asked.claims,
        "auth_time": ready.known.signed_in_at,
        "acr": levels.level(ready.known.methods),
        "amr": list(ready.known.methods),
        "session": ready.known.session_id,
        "sid": logout.sid(ready.known.session_id, client.id) if ready.known.session_id else "",
        "now": now,
        "code_ends": now + rules.CODE_AGE,
        "ends": now + rules.GRANT_AGE,
    }
