"""What officers type about an office's appointments, read into a change, or told field by field what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Generic, TypeVar

from sala.engine.appointments.models import Schedule
from sala.engine.appointments.office.changes import NAMES, WEEKDAYS, NewClosure, NewHours, NewTerms, Terms
from sala.engine.appointments.office.stored import terms_of
from sala.engine.appointments.rules import Opening
from sala.kit.clock import THAILAND
from sala.kit.errors import Fault
from sala.kit.text import Text
from sala.kit.thai import BUDDHIST_ERA

SPANS = 6
"""Openings a day that the form can have."""
USUAL_SPANS, MORE_SPANS = 2, 3
"""Openings a day that it has: before and after lunch; and where more are asked for."""
UNITS = {"minutes": 1, "hours": 60, "days": 24 * 60}
_DAY = Text(th="โปรดระบุวันที่ เช่น 24/12/2569", en="Enter a day, such as 24/12/2026")
_TIME = Text(th="โปรดระบุเวลา เช่น 08:30", en="Enter a time, such as 08:30")
_BOTH = Text(th="โปรดระบุทั้งเวลาเปิดและเวลาปิด", en="Enter both the opening and the closing time")
_LONGEST = 400
_ERA_FROM = 2400

C = TypeVar("C", NewTerms, NewHours, NewClosure)
Posted = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Read(Generic[C]):
    """What was typed: the change it asks for, or its faults."""

    change: C | None
    faults: list[Fault] = field(default_factory=list)


# How a service is given ---------------------------------------------------------------------------------


def shown_terms(row: Schedule) -> dict[str, str]:
    """The form as it stands."""
    terms = terms_of(row)
    unit = next(name for name in ("days", "hours", "minutes") if not terms.lead_minutes % UNITS[name])
    local = terms.opens_at.astimezone(THAILAND) if terms.opens_at else None
    return {
        "active": "yes" if terms.active else "no",
        "minutes": str(terms.minutes),
        "counters": str(terms.counters),
        "lead": str(terms.lead_minutes // UNITS[unit]),
        "lead_unit": "hours" if not terms.lead_minutes else unit,
        "horizon_days": str(terms.horizon_days),
        "late_percent": str(terms.late_percent),
        "late_hours": str(terms.late_hours),
        "opens_day": local.date().isoformat() if local else "",
        "opens_time": f"{local:%H:%M}" if local else "",
    }


def read_terms(row: Schedule, posted: Posted) -> Read[NewTerms]:
    """The service's form."""
    faults: list[Fault] = []
    numbers = {
        name: _number(posted, name, faults)
        for name in ("minutes", "counters", "lead", "horizon_days", "late_percent", "late_hours")
    }
    opens_at = _moment(posted, "opens_day", "opens_time", faults) if posted.get("opens_day", "").strip() else None
    if faults:
        return Read(None, faults)
    terms = Terms(
        minutes=numbers["minutes"],
        counters=numbers["counters"],
        lead_minutes=numbers["lead"] * UNITS.get(posted.get("lead_unit", ""), 60),
        horizon_days=numbers["horizon_days"],
        late_percent=numbers["late_percent"],
        late_hours=numbers["late_hours"],
        opens_at=opens_at,
        active=posted.get("active") != "no",
    )
    return Read(NewTerms(row.id, terms))


# Opening hours -------------------------------------------------------------------------------------------


def spans_for(week: Sequence[tuple[int, Sequence[Opening]]], posted: Posted, asked: Posted) -> int:
    """How many openings a day the form shows: as many as there are, two at least, three where more are asked for."""
    typed = [number + 1 for number in range(SPANS) if any(posted.get(f"opens-{day}-{number}") for day in range(7))]
    used = [len(openings) for _, openings in week]
    return min(SPANS, max([USUAL_SPANS, *used, *typed, MORE_SPANS if asked.get("more") else 0]))


def shown_hours(week: Sequence[tuple[int, Sequence[Opening]]]) -> dict[str, str]:
    """The form as it stands."""
    found = {}
    for weekday, openings in week:
        for number, one in enumerate(openings[:SPANS]):
            found[f"opens-{weekday}-{number}"] = f"{one.opens:%H:%M}"
            found[f"closes-{weekday}-{number}"] = f"{one.closes:%H:%M}"
    return found


