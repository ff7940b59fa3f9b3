"""What an approval may become, and what a PIN must be; decided without a database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

PIN_TRIES = 10
"""Wrong PINs in a row after which it is locked; a passkey or the letter to the e-mail address opens it."""
APPROVAL_AGE = timedelta(minutes=5)
"""How long an approval can be answered and its answer be used."""
SCAN_AGE = timedelta(seconds=30)
"""How long one QR code can be scanned; the browser then shows another."""
CODE_TRIES = 3
"""Wrong codes typed into the browser, after which the approval is void."""
CODE_DIGITS = 6
WAITING_MAX = 3
"""What may wait for one account at a time; more would teach people to approve without reading."""
ASKS_MAX = 12
"""How often one client may ask one account within QUIET."""
DECLINES_MAX = 3
"""So many times one person may decline one client within QUIET; then it can ask them no more until that has passed."""
QUIET = timedelta(hours=1)
KEPT = timedelta(days=90)
"""How long the history shows an approval: traffic data, Computer Crime Act B.E. 2550, section 26."""


class Kind(StrEnum):
    """Where it was asked: in a browser elsewhere (QR), at a device without a browser, or by the RP (CIBA)."""

    BROWSER = "browser"
    DEVICE = "device"
    CIBA = "ciba"


class State(StrEnum):
    """An approval's way: waiting, scanned by one person, then approved and used, or declined."""

    WAITING = "waiting"
    SCANNED = "scanned"
    APPROVED = "approved"
    DECLINED = "declined"
    USED = "used"


STRONG = frozenset({"hwk", "user"})
"""The methods (RFC 8176) that a passkey with user verification adds; what asks for AAL2 needs them all."""


def strong_enough(methods: Collection[str], *, strong: bool) -> bool:
    """Whether a proof by these methods may approve what asks for a strong one, or for any."""
    return bool(methods) and (not strong or set(methods) >= STRONG)
