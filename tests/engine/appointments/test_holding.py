"""Ten minutes for a form: a place is kept, given back, lapses, and is confirmed all the same."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from pytest_django.fixtures import Settings

from sala.engine.appointments import holding
from sala.engine.appointments.holding import Taken
from sala.engine.appointments.models import Place, Schedule
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from sala.kit.errors import Invalid, NotFound, TooMany
from tests.engine.appointments.conftest import NINE, NOW, TEN, Book, Hold, holder, make_places, taken

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def code(refused: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    fault = refused.value.faults[0]
    assert fault.message.th
    assert fault.message.en
    return fault.field, fault.code


def test_a_place_is_kept_for_ten_minutes(schedule: int, hold: Hold) -> None:
    make_places(schedule)
    mine = holder()
    held = hold(holder=mine)
    assert (held.starts_at, held.until, held.people) == (NINE, NOW + 10 * MINUTE, 1)
    assert taken(schedule) == [mine, None, None]
    assert holding.held_of(mine) == held


def test_a_repetition_changes_nothing_not_the_end_either(schedule: int, hold: Hold) -> None:
    make_places(schedule)
    mine = holder()
    first = hold(holder=mine)
    with clock.frozen(NOW + 5 * MINUTE):
        assert hold(holder=mine) == first
    assert taken(schedule).count(mine) == 1


def test_another_choice_gives_the_former_back_and_begins_anew(schedule: int, hold: Hold) -> None:
    make_places(schedule)
    make_places(schedule, TEN)
    mine = holder()
    hold(holder=mine)
    with clock.frozen(NOW + 5 * MINUTE):
        again = hold(holder=mine, starts_at=TEN, people=2)
    assert taken(schedule) == [None] * 3
    assert taken(schedule, TEN) == [mine, mine, None]
    assert again.until == NOW + 15 * MINUTE


def test_fewer_people_give_back_what_is_over_and_more_take_what_is_missing(schedule: int, hold: Hold) -> None:
    make_places(schedule)
    mine = holder()
    hold(holder=mine, people=3)
    hold(holder=mine, people=1)
    assert taken(schedule).count(mine) == 1
    hold(holder=mine, people=2)
    assert taken(schedule).count(mine) == 2


def test_where_another_choice_fails_the_former_stays(schedule: int, hold: Hold) -> None:
    make_places(schedule)
    make_places(schedule, TEN, many=1)
    mine = holder()
    held = hold(holder=mine)
    hold(holder=holder(), starts_at=TEN)
    with pytest.raises(Taken):
        hold(holder=mine, starts_at=TEN)
    assert holding.held_of(mine) == held


@pytest.mark.requirement("R-001.54")
def test_what_is_taken_is_refused_with_the_three_nearest_times(schedule: int, hold: Hold) -> None:
    make_places(schedule, many=1)
    near = [NINE + timedelta(minutes=m) for m in (-60, -30, 30, 60, 90)]
    for at in near:
        make_places(schedule, at, many=1)
    hold(holder=holder())
    with pytest.raises(Taken) as refused:
        hold(holder=holder())
    assert refused.value.alternatives == (near[0], near[1], near[2])
    assert "24 November 2026, 09:30" in refused.value.message.en
    assert "2569" in refused.value.message.th


def test_a_family_gets_places_for_all_or_none(schedule: int, hold: Hold) -> None:
    make_places(schedule)
    hold(holder=holder())
    mine = holder()
    with pytest.raises(Taken):
        hold(holder=mine, people=3)
    assert mine not in taken(schedule)
    assert hold(holder=mine, people=2).people == 2


def test_an_expired_hold_is_free_without_a_sweeper(schedule: int, hold: Hold) -> None:
    make_places(schedule, many=1)
    hold(holder=holder())
    with clock.frozen(NOW + 10 * MINUTE), pytest.raises(Taken):
        hold(holder=holder())
    other = holder()
    with clock.frozen(NOW + 10 * MINUTE + timedelta(seconds=1)):
        hold(holder=other)
    assert taken(schedule) == [other]


def test_a_free_place_is_taken_before_an_expired_hold(schedule: int, hold: Hold) -> None:
    make_places(schedule, many=2)
    late = holder()
    hold(holder=late)
    with clock.frozen(NOW + 20 * MINUTE):
        other = holder()
        hold(holder=other)
        assert taken(schedule) == [late, other]


def test_an_expired_hold_that_nobody_took_is_confirmed(schedule: int, hold: Hold, book: Book) -> None:
    make_places(schedule, many=1)
    mine = holder()
    hold(holder=mine)
    with clock.frozen(NOW + timedelta(hours=1)):
        booked = book(holder=mine)
    assert taken(schedule) == [booked.visit_id]


def test_an_expired_hold_that_somebody_took_is_refused(schedule: int, hold: Hold, book: Book) -> None:
    make_places(schedule, many=1)
    make_places(schedule, TEN, many=1)
    mine, other = holder(), holder()
    hold(holder=mine)
    with clock.frozen(NOW + timedelta(hours=1)):
        hold(holder=other)
        with pytest.raises(Taken) as refused:
            book(holder=mine)
        assert refused.value.alternatives == (TEN,)
        assert holding.held_of(mine) is None
    assert taken(schedule) == [other]


def test_a_hold_outlives_the_lead_time_but_not_the_visits(schedule: int, hold: Hold, book: Book) -> None:
    soon = NOW + timedelta(hours=2)
    make_places(schedule, soon, many=1)
    mine = holder()
    hold(holder=mine, starts_at=soon)
    with clock.frozen(NOW + 9 * MINUTE):
        with pytest.raises(Invalid) as refused:
            hold(holder=holder(), starts_at=soon)
        assert code(refused) == ("starts_at", "too_soon")
    with clock.frozen(soon), pytest.raises(Invalid) as refused:
        book(holder=mine, starts_at=soon)
    assert code(refused) == ("starts_at", "past")
    with clock.frozen(NOW + 9 * MINUTE):
        assert book(holder=mine, starts_at=soon)


def test_release(schedule: int, hold: Hold, book: Book) -> None:
    make_places(schedule)
    mine = holder()
    hold(holder=mine, people=2)
    holding.release(holder=mine)
    holding.release(holder=mine)
    assert taken(schedule) == [None] * 3
    assert holding.held_of(mine) is None
    booked = book(holder=mine)
    holding.release(holder=mine)
    holding.release(holder=booked.visit_id)
    assert taken(schedule)[0] == booked.visit_id


def test_places_that_open_later_are_the_waiting_lists(schedule: int, hold: Hold) -> None:
    make_places(schedule, opens_at=NOW + 30 * MINUTE)
    with pytest.raises(Taken):
        hold(holder=holder())
    until = NOW + timedelta(hours=4)
    assert hold(holder=holder(), ahead=True, until=until).until == until
    with clock.frozen(NOW + 30 * MINUTE):
        assert hold(holder=holder())


def test_a_schedule_that_opens_later(schedule: int, hold: Hold) -> None:
    make_places(schedule)
    Schedule.objects.filter(id=schedule).update(opens_at=NOW + MINUTE)
    with pytest.raises(Invalid) as refused:
        hold(holder=holder())
    assert code(refused) == ("starts_at", "not_open_yet")
    with clock.frozen(NOW + MINUTE):
        assert hold(holder=holder())


@pytest.mark.parametrize(
    ("starts_at", "why"),
    [
        (NOW - timedelta(days=1), "past"),
        (NOW, "past"),
        (NOW + timedelta(minutes=119), "too_soon"),
        (NOW + timedelta(days=31), "too_far"),
        (NINE + timedelta(minutes=1), "no_such_time"),
        (NINE.replace(hour=15), "no_such_time"),
        (NINE + timedelta(days=4), "holiday"),  # a Saturday
        (NINE.replace(tzinfo=None), "no_offset"),
    ],
)
def test_times_that_cannot_be_booked(schedule: int, hold: Hold, starts_at: datetime, why: str) -> None:
    make_places(schedule)
    if why in {"past", "too_soon", "too_far"}:
        make_places(schedule, starts_at)  # that there are places changes nothing
    with pytest.raises(Invalid) as refused:
        hold(holder=holder(), starts_at=starts_at)
    assert code(refused) == ("starts_at", why)
    assert not Place.objects.exclude(taken_by=None).exists()


def test_an_offset_is_an_offset(schedule: int, hold: Hold) -> None:
    make_places(schedule)
    assert hold(holder=holder(), starts_at=NINE.astimezone(clock.THAILAND)).starts_at == NINE
    nepal = NINE.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert hold(holder=holder(), starts_at=nepal).starts_at == NINE


@pytest.mark.parametrize("people", [0, -1, 11])
def test_too_few_or_too_many_people(schedule: int, hold: Hold, people: int) -> None:
    make_places(schedule)
    with pytest.raises(Invalid) as refused:
        hold(holder=holder(), people=people)
    assert code(refused) == ("people", "people")


def test_more_people_than_counters_are_told_how_many_may_come(schedule: int, hold: Hold) -> None:
    make_places(schedule)
    with pytest.raises(Invalid) as refused:
        hold(holder=holder(), people=4)
    assert code(refused) == ("people", "people")
    assert "1 to 3" in refused.value.faults[0].message.en


def test_an_inactive_schedule_and_none(schedule: int, hold: Hold) -> None:
    make_places(schedule)
    Schedule.objects.filter(id=schedule).update(active=False)
    with pytest.raises(Invalid) as refused:
        hold(holder=holder())
    assert code(refused) == ("schedule", "not_active")
    with pytest.raises(NotFound):
        hold(holder=holder(), schedule=schedule + 1000)


def test_a_network_and_an_account_hold_so_much_an_hour(
    schedule: int, hold: Hold, visitor: Actor, settings: Settings
) -> None:
    make_places(schedule, many=1)
    settings.HOLDS_A_NETWORK = 2
    mine = holder()
    hold(holder=mine, network="one")
    hold(holder=mine, network="one")
    with pytest.raises(TooMany):
        hold(holder=mine, network="one")
    hold(holder=mine, network="another")
    for _ in range(holding.HOLDS_AN_ACCOUNT):
        hold(holder=mine, by=visitor)
    with pytest.raises(TooMany):
        hold(holder=mine, by=visitor)


def test_a_hold_is_one_statement(schedule: int, hold: Hold, statements: list[str]) -> None:
    make_places(schedule)
    statements.clear()
    hold(holder=holder())
    assert len(statements) == 1
