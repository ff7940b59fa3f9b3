"""What is wrong with a rule, in words that somebody who does not program understands."""

from __future__ import annotations

import re
from collections.abc import Callable

from sala.engine.catalogue.declaration import Declaration
from sala.engine.catalogue.expressions import FUNCTIONS, Flaw, Scope
from sala.engine.catalogue.problems import meant
from sala.kit.text import Text

_TYPES = {
    "string": Text(th="ข้อความ", en="a text"),
    "int": Text(th="จำนวนเต็ม", en="a whole number"),
    "double": Text(th="ตัวเลขทศนิยม", en="a number with decimals"),
    "bool": Text(th="ใช่/ไม่ใช่", en="a yes or no"),
    "google.protobuf.Timestamp": Text(th="วันที่", en="a day"),
    "timestamp": Text(th="วันที่", en="a day"),
    "google.protobuf.Duration": Text(th="ช่วงเวลา", en="a length of time"),
    "duration": Text(th="ช่วงเวลา", en="a length of time"),
}
_DAY, _TEXT, _WHOLE, _DECIMAL = "google.protobuf.Timestamp", "string", "int", "double"


def explain(flaw: Flaw, scope: Scope, declaration: Declaration) -> tuple[Text, Text]:
    """The message and the cure of one flaw."""
    if match := re.search("undeclared reference to '([^']*)'", flaw.detail):
        return _unknown(match[1], scope, declaration)
    for pattern, words in _KNOWN:
        if match := re.search(pattern, flaw.detail):
            return words(*match.groups())
    return Text(th="อ่านกฎนี้ไม่ได้", en="This rule cannot be read."), _syntax(flaw.detail)


def _not_has(name: str) -> tuple[Text, Text]:
    return (
        Text(th="ใช้ has(…) ที่นี่ไม่ได้", en="has(…) is not used here."),
        Text(th=f"เขียน {name}", en=f"Write {name}."),
    )


def _not_null() -> tuple[Text, Text]:
    return (
        Text(th="ใช้ null ที่นี่ไม่ได้", en="null is not used here."),
        Text(
            th="เขียน .answered ต่อท้ายชื่อช่อง เพื่อดูว่าตอบแล้วหรือไม่",
            en="Write .answered after the field, to see whether it was answered.",
        ),
    )


def _no_parts() -> tuple[Text, Text]:
    return (
        Text(th="ค่านี้ไม่มีส่วนย่อย", en="This value has no parts."),
        Text(th="ลบส่วนหลังจุดตัวสุดท้าย", en="Delete what follows the last point."),
    )


def _not_true_or_false(kind: str) -> tuple[Text, Text]:
    named = _TYPES.get(kind.lower(), Text(th=kind, en=kind))
    return (
        Text(th=f"ผลของกฎนี้เป็น{named.th} ไม่ใช่จริงหรือเท็จ", en=f"This rule yields {named.en}, not true or false."),
        Text(th="เขียนเป็นการเปรียบเทียบ เช่น … == 'x'", en="Write a comparison, such as … == 'x'."),
    )


def _syntax(detail: str) -> Text:
    if "'= '" in detail or "'='" in detail:
        return Text(th="เปรียบเทียบด้วย == สองตัว", en="Compare with ==, two of them.")
    said = detail.removeprefix("Syntax error: ").partition(" expecting ")[0][:120]
    return Text(
        th=f"ตรวจวงเล็บ เครื่องหมายคำพูด และเครื่องหมายเปรียบเทียบ ({said})",
        en=f"Check its brackets, quotes and operators ({said}).",
    )


def _unknown(name: str, scope: Scope, declaration: Declaration) -> tuple[Text, Text]:
    message = Text(th=f"ที่นี่ไม่มี “{name}”", en=f"There is no “{name}” here.")
    first, _, rest = name.partition(".")
    if first in {"page", "answers"}:
        key = rest if first == "answers" else f"<page>.{rest}"
        return message, Text(
            th=f"ขึ้นต้นด้วยชื่อหน้า เช่น {key or 'stay.phone'}", en=f"Begin with the page's key: {key or 'stay.phone'}."
        )
    if parts := [
        known for known in scope.variables if known.startswith(f"{name}.") and not known.endswith(".answered")
    ]:
        return message, Text(th=f"ระบุให้ครบ เช่น {parts[0]}", en=f"Name it whole, such as {parts[0]}.")
    if _asked_elsewhere(name, declaration):
        return (
            Text(th=f"“{name}” ถูกถามหลังจากนี้ หรืออยู่ในกลุ่มอื่น", en=f"“{name}” is asked later, or in another group."),
            Text(th="ใช้เฉพาะคำตอบที่ถามมาก่อน", en="Use only what was asked before this."),
        )
    known = [*scope.variables, *FUNCTIONS]
    shown = ", ".join([variable for variable in scope.variables if not variable.endswith(".answered")][:12])
    return message, meant(name, known, otherwise=Text(th=f"ใช้ได้: {shown}", en=f"There are: {shown}."))


def _asked_elsewhere(name: str, declaration: Declaration) -> bool:
    path = ".".join(name.split(".")[:2])
    return any(path == f"{page.page}.{field.key}" for page in declaration.form for field in page.fields)


def _mismatch(operator: str, operands: str) -> tuple[Text, Text]:
    types = [kind.strip() for kind in operands.split(",")]
    named = [_TYPES.get(kind, Text(th=kind, en=kind)) for kind in types]
    th, en = " กับ ".join(kind.th for kind in named), " and ".join(kind.en for kind in named)
    symbol = operator.strip("_").replace("_", " ").strip()
    message = Text(th=f"ใช้ “{symbol}” กับ{th} ไม่ได้", en=f"“{symbol}” cannot be used with {en}.")
    return message, _mismatch_cure(set(types))


def _mismatch_cure(types: set[str]) -> Text:
    if types == {_WHOLE, _DECIMAL}:
        return Text(th="เขียนตัวเลขให้มีทศนิยม เช่น 5.0", en="Write the number with decimals, such as 5.0.")
    if types == {_DAY, _TEXT}:
        return Text(
            th="เทียบวันที่กับ today หรือวันที่อื่น เช่น timestamp('2026-01-01T00:00:00Z')",
            en="Compare a day with today or another day, such as timestamp('2026-01-01T00:00:00Z').",
        )
    if types == {_DAY, _WHOLE}:
        return Text(th="บวกลบวันด้วย days(…) เช่น today + days(90)", en="Add days with days(…), such as today + days(90).")
    if types == {_WHOLE, _TEXT}:
        return Text(th="ตัวเลขไม่ต้องมีเครื่องหมายคำพูด และข้อความต้องมี", en="A number has no quotes, and a text has.")
    return Text(th="ใช้ค่าที่เป็นชนิดเดียวกัน", en="Use values of the same kind.")


_KNOWN: list[tuple[str, Callable[..., tuple[Text, Text]]]] = [
    (r"no matching overload for '([^']*)' applied to '\(?([^']*?)\)?'", _mismatch),
    (r"has\(.*\) is not (.*)", _not_has),
    ("null is not used", _not_null),
    ("operand of a select", _no_parts),
    ("the result is (.*), not bool", _not_true_or_false),
]
