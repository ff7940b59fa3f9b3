from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from sala.engine.appointments import hoarding
from sala.engine.appointments.hoarding import Counted, shown
from sala.engine.appointments.models import HoardingMonth, Schedule, Visit
from sala.engine.appointments.tasks import count_hoarding
from sala.kit import clock
from sala.kit.ids import new_reference
from tests.engine.appointments.conftest import BANGKOK, NINE, NOW, make_schedule

NOVEMBER = date(2026, 11, 1)


def make_visits(schedule: int, *emails: str, booked_at: datetime = NOW, **given: Any) -> None:
    office = Schedule.objects.get(id=schedule).office_id
    fields: dict[str, Any] = {
        "schedule_id": schedule, "office_id": office, "service": "test-visit", "starts_at": NINE,
        "ends_at": NINE + timedelta(minutes=30), "people": 1, "name": "A B", "language": "en", "channel": "web",
        "booked_at": booked_at, **given,
    }  # fmt: skip
    Visit.objects.bulk_create(Visit(reference=new_reference("Q"), email=email, **fields) for email in emails)


def many(count: int, prefix: str = "p") -> list[str]:
    return [f"{prefix}{number}@example.org" for number in range(count)]


# --- What may be published ----------------------------------------------------------------------------


@given(part=st.integers(0, 50), rest=st.integers(0, 50))
def test_no_share_points_to_fewer_than_five(part: int, rest: int) -> None:
    share = hoarding.share(part, part + rest)
    if share is not None:
        assert part == 0 or part >= 5
        assert rest == 0 or rest >= 5
        assert share == round(part / (part + rest), 3)


def test_a_line_of_few_bookings_says_nothing() -> None:
    assert set(vars_of(Counted(4, 4, 0, 4, 0, 1))) == {None}
    assert shown(Counted(40, 8, 0, 4, 3, 30)).mean is None
    full = shown(Counted(40, 8, 2, 20, 5, 9))
    assert (full.booked, full.missed, full.quick, full.mean, full.many, full.most_of_one) == (40, 0.2, None, 2, 0.25, 9)


def vars_of(counted: Counted) -> list[object]:
    found = shown(counted)
    return [found.booked, found.missed, found.quick, found.mean, found.many, found.most_of_one]


def test_totals_are_rounded_so_that_no_line_can_be_worked_out() -> None:
    total = hoarding.together([Counted(103, 13, 9, 81, 11, 12), Counted(3, 1, 0, 3, 0, 1)])
    assert (total.booked, total.missed, total.quick, total.mean) == (110, 0.13, 0.08, 1.3)
    assert hoarding.together([Counted(3, 0, 0, 3, 0, 1), Counted(2, 0, 0, 2, 0, 1)]).booked is None, "not 0"


# --- What is counted ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_each_night_the_months_are_counted_anew(schedule: int) -> None:
    make_visits(schedule, *many(6), "Seller@example.org", "seller@example.org", "SELLER@example.org")
    make_visits(schedule, *many(5, "n"), state="missed", ended_at=NINE)
    make_visits(schedule, *many(5, "q"), state="cancelled", ended_at=NOW + timedelta(minutes=60))
    make_visits(schedule, *many(1, "c"), state="cancelled", ended_at=NOW + timedelta(minutes=61))
    make_visits(schedule, *many(2, "o"), booked_at=datetime.fromisoformat("2026-10-31T23:59:00+07:00"))
    make_visits(schedule, *many(2, "x"), booked_at=NOW - timedelta(days=300))
    count_hoarding(0)
    count_hoarding(0)
    november, october = HoardingMonth.objects.order_by("-month")
    assert (november.month, october.month, october.booked) == (NOVEMBER, date(2026, 10, 1), 2)
    assert (november.booked, november.missed, november.cancelled_within_hour) == (20, 5, 5)
    assert (november.contacts, november.contacts_many, november.most_of_one) == (18, 1, 3)
    Visit.objects.filter(email="n0@example.org").update(state="attended")
    hoarding.count()
    assert HoardingMonth.objects.get(month=NOVEMBER).missed == 4


# --- The page -----------------------------------------------------------------------------------------


@pytest.fixture
def counted(schedule: int, elsewhere: int) -> None:
    make_visits(schedule, *many(30), *many(6), *many(6))
    make_visits(schedule, *many(6, "n"), state="missed", ended_at=NINE)
    make_visits(elsewhere, *many(3, "e"))
    hoarding.count()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["Are places hoarded?", "12.5 %", "&lt; 5", "November 2026"]), ("th", ["12.5 %", "พฤศจิกายน 2569"])],
)
def test_everybody_can_read_it(counted: None, language: str, words: list[str]) -> None:
    with clock.frozen(NOW + timedelta(days=15)):
        page = Client().get("/open/appointments/", {"lang": language})
    assert page.status_code == 200
    text = page.content.decode()
    for word in words:
        assert word in text
    assert "@example.org" not in text
    assert "A B" not in text


@pytest.mark.django_db
def test_a_month_not_over_says_so_and_other_months_can_be_asked_for(counted: None) -> None:
    page = Client().get("/open/appointments/?lang=en").content.decode()
    assert "This month is not over" in page
    assert Client().get("/open/appointments/?month=1999-01&service=no-such&lang=en").status_code == 200
    assert Client().get("/open/appointments/?month=%00&lang=en").status_code == 200


@pytest.mark.django_db
def test_all_services_are_in_the_totals_also_those_of_one_office_and_few_bookings(
    counted: None, offices: dict[int, int]
) -> None:
    few = make_schedule(offices[BANGKOK], service="seldom-asked-for")
    make_visits(few, *many(2, "f"), service="seldom-asked-for")
    hoarding.count()
    page = Client().get("/open/appointments/?lang=en").content.decode()
    totals = page[page.index("All offices together") : page.index("By office")]
    row = re.findall(r">([^<>]+)<", totals[totals.index("seldom-asked-for") - 1 :])
    assert [cell.strip() for cell in row if cell.strip()][:7] == ["seldom-asked-for", *"––––––"]
    one = Client().get("/open/appointments/?lang=en&service=seldom-asked-for").content.decode()
    assert "All offices together" not in one, "one office's line says it"


@pytest.mark.django_db
def test_without_figures_it_says_when_they_come(db: None) -> None:
    assert "no figures yet" in Client().get("/open/appointments/?lang=en").content.decode()


@pytest.mark.django_db
def test_the_same_as_a_table_and_for_programs(counted: None) -> None:
    table = Client().get("/open/appointments.csv").content.decode("utf-8-sig")
    rows = {row["office"]: row for row in csv.DictReader(io.StringIO(table))}
    told = Client().get("/open/appointments.json").json()
    assert told["suppressed_below"] == 5
    assert {row["office"]: str(row["booked"]) for row in told["items"] if row["booked"]} == {
        office: row["booked"] for office, row in rows.items() if row["booked"]
    }
    (shown_,) = [row for row in told["items"] if row["booked"]]
    assert (shown_["booked"], shown_["no_show_share"], shown_["bookings_of_the_busiest_contact"]) == (48, 0.125, 3)
    (hidden,) = [row for row in told["items"] if not row["booked"]]
    assert {value for key, value in hidden.items() if key not in {"month", "office", "office_name", "service"}} == {
        None
    }
    assert Client().get("/open/appointments.json?month=2020-01").json()["items"] == []
    assert Client().get("/open/appointments.json?month=nonsense").status_code == 404
