"""Tokens: exchanged, refreshed, looked into, revoked. Each in one statement where all is well; a second one, where
something is wrong, finds out what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sala.identity.provider import answering, dpop, legacy, rehearsing, rules
from sala.identity.provider.answering import Family, Issued, effective
from sala.identity.provider.clients import Party
from sala.identity.provider.dpop import Proof
from sala.identity.provider.rules import Refusal, printable
from sala.kit import clock, sql
from sala.kit.ids import hash_token, new_token

# The account, the client and the session are joined so that the end of any of them ends everything at once.
_LIVES = """
       provider_grant.revoked_at IS NULL AND provider_grant.ends_at > %(now)s
   AND EXISTS (SELECT FROM provider_client c WHERE c.id = provider_grant.client_id AND c.closed_at IS NULL)
   AND EXISTS (SELECT FROM accounts_account a WHERE a.id = provider_grant.account_id AND a.closed_at IS NULL)
   AND NOT EXISTS (SELECT FROM accounts_session s WHERE s.id = provider_grant.session_id AND s.ended_at IS NOT NULL)
"""
# A proof of possession is spent in the same statement; brought again, it finds itself there and nothing is issued.
_SPENT = """
spent AS (
  INSERT INTO provider_assertion (digest, expires_at)
  SELECT %(proof)s::bytea, %(proof_ends)s::timestamptz WHERE %(proof)s::bytea IS NOT NULL
  ON CONFLICT (digest) DO NOTHING RETURNING 1
)"""
_PROVEN = "(%(proof)s::bytea IS NULL OR EXISTS (SELECT FROM spent))"
_ISSUE = f"""
issued AS (
  INSERT INTO provider_token (hash, kind, client_id, grant_id, scopes, issued_at, expires_at, jkt)
  SELECT fresh.hash, fresh.kind, family.client_id, family.id, %(narrowed)s, %(now)s, least(fresh.ends, family.ends_at),
         %(jkt)s
    FROM family, unnest(%(hashes)s::bytea[], %(kinds)s::text[], %(ends)s::timestamptz[]) AS fresh (hash, kind, ends)
), look AS (
  INSERT INTO provider_look (at, client_id, account_id, act, scopes, outcome, detail)
  SELECT %(now)s, client_id, account_id, %(act)s, scopes, '', '' FROM family
)
SELECT {_PROVEN}, {answering.COLUMNS} FROM (SELECT) AS one LEFT JOIN family ON true
"""  # noqa: S608 - constants of this module
CODE = f"""
WITH {_SPENT}, family AS (
  UPDATE provider_grant SET code_used_at = %(now)s
   WHERE code_hash = %(code)s AND client_id = %(client)s AND redirect_uri = %(uri)s
     AND (challenge = %(challenge)s OR %(loose)s)
     AND code_used_at IS NULL AND code_expires_at > %(now)s AND {_LIVES}
     AND jkt IN ('', %(jkt)s) AND {_PROVEN}
  RETURNING *
), {_ISSUE}
"""  # noqa: S608 - constants of this module
# A confidential client may change its key (RFC 9449, 5), but not go back to a token for whoever bears it; of a public
# one the key is all that shows who it is.
_REFRESH = f"""
WITH {_SPENT}, used AS (
  UPDATE provider_token SET used_at = CASE WHEN %(rotates)s THEN %(now)s END
   WHERE hash = %(token)s AND kind = 'refresh' AND client_id = %(client)s
     AND used_at IS NULL AND revoked_at IS NULL AND expires_at > %(now)s
     AND EXISTS (SELECT FROM provider_grant WHERE provider_grant.id = grant_id AND {_LIVES})
     AND (jkt IN ('', %(jkt)s) OR (%(jkt)s <> '' AND NOT %(public)s)) AND {_PROVEN}
  RETURNING grant_id
), family AS (
  SELECT provider_grant.* FROM provider_grant JOIN used ON used.grant_id = provider_grant.id
), {_ISSUE}
"""  # noqa: S608 - constants of this module
_OWN = f"""
WITH {_SPENT}, issued AS (
  INSERT INTO provider_token (hash, kind, client_id, issued_at, expires_at, scopes, jkt)
  SELECT %(hash)s, 'access', id, %(now)s, %(ends)s, ARRAY[]::text[], %(jkt)s FROM provider_client
   WHERE id = %(client)s AND closed_at IS NULL AND {_PROVEN}
  RETURNING client_id
), look AS (
  INSERT INTO provider_look (at, client_id, act, scopes, outcome, detail)
  SELECT %(now)s, client_id, 'client_credentials', ARRAY[]::text[], '', '' FROM issued
)
SELECT {_PROVEN}, client_id FROM (SELECT) AS one LEFT JOIN issued ON true
"""  # noqa: S608 - constants of this module
_OF_CODE = """
SELECT id, code_used_at, code_expires_at, redirect_uri, challenge, jkt, revoked_at
  FROM provider_grant WHERE code_hash = %s AND client_id = %s
