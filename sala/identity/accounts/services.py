"""What people do to their account. Every function is one transaction."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sala.identity.accounts.models import ApiToken, Session
from sala.kit import clock
from sala.kit.ids import hash_token, new_token

SESSION_AGE = timedelta(days=30)


def open_session(*, account_id: UUID, user_agent: str = "", address: str | None = None) -> str:
    """Sign a browser in: the token for its cookie, which is stored nowhere else."""
    token = new_token()
    now = clock.now()
    Session.objects.create(
        token_hash=hash_token(token),
        account_id=account_id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + SESSION_AGE,
        user_agent=user_agent[:400],
        address=address,
    )
    return token


def touch_session(session_id: UUID) -> None:
    """Note that the session is in use; called at most every five minutes."""
    Session.objects.filter(id=session_id).update(last_seen_at=clock.now())


def touch_token(token_id: str) -> None:
    """Note that the API token is in use; called at most every hour."""
    ApiToken.objects.filter(id=token_id).update(last_used_at=clock.now())
