"""How places in time are shown to those who choose one: offices, a month, a day, a standing visit.

The pages of a new request and those of a change of time show the same; only where their links lead differs (`Ways`).
"""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sala.engine.appointments import availability, closing_days, queries
from sala.engine.appointments.availability import Availability, OfficeChoice
from sala.engine.appointments.maps import At, kilometres
from sala.engine.appointments.queries import ScheduleCard
from sala.engine.appointments.rules import FURTHEST
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import OfficeCard, Place
from sala.kit import clock
from sala.kit.clock import THAILAND
from sala.kit.errors import NotFound
from sala.kit.text import Text, language
from sala.kit.thai import BUDDHIST_ERA
from sala.kit.thai import day as day_words

NEAR = 3
"""How many offices of other provinces are offered beside those of the chosen one."""
CHOOSE_ONE = Text(th="โปรดเลือกหนึ่งข้อ", en="Choose one")
_SUNDAY_FIRST = 6


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the links of a page lead: to a province's offices, to an office's month, to a day's times.

    `province` may be relative: the country's map holds many of them.
    """

    province: Callable[[int], str]
    month: Callable[[int, str], str]
    day: Callable[[int, date], str]


# --- Offices --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spot:
    """An office in the list, and with the same sign on the map."""

    sign: str
    schedule: int
    office: OfficeCard
    href: str
    next_free: str
    kilometres: int | None
    at: At | None


@dataclass(frozen=True, slots=True)
class Offices:
    """The offices of a province that give the service, and the nearest of others.

    How far those are is measured from the province's own office, as on the calendar of that office; where it has
    none, from its middle.
    """

    province: Place | None
    here: list[Spot]
    near: list[Spot]


def offices(service: str, province: Place | None, ways: Ways, *, leave_out: int | None = None) -> Offices:
    """Where the service is given. Without a province nothing is listed: 77 are chosen from by name or on the map."""
    if province is None:
        return Offices(None, [], [])
    choices = [choice for choice in availability.offices_with(service) if choice.schedule != leave_out]
    own = [choice for choice in choices if _serves(choice.office, province.code)]
    at = place_of(own[0].office) if own else position_of(province)
    others = sorted((c for c in choices if c not in own), key=lambda choice: _far(choice.office, at))[:NEAR]
    here = [_spot(str(number), choice, ways, None) for number, choice in enumerate(own, start=1)]
    near = [_spot(str(number), choice, ways, at) for number, choice in enumerate(others, start=len(own) + 1)]
    return Offices(province, here, near)


def position_of(province: Place) -> At | None:
    """Where a province is taken to lie: its own coordinates, else the middle of what is known within it."""
    if province.latitude is not None and province.longitude is not None:
        return At(province.latitude, province.longitude)
    points = points_of(province.code) or offices_in(province.code)
    if not points:
        return None
    return At(sum(p.latitude for p in points) / len(points), sum(p.longitude for p in points) / len(points))


def offices_in(province: int) -> list[At]:
    """Where offices of any kind stand in a province."""
    cards = (card for kind in directory.office_kinds() for card in directory.offices_of_kind(kind))
    return [
        At(card.latitude, card.longitude)
        for card in cards
        if card.province == province and card.latitude is not None and card.longitude is not None
    ]


def points_of(province: int) -> list[At]:
    """Where the sub-districts of a province lie."""
    return [
        At(place.latitude, place.longitude)
        for district in directory.districts(province, "en")
        for place in directory.subdistricts(district.code, "en")
        if place.latitude is not None and place.longitude is not None
    ]


def place_of(office: OfficeCard) -> At | None:
    """Where an office stands; where that is not known, the middle of its province."""
    if office.latitude is not None and office.longitude is not None:
        return At(office.latitude, office.longitude)
    return position_of(directory.area(office.province)) if office.province else None


def _serves(office: OfficeCard, province: int) -> bool:
    return office.province == province or directory.office_for(office.kind, province) == office.id


def _far(office: OfficeCard, at: At | None) -> float:
    place = place_of(office)
    return kilometres(place, at) if place and at else 9_999.0


def _spot(sign: str, choice: OfficeChoice, ways: Ways, far_from: At | None) -> Spot:
    at = place_of(choice.office)
    return Spot(
        sign=sign,
        schedule=choice.schedule,
        office=choice.office,
        href=ways.month(choice.schedule, ""),
        next_free=next_free_words(choice.next_free),
        kilometres=round(kilometres(at, far_from)) if at and far_from else None,
        at=at,
    )


def next_free_words(day: date | None) -> str:
    """`First free: Thursday 3 December 2026`."""
    if day is None:
        return _("No free time at present. You can join the waiting list.")
    return _("First free: %(day)s") % {"day": weekday_words(day)}


def first_free(schedule_id: int, people: int) -> date | None:
    """The first day on which so many can come together; None where there is none now."""
    found = availability.nearest(schedule_id, starts_at=clock.now(), people=people, limit=1)
    return clock.local_day(found[0]) if found else None


def near_with_places(service: str, office: OfficeCard, ways: Ways) -> list[Spot]:
    """The nearest other offices that have a place, for whom this one has none."""
    at = place_of(office)
    free = [one for one in availability.offices_with(service) if one.next_free and one.office.id != office.id]
    nearest = sorted(free, key=lambda choice: _far(choice.office, at))[:NEAR]
    return [_spot(str(number), choice, ways, at) for number, choice in enumerate(nearest, start=1)]


# --- A month --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar. `state`: free, full, closed or past."""

    date: date
    state: str
    words: str
    spoken: str
    href: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a schedule as a table: weeks of seven, None where the month has not begun or is over."""

    title: str
    weekdays: list[tuple[str, str]]
    weeks: list[list[Day | None]]
    closings: list[str]
    earlier: str
    later: str
    any_free: bool
    any_open: bool


def month(schedule: ScheduleCard, first: date, people: int, ways: Ways) -> Month:
    """The month that begins on `first`."""
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    known = availability.month(schedule.id, first=first, last=last, people=people)
    today = clock.today()
    why = closing_days.of_month(schedule.office, first, last)
    weeks = Calendar(_SUNDAY_FIRST).monthdatescalendar(first.year, first.month)
    end = today + timedelta(days=schedule.horizon_days)
    return Month(
        title=month_words(first),
        weekdays=[_weekday(one) for one in weeks[0]],
        weeks=[
            [_day(one, known, schedule, ways) if one.month == first.month else None for one in week]
            for week in weeks
            if week[-1] >= today
        ],
        closings=[f"{_days_words(days)}: {reason}" for reason, days in why if days[-1] >= today],
        earlier=ways.month(schedule.id, month_code(first - timedelta(days=1))) if first > today else "",
        later=ways.month(schedule.id, month_code(last + timedelta(days=1))) if last < end else "",
        any_free=Availability.FREE in known.values(),
        any_open=Availability.FREE in known.values() or Availability.FULL in known.values(),
    )


def month_asked(text: str, schedule: ScheduleCard) -> date:
    """The first day of the month asked for (`2026-12`), else of this month; kept within what can be booked."""
    today = clock.today()
    earliest, latest = today.replace(day=1), (today + timedelta(days=schedule.horizon_days)).replace(day=1)
    try:
        asked = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month, not a moment
    except ValueError:
        return earliest
    return min(max(asked, earliest), latest)


def province_asked(text: str, usual: int | None = None) -> Place | None:
    """The province asked for by its code, else the usual one; None if there is none such."""
    code = int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else usual
    return next((place for place in directory.provinces() if place.code == code), None)


def day_asked(text: str) -> date:
    """A day in an address (`2026-12-03`). Raises NotFound, also for one that cannot be in any calendar of ours."""
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
    if abs(asked - clock.today()) > FURTHEST:
        raise NotFound
    return asked


def month_code(day: date) -> str:
    return f"{day:%Y-%m}"


def _day(day: date, known: dict[date, Availability], schedule: ScheduleCard, ways: Ways) -> Day:
    state = "past" if day < clock.today() else known[day].value
    words = {"free": _("free"), "full": _("full"), "closed": _("closed"), "past": ""}[state]
    href = ways.day(schedule.id, day) if state == "free" else ""
    return Day(day, state, words, weekday_words(day), href)


def _weekday(day: date) -> tuple[str, str]:
    """Short and whole name of the weekday of `day`."""
    locale = "th" if language() == "th" else "en_GB"
    return format_date(day, "ccccc" if locale == "th" else "ccc", locale=locale), format_date(
        day, "EEEE", locale=locale
    )


def _days_words(days: Sequence[date]) -> str:
    """`5 December 2026`, or `5 December 2026 – 7 December 2026`."""
    return day_words(days[0]) if len(days) == 1 else f"{day_words(days[0])} – {day_words(days[-1])}"


def month_words(first: date) -> str:
    """`ธันวาคม 2569` or `December 2026`."""
    if language() == "th":
        return f"{format_date(first, 'LLLL', locale='th')} {first.year + BUDDHIST_ERA}"
    return format_date(first, "LLLL y", locale="en_GB")


def weekday_words(day: date) -> str:
    """`วันพฤหัสบดีที่ 3 ธันวาคม 2569` or `Thursday 3 December 2026`."""
    if language() == "th":
        return f"{format_date(day, 'EEEE', locale='th')}ที่ {day_words(day, 'th')}"
    return f"{format_date(day, 'EEEE', locale='en_GB')} {day_words(day, 'en')}"


# --- A day's times --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Time:
    """A time that can be pressed. `value`: what the form sends."""

    value: str
    clock: str
    words: str


@dataclass(frozen=True, slots=True)
class Times:
    """The times of one day: before and after noon."""

    title: str
    parts: list[tuple[str, list[Time]]]
    beside: list[str]


def times(schedule: int, day: date, people: int, *, beside: Sequence[str] = ()) -> Times:
    """The free times of a day. `beside`: what the same person has at that office on the day, in words."""
    free = [choice for choice in availability.times(schedule, day=day, people=people) if choice.free >= people]
    parts = [
        (_("Morning"), [_time(c.starts_at, c.free) for c in free if c.starts_at.astimezone(THAILAND).hour < 12]),
        (_("Afternoon"), [_time(c.starts_at, c.free) for c in free if c.starts_at.astimezone(THAILAND).hour >= 12]),
    ]
    return Times(weekday_words(day), [part for part in parts if part[1]], list(beside))


def alternatives(starts: Sequence[datetime]) -> list[Time]:
    """Free times near one that is taken, with their days."""
    return [Time(value_of(start), clock_words(start), weekday_words(clock.local_day(start))) for start in starts]


def _time(starts_at: datetime, free: int) -> Time:
    return Time(
        value_of(starts_at), clock_words(starts_at), ngettext("%(n)d place", "%(n)d places", free) % {"n": free}
    )


def value_of(starts_at: datetime) -> str:
    """A time as a form carries it: in Thailand, so that whoever reads the page's source reads the same hour."""
    return starts_at.astimezone(THAILAND).strftime("%Y-%m-%dT%H:%M")


def time_of(value: str) -> datetime | None:
    """What `value_of` wrote, or a time with its own offset; None if it is neither, or at an end of the calendar."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=THAILAND) if moment.tzinfo is None else moment
    return moment if date.min.year + 1 < moment.year < date.max.year else None  # it can be told in any zone


def local_day(moment: datetime) -> date:
    return clock.local_day(moment)


def clock_words(moment: datetime) -> str:
    """`09:20 น.` or `09:20`."""
    local = moment.astimezone(THAILAND).strftime("%H:%M")
    return f"{local}\u00a0น." if language() == "th" else local


def when_words(moment: datetime) -> str:
    """`วันพฤหัสบดีที่ 3 ธันวาคม 2569 เวลา 09:20 น.` or `Thursday 3 December 2026, 09:20`."""
    day = weekday_words(clock.local_day(moment))
    return f"{day} เวลา {clock_words(moment)}" if language() == "th" else f"{day}, {clock_words(moment)}"


def schedule_for(schedule_id: int, service: str) -> ScheduleCard:
    """A schedule that gives this service now. Raises NotFound."""
    found = queries.schedule(schedule_id)
    if found.service != service or not found.active:
        raise NotFound
    return found
