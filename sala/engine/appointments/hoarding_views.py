"""The hoarding report for everybody: a page, and the same as a table and for programs. No personal data."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sala.engine.appointments import hoarding
from sala.engine.appointments.hoarding import Counted, Line, Shown
from sala.engine.appointments.presenters import month_words
from sala.engine.catalogue import queries as catalogue
from sala.identity.directory import queries as directory
from sala.kit import clock
from sala.kit.errors import NotFound
from sala.kit.text import Text

FILES_FRESH = "public, max-age=3600"
_COLUMNS = (
    "month", "office", "office_name", "service", "booked", "no_show_share", "cancelled_within_an_hour_share",
    "bookings_per_contact", "contacts_with_three_or_more_share", "bookings_of_the_busiest_contact",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the page."""

    office: str
    service: str
    shown: Shown


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """One month at a time; at first the latest that is over."""
    known = hoarding.months()
    month = _month(request.GET.get("month", ""), known)
    service = request.GET.get("service", "").replace("\0", "")[:50]
    rows = hoarding.report(month=month) if month else []
    names = {line.service: _service(line.service) for line, _ in rows}
    chosen = [(line, counted) for line, counted in rows if not service or line.service == service]
    context = {
        "months": [(_code(one), month_words(one)) for one in known],
        "month": _code(month) if month else "",
        "month_words": month_words(month) if month else "",
        "so_far": month is not None and (month.year, month.month) == _this_month(),
        "services": sorted(names.items(), key=lambda item: str(item[1])),
        "service": service,
        "entries": [Entry(_office(line.office)[1], str(names[line.service]), line.shown) for line, _ in chosen],
        "together": _together(chosen, names),
        "query": urlencode({"month": _code(month), "service": service}) if month else "",
        "fewest": hoarding.FEWEST,
    }
    return render(request, "appointments/hoarding.html", context)


@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """All months, or the one asked for, as a table that a spreadsheet opens with its Thai letters."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows([_cell(row[name]) for name in _COLUMNS] for row in _records(request))
    headers = {"Content-Disposition": 'attachment; filename="sala-appointments.csv"', "Cache-Control": FILES_FRESH}
    return HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
def as_json(request: HttpRequest) -> HttpResponse:
    """The same for programs; null is what is not published."""
    told = {"suppressed_below": hoarding.FEWEST, "items": _records(request)}
    headers = {"Cache-Control": FILES_FRESH}
    return HttpResponse(msgspec.json.encode(told), content_type="application/json", headers=headers)


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    asked = request.GET.get("month", "")
    month = _parsed(asked)
    if asked and month is None:
        raise NotFound
    service = request.GET.get("service", "").replace("\0", "")[:50]
    return [_record(line) for line, _ in hoarding.report(month=month, service=service)]


def _record(line: Line) -> dict[str, Any]:
    slug, name = _office(line.office)
    shown = line.shown
    return dict(
        zip(
            _COLUMNS,
            (
                _code(line.month), slug, name, line.service, shown.booked, shown.missed, shown.quick, shown.mean,
                shown.many, shown.most_of_one,
            ),
            strict=True,
        )
    )  # fmt: skip


def _together(rows: Sequence[tuple[Line, Counted]], names: dict[str, Text]) -> list[Entry]:
    """Each service at all its offices; none where all are given at one, since the lines say it then."""
    found, several = [], False
    for slug, name in sorted(names.items(), key=lambda item: str(item[1])):
        mine = [one for one in rows if one[0].service == slug]
        several = several or len(mine) > 1
        if mine:
            shown = mine[0][0].shown if len(mine) == 1 else hoarding.together(counted for _, counted in mine)
            found.append(Entry("", str(name), shown))
    return found if several else []


def _month(text: str, known: Sequence[date]) -> date | None:
    asked = _parsed(text)
    if asked in known:
        return asked
    over = [one for one in known if (one.year, one.month) < _this_month()]
    return over[0] if over else known[0] if known else None


def _parsed(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text[:7]}-01") if text else None
    except ValueError:
        return None


def _this_month() -> tuple[int, int]:
    today = clock.today()
    return today.year, today.month


def _code(month: date) -> str:
    return f"{month:%Y-%m}"


def _cell(value: object) -> object:
    """Empty where nothing is published. No cell begins a formula: names are the directory's own."""
    return "" if value is None else value


def _office(office: int) -> tuple[str, str]:
    card = directory.office(office)
    return card.slug, str(card.name)


def _service(slug: str) -> Text:
    """The service's name; its slug where it is not offered any more."""
    try:
        return catalogue.latest(slug).declaration.name
    except NotFound:
        return Text(th=slug, en=slug)
