"""Many at one place, on real connections: nobody gets what another has, nothing is lost, nobody waits for ever."""

from __future__ import annotations

import multiprocessing
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Barrier
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from sala.engine.appointments import booking, changing, claims, holding, queries
from sala.engine.appointments.booking import STATEMENT, AlreadyBooked, Booked
from sala.engine.appointments.claims import Busy, Taken
from sala.engine.appointments.models import Booking, Place, Visit
from sala.engine.appointments.states import VisitState
from sala.engine.cases import queries as cases
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.directory import queries as directory
from sala.kit import clock, sql
from tests.engine.appointments import one_who_books
from tests.engine.appointments.conftest import (
    BANGKOK,
    NINE,
    NOW,
    SAMUT_SAKHON,
    TEN,
    Book,
    answers_of,
    holder,
    make_places,
    taken,
)  # fmt: skip
from tests.factories import make_office
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def offices(db: None) -> Iterator[dict[int, int]]:
    """Two offices, instead of the whole country: the tables are emptied after each of these tests."""
    directory.forget_offices()
    yield {BANGKOK: make_office().id, SAMUT_SAKHON: make_office("immigration-samut-sakhon").id}
    directory.forget_offices()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run all at the same moment, each on its own connection; results or exceptions, in order."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            with clock.frozen(NOW):
                return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def kinds(results: list[object]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


def sound() -> None:
    """What must be true whatever happened: a place for each person, a case for each booking, no place given twice."""
    standing = {visit.id: visit.people for visit in Visit.objects.filter(state=VisitState.BOOKED)}
    rows = Place.objects.filter(taken_by__isnull=False, held_until=None).values_list("taken_by", flat=True)
    places = Counter(rows)
    assert places == Counter(standing)
    bookings = Counter(Booking.objects.filter(active=True, visit__in=standing).values_list("visit_id", flat=True))
    assert bookings == Counter(standing)
    filed = list(Booking.objects.values_list("case_id", flat=True))
    assert len(cases.filed(filed)) == len(filed) == len(set(filed))
    orphans = sql.fetch_one(
        "select count(*) from cases_case where id not in (select case_id from appointments_booking)"
    )
    assert orphans == (0,)
    told = sql.fetch_one("select count(*) from kit_outboxevent where topic = 'visit.booked'")
    assert told == (Visit.objects.count(),)


def one(service: Loaded, schedule: int, *numbers: int, **given: object) -> Callable[[], Booked]:
    """A booking by somebody without an account: one person, or a family."""
    chosen = {
        "service": service, "schedule": schedule, "starts_at": NINE, "by": ANONYMOUS, "language": "en",
        "channel": "web", "answers": [answers_of(number) for number in numbers],
    }  # fmt: skip
    return lambda: booking.book(**(chosen | given))  # type: ignore[arg-type]


def room_for(connections: int) -> None:
    """The server must take so many more; `sala.kit.postgres` gives tests 300."""
    row = sql.fetch_one(
        "select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        " - (select count(*) from pg_stat_activity where backend_type = 'client backend')"
    )
    assert row
    assert row[0] >= connections, f"the server has room for {row[0]} more connections, the test needs {connections}"


@pytest.mark.requirement("R-001.54", "R-001.55")
def test_two_hundred_connections_at_a_slot_of_fifty_places(service: Loaded, schedule: int) -> None:
    room_for(200)
    make_places(schedule, many=50)
    make_places(schedule, TEN, many=2)
    results = at_once(*[one(service, schedule, number) for number in range(200)])
    assert kinds(results) == {"Booked": 50, "Taken": 150}
    booked = [result for result in results if isinstance(result, Booked)]
    assert Counter(taken(schedule)) == Counter(result.visit_id for result in booked)
    refused = [result for result in results if isinstance(result, Taken)]
    assert all(result.alternatives == (TEN,) for result in refused)
    assert all("10:00" in result.message.en for result in refused)
    sound()


@pytest.mark.requirement("R-001.55")
def test_families_of_every_size_at_one_slot(service: Loaded, schedule: int) -> None:
    """Claims of several places in every order: no deadlock, and all that fit get in."""
    make_places(schedule, many=20)
    families = [[n * 10 + person for person in range(1 + n % 4)] for n in range(40)]
    results = at_once(*[one(service, schedule, *family) for family in families])
    assert set(kinds(results)) == {"Booked", "Taken"}
    sound()
    assert taken(schedule).count(None) == 0  # there were enough who came alone


def test_families_hold_places_for_all_of_them_or_none(schedule: int) -> None:
    make_places(schedule, many=20)
    families = {holder(): 1 + n % 4 for n in range(24)}
    results = at_once(*[
        lambda who=who, people=people: holding.hold(  # type: ignore[misc]
            schedule=schedule, starts_at=NINE, people=people, holder=who
        )
        for who, people in families.items()
    ])  # fmt: skip
    held = {who: people for (who, people), one in zip(families.items(), results, strict=True) if not _failed(one)}
    assert kinds([one for one in results if _failed(one)]) == {"Taken": 24 - len(held)}
    assert Counter(who for who in taken(schedule) if who) == held


def _failed(result: object) -> bool:
    return isinstance(result, Exception)


def test_a_family_of_three_where_two_are_left(service: Loaded, schedule: int) -> None:
    make_places(schedule, many=3)
    one(service, schedule, 1)()
    family, alone = at_once(one(service, schedule, 2, 3, 4), one(service, schedule, 5))
    assert isinstance(family, Taken)
    assert isinstance(alone, Booked)
    assert taken(schedule).count(None) == 1
    sound()


def test_two_people_for_one_place(service: Loaded, schedule: int) -> None:
    for turn in range(10):
        starts_at = NINE + timedelta(minutes=turn)
        make_places(schedule, starts_at, many=1)
        pair = [one(service, schedule, turn * 2 + n, starts_at=starts_at) for n in range(2)]
        assert kinds(at_once(*pair)) == {"Booked": 1, "Taken": 1}
    sound()


def test_the_same_person_twice_at_once(service: Loaded, schedule: int, visitor: Actor) -> None:
    make_places(schedule)
    results = at_once(*[one(service, schedule, 1, by=visitor) for _ in range(4)])
    assert kinds(results) == {"Booked": 1, "AlreadyBooked": 3}
    first = next(result for result in results if isinstance(result, Booked))
    told = [result for result in results if isinstance(result, AlreadyBooked)]
    assert all(result.reference == first.reference for result in told)
    sound()


def test_families_that_share_people_do_not_wait_in_a_circle(service: Loaded, schedule: int) -> None:
    make_places(schedule, many=40)
    orders = [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 2)] * 3
    results = at_once(*[one(service, schedule, *order) for order in orders])
    assert kinds(results) == {"Booked": 1, "AlreadyBooked": 11}
    sound()


