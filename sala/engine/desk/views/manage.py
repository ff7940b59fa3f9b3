"""The manager's page: how well each office and service works, and the way down to the cases."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sala.engine.cases import queues
from sala.engine.cases.permissions import Permission
from sala.engine.dashboards import queries as dashboards
from sala.engine.dashboards.rules import CLASSES, OUTCOMES, Figures, distribution, total
from sala.engine.desk import charts, presenters
from sala.engine.desk.rules import LONGEST, PERIODS, Period, PeriodKind, csv_cell, period, typed_day
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.requests import actor_of, require_officer
from sala.identity.directory import queries as directory
from sala.kit import clock
from sala.kit.errors import Fault, NotFound
from sala.kit.text import Text

_NO_DAY = Text(th="โปรดระบุวันที่ เช่น 2569-11-22", en="Enter a day, such as 2026-11-22")
_ORDER = Text(th="วันเริ่มต้องไม่หลังวันสิ้นสุด", en="The first day must not be after the last")
_TOO_LONG = Text(th="เลือกช่วงเวลาได้ไม่เกิน 5 ปี", en="Choose at most five years")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table."""

    service: str
    service_name: str
    office: int
    office_slug: str
    office_name: str
    overdue: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """A period's figures of what the reader may see, narrowed as asked."""

    period: Period
    faults: list[Fault]
    typed: dict[str, str]
    office: str
    service: str
    entries: list[Entry]
    offices: list[directory.OfficeCard]
    places: list[queues.Place]

    @property
    def total(self) -> Figures:
        return total(entry.figures for entry in self.entries)

    @property
    def overdue(self) -> int:
        return sum(entry.overdue for entry in self.entries)


@require_officer
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Figures, charts and the way down to the queues. Those whose post shows no figures find nothing here."""
    report = _report(request)
    context = {
        "nav": "desk",
        "r": report,
        "faults": report.faults,
        "by_office": _summed(report.entries),
        "services": sorted({(entry.service, entry.service_name) for entry in report.entries}),
        "daily": _daily(_days(report)),
        "times": _times(report.total),
        "query": _query(report),
        "periods": PERIODS,
        "today": clock.today(),
    }
    return render(request, "desk/manage.html", context, status=422 if report.faults else 200)


@require_officer
@require_safe
def figures_csv(request: HttpRequest) -> HttpResponse:
    """The table as a file that Excel opens with its Thai letters, and that starts no formula."""
    report = _report(request)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_heads())
    writer.writerows([csv_cell(str(cell)) for cell in _cells(entry)] for entry in report.entries)
    name = f"sala-{report.period.first}-{report.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _report(request: HttpRequest) -> Report:
    by = actor_of(request)
    places = queues.reach(by, Permission.REPORTS)
    if not places:
        raise NotFound
    chosen, faults = _period(request)
    offices = [directory.office(one) for one in sorted({place.office for place in places})]
    office = next((one for one in offices if one.slug == request.GET.get("office")), None)
    service = request.GET.get("service", "").replace("\0", "")[:50]
    ids = [office.id] if office else [one.id for one in offices]
    return Report(
        period=chosen,
        faults=faults,
        typed={name: request.GET.get(name, "")[:20] for name in ("from", "to")},
        office=office.slug if office else "",
        service=service,
        entries=_entries(by, places, ids, service, chosen),
        offices=offices,
        places=[place for place in places if place.office in ids],
    )


def _entries(by: Actor, places: list[queues.Place], offices: list[int], service: str, chosen: Period) -> list[Entry]:
    late = {(one.service, one.office): one.cases for one in queues.overdue(offices=offices)}
    found = dashboards.figures(
        offices=offices, first=chosen.first, last=chosen.last, services=[service] if service else None
    )
    figures = {(line.service, line.office): line.figures for line in found}
    keys = sorted({*figures, *(key for key in late if not service or key[0] == service)})
    seen = {(place.office, place.service) for place in places}
    return [
        _entry(slug, office, figures.get((slug, office), Figures()), late.get((slug, office), 0))
        for slug, office in keys
        if (office, None) in seen or (office, slug) in seen
    ]


def _entry(service: str, office: int, figures: Figures, overdue: int) -> Entry:
    card = directory.office(office)
    return Entry(service, presenters.service_name(service), office, card.slug, str(card.name), overdue, figures)


def _period(request: HttpRequest) -> tuple[Period, list[Fault]]:
    """The period asked for; the month with what is wrong where it cannot be read."""
    kind: PeriodKind = next((one for one in PERIODS if one == request.GET.get("period")), "month")
    today = clock.today()
    if kind != "custom":
        return period(kind, today), []
    first, last = typed_day(request.GET.get("from", "")), typed_day(request.GET.get("to", ""))
    faults = [Fault(name, "day", _NO_DAY) for name, day in (("from", first), ("to", last)) if day is None]
    if first is None or last is None:
        return period("custom", today), faults
    if first > last or last - first > LONGEST:
        return period("custom", today), [Fault("from", "order", _ORDER if first > last else _TOO_LONG)]
    return Period("custom", first, last), []


def _summed(entries: Iterable[Entry]) -> list[Entry]:
    """One line an office, where it has several services: they add up to it."""
    by_office: dict[int, list[Entry]] = {}
    for entry in entries:
        by_office.setdefault(entry.office, []).append(entry)
    return [
        Entry("", "", office, group[0].office_slug, group[0].office_name, sum(e.overdue for e in group),
              total(e.figures for e in group))
        for office, group in by_office.items()
    ]  # fmt: skip


def _days(report: Report) -> list[dashboards.Day]:
    """The days of the chart, of exactly the offices and services the reader's posts cover."""
    covered: dict[str, list[int]] = {}
    for place in report.places:
        if report.service in {"", place.service} or place.service is None:
            covered.setdefault(place.service or report.service, []).append(place.office)
    first, last = report.period.first, report.period.last
    parts = [
        dashboards.daily(offices=offices, first=first, last=last, services=[service] if service else None)
        for service, offices in covered.items()
    ]
    return [
        dashboards.Day(same[0].day, sum(d.filed for d in same), sum(d.decided for d in same))
        for same in zip(*parts, strict=True)
    ]


