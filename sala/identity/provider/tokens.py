"""Tokens: exchanged, refreshed, looked into, revoked. Each in one statement where all is well; a second one, where
something is wrong, finds out what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sala.identity.provider import keys, rules
from sala.identity.provider.clients import Party
from sala.identity.provider.rules import Refusal, printable
from sala.kit import clock, sql
from sala.kit.ids import hash_token, new_token

# The account and the client are joined so that closing either ends everything at once.
_LIVES = """
       provider_grant.revoked_at IS NULL AND provider_grant.ends_at > %(now)s
   AND EXISTS (SELECT FROM provider_client c WHERE c.id = provider_grant.client_id AND c.closed_at IS NULL)
   AND EXISTS (SELECT FROM accounts_account a WHERE a.id = provider_grant.account_id AND a.closed_at IS NULL)
"""
_ISSUE = """
issued AS (
  INSERT INTO provider_token (hash, kind, client_id, grant_id, scopes, issued_at, expires_at)
  SELECT fresh.hash, fresh.kind, family.client_id, family.id, %(narrowed)s, %(now)s, least(fresh.ends, family.ends_at)
    FROM family, unnest(%(hashes)s::bytea[], %(kinds)s::text[], %(ends)s::timestamptz[]) AS fresh (hash, kind, ends)
), look AS (
  INSERT INTO provider_look (at, client_id, account_id, act, scopes, outcome, detail)
  SELECT %(now)s, client_id, account_id, %(act)s, scopes, '', '' FROM family
)
SELECT subject, scopes, nonce, auth_time FROM family
"""
_CODE = f"""
WITH family AS (
  UPDATE provider_grant SET code_used_at = %(now)s
   WHERE code_hash = %(code)s AND client_id = %(client)s AND redirect_uri = %(uri)s AND challenge = %(challenge)s
     AND code_used_at IS NULL AND code_expires_at > %(now)s AND {_LIVES}
  RETURNING *
), {_ISSUE}
"""  # noqa: S608 - constants of this module
_REFRESH = f"""
WITH used AS (
  UPDATE provider_token SET used_at = %(now)s
   WHERE hash = %(token)s AND kind = 'refresh' AND client_id = %(client)s
     AND used_at IS NULL AND revoked_at IS NULL AND expires_at > %(now)s
     AND EXISTS (SELECT FROM provider_grant WHERE provider_grant.id = grant_id AND {_LIVES})
  RETURNING grant_id
), family AS (
  SELECT provider_grant.* FROM provider_grant JOIN used ON used.grant_id = provider_grant.id
), {_ISSUE}
"""  # noqa: S608 - constants of this module
_OWN = """
WITH issued AS (
  INSERT INTO provider_token (hash, kind, client_id, issued_at, expires_at, scopes)
  SELECT %(hash)s, 'access', id, %(now)s, %(ends)s, '{}' FROM provider_client
   WHERE id = %(client)s AND closed_at IS NULL
  RETURNING client_id
)
INSERT INTO provider_look (at, client_id, act, scopes, outcome, detail)
SELECT %(now)s, client_id, 'client_credentials', '{}', '', '' FROM issued
"""
_OF_CODE = """
SELECT id, code_used_at, code_expires_at, redirect_uri, challenge, revoked_at
  FROM provider_grant WHERE code_hash = %s AND client_id = %s
"""
_OF_REFRESH = """
SELECT grant_id, used_at, expires_at FROM provider_token WHERE hash = %s AND client_id = %s AND kind = 'refresh'
"""
_REVOKE_FAMILY = "UPDATE provider_grant SET revoked_at = %s WHERE id = %s AND revoked_at IS NULL"
_LOOKED = """
INSERT INTO provider_look (at, client_id, account_id, act, scopes, outcome, detail)
VALUES (%(now)s, %(client)s, %(account)s, %(act)s, %(scopes)s, %(outcome)s, %(detail)s)
"""
_LIVING = f"""
SELECT t.kind, t.client_id, t.issued_at, t.expires_at, t.scopes, t.grant_id, provider_grant.subject,
       provider_grant.scopes, provider_grant.account_id, provider_grant.person_id
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


def of_code(client: Party, given: Mapping[str, str], *, issuer: str) -> dict[str, Any]:
    """Tokens for a code. Raises Refusal; a code brought twice, or with another's verifier, ends all that came of it."""
    code, verifier = given.get("code", ""), given.get("code_verifier", "")
    if not code or not verifier:
        raise Refusal("invalid_request", f"{'code_verifier' if code else 'code'} is missing")
    challenge, uri = rules.challenge_of(verifier), given.get("redirect_uri", "")
    issue = _Issue(client, "code")
    row = sql.fetch_one(_CODE, {**issue.row, "code": hash_token(code), "uri": uri, "challenge": challenge})
    if row is None:
        raise _why_no_code(client, code, uri, challenge)
    return issue.answer(row, issuer)


def of_refresh(client: Party, given: Mapping[str, str], *, issuer: str) -> dict[str, Any]:
    """Tokens for a refresh token, which is used up. Raises Refusal; one brought twice ends all its family."""
    token, narrowed = given.get("refresh_token", ""), given.get("scope", "").split()
    if not token:
        raise Refusal("invalid_request", "refresh_token is missing")
    issue = _Issue(client, "refresh", narrowed)
    row = sql.fetch_one(_REFRESH, {**issue.row, "token": hash_token(token)})
    if row is None:
        raise _why_no_refresh(client, token)
    return issue.answer(row, issuer)