"""
_OF_REFRESH = """
SELECT grant_id, used_at, expires_at, jkt FROM provider_token WHERE hash = %s AND client_id = %s AND kind = 'refresh'
"""
_REVOKE_FAMILY = "UPDATE provider_grant SET revoked_at = %s WHERE id = %s AND revoked_at IS NULL"
_LOOKED = """
INSERT INTO provider_look (at, client_id, account_id, act, scopes, outcome, detail)
VALUES (%(now)s, %(client)s, %(account)s, %(act)s, %(scopes)s, %(outcome)s, %(detail)s)
"""
_LIVING = f"""
SELECT t.kind, t.client_id, t.issued_at, t.expires_at, t.scopes, t.jkt, provider_grant.subject,
       provider_grant.scopes, provider_grant.account_id, provider_grant.person_id, provider_grant.claims
  FROM provider_token t LEFT JOIN provider_grant ON provider_grant.id = t.grant_id
 WHERE t.hash = %(token)s AND t.revoked_at IS NULL AND t.used_at IS NULL AND t.expires_at > %(now)s
   AND CASE WHEN t.grant_id IS NULL
            THEN EXISTS (SELECT FROM provider_client c WHERE c.id = t.client_id AND c.closed_at IS NULL)
            ELSE {_LIVES} END
"""  # noqa: S608 - constants of this module
_REVOKE = """
WITH gone AS (
  UPDATE provider_token SET revoked_at = coalesce(revoked_at, %(now)s)
   WHERE hash = %(token)s AND client_id = %(client)s RETURNING kind, grant_id
)
UPDATE provider_grant SET revoked_at = coalesce(revoked_at, %(now)s)
 WHERE id = (SELECT grant_id FROM gone WHERE kind = 'refresh')
