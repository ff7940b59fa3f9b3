"""Children and people in one's care: what the register has about them, for who acts for them.

Each time it is opened stands under the ward, who reads it once they have an account of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

from sala.identity.mydata import laws, words
from sala.identity.mydata.register import value_of
from sala.identity.mydata.sections import Fact, Item, Section
from sala.identity.people import guardian_words, guardians, rules
from sala.identity.people import queries as people
from sala.identity.people.guardians import NO_END, Kept
from sala.identity.people.queries import PersonCard
from sala.kit import audit, thai
from sala.kit.text import Text, language

VIEWED = "ward.viewed"
LOOK = Text(th="เปิดดูข้อมูลของท่านในทะเบียนราษฎร ในฐานะผู้ดูแล", en="Opened your entry in the civil register, acting for you")
_GROUND = Text(th="ท่านดูแลในฐานะ", en="You act as")
_UNTIL = Text(th="ถึง", en="Until")
_NO_END = Text(th="จนกว่าศาลจะสั่งเป็นอย่างอื่น", en="A court says otherwise")
_PARTS = ("title", "given_name", "middle_name", "family_name")


def section() -> Section:
    """The section of the page."""
    return Section(
        "wards", 15,
        title=Text(th="บุตรและผู้อยู่ในความดูแลของฉัน", en="Children and people in my care"),
        why=Text(
            th="เพื่อให้ท่านทำแทนผู้ที่ท่านดูแลได้ ผู้บันทึกคือสำนักทะเบียน การเปิดดูทุกครั้งถูกบันทึกไว้ให้เจ้าของข้อมูลเห็น",
            en="So that you can act for those in your care. A registration office records it. Each time you look is "
            "kept, for them to see",
        ),
        kept=Text(th="ตลอดไป ตามกฎหมายทะเบียนราษฎร", en="For ever, as the law on civil registration asks"),
        law=laws.REGISTER, count=lambda account: len(_kept(account)), items=_items, export=_export,
    )  # fmt: skip


def _kept(account: UUID) -> list[Kept]:
    linked = people.of_account(account)
    return guardians.wards(linked.person.id) if linked else []


def _items(account: UUID, most: int) -> list[Item]:
    return list(_looked(account, _kept(account)[:most]))


def _looked(account: UUID, kept: list[Kept]) -> Iterator[Item]:
    for one in kept:
        card = people.by_id(one.ward)
        if card is not None:
            audit.record(f"account:{account}", VIEWED, f"person:{card.id}", {"guardianship": one.id})
            yield Item(_name(card), [*_facts(one), *_entry(card)])


def _facts(one: Kept) -> list[Fact]:
    until = str(_NO_END) if one.until == NO_END else thai.day(one.until)
    return [Fact(_GROUND, str(guardian_words.GROUNDS[one.ground])), Fact(_UNTIL, until)]


def _entry(card: PersonCard) -> list[Fact]:
    stored = people.stored(card)
    return [
        Fact(label, value_of(name, stored[name]))
        for name, label in words.FIELDS.items()
        if stored.get(name) not in (None, "")
    ]


def _name(card: PersonCard) -> str:
    code = language()
    return rules.whole_name(*(str(getattr(card, f"{part}_{code}")) for part in _PARTS), language=code)


def _export(account: UUID) -> list[dict[str, Any]]:
    """What is held about the account's own person: for whom they act, not what those people's entries say."""
    named = ((one, people.by_id(one.ward)) for one in _kept(account))
    rows = [
        {"ward": _name(card) if card else "", "ground": one.ground, "document": one.document, "since": one.since,
         "until": one.until, "recorded_at": one.recorded_at}
        for one, card in named
    ]  # fmt: skip
    told: list[dict[str, Any]] = msgspec.to_builtins(rows)
    return told
