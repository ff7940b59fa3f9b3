"""Places made in bulk up to the horizon: as many as planned, opened when they should be, swept when nobody came."""

from __future__ import annotations

import time as stopwatch
from collections import Counter
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from sala.engine.appointments import queries, rules
from sala.engine.appointments.models import Closure, Hours, Place, Schedule
from sala.engine.appointments.office import schedules
from sala.engine.appointments.rules import USUAL_HOURS
from sala.engine.catalogue import workdays
from sala.engine.catalogue.loaded import Loaded
from sala.identity.directory import queries as directory
from sala.kit import clock
from sala.kit.clock import local_day
from tests.engine.appointments.conftest import BANGKOK, NINE, NOW, Book, make_places, make_schedule

pytestmark = pytest.mark.django_db


def open_at(office: int) -> None:
    Hours.objects.bulk_create(
        Hours(office_id=office, weekday=one.weekday, opens=one.opens, closes=one.closes) for one in USUAL_HOURS
    )


@pytest.fixture
def opened(schedule: int, offices: dict[int, int]) -> int:
    """The schedule of Bangkok, its office open at the usual hours."""
    open_at(offices[BANGKOK])
    return schedule


def days(schedule: int) -> set[date]:
    return {local_day(at) for at in Place.objects.filter(schedule=schedule).values_list("starts_at", flat=True)}


def freed() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from kit_outboxevent where topic = 'places.freed'")
        return int(cursor.fetchone()[0])


def test_every_working_day_of_the_horizon_has_all_its_places(opened: int) -> None:
    made = schedules.extend(opened)
    today = clock.today()
    works = {
        today + timedelta(days=n)
        for n in range(31)
        if (today + timedelta(days=n)).weekday() < 5 and not workdays.is_holiday(today + timedelta(days=n))
    }
    assert days(opened) == works
    # Today, at eight in the morning, is still ahead; 14 times of half an hour, three counters.
    assert made == len(works) * 14 * 3 == Place.objects.count()
    assert set(Counter(Place.objects.values_list("starts_at", flat=True)).values()) == {3}


def test_a_holiday_has_no_places(opened: int) -> None:
    schedules.extend(opened)
    assert workdays.is_holiday(date(2026, 12, 7))
    assert date(2026, 12, 7) not in days(opened)
    assert date(2026, 12, 8) in days(opened)


def test_extending_again_makes_nothing_and_tomorrow_a_day_more(opened: int) -> None:
    schedules.extend(opened)
    assert schedules.extend(opened) == 0
    with clock.frozen(NOW + timedelta(days=1)):
        assert schedules.extend(opened) == 14 * 3
        assert max(days(opened)) == date(2026, 12, 24)


def test_the_first_places_are_open_at_once_later_ones_after_the_waiting_list(opened: int) -> None:
    schedules.extend(opened)
    assert set(Place.objects.values_list("opens_at", flat=True)) == {NOW}
    assert freed() == 0
    tomorrow = NOW + timedelta(days=1)
    with clock.frozen(tomorrow):
        schedules.extend(opened)
    late = Place.objects.filter(starts_at__gte=NOW + timedelta(days=31, hours=-8)).values_list("opens_at", flat=True)
    assert set(late) == {tomorrow + timedelta(minutes=10)}
    assert freed() == 1


@pytest.mark.parametrize(("counters", "percent"), [(5, 40), (3, 50), (1, 25), (7, 0), (4, 100)])
def test_the_late_share_is_the_rules(opened: int, counters: int, percent: int) -> None:
    Schedule.objects.filter(id=opened).update(counters=counters, late_percent=percent, late_hours=48)
    schedules.extend(opened)
    for row in Place.objects.filter(schedule=opened):
        assert row.opens_at == rules.opens_at(
            row.number, starts_at=row.starts_at, minutes=30, counters=counters, late_percent=percent, late_hours=48,
            not_before=NOW,
        )  # fmt: skip


def test_what_is_taken_is_left_alone_and_counts(opened: int, book: Book) -> None:
    make_places(opened, NINE, 1)
    visit = book().visit_id
    schedules.extend(opened)
    rows = list(Place.objects.filter(schedule=opened, starts_at=NINE).order_by("number"))
    assert [row.taken_by for row in rows] == [visit, None, None]


