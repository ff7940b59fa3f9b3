"""What the officers' pages show of an office: its services, how full the next days are, when it is open and closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from babel.dates import format_date
from django.db.models import Q

from sala.engine.appointments import queries
from sala.engine.appointments.availability import midnight
from sala.engine.appointments.models import Closure, Schedule, Visit
from sala.engine.appointments.office import stored
from sala.engine.appointments.office.changes import NewClosure
from sala.engine.appointments.queries import ScheduleCard
from sala.engine.appointments.rules import Opening
from sala.engine.appointments.states import VisitState
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue import workdays
from sala.kit import clock, sql
from sala.kit.errors import NotFound
from sala.kit.text import Text, language

DAYS = 14
"""Days ahead that the overview draws."""
MOST_DISPLACED = 20
"""Displaced visits that are listed; more are counted."""

_FILL = """
select schedule_id, (starts_at at time zone 'Asia/Bangkok')::date, count(*),
    count(*) filter (where taken_by is not null and (held_until is null or held_until > %(now)s))
from appointments_place
where schedule_id = any(%(schedules)s) and starts_at >= %(first)s and starts_at < %(after)s group by 1, 2"""
_EXPECTED = """
select office_id, count(*) filter (where starts_at < %(tomorrow)s), count(*),
    coalesce(sum(people) filter (where starts_at < %(tomorrow)s), 0)
from appointments_visit
where office_id = any(%(offices)s) and starts_at >= %(today)s and starts_at < %(after)s
    and state in ('booked', 'attended', 'missed')
group by office_id"""

# The bar's drawing, in its own units.
BAR_HEIGHT = 64


@dataclass(frozen=True, slots=True)
class Day:
    """A day of one service: its places, how many are taken, and why there are none."""

    day: date
    places: int
    taken: int
    reason: Text | None = None

    @property
    def free(self) -> int:
        return self.places - self.taken

    @property
    def short(self) -> str:
        """The weekday in a letter or two."""
        return format_date(self.day, "ccccc" if language() == "th" else "cccccc", locale=language())

    def height(self, tallest: int) -> int:
        """Of the whole bar, where the tallest one is `BAR_HEIGHT`."""
        return max(4, BAR_HEIGHT * self.places // tallest) if self.places else 0

    def filled(self, tallest: int) -> int:
        """Of its part that is taken."""
        if not self.taken:
            return 0
        return max(2, self.height(tallest) * self.taken // self.places)


@dataclass(frozen=True, slots=True)
class Given:
    """A service that the office gives, and how full its next days are."""

    schedule: ScheduleCard
    name: Text
    days: tuple[Day, ...]

    @property
    def tallest(self) -> int:
        return max((day.places for day in self.days), default=0) or 1

    @property
    def places(self) -> int:
        return sum(day.places for day in self.days)

    @property
    def taken(self) -> int:
        return sum(day.taken for day in self.days)

    @property
    def full_days(self) -> int:
        return sum(1 for day in self.days if day.places and not day.free)

    @property
    def first_free(self) -> date | None:
        return next((day.day for day in self.days if day.free), None)


@dataclass(frozen=True, slots=True)
class Expected:
    """Visits of today and of the next seven days, and the people of today."""

    today: int = 0
    week: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class Closing:
    """A closure that stands; `everywhere`: of every office, which only the system's operator takes back."""

    id: int
    starts_at: datetime
    ends_at: datetime
    reason: Text
    everywhere: bool

    @property
    def whole_days(self) -> bool:
        return _at_midnight(self.starts_at) and _at_midnight(self.ends_at)

    @property
    def first(self) -> date:
        return clock.local_day(self.starts_at)

    @property
    def last(self) -> date:
        """The last day of which any part is closed."""
        return clock.local_day(self.ends_at - timedelta(seconds=1))

    @property
    def begins(self) -> str:
        return _clock(self.starts_at)

    @property
    def ends(self) -> str:
        return "24:00" if _at_midnight(self.ends_at) else _clock(self.ends_at)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(clock.THAILAND):%H:%M}"


def services_of(office: int, *, only: Collection[str] | None = None) -> list[Given]:
    """What the office gives, by name; `only` these services where a post is for some."""
    cards = [card for card in queries.schedules_of(office) if only is None or card.service in only]
    first = clock.today()
    fill = _fill([card.id for card in cards], first)
    names = {card.service: service_name(card.service) for card in cards}
    reasons = _reasons(office, first)
    return [
        Given(card, names[card.service], tuple(_days(fill.get(card.id, {}), first, reasons)))
        for card in sorted(cards, key=lambda card: str(names[card.service]))
    ]


