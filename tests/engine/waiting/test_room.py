from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings

from sala.engine.appointments.models import Schedule
from sala.engine.waiting import door, load, room
from sala.engine.waiting.models import Load, Room, RoomTurn
from sala.engine.waiting.room import Admitted, Waits
from sala.identity.accounts.actor import ANONYMOUS
from sala.kit import audit, clock
from sala.kit.errors import TooMany
from tests.engine.waiting.conftest import NOW, make_places
from tests.factories import actor_for, make_account

pytestmark = pytest.mark.django_db
DRAW = NOW + timedelta(seconds=60)


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    room.forget()
    yield
    room.forget()


@pytest.fixture
def busy(schedule: int) -> int:
    """A schedule before whose calendar a room stands; the draw is in a minute."""
    Room.objects.create(schedule_id=schedule, draws_at=DRAW, busy_at=NOW)
    return schedule


def ask(schedule: int, turn: UUID | None = None, at: datetime | None = None, **given: object) -> Admitted | Waits:
    """Ask for the calendar; nothing is known from before."""
    room.forget()
    with clock.frozen(at or clock.now()):
        return room.pass_through(schedule=schedule, turn=turn, **given)  # type: ignore[arg-type]


def come(schedule: int, many: int, at: datetime | None = None) -> list[UUID]:
    found = [ask(schedule, at=at) for _ in range(many)]
    return [one.turn for one in found if one.turn]


# --- Off ----------------------------------------------------------------------------------------------


