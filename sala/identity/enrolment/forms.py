"""What is typed from a card, and what it means: the shape alone is judged here, which tells nothing of the register."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sala.identity.enrolment import words
from sala.identity.people import cards, rules
from sala.kit import clock
from sala.kit.errors import Fault, Invalid

_ERA = 543
_BUDDHIST_FROM = 2300
_DIGITS = re.compile(r"\D+")
_NUMBERS = re.compile(r"\d+")
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
FIELDS = ("pid", "birth", "laser")


@dataclass(frozen=True, slots=True)
class Card:
    """What somebody typed from a card, in the form in which it is compared."""

    pid: str
    birth_date: date
    laser: str


def typed(posted: Mapping[str, str]) -> dict[str, str]:
    """What stands in the boxes."""
    return {name: str(posted.get(name, "")).strip()[:60] for name in FIELDS}


def card(posted: Mapping[str, str]) -> Card:
    """The card that was typed. Raises Invalid with a fault of each box that cannot be right."""
    given = typed(posted)
    pid, born = digits(given["pid"]), day(given["birth"])
    laser = cards.normal_laser(given["laser"].translate(_THAI_DIGITS))
    faults = [] if rules.is_pid(pid) else [Fault("pid", "pid", words.PID)]
    if born is None:
        faults.append(Fault("birth", "date", words.BIRTH))
    if laser is None:
        faults.append(Fault("laser", "laser", words.LASER))
    if born is None or laser is None or faults:
        raise Invalid(faults)
    return Card(pid, born, laser)


def digits(text: str) -> str:
    """The digits alone, Thai ones too, whatever stands between them."""
    return _DIGITS.sub("", text.translate(_THAI_DIGITS))


def day(text: str) -> date | None:
    """A past day as people type it: 13 4 2528, 13/4/1985, or 1985-04-13; None for what is none."""
    numbers = [int(found) for found in _NUMBERS.findall(text.translate(_THAI_DIGITS))][:4]
    if len(numbers) != 3:
        return None
    number, month, year = reversed(numbers) if numbers[0] > 31 else numbers
    try:
        found = date(year - _ERA if year >= _BUDDHIST_FROM else year, month, number)
    except ValueError:
        return None
    return found if date(1880, 1, 1) <= found <= clock.today() else None
