"""People come in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from sala.engine.appointments.models import Visit
from sala.engine.appointments.states import VisitState
from sala.engine.hall import arrivals, calling, queries
from sala.engine.hall.models import Ticket
from sala.engine.hall.rules import Arrival
from sala.engine.hall.states import TicketState
from sala.identity.directory.models import Office
from sala.kit import clock
from sala.kit.errors import Conflict, Forbidden, Invalid, NotFound
from sala.kit.ids import uuid7
from sala.kit.models import AuditEntry
from tests.engine.hall.conftest import OTHER, SERVICE, TEN, Hall, make_schedules, minutes
from tests.factories import actor_for, add_post, make_account, make_officer

pytestmark = pytest.mark.django_db
Later = Callable[[float], None]


@pytest.mark.requirement("R-001.58")
def test_a_booked_visitor_gets_a_number_and_the_place_of_their_time(hall: Hall) -> None:
    visit = hall.booked(10, people=2)
    officer = hall.officer()
    told = arrivals.check_in(office=hall.office.id, code=visit.reference.lower().replace("-", " "), by=officer)
    ticket = Ticket.objects.get(visit=visit)
    assert (ticket.number, ticket.booked, ticket.due_at, ticket.people) == ("A001", True, visit.starts_at, 2)
    assert (told.said, told.again) == (Arrival.WELCOME, False)
    assert told.words.en == "Number A001, booked for 10:10"
    entry = AuditEntry.objects.filter(action="hall.checked_in").get()
    assert (entry.actor, entry.subject) == (officer.label, f"ticket:{ticket.id}")
    assert visit.name not in str(entry.detail)


def test_the_qr_of_the_visit_is_as_good_as_its_number(hall: Hall) -> None:
    visit = hall.booked()
    told = arrivals.check_in(
        office=hall.office.id, code=f"https://sala.example/visits/{visit.reference}/?key=k", by=hall.manager
    )
    assert told.ticket.visit_id == visit.id


def test_twice_is_once(hall: Hall) -> None:
    visit = hall.booked()
    first = hall.check_in(visit)
    told = arrivals.check_in(office=hall.office.id, code=visit.reference, by=hall.manager)
    assert told.again
    assert told.ticket.id == first.id
    assert told.words.en == "Already checked in as A001"
    assert hall.walk_in().number == "A002"  # the second try took no number


def test_too_early_and_too_late_are_let_in_and_told_what_to_expect(hall: Hall) -> None:
    early = arrivals.check_in(office=hall.office.id, code=hall.booked(90).reference, by=hall.manager)
    assert early.said is Arrival.EARLY
    assert "11:30" in early.words.en
    assert "11:30\u00a0น." in early.words.th
    late = arrivals.check_in(office=hall.office.id, code=hall.booked(-30).reference, by=hall.manager)
    assert (late.said, late.ticket.booked, late.ticket.due_at) == (Arrival.LATE, False, TEN)
    assert "order of arrival" in late.words.en


def test_who_is_not_let_in_is_told_the_cure(hall: Hall) -> None:
    elsewhere = Office.objects.exclude(id=hall.office.id).filter(kind="immigration-office").first()
    assert elsewhere
    make_schedules(elsewhere)
    cancelled, displaced = hall.booked(), hall.booked()
    Visit.objects.filter(id=cancelled.id).update(state=VisitState.CANCELLED, ended_at=TEN)
    Visit.objects.filter(id=displaced.id).update(state=VisitState.DISPLACED)
    for visit, words in (
        (hall.booked(24 * 60), "24 November 2026, 10:00. Come then"),
        (hall.booked(-24 * 60), "Within 7 days its time can be changed once"),
        (hall.booked(office=elsewhere), f"is at {elsewhere.name_en}"),
        (cancelled, "was cancelled"),
        (displaced, "another was offered"),
    ):
        with pytest.raises(Conflict) as refused:
            hall.check_in(visit)
        assert words in refused.value.message.en
        assert refused.value.message.th != refused.value.message.en
        assert visit.name not in refused.value.message.en
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("", "no_code"),
        ("https://elsewhere.example/", "no_code"),
        ("EXT-00000000-1", "mistyped"),
        ("hello", "mistyped"),
        ("of nobody", "unknown"),
        ("x" * 10_000, "mistyped"),
    ],
)
def test_what_is_no_visits_code_is_said_to_be_none(hall: Hall, code: str, fault: str) -> None:
    from sala.kit.ids import normal_reference

    if fault == "unknown":
        code = next(
            f"EXT-00000000-{c}" for c in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" if normal_reference(f"EXT-00000000-{c}")
        )
    with pytest.raises(Invalid) as refused:
        arrivals.check_in(office=hall.office.id, code=code, by=hall.manager)
    assert [(one.field, one.code) for one in refused.value.faults] == [("code", fault)]


def test_who_was_marked_as_missed_comes_in_again_the_same_day(hall: Hall, later: Later) -> None:
    visit, (counter, officer) = hall.booked(), hall.open("1")
    ticket = hall.check_in(visit)
    calling.call_next(counter=counter, by=officer)
    later(1)
    calling.recall(ticket=ticket.id, counter=counter, by=officer)
    later(4)
    calling.no_show(ticket=ticket.id, counter=counter, by=officer)
    visit.refresh_from_db()
    assert visit.state == VisitState.MISSED
    later(20)
    told = arrivals.check_in(office=hall.office.id, code=visit.reference, by=hall.manager)
    assert (told.ticket.id, told.ticket.number, told.ticket.state) == (ticket.id, "A001", TicketState.WAITING)
    assert (told.ticket.booked, told.ticket.due_at, told.ticket.calls) == (False, TEN + minutes(20), 0)
    called = calling.call_next(counter=counter, by=officer)
    assert called
    calling.serve_done(ticket=called.id, counter=counter, by=officer)
    visit.refresh_from_db()
    assert visit.state == VisitState.ATTENDED


def test_a_missed_visit_moved_to_another_day_gets_a_number_of_that_day(hall: Hall) -> None:
    visit = hall.booked()
    hall.check_in(visit)
    Ticket.objects.update(state=TicketState.MISSED)
    Visit.objects.filter(id=visit.id).update(
        starts_at=TEN + timedelta(days=2), ends_at=TEN + timedelta(days=2, hours=1)
    )
    with clock.frozen(TEN + timedelta(days=2)):
        assert hall.check_in(visit).booked
    assert Ticket.objects.filter(visit=visit).count() == 2


def test_a_walk_in_stands_by_arrival_and_a_repeated_form_gives_the_same_ticket(hall: Hall) -> None:
    once = uuid7()
    first = hall.walk_in(once=once, people=3)
    assert (first.number, first.booked, first.due_at, first.people) == ("A001", False, TEN, 3)
    assert hall.walk_in(once=once).number == "A001"
    assert hall.walk_in(service=OTHER).number == "B001"
    assert hall.walk_in().number == "A002"


def test_a_walk_in_says_what_for(hall: Hall) -> None:
    with pytest.raises(Invalid) as refused:
        arrivals.walk_in(
            office=hall.office.id,
            service="tm47",
            people=0,
            name="x" * 101,
            language="th",
            by=hall.manager,
            once=uuid7(),
        )
    assert {one.field for one in refused.value.faults} == {"service", "people", "name"}


def test_numbers_begin_anew_each_day(hall: Hall) -> None:
    hall.walk_in()
    with clock.frozen(TEN + timedelta(days=1)):
        assert hall.walk_in().number == "A001"


def test_only_officers_of_the_office_check_in(hall: Hall) -> None:
    visit = hall.booked()
    stranger = actor_for(make_officer("elsewhere"))
    with pytest.raises(NotFound):
        hall.check_in(visit, stranger)
    manager = actor_for(make_officer(hall.office, "manager"))
    with pytest.raises(Forbidden):
        hall.check_in(visit, manager)
    limited = make_account()
    add_post(limited, hall.office, services=[OTHER])
    with pytest.raises(Forbidden):
        hall.check_in(visit, actor_for(limited))


@pytest.mark.django_db(transaction=True)
def test_many_doors_give_no_number_twice(hall: Hall) -> None:
    visits = [hall.booked() for _ in range(6)]

    def arrive(number: int) -> str:
        try:
            with clock.frozen(TEN):
                return hall.check_in(visits[number % 6]).number  # each visit at two doors
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as doors:
        given = list(doors.map(arrive, range(12)))
    assert sorted(set(given)) == [f"A00{n}" for n in range(1, 7)]  # gapless too
    assert Ticket.objects.filter(service=SERVICE).count() == 6


def test_the_form_of_a_ticket_gives_nobody_the_ticket_of_another_office(hall: Hall, offices: dict[int, int]) -> None:
    ticket = hall.walk_in()
    Ticket.objects.filter(id=ticket.id).update(office=offices[74])
    with pytest.raises(NotFound):
        hall.walk_in(once=ticket.id)


def test_who_comes_with_a_ticket_is_named_to_whose_post_covers_it(hall: Hall) -> None:
    ticket = hall.check_in(hall.booked())
    limited = make_account()
    add_post(limited, hall.office, services=[OTHER])
    assert queries.people_of(ticket, by=actor_for(limited)) == ()
    assert queries.people_of(ticket, by=hall.manager)
