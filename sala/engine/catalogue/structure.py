"""Whether a declaration's data has the shape that declaration.py gives: every fault, not the first alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import msgspec.inspect as kinds

from sala.engine.catalogue import declaration
from sala.engine.catalogue.declaration import Declaration
from sala.engine.catalogue.problems import Finding, Path, meant, one_of
from sala.kit.text import Text

_PARTS = {
    "Declaration": Text(th="คำประกาศบริการ", en="A declaration"),
    "Text": Text(th="ข้อความสองภาษา", en="A text"),
    "Choice": Text(th="ตัวเลือก", en="A choice"),
    "FieldCheck": Text(th="การตรวจช่อง", en="A field's check"),
    "Notice": Text(th="ข้อสังเกต", en="A notice"),
    "Field": Text(th="ช่อง", en="A field"),
    "Page": Text(th="หน้า", en="A page"),
    "Group": Text(th="กลุ่ม", en="A group"),
    "Window": Text(th="ช่วงเวลายื่น", en="A window"),
    "Route": Text(th="การส่งต่อ", en="A route"),
    "Leg": Text(th="กำหนดเวลา", en="A time"),
    "Register": Text(th="ทะเบียน", en="A register"),
    "Check": Text(th="การตรวจ", en="A check"),
    "Step": Text(th="ขั้นตอน", en="A step"),
    "Reason": Text(th="เหตุผล", en="A reason"),
    "Letter": Text(th="จดหมาย", en="A letter"),
    "Consent": Text(th="ความยินยอมของผู้อื่น", en="A consent"),
    "Deed": Text(th="ผลในทะเบียน", en="A deed"),
    "Issue": Text(th="เอกสารที่ออก", en="An issued document"),
    "Reminders": Text(th="การเตือน", en="The reminders"),
    "Appointment": Text(th="นัดหมาย", en="An appointment"),
    "Instead": Text(th="ทางออนไลน์", en="What can be done online"),
    "MenuEntry": Text(th="รายการเมนู", en="A menu entry"),
}

_QUOTES = Text(th="ข้อความที่มีจุลภาคต้องอยู่ในเครื่องหมายคำพูด", en="A text with a comma in it needs quotes.")
_FORMS = {
    declaration.KEY: "ตัวอักษรอังกฤษตัวเล็ก ตัวเลข และ _ ขึ้นต้นด้วยตัวอักษร",
    declaration.SLUG: "ตัวอักษรอังกฤษตัวเล็ก ตัวเลข และ - ขึ้นต้นด้วยตัวอักษร",
    declaration.DAYS: "จำนวนวัน เช่น 3d หรือ -15d",
    declaration.SPAN: "ชั่วโมงหรือวัน เช่น 30h หรือ 3d",
    declaration.FUNCTION: "ฟังก์ชันที่หน่วยงานลงทะเบียนไว้ เช่น immigration.tm47:due_date",
    declaration.REFERENCE: "ตัวอักษรอังกฤษตัวใหญ่และตัวเลข 2 ถึง 8 ตัว เช่น TM47",
    declaration.PREFILL: "last, never, filed, filed_on หรือ profile.given_name, .surname, .phone, .email "
    "หรือ person.pid, .title, .given_name, .middle_name, .family_name, .birth_date, .nationality, .house",
    declaration.PATH: "หน้า.ช่อง เช่น stay.address",
    declaration.LETTER: "ตัวอักษรอังกฤษตัวใหญ่หนึ่งตัว เช่น A",
    declaration.FACT: "ทะเบียน.ข้อมูล เช่น record.birth_date",
}
"""Thai for what the types say of each pattern in English."""


def faults(data: Any) -> Iterator[Finding]:
    """Everything that does not fit the types, in the order of the data."""
    yield from _judge(data, _declaration(), ())


@cache
def _declaration() -> kinds.Type:
    return kinds.type_info(Declaration)


def _judge(value: Any, kind: kinds.Type, path: Path) -> Iterator[Finding]:
    described = ""
    while isinstance(kind, kinds.Metadata):
        described = (kind.extra_json_schema or {}).get("description", described)
        kind = kind.type
    if isinstance(kind, kinds.UnionType):
        # Only `X | None` occurs.
        if value is None:
            return
        kind = next(inner for inner in kind.types if not isinstance(inner, kinds.NoneType))
        yield from _judge(value, kind, path)
        return
    yield from _JUDGES[type(kind)](value, kind, path, described)


def _struct(value: Any, kind: Any, path: Path, described: str) -> Iterator[Finding]:
    part = _PARTS[kind.cls.__name__]
    if not isinstance(value, dict):
        yield _not_a(path, value, *_shape_of(kind, part))
        return
    fields = {field.encode_name: field for field in kind.fields}
    for key in value:
        if key not in fields:
            known = _QUOTES if kind.cls is Text and value[key] is None else one_of(fields)
            message = Text(th=f"{part.th}ไม่มีคำว่า “{key}”", en=f"{part.en} has no “{key}”.")
            yield Finding((*path, key), message, meant(key, fields, otherwise=known), of_key=True)
    for name, field in fields.items():
        if name in value:
            yield from _judge(value[name], field.type, (*path, name))
        elif field.required:
            message = Text(th=f"{part.th}ต้องมี “{name}”", en=f"{part.en} needs “{name}”.")
            example = _example(field.type)
            yield Finding(path, message, Text(th=f"เพิ่ม {name}: {example}", en=f"Add {name}: {example}"))
    if kind.cls is Text:
        yield from _blank(value, path)


def _blank(value: dict[str, Any], path: Path) -> Iterator[Finding]:
    for language, th, en in (("th", "ภาษาไทย", "Thai"), ("en", "ภาษาอังกฤษ", "English")):
        if isinstance(value.get(language), str) and not value[language].strip():
            message = Text(th=f"ข้อความ{th}ว่างเปล่า", en=f"The {en} text is empty.")
            yield Finding((*path, language), message, Text(th=f"เขียนข้อความ{th}", en=f"Write it in {en}."))


def _shape_of(kind: Any, part: Text) -> tuple[Text, Text]:
    if kind.cls is Text:
        return (
            Text(th="ข้อความสองภาษา", en="a text in both languages"),
            Text(th="เขียน {th: …, en: …}", en="Write {th: …, en: …}."),
        )
    keys = ", ".join(field.encode_name for field in kind.fields if field.required)
    return (
        Text(th=f"{part.th} ซึ่งเป็นรายการคำและค่า", en=f"{part.en.lower()}, with keys and values"),
        Text(th=f"เขียนเป็น คำ: ค่า อย่างน้อย {keys}", en=f"Write it as key: value, at least {keys}."),
    )


def _list(value: Any, kind: Any, path: Path, described: str) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield _not_a(
            path,
            value,
            Text(th="รายการ", en="a list"),
            Text(th="ขึ้นบรรทัดใหม่ด้วย - หรือเขียนใน [ ]", en="Begin each item with - on its own line, or write [ ]."),
        )
        return
    if kind.min_length and len(value) < kind.min_length:
        yield Finding(
            path,
            Text(th="รายการว่างเปล่า", en="This list is empty."),
            Text(th=f"ใส่อย่างน้อย {kind.min_length} รายการ", en=f"Give at least {kind.min_length}."),
        )
    for index, item in enumerate(value):
        yield from _judge(item, kind.item_type, (*path, index))


def _dict(value: Any, kind: Any, path: Path, described: str) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield _not_a(
            path,
            value,
            Text(th="รายการคำและค่า", en="keys with values"),
            Text(th="เขียนเป็น คำ: ค่า", en="Write it as key: value."),
        )
        return
    for key, item in value.items():
        yield from _judge(key, kind.key_type, (*path, key))
        yield from _judge(item, kind.value_type, (*path, key))


def _str(value: Any, kind: Any, path: Path, described: str) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield _not_a(
            path,
            value,
            Text(th="ข้อความ", en="a text"),
            Text(th="ใส่เครื่องหมายคำพูด เช่น '10'", en="Put it in quotes, such as '10'."),
        )
    elif kind.pattern and not re.search(kind.pattern, value):
        said = value if len(value) <= 60 else f"{value[:60]}…"
        message = Text(th=f"“{said}” เขียนไม่ถูกรูปแบบ", en=f"“{said}” is not written as it must be.")
        thai = _FORMS.get(kind.pattern, described)
        yield Finding(path, message, Text(th=f"ต้องเป็น: {thai}", en=f"It must be: {described}."))


def _literal(value: Any, kind: Any, path: Path, described: str) -> Iterator[Finding]:
    if value not in kind.values:
        known = [str(option) for option in kind.values]
        message = Text(th=f"“{_said(value)}” ใช้ที่นี่ไม่ได้", en=f"“{_said(value)}” cannot stand here.")
        yield Finding(path, message, meant(str(value), known, otherwise=one_of(known)))


def _bool(value: Any, kind: Any, path: Path, described: str) -> Iterator[Finding]:
    if not isinstance(value, bool):
        yield _not_a(
            path,
            value,
            Text(th="true หรือ false", en="true or false"),
            Text(th="เขียน true หรือ false", en="Write true or false."),
        )


def _number(value: Any, kind: Any, path: Path, described: str) -> Iterator[Finding]:
    whole = isinstance(kind, kinds.IntType)
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        yield _not_a(
            path,
            value,
            Text(th="จำนวนเต็ม" if whole else "ตัวเลข", en="a whole number" if whole else "a number"),
            Text(th="เขียนเป็นตัวเลข ไม่มีเครื่องหมายคำพูด", en="Write it in digits, without quotes."),
        )
    elif (kind.ge is not None and value < kind.ge) or (kind.le is not None and value > kind.le):
        least, most = kind.ge, kind.le
        message = Text(th=f"{value} อยู่นอกช่วงที่ใช้ได้", en=f"{value} is out of range.")
        bounds = [f"≥ {least}" if least is not None else "", f"≤ {most}" if most is not None else ""]
        limits = ", ".join(bound for bound in bounds if bound)
        yield Finding(path, message, Text(th=f"ต้อง {limits}", en=f"It must be {limits}."))


_JUDGES: dict[type, Callable[[Any, Any, Path, str], Iterator[Finding]]] = {
    kinds.StructType: _struct,
    kinds.VarTupleType: _list,
    kinds.DictType: _dict,
    kinds.StrType: _str,
    kinds.LiteralType: _literal,
    kinds.BoolType: _bool,
    kinds.IntType: _number,
    kinds.FloatType: _number,
}


def _not_a(path: Path, value: Any, wanted: Text, cure: Text) -> Finding:
    message = Text(
        th=f"ที่นี่ต้องเป็น{wanted.th} แต่เขียนว่า “{_said(value)}”", en=f"This must be {wanted.en}, not “{_said(value)}”."
    )
    return Finding(path, message, cure)


def _said(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    said = str(value)
    return said if len(said) <= 60 else f"{said[:60]}…"


def _example(kind: kinds.Type) -> str:
    while isinstance(kind, kinds.Metadata):
        kind = kind.type
    if isinstance(kind, kinds.StructType):
        return "{th: …, en: …}" if kind.cls is Text else "{…}"
    if isinstance(kind, kinds.VarTupleType):
        return "[…]"
    return str(kind.values[0]) if isinstance(kind, kinds.LiteralType) else "…"
