"""How tokens come to be: for a code, for a refresh token, for the relying party itself. Those who ask at the same
moment are answered by one statement of each kind; who asks alone is a group of one.

A code, a refresh token and a proof of possession are used up by the statement that issues. Who names the same as
somebody of the same group comes after them, in a statement of its own, and finds it used.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sala.identity.provider import dpop
from sala.identity.provider.answering import Family
from sala.kit import sql, together


class Order(NamedTuple):
    """What one request wants issued. Tokens, codes and proofs are named by their hashes; those not there are None."""

    client: str
    now: datetime
    access: bytes
    access_ends: datetime
    act: str = ""
    refresh: bytes | None = None
    refresh_ends: datetime | None = None
    brought: bytes | None = None
    """The code, or the refresh token."""
    uri: str = ""
    challenge: str = ""
    loose: bool = False
    """No verifier has to fit."""
    narrowed: list[str] | None = None
    """Less than the sign-in's scopes."""
    rotates: bool = True
    public: bool = False
    jkt: str = ""
    proof: bytes | None = None
    proof_ends: datetime | None = None


_TYPES = {
    "client": "text", "now": "timestamptz", "access": "bytea", "access_ends": "timestamptz", "act": "text",
    "refresh": "bytea", "refresh_ends": "timestamptz", "brought": "bytea", "uri": "text", "challenge": "text",
    "loose": "boolean", "narrowed": "text[]", "rotates": "boolean", "public": "boolean", "jkt": "text",
    "proof": "bytea", "proof_ends": "timestamptz",
}  # fmt: skip


def lives(now: str) -> str:
    """That a `provider_grant` holds. The account, whose it is, the client and the session are joined so that the end of
    any of them ends everything at once: a death ends the link in the transaction that records it."""
    return f"""
       provider_grant.revoked_at IS NULL AND provider_grant.ends_at > {now}
   AND EXISTS (SELECT FROM provider_client c WHERE c.id = provider_grant.client_id AND c.closed_at IS NULL)
   AND EXISTS (SELECT FROM accounts_account a WHERE a.id = provider_grant.account_id AND a.closed_at IS NULL)
   AND EXISTS (SELECT FROM people_link l WHERE l.account_id = provider_grant.account_id AND l.ended_at IS NULL
                  AND l.person_id = provider_grant.person_id)
   AND NOT EXISTS (SELECT FROM accounts_session s WHERE s.id = provider_grant.session_id AND s.ended_at IS NOT NULL)
"""  # noqa: S608 - constants of this module


