"""Tokens: exchanged, refreshed, looked into, revoked. `issuing` has the statement that issues; where it issues nothing,
a second one finds out why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sala.identity.provider import answering, dpop, issuing, legacy, rehearsing, rules
from sala.identity.provider.answering import Family, Issued, effective
from sala.identity.provider.clients import Party
from sala.identity.provider.dpop import Proof
from sala.identity.provider.issuing import Order
from sala.identity.provider.rules import Refusal, printable
from sala.kit import clock, sql, throttle
from sala.kit.errors import TooMany
from sala.kit.ids import hash_token, new_token

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
            ELSE {issuing.lives("%(now)s")} END
"""  # noqa: S608 - constants of this module
_REVOKE = """
WITH gone AS (
  UPDATE provider_token SET revoked_at = coalesce(revoked_at, %(now)s)
   WHERE hash = %(token)s AND client_id = %(client)s RETURNING kind, grant_id
)
UPDATE provider_grant SET revoked_at = coalesce(revoked_at, %(now)s)
 WHERE id = (SELECT grant_id FROM gone WHERE kind = 'refresh')
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """An answer of the token endpoint in the making: what is to be issued, and what is said when it is, or is not."""

    statement: str
    order: Order
    told: Callable[[tuple[Any, ...]], dict[str, Any]]
    why: Callable[[], Refusal]


def issue(wishes: Sequence[Wish]) -> list[dict[str, Any] | Exception]:
    """The answer to each: JSON, or a Refusal, or what went wrong with it. All of a kind are issued by one statement."""
    answers: list[dict[str, Any] | Exception] = [KeyError()] * len(wishes)
    for statement in (issuing.OWN, issuing.CODE, issuing.REFRESH):
        places = [place for place, wish in enumerate(wishes) if wish.statement == statement]
        outcomes = issuing.issue(statement, [wishes[place].order for place in places])
        for place, outcome in zip(places, outcomes, strict=True):
            answers[place] = _answer(wishes[place], outcome)
    return answers


def _answer(wish: Wish, outcome: issuing.Outcome) -> dict[str, Any] | Exception:
    """What is issued is issued: whatever happens from here on is this request's alone."""
    if isinstance(outcome, Exception):
        return outcome
    try:
        return wish.why() if outcome is None else wish.told(outcome)
    except Exception as error:
        return error


def issued(wish: Wish) -> dict[str, Any]:
    """The answer to one. Raises Refusal."""
    (answer,) = issue([wish])
    if isinstance(answer, Exception):
        raise answer
    return answer


def of_code(client: Party, given: Mapping[str, str], *, issuer: str, proof: Proof | None = None) -> Wish:
    """Tokens for a code, bound to the key of `proof`.

    Raises Refusal; a code brought twice, or with another's verifier or key, ends all that came of it.
    """
    code, verifier, loose = given.get("code", ""), given.get("code_verifier", ""), legacy.applies(client)
    if not code or not (verifier or loose):
        raise Refusal("invalid_request", f"{'code_verifier' if code else 'code'} is missing")
    challenge_of = legacy.challenge_of if loose else rules.challenge_of
    challenge, uri = challenge_of(verifier), given.get("redirect_uri", "")
    making = _Making(client, "code", proof=proof)

    def told(row: tuple[Any, ...]) -> dict[str, Any]:
        family = Family(*row)
        if family.challenge != challenge:
            note(client.id, "code", account_id=family.account_id, detail=legacy.PKCE_UNMET)
        return making.answer(family, issuer)

    order = making.order._replace(brought=hash_token(code), uri=uri, challenge=challenge, loose=loose)
    return Wish(issuing.CODE, order, told, lambda: _why_no_code(client, code, uri, challenge, proof))


def of_answer(client: Party, code: str, *, act: str, issuer: str, proof: Proof | None = None) -> Wish:
    """Tokens for a sign-in that was approved elsewhere: its code was made a moment ago and left this house never.

    To be issued within the transaction that made it.
    """
    making = _Making(client, act, proof=proof)
    order = making.order._replace(brought=hash_token(code))
    closed = Refusal("invalid_grant", "The account or the client is closed")
    return Wish(issuing.CODE, order, lambda row: making.answer(Family(*row), issuer), lambda: closed)


