"""One of several, yes or no, and a confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sala.engine.catalogue.declaration import Field
from sala.engine.catalogue.fields import tidy
from sala.engine.catalogue.fields.base import CelType, Kind, Widget, error
from sala.kit.errors import Fault
from sala.kit.text import Language, Text

RADIOS = 8
"""Up to this many choices stand in sight; more go into a list that opens."""

YES, NO = Text(th="ใช่", en="Yes"), Text(th="ไม่ใช่", en="No")
_PLEASE = Text(th="โปรดเลือก", en="Choose one")


def select(
    kind: Kind, items: list[tuple[str, str]], typed: Mapping[str, str], faults: list[Fault], language: Language
) -> Widget:
    """A list that opens, with an empty first line."""
    chosen = typed.get(kind.key, "")
    params = kind.params(typed, faults, language)
    del params["value"]
    lines = [{"value": "", "text": _PLEASE.in_(language), "selected": not chosen}]
    lines += [{"value": value, "text": text, "selected": value == chosen} for value, text in items]
    return {"component": "select", "params": {**params, "items": lines}}


class ChoiceKind(Kind):
    """One of the declared choices, by its value."""

    def __init__(self, field: Field, page: str) -> None:
        super().__init__(field, page)
        self.choices = {choice.value: choice for choice in field.choices}

    def clean(self, value: object, today: date) -> str | Fault | None:
        if isinstance(value, str) and value in self.choices:
            return value
        text = self.line(value, 100)
        if isinstance(text, Fault) or not text:
            return text or None
        return text if text in self.choices else self._not_offered()

    def _not_offered(self) -> Fault:
        return self.fault("choice", th="โปรดเลือกจากรายการที่มีให้", en="choose one of those offered")

    def missing(self) -> Fault:
        return self.fault("required", th="โปรดเลือกหนึ่งข้อ", en="choose one")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}

    def display(self, value: str, language: Language) -> str:
        choice = self.choices.get(value)
        return choice.label.in_(language) if choice else value

    def sample(self) -> str:
        return next(iter(self.choices), "x")

    def anchor(self, fault: Fault) -> str:
        return self.key

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        if len(self.choices) > RADIOS:
            items = [(value, choice.label.in_(language)) for value, choice in self.choices.items()]
            return select(self, items, typed, faults, language)
        items_ = [
            {
                "value": value,
                "text": choice.label.in_(language),
                **({"hint": {"text": choice.hint.in_(language)}} if choice.hint else {}),
            }
            for value, choice in self.choices.items()
        ]
        return radios(self, items_, typed, faults, language)


def radios(
    kind: Kind, items: list[dict[str, Any]], typed: Mapping[str, str], faults: list[Fault], language: Language
) -> Widget:
    """All choices in sight. The first item's id is the field's key: where the error summary leads."""
    params = {
        "idPrefix": kind.key,
        "name": kind.key,
        "value": typed.get(kind.key, ""),
        "items": items,
        **kind.legend(language),
        **kind.hint(language),
        **error(faults, language),
    }
    return {"component": "radios", "params": params}


class YesNoKind(Kind):
    """Yes or no."""

    def parse(self, posted: Mapping[str, str], today: date) -> bool | Fault | None:
        typed = tidy.strip(posted.get(self.key, "")[:20])
        if not typed:
            return None
        return {"yes": True, "no": False}[typed] if typed in {"yes", "no"} else self.missing()

    def clean(self, value: object, today: date) -> bool | Fault | None:
        if isinstance(value, bool):
            return value
        return self.fault("type", th="ต้องส่งเป็น true หรือ false", en="send true or false")

    def missing(self) -> Fault:
        return self.fault("required", th="โปรดเลือกใช่หรือไม่ใช่", en="choose yes or no")

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def display(self, value: bool, language: Language) -> str:  # noqa: FBT001  the value is the yes or no
        return (YES if value else NO).in_(language)

    def typed(self, value: bool, language: Language) -> dict[str, str]:  # noqa: FBT001
        return {self.key: "yes" if value else "no"}

    def variables(self) -> dict[str, CelType]:
        return {"": "yes_no"}

    def sample(self) -> bool:
        return True

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        items = [{"value": "yes", "text": YES.in_(language)}, {"value": "no", "text": NO.in_(language)}]
        widget = radios(self, items, typed, faults, language)
        widget["params"]["classes"] = "govuk-radios--inline"
        return widget


class ConfirmKind(YesNoKind):
    """A statement to be ticked. Not ticked is no answer, never a no."""

    def parse(self, posted: Mapping[str, str], today: date) -> bool | Fault | None:
        return True if tidy.strip(posted.get(self.key, "")[:20]) == "yes" else None

    def clean(self, value: object, today: date) -> bool | Fault | None:
        if value is True:
            return True
        return None if value is False else self.fault("type", th="ต้องส่งเป็น true", en="send true, or leave it out")

    def missing(self) -> Fault:
        return self.fault("required", th="โปรดทำเครื่องหมายเพื่อยืนยัน", en="tick this to confirm it")

    def schema(self) -> dict[str, Any]:
        return {"const": True}

    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        item = {"value": "yes", "text": self.label_text(language), "checked": typed.get(self.key) == "yes"}
        params = {
            "idPrefix": self.key,
            "name": self.key,
            "items": [item],
            **self.hint(language),
            **error(faults, language),
        }
        return {"component": "checkboxes", "params": params}