# A proof of possession is spent in the same statement; brought again, it finds itself there and nothing is issued.
_GIVEN = f"""
WITH given AS (
  SELECT * FROM jsonb_to_recordset(%(orders)s)
    AS given (n int, {", ".join(f"{name} {kind}" for name, kind in _TYPES.items())})
), spent AS (
  INSERT INTO provider_assertion (digest, expires_at)
  SELECT proof, proof_ends FROM given WHERE proof IS NOT NULL
  ON CONFLICT (digest) DO NOTHING RETURNING digest
), proven AS MATERIALIZED (
  SELECT * FROM given WHERE proof IS NULL OR proof IN (SELECT digest FROM spent)
)"""  # noqa: S608 - constants of this module
_RETURNED = [f"family.{name}{'::text' if name == 'claims' else ''}" for name in Family._fields]
_ISSUE = f"""
issued AS (
  INSERT INTO provider_token (hash, kind, client_id, grant_id, scopes, issued_at, expires_at, jkt)
  SELECT fresh.hash, fresh.kind, o.client, family.id, o.narrowed, o.now, least(fresh.ends, family.ends_at), o.jkt
    FROM family JOIN proven o USING (n),
         LATERAL (VALUES (o.access, 'access', o.access_ends), (o.refresh, 'refresh', o.refresh_ends))
              AS fresh (hash, kind, ends)
   WHERE fresh.hash IS NOT NULL
), look AS (
  INSERT INTO provider_look (at, client_id, account_id, act, scopes, outcome, detail)
  SELECT o.now, o.client, family.account_id, o.act, family.scopes, '', '' FROM family JOIN proven o USING (n)
)
SELECT o.n, {", ".join(_RETURNED)} FROM proven o LEFT JOIN family USING (n)
"""  # noqa: S608 - constants of this module
CODE = f"""{_GIVEN}, family AS (
  UPDATE provider_grant SET code_used_at = o.now FROM proven o
   WHERE code_hash = o.brought AND provider_grant.client_id = o.client AND redirect_uri = o.uri
     AND (provider_grant.challenge = o.challenge OR o.loose)
     AND code_used_at IS NULL AND code_expires_at > o.now AND {lives("o.now")}
     AND provider_grant.jkt IN ('', o.jkt)
  RETURNING o.n, provider_grant.*
), {_ISSUE}"""  # noqa: S608 - constants of this module
# A confidential client may change its key (RFC 9449, 5), but not go back to a token for whoever bears it; of a public
# one the key is all that shows who it is.
REFRESH = f"""{_GIVEN}, used AS (
  UPDATE provider_token SET used_at = CASE WHEN o.rotates THEN o.now END FROM proven o
   WHERE hash = o.brought AND kind = 'refresh' AND provider_token.client_id = o.client
     AND used_at IS NULL AND revoked_at IS NULL AND expires_at > o.now
     AND EXISTS (SELECT FROM provider_grant WHERE provider_grant.id = grant_id AND {lives("o.now")})
     AND (provider_token.jkt IN ('', o.jkt) OR (o.jkt <> '' AND NOT o.public))
  RETURNING o.n, grant_id
), family AS (
  SELECT used.n, provider_grant.* FROM provider_grant JOIN used ON used.grant_id = provider_grant.id
), {_ISSUE}"""  # noqa: S608 - constants of this module
OWN = f"""{_GIVEN}, issued AS (
  INSERT INTO provider_token (hash, kind, client_id, issued_at, expires_at, scopes, jkt)
  SELECT o.access, 'access', c.id, o.now, o.access_ends, ARRAY[]::text[], o.jkt
    FROM proven o JOIN provider_client c ON c.id = o.client WHERE c.closed_at IS NULL
  RETURNING hash
), look AS (
  INSERT INTO provider_look (at, client_id, act, scopes, outcome, detail)
  SELECT o.now, o.client, o.act, ARRAY[]::text[], '', '' FROM proven o JOIN issued ON issued.hash = o.access
)
SELECT o.n, issued.hash FROM proven o LEFT JOIN issued ON issued.hash = o.access
"""  # noqa: S608 - constants of this module
Outcome = tuple[Any, ...] | None | Exception


def issue(statement: str, orders: Sequence[Order]) -> list[Outcome]:
    """Issue what is ordered by CODE, REFRESH or OWN: for each what its statement tells of it, None if nothing may be
    issued, or what went wrong with it alone: Unproven, where its proof was used before."""
    found: list[Outcome] = [None] * len(orders)
    for round_ in _rounds(orders):
        outcomes = together.settle(lambda some: _run(statement, some), [orders[place] for place in round_])
        for place, outcome in zip(round_, outcomes, strict=True):
            found[place] = outcome
    return found


def _run(statement: str, orders: Sequence[Order]) -> list[Outcome]:
    given = {"orders": sql.jsonb([_row(n, order) for n, order in enumerate(orders)])}
    rows = sql.fetch_all(statement, given, binary=True)
    told: dict[int, Outcome] = {n: tuple(rest) if rest[0] is not None else None for n, *rest in rows}
    return [told.get(n, dpop.replayed()) for n in range(len(orders))]


def _rounds(orders: Sequence[Order]) -> list[list[int]]:
    """The orders' places, so that nothing is named twice in a round; each in the order of what is locked, so that two
    groups which name the same wait for each other, and never both."""
    rounds: list[list[int]] = []
    times: dict[bytes, int] = {}
    for place, order in enumerate(orders):
        named = [one for one in (order.brought, order.proof) if one is not None]
        turn = max((times.get(one, 0) for one in named), default=0)
        times |= dict.fromkeys(named, turn + 1)
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(place)
    return [sorted(one, key=lambda place: (orders[place].brought or b"", orders[place].proof or b"")) for one in rounds]


def _row(number: int, order: Order) -> dict[str, Any]:
    """As JSON has it; bytes as PostgreSQL reads them from text."""
    row = {
        name: f"\\x{value.hex()}" if isinstance(value, bytes) else value
        for name, value in zip(Order._fields, order, strict=True)
        if value is not None
    }
    return row | {"n": number}
