"""What the waiting list holds about somebody, for that somebody; and who read the list while they stood on it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.urls import reverse

from sala.engine.appointments import queries as appointments
from sala.engine.waiting.models import Waiting
from sala.identity.mydata import laws, sections, trails
from sala.identity.mydata.sections import Fact, Item, Section
from sala.identity.mydata.trails import Trail
from sala.kit import clock, thai
from sala.kit.text import Text

MOST_DAYS = 90
_SINCE = Text(th="ตั้งแต่", en="Since")
_COLUMNS = (
    "id", "reference", "service", "answers", "people", "name", "email", "language", "state", "joined_at", "promised_on",
    "ended_at",
)  # fmt: skip
_LOOKS = {"waiting.list_viewed": Text(th="อ่านรายชื่อผู้รอ", en="Read the waiting list")}


def list_of(office: int, day: date) -> str:
    """The audit's subject of looks at an office's waiting list on a day: so each is found who stood on it then."""
    return f"waiting-list:{office}:{day.isoformat()}"


def contribute() -> None:
    """Tell the page of one's own data about places on the waiting list."""
    sections.register(
        Section(
            "waiting", 240,
            title=Text(th="รายชื่อรอ", en="Places on waiting lists"),
            why=Text(th="เพื่อเสนอเวลาว่างให้ท่านตามลำดับ", en="To offer you a free time in your turn"),
            kept=Text(th="เท่ากับเรื่องที่ท่านรอ", en="As long as the request that you waited for"),
            law=laws.SERVICE,
            count=lambda account: Waiting.objects.filter(account_id=account).count(), items=_items, export=_export,
        )
    )  # fmt: skip
    trails.register(_trails, _LOOKS)


def _items(account: UUID, most: int) -> list[Item]:
    return [
        Item(
            row.reference,
            [Fact(_SINCE, thai.moment(row.joined_at))],
            reverse("waiting:turn", args=[row.reference]),
            row.joined_at,
        )
        for row in Waiting.objects.filter(account_id=account).order_by("-joined_at")[:most]
    ]


def _export(account: UUID) -> list[dict[str, Any]]:
    rows = Waiting.objects.filter(account_id=account).order_by("-joined_at").values(*_COLUMNS)
    return [msgspec.to_builtins(row) for row in rows]


def _trails(account: UUID) -> list[Trail]:
    return [trail for row in Waiting.objects.filter(account_id=account)[:20] for trail in _of_turn(row)]


def _of_turn(row: Waiting) -> list[Trail]:
    """One for each day on which they stood on the list."""
    office = appointments.schedule(row.schedule_id).office
    first = clock.local_day(row.joined_at)
    last = clock.local_day(row.ended_at) if row.ended_at else clock.today()
    reason = Text(th=f"เพื่อดูแลคิวที่ท่านรอ {row.reference}", en=f"To look after the line you wait in, {row.reference}")
    url = reverse("waiting:turn", args=[row.reference])
    days = [first + timedelta(days=ahead) for ahead in range(min((last - first).days, MOST_DAYS) + 1)]
    return [Trail(list_of(office, day), reason, url, office, plain=True) for day in days]
