"""Files that applicants give: of a draft while it is filled in, of the case once it is filed.

Until then a file belongs to the draft's id alone, so it goes with a draft that is given up. A file is
served as a download only, under the media type its content showed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from sala.engine.cases.models import Attachment
from sala.kit.errors import Fault, Invalid, NotFound
from sala.kit.text import Text

MOST_OF_A_DRAFT = 40
"""Files a draft may hold: a family of ten with four papers each."""

_NOT_YOURS = Text(th="ไม่พบไฟล์นี้แล้ว โปรดแนบอีกครั้ง", en="This file is no longer here. Attach it again")
_TOO_MANY = Text(
    th=f"แนบไฟล์ได้ไม่เกิน {MOST_OF_A_DRAFT} ไฟล์ โปรดลบไฟล์ที่ไม่ใช้ก่อน",
    en=f"You can attach {MOST_OF_A_DRAFT} files at most. Remove one first",
)


@dataclass(frozen=True, slots=True)
class File:
    """A file's content and how to send it."""

    name: str
    media_type: str
    content: bytes


def store(*, draft: UUID, field: str, facts: Mapping[str, Any], content: bytes) -> dict[str, Any]:
    """Keep an uploaded file for `draft`; the value of the file field `field` (`page.key`).

    `facts` are what the field found by looking at the content: name, size (bytes), media_type.
    """
    if Attachment.objects.filter(draft=draft).count() >= MOST_OF_A_DRAFT:
        raise Invalid([Fault(field, "too_many_files", _TOO_MANY)])
    kept = Attachment.objects.create(
        draft=draft,
        field=field,
        name=facts["name"],
        media_type=facts["media_type"],
        size=len(content),
        sha256=hashlib.sha256(content).digest(),
        content=content,
    )
    return _value(kept)


def drop(*, draft: UUID, attachment: UUID) -> None:
    """Forget a file of a draft. Nothing happens if it is not there, or is a case's by now."""
    Attachment.objects.filter(id=attachment, draft=draft, case=None).delete()


def give(attachments: Collection[UUID | str], *, draft: UUID, to: UUID) -> None:
    """Hand files of a draft over to what keeps its answers from now on, such as a turn on a waiting list."""
    wanted = [UUID(str(one)) for one in attachments]
    Attachment.objects.filter(id__in=wanted, draft=draft, case=None).update(draft=to)


def forget(drafts: Collection[UUID]) -> None:
    """Forget all files of drafts that are given up."""
    Attachment.objects.filter(draft__in=drafts, case=None).delete()


def of_draft(draft: UUID) -> list[dict[str, Any]]:
    """The values of all files kept for `draft`, oldest first."""
    rows = Attachment.objects.filter(draft=draft, case=None).defer("content").order_by("id")
    return [_value(row) for row in rows]


def bind(attachments: Collection[UUID | str], *, case: UUID, draft: UUID | None) -> None:
    """Make files the case's own, inside the caller's transaction.

    Each must be a file of `draft` that no case has, or this case's already. Raises Invalid otherwise:
    nobody can name another person's file.
    """
    wanted = {UUID(str(one)) for one in attachments}
    bound = set(Attachment.objects.filter(id__in=wanted, case_id=case).values_list("id", flat=True))
    free = Attachment.objects.filter(id__in=wanted - bound, case=None, draft=draft) if draft else None
    taken = free.update(case_id=case) if free is not None else 0
    if taken != len(wanted - bound):
        raise Invalid([Fault("", "unknown_file", _NOT_YOURS)])


@transaction.atomic
def copy(attachments: Collection[UUID | str], *, draft: UUID) -> dict[str, str]:
    """Copies of a draft's files for a second case made of it; the new id by the old one."""
    made: dict[str, str] = {}
    for row in Attachment.objects.filter(id__in=[UUID(str(one)) for one in attachments], draft=draft):
        old = str(row.id)
        fresh = Attachment.objects.create(
            draft=draft, field=row.field, name=row.name, media_type=row.media_type, size=row.size,
            sha256=row.sha256, content=row.content,
        )  # fmt: skip
        made[old] = str(fresh.id)
    return made


def read_of_case(*, case: UUID, attachment: UUID) -> File:
    """A file of a case. The caller has checked that the reader may see the case."""
    return _file(Attachment.objects.filter(id=attachment, case_id=case).first())


def read_of_draft(*, draft: UUID, attachment: UUID) -> File:
    """A file of a draft. The caller has checked that the draft is the reader's."""
    return _file(Attachment.objects.filter(id=attachment, draft=draft, case=None).first())


def _file(row: Attachment | None) -> File:
    if row is None:
        raise NotFound
    return File(row.name, row.media_type, bytes(row.content))


def _value(row: Attachment) -> dict[str, Any]:
    return {"id": str(row.id), "name": row.name, "size": row.size, "media_type": row.media_type}
