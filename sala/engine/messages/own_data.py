"""The letters written to somebody, for that somebody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from sala.engine.messages.models import Message
from sala.identity.accounts import holdings
from sala.identity.mydata import laws, sections
from sala.identity.mydata.sections import Fact, Item, Section
from sala.kit import thai
from sala.kit.text import Text

_WHEN = Text(th="เขียนเมื่อ", en="Written")
_TO = Text(th="ถึง", en="To")
_COLUMNS = ("id", "case_reference", "kind", "to", "language", "subject", "text", "state", "created_at", "sent_at")


def contribute() -> None:
    """Tell the page of one's own data about letters."""
    sections.register(
        Section(
            "letters", 230,
            title=Text(th="จดหมายถึงท่าน", en="Letters to you"),
            why=Text(
                th="เพื่อพิสูจน์ว่าแจ้งท่านแล้ว ข้อความของจดหมายที่มีลิงก์เข้าบัญชีถูกลบทันทีที่ส่ง",
                en="To prove that you were told. The words of letters with a link into your account go when sent",
            ),
            kept=Text(th="เท่ากับเรื่องที่จดหมายเกี่ยวข้อง", en="As long as the request that they are about"),
            law=laws.SERVICE,
            count=lambda account: _rows(account).count(), items=_items, export=_export,
        )
    )  # fmt: skip


def _rows(account: UUID) -> QuerySet[Message]:
    """Those to the address that the account has now: an earlier address may be somebody else's today."""
    address = holdings.account(account).get("email", "")
    return Message.objects.filter(to=address).exclude(to="").order_by("-created_at")


def _items(account: UUID, most: int) -> list[Item]:
    return [
        Item(row.subject, [Fact(_WHEN, thai.moment(row.created_at)), Fact(_TO, row.to)], at=row.created_at)
        for row in _rows(account)[:most]
    ]


def _export(account: UUID) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(row) for row in _rows(account).values(*_COLUMNS)]
