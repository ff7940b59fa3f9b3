"""What an approval may become, and what a PIN must be; decided without a database."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

PIN_TRIES = 10
"""Wrong PINs in a row after which it is locked; a passkey or the letter to the e-mail address opens it."""
SCAN_AGE = timedelta(seconds=30)
"""How long one QR code can be scanned; the browser then shows another."""
CODE_TRIES = 3
"""Wrong codes typed into the browser, after which the approval is void."""


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