def of_refresh(client: Party, given: Mapping[str, str], *, issuer: str, proof: Proof | None = None) -> Wish:
    """Tokens for a refresh token, which is used up. Raises Refusal; one brought twice ends all its family.

    A FAPI client keeps its refresh token: what proves the client protects it, and a lost answer costs no sign-in.
    """
    token, narrowed = given.get("refresh_token", ""), given.get("scope", "").split()
    if not token:
        raise Refusal("invalid_request", "refresh_token is missing")
    making = _Making(client, "refresh", narrowed, proof=proof)
    order = making.order._replace(brought=hash_token(token), rotates=not client.fapi, public=client.public)
    return Wish(
        issuing.REFRESH,
        order,
        lambda row: making.answer(Family(*row), issuer),
        lambda: _why_no_refresh(client, token, proof),
    )


def own(client: Party, given: Mapping[str, str], *, proof: Proof | None = None) -> Wish:
    """A token of the RP itself, about nobody. Raises Refusal."""
    if scopes := given.get("scope", "").split():
        raise Refusal("invalid_scope", f"{printable(scopes[0])} is about a person: sign one in")
    making = _Making(client, "client_credentials", proof=proof)
    answer = {
        "access_token": making.access,
        "token_type": token_type(proof),
        "expires_in": int(rules.ACCESS_AGE.total_seconds()),
    }
    closed = Refusal("invalid_client", "The client is closed", status=401)
    return Wish(issuing.OWN, making.order, lambda _: answer, lambda: closed)


def token_type(proof: Proof | None) -> str:
    return "DPoP" if proof else "Bearer"


class _Making:
    """The tokens of one answer, before they are issued."""

    def __init__(self, client: Party, act: str, narrowed: Iterable[str] = (), *, proof: Proof | None = None) -> None:
        self.client, self.act, self.proof = client, act, proof
        self.now, self.access, self.narrowed = clock.now(), new_token(), list(narrowed) or None
        kept = act == "client_credentials" or (client.fapi and act == "refresh")
        self.refresh = new_token() if "refresh_token" in client.grants and not kept else ""
        # One that stays the same lives as long as the sign-in; one that changes is renewed with each use.
        refresh_age = rules.GRANT_AGE if client.fapi else rules.REFRESH_AGE
        self.order = Order(
            client=client.id,
            now=self.now,
            act=act,
            narrowed=self.narrowed,
            access=hash_token(self.access),
            access_ends=self.now + rules.ACCESS_AGE,
            refresh=hash_token(self.refresh) if self.refresh else None,
            refresh_ends=self.now + refresh_age,
            jkt=proof.jkt if proof else "",
            proof=proof.digest if proof else None,
            proof_ends=proof.ends if proof else None,
        )

    def answer(self, family: Family, issuer: str) -> dict[str, Any]:
        scopes = effective(family.scopes, self.narrowed)
        issued = Issued(self.client, self.act, self.now, token_type(self.proof), self.access, self.refresh, scopes)
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


FAILURES_A_MINUTE = 100
"""Failed calls of one client that each process puts on record: strangers who know no more than its id can have it fail
without end, and must not fill the disk."""
_failures = throttle.Ceiling(60)


def _is_flooded(client_id: str) -> bool:
    try:
        _failures.check(client_id, FAILURES_A_MINUTE)
    except TooMany:
        return True
    _failures.count(client_id)
    return False


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
    if refusal and _is_flooded(client_id):
        return
    outcome, detail = (refusal.code, refusal.detail) if refusal else ("", detail)
    row = {"client": client_id, "account": account_id, "act": act, "scopes": list(scopes)}
    sql.execute(_LOOKED, {**row, "now": clock.now(), "outcome": outcome, "detail": detail})
    rehearsing.saw(client_id, act, outcome=outcome, detail=detail)
