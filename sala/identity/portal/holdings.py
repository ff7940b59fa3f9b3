"""What the portal holds about somebody who came by a digital ID, for that somebody: every row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from sala.identity.people import queries as people
from sala.identity.portal.models import Identity, RemoteSession


def sign_ins(account_id: UUID) -> list[dict[str, Any]]:
    """By what name each provider knows them, and which of its sessions theirs here came from; the newest first."""
    linked = people.of_account(account_id)
    known = Identity.objects.filter(person_id=linked.person.id) if linked else Identity.objects.none()
    came = RemoteSession.objects.filter(session__account_id=account_id)
    rows: list[Mapping[str, Any]] = [
        *known.order_by("-known_since", "-id").values("issuer", "subject", "known_since"),
        *came.order_by("-begun_at", "session_id").values("issuer", "subject", "sid", "begun_at", "session_id"),
    ]
    return [msgspec.to_builtins(row) for row in rows]
