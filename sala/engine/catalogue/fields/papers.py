"""Numbers printed on papers: passport, Thai citizen card."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from stdnum.th import pin

from sala.engine.catalogue.fields import tidy
from sala.engine.catalogue.fields.base import Kind, Widget
from sala.identity.people.rules import written_pid
from sala.kit.errors import Fault
from sala.kit.text import Language, Text

_PASSPORT = re.compile("[A-Z0-9]{6,9}")
_GAPS = re.compile(r"[\s\-‐‑–]")


class PassportKind(Kind):
    """A passport number: six to nine letters and digits (ICAO Doc 9303, part 4)."""

    def clean(self, value: object, today: date) -> str | Fault | None:
        text = self.line(value, 40)
        if isinstance(text, Fault) or not text:
            return text or None
        number = _GAPS.sub("", tidy.digits(text)).upper()
        if _PASSPORT.fullmatch(number):
            return number
        return self._length(number) if number.isascii() and number.isalnum() else self._letters()

    def _length(self, number: str) -> Fault:
        return self.fault(
            "length",
            th=f"ต้องมี 6 ถึง 9 ตัว แต่ที่กรอกมี {len(number)} ตัว โปรดตรวจสอบกับเล่มจริง",
            en=f"this must have 6 to 9 letters and digits, not {len(number)}; check it against the passport",
        )

    def _letters(self) -> Fault:
        return self.fault(
            "script",
            th="ใช้ได้เฉพาะตัวอักษร A–Z และตัวเลข ตามที่พิมพ์ในหนังสือเดินทาง เช่น AA1234567",
            en="use only the letters A to Z and digits, as printed in the passport, such as AA1234567",
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z0-9]{6,9}$"}

    def sample(self) -> str:
        return "AA1234567"

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        extra = {"classes": "govuk-input--width-10", "spellcheck": False, "autocapitalize": "characters"}
        return {"component": "input", "params": {**self.params(typed, faults, language), **extra}}


class ThaiPidKind(Kind):
    """A Thai citizen's number: thirteen digits, the last a check digit modulo 11."""

    def clean(self, value: object, today: date) -> str | Fault | None:
        text = self.line(value, 60)
        if isinstance(text, Fault) or not text:
            return text or None
        number = _GAPS.sub("", tidy.digits(text))
        if not (number.isascii() and number.isdigit()):
            return self.fault("not_digits", th="โปรดกรอกตัวเลข 13 หลัก", en="enter 13 digits and nothing else")
        if len(number) != 13:
            return self._length(number)
        # A leading 0 is of people whose status is not settled: they too come with their number (stdnum refuses it).
        valid = number[0] != "9" and pin.calc_check_digit(number[:12]) == number[12]
        return number if valid else self._check_digit()

    def _length(self, number: str) -> Fault:
        return self.fault(
            "length",
            th=f"ต้องมี 13 หลัก แต่ที่กรอกมี {len(number)} หลัก โปรดตรวจสอบกับบัตร",
            en=f"this must have 13 digits, not {len(number)}; check it against the card",
        )

    def _check_digit(self) -> Fault:
        return self.fault(
            "check_digit",
            th="น่าจะพิมพ์ผิดอย่างน้อยหนึ่งหลัก โปรดตรวจสอบกับบัตร",
            en="at least one digit seems mistyped; check it against the card",
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[0-9]{13}$"}

    def display(self, value: str, language: Language) -> str:
        return written_pid(value)

    def sample(self) -> str:
        return "1101700230708"

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        extra = {"classes": "govuk-input--width-20", "inputmode": "numeric", "spellcheck": False}
        hint = self.hint(language, Text(th="ตัวเลข 13 หลักบนบัตรประชาชน", en="13 digits, on the citizen card"))
        return {"component": "input", "params": {**self.params(typed, faults, language), **hint, **extra}}
