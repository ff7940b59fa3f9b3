"""Signing in with no browser of ours: asked by a device without one (RFC 8628), or by the RP itself (CIBA).

Either way the person approves in the wallet, and the client fetches the tokens by polling with what it was given.
Taking the approval, what it says of consent, the sign-in and its tokens are one transaction; so of two polls at once
one gets tokens, and a proof of possession brought twice takes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from sala.identity.provider import phone, rules, services, tokens
from sala.identity.provider.clients import Party
from sala.identity.provider.dpop import Proof
from sala.identity.provider.rules import Asked, NotYet, Refusal
from sala.identity.wallet import approvals
from sala.identity.wallet.approvals import Answer
from sala.identity.wallet.rules import State
from sala.kit import clock, sql
from sala.kit.ids import hash_token, uuid7

INTERVAL = 5
"""Seconds between two polls, as a client is told; who polls faster is told to slow down, and waits so much longer."""
SLOWEST = 60
_EARLY = 0.5
"""Seconds that a poll may come too early, since what the client waits for is measured at its own clock."""
_ACTS = {rules.DEVICE: "device", rules.CIBA: "ciba"}

_POLL = """
WITH before AS (
  SELECT code_hash, polled_at > %(now)s - make_interval(secs => "interval" - %(early)s) AS hurried
    FROM provider_decoupled
   WHERE code_hash = %(code)s AND client_id = %(client)s AND (user_code_hash IS NOT NULL) = %(device)s
     FOR UPDATE
)
UPDATE provider_decoupled d
   SET polled_at = %(now)s,
       "interval" = CASE WHEN before.hurried THEN least(d."interval" + %(more)s, %(slowest)s) ELSE d."interval" END
  FROM before WHERE d.code_hash = before.code_hash
RETURNING coalesce(before.hurried, false), d.approval_id, d.asked, d.expires_at <= %(now)s
"""
_DONE = "DELETE FROM provider_decoupled WHERE code_hash = %s"


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll found: what was asked, and the approval that answers it, if somebody was asked yet."""

    code: bytes
    approval_id: UUID | None
    asked: Asked


def fetch(
    client: Party, given: dict[str, str], *, grant: str, issuer: str, proof: Proof | None = None
) -> dict[str, Any]:
    """The tokens, once. Raises Refusal, with the codes of RFC 8628, section 3.5."""
    name = "device_code" if grant == rules.DEVICE else "auth_req_id"
    if not given.get(name):
        raise Refusal("invalid_request", f"{name} is missing")
    polled = _poll(client, given[name], name, device=grant == rules.DEVICE)
    found = _take(client, polled, act=_ACTS[grant], issuer=issuer, proof=proof)
    if isinstance(found, Refusal):  # raised here, where what was taken stays so
        raise found
    return found


def _poll(client: Party, code: str, name: str, *, device: bool) -> Polled:
    """A statement of its own: that somebody hurries is remembered whatever comes after."""
    hash_, now = hash_token(code), clock.now()
    pace = {"early": _EARLY, "more": INTERVAL, "slowest": SLOWEST}
    row = sql.fetch_one(_POLL, {"code": hash_, "client": client.id, "device": device, "now": now, **pace})
    if row is None:
        raise Refusal("invalid_grant", f"The {name} is unknown, used, or another client's")
    hurried, approval_id, asked, over = row
    if over:
        raise Refusal("expired_token", f"The {name} has run out: begin again")
    if hurried:
        raise NotYet("slow_down", f"Wait {INTERVAL} seconds more between two requests from now on")
    return Polled(hash_, approval_id, msgspec.json.decode(asked, type=Asked))


def _take(client: Party, polled: Polled, *, act: str, issuer: str, proof: Proof | None) -> dict[str, Any] | Refusal:
    with transaction.atomic():
        # Where nobody was asked, as for people whom the RP named and who are not here, an approval that never was is
        # looked for: else the time would tell.
        answer = approvals.take(polled.approval_id or uuid7())
        if not isinstance(answer, Answer):
            return _none_yet(answer) if polled.approval_id else _NOT_YET
        sql.execute(_DONE, [polled.code])
        try:
            known = phone.whose(polled.asked, answer)
        except phone.NotTheirs as error:
            return Refusal("access_denied", error.message.en)
        by = f"account:{answer.account_id}"
        code = services.decided(asked=polled.asked, known=known, client=client, chosen=answer.agreed, by=by)
        return tokens.issued(tokens.of_answer(client, code, act=act, issuer=issuer, proof=proof))


def _none_yet(state: State | None) -> Refusal:
    if state is None:
        return Refusal("expired_token", "The person did not answer in time: begin again")
    if state is State.DECLINED:
        return Refusal("access_denied", "The person declined")
    if state is State.USED:
        return Refusal("invalid_grant", "The tokens were fetched by another request at this moment")
    return _NOT_YET


_NOT_YET = NotYet("authorization_pending", "Nobody has answered yet")