def service_name(slug: str) -> Text:
    """What a service is called; its slug once it is closed and gone."""
    try:
        return catalogue.current(slug).declaration.name
    except NotFound:
        return Text(th=slug, en=slug)


def week_of(office: int) -> list[tuple[int, list[Opening]]]:
    """Monday to Sunday, with the openings of each."""
    hours = stored.hours_of(office)
    return [(weekday, [one for one in hours if one.weekday == weekday]) for weekday in range(7)]


def closures_of(office: int) -> list[Closing]:
    """What stands and is not over yet, the first first."""
    rows = Closure.objects.filter(Q(office=office) | Q(office=None), withdrawn_at=None, ends_at__gt=clock.now())
    return [_closing(row) for row in rows.order_by("starts_at", "id")]


def closure(closure_id: int, office: int) -> Closing:
    """A standing closure of this office, not of all; NotFound otherwise."""
    row = Closure.objects.filter(id=closure_id, office=office, withdrawn_at=None).first()
    if row is None:
        raise NotFound
    return _closing(row)


def closing_of(change: NewClosure) -> Closing:
    """A closure as it would stand."""
    return Closing(0, change.starts_at, change.ends_at, change.reason, everywhere=change.offices is None)


def holidays(days: int = 60) -> list[tuple[date, Text]]:
    """The holidays of the coming days."""
    ahead = (clock.today() + timedelta(days=n) for n in range(days))
    return [(day, name) for day in ahead if (name := workdays.holiday_name(day))]


def expected_at(offices: Sequence[int]) -> Mapping[int, Expected]:
    """Who is expected at each of the offices."""
    today = midnight(clock.today())
    given = {
        "offices": list(offices),
        "today": today,
        "tomorrow": today + timedelta(days=1),
        "after": today + timedelta(days=7),
    }
    return {row[0]: Expected(*row[1:]) for row in sql.fetch_all(_EXPECTED, given)}


def displaced_at(office: int, *, only: Collection[str] | None = None) -> tuple[int, list[Visit]]:
    """Visits that lost their time and have no other yet: how many, and the first of them; `only` of these services."""
    rows = Visit.objects.filter(office=office, state=VisitState.DISPLACED, starts_at__gte=clock.now() - timedelta(30))
    rows = rows if only is None else rows.filter(service__in=only)
    return rows.count(), list(rows.order_by("starts_at", "id")[:MOST_DISPLACED])


def with_appointments(offices: Collection[int]) -> list[int]:
    """Those of the offices that give appointments."""
    found = Schedule.objects.filter(office__in=offices).values_list("office_id", flat=True).distinct()
    return sorted(found)


def _fill(schedules: Sequence[int], first: date) -> Mapping[int, Mapping[date, tuple[int, int]]]:
    begins = midnight(first)
    given = {
        "schedules": list(schedules),
        "first": begins,
        "after": begins + timedelta(days=DAYS),
        "now": clock.now(),
    }
    found: dict[int, dict[date, tuple[int, int]]] = {}
    for schedule, day, places, taken in sql.fetch_all(_FILL, given):
        found.setdefault(schedule, {})[day] = (places, taken)
    return found


def _days(fill: Mapping[date, tuple[int, int]], first: date, reasons: Mapping[date, Text]) -> list[Day]:
    days = [first + timedelta(days=n) for n in range(DAYS)]
    return [Day(day, *fill.get(day, (0, 0)), reason=reasons.get(day)) for day in days]


def _reasons(office: int, first: date) -> dict[date, Text]:
    found = {day: name for day, name in holidays(DAYS) if day >= first}
    for one in closures_of(office):
        day = max(first, one.first)
        while day <= min(one.last, first + timedelta(days=DAYS)):
            found.setdefault(day, one.reason)
            day += timedelta(days=1)
    return found


def _closing(row: Closure) -> Closing:
    return Closing(
        row.id, row.starts_at, row.ends_at, Text(th=row.reason_th, en=row.reason_en), everywhere=row.office_id is None
    )


def _at_midnight(moment: datetime) -> bool:
    return moment.astimezone(clock.THAILAND).time() == time()
