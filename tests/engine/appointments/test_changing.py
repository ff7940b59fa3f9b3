"""Moved, given up, displaced, attended, missed: the place, the case and what is told change with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from sala.engine.appointments import changing, holding, queries
from sala.engine.appointments.booking import AlreadyBooked, Booked, Taken
from sala.engine.appointments.changing import CannotMove
from sala.engine.appointments.models import Place, Visit
from sala.engine.appointments.states import VisitState
from sala.engine.cases import decisions
from sala.engine.cases import queries as cases
from sala.engine.cases import services as desk
from sala.engine.cases.journal import verify
from sala.engine.cases.models import Case, CaseEvent
from sala.engine.dashboards import services as dashboards
from sala.engine.dashboards.models import Delta
from sala.engine.dashboards.rules import bucket
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.kit import clock
from sala.kit.errors import Conflict, Forbidden, Invalid, NotFound
from sala.kit.models import AuditEntry
from tests.engine.appointments.conftest import (
    BANGKOK,
    NINE,
    NOW,
    SAMUT_SAKHON,
    SYSTEM,
    TEN,
    Book,
    Hold,
    holder,
    make_places,
    make_schedule,
    taken,
    told,
)  # fmt: skip
from tests.factories import actor_for, make_account

pytestmark = pytest.mark.django_db
LATER = NINE + timedelta(days=7)


@pytest.fixture
def places(schedule: int) -> None:
    for at in (NINE, TEN, LATER):
        make_places(schedule, at)


@pytest.fixture
def booked(places: None, book: Book) -> Booked:
    """One person at nine."""
    return book()


def key_of(booked: Booked) -> Actor:
    return Actor(kind="key", id=booked.reference)


def state(booked: Booked) -> str:
    return queries.visit(booked.visit_id).state


def case_of(booked: Booked) -> Case:
    return Case.objects.get(id=booked.filed[0].id)


# Moving


@pytest.mark.requirement("R-001.59")
def test_a_visitor_changes_the_time_without_a_sign_in(schedule: int, booked: Booked) -> None:
    moved = changing.move(visit=booked.visit_id, starts_at=TEN, by=key_of(booked))
    assert (moved.starts_at, moved.ends_at) == (TEN, TEN + timedelta(minutes=30))
    assert (moved.moves, moved.sequence, moved.state) == (1, 1, VisitState.BOOKED)
    assert taken(schedule) == [None] * 3
    assert taken(schedule, TEN) == [moved.id, None, None]
    assert Place.objects.get(taken_by=moved.id).held_until is None


def test_the_promise_moves_with_the_visit(booked: Booked, visitor: Actor) -> None:
    before = case_of(booked)
    moved = changing.move(visit=booked.visit_id, starts_at=LATER, by=visitor)
    after = case_of(booked)
    assert after.due_at - before.due_at == after.warn_at - before.warn_at == timedelta(days=7)
    assert after.due_at == moved.ends_at + timedelta(days=3)
    event = CaseEvent.objects.get(case=after, type="rescheduled")
    assert event.actor == visitor.label
    assert not event.public
    assert verify(after.id) is None


def test_to_another_office(
    elsewhere: int, booked: Booked, visitor: Actor, offices: dict[int, int], officer_at: Callable[..., Actor]
) -> None:
    make_places(elsewhere, TEN)
    officer = officer_at(BANGKOK)
    desk.claim(reference=booked.filed[0].reference, by=officer)
    moved = changing.move(visit=booked.visit_id, starts_at=TEN, schedule=elsewhere, by=visitor)
    case = case_of(booked)
    assert moved.office_id == case.office_id == offices[SAMUT_SAKHON]
    assert case.claimed_by_id is None
    assert taken(elsewhere, TEN)[0] == moved.id
    assert told("visit.moved")[-1]["office"] == offices[SAMUT_SAKHON]
    assert told("places.freed")[-1]["office"] == offices[BANGKOK]


def test_a_repetition_moves_once(booked: Booked, visitor: Actor) -> None:
    first = changing.move(visit=booked.visit_id, starts_at=TEN, by=visitor)
    again = changing.move(visit=booked.visit_id, starts_at=TEN, by=visitor)
    assert (again.moves, again.sequence) == (first.moves, first.sequence) == (1, 1)
    assert len(told("visit.moved")) == 1


@pytest.mark.requirement("R-001.54")
def test_where_the_new_time_is_taken_the_visit_stands(
    schedule: int, booked: Booked, visitor: Actor, hold: Hold
) -> None:
    hold(holder=holder(), starts_at=TEN, people=3)
    with pytest.raises(Taken) as refused:
        changing.move(visit=booked.visit_id, starts_at=TEN, by=visitor)
    assert refused.value.alternatives == (LATER,)  # not the present time, although it has more places
    assert taken(schedule)[0] == booked.visit_id
    assert queries.visit(booked.visit_id).sequence == 0
    assert told("visit.moved") == []


def test_a_held_time_is_confirmed(schedule: int, booked: Booked, visitor: Actor, hold: Hold) -> None:
    offer = holder()
    hold(holder=offer, starts_at=TEN)
    hold(holder=holder(), starts_at=TEN, people=2)
    moved = changing.move(visit=booked.visit_id, starts_at=TEN, by=visitor, holder=offer)
    assert taken(schedule, TEN)[0] == moved.id
    assert holding.held_of(offer) is None


@pytest.mark.parametrize("starts_at", [NOW - timedelta(hours=1), TEN + timedelta(minutes=1), TEN.replace(tzinfo=None)])
def test_a_time_that_cannot_be_booked(booked: Booked, visitor: Actor, starts_at: object) -> None:
    with pytest.raises(Invalid) as refused:
        changing.move(visit=booked.visit_id, starts_at=starts_at, by=visitor)  # type: ignore[arg-type]
    assert refused.value.faults[0].field == "starts_at"


def test_only_as_often_as_declared_but_the_office_may(
    booked: Booked, visitor: Actor, officer_at: Callable[..., Actor]
) -> None:
    for at in (TEN, NINE):
        with clock.frozen(clock.now() + timedelta(hours=1, minutes=5)):  # the freed place is open again by then
            changing.move(visit=booked.visit_id, starts_at=at, by=visitor)
    with pytest.raises(CannotMove) as refused:
        changing.move(visit=booked.visit_id, starts_at=LATER, by=visitor)
    assert "2 times" in refused.value.message.en
    assert changing.move(visit=booked.visit_id, starts_at=LATER, by=officer_at()).moves == 2
    assert changing.move(visit=booked.visit_id, starts_at=TEN, by=visitor, free_of_charge=True).moves == 2


def test_nobody_elses(booked: Booked, officer_at: Callable[..., Actor]) -> None:
    strangers = [
        ANONYMOUS,
        actor_for(make_account()),
        Actor(kind="key", id="Q-00000000-0"),
        officer_at(SAMUT_SAKHON),
        officer_at(BANGKOK, "auditor"),
    ]
    for by in strangers:
        with pytest.raises(NotFound):
            changing.move(visit=booked.visit_id, starts_at=TEN, by=by)
        with pytest.raises(NotFound):
            changing.cancel(visit=booked.visit_id, by=by)
    with pytest.raises(NotFound):
        changing.cancel(visit=holder(), by=SYSTEM)
    assert state(booked) == VisitState.BOOKED


def test_a_service_is_moved_to_its_own_schedules_only(booked: Booked, visitor: Actor, offices: dict[int, int]) -> None:
    other = make_schedule(offices[SAMUT_SAKHON], service="something-else")
    make_places(other, TEN)
    with pytest.raises(Invalid) as refused:
        changing.move(visit=booked.visit_id, starts_at=TEN, schedule=other, by=visitor)
    assert refused.value.faults[0].field == "schedule"


def test_a_freed_place_opens_later_and_the_waiting_list_goes_first(
    schedule: int, booked: Booked, visitor: Actor
) -> None:
    place = Place.objects.get(taken_by=booked.visit_id)
    changing.move(visit=booked.visit_id, starts_at=TEN, by=visitor)
    place.refresh_from_db()
    assert timedelta(minutes=10) <= place.opens_at - NOW <= timedelta(minutes=60)
    assert told("places.freed")[0]["schedule"] == schedule


def test_a_place_freed_shortly_before_its_time_opens_at_once(booked: Booked, visitor: Actor) -> None:
    place = Place.objects.get(taken_by=booked.visit_id)
    with clock.frozen(NINE - timedelta(hours=3)):
        changing.cancel(visit=booked.visit_id, by=visitor)
    place.refresh_from_db()
    assert place.opens_at == NINE - timedelta(hours=3)


# Giving up


@pytest.mark.requirement("R-001.59")
def test_a_visitor_gives_up_without_a_sign_in(schedule: int, booked: Booked) -> None:
    changing.cancel(visit=booked.visit_id, by=key_of(booked))
    changing.cancel(visit=booked.visit_id, by=key_of(booked))
    visit = queries.visit(booked.visit_id)
    assert (visit.state, visit.ended_at, visit.ended_by) == (VisitState.CANCELLED, NOW, f"key:{booked.reference}")
    assert taken(schedule) == [None] * 3
    assert case_of(booked).state == "withdrawn"
    assert len(told("visit.cancelled")) == len(told("case.withdrawn")) == len(told("places.freed")) == 1


def test_a_family_goes_whole(schedule: int, places: None, book: Book, visitor: Actor) -> None:
    booked = book(people=(1, 2, 3))
    changing.cancel(visit=booked.visit_id, by=visitor)
    assert taken(schedule) == [None] * 3
    assert {one.status for one in cases.filed([one.id for one in booked.filed])} == {"withdrawn"}


def test_a_case_that_was_decided_stands(booked: Booked, visitor: Actor, officer_at: Callable[..., Actor]) -> None:
    decisions.approve(reference=booked.filed[0].reference, by=officer_at())
    changing.cancel(visit=booked.visit_id, by=visitor)
    assert case_of(booked).state == "approved"


def test_not_once_its_time_has_come_but_the_office_may(
    booked: Booked, visitor: Actor, officer_at: Callable[..., Actor]
) -> None:
    with clock.frozen(NINE):
        with pytest.raises(Conflict):
            changing.cancel(visit=booked.visit_id, by=visitor)
        assert state(booked) == VisitState.BOOKED
        changing.cancel(visit=booked.visit_id, by=officer_at())
    assert state(booked) == VisitState.CANCELLED


def test_what_was_given_up_is_not_moved(booked: Booked, visitor: Actor) -> None:
    changing.cancel(visit=booked.visit_id, by=visitor)
    with pytest.raises(CannotMove):
        changing.move(visit=booked.visit_id, starts_at=TEN, by=visitor)


# The office closes


def test_a_displaced_visit_keeps_its_request_and_is_moved_free_of_charge(
    schedule: int, book: Book, booked: Booked, visitor: Actor, officer_at: Callable[..., Actor]
) -> None:
    Visit.objects.filter(id=booked.visit_id).update(moves=2)
    [displaced] = changing.displace(visits=[booked.visit_id], by=officer_at(BANGKOK, "manager"))
    assert changing.displace(visits=[booked.visit_id], by=SYSTEM) == []
    assert displaced.state == VisitState.DISPLACED
    assert taken(schedule) == [None] * 3
    assert case_of(booked).state == "submitted"
    with pytest.raises(AlreadyBooked):  # it stands
        book(starts_at=TEN)
    moved = changing.move(visit=booked.visit_id, starts_at=TEN, by=visitor)
    assert (moved.state, moved.moves) == (VisitState.BOOKED, 2)
    assert len(told("visit.displaced")) == 1


def test_without_a_time_nothing_is_promised_until_there_is_a_new_one(
    booked: Booked, visitor: Actor, officer_at: Callable[..., Actor]
) -> None:
    officer, reference = officer_at(), booked.filed[0].reference
    changing.displace(visits=[booked.visit_id], by=SYSTEM)
    case = case_of(booked)
    assert case.paused_at == NOW
    assert cases.awaits_visit(case)
    with clock.frozen(LATER - timedelta(days=1)):  # long after what was promised from the lost visit
        assert not [row for row in cases.queue(name="overdue", by=officer).cases if row.reference == reference]
        moved = changing.move(visit=booked.visit_id, starts_at=LATER, by=visitor)
    case = case_of(booked)
    assert (case.paused_at, case.due_at) == (None, moved.ends_at + timedelta(days=3))
    assert not cases.awaits_visit(case)
    assert verify(case.id) is None


def test_an_answer_does_not_set_the_clock_going_while_there_is_no_time(
    booked: Booked, visitor: Actor, officer_at: Callable[..., Actor]
) -> None:
    reference = booked.filed[0].reference
    desk.ask(reference=reference, fields=["contact.email"], message="Which address?", by=officer_at())
    changing.displace(visits=[booked.visit_id], by=SYSTEM)
    desk.answer(reference=reference, values={}, message="The same", by=visitor)
    assert cases.awaits_visit(case_of(booked))
    changing.move(visit=booked.visit_id, starts_at=TEN, by=visitor)
    assert case_of(booked).paused_at is None


def test_the_time_to_the_result_counts_from_the_end_of_the_visit(
    booked: Booked, visitor: Actor, officer_at: Callable[..., Actor]
) -> None:
    """Not from filing: else the wait for the chosen day would be published as the office's slowness."""
    moved = changing.move(visit=booked.visit_id, starts_at=LATER, by=visitor)
    with clock.frozen(moved.ends_at + timedelta(minutes=90)):
        decisions.complete(reference=booked.filed[0].reference, message="Seen", by=officer_at())
    assert Delta.objects.get(measure__startswith="minutes:").measure == f"minutes:{bucket(90)}"
    assert dashboards.reconcile() == [], "counted anew from the rows in the same way"


