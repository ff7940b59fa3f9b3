from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from sala.engine.appointments import changing
from sala.engine.appointments.booking import AlreadyBooked, Taken
from sala.engine.appointments.models import Place, Visit
from sala.engine.cases.models import Case
from sala.engine.messages.models import Message
from sala.engine.waiting import offers, queries, waitlist
from sala.engine.waiting.models import Offer, Waiting
from sala.engine.waiting.offers import OfferOver
from sala.identity.accounts.actor import Actor, system
from sala.identity.directory.models import Office
from sala.kit import clock
from sala.kit.errors import Invalid
from tests.engine.waiting.conftest import (
    HALF_DAY,
    NINE,
    NOW,
    TEN,
    WEEK,
    Join,
    answers_of,
    free,
    held_by,
    holder_of,
    letters_to,
    make_places,
    offer_of,
    offered_to,
    state_of,
)
from tests.factories import client_for, make_officer

pytestmark = pytest.mark.django_db


# --- Making offers ------------------------------------------------------------------------------------


def test_a_freed_place_is_held_for_the_first_in_line(join: Join, schedule: int) -> None:
    first, second = join(1), join(2)
    (place,) = free(schedule)
    assert offers.offer(schedule) == 1
    made = offer_of(first)
    assert (made.starts_at, made.until) == (NINE, NOW + HALF_DAY)
    assert holder_of(place) == made.id
    assert not offered_to(second)
    assert (state_of(first), state_of(second)) == ("offered", "waiting")
    letter = Message.objects.get(kind="waiting_offer")
    assert letter.case_reference == first.reference
    assert "24 November 2026, 09:00" in letter.text
    assert f"/offers/{made.id}/?key=" in letter.text
    assert offers.offer(schedule) == 0


def test_places_go_in_order_soonest_first(join: Join, schedule: int) -> None:
    turns = [join(number) for number in range(1, 5)]
    free(schedule, TEN), free(schedule, NINE, many=2)
    assert offers.offer(schedule) == 3
    assert [offer_of(turn).starts_at for turn in turns[:3]] == [NINE, NINE, TEN]
    assert not offered_to(turns[3])


def test_a_family_is_passed_over_only_for_times_too_small_for_it(join: Join, schedule: int) -> None:
    family, single, pair = join(1, 2, 3), join(4), join(5, 6)
    free(schedule, NINE, many=1)
    offers.offer(schedule)
    assert [offered_to(turn) for turn in (family, single, pair)] == [False, True, False]
    free(schedule, TEN, many=3)
    offers.offer(schedule)
    assert offered_to(family)
    assert len(held_by(offer_of(family))) == 3
    assert not offered_to(pair)


def test_a_place_at_short_notice_is_held_for_a_short_time(join: Join, schedule: int) -> None:
    turn = join()
    free(schedule, NOW + timedelta(hours=2, minutes=40))
    offers.offer(schedule)
    assert offer_of(turn).until == NOW + timedelta(minutes=30)
    assert "short notice" in Message.objects.get(kind="waiting_offer").text


def test_a_place_too_near_is_offered_to_nobody(join: Join, schedule: int) -> None:
    join()
    free(schedule, NOW + timedelta(hours=2, minutes=20))
    assert offers.offer(schedule) == 0


def test_a_place_that_somebody_holds_is_not_offered(join: Join, schedule: int) -> None:
    join()
    (place,) = free(schedule)
    Place.objects.filter(id=place).update(taken_by=UUID(int=7), held_until=NOW + timedelta(minutes=5))
    assert offers.offer(schedule) == 0
    Place.objects.filter(id=place).update(held_until=NOW - timedelta(minutes=5))
    assert offers.offer(schedule) == 1


def test_the_safety_net_finds_every_line(join: Join, schedule: int) -> None:
    turn = join()
    free(schedule)
    assert offers.offer_everywhere() == 1
    assert offered_to(turn)


# --- Answering ----------------------------------------------------------------------------------------


