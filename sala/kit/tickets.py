"""Tickets to listen: which topics a page may hear of, signed so that nobody adds one.

Knows no Django, since the live process, which reads the tickets, is kept small. A ticket gives no data away:
its holder learns only that something of these topics changed, and asks for it like anybody else.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

CHANNEL = "sala_live"
"""The PostgreSQL channel of what changed; each notification is topics parted by spaces."""
LIFETIME = timedelta(hours=12)
MOST_TOPICS = 50
_PURPOSE = b"sala.live\0"


class _Content(msgspec.Struct, array_like=True):
    expires: int
    topics: list[str]


def issue(topics: Collection[str], *, secret: str, now: datetime) -> str:
    """A ticket for these topics, such as `case:TM47-7K3M9QXT-4` or `office:12`; at most MOST_TOPICS."""
    if len(topics) > MOST_TOPICS:
        raise ValueError(f"a ticket holds at most {MOST_TOPICS} topics")
    content = msgspec.json.encode(_Content(int((now + LIFETIME).timestamp()), sorted(topics)))
    return f"{_text(content)}.{_text(_mac(content, secret))}"


def read(ticket: str, *, secret: str, now: datetime) -> frozenset[str] | None:
    """The topics of a ticket, or None if it is forged, altered or older than LIFETIME."""
    content, _, mac = ticket.partition(".")
    try:
        body, seal = _bytes(content), _bytes(mac)
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(seal, _mac(body, secret)):
        return None
    told = msgspec.json.decode(body, type=_Content)
    return frozenset(told.topics) if told.expires > now.timestamp() else None


def identity(ticket: str) -> str:
    """Tells one ticket that was read from another, however it is spelt: base 64 has spare bits."""
    return _bytes(ticket.partition(".")[2]).hex()


def _mac(content: bytes, secret: str) -> bytes:
    return hmac.digest(secret.encode(), _PURPOSE + content, "sha256")[:16]


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