def test_a_place_taken_under_a_high_number_leaves_no_more_than_the_counters(opened: int) -> None:
    """After fewer counters, places keep their numbers: places are counted, not numbered."""
    holder = uuid4()
    Place.objects.create(schedule_id=opened, starts_at=NINE, number=9, opens_at=NOW, taken_by=holder)
    schedules.extend(opened)
    numbers = Place.objects.filter(schedule=opened, starts_at=NINE).values_list("number", flat=True)
    assert sorted(numbers) == [1, 2, 9]


def test_old_free_places_are_swept_and_taken_ones_stay(opened: int) -> None:
    past = NOW - timedelta(days=3)
    visit, draft = uuid4(), uuid4()
    make_places(opened, past, 1)
    make_places(opened, past + timedelta(hours=1), 1, taken_by=visit)
    make_places(opened, past + timedelta(hours=2), 1, taken_by=draft, held_until=past)
    schedules.extend(opened)
    assert list(Place.objects.filter(starts_at__lt=NOW).values_list("taken_by", flat=True)) == [visit]


def test_a_holiday_that_the_cabinet_adds_displaces_whoever_was_to_come(
    opened: int, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedules.extend(opened)
    visit = book()
    monkeypatch.setattr(
        workdays, "_overrides", lambda: (workdays.Overrides(closed={local_day(NINE): "Funeral rites"}),)
    )
    workdays.is_holiday.cache_clear()
    try:
        schedules.extend(opened)
    finally:
        monkeypatch.undo()
        workdays.is_holiday.cache_clear()
    assert queries.visit(visit.visit_id).state == "displaced"
    assert local_day(NINE) not in days(opened)


def test_a_closure_of_every_office_counts_at_each(opened: int) -> None:
    Closure.objects.create(
        office=None, starts_at=NINE, ends_at=NINE + timedelta(hours=1), reason_th="ฝน", reason_en="Rain", made_by="x"
    )
    schedules.extend(opened)
    assert not Place.objects.filter(starts_at__gte=NINE, starts_at__lt=NINE + timedelta(hours=1)).exists()
    assert Place.objects.filter(starts_at=NINE + timedelta(hours=1)).count() == 3


# A service's first schedules --------------------------------------------------------------------------


def test_a_schedule_begins_as_the_declaration_says(service: Loaded, offices: dict[int, int]) -> None:
    office = offices[BANGKOK]
    begun = Schedule.objects.get(id=schedules.ensure(service, office))
    asked = service.declaration.appointment
    assert asked
    assert (begun.minutes, begun.letter, begun.counters) == (asked.minutes, asked.letter, schedules.FIRST_COUNTERS)
    assert Hours.objects.filter(office=office).count() == 10
    assert Place.objects.filter(schedule=begun).exists()
    assert schedules.ensure(service, office) == begun.id


def test_a_second_service_of_an_office_gets_a_letter_of_its_own_and_the_same_hours(
    service: Loaded, offices: dict[int, int]
) -> None:
    office = offices[BANGKOK]
    asked = service.declaration.appointment
    assert asked
    make_schedule(office, service="something-else", letter=asked.letter)
    Hours.objects.create(office_id=office, weekday=6, opens="09:00", closes="10:00")
    begun = Schedule.objects.get(id=schedules.ensure(service, office))
    assert begun.letter != asked.letter
    assert Hours.objects.filter(office=office).count() == 1


def test_offices_without_a_schedule_are_found(service: Loaded, offices: dict[int, int]) -> None:
    kind = directory.office(offices[BANGKOK]).kind
    everyone = {card.id for card in directory.offices_of_kind(kind)}
    assert set(schedules.lacking(service)) == everyone
    schedules.ensure(service, offices[BANGKOK])
    assert set(schedules.lacking(service)) == everyone - {offices[BANGKOK]}


def test_an_office_of_twenty_counters_is_made_in_no_time(opened: int) -> None:
    """Seventy-seven such offices are to take seconds."""
    Schedule.objects.filter(id=opened).update(counters=20, minutes=15)
    began = stopwatch.monotonic()
    made = schedules.extend(opened)
    assert made > 10_000
    assert stopwatch.monotonic() - began < 3
