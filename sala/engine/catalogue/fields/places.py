"""Where: a country, a province, an address in Thailand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import pycountry
from babel import Locale

from sala.engine.catalogue import areas
from sala.engine.catalogue.declaration import Field
from sala.engine.catalogue.fields import tidy
from sala.engine.catalogue.fields.base import CelType, Kind, Widget, error
from sala.engine.catalogue.fields.choices import select
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import Place
from sala.identity.directory.rules import thai_order
from sala.kit.errors import Fault
from sala.kit.text import Language, Text


class CountryKind(Kind):
    """A country, by its ISO 3166-1 alpha-3 code."""

    def clean(self, value: object, today: date) -> str | Fault | None:
        text = self.line(value, 60)
        if isinstance(text, Fault) or not text:
            return text or None
        return text.upper() if text.upper() in _countries() else self._unknown()

    def _unknown(self) -> Fault:
        return self.fault(
            "country",
            th="โปรดเลือกประเทศจากรายการ (รหัส ISO 3166 สามตัวอักษร เช่น GBR)",
            en="choose a country from the list (its ISO 3166 code of three letters, such as GBR)",
        )

    def missing(self) -> Fault:
        return self.fault("required", th="โปรดเลือกประเทศจากรายการ", en="choose a country from the list")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 3166-1 alpha-3"}

    def display(self, value: str, language: Language) -> str:
        name = _countries().get(value)
        return name.in_(language) if name else value

    def sample(self) -> str:
        return "THA"

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        return select(self, _countries_listed(language), typed, faults, language)


class ProvinceKind(Kind):
    """A province of Thailand, by its code."""

    def parse(self, posted: Mapping[str, str], today: date) -> int | Fault | None:
        typed = tidy.strip(posted.get(self.key, "")[:20])
        return self.clean(_code(typed), today) if typed else None

    def clean(self, value: object, today: date) -> int | Fault | None:
        place = areas.find(value) if isinstance(value, int) and not isinstance(value, bool) else None
        return place.code if place and place.level == "province" else self.missing()

    def missing(self) -> Fault:
        return self.fault("province", th="โปรดเลือกจังหวัดจากรายการ", en="choose a province from the list")

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 10, "maximum": 99, "description": "code of the province (TIS 1099)"}

    def display(self, value: int, language: Language) -> str:
        place = areas.find(value)
        return place.name.in_(language) if place else str(value)

    def variables(self) -> dict[str, CelType]:
        return {"": "number"}

    def sample(self) -> int:
        return 10

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        items = [(str(place.code), place.name.in_(language)) for place in directory.provinces(language)]
        return select(self, items, typed, faults, language)


class ThaiAddressKind(Kind):
    """An address: house and road in words, and the sub-district, from which the rest follows."""

    def __init__(self, field: Field, page: str) -> None:
        super().__init__(field, page)
        self.longest = field.max_length or 200

    @property
    def names(self) -> tuple[str, ...]:
        return (f"{self.key}-line", f"{self.key}-find", f"{self.key}-area")

    def parse(self, posted: Mapping[str, str], today: date) -> dict[str, Any] | Fault | None:
        typed_line, find, area = (tidy.strip(posted.get(name, "")[:2000]) for name in self.names)
        if not (typed_line or find or area):
            return None
        line = self._line(typed_line)
        if isinstance(line, Fault):
            return line
        chosen = self._chosen(find, _code(area))
        return chosen if isinstance(chosen, Fault) else _address(line, chosen)

    def _line(self, value: object) -> str | Fault:
        line = self.line(value, self.longest)
        if isinstance(line, Fault):
            return Fault(f"{self.path}.line", line.code, line.message)
        return line or self._no_line()

    def _chosen(self, find: str, area: int | None) -> Place | Fault:
        place = areas.find(area) if area is not None else None
        if place and place.level == "subdistrict" and (not find or place in areas.search(find)):
            return place
        if place and place.level != "subdistrict":
            return self._choose()
        matches = areas.search(find)
        if len(matches) == 1:
            return matches[0]
        if matches:
            return self._choose()
        return self._not_found(find) if find else self._no_area()

    def clean(self, value: object, today: date) -> dict[str, Any] | Fault | None:
        if not isinstance(value, Mapping) or not set(value) <= {
            "line",
            "subdistrict",
            "district",
            "province",
            "postcode",
        }:
            return self._wrong_shape()
        line = self._line(value.get("line", ""))
        if isinstance(line, Fault):
            return line
        code = value.get("subdistrict")
        place = areas.find(code) if isinstance(code, int) and not isinstance(code, bool) else None
        if place is None or place.level != "subdistrict":
            return self._no_such_subdistrict()
        address = _address(line, place)
        return self._contradiction(value, address) or {**address, **_postcode(value, address)}

    def _contradiction(self, value: Mapping[str, Any], address: dict[str, Any]) -> Fault | None:
        for part, th, en in (("district", "อำเภอหรือเขต", "district"), ("province", "จังหวัด", "province")):
            if part in value and value[part] != address[part]:
                return self.fault(
                    "contradiction",
                    part=part,
                    th=f"{th}ไม่ตรงกับตำบลที่เลือก รหัสที่ถูกคือ {address[part]}",
                    en=f"this {en} is not the sub-district's; its code is {address[part]}",
                )
        given = value.get("postcode", address["postcode"])
        # A few sub-districts have a second postcode by the road; it begins with the same two digits.
        if not isinstance(given, int) or isinstance(given, bool) or given // 1000 != address["postcode"] // 1000:
            return self.fault(
                "contradiction",
                part="postcode",
                th=f"รหัสไปรษณีย์ไม่ตรงกับตำบลที่เลือก รหัสที่ถูกคือ {address['postcode']}",
                en=f"this postcode is not the sub-district's; it is {address['postcode']}",
            )
        return None

    def missing(self) -> Fault:
        return self.fault(
            "required",
            part="line",
            th="โปรดกรอกบ้านเลขที่ ถนน และรหัสไปรษณีย์",
            en="fill in the house number, the road and the postcode",
        )

    def _no_line(self) -> Fault:
        return self.fault("required", part="line", th="โปรดกรอกบ้านเลขที่และถนน", en="fill in the house number and road")

    def _no_area(self) -> Fault:
        return self.fault(
            "required",
            part="find",
            th="โปรดกรอกรหัสไปรษณีย์ หรือชื่อตำบล อำเภอ หรือจังหวัด",
            en="fill in the postcode, or the name of the sub-district, district or province",
        )

    def _choose(self) -> Fault:
        return self.fault("choose", part="area", th="โปรดเลือกตำบลหรือแขวงจากรายการ", en="choose the place from the list")

    def _not_found(self, find: str) -> Fault:
        said = find[:40]
        return self.fault(
            "not_found",
            part="find",
            th=f"ไม่พบ “{said}” โปรดตรวจสอบตัวสะกด หรือกรอกรหัสไปรษณีย์ 5 หลัก เช่น 10500",
            en=f"“{said}” was not found; check the spelling, or enter the postcode of 5 digits, such as 10500",
        )

    def _no_such_subdistrict(self) -> Fault:
        return self.fault(
            "subdistrict",
            part="subdistrict",
            th="ไม่มีตำบลหรือแขวงรหัสนี้ โปรดใช้รหัส 6 หลักของกรมการปกครอง",
            en="there is no sub-district with this code; send the code of 6 digits",
        )

    def _wrong_shape(self) -> Fault:
        return self.fault("type", th="ต้องส่ง line และ subdistrict (รหัสตำบล)", en="send line and subdistrict (its code)")

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "line": {"type": "string", "minLength": 1, "maxLength": self.longest},
                "subdistrict": {"type": "integer", "description": "code of the sub-district (TIS 1099)"},
                "district": {"type": "integer", "description": "follows from subdistrict"},
                "province": {"type": "integer", "description": "follows from subdistrict"},
                "postcode": {"type": "integer", "description": "follows from subdistrict"},
            },
            "required": ["line", "subdistrict"],
            "additionalProperties": False,
        }

    def display(self, value: Mapping[str, Any], language: Language) -> str:
        place = areas.find(value["subdistrict"])
        where = areas.title(place, language) if place else str(value["subdistrict"])
        where = where.replace(str(place.postcode), str(value["postcode"])) if place else where
        return f"{value['line']}{' ' if language == 'th' else ', '}{where}"

    def typed(self, value: Mapping[str, Any], language: Language) -> dict[str, str]:
        texts = (value["line"], value["postcode"], value["subdistrict"])
        return {name: str(text) for name, text in zip(self.names, texts, strict=True)}

    def variables(self) -> dict[str, CelType]:
        codes: dict[str, CelType] = {
            f".{part}": "number" for part in ("subdistrict", "district", "province", "postcode")
        }
        return {".line": "text", **codes}

    def bind(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {suffix: value[suffix[1:]] for suffix in self.variables()}

    def sample(self) -> dict[str, Any]:
        return {"line": "1", "subdistrict": 100401, "district": 1004, "province": 10, "postcode": 10500}

    def anchor(self, fault: Fault) -> str:
        part = fault.field.removeprefix(self.path).lstrip(".")
        return f"{self.key}-{part if part in {'line', 'find', 'area'} else 'line'}"

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        line, find, area = (typed.get(name, "") for name in self.names)
        parts = [self._line_widget(line, faults, language), self._find_widget(find, faults, language)]
        chosen = _code(area)
        if find or chosen:
            places = areas.offered(find, chosen)
            parts += [self._area_widget(places, chosen, faults, language)] if places else []
        params = {**self.legend(language)["fieldset"], **self.hint(language)}
        words = Text(th="ค้นหา", en="Find")
        return {
            "component": "address",
            "params": params,
            "parts": parts,
            "find": {"name": "find", "value": self.key, "text": words.in_(language)},
        }

    def _part(self, part: str, label: Text, faults: list[Fault], language: Language) -> dict[str, Any]:
        name = f"{self.key}-{part}"
        own = [fault for fault in faults if self.anchor(fault) == name]
        return {"id": name, "name": name, "label": {"text": label.in_(language)}, **error(own, language)}

    def _line_widget(self, value: str, faults: list[Fault], language: Language) -> Widget:
        label = Text(th="บ้านเลขที่ อาคาร ซอย ถนน", en="House number, building, lane and road")
        params = self._part("line", label, faults, language)
        return {"component": "input", "params": {**params, "value": value, "autocomplete": "street-address"}}

    def _find_widget(self, value: str, faults: list[Fault], language: Language) -> Widget:
        label = Text(th="รหัสไปรษณีย์ หรือตำบล อำเภอ จังหวัด", en="Postcode, or sub-district, district or province")
        hint = Text(th="เช่น 10500 หรือ บางรัก", en="For example, 10500 or Bang Rak")
        params = self._part("find", label, faults, language)
        params |= {"hint": {"text": hint.in_(language)}, "attributes": {"data-areas": f"{self.key}-area"}}
        return {"component": "input", "params": {**params, "value": value, "classes": "govuk-input--width-20"}}

    def _area_widget(self, places: list[Place], chosen: int | None, faults: list[Fault], language: Language) -> Widget:
        label = {
            "province": Text(th="จังหวัด", en="Province"),
            "district": Text(th="อำเภอหรือเขต", en="District"),
            "subdistrict": Text(th="ตำบลหรือแขวง", en="Sub-district"),
        }[places[0].level]
        first = Text(th="โปรดเลือก", en="Choose one")
        only = places[0].code if len(places) == 1 else None
        # The line that chooses nothing keeps what was opened: who overlooks the list need not begin again.
        opened = str(chosen) if chosen is not None and chosen == places[0].parent else ""
        found = {place.code for place in places} & {chosen, only}
        items = [{"value": opened, "text": first.in_(language), "selected": not found}]
        items += [
            {"value": str(place.code), "text": areas.title(place, language), "selected": place.code in found}
            for place in places
        ]
        return {"component": "select", "params": {**self._part("area", label, faults, language), "items": items}}


def _address(line: str, place: Place) -> dict[str, Any]:
    province, district, subdistrict = directory.area_path(place.code)
    return {
        "line": line,
        "subdistrict": subdistrict.code,
        "district": district.code,
        "province": province.code,
        "postcode": subdistrict.postcode or province.code * 1000,
    }


def _postcode(value: Mapping[str, Any], address: dict[str, Any]) -> dict[str, int]:
    return {"postcode": value.get("postcode", address["postcode"])}


def _code(text: str) -> int | None:
    text = tidy.digits(text)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


@cache
def _countries() -> dict[str, Text]:
    """Names by alpha-3 code."""
    thai, english = Locale.parse("th").territories, Locale.parse("en").territories
    return {
        country.alpha_3: Text(th=thai.get(country.alpha_2, country.name), en=english.get(country.alpha_2, country.name))
        for country in pycountry.countries
    }


@cache
def _countries_listed(language: Language) -> list[tuple[str, str]]:
    named = [(code, name.in_(language)) for code, name in _countries().items()]
    return sorted(named, key=lambda pair: thai_order(pair[1]) if language == "th" else (pair[1], pair[1]))
