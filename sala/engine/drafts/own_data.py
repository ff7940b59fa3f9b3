"""What drafts hold about somebody, for that somebody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.urls import reverse

from sala.engine.catalogue import queries as catalogue
from sala.engine.drafts.models import Draft
from sala.identity.mydata import laws, sections
from sala.identity.mydata.sections import Fact, Item, Section
from sala.kit import thai
from sala.kit.text import Text

_TOUCHED = Text(th="แก้ไขล่าสุด", en="Last changed")
_COLUMNS = ("id", "service", "title", "language", "content", "file_on", "created_at", "updated_at")


def contribute() -> None:
    """Tell the page of one's own data about drafts."""
    sections.register(
        Section(
            "drafts", 210,
            title=Text(th="ร่างที่ยังไม่ส่ง", en="Drafts"),
            why=Text(th="เพื่อให้ท่านกรอกต่อภายหลังได้ เจ้าหน้าที่ไม่เห็น", en="So that you can go on later. No officer sees them"),
            kept=Text(th="90 วันหลังแก้ไขครั้งล่าสุด", en="90 days after they were last changed"),
            law=laws.SERVICE, manage="drafts:mine", manage_words=Text(th="ดูหรือลบร่าง", en="See or delete them"),
            count=lambda account: Draft.objects.filter(account_id=account, submitted_at=None).count(),
            items=_items, export=_export,
        )
    )  # fmt: skip


def _items(account: UUID, most: int) -> list[Item]:
    rows = Draft.objects.filter(account_id=account, submitted_at=None).order_by("-updated_at")[:most]
    return [
        Item(
            " ".join(filter(None, [str(catalogue.version(row.version_id).declaration.name), row.title])),
            [Fact(_TOUCHED, thai.moment(row.updated_at))],
            reverse("drafts:resume", args=[row.id]),
            row.updated_at,
        )
        for row in rows
    ]


def _export(account: UUID) -> list[dict[str, Any]]:
    rows = Draft.objects.filter(account_id=account, submitted_at=None).order_by("-updated_at").values(*_COLUMNS)
    return [msgspec.to_builtins(row) for row in rows]