@pytest.mark.requirement("R-001.59")
def test_accepting_books_and_files_with_the_stored_answers(join: Join, schedule: int, visitor: Actor) -> None:
    turn = join(1, 2)
    free(schedule, many=2)
    offers.offer(schedule)
    reference, key = offers.accept(offer=offer_of(turn).id, by=Actor(kind="key", id=turn.reference))
    visit = Visit.objects.get(reference=reference)
    assert (visit.starts_at, visit.people, visit.channel) == (NINE, 2, "waiting list")
    assert visit.account_id == visitor.account_id
    assert key
    names = (
        Case.objects.filter(service="test-visit").order_by("applicant_name").values_list("applicant_name", flat=True)
    )
    assert list(names) == ["Somchai B", "Somchai C"]
    assert set(Place.objects.filter(starts_at=NINE).values_list("taken_by", "held_until")) == {(visit.id, None)}
    row = Waiting.objects.get(id=turn.id)
    assert (row.state, row.answers) == ("booked", [])
    assert queries.visit_of(row) == visit


def test_accepting_twice_books_once(join: Join, schedule: int, visitor: Actor) -> None:
    turn = join()
    free(schedule)
    offers.offer(schedule)
    made = offer_of(turn)
    assert offers.accept(offer=made.id, by=visitor) == offers.accept(offer=made.id, by=visitor)
    assert Visit.objects.count() == Case.objects.count() == 1
    offers.decline(offer=made.id)
    assert Offer.objects.get(id=made.id).state == "accepted"


def test_declining_keeps_the_turn_and_passes_the_place_on(join: Join, schedule: int) -> None:
    first, second = join(1), join(2)
    (place,) = free(schedule)
    offers.offer(schedule)
    offers.decline(offer=offer_of(first).id)
    offers.decline(offer=offer_of(first).id)
    assert (state_of(first), state_of(second)) == ("waiting", "offered")
    assert holder_of(place) == offer_of(second).id
    free(schedule, TEN)
    offers.offer(schedule)
    assert offer_of(first).starts_at == TEN


def test_the_declined_time_is_not_offered_again(join: Join, schedule: int) -> None:
    turn = join()
    (place,) = free(schedule)
    offers.offer(schedule)
    offers.decline(offer=offer_of(turn).id)
    assert offers.offer(schedule) == 0
    assert holder_of(place) is None


def test_the_second_miss_ends_the_turn(join: Join, schedule: int) -> None:
    turn = join()
    free(schedule), free(schedule, TEN)
    offers.offer(schedule)
    assert "one more offer" in Message.objects.get(kind="waiting_offer").text
    offers.decline(offer=offer_of(turn).id)
    made = offer_of(turn)
    assert made.starts_at == TEN
    assert "your turn ends" in Message.objects.get(key=f"offer:{made.id}").text
    offers.decline(offer=made.id)
    assert state_of(turn) == "left"
    assert letters_to(turn.reference)[-1] == "waiting_over"
    assert join().position == 1


def test_an_unanswered_offer_goes_to_the_next_in_line(join: Join, schedule: int) -> None:
    first, second = join(1), join(2)
    (place,) = free(schedule, NINE + WEEK)
    offers.offer(schedule)
    with clock.frozen(NOW + HALF_DAY - timedelta(seconds=1)):
        assert offers.lapse() == 0
    with clock.frozen(NOW + HALF_DAY):
        assert offers.lapse() == 1
        assert offers.lapse() == 0
        assert (state_of(first), state_of(second)) == ("waiting", "offered")
        assert holder_of(place) == offer_of(second).id
    assert letters_to(first.reference) == ["waiting_joined", "waiting_offer", "waiting_lapsed"]


def test_a_lapsed_offer_is_refused_and_the_turn_kept(join: Join, schedule: int, visitor: Actor) -> None:
    turn = join()
    free(schedule, NINE + WEEK)
    offers.offer(schedule)
    with clock.frozen(NOW + HALF_DAY), pytest.raises(OfferOver) as refused:
        offers.accept(offer=offer_of(turn).id, by=visitor)
    assert refused.value.turn_kept
    assert "gone to the next" in refused.value.message.en
    assert state_of(turn) == "waiting"
    assert offer_of(turn).state == "lapsed"
    assert not Visit.objects.exists()


def test_a_short_offer_that_lapses_is_not_held_against_anybody(join: Join, schedule: int) -> None:
    turn = join()
    for minutes in (40, 45, 50):
        free(schedule, NOW + timedelta(hours=2, minutes=minutes))
    for minute in (0, 10, 20):
        with clock.frozen(NOW + timedelta(minutes=minute)):
            Offer.objects.filter(state="open").update(until=NOW + timedelta(minutes=minute), made_at=NOW)
            offers.lapse()
            offers.offer(schedule)
    assert state_of(turn) in {"waiting", "offered"}
    assert queries.misses(Waiting.objects.get(id=turn.id)) == 0