def read_hours(office: int, posted: Posted) -> Read[NewHours]:
    """The form of the week; a line left empty is no opening."""
    faults: list[Fault] = []
    openings = []
    for weekday in range(7):
        for number in range(SPANS):
            typed = [posted.get(f"{name}-{weekday}-{number}", "").strip() for name in ("opens", "closes")]
            if not any(typed):
                continue
            opens, closes = (typed_time(text) for text in typed)
            if opens is None or closes is None:
                day, words = WEEKDAYS[weekday], _TIME if all(typed) else _BOTH
                said = Text(th=f"{day.th}: {words.th}", en=f"{day.en}: {words.en}")
                faults.append(Fault(f"day-{weekday}", "time", said))
            else:
                openings.append(Opening(weekday, opens, closes))
    return Read(None, faults) if faults else Read(NewHours(office, tuple(openings)))


# A closure -----------------------------------------------------------------------------------------------


def read_closure(offices: tuple[int, ...], posted: Posted) -> Read[NewClosure]:
    """The form of a closure: whole days, or from a time of the first to a time of the last."""
    faults: list[Fault] = []
    first = _day(posted, "from", faults)
    last = _day(posted, "until", faults) if posted.get("until", "").strip() else first
    begins = _time(posted, "from_time", faults) or time()
    ends = _time(posted, "until_time", faults)
    if first is None or last is None or faults:
        return Read(None, faults)
    until = _at(last, ends) if ends else _at(last + timedelta(days=1), time())
    reason = Text(th=posted.get("reason_th", "").strip(), en=posted.get("reason_en", "").strip())
    return Read(NewClosure(offices, _at(first, begins), until, reason))


# What is typed -------------------------------------------------------------------------------------------


def typed_day(text: str) -> date | None:
    """`2026-12-24` as a browser sends it, or `24/12/2026`; years of the Buddhist era too. None if it is no day."""
    parts = text.strip().replace(".", "/").replace("-", "/").split("/")
    if len(parts) != 3 or len(text) > 12 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    year, month, day = (int(part) for part in (parts if len(parts[0]) == 4 else reversed(parts)))
    try:
        return date(year - BUDDHIST_ERA if year >= _ERA_FROM else year, month, day)
    except ValueError:
        return None


def typed_time(text: str) -> time | None:
    """`08:30`, `8.30`, `0830` or `16:30:00`; None if it is no time."""
    parts = text.strip().replace(".", ":").split(":")
    if len(parts) == 1 and 3 <= len(parts[0]) <= 4:
        parts = [parts[0][:-2], parts[0][-2:]]
    if not 2 <= len(parts) <= 3 or len(text) > 8 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    try:
        return time(int(parts[0]), int(parts[1]))
    except ValueError:
        return None


def kept(posted: Posted) -> dict[str, str]:
    """What was typed, to be shown or carried again; bounded, so that no page grows without end."""
    return {
        name: value.replace("\0", "")[:_LONGEST]
        for name, value in posted.items()
        if name not in {"csrfmiddlewaretoken", "fingerprint", "do"} and len(name) < 30
    }


def _number(posted: Posted, name: str, faults: list[Fault]) -> int:
    text = posted.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        called = NAMES[name]
        words = Text(th=f"{called.th}: โปรดระบุเป็นจำนวนเต็ม เช่น 30", en=f"{called.en}: enter a whole number, such as 30")
        faults.append(Fault(name, "number", words))
        return 0
    return int(text)


def _day(posted: Posted, name: str, faults: list[Fault]) -> date | None:
    found = typed_day(posted.get(name, ""))
    if found is None:
        faults.append(Fault(name, "day", _DAY))
    return found


def _time(posted: Posted, name: str, faults: list[Fault]) -> time | None:
    if not posted.get(name, "").strip():
        return None
    found = typed_time(posted[name])
    if found is None:
        faults.append(Fault(name, "time", _TIME))
    return found


def _moment(posted: Posted, day: str, at: str, faults: list[Fault]) -> datetime | None:
    on, clock_time = _day(posted, day, faults), _time(posted, at, faults)
    return _at(on, clock_time or time()) if on else None


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, THAILAND)