def _daily(days: list[dashboards.Day]) -> dict[str, Any]:
    steps = charts.steps(days)
    labels = [f"{step.first.day}/{step.first.month}" for step in steps]
    drawn = charts.columns([[step.filed for step in steps], [step.decided for step in steps]], labels)
    return {"chart": drawn, "steps": steps, "any": any(step.filed or step.decided for step in steps)}


def _times(figures: Figures) -> dict[str, Any]:
    counts = distribution(figures.minutes)
    labels = _classes()
    return {
        "chart": charts.columns([counts], labels),
        "rows": list(zip(labels, counts, strict=True)),
        "any": any(counts),
    }


def _classes() -> list[str]:
    """Words for `CLASSES` of minutes."""
    assert len(CLASSES) == 7  # noqa: S101 - the words below are those of the classes
    return [
        _("under 1 h"), _("1–4 h"), _("4–24 h"), _("1–2 days"), _("2–3 days"), _("3–7 days"), _("7–30 days"),
        _("over 30 days"),
    ]  # fmt: skip


def _query(report: Report) -> str:
    """The report's own address, for the file and the way back."""

    given: dict[str, str | date] = {"period": report.period.kind, "office": report.office, "service": report.service}
    if report.period.kind == "custom":
        given |= {"from": report.period.first, "to": report.period.last}
    return urlencode({key: value for key, value in given.items() if value})


def _heads() -> list[str]:
    return [
        _("Office"), _("Service"), _("Filed"), _("Filed late"), _("Open at the end"), _("Overdue now"),
        _("Cases decided"),
        _("Approved"), _("Refused"), _("Referred"), _("Completed"), _("Withdrawn"), _("In time"), _("In time, %"),
        _("Median minutes to result"), _("90th percentile of minutes to result"), _("Survey answers"),
        _("Satisfied"), _("Satisfied, %"),
    ]  # fmt: skip


def _cells(entry: Entry) -> list[object]:
    f = entry.figures
    return [
        entry.office_name, entry.service_name, f.filed, f.late, f.open, entry.overdue, f.decided,
        *(f.outcomes.get(outcome, 0) for outcome in OUTCOMES), f.withdrawn, f.in_time, _percent(f.in_time_share),
        _minutes(f.median), _minutes(f.p90), f.surveyed, f.satisfied, _percent(f.satisfaction),
    ]  # fmt: skip


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.1f}"


def _minutes(minutes: float | None) -> str:
    return "" if minutes is None else f"{minutes:.0f}"
