"""Changes to when and how an office gives appointments: looked at first, done as looked at, nobody dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from sala.engine.appointments import booking, changing, holding, queries
from sala.engine.appointments.models import Closure, Hours, Place, Schedule, Visit
from sala.engine.appointments.office import schedules, stored
from sala.engine.appointments.office.changes import NewClosure, NewHours, NewTerms, Terms
from sala.engine.appointments.rules import USUAL_HOURS, Opening
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor, system
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Forbidden, Invalid, NotFound
from sala.kit.text import Text
from tests.engine.appointments.conftest import (
    BANGKOK,
    NINE,
    NOW,
    SAMUT_SAKHON,
    SYSTEM,
    TEN,
    Book,
    answers_of,
    make_schedule,
)
from tests.engine.appointments.test_extend import open_at
from tests.engine.desk.conftest import at_once
from tests.factories import actor_for, make_account

pytestmark = pytest.mark.django_db
RAIN = Text(th="น้ำท่วม", en="Flood")
Officers = Callable[..., Actor]


@pytest.fixture
def office(offices: dict[int, int]) -> int:
    return offices[BANGKOK]


@pytest.fixture
def opened(schedule: int, office: int) -> int:
    open_at(office)
    schedules.extend(schedule)
    return schedule


@pytest.fixture
def manager(officer_at: Officers) -> Actor:
    return officer_at(role="manager")


def terms(schedule: int, **given: Any) -> Terms:
    return replace(stored.terms_of(Schedule.objects.get(id=schedule)), **given)


def morning(office: int, minutes: int = 60) -> NewClosure:
    return NewClosure((office,), NINE, NINE + timedelta(minutes=minutes), RAIN)


def state(visit: Any) -> str:
    return str(queries.visit(visit.visit_id).state)


def at(moment: datetime) -> list[bool]:
    """Whether each place of a time is booked."""
    rows = Place.objects.filter(starts_at=moment).order_by("number")
    return [row.taken_by is not None and row.held_until is None for row in rows]


def told(topic: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select payload->>'reference' from kit_outboxevent where topic = %s order by id", [topic])
        return [row[0] for row in cursor.fetchall()]


# Looking first -----------------------------------------------------------------------------------------


def test_a_closure_shows_whom_it_touches_and_changes_nothing(
    opened: int, office: int, book: Book, manager: Actor
) -> None:
    visit = book(people=(1, 2))
    later = book(people=(3,), starts_at=TEN)
    seen = schedules.preview(morning(office), by=manager)
    assert (seen.visits, seen.people, seen.first) == (1, 2, NINE)
    assert [one.reference for one in seen.shown] == [visit.reference]
    assert (seen.goes, seen.comes) == (1 + 3, 0)
    assert state(visit) == state(later) == "booked"
    assert not Closure.objects.exists()


def test_what_was_looked_at_is_what_is_done(opened: int, office: int, book: Book, manager: Actor) -> None:
    visit, later = book(), book(people=(3,), starts_at=TEN)
    change = morning(office)
    seen = schedules.preview(change, by=manager)
    before = Place.objects.count()
    assert schedules.make(change, by=manager, fingerprint=seen.fingerprint) == (visit.visit_id,)
    assert (state(visit), state(later)) == ("displaced", "booked")
    assert told("visit.displaced") == [visit.reference]
    assert at(NINE) == at(NINE + timedelta(minutes=30)) == []
    assert at(TEN) == [True, False, False]
    # What was free at those times, and the place of the visit, which is nobody's any more.
    assert before - Place.objects.count() == seen.goes + seen.people
    detail = audit.of_subject(f"office:{office}")[0]
    assert (detail.action, detail.actor, detail.detail["displaced"]) == ("office.closed", manager.label, 1)


def test_somebody_who_books_meanwhile_has_it_looked_at_again(
    opened: int, office: int, book: Book, manager: Actor
) -> None:
    seen = schedules.preview(morning(office), by=manager)
    visit = book()
    with pytest.raises(schedules.Outdated):
        schedules.make(morning(office), by=manager, fingerprint=seen.fingerprint)
    assert state(visit) == "booked"
    assert not Closure.objects.exists()
    again = schedules.preview(morning(office), by=manager)
    assert schedules.make(morning(office), by=manager, fingerprint=again.fingerprint) == (visit.visit_id,)


def test_a_fingerprint_is_of_one_change_only(opened: int, office: int, manager: Actor) -> None:
    seen = schedules.preview(morning(office), by=manager)
    with pytest.raises(schedules.Outdated):
        schedules.make(morning(office, 90), by=manager, fingerprint=seen.fingerprint)


def test_of_two_managers_at_once_the_second_looks_again(opened: int, office: int, manager: Actor) -> None:
    seen = schedules.preview(morning(office), by=manager)
    schedules.set_hours(office=office, hours=USUAL_HOURS[:4], by=manager)
    with pytest.raises(schedules.Outdated):
        schedules.make(morning(office), by=manager, fingerprint=seen.fingerprint)


def test_a_place_that_frees_meanwhile_needs_no_second_look(
    opened: int, office: int, book: Book, manager: Actor
) -> None:
    later = book(starts_at=TEN)
    seen = schedules.preview(morning(office), by=manager)
    changing.cancel(visit=later.visit_id, by=SYSTEM)
    schedules.make(morning(office), by=manager, fingerprint=seen.fingerprint)
    assert Closure.objects.count() == 1


def test_a_form_sent_twice_closes_once(opened: int, office: int, book: Book, manager: Actor) -> None:
    book()
    seen = schedules.preview(morning(office), by=manager)
    for _ in range(2):
        schedules.make(morning(office), by=manager, fingerprint=seen.fingerprint)
    assert Closure.objects.count() == 1
    assert len(told("visit.displaced")) == 1


# What changes do ---------------------------------------------------------------------------------------


def test_a_closure_taken_back_gives_its_places_back_and_the_displaced_stay_free_to_choose(
    opened: int, office: int, book: Book, manager: Actor
) -> None:
    visit = book()
    before = Place.objects.count()
    schedules.make(morning(office), by=manager)
    closure = Closure.objects.get()
    seen = schedules.preview(schedules.withdrawal(closure.id), by=manager)
    assert (seen.visits, seen.goes, seen.comes) == (0, 0, 6)
    schedules.withdraw_closure(closure=closure.id, by=manager, fingerprint=seen.fingerprint)
    schedules.withdraw_closure(closure=closure.id, by=manager)
    assert Place.objects.count() == before
    assert state(visit) == "displaced"
    closure.refresh_from_db()
    assert closure.withdrawn_at == NOW


def test_a_displaced_visit_moves_to_another_time_and_a_holder_of_the_old_one_is_refused(
    opened: int, office: int, book: Book, manager: Actor, visitor: Actor
) -> None:
    visit = book()
    draft = uuid4()
    holding.hold(schedule=opened, starts_at=NINE, holder=draft)
    schedules.make(morning(office), by=manager)
    assert holding.held_of(draft) is None
    with pytest.raises((Invalid, Conflict)):
        book(people=(5,), holder=draft)
    changing.move(visit=visit.visit_id, starts_at=TEN, by=visitor)
    assert state(visit) == "booked"


def test_fewer_counters_take_free_places_first_and_displace_only_who_booked_last(
    opened: int, book: Book, manager: Actor
) -> None:
    first = book()
    change = NewTerms(opened, terms(opened, counters=1))
    assert schedules.preview(change, by=manager).visits == 0
    schedules.make(change, by=manager)
    assert at(NINE) == [True]
    assert at(TEN) == [False]
    schedules.set_schedule(schedule=opened, terms=terms(opened, counters=2), by=manager)
    second = book(people=(2,), ahead=True)
    schedules.set_schedule(schedule=opened, terms=terms(opened, counters=1), by=manager)
    assert (state(first), state(second)) == ("booked", "displaced")
    assert at(NINE) == [True]


def test_more_counters_open_after_the_waiting_list(opened: int, manager: Actor) -> None:
    seen = schedules.preview(NewTerms(opened, terms(opened, counters=4)), by=manager)
    before = Place.objects.count()
    schedules.set_schedule(schedule=opened, terms=terms(opened, counters=4), by=manager)
    made = Place.objects.filter(number=4)
    assert made.count() == seen.comes == Place.objects.count() - before
    assert set(made.values_list("opens_at", flat=True)) == {NOW + timedelta(minutes=10)}


@pytest.mark.requirement("R-001.58")
def test_other_minutes_keep_the_promised_time_and_offer_no_more_than_can_be_served(
    opened: int, book: Book, manager: Actor
) -> None:
    visit = book()
    schedules.set_schedule(schedule=opened, terms=terms(opened, minutes=20), by=manager)
    assert state(visit) == "booked"
    assert at(NINE) == [True]
    assert len(at(NINE - timedelta(minutes=10))) == len(at(NINE + timedelta(minutes=10))) == 2
    assert len(at(NINE + timedelta(minutes=30))) == 3


def test_a_service_switched_off_displaces_everybody_and_comes_back_whole(
    opened: int, book: Book, manager: Actor
) -> None:
    visit = book()
    before = Place.objects.count()
    schedules.set_schedule(schedule=opened, terms=terms(opened, active=False), by=manager)
    assert state(visit) == "displaced"
    assert not Place.objects.exists()
    assert schedules.extend(opened) == 0
    schedules.set_schedule(schedule=opened, terms=terms(opened, active=True), by=manager)
    assert Place.objects.count() == before


def test_shorter_hours_displace_the_evening_and_longer_ones_add_it(
    opened: int, office: int, book: Book, manager: Actor
) -> None:
    visit = book()
    shorter = NewHours(office, tuple(one for one in USUAL_HOURS if one.weekday != 1))
    assert schedules.preview(shorter, by=manager).visits == 1
    schedules.make(shorter, by=manager)
    assert state(visit) == "displaced"
    assert Hours.objects.filter(office=office).count() == 8
    evening = (*USUAL_HOURS, Opening(1, NINE.time().replace(hour=17), NINE.time().replace(hour=20)))
    schedules.set_hours(office=office, hours=evening, by=manager)
    assert len(at(NINE.replace(hour=10))) == 3  # 17:00 in Thailand


def test_a_shorter_horizon_takes_no_visit(opened: int, book: Book, manager: Actor) -> None:
    far = NINE + timedelta(days=14)
    visit = book(starts_at=far)
    schedules.set_schedule(schedule=opened, terms=terms(opened, horizon_days=3), by=manager)
    assert state(visit) == "booked"
    assert at(far) == [True]


def test_a_share_opened_late_changes_when_free_places_open(opened: int, manager: Actor) -> None:
    schedules.set_schedule(schedule=opened, terms=terms(opened, late_percent=100, late_hours=24), by=manager)
    far = NINE + timedelta(days=14)
    assert set(Place.objects.filter(starts_at=far).values_list("opens_at", flat=True)) == {far - timedelta(hours=24)}
    schedules.set_schedule(schedule=opened, terms=terms(opened, late_percent=0), by=manager)
    assert set(Place.objects.filter(starts_at=far).values_list("opens_at", flat=True)) == {NOW + timedelta(minutes=10)}


def test_a_freed_place_keeps_the_moment_drawn_for_it(opened: int, book: Book, manager: Actor) -> None:
    changing.cancel(visit=book().visit_id, by=SYSTEM)
    before = set(Place.objects.filter(starts_at=NINE).values_list("opens_at", flat=True))
    schedules.set_schedule(schedule=opened, terms=terms(opened, late_percent=1), by=manager)
    assert set(Place.objects.filter(starts_at=NINE).values_list("opens_at", flat=True)) == before


def test_a_closure_of_several_offices_leaves_out_those_that_have_it(
    opened: int, office: int, offices: dict[int, int]
) -> None:
    schedules.make(morning(office), by=SYSTEM)
    both = replace(morning(office), offices=(office, offices[SAMUT_SAKHON]))
    schedules.make(both, by=SYSTEM)
    assert Closure.objects.count() == 2


def test_who_sits_at_the_counter_is_not_displaced(opened: int, office: int, book: Book, manager: Actor) -> None:
    visit = book()
    with clock.frozen(NINE + timedelta(minutes=5)):
        schedules.make(NewClosure((office,), NINE, NINE + timedelta(hours=8), RAIN), by=manager)
    assert state(visit) == "booked"


# Who may, and what makes sense -------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["officer", "senior", "auditor"])
def test_officers_may_not_change(opened: int, office: int, officer_at: Officers, role: str) -> None:
    with pytest.raises(Forbidden):
        schedules.make(morning(office), by=officer_at(role=role))
    with pytest.raises(Forbidden):
        schedules.preview(morning(office), by=officer_at(role=role))


def test_managers_change_their_own_offices_only(opened: int, office: int, officer_at: Officers) -> None:
    elsewhere = officer_at(SAMUT_SAKHON, role="manager")
    for change in (morning(office), NewHours(office, USUAL_HOURS), NewTerms(opened, terms(opened))):
        with pytest.raises(NotFound):
            schedules.make(change, by=elsewhere)
    assert schedules.make(morning(office), by=officer_at(role="administrator")) == ()


def test_only_the_system_closes_every_office(opened: int, manager: Actor, book: Book) -> None:
    visit = book()
    given: dict[str, Any] = {"office": None, "starts_at": NINE, "ends_at": TEN, "reason": RAIN}
    with pytest.raises(NotFound):
        schedules.close(**given, by=manager)
    schedules.close(**given, by=system("command-line"))
    schedules.close(**given, by=system("command-line"))
    assert state(visit) == "displaced"
    assert Closure.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": 481}, "minutes"),
        ({"counters": -1}, "counters"),
        ({"counters": 501}, "counters"),
        ({"horizon_days": 367}, "horizon_days"),
        ({"late_percent": 101}, "late_percent"),
        ({"lead_minutes": 2880, "horizon_days": 2}, "lead_minutes"),
        ({"minutes": 1, "counters": 500, "horizon_days": 366}, "counters"),
    ],
)
def test_terms_out_of_bounds_are_told_by_field(opened: int, manager: Actor, given: dict[str, int], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        schedules.preview(NewTerms(opened, terms(opened, **given)), by=manager)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_hours_in_disorder_and_closures_of_the_past_are_refused(office: int, manager: Actor) -> None:
    eight, nine = NINE.time().replace(hour=8), NINE.time().replace(hour=9)
    for hours in ([Opening(0, nine, eight)], [Opening(0, eight, nine), Opening(0, eight.replace(minute=30), nine)]):
        with pytest.raises(Invalid) as refused:
            schedules.set_hours(office=office, hours=hours, by=manager)
        assert refused.value.faults[0].field == "day-0"
    past = NewClosure((office,), NOW - timedelta(days=2), NOW - timedelta(days=1), RAIN)
    for wrong in (past, replace(morning(office), ends_at=NINE), replace(morning(office), reason=Text(th=" ", en="x"))):
        with pytest.raises(Invalid):
            schedules.preview(wrong, by=manager)


# With real connections ----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_who_books_while_the_office_closes_has_a_place_that_stands_or_a_clear_refusal(
    service: Loaded, office: int, schedule: int
) -> None:
    """Eight visitors and one manager at the same moment, again and again."""
    open_at(office)
    Schedule.objects.filter(id=schedule).update(counters=8)
    schedules.extend(schedule)
    people = [actor_for(make_account()) for _ in range(8)]
    for attempt in range(4):
        starts_at = NINE + timedelta(days=attempt)

        def books(number: int, starts_at: datetime = starts_at, attempt: int = attempt) -> Any:
            who = 100 * attempt + number
            return booking.book(
                service=service, schedule=schedule, starts_at=starts_at, by=people[number], language="en",
                channel="web", answers=[answers_of(who, f"p{who}@example.org")],
            )  # fmt: skip

        def closes(starts_at: datetime = starts_at) -> Any:
            return schedules.close(
                office=office, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), reason=RAIN, by=SYSTEM
            )

        works = [lambda number=number: books(number) for number in range(8)]
        results = at_once(*works[:4], closes, *works[4:])
        displaced = results.pop(4)
        assert isinstance(displaced, tuple), displaced
        booked = [one for one in results if isinstance(one, booking.Booked)]
        refused = [one for one in results if not isinstance(one, booking.Booked)]
        assert all(isinstance(one, Invalid | Conflict) for one in refused), refused
        # Nobody has a standing visit at a closed time, nobody was lost, and no place is left there.
        assert {one.visit_id for one in booked} == set(displaced)
        assert not Visit.objects.filter(starts_at=starts_at, state="booked").exists()
        assert not Place.objects.filter(starts_at=starts_at).exists()


@pytest.mark.django_db(transaction=True)
def test_who_cancels_while_the_office_closes_leaves_no_place_behind(
    service: Loaded, office: int, schedule: int
) -> None:
    open_at(office)
    schedules.extend(schedule)
    people = [actor_for(make_account()) for _ in range(3)]
    visits = [
        booking.book(
            service=service, schedule=schedule, starts_at=NINE, answers=[answers_of(number, f"c{number}@example.org")],
            by=by, language="en", channel="web",
        )
        for number, by in enumerate(people)
    ]  # fmt: skip
    cancels = [
        lambda one=one, by=by: changing.cancel(visit=one.visit_id, by=by)
        for one, by in zip(visits, people, strict=True)
    ]
    results = at_once(*cancels, lambda: schedules.make(morning(office), by=SYSTEM))
    assert not [one for one in results if isinstance(one, Exception)]
    assert {state(one) for one in visits} <= {"cancelled", "displaced"}
    assert not Place.objects.filter(starts_at=NINE).exists()


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_are_made_one_after_the_other(service: Loaded, office: int, schedule: int) -> None:
    open_at(office)
    schedules.extend(schedule)
    changes: list[Callable[[], Any]] = [
        lambda: schedules.set_schedule(schedule=schedule, terms=terms(schedule, counters=5), by=SYSTEM),
        lambda: schedules.make(morning(office), by=SYSTEM),
        lambda: schedules.extend(schedule),
        lambda: schedules.close(office=None, starts_at=TEN, ends_at=TEN + timedelta(hours=1), reason=RAIN, by=SYSTEM),
    ]
    results = at_once(*changes)
    assert not [one for one in results if isinstance(one, Exception)], results
    assert at(NINE) == at(TEN) == []
    assert len(at(TEN + timedelta(hours=1))) == 5


@pytest.mark.django_db(transaction=True)
def test_of_two_that_wait_for_each_other_the_one_that_was_ended_begins_again() -> None:
    """PostgreSQL ends one of them: no manager is told of it."""
    both_hold = threading.Barrier(2)
    begun: list[int] = []

    def take(first: int, second: int) -> bool:
        begun.append(first)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [first])
            if len(begun) <= 2:
                both_hold.wait(10)
            cursor.execute("select pg_advisory_xact_lock(%s)", [second])
        return True

    pairs = ((9001, 9002), (9002, 9001))
    results = at_once(*(lambda pair=pair: schedules._retried(lambda: take(*pair)) for pair in pairs))  # noqa: SLF001
    assert results == [True, True]
    assert len(begun) == 3


def test_a_schedule_of_another_office_is_left_alone(
    opened: int, office: int, service: Loaded, offices: dict[int, int], manager: Actor
) -> None:
    other = make_schedule(offices[SAMUT_SAKHON])
    open_at(offices[SAMUT_SAKHON])
    schedules.extend(other)
    before = Place.objects.filter(schedule=other).count()
    schedules.make(morning(office), by=manager)
    assert Place.objects.filter(schedule=other).count() == before
