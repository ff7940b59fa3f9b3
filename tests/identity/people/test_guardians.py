"""Who may act for whom, on which day: recorded by officers, ended by days, words and deaths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sala.identity.accounts.actor import Actor, system
from sala.identity.people import guardians, queries, rules, services
from sala.identity.people.guardians import NO_END, Wish
from sala.identity.people.models import Ial
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Forbidden, Invalid
from tests.engine.desk.conftest import at_once
from tests.factories import actor_for, make_account

BY = system("registrar")
BORN = date(2016, 2, 29)
MAJORITY = date(2036, 2, 29)
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
Enter = Callable[..., queries.PersonCard]


@pytest.fixture(autouse=True)
def _today() -> Any:
    with clock.frozen(NOW):
        yield


@pytest.fixture
def enter(somchai: dict[str, Any]) -> Enter:
    def one(number: int, **other: Any) -> queries.PersonCard:
        pid = rules.invented_pid(number)
        services.register(
            person=somchai | {"card_number": "", "card_issued_on": None, "card_expires_on": None, "pid": pid} | other,
            by=BY,
        )
        found = queries.by_pid(pid)
        assert found
        return found

    return one


@pytest.fixture
def mother(enter: Enter) -> queries.PersonCard:
    return enter(20, sex="f", birth_date=date(1990, 5, 5))


@pytest.fixture
def child(enter: Enter, mother: queries.PersonCard) -> queries.PersonCard:
    return enter(21, birth_date=BORN, mother_pid=mother.pid)


def parent(guardian: queries.PersonCard, ward: queries.PersonCard, **other: Any) -> Wish:
    return replace(Wish(guardian.id, ward.id, "parent", "Birth certificate 1/1", ward.birth_date), **other)


def codes(wish: Wish, by: Actor = BY) -> set[str]:
    with pytest.raises(Invalid) as refused:
        guardians.record(wish, by=by)
    return {fault.code for fault in refused.value.faults}


# --- Coming of age ------------------------------------------------------------------------------------------


@given(some.dates(date(1900, 1, 1), date(2150, 1, 1)))
def test_somebody_is_a_minor_until_the_day_before_their_twentieth_birthday(born: date) -> None:
    day = rules.of_age_on(born)
    assert day.year - born.year == 20
    assert rules.is_minor(born, day - timedelta(1))
    assert not rules.is_minor(born, day)
    assert rules.last_day_of_minority(born) == day - timedelta(1)


def test_who_was_born_on_a_day_that_there_is_not_is_of_age_on_the_next() -> None:
    assert rules.of_age_on(date(2080, 2, 29)) == date(2100, 3, 1)


# --- Recording ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.requirement("R-004.12")
def test_a_parent_acts_until_the_child_is_of_age(mother: queries.PersonCard, child: queries.PersonCard) -> None:
    assert [one.id for one in guardians.proposed(child)] == [mother.id]
    number = guardians.record(parent(mother, child, until=date(2050, 1, 1)), by=BY)
    assert guardians.record(parent(mother, child, until=date(2050, 1, 1)), by=BY) == number
    assert guardians.proposed(child) == []
    on = {day: guardians.may_act(mother.id, child.id, day)
          for day in (BORN - timedelta(1), BORN, clock.today(), MAJORITY - timedelta(1), MAJORITY)}  # fmt: skip
    assert list(on.values()) == [False, True, True, True, False]
    assert not guardians.may_act(child.id, mother.id, clock.today())
    assert [one.ward for one in guardians.wards(mother.id)] == [child.id]
    assert [one.guardian for one in guardians.guardians(child.id)] == [mother.id]
    acts = {entry.action for entry in audit.of_subject(f"person:{child.id}")}
    assert "guardianship.recorded" in acts


@pytest.mark.django_db
def test_everything_that_speaks_against_it_is_said_at_once(
    enter: Enter, mother: queries.PersonCard, child: queries.PersonCard
) -> None:
    adult, girl = enter(30), enter(31, birth_date=date(2010, 1, 1), sex="f")
    assert codes(Wish(child.id, child.id, "?", " ", date(2030, 1, 1))) == {"self", "missing", "future"}
    assert codes(parent(adult, child, since=date(1999, 1, 1), until=date(1999, 2, 2))) == {"early", "other_parents"}
    assert codes(parent(mother, adult)) == {"adult", "other_parents", "early"}
    assert codes(parent(mother, child, ground="curator")) == {"minor"}
    assert codes(parent(girl, child, ground="guardian")) == {"young"}
    services.amend(pid=mother.pid, changes={"died_on": date(2026, 11, 1)}, by=BY, reason="Died")
    assert codes(parent(mother, child)) == {"dead"}
    services.amend(pid=child.pid, changes={"died_on": date(2026, 11, 1)}, by=BY, reason="Died")
    assert "ward_dead" in codes(parent(adult, child, adopted=True))
    assert guardians.ever(child.id) == []


@pytest.mark.django_db
def test_an_adoptive_parent_and_an_adults_guardian(enter: Enter, child: queries.PersonCard) -> None:
    adult = enter(30)
    guardians.record(parent(adult, child, adopted=True), by=BY)
    old = enter(32, birth_date=date(1940, 1, 1))
    guardians.record(parent(adult, old, ground="curator", since=date(2026, 1, 1)), by=BY)
    assert [(one.ward, one.until) for one in guardians.wards(adult.id)] == [
        (old.id, NO_END), (child.id, MAJORITY - timedelta(1)),
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_courts_guardian_stands_in_no_acting_parents_place(
    enter: Enter, mother: queries.PersonCard, child: queries.PersonCard
) -> None:
    aunt = enter(33, sex="f")
    number = guardians.record(parent(mother, child), by=BY)
    court = parent(aunt, child, ground="guardian", document="Court order 5/2569", since=date(2026, 11, 1))
    with pytest.raises(Conflict):
        guardians.examine(court, by=BY)
    with pytest.raises(Conflict):
        guardians.record(parent(mother, child, document="Another paper"), by=BY)
    guardians.end(guardianship=number, reason="Deprived of parental power, order 5/2569", by=BY)
    guardians.record(court, by=BY)
    with pytest.raises(Conflict):
        guardians.record(parent(mother, child), by=BY)
    assert not guardians.may_act(mother.id, child.id, clock.today())
    assert guardians.may_act(mother.id, child.id, clock.today() - timedelta(1))


# --- Ending -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_it_ends_with_a_reason_once(mother: queries.PersonCard, child: queries.PersonCard) -> None:
    number = guardians.record(parent(mother, child), by=BY)
    with pytest.raises(Invalid):
        guardians.end(guardianship=number, reason="  ", by=BY)
    for reason in ("The child has married", "Again"):
        guardians.end(guardianship=number, reason=reason, by=BY)
    (one,) = guardians.ever(child.id)
    assert (one.end_reason, one.ended_by) == ("The child has married", BY.label)
    assert guardians.wards(mother.id) == []


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["mother", "child"])
def test_a_death_ends_it_on_its_day_and_taking_it_back_restores_it(
    mother: queries.PersonCard, child: queries.PersonCard, who: str
) -> None:
    guardians.record(parent(mother, child), by=BY)
    pid, day = {"mother": mother, "child": child}[who].pid, date(2026, 11, 20)
    services.amend(pid=pid, changes={"died_on": day}, by=BY, reason="Died", effective_on=day)
    assert guardians.may_act(mother.id, child.id, day - timedelta(1))
    assert not guardians.may_act(mother.id, child.id, day)
    assert guardians.wards(mother.id) == []
    services.amend(pid=pid, changes={"died_on": None}, by=BY, reason="A mistake", effective_on=day)
    assert guardians.may_act(mother.id, child.id, clock.today())


@pytest.mark.django_db
def test_a_date_of_birth_that_is_put_right_ends_it_for_who_is_of_age_by_it(
    mother: queries.PersonCard, child: queries.PersonCard
) -> None:
    guardians.record(parent(mother, child), by=BY)
    services.amend(pid=child.pid, changes={"birth_date": date(2006, 11, 23)}, by=BY, reason="Hospital's book")
    today = clock.today()
    assert guardians.may_act(mother.id, child.id, today)
    assert not guardians.may_act(mother.id, child.id, today + timedelta(days=1))
    assert guardians.wards(mother.id, today + timedelta(days=1)) == []


def test_what_has_run_out_makes_room_for_another(enter: Enter) -> None:
    guardian, old = enter(30), enter(32, birth_date=date(1940, 1, 1))
    first = parent(guardian, old, ground="curator", since=date(2026, 1, 1), until=date(2026, 12, 31))
    guardians.record(first, by=BY)
    with clock.frozen(NOW + timedelta(days=60)):
        assert guardians.wards(guardian.id) == []
        guardians.record(replace(first, since=date(2027, 1, 1), until=date(2028, 1, 1)), by=BY)
        assert len(guardians.wards(guardian.id)) == 1
        assert len(guardians.ever(old.id)) == 2


# --- Who --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["mother", "child"])
def test_no_officer_records_or_ends_their_own(mother: queries.PersonCard, child: queries.PersonCard, who: str) -> None:
    number = guardians.record(parent(mother, child), by=BY)
    account = make_account()
    services.link(account=account.id, pid={"mother": mother, "child": child}[who].pid, ial=Ial.FACE, by=BY)
    own = actor_for(account)
    with pytest.raises(Forbidden):
        guardians.end(guardianship=number, reason="Mine", by=own)
    with pytest.raises(Forbidden):
        guardians.record(parent(mother, child, document="Mine"), by=own)


@pytest.mark.django_db(transaction=True)
def test_two_offices_at_once_record_one(mother: queries.PersonCard, child: queries.PersonCard) -> None:
    def one(document: str) -> str:
        with clock.frozen(NOW):
            try:
                guardians.record(parent(mother, child, document=document), by=BY)
            except Conflict:
                return "second"
            return "first"

    assert sorted(at_once(lambda: one("Paper A"), lambda: one("Paper B"))) == ["first", "second"]
    assert len(guardians.guardians(child.id)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_parent_and_a_courts_guardian_at_once_are_not_both(
    enter: Enter, mother: queries.PersonCard, child: queries.PersonCard
) -> None:
    court = parent(enter(33, sex="f"), child, ground="guardian", document="Court order 5/2569")

    def one(wish: Wish) -> bool:
        try:
            guardians.record(wish, by=BY)
        except Conflict:
            return False
        return True

    assert sorted(at_once(lambda: one(parent(mother, child)), lambda: one(court))) == [False, True]
    assert len(guardians.guardians(child.id)) == 1