def test_another_time_can_be_chosen_and_the_first_is_given_back(join: Join, schedule: int, visitor: Actor) -> None:
    first, second = join(1), join(2)
    (nine,), (ten,) = free(schedule), free(schedule, TEN + WEEK)
    offers.offer(schedule)
    offers.decline(offer=offer_of(second).id)
    made = offer_of(first)
    assert offers.others(made) == [TEN + WEEK]
    offers.choose(offer=made.id, starts_at=TEN + WEEK)
    assert (holder_of(nine), holder_of(ten)) == (offer_of(second).id, made.id), "the first goes to the next in line"
    assert Offer.objects.get(id=made.id).until == made.until
    reference, _ = offers.accept(offer=made.id, by=visitor)
    assert Visit.objects.get(reference=reference).starts_at == TEN + WEEK


def test_a_time_taken_meanwhile_leaves_the_first_one_held(join: Join, schedule: int) -> None:
    turn = join()
    (nine,) = free(schedule)
    offers.offer(schedule)
    (ten,) = free(schedule, TEN)
    Place.objects.filter(id=ten).update(taken_by=UUID(int=7))
    made = offer_of(turn)
    with pytest.raises(Taken):
        offers.choose(offer=made.id, starts_at=TEN)
    assert holder_of(nine) == made.id
    assert Offer.objects.get(id=made.id).starts_at == NINE


def test_an_office_that_closes_takes_the_offer_back_and_nobody_loses_a_chance(
    join: Join, schedule: int, visitor: Actor
) -> None:
    turn = join()
    (place,) = free(schedule)
    offers.offer(schedule)
    Place.objects.filter(id=place).delete()
    with pytest.raises(OfferOver) as refused:
        offers.accept(offer=offer_of(turn).id, by=visitor)
    assert refused.value.turn_kept
    assert "not open" in refused.value.message.en
    assert state_of(turn) == "waiting"
    assert queries.misses(Waiting.objects.get(id=turn.id)) == 0


def test_who_booked_meanwhile_is_told(join: Join, schedule: int, visitor: Actor, book: Any) -> None:
    turn = join(1)
    free(schedule)
    offers.offer(schedule)
    make_places(schedule, TEN, 1)
    book(people=(1,), starts_at=TEN)
    with pytest.raises(AlreadyBooked):
        offers.accept(offer=offer_of(turn).id, by=visitor)
    assert state_of(turn) == "offered"


def test_its_own_booking_does_not_end_a_turn_as_one_made_elsewhere(join: Join, schedule: int, visitor: Actor) -> None:
    turn = join()
    free(schedule)
    offers.offer(schedule)
    reference, _ = offers.accept(offer=offer_of(turn).id, by=visitor)
    waitlist.booked_elsewhere(visit=Visit.objects.get(reference=reference).id)
    assert state_of(turn) == "booked"


# --- Visits whose time the office took back ------------------------------------------------------------


@pytest.fixture
def displaced(book: Any, schedule: int, join: Join) -> Visit:
    """A visit at nine that the office cannot keep."""
    make_places(schedule, NINE, 1)
    visit = book(people=(9,)).visit_id
    changing.displace(visits=[visit], by=system("tests"))
    Place.objects.filter(starts_at=NINE).delete()
    return Visit.objects.get(id=visit)


def key_of(visit: Visit) -> Actor:
    return Actor(kind="key", id=visit.reference)


def test_officers_see_how_many_of_those_who_lost_their_time_hold_an_offer(displaced: Visit, schedule: int) -> None:
    officer = client_for(make_officer(Office.objects.get(id=displaced.office_id)))
    assert "0 have an offer" in officer.get("/desk/waiting/?lang=en").content.decode()
    free(schedule, TEN)
    assert offers.offer_again(visit=displaced.id)
    assert "1 has an offer" in officer.get("/desk/waiting/?lang=en").content.decode()


