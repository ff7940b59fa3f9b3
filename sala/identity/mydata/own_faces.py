"""The sections about faces: what is kept of one's own, and every time it was compared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sala.identity.faces import holdings
from sala.identity.faces.tidying import KEPT
from sala.identity.mydata import laws, sections, trails
from sala.identity.mydata.sections import Fact, Item, Section
from sala.kit import thai
from sala.kit.text import Text

_MADE = Text(th="สร้างเมื่อ", en="Made")
_FROM = Text(th="จาก", en="From")
_WHEN = Text(th="เมื่อ", en="When")
_RESULT = Text(th="ผล", en="Result")
_BY = Text(th="โดยวิธี", en="Engine")
_SOURCES = {
    "photograph": Text(th="รูปถ่ายในทะเบียน", en="The photograph in the register"),
    "enrolment": Text(th="ภาพที่ถ่ายเมื่อยืนยันตัวตน", en="The picture taken when you proved who you are"),
}
_PURPOSES = {
    "enrol": Text(th="ยืนยันตัวตนเพื่อใช้ดิจิทัลไอดี", en="Proving who you are, for your digital ID"),
    "recover": Text(th="กู้คืนบัญชี", en="Getting back into an account"),
}
_OTHER = Text(th="ตรวจสอบตัวบุคคล", en="A check of who somebody is")
_RESULTS = {
    True: Text(th="คล้ายกับท่าน", en="Like you"),
    False: Text(th="ไม่คล้ายกับท่าน", en="Not like you"),
    None: Text(th="เปรียบเทียบไม่ได้", en="Nothing could be compared"),
}
_FOUND = Text(th="พบบุคคลอื่นที่คล้าย เจ้าหน้าที่เป็นผู้ตัดสิน", en="Others who are like were found; an officer decides")
_NOBODY = Text(th="ไม่พบบุคคลอื่นที่คล้าย", en="Nobody else who is like was found")
_WITH = Text(th="เทียบกับ", en="Compared with")
_WITHS = {
    "one": Text(th="ข้อมูลใบหน้าของท่าน", en="What is kept of your face"),
    "many": Text(th="ข้อมูลใบหน้าของทุกคนในทะเบียน", en="Everybody in the register"),
}
_TEMPLATE_KEPT = Text(th="เก็บข้อมูลจำแนกใบหน้าของท่าน", en="Kept a template of your face")


def contribute() -> None:
    """Tell the room these sections; called once the rooms are there."""
    for one in _sections():
        sections.register(one)
    trails.register(lambda _account: [], {"face.template_kept": _TEMPLATE_KEPT})


def _template(row: dict[str, Any]) -> Item:
    return Item(
        str(_SOURCES.get(row["source"], row["source"])),
        [Fact(_MADE, _moment(row["made_at"])), Fact(_BY, row["engine"])],
    )


def _comparison(row: dict[str, Any]) -> Item:
    facts = [Fact(_WHEN, _moment(row["at"])), Fact(_WITH, str(_WITHS[row["kind"]])), Fact(_RESULT, str(_result(row)))]
    return Item(str(_PURPOSES.get(row["purpose"], _OTHER)), facts, at=datetime.fromisoformat(row["at"]))


def _result(row: dict[str, Any]) -> Text:
    likeness = row["likeness"]
    if row["kind"] == "one" or not row["engine"]:
        return _RESULTS[None if likeness is None else likeness >= row["threshold"]]
    return _FOUND if likeness is not None else _NOBODY


def _moment(stored: str) -> str:
    return thai.moment(datetime.fromisoformat(stored))


def _sections() -> list[Section]:
    years = KEPT.days // 365
    return [
        Section(
            "face_templates", 15,
            title=Text(th="ข้อมูลจำแนกใบหน้า", en="Templates of your face"),
            why=Text(
                th="เพื่อเทียบว่าภาพถ่ายเป็นตัวท่านหรือไม่ เก็บเป็นตัวเลขที่เข้ารหัสด้วยกุญแจของท่านโดยเฉพาะ ไม่ใช่ภาพ",
                en="To tell whether a picture shows you. They are numbers, not pictures, sealed under a key that is "
                "yours alone",
            ),
            kept=Text(
                th="จนกว่าจะมีภาพใหม่ หรือสิ้นสภาพบุคคลหรือสัญชาติไทย", en="Until there is a newer picture, or until death "
                "or the loss of Thai nationality",
            ),
            law=laws.FACES, count=lambda account: len(holdings.templates(account)),
            items=lambda account, most: [_template(row) for row in holdings.templates(account)[:most]],
            export=holdings.templates,
        ),
        Section(
            "face_comparisons", 16,
            title=Text(th="การเปรียบเทียบใบหน้า", en="Times your face was compared"),
            why=Text(
                th="เพื่อให้ท่านเห็นทุกครั้งที่ใบหน้าของท่านถูกเปรียบเทียบ ไม่มีการเก็บภาพไว้ในรายการนี้",
                en="So that you see each time your face was compared. No picture is kept with it",
            ),
            kept=Text(th=f"{years} ปี", en=f"{years} years"),
            law=laws.FACES, count=holdings.comparisons_count,
            items=lambda account, most: [_comparison(row) for row in holdings.comparisons(account, most)],
            export=holdings.comparisons,
        ),
    ]  # fmt: skip
