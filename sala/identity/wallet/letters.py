"""What the wallet's letters say, for the post room that writes and sends them. They hold no claim and no secret but
the link that opens a locked PIN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.urls import reverse

from sala.identity.accounts import queries as accounts
from sala.identity.wallet import pins, queries
from sala.identity.wallet.rules import APPROVAL_AGE, Kind


class Told(msgspec.Struct, frozen=True):
    """The payload of `wallet.letter` (kind, id, account) and of `approval.asked` (approval, account)."""

    account: UUID
    kind: str = "approval_asked"
    id: str = ""
    approval: UUID | None = None


def letter_for(payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """The letter that an event asks for: kind, id, to, language and the context of its template.

    None if nothing is to be sent (any more). The context has `name`, `url` (where to go), and for what is to be
    approved `service`, `owner`, `place`, `message`, `minutes`.
    """
    told = msgspec.convert(payload, Told, strict=False)
    reader = accounts.officer(told.account)
    if reader is None:
        return None
    words: dict[str, Any] = {"name": reader.given_name, "url": _address("wallet:pin")}
    if told.kind == "approval_asked":
        found = queries.account_of(told.approval) if told.approval else None
        if found is None:
            return None
        asking, consent = found[1].asking, found[1].kind is Kind.CONSENT
        words |= {
            "url": _address("wallet:request", found[1].id),
            "service": asking.name[reader.language],
            "owner": asking.owner[reader.language],
            "place": asking.place,
            "message": asking.message,
            "minutes": int(APPROVAL_AGE.total_seconds()) // 60,
            "agree": asking.agree.get(reader.language, ""),
            "until": found[1].expires_at,
        }
        told = msgspec.structs.replace(told, kind="consent_asked" if consent else told.kind)
    elif told.kind == "pin_locked":
        words["url"] += f"?letter={pins.letter_token(told.account)}"
    id_ = told.id or f"approval:{told.approval}"
    return {"kind": told.kind, "id": id_, "to": reader.email, "language": reader.language, "context": words}


def _address(name: str, *args: object) -> str:
    return settings.PUBLIC_URL + reverse(name, args=args or None)