def test_a_result_before_the_end_of_the_visit_took_no_time(booked: Booked, officer_at: Callable[..., Actor]) -> None:
    with clock.frozen(NINE + timedelta(minutes=10)):
        decisions.complete(reference=booked.filed[0].reference, message="Seen", by=officer_at())
    assert Delta.objects.get(measure__startswith="minutes:").measure == f"minutes:{bucket(0)}"
    assert dashboards.reconcile() == []


def test_a_displaced_visit_can_be_given_up_even_after_its_time(booked: Booked, visitor: Actor) -> None:
    changing.displace(visits=[booked.visit_id], by=SYSTEM)
    with clock.frozen(NINE + timedelta(days=1)):
        changing.cancel(visit=booked.visit_id, by=visitor)
    assert state(booked) == VisitState.CANCELLED


def test_only_who_may_assign_displaces(booked: Booked, officer_at: Callable[..., Actor]) -> None:
    with pytest.raises(Forbidden):
        changing.displace(visits=[booked.visit_id], by=officer_at())
    with pytest.raises(NotFound):
        changing.displace(visits=[booked.visit_id], by=officer_at(SAMUT_SAKHON, "manager"))
    assert state(booked) == VisitState.BOOKED


# The day itself


def test_attended(booked: Booked, officer_at: Callable[..., Actor], book: Book) -> None:
    officer = officer_at()
    with clock.frozen(NINE - timedelta(minutes=5)):
        changing.attended(visit=booked.visit_id, by=officer)
        changing.attended(visit=booked.visit_id, by=officer)
        assert state(booked) == VisitState.ATTENDED
        assert book(starts_at=LATER)  # and may come again
    assert len(told("visit.attended")) == 1
    assert case_of(booked).state == "submitted"