"""


def of_code(client: Party, given: Mapping[str, str], *, issuer: str, proof: Proof | None = None) -> dict[str, Any]:
    """Tokens for a code, bound to the key of `proof`.

    Raises Refusal; a code brought twice, or with another's verifier or key, ends all that came of it.
    """
    code, verifier, loose = given.get("code", ""), given.get("code_verifier", ""), legacy.applies(client)
    if not code or not (verifier or loose):
        raise Refusal("invalid_request", f"{'code_verifier' if code else 'code'} is missing")
    challenge_of = legacy.challenge_of if loose else rules.challenge_of
    challenge, uri = challenge_of(verifier), given.get("redirect_uri", "")
    issue = _Issue(client, "code", proof=proof)
    wanted = {"code": hash_token(code), "uri": uri, "challenge": challenge, "loose": loose}
    row = _run(CODE, {**issue.row, **wanted})
    if row is None:
        raise _why_no_code(client, code, uri, challenge, proof)
    family = Family(*row)
    if family.challenge != challenge:
        note(client.id, "code", account_id=family.account_id, detail=legacy.PKCE_UNMET)
    return issue.answer(family, issuer)


def of_answer(client: Party, code: str, *, act: str, issuer: str, proof: Proof | None = None) -> dict[str, Any]:
    """Tokens for a sign-in that was approved elsewhere: its code was made a moment ago and left this house never.

    Within the caller's transaction. Raises Refusal, Unproven.
    """
    issue = _Issue(client, act, proof=proof)
    row = _run(CODE, {**issue.row, "code": hash_token(code), "uri": "", "challenge": "", "loose": False})
    if row is None:
        raise Refusal("invalid_grant", "The account or the client is closed")
    return issue.answer(Family(*row), issuer)


def of_refresh(client: Party, given: Mapping[str, str], *, issuer: str, proof: Proof | None = None) -> dict[str, Any]:
    """Tokens for a refresh token, which is used up. Raises Refusal; one brought twice ends all its family.

    A FAPI client keeps its refresh token: what proves the client protects it, and a lost answer costs no sign-in.
    """
    token, narrowed = given.get("refresh_token", ""), given.get("scope", "").split()
    if not token:
        raise Refusal("invalid_request", "refresh_token is missing")
    issue = _Issue(client, "refresh", narrowed, proof=proof)
    row = _run(_REFRESH, {**issue.row, "token": hash_token(token), "rotates": not client.fapi, "public": client.public})
    if row is None:
        raise _why_no_refresh(client, token, proof)
    return issue.answer(Family(*row), issuer)


def own(client: Party, given: Mapping[str, str], *, proof: Proof | None = None) -> dict[str, Any]:
    """A token of the RP itself, about nobody. Raises Refusal."""
    if scopes := given.get("scope", "").split():
        raise Refusal("invalid_scope", f"{printable(scopes[0])} is about a person: sign one in")
    token, now = new_token(), clock.now()
    row = {"hash": hash_token(token), "client": client.id, "now": now, "ends": now + rules.ACCESS_AGE}
    if _run(_OWN, row | bound(proof)) is None:
        raise Refusal("invalid_client", "The client is closed", status=401)
    return {
        "access_token": token,
        "token_type": token_type(proof),
        "expires_in": int(rules.ACCESS_AGE.total_seconds()),
    }


def bound(proof: Proof | None) -> dict[str, Any]:
    """What the statements need of a proof: to spend it, and to bind what they issue to its key."""
    if proof is None:
        return {"proof": None, "proof_ends": None, "jkt": ""}
    return {"proof": proof.digest, "proof_ends": proof.ends, "jkt": proof.jkt}


def token_type(proof: Proof | None) -> str:
    return "DPoP" if proof else "Bearer"


def _run(statement: str, row: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """What an issuing statement returns; None if nothing was issued. Raises Unproven for a proof brought again."""
    found = sql.fetch_one(statement, row)
    assert found  # noqa: S101 - it always has one row
    if not found[0]:
        raise dpop.replayed()
    return found[1:] if found[1] is not None else None


class _Issue:
    """One answer of the token endpoint in the making."""

    def __init__(self, client: Party, act: str, narrowed: Iterable[str] = (), *, proof: Proof | None = None) -> None:
        self.client, self.now, self.access, self.proof = client, clock.now(), new_token(), proof
        kept = client.fapi and act == "refresh"
        self.refresh = new_token() if "refresh_token" in client.grants and not kept else ""
        self.narrowed = list(narrowed) or None
        # One that stays the same lives as long as the sign-in; one that changes is renewed with each use.
        refresh_age = rules.GRANT_AGE if client.fapi else rules.REFRESH_AGE
        issued = [(self.access, "access", rules.ACCESS_AGE), (self.refresh, "refresh", refresh_age)]
        issued = [one for one in issued if one[0]]
        self.row = {
            "client": client.id,
            "now": self.now,
            "act": act,
            "narrowed": self.narrowed,
            "hashes": [hash_token(token) for token, _, _ in issued],
            "kinds": [kind for _, kind, _ in issued],
            "ends": [self.now + age for _, _, age in issued],
            **bound(proof),
        }

    def answer(self, family: Family, issuer: str) -> dict[str, Any]:
        scopes = effective(family.scopes, self.narrowed)
        act = self.row["act"]
        issued = Issued(self.client, act, self.now, token_type(self.proof), self.access, self.refresh, scopes)
        told = answering.told(issued, family)
        if told.scopes:
            note(self.client.id, "userinfo", account_id=family.account_id, scopes=told.scopes, detail=_ALONG)
        return answering.answer(issued, family, told, issuer=issuer)


_ALONG = "Told along with the tokens"


def _why_no_code(client: Party, code: str, uri: str, challenge: str, proof: Proof | None) -> Refusal:
    row = sql.fetch_one(_OF_CODE, [hash_token(code), client.id])
    if row is None:
        return Refusal("invalid_grant", "The code is unknown, or is another client's")
    family, used_at, expires_at, registered, wanted, jkt, revoked_at = row
    if used_at is None and expires_at <= clock.now():
        return Refusal("invalid_grant", f"The code is older than {int(rules.CODE_AGE.total_seconds())} seconds")
    # Brought twice, or by somebody who did not begin this sign-in: it was read by others on its way (RFC 9700, 4.5).
    _end_family(family)
    if used_at is not None:
        return Refusal("invalid_grant", "The code was used before; the tokens that came of it are revoked")
    if uri != registered:
        return Refusal("invalid_grant", "redirect_uri is not the one of the authorization request")
    if challenge != wanted and not legacy.applies(client):
        return Refusal("invalid_grant", "code_verifier does not fit the code_challenge")
    other_key = jkt and jkt != (proof.jkt if proof else "")
    gone = "The sign-in was revoked" if revoked_at else "The account or the client is closed"
    return Refusal("invalid_grant", "The code is bound to another key (dpop_jkt)" if other_key else gone)


def _why_no_refresh(client: Party, token: str, proof: Proof | None) -> Refusal:
    row = sql.fetch_one(_OF_REFRESH, [hash_token(token), client.id])
    if row is None:
        return Refusal("invalid_grant", "The refresh token is unknown, or is another client's")
    family, used_at, expires_at, jkt = row
    if used_at is not None:
        _end_family(family)
        return Refusal("invalid_grant", "The refresh token was used before; all tokens of this sign-in are revoked")
    if expires_at <= clock.now():
        return Refusal("invalid_grant", "The refresh token has run out")
    if jkt and proof is None:
        return dpop.Unproven("Its tokens are bound to a key: the DPoP header is missing")
    if jkt and proof and client.public and jkt != proof.jkt:
        return dpop.Unproven("Its tokens are bound to another key, and a public client cannot change it")
    return Refusal("invalid_grant", "The sign-in was revoked")


def _end_family(family: UUID) -> None:
    sql.execute(_REVOKE_FAMILY, [clock.now(), family])


@dataclass(frozen=True, slots=True)
class Living:
    """A token that works now. Without a subject it is the RP's own."""

    kind: str
    client_id: str
    issued_at: datetime
    expires_at: datetime
    scopes: tuple[str, ...]
    subject: str | None
    account_id: UUID | None
    person_id: int | None
    jkt: str
    """Thumbprint of the key without which it is worth nothing; empty: a bearer's."""
    claims: str | None
    """What its sign-in asked one by one: `answering.claims_in`."""


