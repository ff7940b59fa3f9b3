"""What visits hold about somebody, for that somebody; and the lists on which officers read their name."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from django.urls import reverse

from sala.engine.appointments.models import Visit
from sala.engine.appointments.states import VisitState
from sala.engine.catalogue import queries as catalogue
from sala.identity.directory import queries as directory
from sala.identity.mydata import laws, sections, trails
from sala.identity.mydata.sections import Fact, Item, Section
from sala.identity.mydata.trails import Trail
from sala.kit import clock, thai
from sala.kit.errors import NotFound
from sala.kit.text import Text

MOST_TRAILS = 300
_COLUMNS = (
    "id", "reference", "office_id", "service", "state", "starts_at", "ends_at", "people", "name", "email", "phone",
    "language", "channel", "moves", "booked_at", "ended_at",
)  # fmt: skip
_WHEN = Text(th="เวลา", en="Time")
_WHERE = Text(th="สถานที่", en="Place")
_STATE = Text(th="สถานะ", en="State")
_STATES = {
    VisitState.BOOKED: Text(th="จองแล้ว", en="Booked"),
    VisitState.DISPLACED: Text(th="สำนักงานต้องเปลี่ยนเวลา", en="The office has to give it another time"),
    VisitState.ATTENDED: Text(th="มาตามนัด", en="Attended"),
    VisitState.MISSED: Text(th="ไม่มาตามนัด", en="Missed"),
    VisitState.CANCELLED: Text(th="ยกเลิกแล้ว", en="Cancelled"),
}
_LOOKS = {
    "visit.viewed": Text(th="เปิดดูนัดหมายของท่าน", en="Opened your visit"),
    "visit.listed": Text(th="อ่านรายชื่อผู้ที่ต้องเปลี่ยนเวลานัด", en="Read the list of those who need another time"),
    "hall.day_list_viewed": Text(th="อ่านรายชื่อผู้มาติดต่อของวันนั้น", en="Read the list of that day’s visitors"),
}


def day_list(office: int, day: date) -> str:
    """The audit's subject of looks at the list of an office's visitors on a day: so each is found who stands on it."""
    return f"day-list:{office}:{day.isoformat()}"


def contribute() -> None:
    """Tell the page of one's own data about visits."""
    sections.register(
        Section(
            "visits", 220,
            title=Text(th="นัดหมาย", en="Visits"),
            why=Text(
                th="เพื่อเก็บเวลาไว้ให้ท่าน และเรียกท่านในวันนัด", en="To keep your time, and to call you on the day"
            ),
            kept=Text(
                th="เท่ากับเรื่องที่นัดหมายนั้นเกี่ยวข้อง", en="As long as the request that the visit is for"
            ),
            law=laws.SERVICE, manage="drafts:mine", manage_words=Text(th="ดูนัดหมายของฉัน", en="See my visits"),
            count=lambda account: Visit.objects.filter(account_id=account).count(), items=_items, export=_export,
        )
    )  # fmt: skip
    trails.register(_trails, _LOOKS)


def _items(account: UUID, most: int) -> list[Item]:
    return [_item(visit) for visit in Visit.objects.filter(account_id=account).order_by("-starts_at")[:most]]


def _item(visit: Visit) -> Item:
    facts = [
        Fact(_WHEN, thai.moment(visit.starts_at)),
        Fact(_WHERE, str(directory.office(visit.office_id).name)),
        Fact(_STATE, str(_STATES[VisitState(visit.state)])),
    ]
    url = reverse("appointments:visit", args=[visit.reference])
    return Item(f"{_service(visit.service)} {visit.reference}", facts, url, visit.starts_at)


def _export(account: UUID) -> list[dict[str, Any]]:
    rows = Visit.objects.filter(account_id=account).order_by("-starts_at").values(*_COLUMNS)
    return [msgspec.to_builtins(row) for row in rows]


def _trails(account: UUID) -> list[Trail]:
    visits = Visit.objects.filter(account_id=account).order_by("-starts_at")[:MOST_TRAILS]
    return [trail for visit in visits for trail in _of_visit(visit)]


def _of_visit(visit: Visit) -> list[Trail]:
    name = _service(visit.service)
    reason = Text(th=f"เพื่อให้บริการตามนัด {visit.reference} {name.th}", en=f"For your visit {visit.reference}: {name.en}")
    url = reverse("appointments:visit", args=[visit.reference])
    day = day_list(visit.office_id, clock.local_day(visit.starts_at))
    return [
        Trail(f"visit:{visit.reference}", reason, url, visit.office_id, plain=True),
        Trail(day, reason, url, visit.office_id, plain=True),
    ]


def _service(slug: str) -> Text:
    try:
        return catalogue.current(slug).declaration.name
    except NotFound:  # a service that is given no more
        return Text(th=slug, en=slug)
