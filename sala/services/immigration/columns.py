"""The columns of the files that fill the register tables: how each is read, and what is said when it cannot be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import pycountry

from sala.kit import clock
from sala.kit.text import Text
from sala.kit.thai import BUDDHIST_ERA
from sala.services.immigration.rules import name_key

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_FIRST_BUDDHIST_YEAR = 2400
_EARLIEST = date(1900, 1, 1)


class WrongValueError(ValueError):
    """One value that cannot be taken: what is wrong, and what to do about it."""

    def __init__(self, what: Text, cure: Text) -> None:
        super().__init__(what.en)
        self.what = what
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `title` is an accepted heading beside `name`; an empty value that is allowed becomes `empty`."""

    name: str
    title: Text
    read: Callable[[str], Any]
    required: bool = True
    empty: Any = ""

    def value(self, raw: str) -> Any:
        text = clean(raw)
        if text:
            return self.read(text)
        if self.required:
            raise WrongValueError(
                Text(th=f"ไม่มีค่าในช่อง {self.title.th}", en=f"{self.title.en} is empty"),
                Text(th="เติมค่าในช่องนี้", en="Fill in this column"),
            )
        return self.empty


@dataclass(frozen=True, slots=True)
class Sheet:
    """A kind of file: its columns, the table they fill, what makes a row the same row, and what must hold in one.

    `check` yields the column and what is wrong with the row as a whole, `derive` further values; `newer` names
    the column whose greater value wins where a row is already known.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    check: Callable[[dict[str, Any]], tuple[str, WrongValueError] | None]
    derive: Callable[[dict[str, Any]], Mapping[str, Any]]
    newer: str | None = None

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


def clean(raw: str) -> str:
    """Without what nobody sees: invisible characters, spaces at the ends, doubled spaces."""
    return " ".join(unicodedata.normalize("NFC", raw).translate(_INVISIBLE).split())


def words(longest: int) -> Callable[[str], str]:
    """A reader of plain text."""

    def read(text: str) -> str:
        if len(text) > longest:
            raise WrongValueError(
                Text(th=f"ยาวเกิน {longest} ตัวอักษร", en=f"Longer than {longest} characters"),
                Text(th="ตรวจสอบว่าค่าอยู่ถูกช่อง", en="Check that the value stands in the right column"),
            )
        if not text.isprintable():
            raise WrongValueError(
                Text(th="มีอักขระควบคุม", en="Contains control characters"),
                Text(th="ลบอักขระที่มองไม่เห็นออก", en="Remove the invisible characters"),
            )
        return text

    return read


_NAME = words(100)


def latin_name(text: str) -> str:
    """A name in the letters of a passport, in capitals."""
    name = _NAME(text).upper()
    if not name.isascii() and not all(c in " -'’.," or "LATIN" in unicodedata.name(c, "") for c in name):
        raise WrongValueError(
            Text(th="ชื่อต้องเป็นอักษรละติน", en="The name is not in Latin letters"),
            Text(th="ใช้ชื่อตามหนังสือเดินทาง", en="Write the name as in the passport"),
        )
    return name


def passport(text: str) -> str:
    """A passport number: 5 to 15 letters and digits, in capitals."""
    number = re.sub(r"[\s\-./]", "", text).upper()
    if not re.fullmatch(r"[A-Z0-9]{5,15}", number):
        raise WrongValueError(
            Text(th="เลขหนังสือเดินทางไม่ถูกต้อง", en="This is not a passport number"),
            Text(th="ใช้ตัวอักษร A–Z และตัวเลข 5 ถึง 15 ตัว", en="Use 5 to 15 letters A–Z and digits"),
        )
    return number


@lru_cache(maxsize=1024)
def country(text: str) -> str:
    """A country as ISO 3166-1 alpha-3, from alpha-3 or alpha-2."""
    code = text.upper()
    found = pycountry.countries.get(alpha_3=code) or (pycountry.countries.get(alpha_2=code) if len(code) == 2 else None)
    if found is None:
        raise WrongValueError(
            Text(th=f"ไม่มีประเทศรหัส {text[:20]}", en=f"There is no country with the code {text[:20]}"),
            Text(th="ใช้รหัส ISO 3166 สามตัวอักษร เช่น MMR", en="Use the ISO 3166 code of three letters, such as MMR"),
        )
    return str(found.alpha_3)


@lru_cache(maxsize=65536)
def day(text: str) -> date:
    """A date: 2026-01-31 or 31/01/2026, the year of either era (2400 and later is Buddhist)."""
    if iso := _ISO.fullmatch(text):
        year, month, day_of_month = map(int, iso.groups())
    elif day_first := _DAY_FIRST.fullmatch(text):
        day_of_month, month, year = map(int, day_first.groups())
    else:
        raise WrongValueError(
            Text(th="ไม่ใช่วันที่ที่อ่านได้", en="This is not a date that can be read"),
            Text(th="เขียนแบบ 2026-01-31 หรือ 31/01/2569", en="Write it as 2026-01-31 or 31/01/2026"),
        )
    if year >= _FIRST_BUDDHIST_YEAR:
        year -= BUDDHIST_ERA
    try:
        read = date(year, month, day_of_month)
    except ValueError:
        read = date.min
    if not _EARLIEST <= read <= date(2200, 1, 1):
        raise WrongValueError(
            Text(th="ไม่มีวันที่นี้ในปฏิทิน", en="There is no such day in the calendar"),
            Text(th="ตรวจสอบวัน เดือน และปี", en="Check day, month and year"),
        )
    return read


def past(text: str) -> date:
    """A day not later than today."""
    read = day(text)
    if read > clock.today():
        raise WrongValueError(
            Text(th="วันที่อยู่ในอนาคต", en="The day is in the future"),
            Text(th="ตรวจสอบปี (ค.ศ. หรือ พ.ศ.)", en="Check the year (Gregorian or Buddhist era)"),
        )
    return read


def _order(first: str, then: str, row: Mapping[str, Any]) -> tuple[str, WrongValueError] | None:
    if row[first] is None or row[then] is None or row[first] <= row[then]:
        return None
    return then, WrongValueError(
        Text(th=f"ก่อน {first}", en=f"Before {first}"),
        Text(th="ตรวจสอบว่าวันที่ทั้งสองไม่สลับกัน", en="Check that the two days are not exchanged"),
    )


def _check_record(row: dict[str, Any]) -> tuple[str, WrongValueError] | None:
    return _order("birth_date", "arrived_on", row) or _order("arrived_on", "permitted_until", row)


def _check_warrant(row: dict[str, Any]) -> tuple[str, WrongValueError] | None:
    return _order("birth_date", "issued_on", row) or _order("issued_on", "withdrawn_on", row)


_PASSPORT = Text(th="เลขหนังสือเดินทาง", en="Passport number")
_NATIONALITY = Text(th="สัญชาติ", en="Nationality")
_GIVEN_NAME = Text(th="ชื่อ", en="Given name")
_SURNAME = Text(th="นามสกุล", en="Surname")
_BIRTH_DATE = Text(th="วันเกิด", en="Date of birth")

RECORDS = Sheet(
    name="immigration-records",
    table="immigration_immigrationrecord",
    columns=(
        Column("passport_no", _PASSPORT, passport),
        Column("nationality", _NATIONALITY, country),
        Column("given_name", _GIVEN_NAME, latin_name),
        Column("surname", _SURNAME, latin_name, required=False),
        Column("birth_date", _BIRTH_DATE, past),
        Column("arrived_on", Text(th="วันที่เดินทางเข้า", en="Date of arrival"), past),
        Column("arrival_card_no", Text(th="เลขบัตรขาเข้า (ตม.6)", en="Arrival card (TM.6)"), words(20), required=False),
        Column("permitted_until", Text(th="อนุญาตให้อยู่ถึง", en="Permitted to stay until"), day),
        Column("last_report_on", Text(th="รายงานตัวครั้งล่าสุด", en="Last 90-day report"), past, required=False, empty=None),
    ),
    key=("nationality", "passport_no"),
    check=_check_record,
    derive=lambda _row: {},
    newer="arrived_on",
)

WARRANTS = Sheet(
    name="warrants",
    table="immigration_warrant",
    columns=(
        Column("number", Text(th="เลขที่หมายจับ", en="Warrant number"), words(60)),
        Column("passport_no", _PASSPORT, passport, required=False),
        Column("nationality", _NATIONALITY, country, required=False),
        Column("given_name", _GIVEN_NAME, latin_name),
        Column("surname", _SURNAME, latin_name, required=False),
        Column("birth_date", _BIRTH_DATE, past, required=False, empty=None),
        Column("issued_on", Text(th="วันที่ออกหมาย", en="Issued on"), past),
        Column("withdrawn_on", Text(th="วันที่ถอนหมาย", en="Withdrawn on"), day, required=False, empty=None),
    ),
    key=("number",),
    check=_check_warrant,
    derive=lambda row: {"name_key": name_key(row["given_name"], row["surname"])},
)
