"""Free text, and names in one script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sala.engine.catalogue.declaration import Field
from sala.engine.catalogue.fields import tidy
from sala.engine.catalogue.fields.base import Kind, Widget
from sala.kit.errors import Fault
from sala.kit.text import Language

LINE, LINES, NAME = 200, 4000, 100
"""How long a text may be unless its declaration says, in characters."""

_LATIN = "A-Za-zªº\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_LATIN_NAME = re.compile(f"[{_LATIN}][{_LATIN}\u0300-\u036f '.\\-]*")
_THAI_NAME = re.compile("[\u0e01-\u0e2e\u0e40-\u0e44][\u0e01-\u0e3a\u0e40-\u0e4e .\\-]*")
_THAI = re.compile("[\u0e01-\u0e5b]")
# What phones and word processors put in place of an apostrophe and a hyphen.
_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼʻ`´"), "'") | dict.fromkeys(map(ord, "‐‑–—−"), "-")


class TextKind(Kind):
    """One line of anything."""

    default_length = LINE

    def __init__(self, field: Field, page: str) -> None:
        super().__init__(field, page)
        self.longest = field.max_length or self.default_length

    def clean(self, value: object, today: date) -> str | Fault | None:
        text = self.line(value, self.longest)
        return text or None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.longest}

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        return {"component": "input", "params": self.params(typed, faults, language)}


class LongTextKind(TextKind):
    """Several lines of anything; shown with the count of characters left."""

    default_length = LINES

    def clean(self, value: object, today: date) -> str | Fault | None:
        if not isinstance(value, str):
            return self.wrong_type()
        if len(value) > self.longest * 4 + 100:
            return self.too_long(self.longest)
        try:
            text = tidy.lines(value)
        except tidy.Unseen as unseen:
            return self.unseen(unseen)
        return self.too_long(self.longest) if len(text) > self.longest else text or None

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        params = {**self.params(typed, faults, language), "rows": 5, "maxlength": self.longest}
        return {"component": "character-count", "params": params}


class LatinNameKind(TextKind):
    """A name in Latin letters, as a passport has it."""

    default_length = NAME

    def clean(self, value: object, today: date) -> str | Fault | None:
        text = self.line(value, self.longest)
        if isinstance(text, Fault) or not text:
            return text or None
        text = text if text.isascii() else text.translate(_APOSTROPHES)
        return text if _LATIN_NAME.fullmatch(text) else self._other_script(text)

    def _other_script(self, text: str) -> Fault:
        if _THAI.search(text):
            return self.fault(
                "script",
                th="โปรดกรอกเป็นตัวอักษรอังกฤษ ตามที่ปรากฏในหนังสือเดินทาง เช่น Somchai",
                en="write it in Latin letters (A to Z), as in the passport, such as Somchai",
            )
        return self.fault(
            "script",
            th="ใช้ได้เฉพาะตัวอักษรอังกฤษ (A–Z) เว้นวรรค ขีด (-) จุด และอะพอสทรอฟี (')",
            en="use only Latin letters (A to Z, with accents), spaces, hyphens, full stops and apostrophes",
        )

    def schema(self) -> dict[str, Any]:
        return {**super().schema(), "description": "Latin letters, spaces, ' - ."}

    def params(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> dict[str, Any]:
        return {**super().params(typed, faults, language), "spellcheck": False}


class ThaiNameKind(LatinNameKind):
    """A name in Thai letters."""

    def clean(self, value: object, today: date) -> str | Fault | None:
        text = self.line(value, self.longest)
        if isinstance(text, Fault) or not text:
            return text or None
        return text if _THAI_NAME.fullmatch(text) else self._other_script(text)

    def _other_script(self, text: str) -> Fault:
        if not _THAI.search(text):
            return self.fault(
                "script",
                th="โปรดกรอกเป็นตัวอักษรไทย เช่น สมชาย",
                en="write it in Thai letters, such as สมชาย",
            )
        return self.fault(
            "script",
            th="ใช้ได้เฉพาะตัวอักษรไทย เว้นวรรค ขีด (-) และจุด ไม่ใส่ตัวเลขหรือตัวอักษรอื่น",
            en="use only Thai letters, spaces, hyphens and full stops, without digits or other letters",
        )

    def schema(self) -> dict[str, Any]:
        return {**TextKind.schema(self), "description": "Thai letters, spaces, - ."}

    def sample(self) -> str:
        return "ก"
