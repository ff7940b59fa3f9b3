"""The end of a session, where relying parties knew it: their tokens end, and who wants to hear of it is told.

Tokens of a sign-in end with its sign-out, refresh tokens too: we offer no `offline_access`. The statements of `tokens`
see the ended session at once; what is done here, from the outbox, makes it last and tells the RPs (OpenID Connect
Back-Channel Logout 1.0).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sala.identity.provider import clients, keys, tokens
from sala.identity.provider.clients import Party
from sala.identity.provider.metadata import issuer
from sala.identity.provider.models import LogoutNotice
from sala.identity.provider.rules import Refusal
from sala.kit import clock, outgoing, sql
from sala.kit.ids import keyed_digest, new_token
from sala.kit.outgoing import Unreachable

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_AGE = timedelta(minutes=2)
KEPT = timedelta(days=30)
_HEARD = frozenset({200, 204})

_ENDED = """
WITH ended AS (
  UPDATE provider_grant SET revoked_at = coalesce(revoked_at, %(now)s) WHERE session_id = ANY (%(sessions)s)
  RETURNING client_id, subject, sid, code_used_at
)
INSERT INTO provider_logoutnotice (client_id, subject, sid, made_at, fault)
SELECT ended.client_id, ended.subject, ended.sid, %(now)s, '' FROM ended
  JOIN provider_client c ON c.id = ended.client_id
 WHERE ended.code_used_at IS NOT NULL AND c.closed_at IS NULL AND c.backchannel_logout_uri <> ''
ON CONFLICT (client_id, sid) DO NOTHING
RETURNING id
"""
_AT = """
SELECT DISTINCT client_id FROM provider_grant g
 WHERE session_id = %(session)s AND code_used_at IS NOT NULL AND revoked_at IS NULL AND ends_at > %(now)s
"""


class NotTold(Exception):
    """An RP could not be told; it is tried again. The words hold no address and nothing of a person."""


def sid(session_id: UUID, client_id: str) -> str:
    """By what name this RP knows the session: another for each, so that two cannot compare."""
    return keyed_digest("provider.sid", f"{session_id}\0{client_id}")


def signed_in_at(session_id: UUID) -> list[Party]:
    """The RPs that somebody is signed in to from this session."""
    rows = sql.fetch_all(_AT, {"session": session_id, "now": clock.now()})
    found = [clients.party(client_id) for (client_id,) in rows]
    return [party for party in found if party]


def ended(sessions: Iterable[UUID]) -> list[int]:
    """These sessions are over: so are the sign-ins that came of them. The notices that are to be sent.

    An RP that never fetched its tokens has no session to end. Hearing it again makes no second notice.
    """
    given = {"sessions": list(sessions), "now": clock.now()}
    return [notice for (notice,) in sql.fetch_all(_ENDED, given)]


def tell(notice_id: int) -> None:
    """Tell the RP of one notice, unless it was told. Raises NotTold where it did not take it; its log says why."""
    notice = LogoutNotice.objects.filter(id=notice_id, told_at=None).first()
    client = clients.party(notice.client_id, anew=True) if notice else None
    if notice is None or client is None or not client.backchannel_logout_uri:
        return  # told, or nobody is there any more who would hear
    notice.fault = _send(notice, client)
    notice.told_at = None if notice.fault else clock.now()
    notice.save(update_fields=["told_at", "fault"])
    if notice.fault:
        tokens.note(client.id, "logout", refusal=Refusal("logout_not_heard", notice.fault))
        raise NotTold(f"Client {client.id}: {notice.fault}")
    tokens.note(client.id, "logout")


def _send(notice: LogoutNotice, client: Party) -> str:
    """What went wrong; empty if nothing. Each try has a token of its own: one that waited would have run out."""
    try:
        answer = outgoing.post_form(client.backchannel_logout_uri, {"logout_token": _token(notice)})
    except Unreachable as error:
        return f"backchannel_logout_uri could not be asked ({error})"
    return "" if answer.status in _HEARD else f"backchannel_logout_uri answered {answer.status}, not 200"


def _token(notice: LogoutNotice) -> str:
    now = int(clock.now().timestamp())
    claims = {
        "iss": issuer(),
        "aud": notice.client_id,
        "iat": now,
        "exp": now + int(TOKEN_AGE.total_seconds()),
        "jti": new_token(),
        "sub": notice.subject,
        "sid": notice.sid,
        "events": {EVENT: {}},
    }
    return keys.sign(claims, kind="logout+jwt")


def untold() -> list[LogoutNotice]:
    """The notices that no RP has taken yet, the oldest first."""
    return list(LogoutNotice.objects.filter(told_at=None).select_related("client").order_by("id"))


def tidy() -> int:
    """Delete notices that are long past, told or given up; how many."""
    return LogoutNotice.objects.filter(made_at__lt=clock.now() - KEPT).delete()[0]
