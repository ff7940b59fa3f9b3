"""What an approval may become, and what a PIN must be; decided without a database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

from sala.kit.errors import Fault
from sala.kit.text import Text

PIN_MIN, PIN_MAX = 6, 12
PIN_TRIES = 10
"""Wrong PINs in a row after which it is locked; a passkey or the letter to the e-mail address opens it."""
PIN_TOLD_FROM = 3
"""From this wrong one in a row on, how many are left is told, and what opens a locked PIN."""
PIN_TRIES_A_DAY = 60
"""Right or wrong; so that right ones between them do not make room for guesses without end."""
FRESH = timedelta(minutes=10)
"""How long ago a person may have proven to be there, to choose a PIN without proving it anew."""
DEVICES_MAX = 10
APPROVAL_AGE = timedelta(minutes=5)
"""How long an approval can be answered and its answer be used."""
SCAN_AGE = timedelta(seconds=30)
"""How long one QR code can be scanned; the browser then shows another."""
CODE_TRIES = 3
"""Wrong codes typed into the browser, after which the approval is void."""
CODE_DIGITS = 6
WAITING_MAX = 3
"""What may wait for one account at a time; more would teach people to approve without reading."""
CONSENTS_MAX = 5
"""How many requests for consent may wait for one account at a time."""
ASKS_MAX = 12
"""How often one client may ask one account within QUIET."""
DECLINES_MAX = 3
"""So many times one person may decline one client within QUIET; then it can ask them no more until that has passed."""
QUIET = timedelta(hours=1)
KEPT = timedelta(days=90)
"""How long the history shows an approval: traffic data, Computer Crime Act B.E. 2550, section 26."""


class Kind(StrEnum):
    """Where it was asked: in a browser elsewhere (QR), at a device without a browser, or by the RP (CIBA); and another
    person's request that needs this one's consent, which waits for days."""

    BROWSER = "browser"
    DEVICE = "device"
    CIBA = "ciba"
    CONSENT = "consent"


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


# --- The PIN ---------------------------------------------------------------------------------------------------

_COMMON = frozenset((
    "159753", "147258", "258369", "520520", "159357", "666888", "147852", "789456", "246810", "135790",
    "102030", "112233", "123321", "998877", "741852", "963852", "951753", "753951", "987987", "456123",
    "100200", "336699", "142536", "010203", "131313", "696969", "314159", "271828", "070809",
))  # fmt: skip
_DIGITS = "0123456789"
_EASY = Text(
    th="PIN นี้เดาได้ง่าย โปรดใช้ตัวเลขที่ไม่เรียงกัน ไม่ซ้ำกัน และไม่ใช่วันเกิดหรือหมายเลขโทรศัพท์ของท่าน",
    en="This PIN is easy to guess. Avoid runs, repeated digits, your birth date and your telephone number",
)
_SHAPE = Text(th=f"PIN ต้องเป็นตัวเลข {PIN_MIN} ถึง {PIN_MAX} หลัก", en=f"Your PIN must have {PIN_MIN} to {PIN_MAX} digits")


def digits(typed: str) -> str:
    """What was typed in ASCII digits, Thai ones too, without the blanks between them."""
    return "".join(str(int(c)) if c.isdecimal() else c for c in typed if not c.isspace())


def pin_faults(pin: str, *, birth: date | None = None, phone: str = "", field: str = "pin") -> list[Fault]:
    """What is wrong with a new PIN: its shape, or that whoever knows a little of the person would try it first."""
    if not (pin.isascii() and pin.isdigit() and PIN_MIN <= len(pin) <= PIN_MAX):
        return [Fault(field, "not_a_pin", _SHAPE)]
    if _is_easy(pin) or pin in _of_birth(birth) or pin in phone:
        return [Fault(field, "easy", _EASY)]
    return []


def _is_easy(pin: str) -> bool:
    up = _DIGITS * 3
    repeats = any(pin == (pin[:n] * len(pin))[: len(pin)] for n in (1, 2, 3))
    return repeats or pin in up or pin in up[::-1] or pin in _COMMON


def _of_birth(birth: date | None) -> frozenset[str]:
    """The ways to write a birth date in six or eight digits, by the Christian and the Buddhist year."""
    if birth is None:
        return frozenset()
    day, month = f"{birth.day:02d}", f"{birth.month:02d}"
    years = [f"{year:04d}" for year in (birth.year, birth.year + 543)]
    written = [y for year in years for y in (year, year[2:])]
    return frozenset(order for y in written for order in (day + month + y, month + day + y, y + month + day))
