"""Dates and numbers as people read them: Buddhist-era years in Thai, Gregorian in English."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from sala.kit.clock import THAILAND
from sala.kit.text import Language, language

BUDDHIST_ERA = 543


def day(value: date, in_language: Language | None = None) -> str:
    """`23 ธันวาคม 2569` or `23 December 2026`."""
    chosen = in_language or language()
    if chosen == "th":
        return f"{format_date(value, 'd MMMM', locale='th')} {value.year + BUDDHIST_ERA}"
    return format_date(value, "d MMMM y", locale="en_GB")


def moment(value: datetime, in_language: Language | None = None) -> str:
    """Day and time in Thailand: `23 ธันวาคม 2569 เวลา 14:05 น.` or `23 December 2026, 14:05`."""
    chosen = in_language or language()
    local = value.astimezone(THAILAND)
    clock = format_datetime(local, "HH:mm", locale="en_GB", tzinfo=THAILAND)
    if chosen == "th":
        return f"{day(local.date(), 'th')} เวลา {clock}\u00a0น."
    return f"{day(local.date(), 'en')}, {clock}"


def number(value: float) -> str:
    return format_decimal(value, locale="th" if language() == "th" else "en_GB", numbering_system="latn")
