"""What the civil register knows: a house by its code, and people that an agency's function offers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sala.engine.catalogue import areas, functions
from sala.engine.catalogue.fields import tidy
from sala.engine.catalogue.fields.base import CelType, Kind, Value, Widget, error
from sala.identity.directory import queries as directory
from sala.identity.people import queries as people
from sala.identity.people.rules import is_house_code, written_pid
from sala.kit.errors import Fault
from sala.kit.text import Language, Text

MOST_PEOPLE = 20
_GAPS = re.compile(r"[\s-]+")
_PLACE = ("subdistrict", "district", "province", "postcode")


class HouseKind(Kind):
    """A registered house, by the eleven digits of its code; kept with the address that stood in the register.

    On a page the address is shown before one goes on: the first Continue looks it up, the second one says that it is
    the right one (`key-seen` carries the code whose address was shown).
    """

    @property
    def names(self) -> tuple[str, ...]:
        return (self.key, f"{self.key}-seen")

    def parse(self, posted: Mapping[str, str], today: date) -> Value | Fault | None:
        house = super().parse(posted, today)
        if isinstance(house, dict) and posted.get(f"{self.key}-seen") != house["code"]:
            # Told as a question that the answer has brought up: nothing is wrong with it.
            return self.fault("asked_now", th="โปรดตรวจสอบที่อยู่ของบ้านหลังนี้", en="check the address of this house")
        return house

    def clean(self, value: object, today: date) -> Value | Fault | None:
        code = value.get("code") if isinstance(value, Mapping) else value
        text = self.line(code, 60)
        if isinstance(text, Fault) or not text:
            return text or None
        number = _GAPS.sub("", tidy.digits(text))
        if not is_house_code(number):
            return self._mistyped(number)
        return _house(number) or self._unknown()

    def _mistyped(self, number: str) -> Fault:
        if number.isascii() and number.isdigit() and len(number) == 11:
            return self.fault(
                "check_digit",
                th="น่าจะพิมพ์ผิดอย่างน้อยหนึ่งหลัก โปรดตรวจสอบกับทะเบียนบ้าน",
                en="at least one digit seems mistyped; check it against the house registration book",
            )
        return self.fault(
            "house_code", th="โปรดกรอกเลขรหัสประจำบ้าน 11 หลัก", en="enter the 11 digits of the house’s code"
        )

    def _unknown(self) -> Fault:
        return self.fault(
            "not_found",
            th="ไม่พบบ้านเลขรหัสนี้ในทะเบียน โปรดตรวจสอบกับทะเบียนบ้าน",
            en="no house has this code; check it against the house registration book",
        )

    def schema(self) -> dict[str, Any]:
        follows = {"type": ["integer", "string"], "description": "follows from code"}
        return {
            "type": "object",
            "properties": {
                "code": {"type": "string", "pattern": "^[0-9]{11}$", "description": "of the registered house"},
                **dict.fromkeys(("line", *_PLACE), follows),
            },
            "required": ["code"],
            "additionalProperties": False,
        }

    def display(self, value: Mapping[str, Any], language: Language) -> str:
        return f"{_address(value, language)} ({_written(value['code'])})"

    def typed(self, value: Mapping[str, Any], language: Language) -> dict[str, str]:
        return {self.key: _written(value["code"]), f"{self.key}-seen": value["code"]}

    def variables(self) -> dict[str, CelType]:
        return {".code": "text", **dict.fromkeys((f".{part}" for part in _PLACE), "number")}

    def bind(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {suffix: value[suffix[1:]] for suffix in self.variables()}

    def sample(self) -> Value:
        place = {"subdistrict": 100401, "district": 1004, "province": 10, "postcode": 10500}
        return {"code": "99000000009", "line": "1", **place}

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        hint = Text(
            th="ตัวเลข 11 หลัก มุมบนซ้ายของทะเบียนบ้าน เช่น 9901-000012-3",
            en="11 digits, at the top left of the house registration book, such as 9901-000012-3",
        )
        params = self.params(typed, [fault for fault in faults if fault.code != "asked_now"], language)
        params |= {**self.hint(language, hint), "classes": "govuk-input--width-20", "inputmode": "numeric"}
        found = self.clean(typed.get(self.key, ""), date.min)
        shown = {"name": f"{self.key}-seen", "value": "", "text": ""}
        if isinstance(found, dict):
            shown |= {"value": found["code"], "text": _address(found, language)}
        return {"component": "house", "params": {**params, "spellcheck": False}, "shown": shown}


def _house(code: str) -> dict[str, Any] | None:
    card = people.house(code)
    if card is None:
        return None
    parts = (card.house_no, f"หมู่ที่ {card.moo}" if card.moo else "", card.lane, f"ถนน{card.road}" if card.road else "")
    province, district, subdistrict = directory.area_path(card.subdistrict)
    return {
        "code": code,
        "line": " ".join(part for part in parts if part),
        "subdistrict": card.subdistrict,
        "district": district.code,
        "province": province.code,
        "postcode": subdistrict.postcode or province.code * 1000,
    }


def _address(house: Mapping[str, Any], language: Language) -> str:
    place = areas.find(house["subdistrict"])
    where = areas.title(place, language) if place else str(house["subdistrict"])
    return f"{house['line']}{' ' if language == 'th' else ', '}{where}"


def _written(code: str) -> str:
    return f"{code[:4]}-{code[4:10]}-{code[10:]}"


class PeopleKind(Kind):
    """Several of the people that the field's function offers as the answers before stand: `[{pid, name}]`.

    Asked only where it offers somebody. Who is not offered cannot be chosen, whatever is sent.
    """

    offering = True

    @property
    def names(self) -> tuple[str, ...]:
        return (self.key, *(f"{self.key}-{number}" for number in range(2, MOST_PEOPLE + 1)))

    def parse(self, posted: Mapping[str, str], today: date) -> Value | Fault | None:
        chosen = [tidy.strip(posted.get(name, "")[:20]) for name in self.names]
        return self.clean([pid for pid in chosen if pid], today)

    def clean(self, value: object, today: date) -> Value | Fault | None:
        if not isinstance(value, list | tuple) or len(value) > MOST_PEOPLE:
            return self.fault("type", th="ต้องส่งเป็นรายการ", en="send a list")
        numbers = [one.get("pid") if isinstance(one, Mapping) else one for one in value]
        if not all(isinstance(number, str) for number in numbers):
            return self.fault("type", th="ต้องส่งเลขประจำตัวเป็นข้อความ", en="send their numbers as text")
        # Names are put in by `settled`; those that were sent are kept for showing what was kept before.
        names = {one["pid"]: str(one.get("name", "")) for one in value if isinstance(one, Mapping)}
        return [{"pid": number, "name": names.get(number, "")} for number in dict.fromkeys(numbers)] or None

    def offered(self, environment: Mapping[str, Any]) -> Mapping[str, str]:
        """Names by number: who may be chosen."""
        if self.field.offers is None:
            return {}
        found: Mapping[str, str] = functions.resolve(self.field.offers)(environment)
        return found

    def askable(self, environment: Mapping[str, Any]) -> bool:
        return bool(self.offered(environment))

    def settled(self, value: Value, environment: Mapping[str, Any]) -> Value | Fault:
        names = self.offered(environment)
        if any(one["pid"] not in names for one in value):
            return self.fault("choice", th="โปรดเลือกจากรายการที่มีให้", en="choose among those offered")
        return [{"pid": one["pid"], "name": names[one["pid"]]} for one in value]

    def missing(self) -> Fault:
        return self.fault("required", th="โปรดเลือกอย่างน้อยหนึ่งคน", en="choose at least one")

    def schema(self) -> dict[str, Any]:
        number = {"type": "string", "pattern": "^[0-9]{13}$"}
        person = {
            "type": "object",
            "properties": {"pid": number, "name": {"type": "string", "description": "follows from pid"}},
            "required": ["pid"],
            "additionalProperties": False,
        }
        return {"type": "array", "items": person, "maxItems": MOST_PEOPLE}

    def display(self, value: Value, language: Language) -> str:
        return ", ".join(one["name"] or written_pid(one["pid"]) for one in value)

    def typed(self, value: Value, language: Language) -> dict[str, str]:
        return {name: one["pid"] for name, one in zip(self.names, value, strict=False)}

    def variables(self) -> dict[str, CelType]:
        return {".count": "number"}

    def bind(self, value: Value) -> dict[str, Any]:
        return {".count": len(value)}

    def sample(self) -> Value:
        return [{"pid": "1101700230708", "name": "x"}]

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        return self._drawn({}, typed, faults, language)

    def drawn(
        self, typed: Mapping[str, str], faults: list[Fault], language: Language, environment: Mapping[str, Any]
    ) -> Widget:
        return self._drawn(self.offered(environment), typed, faults, language)

    def _drawn(
        self, offered: Mapping[str, str], typed: Mapping[str, str], faults: list[Fault], language: Language
    ) -> Widget:
        chosen = {typed.get(name, "") for name in self.names}
        items = [
            {"value": pid, "text": text, "id": name, "name": name, "checked": pid in chosen}
            for name, (pid, text) in zip(self.names, offered.items(), strict=False)
        ]
        params = {
            "idPrefix": self.key,
            "name": self.key,
            "items": items,
            **self.legend(language),
            **self.hint(language),
            **error(faults, language),
        }
        return {"component": "checkboxes", "params": params}
