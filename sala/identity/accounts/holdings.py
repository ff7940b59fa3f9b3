"""What accounts hold about somebody, for that somebody: every row, without the hashes and keys that prove nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from sala.identity.accounts.models import Account, ApiToken, Passkey, Session

_ACCOUNT = ("id", "email", "given_name", "surname", "phone", "language", "created_at", "last_login")
_SESSION = (
    "id",
    "created_at",
    "last_seen_at",
    "expires_at",
    "ended_at",
    "user_agent",
    "address",
    "methods",
    "proved_at",
)
_PASSKEY = ("id", "name", "created_at", "last_used_at", "suspended_at", "doubtful")
_TOKEN = ("id", "name", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")


def account(account_id: UUID) -> dict[str, Any]:
    """The account's own row; empty if there is none."""
    return next(iter(_rows(Account.objects.filter(id=account_id), _ACCOUNT)), {})


def sessions(account_id: UUID) -> list[dict[str, Any]]:
    """Every session still kept, the ended too, the newest first."""
    return _rows(Session.objects.filter(account_id=account_id).order_by("-created_at"), _SESSION)


def passkeys(account_id: UUID) -> list[dict[str, Any]]:
    """Every passkey, the suspended too."""
    return _rows(Passkey.objects.filter(account_id=account_id).order_by("-created_at"), _PASSKEY)


def tokens(account_id: UUID) -> list[dict[str, Any]]:
    """Every API token still kept, the revoked too."""
    return _rows(ApiToken.objects.filter(account_id=account_id).order_by("-created_at"), _TOKEN)


def session_since(account_id: UUID, session_id: UUID) -> Any:
    """When one of the account's sessions began; None if it is none of theirs."""
    return Session.objects.filter(account_id=account_id, id=session_id).values_list("created_at", flat=True).first()


def _rows(rows: QuerySet[Any], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(row) for row in rows.values(*names)]
