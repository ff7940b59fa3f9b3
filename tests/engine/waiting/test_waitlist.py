from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from sala.engine.appointments.models import Schedule
from sala.engine.catalogue.loaded import Loaded
from sala.engine.messages.models import Message
from sala.engine.waiting import offers, queries, tasks, waitlist
from sala.engine.waiting.models import Waiting, WaitingPerson
from sala.engine.waiting.waitlist import AlreadyWaiting, NoPromise, PlacesFree
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.kit import clock
from sala.kit.errors import Conflict, Invalid, NotFound
from tests.engine.waiting.conftest import (
    NINE,
    NOW,
    Join,
    answers_of,
    free,
    letters_to,
    make_places,
    offered_to,
    state_of,
)
from tests.factories import actor_for, make_account

pytestmark = pytest.mark.django_db


def test_who_finds_no_place_joins_and_hears_at_once_how_far_and_by_when(join: Join) -> None:
    first, second = join(1), join(2)
    assert (first.position, second.position) == (1, 2)
    # Four times a day at three counters come in on Tuesday; Wednesday is the day for whoever is before to answer.
    assert first.promised_on == second.promised_on == date(2026, 11, 25)
    assert letters_to(first.reference) == ["waiting_joined"]
    letter = Message.objects.get(case_reference=second.reference)
    assert "25 November 2026" in letter.text
    assert f"/waiting/{second.reference}/?key={second.key}" in letter.text


def test_the_promise_moves_with_the_line(join: Join) -> None:
    for number in range(12):
        join(number)
    assert join(12).promised_on == date(2026, 11, 26)


def test_nobody_waits_where_there_is_a_place(join: Join, schedule: int) -> None:
    make_places(schedule, many=1)
    with pytest.raises(PlacesFree) as refused:
        join()
    assert refused.value.alternatives == (NINE,)
    assert "24 November 2026, 09:00" in refused.value.message.en
    assert join(1, 2).position == 1  # but there is none for two


def test_a_place_not_open_to_everybody_is_no_place_for_them(join: Join, schedule: int) -> None:
    free(schedule)
    assert join().position == 1


def test_a_draft_sent_twice_is_one_turn(join: Join) -> None:
    draft = uuid4()
    assert join(draft=draft) == join(draft=draft)
    assert Waiting.objects.count() == 1


def test_one_person_waits_once_for_a_service(join: Join) -> None:
    turn = join(1)
    with pytest.raises(AlreadyWaiting) as own:
        join(1)
    assert own.value.reference == turn.reference
    with pytest.raises(AlreadyWaiting) as other:
        join(1, by=actor_for(make_account()))
    assert other.value.reference == ""
    assert turn.reference not in other.value.message.en
    with pytest.raises(Invalid, match="correcting"):
        join(2, 2)


def test_who_has_an_appointment_need_not_wait(join: Join, schedule: int, book: object) -> None:
    make_places(schedule, many=1)
    book(people=(1,))  # type: ignore[operator]
    with pytest.raises(Conflict, match="already has an appointment"):
        join(1)


def test_answers_are_judged_as_a_filing_would(join: Join) -> None:
    wrong = answers_of(2)
    del wrong["person"]["passport"]
    with pytest.raises(Invalid) as refused:
        join(answers=[answers_of(1), wrong])
    assert [fault.field for fault in refused.value.faults] == ["people.1.person.passport"]
    with pytest.raises(Invalid):
        join(answers=[])
    assert not Waiting.objects.exists()


def test_an_office_that_cannot_keep_a_promise_makes_none(join: Join, schedule: int) -> None:
    with pytest.raises(Invalid):
        join(1, 2, 3, 4)  # at three counters
    Schedule.objects.filter(id=schedule).update(opens_at=NOW + timedelta(days=2))
    with pytest.raises(NoPromise, match="opens on"):
        join()
    Schedule.objects.filter(id=schedule).update(opens_at=None, counters=0)
    with pytest.raises(NoPromise, match="no day"):
        join()
    Schedule.objects.filter(id=schedule).update(active=False)
    with pytest.raises(NoPromise):
        join()


def test_who_leaves_is_forgotten_and_the_line_moves_on(join: Join, schedule: int) -> None:
    first, second = join(1), join(2)
    free(schedule)
    offers.offer(schedule)
    assert offered_to(first)
    waitlist.leave(waiting=first.id)
    waitlist.leave(waiting=first.id)
    assert state_of(first) == "left"
    assert offered_to(second)
    assert Waiting.objects.get(id=first.id).answers == []
    assert not WaitingPerson.objects.filter(waiting=first.id).exists()
    assert join(1).position == 2


def test_who_books_elsewhere_waits_no_more(join: Join, schedule: int, book: object) -> None:
    first, second = join(1), join(2)
    make_places(schedule, many=1)
    visit = book(people=(1,)).visit_id  # type: ignore[operator]
    waitlist.booked_elsewhere(visit=visit)
    assert state_of(first) == "left"
    assert state_of(second) == "waiting"


def test_a_turn_is_seen_by_its_account_or_with_its_key(join: Join, visitor: Actor, service: Loaded) -> None:
    turn = join()
    assert queries.turn_by_reference(turn.reference, by=visitor).id == turn.id
    assert queries.turn_by_reference(turn.reference.lower(), key=turn.key).id == turn.id
    for wrong in ({"by": ANONYMOUS}, {"by": actor_for(make_account())}, {"key": "x"}, {}):
        with pytest.raises(NotFound):
            queries.turn_by_reference(turn.reference, **wrong)  # type: ignore[arg-type]
    assert [row.id for row in queries.turns_of_account(visitor.account_id)] == [turn.id]  # type: ignore[arg-type]


def test_nobody_waits_for_a_closed_account(join: Join, visitor: Actor) -> None:
    turn = join()
    tasks.forget_account({"account": str(visitor.account_id)})
    assert state_of(turn) == "left"


def test_an_ended_turn_forgets_whose_it_was(join: Join) -> None:
    ended, standing = join(1), join(2)
    waitlist.leave(waiting=ended.id)
    with clock.frozen(NOW + timedelta(days=31)):
        tasks.sweep(0)
    names = dict(Waiting.objects.values_list("id", "name"))
    assert names == {ended.id: "", standing.id: "Somchai C"}