def test_a_double_click_on_one_hold_books_once(service: Loaded, schedule: int) -> None:
    for many, turn in ((1, 1), (3, 2)):  # with no other place free, and with some
        starts_at = NINE + timedelta(minutes=turn)
        make_places(schedule, starts_at, many=many)
        mine = holder()
        with clock.frozen(NOW):
            holding.hold(schedule=schedule, starts_at=starts_at, holder=mine)
        results = at_once(*[one(service, schedule, turn, starts_at=starts_at, holder=mine) for _ in range(6)])
        assert kinds(results) == {"Booked": 6}
        assert len({result.visit_id for result in results if isinstance(result, Booked)}) == 1
    sound()


def test_two_tabs_of_one_draft_keep_no_more_than_they_can_use(service: Loaded, schedule: int) -> None:
    make_places(schedule)
    make_places(schedule, TEN)
    mine = holder()
    at_once(*[
        lambda at=at: holding.hold(schedule=schedule, starts_at=at, holder=mine)  # type: ignore[misc]
        for at in (NINE, TEN)
    ])  # fmt: skip
    one(service, schedule, 1, holder=mine)()
    assert mine not in taken(schedule) + taken(schedule, TEN)
    sound()


def test_a_move_against_a_cancellation(service: Loaded, schedule: int, book: Book, visitor: Actor) -> None:
    for turn in range(6):
        places = NINE + timedelta(minutes=turn), TEN + timedelta(minutes=turn)
        for starts_at in places:
            make_places(schedule, starts_at, many=1)
        visit = book(people=(turn,), starts_at=places[0]).visit_id
        at_once(
            lambda visit=visit, to=places[1]: changing.move(visit=visit, starts_at=to, by=visitor),  # type: ignore[misc]
            lambda visit=visit: changing.cancel(visit=visit, by=visitor),  # type: ignore[misc]
        )
        assert queries.visit(visit).state == VisitState.CANCELLED
        assert taken(schedule, places[0]) == taken(schedule, places[1]) == [None]
    sound()


