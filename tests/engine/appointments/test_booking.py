"""One step makes the visit, its bookings and its cases; or nothing, and says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from pytest_django import Settings

from sala.engine.appointments import booking, changing, keys, queries
from sala.engine.appointments.booking import AlreadyAnsweredError, AlreadyBooked, Booked, Once, Taken
from sala.engine.appointments.models import Booking, Place, Visit
from sala.engine.appointments.states import VisitState
from sala.engine.cases import filing
from sala.engine.cases import queries as cases
from sala.engine.cases import services as desk
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.kit import clock, sql
from sala.kit.errors import Conflict, Invalid, NotFound, TooMany
from sala.kit.idempotency import Kept, Key
from tests.engine.appointments.conftest import NINE, NOW, TEN, Book, Hold, answers_of, holder, make_places, taken, told
from tests.factories import actor_for, make_account

pytestmark = pytest.mark.django_db


def nothing_booked() -> bool:
    files = sql.fetch_one("select count(*) from cases_case")
    return not Visit.objects.exists() and not Booking.objects.exists() and files == (0,) and not told("visit.booked")


@pytest.mark.requirement("R-001.57")
def test_a_visit_is_at_the_office_and_time_booked_and_files_its_case(
    schedule: int, book: Book, visitor: Actor, offices: dict[int, int]
) -> None:
    make_places(schedule)
    booked = book()
    visit = queries.visit(booked.visit_id)
    assert (visit.starts_at, visit.ends_at, visit.office_id) == (NINE, NINE + timedelta(minutes=30), offices[10])
    assert (visit.name, visit.email, visit.people, visit.state) == (
        "Somchai B", "somchai@example.org", 1, VisitState.BOOKED,
    )  # fmt: skip
    assert taken(schedule) == [visit.id, None, None]
    assert Place.objects.get(taken_by=visit.id).held_until is None
    [filed] = booked.filed
    case = cases.case_for_applicant(reference=filed.reference, by=visitor)
    assert case.office_id == offices[10]
    assert case.due_at == NINE + timedelta(minutes=30, days=3)  # promised from the visit's end
    [one] = visit.bookings.all()
    assert (one.case_id, one.filed, one.active, one.name) == (case.id, True, True, visit.name)
    assert [visit.id] == [row.id for row in queries.of_case(case.id)]


def test_what_is_told(schedule: int, book: Book, offices: dict[int, int]) -> None:
    make_places(schedule)
    booked = book()
    assert told("visit.booked") == [
        {
            "visit": str(booked.visit_id),
            "reference": booked.reference,
            "service": "test-visit",
            "office": offices[10],
            "schedule": schedule,
        }
    ]
    assert len(told("case.submitted")) == 1


def test_its_number_and_its_key(schedule: int, book: Book, visitor: Actor) -> None:
    make_places(schedule)
    booked = book()
    assert booked.reference.startswith("Q-")
    assert queries.visit_by_reference(booked.reference.lower(), key=booked.key).id == booked.visit_id
    assert queries.visit_by_reference(booked.reference, by=visitor).id == booked.visit_id
    for wrong in ({"key": "x"}, {"key": keys.key_of(booked.visit_id, 2)}, {"by": ANONYMOUS}, {}, {"key": "ก"}):
        with pytest.raises(NotFound):
            queries.visit_by_reference(booked.reference, **wrong)
    with pytest.raises(NotFound):
        queries.visit_by_reference("Q-00000000-0", by=visitor)


def test_a_family_is_one_visit_with_a_place_and_a_case_each(schedule: int, book: Book) -> None:
    make_places(schedule)
    booked = book(people=(3, 1, 2))
    assert taken(schedule) == [booked.visit_id] * 3
    visit = queries.visit(booked.visit_id)
    assert visit.people == 3
    assert visit.name == "Somchai D"  # the first who was given
    assert [one.case_id for one in visit.bookings.all()] == [filed.id for filed in booked.filed]
    files = [cases.case_by_key(reference=filed.reference, key=filed.key) for filed in booked.filed]
    assert [one.subject_key for one in files] == ["AB000003", "AB000001", "AB000002"]
    assert len({one.group for one in files}) == 1


def test_a_booking_is_two_statements_and_one_more_for_each_who_comes(
    schedule: int, book: Book, statements: list[str]
) -> None:
    make_places(schedule)
    statements.clear()
    book(by=ANONYMOUS)
    assert statements[1:] == [booking.STATEMENT, filing.STATEMENT]  # before the transaction, the schedule
    statements.clear()
    book(people=(2, 3), by=ANONYMOUS)
    assert statements[1:] == [booking.STATEMENT, filing.STATEMENT, filing.STATEMENT]


@pytest.mark.requirement("R-001.54")
def test_a_taken_time_is_refused_and_nothing_is_left(schedule: int, hold: Hold, book: Book) -> None:
    make_places(schedule, many=2)
    make_places(schedule, TEN, many=2)
    hold(holder=holder())
    with pytest.raises(Taken) as refused:
        book(people=(1, 2))
    assert refused.value.alternatives == (TEN,)
    assert refused.value.status == 409
    assert nothing_booked()
    assert taken(schedule).count(None) == 1
    assert book(people=(1, 2), starts_at=TEN)


def test_with_no_free_time_there_are_no_alternatives(schedule: int, hold: Hold, book: Book) -> None:
    make_places(schedule, many=1)
    hold(holder=holder())
    with pytest.raises(Taken) as refused:
        book()
    assert refused.value.alternatives == ()


# Holds confirmed


def test_a_hold_is_confirmed_in_its_own_place(schedule: int, hold: Hold, book: Book) -> None:
    make_places(schedule, many=2)
    hold(holder=holder())
    mine = holder()
    hold(holder=mine)
    booked = book(holder=mine)
    assert taken(schedule)[1] == booked.visit_id
    found = queries.of_draft(mine)
    assert found
    assert found.id == booked.visit_id


def test_a_holders_second_booking_answers_as_the_first(schedule: int, hold: Hold, book: Book) -> None:
    make_places(schedule)
    make_places(schedule, TEN)
    mine = holder()
    hold(holder=mine)
    first = book(holder=mine)
    assert book(holder=mine) == first
    assert book(holder=mine, starts_at=TEN) == first
    assert book(holder=mine, people=(7,)) == first
    assert Visit.objects.count() == 1
    with clock.frozen(NINE + timedelta(days=9)):
        assert book(holder=mine) == first
    family = holder()
    assert book(holder=family, people=(9, 8), starts_at=TEN) == book(holder=family, people=(9, 8), starts_at=TEN)


def test_what_else_the_holder_kept_is_given_back(schedule: int, hold: Hold, book: Book) -> None:
    make_places(schedule)
    make_places(schedule, TEN)
    mine = holder()
    hold(holder=mine, people=3)
    booked = book(holder=mine, starts_at=TEN)  # another tab, another time
    assert taken(schedule) == [None] * 3
    assert taken(schedule, TEN)[0] == booked.visit_id


def test_another_persons_hold_is_no_help(schedule: int, hold: Hold, book: Book) -> None:
    make_places(schedule, many=1)
    hold(holder=holder())
    with pytest.raises(Taken):
        book(holder=holder())


# One a person


def test_one_standing_visit_a_person_and_service(schedule: int, book: Book, visitor: Actor) -> None:
    make_places(schedule)
    make_places(schedule, TEN)
    first = book()
    with pytest.raises(AlreadyBooked) as refused:
        book(starts_at=TEN)
    assert refused.value.reference == first.reference
    assert refused.value.starts_at == NINE
    assert "24 November 2026, 09:00" in refused.value.message.en
    assert taken(schedule, TEN) == [None] * 3
    changing.cancel(visit=first.visit_id, by=visitor)
    assert book(starts_at=TEN)


def test_the_time_of_a_standing_visit_is_told_to_nobody_else(schedule: int, book: Book) -> None:
    make_places(schedule)
    book()
    for other in (ANONYMOUS, actor_for(make_account())):
        with pytest.raises(AlreadyBooked) as refused:
            book(by=other)
        assert (refused.value.reference, refused.value.starts_at) == (None, None)
        assert "09:00" not in refused.value.message.en + refused.value.message.th


def test_one_of_a_family_who_is_booked_stops_it_whole(schedule: int, book: Book) -> None:
    make_places(schedule)
    book(people=(2,))
    with pytest.raises(AlreadyBooked):
        book(people=(1, 2))
    assert taken(schedule).count(None) == 2
    assert Booking.objects.count() == 1


def test_a_person_is_given_once(schedule: int, book: Book) -> None:
    make_places(schedule)
    with pytest.raises(Invalid) as refused:
        book(people=(1, 1))
    assert refused.value.faults[0].field == "answers"
    assert nothing_booked()


def test_a_past_visit_of_which_nobody_said_what_became_keeps_nobody_from_the_next(schedule: int, book: Book) -> None:
    make_places(schedule)
    later = NINE + timedelta(days=7)
    make_places(schedule, later)
    first = book()
    with clock.frozen(NINE + timedelta(minutes=15)), pytest.raises(AlreadyBooked):
        book(starts_at=later)  # it is going on
    with clock.frozen(NINE + timedelta(minutes=31)):
        second = book(starts_at=later)
        with pytest.raises(AlreadyBooked):
            book(starts_at=later)
    assert second.visit_id != first.visit_id
    assert not queries.visit(first.visit_id).bookings.filter(active=True).exists()


# A case that is there already


@pytest.fixture
def filed(service: Loaded, visitor: Actor, offices: dict[int, int]) -> filing.Filed:
    return filing.file(
        service=service, answers=answers_of(1), by=visitor, language="en", channel="web", office=offices[10]
    )


def test_a_visit_for_an_existing_case_files_nothing(
    schedule: int, book: Book, visitor: Actor, filed: filing.Filed
) -> None:
    make_places(schedule)
    booked = book(answers=[], case=filed.reference)
    assert booked.filed == ()
    [one] = queries.visit(booked.visit_id).bookings.all()
    assert (one.case_id, one.filed, one.person, one.name) == (filed.id, False, "AB000001", "Somchai B")
    assert sql.fetch_one("select count(*) from cases_case") == (1,)
    with pytest.raises(AlreadyBooked):
        book(answers=[], case=filed.reference)
    changing.cancel(visit=booked.visit_id, by=visitor)
    assert cases.case_for_applicant(reference=filed.reference, by=visitor).state == "submitted"


def test_only_ones_own_open_case_of_the_service(schedule: int, book: Book, visitor: Actor, filed: filing.Filed) -> None:
    make_places(schedule)
    with pytest.raises(NotFound):
        book(answers=[], case=filed.reference, by=actor_for(make_account()))
    with pytest.raises(NotFound):
        book(answers=[], case="TVS-00000000-0")
    with pytest.raises(Invalid) as refused:
        book(people=(1, 2), case=filed.reference)
    assert refused.value.faults[0].code == "one_person"
    desk.withdraw(reference=filed.reference, by=visitor)
    with pytest.raises(Conflict):
        book(answers=[], case=filed.reference)
    assert taken(schedule) == [None] * 3


# What is wrong with the request


def test_faults_in_the_answers_are_told_and_take_no_place(schedule: int, book: Book) -> None:
    make_places(schedule)
    wrong = answers_of(2)
    del wrong["contact"]
    with pytest.raises(Invalid) as refused:
        book(answers=[answers_of(1), wrong])
    assert refused.value.faults[0].field.startswith("contact")
    assert nothing_booked()
    assert taken(schedule) == [None] * 3


@pytest.mark.parametrize("numbers", [(), tuple(range(11))])
def test_nobody_or_too_many(schedule: int, book: Book, numbers: tuple[int, ...]) -> None:
    make_places(schedule, many=20)
    with pytest.raises(Invalid) as refused:
        book(people=numbers)
    assert refused.value.faults[0].field == "people"


@pytest.mark.parametrize("starts_at", [NOW - timedelta(days=1), NINE.replace(tzinfo=None), NINE + timedelta(days=4)])
def test_a_time_that_cannot_be_booked_names_field_and_cure(schedule: int, book: Book, starts_at: object) -> None:
    make_places(schedule)
    with pytest.raises(Invalid) as refused:
        book(starts_at=starts_at)
    [fault] = refused.value.faults
    assert fault.field == "starts_at"
    assert fault.message.th
    assert fault.message.en
    assert nothing_booked()


def test_a_schedule_of_another_service(schedule: int, book: Book) -> None:
    from sala.engine.appointments.models import Schedule

    Schedule.objects.filter(id=schedule).update(service="something-else")
    with pytest.raises(Invalid) as refused:
        book()
    assert refused.value.faults[0].field == "schedule"


def test_unknown_schedule(book: Book) -> None:
    with pytest.raises(NotFound):
        book(schedule=10**6)


# Limits and repetitions


def test_a_network_books_so_much_an_hour_and_only_what_was_booked_counts(
    schedule: int, book: Book, settings: Settings
) -> None:
    make_places(schedule, many=3)
    settings.BOOKINGS_A_NETWORK = 2
    book(people=(1,), network="one")
    for _ in range(3):
        with pytest.raises(AlreadyBooked):
            book(people=(1,), network="one")
    book(people=(2,), network="one")
    with pytest.raises(TooMany):
        book(people=(3,), network="one")
    assert taken(schedule).count(None) == 1
    assert Visit.objects.count() == 2
    assert book(people=(3,), network="another")


def test_one_idempotency_key_books_once(schedule: int, book: Book, visitor: Actor) -> None:
    make_places(schedule)

    def respond(booked: Booked) -> Kept:
        return Kept(201, {}, booked.reference)

    once = Once(Key(visitor.label, str(uuid4()), b"same"), respond)
    booked = book(once=once)
    with pytest.raises(AlreadyAnsweredError) as before:
        book(people=(2,), once=once)
    assert before.value.kept.body == booked.reference
    assert Visit.objects.count() == 1


def test_a_refusal_is_not_remembered(schedule: int, hold: Hold, book: Book, visitor: Actor) -> None:
    make_places(schedule, many=1)
    hold(holder=holder())
    once = Once(Key(visitor.label, str(uuid4()), b"same"), lambda booked: Kept(201, {}, booked.reference))
    with pytest.raises(Taken):
        book(once=once)
    with clock.frozen(NOW + timedelta(minutes=11)):
        assert book(once=once)


# Reads


def test_lists(schedule: int, elsewhere: int, book: Book, visitor: Actor, offices: dict[int, int]) -> None:
    make_places(schedule)
    make_places(schedule, TEN)
    make_places(elsewhere, TEN)
    late, early = book(people=(1,), starts_at=TEN), book(people=(2,))
    away = book(people=(3,), schedule=elsewhere, starts_at=TEN)
    today = clock.local_day(NINE)
    assert [row.id for row in queries.day_list(offices[10], today)] == [early.visit_id, late.visit_id]
    assert queries.day_list(offices[10], today + timedelta(days=1)) == []
    assert visitor.account_id
    mine = {row.id for row in queries.visits_of_account(visitor.account_id)}
    assert mine == {late.visit_id, early.visit_id, away.visit_id}
    assert queries.of_cases([early.filed[0].id])[early.filed[0].id].id == early.visit_id
    assert queries.of_draft(uuid4()) is None


def test_an_officer_of_its_office_sees_it(schedule: int, book: Book, officer_at: Callable[..., Actor]) -> None:
    make_places(schedule)
    booked = book()
    assert queries.visit_by_reference(booked.reference, by=officer_at(10))
    with pytest.raises(NotFound):
        queries.visit_by_reference(booked.reference, by=officer_at(74))


def test_schedules(schedule: int, offices: dict[int, int]) -> None:
    card = queries.schedule(schedule)
    assert (card.minutes, card.counters, card.lead_minutes, card.horizon_days) == (30, 3, 120, 30)
    assert queries.schedule_of(offices[10], "test-visit") == card
    assert queries.schedule_of(offices[10], "no-such") is None
    assert queries.schedules_of(offices[10]) == [card]
