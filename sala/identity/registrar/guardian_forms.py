"""The desk's form of a guardianship: as it is drawn, and as it is read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sala.identity.people import guardian_words, rules
from sala.identity.people.guardians import NO_END
from sala.identity.people.queries import PersonCard
from sala.identity.registrar import forms, words
from sala.kit import clock, thai
from sala.kit.errors import Fault
from sala.kit.text import Text

NAMES = ("pid", "ground", "document", "since", "until", "adopted")
_LABELS = {
    "pid": Text(th="เลขประจำตัวประชาชนของผู้ดูแล", en="Personal number of who acts for them"),
    "ground": Text(th="อาศัยอำนาจใด", en="On what ground"),
    "document": words.DOCUMENT,
    "since": Text(th="ตั้งแต่วันที่", en="Since"),
    "until": Text(th="ถึงวันที่", en="Last day"),
}
_ADOPTED = Text(th="รับเป็นบุตรบุญธรรม หรือรับรองบุตรแล้ว", en="By adoption or recognition, as the document says")
_DOCUMENT_HINT = Text(
    th="สูติบัตร ทะเบียนรับบุตรบุญธรรม หรือคำสั่งศาล พร้อมเลขที่",
    en="Birth certificate, entry of the adoption, or the court’s order, with its number",
)
_DAY_HINT = Text(th="วัน เดือน ปี เช่น 13 4 2569", en="Day, month, year, such as 13 4 2026")
_NO_END_HINT = Text(th="เว้นว่างหากคำสั่งศาลไม่กำหนดวันสิ้นสุด", en="Leave it empty where the court’s order names no last day")


def until_hint(ward: PersonCard) -> Text:
    """Of a child the law says the last day."""
    if not rules.is_minor(ward.birth_date, clock.today()):
        return _NO_END_HINT
    last = rules.last_day_of_minority(ward.birth_date)
    return Text(
        th=f"เว้นว่างเพื่อให้ถึง {thai.day(last, 'th')} วันสุดท้ายก่อนบรรลุนิติภาวะ",
        en=f"Leave it empty for {thai.day(last, 'en')}, the last day before they are of age",
    )


def grounds(ward: PersonCard) -> list[str]:
    """Those that there are for somebody of this age."""
    return ["parent", "guardian"] if rules.is_minor(ward.birth_date, clock.today()) else ["curator"]


def proposal(ward: PersonCard, parent: PersonCard) -> dict[str, str]:
    """What stands in the boxes for a parent whom the register names."""
    return {"pid": parent.pid, "ground": "parent", "since": forms.typed_day(ward.birth_date)}


def read(posted: Mapping[str, str]) -> tuple[dict[str, str], dict[str, Any], list[Fault]]:
    """What was typed, what it means, and what means nothing or is missing."""
    typed = {name: str(posted.get(name, "")).strip()[:300] for name in NAMES}
    meant: dict[str, Any] = dict(typed) | {"pid": "".join(typed["pid"].split()).replace("-", "")}
    meant |= {name: forms.day(typed[name]) for name in ("since", "until")} | {"adopted": typed["adopted"] == "yes"}
    faults = []
    if not rules.is_pid(meant["pid"]):
        faults.append(Fault("pid", "pid", words.NOBODY_BY_NUMBER))
    if meant["since"] is None:
        faults.append(Fault("since", "date", guardian_words.SINCE))
    if typed["until"] and meant["until"] is None:
        faults.append(Fault("until", "date", words.DATE))
    return typed, meant, faults


def widgets(ward: PersonCard, typed: Mapping[str, str], faults: list[Fault]) -> list[dict[str, Any]]:
    """Each field as the component that draws it. The box about adoption comes when the entry names other parents."""
    hints = {"document": _DOCUMENT_HINT, "since": _DAY_HINT, "until": until_hint(ward)}
    drawn = [_ground(ward, typed, faults)]
    drawn += [
        _input(name, typed.get(name, ""), hints.get(name), faults) for name in ("pid", "document", "since", "until")
    ]
    if typed.get("adopted") or _wrong("adopted", faults):
        drawn.insert(2, _adopted(typed, faults))
    return drawn


def _wrong(name: str, faults: list[Fault]) -> dict[str, Any]:
    found = next((fault for fault in faults if fault.field == name), None)
    return {"errorMessage": {"text": str(found.message)}} if found else {}


def _input(name: str, value: str, hint: Text | None, faults: list[Fault]) -> dict[str, Any]:
    short = {"pid": "govuk-input--width-20", "document": ""}.get(name, "govuk-input--width-10")
    params: dict[str, Any] = {
        "id": name, "name": name, "value": value, "label": {"text": str(_LABELS[name])}, "classes": short,
        "autocomplete": "off", "spellcheck": False, **_wrong(name, faults),
    }  # fmt: skip
    params |= {"hint": {"text": str(hint)}} if hint else {}
    params |= {"inputmode": "numeric"} if name == "pid" else {}
    return {"component": "input", "params": params}


def _ground(ward: PersonCard, typed: Mapping[str, str], faults: list[Fault]) -> dict[str, Any]:
    known = grounds(ward)
    chosen = typed.get("ground") or (known[0] if len(known) == 1 else "")
    items = [
        {"value": ground, "text": str(guardian_words.GROUNDS[ground]), "checked": ground == chosen} for ground in known
    ]
    legend = {"legend": {"text": str(_LABELS["ground"]), "classes": "govuk-fieldset__legend--s"}}
    params = {"idPrefix": "ground", "name": "ground", "fieldset": legend, "items": items, **_wrong("ground", faults)}
    return {"component": "radios", "params": params}


def _adopted(typed: Mapping[str, str], faults: list[Fault]) -> dict[str, Any]:
    items = [{"value": "yes", "text": str(_ADOPTED), "checked": typed.get("adopted") == "yes"}]
    params = {"idPrefix": "adopted", "name": "adopted", "items": items, **_wrong("adopted", faults)}
    return {"component": "checkboxes", "params": params}


def meant_until(until: date) -> str:
    """A last day in words."""
    return str(words.NO_LAST_DAY) if until == NO_END else thai.day(until)
