"""The desk's fields: as they are drawn, and as they are read. A day is one box; its year is read in either era."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sala.identity.directory import queries as directory
from sala.identity.people.words import FIELDS, HOUSE_ROLES, SEXES
from sala.identity.registrar import words
from sala.identity.registrar.acts import DATES
from sala.kit import clock
from sala.kit.errors import Fault
from sala.kit.text import Text, language

_ERA = 543
_BUDDHIST_FROM = 2300
_NUMBER = re.compile(r"\d+")
_CHOICES: dict[str, Mapping[str, Text]] = {"sex": SEXES, "house_role": HOUSE_ROLES}
_LABELS = {
    **FIELDS, "reason": words.REASON, "document": words.DOCUMENT, "effective_on": words.EFFECTIVE,
    "given_name": Text(th="ชื่อตัว", en="Given name"), "family_name": Text(th="ชื่อสกุล", en="Family name"),
}  # fmt: skip
_DAY_HINT = Text(th="วัน เดือน ปี เช่น 13 4 2528", en="Day, month, year, such as 13 4 1985")
_HINTS = {
    "reason": words.REASON_HINT,
    "document": words.DOCUMENT_HINT,
    "effective_on": words.EFFECTIVE_HINT,
    "nationality": Text(th="รหัสประเทศ 3 ตัวอักษร เช่น THA", en="A country’s three letters, such as THA"),
    "father_name_th": Text(th="หากไม่ทราบเลข", en="Where the number is not known"),
    "mother_name_th": Text(th="หากไม่ทราบเลข", en="Where the number is not known"),
    "house_id": Text(th="11 หลัก", en="11 digits"),
}
_NUMBERS = frozenset({"pid", "father_pid", "mother_pid", "house_id"})
_SHORT = frozenset({*DATES, *_NUMBERS, "nationality", "title_th", "title_en", "moo", "house_no"})


def day(text: str) -> date | None:
    """A day as officers type it: 13 4 2528, 13/4/1985, or 1985-04-13. None for what is no day."""
    numbers = [int(found) for found in _NUMBER.findall(text)][:4]
    if len(numbers) != 3:
        return None
    if numbers[0] > 31:
        numbers.reverse()
    number, month, year = numbers
    try:
        return date(year - _ERA if year >= _BUDDHIST_FROM else year, month, number)
    except ValueError:
        return None


def typed_day(value: date | None) -> str:
    """A day as `day` reads it, in the era of the page's language."""
    if value is None:
        return ""
    return f"{value.day} {value.month} {value.year + (_ERA if language() == 'th' else 0)}"


def shown(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """What stands in the boxes before anybody types."""
    return {n: typed_day(values.get(n)) if n in DATES else str(values.get(n) or "") for n in names}


def read(posted: Mapping[str, str], names: Iterable[str]) -> tuple[dict[str, str], dict[str, Any], list[Fault]]:
    """What was typed, what it means, and what means nothing."""
    typed = {name: str(posted.get(name, "")).strip() for name in names}
    meant: dict[str, Any] = dict(typed)
    faults = []
    for name, text in typed.items():
        if name in DATES:
            meant[name] = day(text) if text else None
            if text and meant[name] is None:
                faults.append(Fault(name, "date", words.DATE))
        elif name in _NUMBERS:
            meant[name] = "".join(text.split()).replace("-", "")
        elif name == "subdistrict_id":
            meant[name] = int(text) if text.isascii() and text.isdigit() else None
    return typed, meant, faults


def widgets(names: Iterable[str], typed: Mapping[str, str], faults: list[Fault], **more: Any) -> list[dict[str, Any]]:
    """Each field as the component that draws it. `province`: whose sub-districts are offered.
    `always`: an empty day means that it was always so."""
    return [_widget(name, typed.get(name, ""), faults, **more) for name in names]


def _widget(
    name: str, typed: str, faults: list[Fault], *, province: int | None = None, always: bool = False
) -> dict[str, Any]:
    wrong = next((fault for fault in faults if fault.field == name), None)
    params: dict[str, Any] = {"id": name, "name": name, "label": {"text": str(_LABELS[name])}}
    if wrong:
        params["errorMessage"] = {"text": str(wrong.message)}
    hints = _HINTS | {"effective_on": words.ALWAYS_HINT} if always else _HINTS
    hint = hints.get(name) or (_DAY_HINT if name in DATES else None)
    if hint:
        params["hint"] = {"text": str(hint)}
    if name in _CHOICES or name == "subdistrict_id":
        choices = _places(province) if name == "subdistrict_id" else _CHOICES[name].items()
        items: list[dict[str, Any]] = [{"value": "", "text": str(words.CHOOSE)}]
        items += [{"value": str(v), "text": str(text), "selected": str(v) == typed} for v, text in choices]
        return {"component": "select", "params": params | {"items": items}}
    params |= {"value": typed, "autocomplete": "off", "spellcheck": False}
    if name in _SHORT:
        params["classes"] = "govuk-input--width-20" if name in _NUMBERS else "govuk-input--width-10"
    if name in _NUMBERS:
        params["inputmode"] = "numeric"
    return {"component": "input", "params": params}


def _places(province: int | None) -> list[tuple[int, Text]]:
    return [
        (place.code, Text(th=f"{place.name.th}, {near.name.th}", en=f"{place.name.en}, {near.name.en}"))
        for near in (directory.districts(province) if province else ())
        for place in directory.subdistricts(near.code)
    ]


def today() -> str:
    return typed_day(clock.today())
