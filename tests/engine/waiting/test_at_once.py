"""What happens at the same moment, on real connections."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from sala.engine.appointments.models import Place, Visit
from sala.engine.waiting import offers, waitlist
from sala.engine.waiting.models import Offer, Waiting
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from tests.engine.cases.test_at_once import at_once as run_at_once
from tests.engine.waiting.conftest import (
    NINE,
    NOW,
    TEN,
    WEEK,
    Join,
    free,
    make_schedule,
    offer_of,
    offered_to,
    open_hours,
    state_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run all at the same moment of this Monday morning; results or exceptions, in order."""

    def then(act: Callable[[], object]) -> object:
        with clock.frozen(NOW):
            return act()

    return run_at_once(*[partial(then, act) for act in acts])


def test_ten_workers_offer_five_places_to_the_first_five_of_twenty(join: Join, schedule: int) -> None:
    turns = [join(number) for number in range(1, 21)]
    free(schedule, NINE, many=3), free(schedule, TEN, many=2)
    results = at_once(*[lambda: offers.offer(schedule)] * 10)
    assert sum(result for result in results if isinstance(result, int)) == 5, results
    assert [offered_to(turn) for turn in turns] == [True] * 5 + [False] * 15
    assert [offer_of(turn).starts_at for turn in turns[:5]] == [NINE] * 3 + [TEN] * 2
    taken = Place.objects.filter(schedule=schedule).values_list("taken_by", flat=True)
    assert set(taken) == set(Offer.objects.filter(state="open").values_list("id", flat=True))
    assert len(set(taken)) == 5


def test_one_offer_accepted_in_many_tabs_is_one_visit(join: Join, schedule: int, visitor: Actor) -> None:
    made = offer_of_first(join, schedule)
    results = at_once(*[lambda: offers.accept(offer=made.id, by=visitor)] * 6)
    assert len({result for result in results if isinstance(result, tuple)}) == 1, results
    assert all(isinstance(result, tuple) for result in results)
    assert Visit.objects.count() == 1


def test_accepting_and_declining_at_once_do_one_of_them(join: Join, schedule: int, visitor: Actor) -> None:
    made = offer_of_first(join, schedule)
    at_once(
        *[lambda: offers.accept(offer=made.id, by=visitor)] * 2,
        *[lambda: offers.decline(offer=made.id)] * 2,
        *[lambda: waitlist.leave(waiting=made.waiting_id)],  # type: ignore[arg-type]
    )
    state = Offer.objects.get(id=made.id).state
    assert state in {"accepted", "declined"}
    assert Visit.objects.count() == (1 if state == "accepted" else 0)
    assert Place.objects.exclude(taken_by=None).count() == Visit.objects.count()


def test_workers_that_lapse_at_once_pass_each_place_on_once(join: Join, schedule: int) -> None:
    turns = [join(number) for number in range(1, 7)]
    free(schedule, NINE + WEEK, many=3)
    offers.offer(schedule)
    Offer.objects.update(until=NOW)
    results = at_once(*[offers.lapse] * 6)
    assert sum(result for result in results if isinstance(result, int)) == 3, results
    assert [offered_to(turn) for turn in turns] == [False] * 3 + [True] * 3


def test_two_who_are_the_same_person_join_once(join: Join) -> None:
    join(5)
    at_once(*[lambda: join(6)] * 4)
    assert Waiting.objects.filter(state="waiting").count() == 2


def test_the_promise_counts_everybody_before(join: Join) -> None:
    open_ = join(0)
    results = at_once(*[lambda n=n: join(n) for n in range(1, 9)])
    positions = sorted(one.position for one in results)  # type: ignore[attr-defined]
    assert positions == list(range(2, 10))
    assert state_of(open_) == "waiting"


def offer_of_first(join: Join, schedule: int) -> Offer:
    turn = join(1)
    free(schedule)
    offers.offer(schedule)
    return offer_of(turn)


def test_who_joins_two_lines_at_once_stands_in_one(join: Join, offices: dict[int, int]) -> None:
    elsewhere = make_schedule(offices[74])
    open_hours(elsewhere)
    for number in range(10, 16):
        results = at_once(
            partial(join, number, number + 10),
            partial(join, number + 10, number, schedule=elsewhere),
        )
        [refused] = [result for result in results if isinstance(result, Exception)]
        assert isinstance(refused, waitlist.AlreadyWaiting), results