def living(token: str) -> Living | None:
    """The token, if it works now."""
    row = sql.fetch_one(_LIVING, {"token": hash_token(token), "now": clock.now()})
    if row is None:
        return None
    kind, client_id, issued_at, expires_at, narrowed, jkt, subject, granted, account_id, person_id, claims = row
    scopes = effective(granted or (), narrowed)
    return Living(kind, client_id, issued_at, expires_at, scopes, subject, account_id, person_id, jkt, claims)


def revoke(client: Party, token: str) -> None:
    """End a token of this client; with a refresh token, all tokens of its sign-in. Unknown ones are no error."""
    sql.execute(_REVOKE, {"token": hash_token(token), "client": client.id, "now": clock.now()})


def note(
    client_id: str,
    act: str,
    *,
    account_id: UUID | None = None,
    scopes: Iterable[str] = (),
    refusal: Refusal | None = None,
    detail: str = "",
) -> None:
    """Put on record what the RP asked, and what it learnt or why not; `detail` is a remark for who programs it."""
    outcome, detail = (refusal.code, refusal.detail) if refusal else ("", detail)
    row = {"client": client_id, "account": account_id, "act": act, "scopes": list(scopes)}
    sql.execute(_LOOKED, {**row, "now": clock.now(), "outcome": outcome, "detail": detail})
    rehearsing.saw(client_id, act, outcome=outcome, detail=detail)
