"""What every type of field can do. A `Kind` is one declared field with its type's behaviour."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from sala.engine.catalogue.declaration import Field
from sala.engine.catalogue.fields import tidy, words
from sala.kit.errors import Fault
from sala.kit.text import Language, Text

Value = Any
"""A cleaned answer, as JSON: what stands in a case's answers."""
CelType = Literal["text", "date", "number", "decimal", "yes_no"]
Widget = dict[str, Any]
"""`{"component": name of the govuk macro in kebab case, "params": its parameters}`; an address has `parts` too."""

OPTIONAL = Text(th="ไม่บังคับ", en="optional")


class Kind(ABC):
    """One field of one page. Stateless but for what it works out from its declaration; safe to share."""

    multipart = False
    offering = False
    """Whether what may be answered depends on the answers before: then `askable`, `settled` and `drawn` are asked."""

    def __init__(self, field: Field, page: str) -> None:
        self.field = field
        self.key = field.key
        self.label = field.label
        self.path = f"{page}.{field.key}"

    # Input

    @property
    def names(self) -> tuple[str, ...]:
        """The posted names this field reads."""
        return (self.key,)

    def parse(self, posted: Mapping[str, str], today: date) -> Value | Fault | None:
        """What was typed on the page, as a value or a fault; None when it was left empty."""
        typed = posted.get(self.key, "")
        return self.clean(typed, today) if tidy.strip(typed) else None

    @abstractmethod
    def clean(self, value: object, today: date) -> Value | Fault | None:
        """A JSON value made regular, or what is wrong with it; None when it is empty."""

    def missing(self) -> Fault:
        """The fault of a required field left empty."""
        return self.fault("required", th="โปรดกรอกข้อมูลนี้", en="fill this in")

    def fault(self, code: str, *, th: str, en: str, part: str = "") -> Fault:
        """A fault of this field, or of a part of it such as `postcode`."""
        return words.fault(f"{self.path}.{part}" if part else self.path, code, self.label, th=th, en=en)

    def wrong_type(self) -> Fault:
        return self.fault("type", th="ชนิดข้อมูลไม่ถูกต้อง ต้องส่งเป็นข้อความ", en="send this as text")

    def line(self, value: object, longest: int) -> str | Fault:
        """`value` as one tidy line of text, or the fault that it is not."""
        if not isinstance(value, str):
            return self.wrong_type()
        # Tidying only shortens or composes: what is far too long is not worth the work.
        if len(value) > longest * 4 + 100:
            return self.too_long(longest)
        try:
            text = tidy.line(value)
        except tidy.Unseen as unseen:
            return self.unseen(unseen)
        return text if len(text) <= longest else self.too_long(longest)

    def unseen(self, unseen: tidy.Unseen) -> Fault:
        if not unseen.after:
            return self.fault(
                "invisible",
                th="มีอักขระที่มองไม่เห็นปนอยู่ โปรดลบทั้งช่องแล้วพิมพ์ใหม่",
                en="it holds a character that cannot be seen; delete it all and type it again",
            )
        return self.fault(
            "invisible",
            th=f"มีอักขระที่มองไม่เห็นอยู่หลัง “{unseen.after}” โปรดลบแล้วพิมพ์ใหม่",
            en=f"a character that cannot be seen stands after “{unseen.after}”; delete it and type again",
        )

    def too_long(self, longest: int) -> Fault:
        return self.fault(
            "too_long",
            th=f"ยาวเกินไป โปรดย่อให้ไม่เกิน {longest:,} ตัวอักษร",
            en=f"this is too long; shorten it to {longest:,} characters or fewer",
        )

    def askable(self, environment: Mapping[str, Any]) -> bool:
        """Whether there is anything to answer, as the answers before stand."""
        return True

    def settled(self, value: Value, environment: Mapping[str, Any]) -> Value | Fault:
        """A cleaned value as it is kept, as the answers before stand; or what is wrong with it."""
        return value

    # Output

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The value's JSON Schema (2020-12)."""

    def display(self, value: Value, language: Language) -> str:
        """The value as people read it."""
        return str(value)

    def typed(self, value: Value, language: Language) -> dict[str, str]:
        """The value as it would have been typed, by posted name: what the page is filled with."""
        return {self.key: str(value)}

    @abstractmethod
    def widget(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> Widget:
        """What the page draws. `typed` is by posted name; `faults` are this field's own."""

    def drawn(
        self, typed: Mapping[str, str], faults: list[Fault], language: Language, environment: Mapping[str, Any]
    ) -> Widget:
        """`widget`, as the answers before stand."""
        return self.widget(typed, faults, language)

    def anchor(self, fault: Fault) -> str:
        """The id of the input that the error summary leads to."""
        return self.key

    # Rules

    def variables(self) -> dict[str, CelType]:
        """What rules see of it: type by suffix; the empty suffix is the value itself."""
        return {"": "text"}

    def bind(self, value: Value) -> dict[str, Any]:
        """The value as rules see it, by suffix."""
        return {"": value}

    def sample(self) -> Value:
        """Some value of the type, for trying rules out at publication."""
        return "x"

    # Parts of widgets

    def params(self, typed: Mapping[str, str], faults: list[Fault], language: Language) -> dict[str, Any]:
        """Parameters that most components share."""
        return {
            "id": self.key,
            "name": self.key,
            "value": typed.get(self.key, ""),
            "label": {"text": self.label_text(language)},
            **self.hint(language),
            **error(faults, language),
        }

    def label_text(self, language: Language) -> str:
        text = self.label.in_(language)
        return text if self.field.required else f"{text} ({OPTIONAL.in_(language)})"

    def hint(self, language: Language, default: Text | None = None) -> dict[str, Any]:
        hint = self.field.hint or default
        return {"hint": {"text": hint.in_(language)}} if hint else {}

    def legend(self, language: Language) -> dict[str, Any]:
        return {"fieldset": {"legend": {"text": self.label_text(language)}}}


def error(faults: list[Fault], language: Language) -> dict[str, Any]:
    """The component's `errorMessage`, where there is a fault."""
    hidden = Text(th="ข้อผิดพลาด", en="Error").in_(language)
    return {"errorMessage": {"text": faults[0].message.in_(language), "visuallyHiddenText": hidden}} if faults else {}
