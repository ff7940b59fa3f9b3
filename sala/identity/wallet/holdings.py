"""What the wallet holds about somebody, for that somebody: every row, without hashes and the keys of push."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from sala.identity.wallet.models import Approval, Device, Pin

_APPROVAL = ("id", "kind", "state", "client_id", "asking", "agreed", "methods", "created_at", "answered_at")


def devices(account_id: UUID) -> list[dict[str, Any]]:
    """The devices that are told by push, the newest first."""
    rows = Device.objects.filter(account_id=account_id).order_by("-created_at")
    return [msgspec.to_builtins(row) for row in rows.values("id", "name", "created_at", "told_at")]


def approvals(account_id: UUID) -> list[dict[str, Any]]:
    """What was asked of their phone and still kept, the newest first."""
    rows = Approval.objects.filter(account_id=account_id).order_by("-id")
    return [msgspec.to_builtins(row) for row in rows.values(*_APPROVAL)]


def pin_changed_at(account_id: UUID) -> str | None:
    """When the PIN was last chosen (RFC 3339); None without one."""
    row = Pin.objects.filter(account_id=account_id).values("changed_at").first()
    return str(msgspec.to_builtins(row["changed_at"])) if row else None
