"""The address of a ticket's page, as the QR on the ticket has it: known to whoever holds the ticket."""

from __future__ import annotations

import base64
import binascii
import hmac
from uuid import UUID

from sala.kit.ids import keyed_digest

_SEAL = 12


def key_of(ticket: UUID) -> str:
    """The ticket's id with a seal, short enough for a small QR."""
    return base64.urlsafe_b64encode(ticket.bytes).rstrip(b"=").decode() + _seal(ticket)


def ticket_of(key: str) -> UUID | None:
    """The ticket whose key this is; None if it is nobody's."""
    try:
        ticket = UUID(bytes=base64.b64decode(key[:-_SEAL] + "==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return None
    return ticket if hmac.compare_digest(key.encode(), key_of(ticket).encode()) else None


def _seal(ticket: UUID) -> str:
    return keyed_digest("hall-ticket", str(ticket))[:_SEAL]