def test_nobody_attends_before_the_day(booked: Booked, officer_at: Callable[..., Actor], schedule: int) -> None:
    with pytest.raises(Conflict):  # Monday; the visit is on Tuesday
        changing.attended(visit=booked.visit_id, by=officer_at())
    assert state(booked) == VisitState.BOOKED


def test_what_an_officer_does_with_a_visit_is_recorded_and_what_its_visitor_does_is_not(
    booked: Booked, visitor: Actor, officer_at: Callable[..., Actor]
) -> None:
    changing.move(visit=booked.visit_id, starts_at=LATER, by=visitor)
    officer, subject = officer_at(), f"visit:{booked.reference}"
    assert not AuditEntry.objects.filter(subject=subject).exists()
    changing.move(visit=booked.visit_id, starts_at=NINE, by=officer, ahead=True)
    changing.cancel(visit=booked.visit_id, by=officer)
    entries = AuditEntry.objects.filter(subject=subject).order_by("id").values_list("actor", "action")
    assert list(entries) == [(officer.label, "visit.moved"), (officer.label, "visit.cancelled")]


def test_missed_and_yet_come(booked: Booked, officer_at: Callable[..., Actor]) -> None:
    officer = officer_at()
    with clock.frozen(NINE - timedelta(seconds=1)), pytest.raises(Conflict):
        changing.missed(visit=booked.visit_id, by=officer)
    with clock.frozen(NINE + timedelta(minutes=20)):
        changing.missed(visit=booked.visit_id, by=officer)
        changing.missed(visit=booked.visit_id, by=officer)
        assert state(booked) == VisitState.MISSED
        changing.attended(visit=booked.visit_id, by=officer)
    assert state(booked) == VisitState.ATTENDED
    assert [len(told(f"visit.{what}")) for what in ("missed", "attended")] == [1, 1]