def test_two_who_change_places(service: Loaded, schedule: int, book: Book, visitor: Actor) -> None:
    """Each wants the other's place: no circle, and each keeps what they have."""
    make_places(schedule, NINE, many=1)
    make_places(schedule, TEN, many=1)
    here, there = book(people=(1,)).visit_id, book(people=(2,), starts_at=TEN).visit_id
    results = at_once(
        lambda: changing.move(visit=here, starts_at=TEN, by=visitor),
        lambda: changing.move(visit=there, starts_at=NINE, by=visitor),
    )
    assert kinds(results) == {"Taken": 2}
    assert (taken(schedule), taken(schedule, TEN)) == ([here], [there])
    sound()


def test_a_hold_confirmed_after_its_end_while_another_takes_it(service: Loaded, schedule: int) -> None:
    for turn in range(8):
        starts_at = NINE + timedelta(minutes=turn)
        make_places(schedule, starts_at, many=1)
        mine = holder()
        with clock.frozen(NOW - timedelta(minutes=11)):
            holding.hold(schedule=schedule, starts_at=starts_at, holder=mine)
        results = at_once(
            one(service, schedule, turn * 2, starts_at=starts_at, holder=mine),
            one(service, schedule, turn * 2 + 1, starts_at=starts_at),
        )
        assert kinds(results) == {"Booked": 1, "Taken": 1}
    sound()


def test_expired_holds_that_are_exchanged_make_no_circle(service: Loaded, schedule: int) -> None:
    """Each wants the place that the other's expired hold is on, and gives back the one the other wants."""
    for turn in range(8):
        first, second = NINE + timedelta(minutes=turn), TEN + timedelta(minutes=turn)
        mine, other = holder(), holder()
        for starts_at, who in ((first, mine), (second, other)):
            make_places(schedule, starts_at, many=1)
            with clock.frozen(NOW - timedelta(minutes=11)):
                holding.hold(schedule=schedule, starts_at=starts_at, holder=who)
        results = at_once(
            lambda at=second, who=mine: holding.hold(schedule=schedule, starts_at=at, holder=who),  # type: ignore[misc]
            lambda at=first, who=other: holding.hold(schedule=schedule, starts_at=at, holder=who),  # type: ignore[misc]
        )
        assert set(kinds(results)) <= {"Held", "Taken"}
        assert kinds(results)["Held"] >= 1


def test_a_refusal_leaves_the_connection_its_prepared_statements(service: Loaded, schedule: int) -> None:
    """A roll-back would make the next who books on it pay for preparing them all again."""
    make_places(schedule, many=1)
    with clock.frozen(NOW):
        one(service, schedule, 1)()
        with pytest.raises(Taken):
            one(service, schedule, 2)()
    kept = sql.fetch_one("select count(*) from pg_prepared_statements where statement = %s", [_numbered(STATEMENT)])
    assert kept == (1,)


def _numbered(statement: str) -> str:
    """As the server sees it: `$1` for the first name."""
    names: dict[str, str] = {}
    return re.sub(r"%\(\w+\)s", lambda found: names.setdefault(found[0], f"${len(names) + 1}"), statement)


# Somebody who does not come to an end


@pytest.fixture
def stalled() -> Iterator[psycopg.Connection]:
    """Another's transaction, which stays open."""
    settings = connection.get_connection_params()
    plain = {key: settings[key] for key in ("host", "port", "user", "password", "dbname") if settings.get(key)}
    with psycopg.connect(**plain) as other:
        yield other
        other.rollback()