def test_where_few_come_there_is_no_room_and_no_cost(
    schedule: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert ask(schedule) == Admitted()
    with django_assert_num_queries(0):
        for _ in range(50):
            assert room.pass_through(schedule=schedule) == Admitted()
            assert door.before(RequestFactory().get("/"), schedule) is None
    assert not RoomTurn.objects.exists()


def test_the_load_of_all_processes_opens_a_room(schedule: int, settings: Settings) -> None:
    settings.ROOM_LOAD = 100
    for process in range(5):
        load.forget()
        look_again(after=1)
        for _ in range(20):
            assert load.note_load(schedule) is None
        look_again()
        stands = load.note_load(schedule)
        assert (stands is not None) == (process == 4)
    assert Load.objects.get().count >= 100
    assert Room.objects.get().draws_at == DRAW


def look_again(after: float = 3.0) -> None:
    """As if so many seconds had passed since this process looked."""
    load._watch.read_at = load.time.monotonic() - after  # noqa: SLF001


def test_before_a_release_a_quarter_suffices_and_lots_are_drawn_then(schedule: int, settings: Settings) -> None:
    settings.ROOM_LOAD = 80
    release = NOW + timedelta(minutes=15)
    Schedule.objects.filter(id=schedule).update(opens_at=release)
    look_again(after=1)
    for _ in range(22):
        load.note_load(schedule)
    look_again()
    stands = load.note_load(schedule)
    assert stands is not None
    assert stands.draws_at == release


# --- The line -----------------------------------------------------------------------------------------


def test_nobody_knows_their_place_before_the_draw(busy: int) -> None:
    make_places(busy, many=5)
    first = ask(busy)
    assert isinstance(first, Waits)
    assert (first.position, first.of, first.draws_at) == (None, 1, DRAW)
    again = ask(busy, first.turn)
    assert isinstance(again, Waits)
    assert again.turn == first.turn


def test_who_came_before_is_drawn_and_who_came_later_stands_behind(busy: int) -> None:
    early = come(busy, 30)
    late = come(busy, 5, at=DRAW + timedelta(seconds=1))
    order = list(RoomTurn.objects.order_by("rank", "id").values_list("id", flat=True))
    assert set(order[:30]) == set(early)
    assert order[:30] != early
    assert order[30:] == late


def test_as_many_are_let_in_as_places_justify_strictly_in_order(busy: int) -> None:
    make_places(busy, many=16)  # half more: 24
    come(busy, 40)
    after = DRAW + timedelta(seconds=1)
    order = list(RoomTurn.objects.order_by("rank", "id").values_list("id", flat=True))
    found = {turn: ask(busy, turn, at=after) for turn in reversed(order)}
    inside = [isinstance(found[turn], Admitted) for turn in order]
    assert inside == [True] * 24 + [False] * 16
    last = found[order[-1]]
    assert isinstance(last, Waits)
    assert last.wait is not None
    later = ask(busy, order[-1], at=after)
    assert isinstance(later, Waits)
    assert (later.position, later.of) == (16, 16)


def test_who_is_inside_has_ten_minutes_and_then_stands_behind(busy: int) -> None:
    (turn,) = come(busy, 1)
    first = ask(busy, turn, at=DRAW)
    assert first == Admitted(turn, DRAW + timedelta(minutes=10))
    assert ask(busy, turn, at=DRAW + timedelta(minutes=9)) == first
    again = ask(busy, turn, at=DRAW + timedelta(minutes=11))
    assert isinstance(again, Admitted)  # nobody waits, so it is their turn at once
    assert again.turn != turn


def test_who_has_chosen_makes_room(busy: int) -> None:
    come(busy, 21)
    after = DRAW + timedelta(seconds=1)
    order = list(RoomTurn.objects.order_by("rank", "id").values_list("id", flat=True))
    found = [ask(busy, turn, at=after) for turn in order]
    assert isinstance(found[20], Waits)  # without places 20 are let in, to join the waiting list
    room.done(schedule=busy, turn=order[0])
    assert isinstance(ask(busy, order[20], at=after), Admitted)


def test_who_closed_the_page_holds_nobody_up_and_keeps_the_turn(busy: int) -> None:
    come(busy, 25)
    order = list(RoomTurn.objects.order_by("rank", "id").values_list("id", flat=True))
    later = DRAW + timedelta(minutes=2)
    assert isinstance(ask(busy, order[24], at=later), Admitted)
    assert isinstance(ask(busy, order[0], at=later), Admitted)


def test_an_account_has_one_lot_however_often_it_comes(busy: int) -> None:
    account = make_account().id
    first, second = ask(busy, account=account), ask(busy, account=account)
    assert first.turn == second.turn
    (anonymous,) = come(busy, 1)
    assert ask(busy, anonymous, account=account).turn == first.turn
    assert RoomTurn.objects.count() == 2


def test_an_accounts_turn_that_is_over_is_a_new_one_at_the_end(busy: int) -> None:
    account = make_account().id
    ask(busy, account=account, at=DRAW)
    (other,) = come(busy, 1, at=DRAW + timedelta(minutes=11))
    ask(busy, account=account, at=DRAW + timedelta(minutes=12))
    order = list(RoomTurn.objects.order_by("rank").values_list("id", flat=True))
    assert order[0] == other


def test_one_network_cannot_draw_lots_without_end(busy: int) -> None:
    room.TURNS_A_NETWORK, kept = 3, room.TURNS_A_NETWORK
    try:
        for _ in range(3):
            ask(busy, network="one")
        with pytest.raises(TooMany):
            ask(busy, network="one")
    finally:
        room.TURNS_A_NETWORK = kept


def test_a_turn_of_another_room_is_worth_nothing(busy: int) -> None:
    stranger = uuid4()
    assert ask(busy, stranger).turn != stranger


def test_the_draw_is_put_into_the_audit_once(busy: int) -> None:
    come(busy, 4)
    for seconds in (0, 5):
        ask(busy, at=DRAW + timedelta(seconds=seconds))
    (entry,) = audit.of_subject(f"schedule:{busy}")
    assert entry.action == "waiting.drawn"
    assert entry.detail["turns"] == 4


def test_the_room_closes_itself_when_it_was_not_needed_for_five_minutes(busy: int) -> None:
    (turn,) = come(busy, 1)
    with clock.frozen(NOW + timedelta(minutes=4)):
        assert room.tidy() == []
    with clock.frozen(NOW + timedelta(minutes=6)):
        assert room.tidy() == [busy]
    assert ask(busy, turn, at=NOW + timedelta(minutes=6)) == Admitted()
    assert not RoomTurn.objects.exists()


def test_while_people_wait_it_stays(busy: int) -> None:
    come(busy, 25)
    order = list(RoomTurn.objects.order_by("rank", "id").values_list("id", flat=True))
    at = DRAW
    for _ in range(8):
        at += timedelta(minutes=1)
        for turn in order:
            ask(busy, turn, at=at)
    with clock.frozen(at + timedelta(minutes=1)):
        assert room.tidy() == []


# --- Programs -----------------------------------------------------------------------------------------


def test_a_program_waits_in_its_owners_turn(busy: int) -> None:
    by = actor_for(make_account())
    mine = ask(busy, account=by.account_id)
    room.forget()
    with pytest.raises(door.InLine, match="drawn by lot") as refused:
        door.for_programs(by, busy)
    assert refused.value.retry_after == 10
    assert RoomTurn.objects.get().id == mine.turn
    room.forget()
    with clock.frozen(DRAW):
        door.for_programs(by, busy)


def test_one_turn_of_a_program_is_one_choice(busy: int) -> None:
    by = actor_for(make_account())
    with clock.frozen(DRAW):
        door.for_programs(by, busy)
        door.program_chose(by, busy)
        turn = RoomTurn.objects.get()
        assert (turn.admitted_at, turn.done_at) == (DRAW, DRAW)
    with clock.frozen(DRAW + timedelta(minutes=1)):
        door.program_chose(by, busy)  # nothing more
        with suppress(TooMany):
            door.for_programs(by, busy)
    fresh = RoomTurn.objects.get()
    assert fresh.rank > turn.rank, "it stands in line again"


def test_a_program_without_an_account_is_no_door_past_the_people(busy: int) -> None:
    with pytest.raises(TooMany):
        door.for_programs(ANONYMOUS, busy)
    assert not RoomTurn.objects.exists()


def test_off_programs_pass(schedule: int) -> None:
    door.for_programs(ANONYMOUS, schedule)
    door.for_programs(actor_for(make_account()), schedule)