def own(client: Party, given: Mapping[str, str]) -> dict[str, Any]:
    """A token of the RP itself, about nobody. Raises Refusal."""
    if scopes := given.get("scope", "").split():
        raise Refusal("invalid_scope", f"{printable(scopes[0])} is about a person: sign one in")
    token, now = new_token(), clock.now()
    row = {"hash": hash_token(token), "client": client.id, "now": now, "ends": now + rules.ACCESS_AGE}
    if not sql.execute(_OWN, row):
        raise Refusal("invalid_client", "The client is closed", status=401)
    return {"access_token": token, "token_type": "Bearer", "expires_in": int(rules.ACCESS_AGE.total_seconds())}


class _Issue:
    """One answer of the token endpoint in the making."""

    def __init__(self, client: Party, act: str, narrowed: Iterable[str] = ()) -> None:
        self.client, self.now, self.access = client, clock.now(), new_token()
        self.refresh = new_token() if "refresh_token" in client.grants else ""
        self.narrowed = list(narrowed) or None
        issued = [(self.access, "access", rules.ACCESS_AGE), (self.refresh, "refresh", rules.REFRESH_AGE)]
        issued = [one for one in issued if one[0]]
        self.row = {
            "client": client.id,
            "now": self.now,
            "act": act,
            "narrowed": self.narrowed,
            "hashes": [hash_token(token) for token, _, _ in issued],
            "kinds": [kind for _, kind, _ in issued],
            "ends": [self.now + age for _, _, age in issued],
        }

    def answer(self, row: tuple[Any, ...], issuer: str) -> dict[str, Any]:
        subject, granted, nonce, auth_time = row
        scopes = _effective(granted, self.narrowed)
        answer: dict[str, Any] = {
            "access_token": self.access,
            "token_type": "Bearer",
            "expires_in": int(rules.ACCESS_AGE.total_seconds()),
            "scope": " ".join(scopes),
            "id_token": keys.sign(self._id_token(subject, nonce, auth_time, issuer)),
        }
        if self.refresh:
            answer["refresh_token"] = self.refresh
        return answer

    def _id_token(self, subject: str, nonce: str, auth_time: datetime, issuer: str) -> dict[str, Any]:
        now = int(self.now.timestamp())
        claims: dict[str, Any] = {
            "iss": issuer,
            "sub": subject,
            "aud": self.client.id,
            "iat": now,
            "exp": now + int(rules.ID_TOKEN_AGE.total_seconds()),
            "auth_time": int(auth_time.timestamp()),
            "at_hash": rules.half_hash(self.access),
        }
        # A refreshed ID token carries no nonce: it answers no request of a browser (OpenID Connect Core, 12.2).
        return claims | ({"nonce": nonce} if nonce and self.row["act"] == "code" else {})


def _why_no_code(client: Party, code: str, uri: str, challenge: str) -> Refusal:
    row = sql.fetch_one(_OF_CODE, [hash_token(code), client.id])
    if row is None:
        return Refusal("invalid_grant", "The code is unknown, or is another client's")
    family, used_at, expires_at, registered, wanted, revoked_at = row
    if used_at is None and expires_at <= clock.now():
        return Refusal("invalid_grant", f"The code is older than {int(rules.CODE_AGE.total_seconds())} seconds")
    # Brought twice, or by somebody who did not begin this sign-in: it was read by others on its way (RFC 9700, 4.5).
    _end_family(family)
    if used_at is not None:
        return Refusal("invalid_grant", "The code was used before; the tokens that came of it are revoked")
    if uri != registered:
        return Refusal("invalid_grant", "redirect_uri is not the one of the authorization request")
    if challenge != wanted:
        return Refusal("invalid_grant", "code_verifier does not fit the code_challenge")
    return Refusal("invalid_grant", "The sign-in was revoked" if revoked_at else "The account or the client is closed")


def _why_no_refresh(client: Party, token: str) -> Refusal:
    row = sql.fetch_one(_OF_REFRESH, [hash_token(token), client.id])
    if row is None:
        return Refusal("invalid_grant", "The refresh token is unknown, or is another client's")
    family, used_at, expires_at = row
    if used_at is not None:
        _end_family(family)
        return Refusal("invalid_grant", "The refresh token was used before; all tokens of this sign-in are revoked")
    if expires_at <= clock.now():
        return Refusal("invalid_grant", "The refresh token has run out")
    return Refusal("invalid_grant", "The sign-in was revoked")


def _end_family(family: UUID) -> None:
    sql.execute(_REVOKE_FAMILY, [clock.now(), family])


def _effective(granted: Iterable[str], narrowed: Iterable[str] | None) -> tuple[str, ...]:
    kept = None if narrowed is None else set(narrowed)
    return tuple(scope for scope in granted if kept is None or scope in kept)


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


def living(token: str) -> Living | None:
    """The token, if it works now."""
    row = sql.fetch_one(_LIVING, {"token": hash_token(token), "now": clock.now()})
    if row is None:
        return None
    kind, client_id, issued_at, expires_at, narrowed, _, subject, granted, account_id, person_id = row
    scopes = _effective(granted or (), narrowed)
    return Living(kind, client_id, issued_at, expires_at, scopes, subject, account_id, person_id)


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
) -> None:
    """Put on record what the RP asked, and what it learnt or why not."""
    outcome, detail = (refusal.code, refusal.detail) if refusal else ("", "")
    row = {"client": client_id, "account": account_id, "act": act, "scopes": list(scopes)}
    sql.execute(_LOOKED, {**row, "now": clock.now(), "outcome": outcome, "detail": detail})