def test_only_its_offices_officers_say_who_came(
    booked: Booked, visitor: Actor, officer_at: Callable[..., Actor]
) -> None:
    with clock.frozen(NINE):
        for by in (visitor, key_of(booked), officer_at(SAMUT_SAKHON), ANONYMOUS):
            with pytest.raises(NotFound):
                changing.attended(visit=booked.visit_id, by=by)
            with pytest.raises(NotFound):
                changing.missed(visit=booked.visit_id, by=by)
        own = replace(officer_at(), account_id=visitor.account_id)
        with pytest.raises(NotFound):
            changing.attended(visit=booked.visit_id, by=own)


def test_a_missed_visit_has_one_more_chance_within_a_week(booked: Booked, visitor: Actor, schedule: int) -> None:
    with clock.frozen(NINE + timedelta(minutes=20)):
        changing.missed(visit=booked.visit_id, by=SYSTEM)
    with clock.frozen(NINE + timedelta(days=6)):
        moved = changing.move(visit=booked.visit_id, starts_at=LATER, by=visitor)
    assert (moved.state, moved.second_chance, moved.ended_at, moved.ended_by) == (VisitState.BOOKED, True, None, "")
    assert all(one.active for one in moved.bookings.all())
    assert taken(schedule, LATER)[0] == moved.id
    after = LATER + timedelta(days=3)
    make_places(schedule, after)
    with clock.frozen(LATER + timedelta(days=1)):
        changing.missed(visit=booked.visit_id, by=SYSTEM)
        with pytest.raises(CannotMove):
            changing.move(visit=booked.visit_id, starts_at=after, by=visitor)


def test_a_missed_visit_is_not_moved_after_a_week(booked: Booked, visitor: Actor, schedule: int) -> None:
    after = NINE + timedelta(days=10)
    make_places(schedule, after)
    with clock.frozen(NINE + timedelta(days=7, seconds=1)):
        changing.missed(visit=booked.visit_id, by=SYSTEM)
        with pytest.raises(CannotMove):
            changing.move(visit=booked.visit_id, starts_at=after, by=visitor)


def test_who_missed_a_visit_and_booked_anew_cannot_move_the_old_one_too(
    booked: Booked, book: Book, visitor: Actor, schedule: int
) -> None:
    with clock.frozen(NINE + timedelta(minutes=40)):
        changing.missed(visit=booked.visit_id, by=SYSTEM)
        again = book(starts_at=LATER)
        with pytest.raises(AlreadyBooked):
            changing.move(visit=booked.visit_id, starts_at=LATER, by=visitor)
    assert state(booked) == VisitState.MISSED
    assert taken(schedule, LATER) == [again.visit_id, None, None]
