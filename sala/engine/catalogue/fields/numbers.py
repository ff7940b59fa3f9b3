"""Numbers and amounts of money."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sala.engine.catalogue.declaration import Field
from sala.engine.catalogue.fields import tidy
from sala.engine.catalogue.fields.base import CelType, Kind, Widget
from sala.kit.errors import Fault
from sala.kit.text import Language

LARGEST = 999_999_999_999
"""In either direction: twelve digits are exact in every JSON reader, with six decimals to spare for most."""

_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)


class NumberKind(Kind):
    """A number, whole unless the declaration gives decimals."""

    unit_th, unit_en = "", ""

    def __init__(self, field: Field, page: str) -> None:
        super().__init__(field, page)
        self.decimals = field.decimals
        self.least = -LARGEST if field.minimum is None else field.minimum
        self.most = LARGEST if field.maximum is None else field.maximum

    def parse(self, posted: Mapping[str, str], today: date) -> int | float | Fault | None:
        text = self.line(posted.get(self.key, ""), 60)
        if isinstance(text, Fault) or not text:
            return text or None
        text = self._bare(tidy.digits(text))
        if _GROUPED.fullmatch(text):
            text = text.replace(",", "")
        return (
            self.clean(float(text) if "." in text else int(text), today) if _NUMBER.fullmatch(text) else self._wrong()
        )

    def _bare(self, text: str) -> str:
        return text.replace("−", "-").replace(" ", "")

    def clean(self, value: object, today: date) -> int | float | Fault | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self._wrong()
        if isinstance(value, float) and not math.isfinite(value):
            return self._wrong()
        if not self.least <= value <= self.most:
            return self._out_of_range()
        return self._exact(value)

    def _exact(self, value: float) -> int | float | Fault:
        if value == int(value):
            return int(value)
        rounded = round(value, self.decimals)
        # A float is what it prints: 0.1 has one decimal, although its binary value has fifty-five.
        return rounded if rounded == value and self.decimals else self._too_fine()

    def _wrong(self) -> Fault:
        like = "12" if not self.decimals else "12." + "345678"[: self.decimals]
        return self.fault(
            "not_a_number", th=f"โปรดกรอกเป็นตัวเลข เช่น {like}", en=f"enter a number in digits, such as {like}"
        )

    def _too_fine(self) -> Fault:
        if not self.decimals:
            return self.fault("decimals", th="โปรดกรอกจำนวนเต็ม ไม่มีทศนิยม", en="enter a whole number, without decimals")
        return self.fault(
            "decimals",
            th=f"โปรดกรอกทศนิยมไม่เกิน {self.decimals} ตำแหน่ง",
            en=f"enter at most {self.decimals} digits after the point",
        )

    def _out_of_range(self) -> Fault:
        least, most = self._figure(self.least), self._figure(self.most)
        return self.fault(
            "range",
            th=f"ต้องอยู่ระหว่าง {least} ถึง {most}{self.unit_th}",
            en=f"this must lie between {least} and {most}{self.unit_en}",
        )

    def _figure(self, value: float) -> str:
        return f"{int(value):,}" if value == int(value) else f"{value:,.{self.decimals}f}"

    def schema(self) -> dict[str, Any]:
        kind = {"type": "number", "multipleOf": 10**-self.decimals} if self.decimals else {"type": "integer"}
        return {**kind, "minimum": self.least, "maximum": self.most}

    def display(self, value: float, language: Language) -> str:
        return self._figure(value)

    def typed(self, value: float, language: Language) -> dict[str, str]:
        return {self.key: str(value)}

    def variables(self) -> dict[str, CelType]:
        return {"": "decimal" if self.decimals else "number"}

    def bind(self, value: float) -> dict[str, Any]:
        return {"": float(value) if self.decimals else int(value)}

    def sample(self) -> float:
        return 1

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        inputmode = "decimal" if self.decimals else "numeric"
        extra = {"classes": "govuk-input--width-10", "inputmode": inputmode, "spellcheck": False}
        return {"component": "input", "params": {**self.params(typed, faults, language), **extra}}


class MoneyKind(NumberKind):
    """An amount in baht, with at most two decimals (satang), not negative unless the declaration allows it."""

    unit_th, unit_en = " บาท", " baht"

    def __init__(self, field: Field, page: str) -> None:
        super().__init__(field, page)
        self.decimals = 2
        self.least = 0 if field.minimum is None else field.minimum

    def _bare(self, text: str) -> str:
        bare = super()._bare(text).removeprefix("฿").removeprefix("THB")
        for unit in ("บาท", "baht", "Baht", "THB", "฿", ".-"):
            bare = bare.removesuffix(unit)
        return bare

    def _figure(self, value: float) -> str:
        return f"{int(value):,}" if value == int(value) else f"{value:,.2f}"

    def display(self, value: float, language: Language) -> str:
        return f"{value:,.2f}{self.unit_th if language == 'th' else self.unit_en}"

    def schema(self) -> dict[str, Any]:
        return {**super().schema(), "multipleOf": 0.01, "description": "baht"}

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        widget = super().widget(typed, faults, language)
        widget["params"]["suffix"] = {"text": (self.unit_th if language == "th" else self.unit_en).strip()}
        return widget
