"""The days on which Thai government offices work.

Saturdays, Sundays and the government's holidays are off. These stand in holidays.json, which
tools/days_off.py writes from the library `holidays`, from 2000 to 2060: loading the library, and
with it all countries of the world, would cost every process 17 MB. What the Cabinet adds or moves
at short notice stands in workdays.yaml beside this file, and in `holidays.yaml` of the
installation's state directory, read at the start of a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import msgspec
from django.conf import settings

from sala.kit.text import Text

_SHIPPED = Path(__file__).with_name("workdays.yaml")
_HOLIDAYS = Path(__file__).with_name("holidays.json")


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
    return day.weekday() < 5 and day not in _holidays()


@lru_cache(maxsize=4096)
def is_holiday(day: date) -> bool:
    """Whether `day` is off for everybody, whatever its weekday: a holiday, or a day the Cabinet added.

    For offices with hours of their own: a Saturday is none, and a holiday the Cabinet moved away is none.
    """
    for overrides in _overrides():
        if day in overrides.closed:
            return True
        if day in overrides.open:
            return False
    return day in _holidays()


def holiday_name(day: date) -> Text | None:
    """What the holiday on `day` is called; None on a day that is none."""
    if not is_holiday(day):
        return None
    added = next((overrides.closed[day] for overrides in _overrides() if day in overrides.closed), None)
    return Text(th=added, en=added) if added else _holidays()[day]


@cache
def _holidays() -> Mapping[date, Text]:
    return msgspec.json.decode(_HOLIDAYS.read_bytes(), type=dict[date, Text])


@cache
def _overrides() -> tuple[Overrides, ...]:
    """The installation's own first: it corrects what is shipped."""
    paths = (settings.DATA_DIR / "holidays.yaml", _SHIPPED)
    return tuple(read_overrides(path) for path in paths if path.exists())


def read_overrides(path: Path) -> Overrides:
    """Read one file of overrides; msgspec.ValidationError says what is wrong in it."""
    return msgspec.yaml.decode(path.read_bytes() or b"{}", type=Overrides)
