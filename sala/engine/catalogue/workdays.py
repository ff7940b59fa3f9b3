"""The days on which Thai government offices work.

Saturdays, Sundays and the government's holidays are off, as `holidays` knows them; what the
Cabinet adds or moves at short notice stands in workdays.yaml beside this file, and in
`holidays.yaml` of the installation's state directory, read at the start of a process.
"""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import holidays
import msgspec
from django.conf import settings

_SHIPPED = Path(__file__).with_name("workdays.yaml")
# Labour Day closes banks and private firms; the civil service works.
_NOT_GOVERNMENT = "National Labor Day"


class Overrides(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`closed`: further days off, with why. `open`: days worked although the calendar says off."""

    closed: dict[date, str] = {}
    open: tuple[date, ...] = ()


@lru_cache(maxsize=4096)
def is_business_day(day: date) -> bool:
    """Whether Thai government offices work on `day`."""
    for overrides in _overrides():
        if day in overrides.closed:
            return False
        if day in overrides.open:
            return True
    return day.weekday() < 5 and day not in _closed_in(day.year)


@cache
def _closed_in(year: int) -> frozenset[date]:
    known = holidays.country_holidays("TH", years=year, categories=("public", "government"), language="en_US")
    return frozenset(day for day, name in known.items() if _NOT_GOVERNMENT not in name)


@cache
def _overrides() -> tuple[Overrides, ...]:
    """The installation's own first: it corrects what is shipped."""
    paths = (settings.DATA_DIR / "holidays.yaml", _SHIPPED)
    return tuple(read_overrides(path) for path in paths if path.exists())


def read_overrides(path: Path) -> Overrides:
    """Read one file of overrides; msgspec.ValidationError says what is wrong in it."""
    return msgspec.yaml.decode(path.read_bytes() or b"{}", type=Overrides)