def test_a_place_that_another_is_taking_is_got_if_they_give_up(
    service: Loaded, schedule: int, stalled: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_places(schedule, many=1)
    stalled.execute("select from appointments_place for update")
    tried: list[float] = []

    def pause(seconds: float) -> None:
        tried.append(seconds)
        if len(tried) == 3:
            stalled.rollback()

    monkeypatch.setattr(claims.time, "sleep", pause)
    with clock.frozen(NOW):
        assert one(service, schedule, 1)()
    assert len(tried) == 3
    sound()


def test_patience_ends(service: Loaded, schedule: int, stalled: psycopg.Connection) -> None:
    """Two seconds, then the nearest times; and the same for a person whose other booking hangs."""
    make_places(schedule, many=1)
    make_places(schedule, TEN, many=1)
    stalled.execute("select from appointments_place where starts_at = %s for update", [NINE])
    began = time.monotonic()
    [refused] = at_once(one(service, schedule, 1))
    assert isinstance(refused, Taken)
    assert refused.alternatives == (TEN,)
    assert 1.5 < time.monotonic() - began < 10


def test_a_person_whose_other_booking_hangs_is_told_so(
    service: Loaded, schedule: int, stalled: psycopg.Connection
) -> None:
    make_places(schedule)
    first = one(service, schedule, 1)()
    Booking.objects.filter(visit=first.visit_id).update(active=False)
    stalled.execute("update appointments_booking set active = true")
    [refused] = at_once(one(service, schedule, 1))
    assert isinstance(refused, Busy)
    assert taken(schedule).count(None) == 2


def test_a_refused_family_leaves_no_lock_in_its_callers_transaction(
    service: Loaded, schedule: int, stalled: psycopg.Connection
) -> None:
    make_places(schedule)
    one(service, schedule, 1)()
    with clock.frozen(NOW), transaction.atomic():
        with pytest.raises(Taken):
            holding.hold(schedule=schedule, starts_at=NINE, people=3, holder=holder())
        free = "select from appointments_place where taken_by is null for update skip locked"
        assert stalled.execute(free).rowcount == 2


# kill -9


@pytest.mark.requirement("R-001.55")
def test_processes_killed_in_the_middle_lose_and_double_no_place(service: Loaded, schedule: int) -> None:
    """Three processes book, move and cancel without end; one after another is killed wherever it is, and replaced."""
    for minutes in (0, 30, 60):
        make_places(schedule, NINE + timedelta(minutes=minutes), many=300)
    booking_, told = [_begin(schedule, turn) for turn in range(3)], set()
    for turn in range(3, 18):
        process, listening = booking_.pop(0)
        told |= {_heard(listening) for _ in range(1 + turn % 5)}
        process.kill()
        process.join()
        told |= _rest(listening)
        booking_.append(_begin(schedule, turn))
    for process, listening in booking_:
        told.add(_heard(listening))
        process.kill()
        process.join()
        told |= _rest(listening)
    until(lambda: _others() == 0)  # the server has seen that they are gone
    sound()
    assert told <= set(Visit.objects.values_list("id", flat=True))  # who was told so has a visit
    assert Visit.objects.filter(state=VisitState.BOOKED).exists()


def _begin(schedule: int, turn: int) -> tuple[BaseProcess, Connection]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([one_who_books.__name__])
    listening, telling = context.Pipe(duplex=False)
    address = {key: connection.settings_dict[key] for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}
    process = context.Process(target=one_who_books.run, args=(telling, address, schedule, turn * 10_000), daemon=True)
    process.start()
    telling.close()
    return process, listening


def _heard(listening: Connection) -> UUID:
    heard = listening.recv()
    assert isinstance(heard, UUID), heard
    return heard


def _rest(listening: Connection) -> set[UUID]:
    """What a killed process had said; its last word may have been cut off."""
    heard = set()
    with listening:
        try:
            while True:
                heard.add(_heard(listening))
        except EOFError:
            return heard


def _others() -> int:
    row = sql.fetch_one(
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        " and backend_type = 'client backend'"
    )
    return int(row[0]) if row else 0
