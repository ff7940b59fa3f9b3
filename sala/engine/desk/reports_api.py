"""Figures by API, for those whose post sees them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, field

from sala.engine.cases.permissions import Permission, offices
from sala.engine.dashboards import queries as dashboards
from sala.engine.dashboards.rules import Figures
from sala.identity.accounts.api import Call, endpoint
from sala.identity.directory import queries as directory
from sala.kit import clock
from sala.kit.api import route
from sala.kit.errors import Forbidden
from sala.kit.problems import malformed
from sala.kit.text import Text

LONGEST = timedelta(days=366 * 5)
Share = Annotated[float | None, Meta(description="0 … 1; null where nothing was counted")]
Minutes = Annotated[
    float | None,
    Meta(description="from filing, or the end of the visit, to result; null where nothing was decided"),
]


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which days, both included, counted in Thailand; the last 30 where left out."""

    first: Annotated[date | None, Meta(description="first day")] = field(default=None, name="from")
    last: Annotated[date | None, Meta(description="last day")] = field(default=None, name="to")
    service: Annotated[str, Meta(max_length=50, description="one service's slug; all without")] | None = None


class OfficeFigures(msgspec.Struct, frozen=True):
    """What happened at one office in one service."""

    service: str
    office: Annotated[str, Meta(description="the office's slug")]
    office_name: Text
    filed: int
    late: int
    decided: int
    withdrawn: int
    open: Annotated[int, Meta(description="at the end of the last day")]
    outcomes: Annotated[dict[str, int], Meta(description="decisions by kind")]
    in_time: int
    in_time_share: Share
    median_minutes: Minutes
    p90_minutes: Minutes
    surveyed: int
    satisfied: Annotated[int, Meta(description="answers of 4 and 5 of 5")]
    satisfaction: Share


class OfficeReport(msgspec.Struct, frozen=True):
    """The figures of the caller's offices."""

    first: date = field(name="from")
    last: date = field(name="to")
    lines: list[OfficeFigures]


@endpoint("GET", query=Period, returns=OfficeReport, scope="reports:read")
def read_report(call: Call[None, Period]) -> OfficeReport:
    """Figures by office and service, of the offices whose figures the caller's post shows."""
    seen = offices(call.by, Permission.REPORTS)
    if not seen:
        raise Forbidden(
            Text(th="ตำแหน่งของท่านไม่มีสิทธิดูสถิติ", en="Your post does not show figures. Ask the head of your office")
        )
    first, last = _days(call.query)
    services = [call.query.service] if call.query.service else None
    found = dashboards.figures(offices=sorted(seen), first=first, last=last, services=services)
    return OfficeReport(first, last, [_line(line.service, line.office, line.figures) for line in found])


def _days(period: Period) -> tuple[date, date]:
    last = period.last or clock.today()
    first = period.first or last - timedelta(days=29)
    if first > last:
        raise malformed("`from` is after `to`", "`from` อยู่หลัง `to`", "from")
    if last - first > LONGEST:
        raise malformed("The period is longer than five years", "ช่วงเวลายาวเกินห้าปี", "from")
    return first, last


def _line(service: str, office: int, figures: Figures) -> OfficeFigures:
    card = directory.office(office)
    return OfficeFigures(
        service=service,
        office=card.slug,
        office_name=card.name,
        filed=figures.filed,
        late=figures.late,
        decided=figures.decided,
        withdrawn=figures.withdrawn,
        open=figures.open,
        outcomes=dict(figures.outcomes),
        in_time=figures.in_time,
        in_time_share=figures.in_time_share,
        median_minutes=figures.median,
        p90_minutes=figures.p90,
        surveyed=figures.surveyed,
        satisfied=figures.satisfied,
        satisfaction=figures.satisfaction,
    )


urlpatterns = [route("reports/offices", read_report, name="office_report")]
