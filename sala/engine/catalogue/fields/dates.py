"""A day, typed as three numbers, in either era."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from babel import Locale

from sala.engine.catalogue.fields import tidy, words
from sala.engine.catalogue.fields.base import CelType, Kind, Widget, error
from sala.kit.errors import Fault
from sala.kit.text import Language, Text
from sala.kit.thai import BUDDHIST_ERA, day

EARLIEST = 1900
AHEAD = 50
"""Years: nothing that is asked lies before the one or further ahead than the other."""

_BUDDHIST = range(2400, 2701)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_PARTS = ("day", "month", "year")
_NAMES = {
    "day": Text(th="วัน", en="day"),
    "month": Text(th="เดือน", en="month"),
    "year": Text(th="ปี", en="year"),
}


class DateKind(Kind):
    """A calendar day. Years 2400–2700 are Buddhist-era in whichever language: the eras do not overlap."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.key}-{part}" for part in _PARTS)

    def parse(self, posted: Mapping[str, str], today: date) -> str | Fault | None:
        typed = {part: tidy.strip(posted.get(f"{self.key}-{part}", "")) for part in _PARTS}
        if not any(typed.values()):
            return None
        if absent := [part for part in _PARTS if not typed[part]]:
            return self._incomplete(absent)
        numbers = {part: _number(typed[part]) for part in _PARTS}
        numbers["month"] = numbers["month"] or _month_named(typed["month"])
        if unread := [part for part in _PARTS if numbers[part] is None]:
            return self._not_a_number(unread[0])
        return self._judge(numbers["year"] or 0, numbers["month"] or 0, numbers["day"] or 0, today)

    def clean(self, value: object, today: date) -> str | Fault | None:
        if not isinstance(value, str):
            return self._not_iso()
        text = tidy.digits(tidy.strip(value[:100]))
        if not text:
            return None
        match = _ISO.fullmatch(text)
        if not match:
            return self._not_iso()
        return self._judge(int(match[1]), int(match[2]), int(match[3]), today)

    def _judge(self, year: int, month: int, number: int, today: date) -> str | Fault:
        if year < 100:
            return self._short_year()
        if year in _BUDDHIST:
            year -= BUDDHIST_ERA
        if not EARLIEST <= year <= today.year + AHEAD:
            return self._far(today)
        try:
            found = date(year, month, number)
        except ValueError:
            return self._impossible(year, month, number)
        return self._on_time(found, today) or found.isoformat()

    def _on_time(self, found: date, today: date) -> Fault | None:
        if self.field.past and found > today:
            return self.fault(
                "future",
                th=f"ต้องเป็นวันนี้หรือก่อนหน้านี้ วันนี้คือ {day(today, 'th')}",
                en=f"this must be today or earlier; today is {day(today, 'en')}",
            )
        if self.field.future and found < today:
            return self.fault(
                "past",
                th=f"ต้องเป็นวันนี้หรือหลังจากนี้ วันนี้คือ {day(today, 'th')}",
                en=f"this must be today or later; today is {day(today, 'en')}",
            )
        return None

    def _incomplete(self, absent: list[str]) -> Fault:
        th = words.listed([_NAMES[part].th for part in absent], "และ")
        en = words.listed([_NAMES[part].en for part in absent], "and")
        return self.fault("incomplete", part=absent[0], th=f"โปรดเติม{th}", en=f"add the {en}")

    def _not_a_number(self, part: str) -> Fault:
        name, like = _NAMES[part], {"day": "27", "month": "12", "year": "2569"}[part]
        return self.fault(
            "not_a_number",
            part=part,
            th=f"โปรดกรอก{name.th}เป็นตัวเลข เช่น {like}",
            en=f"write the {name.en} in digits, such as {like if part != 'year' else 2026}",
        )

    def _not_iso(self) -> Fault:
        return self.fault(
            "not_a_date",
            th="โปรดส่งวันที่ในรูป ปี-เดือน-วัน เช่น 2026-12-27",
            en="send the date as year-month-day, such as 2026-12-27",
        )

    def _short_year(self) -> Fault:
        return self.fault(
            "short_year",
            part="year",
            th="โปรดกรอกปีให้ครบ 4 หลัก เช่น 2569",
            en="write the year in full, such as 2026 (or 2569)",
        )

    def _far(self, today: date) -> Fault:
        first, last = EARLIEST, today.year + AHEAD
        return self.fault(
            "far",
            part="year",
            th=f"โปรดตรวจสอบปี ต้องอยู่ระหว่าง พ.ศ. {first + BUDDHIST_ERA} ถึง {last + BUDDHIST_ERA}",
            en=f"check the year; it must lie between {first} and {last}",
        )

    def _impossible(self, year: int, month: int, number: int) -> Fault:
        if not 1 <= month <= 12:
            return self.fault(
                "impossible", part="month", th="เดือนต้องเป็นเลข 1 ถึง 12", en="the month must be a number from 1 to 12"
            )
        last = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
        month_th, month_en = (_month_names(language)[month] for language in ("th", "en_GB"))
        return self.fault(
            "impossible",
            part="day",
            th=f"ไม่มีวันที่ {number} ในเดือน{month_th} {year + BUDDHIST_ERA} วันที่ต้องเป็น 1 ถึง {last}",
            en=f"{month_en} {year} has no day {number}; the day must be 1 to {last}",
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def display(self, value: str, language: Language) -> str:
        return day(date.fromisoformat(value), language)

    def typed(self, value: str, language: Language) -> dict[str, str]:
        found = date.fromisoformat(value)
        year = found.year + (BUDDHIST_ERA if language == "th" else 0)
        numbers = (found.day, found.month, year)
        return {name: str(number) for name, number in zip(self.names, numbers, strict=True)}

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        wrong = {self.anchor(fault) for fault in faults}
        whole = any(fault.field == self.path for fault in faults)
        example = Text(th="เช่น 27 12 2569", en="For example, 27 12 2026")
        items = [
            {
                "id": f"{self.key}-{part}",
                "name": part,
                "label": _NAMES[part].in_(language).capitalize(),
                "value": typed.get(f"{self.key}-{part}", ""),
                "inputmode": "numeric",
                "classes": f"govuk-input--width-{4 if part == 'year' else 2}"
                + (" govuk-input--error" if whole or f"{self.key}-{part}" in wrong else ""),
            }
            for part in _PARTS
        ]
        params = {
            "id": self.key,
            "namePrefix": self.key,
            "items": items,
            **self.legend(language),
            **self.hint(language, example),
            **error(faults, language),
        }
        return {"component": "date-input", "params": params}

    def anchor(self, fault: Fault) -> str:
        part = fault.field.removeprefix(self.path).lstrip(".")
        return f"{self.key}-{part or 'day'}"

    def variables(self) -> dict[str, CelType]:
        return {"": "date"}

    def bind(self, value: str) -> dict[str, Any]:
        return {"": midnight(date.fromisoformat(value))}

    def sample(self) -> str:
        return "2020-01-01"


def midnight(day_: date) -> datetime:
    """A day as rules see it, so that days compare and subtract whole."""
    return datetime(day_.year, day_.month, day_.day, tzinfo=UTC)


def _number(text: str) -> int | None:
    text = tidy.digits(text)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def _month_named(text: str) -> int | None:
    return _months().get(_bare(text[:30]))


def _bare(name: str) -> str:
    """Without what people leave out: `ก.พ.` as `กพ`, `Feb.` as `feb`."""
    return name.replace(".", "").replace(" ", "").casefold()


@cache
def _months() -> dict[str, int]:
    """Month by name and abbreviation, in Thai and English."""
    found: dict[str, int] = {}
    for language in ("th", "en_GB"):
        months = Locale.parse(language).months["format"]
        for width in ("wide", "abbreviated"):
            found.update({_bare(name): number for number, name in months[width].items()})
    return found


@cache
def _month_names(language: str) -> dict[int, str]:
    return dict(Locale.parse(language).months["format"]["wide"])
