"""What requests hold about somebody, for that somebody: the page “What is held about me” and its copy.

Nothing here tells a held request from one in review (R-001.36): no holds, notes or checks, the moments that the
request's own page shows, and of a request that is open only the office that looked, not in which role.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.urls import reverse

from sala.engine.cases.models import Case, CaseEvent
from sala.engine.cases.states import State
from sala.engine.cases.words import STATES
from sala.engine.catalogue import queries as catalogue
from sala.identity.mydata import laws, sections, trails
from sala.identity.mydata.sections import Fact, Item, Section
from sala.identity.mydata.trails import Trail
from sala.kit import thai
from sala.kit.text import Text

MOST_TRAILS = 500
_COLUMNS = (
    "id", "reference", "service", "state", "applicant_name", "email", "language", "channel", "answers", "late",
    "due_on", "next_due_on", "submitted_at", "due_at", "decided_at", "reason_code",
)  # fmt: skip
_STATE = Text(th="สถานะ", en="State")
_SENT = Text(th="ยื่นเมื่อ", en="Sent")
_ANSWERS = Text(th="ข้อมูลที่ท่านกรอก", en="What you filled in")
_WHERE = Text(
    th="อ่านได้ในหน้าของเรื่อง และครบทุกข้อในไฟล์ JSON", en="to read on the request’s page, and whole in the JSON file"
)
_LOOKS = {
    "case.viewed": Text(th="เปิดดูเรื่องของท่าน", en="Opened your request"),
    "case.file_viewed": Text(th="เปิดดูไฟล์ที่ท่านแนบ", en="Opened a file that you attached"),
}


def contribute() -> None:
    """Tell the page of one's own data about requests."""
    sections.register(
        Section(
            "cases", 200,
            title=Text(th="เรื่องที่ยื่น", en="Requests"),
            why=Text(th="เพื่อพิจารณาเรื่อง และพิสูจน์ภายหลังว่าตัดสินอย่างไร", en="To decide them, and to prove later how"),
            kept=Text(
                th="ตามระยะเวลาที่กฎหมายของบริการกำหนดให้หน่วยงานเก็บแฟ้ม",
                en="As long as the law of the service tells the agency to keep its files",
            ),
            law=laws.SERVICE, manage="drafts:mine", manage_words=Text(th="ดูเรื่องของฉัน", en="See my requests"),
            count=lambda account: Case.objects.filter(account_id=account).count(), items=_items, export=_export,
        )
    )  # fmt: skip
    trails.register(_trails, _LOOKS)


def _items(account: UUID, most: int) -> list[Item]:
    return [_item(case) for case in Case.objects.filter(account_id=account).order_by("-submitted_at")[:most]]


def _item(case: Case) -> Item:
    service = catalogue.version(case.version_id)
    fields = sum(len(values) for values in case.answers.values() if isinstance(values, dict))
    facts = [
        Fact(_STATE, str(STATES[State(case.state)])),
        Fact(_SENT, thai.moment(case.submitted_at)),
        Fact(_ANSWERS, thai.number(fields), str(_WHERE)),
    ]
    url = reverse("cases:status", args=[case.reference])
    return Item(f"{service.declaration.name} {case.reference}", facts, url, case.submitted_at)


def _export(account: UUID) -> list[dict[str, Any]]:
    rows = Case.objects.filter(account_id=account).order_by("-submitted_at").values(*_COLUMNS)
    return [_told(row) for row in rows]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    events = CaseEvent.objects.filter(case=row["id"], public=True).order_by("number").values_list("at", "type", "data")
    history = [{"at": at, "type": what, "message": data.get("message")} for at, what, data in events]
    told: dict[str, Any] = msgspec.to_builtins(row | {"history": history})
    return told


def _trails(account: UUID) -> list[Trail]:
    rows = Case.objects.filter(account_id=account).order_by("-submitted_at")[:MOST_TRAILS]
    return [
        Trail(
            subject=f"case:{case.reference}",
            reason=_reason(case),
            url=reverse("cases:status", args=[case.reference]),
            office=case.office_id,
            plain=case.decided_at is None,
        )
        for case in rows.only("reference", "version_id", "office_id", "decided_at", "submitted_at")
    ]


def _reason(case: Case) -> Text:
    name = catalogue.version(case.version_id).declaration.name
    return Text(
        th=f"เพื่อพิจารณา{name.th} เลขที่ {case.reference}", en=f"To work on your request {case.reference}: {name.en}"
    )
