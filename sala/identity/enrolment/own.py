"""What this room tells people of themselves: who tried with their number, and the enrolments that are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sala.identity.enrolment import words
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.station.words import LOOKS as AT_OFFICE
from sala.identity.mydata import laws, sections, trails
from sala.identity.mydata.sections import Fact, Item, Section
from sala.kit import thai
from sala.kit.text import Text, language

_COLUMNS = (
    "id", "way", "purpose", "state", "level", "office_id", "proofs", "tries", "started_at", "changed_at", "ended_at",
    "reason",
)  # fmt: skip


def contribute() -> None:
    """Tell the room of one's own data; called once the rooms are there."""
    trails.register(lambda _: (), {**words.LOOKS, **AT_OFFICE})
    sections.register(_SECTION)


def rows(account: UUID) -> list[dict[str, Any]]:
    """The account's enrolments, the newest first; without pictures and codes, which nobody is given again."""
    mine = Enrolment.objects.filter(account_id=account).order_by("-started_at")
    return [msgspec.to_builtins(row) for row in mine.values(*_COLUMNS)]


def _item(row: dict[str, Any]) -> Item:
    facts = [Fact(words.STATE, str(words.STATES[row["state"]]))]
    if row["level"]:
        facts.append(Fact(words.LEVEL, f"IAL {row['level']}"))
    if row["reason"]:
        facts.append(Fact(words.REASON, row["reason"]))
    begun = datetime.fromisoformat(row["started_at"])
    facts.append(Fact(words.BEGUN, thai.moment(begun, language())))
    return Item(str(words.WAYS[row["way"]]), facts, at=begun)


_SECTION = Section(
    key="enrolment",
    order=25,
    title=words.YOUR_ENROLMENT,
    why=Text(th="เพื่อให้ทราบว่าบัญชีนี้เป็นของท่านจริง", en="To know that the account is yours"),
    kept=Text(
        th="5 ปีหลังเสร็จสิ้น รายการที่ทำไม่จบ 30 วัน ภาพใบหน้าลบเมื่อตัดสินแล้ว",
        en="5 years after its end; 30 days where it was not finished; the picture until it is decided",
    ),
    law=laws.ACCOUNT,
    count=lambda account: len(rows(account)),
    items=lambda account, most: [_item(row) for row in rows(account)[:most]],
    export=rows,
    manage="enrolment:home",
    manage_words=Text(th="ดูระดับของท่าน", en="See your level"),
)