def test_a_visit_that_lost_its_time_is_offered_the_next_one(displaced: Visit, schedule: int) -> None:
    free(schedule, NINE - timedelta(minutes=30)), free(schedule, TEN)
    for _ in range(2):
        assert offers.offer_again(visit=displaced.id)
    made = Offer.objects.get(visit=displaced)
    assert (made.starts_at, made.lost, made.until) == (TEN, NINE, NOW + timedelta(hours=24))
    letter = Message.objects.get(kind="visit_offered_again")
    assert letter.case_reference == displaced.reference
    assert "cannot serve you on 24 November 2026, 09:00" in letter.text
    offers.accept(offer=made.id, by=key_of(displaced))
    offers.accept(offer=made.id, by=key_of(displaced))
    displaced.refresh_from_db()
    assert (displaced.state, displaced.starts_at, displaced.moves) == ("booked", TEN, 0)


def test_who_does_not_answer_stays_on_the_offices_list(displaced: Visit, schedule: int) -> None:
    free(schedule, NINE + WEEK)
    offers.offer_again(visit=displaced.id)
    with clock.frozen(NOW + timedelta(hours=48)):
        assert offers.lapse() == 1
        assert offers.offer(schedule) == 0
    displaced.refresh_from_db()
    assert displaced.state == "displaced"
    assert holder_of(Place.objects.get(starts_at=NINE + WEEK).id) is None


def test_without_any_place_they_go_before_the_line(displaced: Visit, schedule: int, join: Join) -> None:
    turn = join(1)
    assert turn.position == 2
    assert not offers.offer_again(visit=displaced.id)
    free(schedule, TEN)
    assert offers.offer(schedule) == 1
    assert Offer.objects.get().visit_id == displaced.id
    free(schedule, TEN + timedelta(minutes=30))
    assert offers.offer(schedule) == 1
    assert offered_to(turn)


def test_all_who_lost_a_time_are_offered_to_in_the_order_of_their_times(book: Any, schedule: int, join: Join) -> None:
    make_places(schedule, NINE, 2), make_places(schedule, TEN, 2)
    late, soon = book(people=(1,), starts_at=TEN).visit_id, book(people=(2,)).visit_id
    changing.displace(visits=[late, soon], by=system("tests"))
    Place.objects.all().delete()
    free(schedule, TEN + timedelta(hours=1)), free(schedule, TEN + timedelta(hours=2))
    offers.offer_again(visit=late)
    found = dict(Offer.objects.values_list("visit_id", "starts_at"))
    assert found == {soon: TEN + timedelta(hours=1), late: TEN + timedelta(hours=2)}


def test_a_visit_moved_by_hand_needs_no_offer_any_more(displaced: Visit, schedule: int, join: Join) -> None:
    turn = join(1)
    free(schedule, TEN)
    offers.offer_again(visit=displaced.id)
    made = Offer.objects.get(visit=displaced)
    make_places(schedule, NINE + WEEK, 1)
    changing.move(visit=displaced.id, starts_at=NINE + WEEK, by=key_of(displaced))
    with pytest.raises(OfferOver):
        offers.accept(offer=made.id, by=key_of(displaced))
    offers.visit_changed(visit=displaced.id)
    assert Offer.objects.get(id=made.id).state == "withdrawn"
    assert offered_to(turn)


def test_answers_that_are_no_longer_right_are_named(join: Join, schedule: int, visitor: Actor) -> None:
    turn = join()
    free(schedule)
    offers.offer(schedule)
    wrong = answers_of(1)
    wrong["person"]["passport"] = "?"
    Waiting.objects.filter(id=turn.id).update(answers=[wrong])
    with pytest.raises(Invalid) as refused:
        offers.accept(offer=offer_of(turn).id, by=visitor)
    assert [fault.field for fault in refused.value.faults] == ["person.passport"]
    assert offered_to(turn)


def test_the_time_given_back_for_another_goes_to_the_next_in_line_at_once(join: Join, schedule: int) -> None:
    """Else whoever watches the calendar, or was told to by whom the offer was made to, has it."""
    one, couple = join(1), join(2, 3)
    free(schedule, NINE, 2)
    held = make_places(schedule, TEN, 1, taken_by=UUID(int=7))
    offers.offer(schedule)
    assert (offered_to(one), offered_to(couple)) == (True, False), "one of two places is left"
    Place.objects.filter(id__in=held).update(taken_by=None)
    offers.choose(offer=offer_of(one).id, starts_at=TEN)
    assert offered_to(couple)
    assert held_by(offer_of(couple)) == [NINE, NINE]
