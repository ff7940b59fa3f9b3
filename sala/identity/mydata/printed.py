"""The copy as a document for people: the same sections as the pages, whole, in one language."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sala.identity.accounts import holdings
from sala.identity.mydata import looks, sections
from sala.identity.mydata.sections import Item, Section
from sala.identity.provider.looks import HEARD, SIGN_IN
from sala.kit import clock, thai
from sala.kit.text import Text

MOST = 1000
"""Records of a section, and looks, that the PDF holds; the JSON has every one, and the PDF says so."""

_TITLE = Text(th="ข้อมูลทั้งหมดของฉัน", en="All data held about me")
_LEAD = Text(
    th="สำเนานี้จัดทำตามสิทธิในการเข้าถึงข้อมูลส่วนบุคคล พ.ร.บ. คุ้มครองข้อมูลส่วนบุคคล พ.ศ. 2562 มาตรา 30",
    en="Made under the right of access, Personal Data Protection Act 2019 (PDPA), section 30",
)
_LABELS = {
    "why": Text(th="เก็บไว้ทำไม", en="Why it is kept"),
    "kept": Text(th="เก็บนานเท่าใด", en="How long"),
    "law": Text(th="ตามกฎหมาย", en="Under which law"),
    "none": Text(th="ไม่มีข้อมูล", en="Nothing is held"),
    "made": Text(th="จัดทำเมื่อ", en="Made on"),
    "page": Text(th="หน้า", en="Page"),
    "looks": Text(th="ใครดูข้อมูลของฉัน", en="Who looked"),
    "more": Text(th="มีมากกว่านี้ ดูทั้งหมดได้ในไฟล์ JSON", en="There are more: the JSON file has them all"),
}
_CHANGED = Text(th="ได้รับแจ้งว่าข้อมูลเปลี่ยน แต่ไม่รู้ค่าใหม่", en="It was told that this has changed, not what it says now")
_SIGNED_IN = Text(th="ท่านเข้าสู่ระบบที่บริการนี้", en="You signed in to this service")


def document(account: UUID, language: str) -> dict[str, Any]:
    """What the printer sets; every text in the language that is active."""
    row = holdings.account(account)
    return {
        "language": language,
        "title": str(_TITLE),
        "lead": str(_LEAD),
        "name": f"{row['given_name']} {row['surname']}".strip(),
        "made": thai.moment(clock.now()),
        "day": [clock.today().year, clock.today().month, clock.today().day],
        "labels": {name: str(text) for name, text in _LABELS.items()},
        "sections": [_section(one, account) for one in sections.sections()],
        "looks": _looks(account),
    }


def _section(one: Section, account: UUID) -> dict[str, Any]:
    items = one.items(account, MOST + 1)
    return {
        "title": str(one.title),
        "why": str(one.why),
        "kept": str(one.kept),
        "law": str(one.law),
        "items": [_item(item) for item in items[:MOST]],
        "more": len(items) > MOST,
    }


def _item(item: Item) -> dict[str, Any]:
    facts = [{"label": str(fact.label), "value": fact.value, "note": fact.note} for fact in item.facts]
    return {"title": item.title, "facts": facts}


def _looks(account: UUID) -> dict[str, Any]:
    page = looks.page(account, limit=MOST)
    return {"items": [_look(line) for line in page.lines], "more": bool(page.next)}


def _look(line: looks.Line) -> dict[str, Any]:
    told = [f"{one.label}: {one.purpose} ({one.basis})" for one in line.told]
    said = [str(text) for text in (line.what, line.reason) if text]
    if line.act == SIGN_IN:
        said = [str(_SIGNED_IN)]
    if line.act == HEARD:
        said = [str(_CHANGED)]
    return {"at": thai.moment(line.at), "by": str(line.by), "said": [*said, *told]}
