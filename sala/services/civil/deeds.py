"""What an approval changes in the civil register, in the decision's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sala.engine.cases.deeds import Doing, Stale
from sala.identity.people import moving, services
from sala.identity.people.services import ChangedMeanwhile
from sala.kit.errors import Conflict, Forbidden, NotFound
from sala.kit.text import Text
from sala.services.civil import registers, rules

_NOT_READ = Text(
    th="ยังไม่ได้ตรวจกับทะเบียน ระบบกำลังตรวจ โปรดดูผลการตรวจแล้วพิจารณาอีกครั้ง",
    en="The register was not read yet. It is being read: look at the checks, then decide",
)
_CHANGED = Text(
    th="ข้อมูลในทะเบียนเปลี่ยนไปหลังจากที่ท่านเห็น ยังไม่มีการแก้ไขใด ๆ ระบบกำลังตรวจใหม่ โปรดดูผลแล้วพิจารณาอีกครั้ง",
    en="The register has changed since you saw it. Nothing was done. It is being read again: look, then decide",
)
_NOT_ALLOWED = Text(
    th="ผู้ที่จะย้ายไปด้วยบางคน ผู้ยื่นย้ายแทนไม่ได้แล้ว โปรดดูผลการตรวจ",
    en="The applicant may not move some of the others any more. Look at the checks",
)


def move(doing: Doing) -> dict[str, Any]:
    """Register those who move in the new house, since the day on which they moved."""
    facts = doing.facts.get("movers", {})
    if not facts.get("found"):
        raise Stale(_NOT_READ)
    if not facts["allowed"]:
        raise Conflict(_NOT_ALLOWED)
    if not _still_allowed(doing):  # a guardianship ended, or a child came of age: no entry changed by it
        raise Stale(_CHANGED)
    with _told():
        moved = moving.move(
            people=rules.versions(facts["versions"]),
            house=doing.answers["destination"]["house"]["code"],
            by=doing.by,
            reason=f"ย้ายที่อยู่ แจ้งปลายทาง เรื่อง {doing.reference}",
            effective_on=date.fromisoformat(doing.answers["move"]["moved_on"]),
            office=doing.office,
            document=doing.reference,
        )
    return {"people": [card.id for card in moved]}


def _still_allowed(doing: Doing) -> bool:
    """Whether the applicant may move all of them at this moment."""
    found = registers.movers(pid=doing.answers["me"]["pid"], along=doing.answers["move"].get("along"))
    return found is not None and bool(found["allowed"])


def correct(doing: Doing) -> dict[str, Any]:
    """Put the entry right, with the request as the paper it rests on."""
    facts = doing.facts.get("entry", {})
    if not facts.get("found"):
        raise Stale(_NOT_READ)
    changes = rules.corrections(doing.answers["corrections"])
    with _told():
        card = services.amend(
            pid=doing.answers["me"]["pid"],
            changes=changes,
            by=doing.by,
            reason=f"แก้ไขรายการตามคำขอ เรื่อง {doing.reference}",
            office=doing.office,
            document=doing.reference,
            version=facts["version"],
        )
    return {"people": [card.id], "fields": sorted(changes)}


@contextmanager
def _told() -> Iterator[None]:
    """What the register refuses, said to the officer on the case's page."""
    try:
        yield
    except ChangedMeanwhile:
        raise Stale(_CHANGED) from None
    except (Forbidden, NotFound) as refused:
        raise Conflict(refused.message) from None
