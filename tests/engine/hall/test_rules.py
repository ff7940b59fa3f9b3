"""Whose turn it is, who came in time, and what the hall hears."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.engine.hall.rules import (
    ADMITTED,
    LATE,
    NO_SHOW_AFTER,
    Arrival,
    arrival,
    code_of,
    counter_words,
    may_miss,
    number_of,
    spoken,
    standing,
    turn,
)

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)  # 10:00 in Thailand
TODAY = date(2026, 11, 23)
moments = st.integers(-300, 300).map(lambda minutes: NOW + timedelta(minutes=minutes))
past = st.integers(-300, 0).map(lambda minutes: NOW + timedelta(minutes=minutes))


def _turn(number: int, *, booked_for: datetime | None, arrived: datetime) -> tuple[object, ...]:
    place = standing(booked_for=booked_for, arrived_at=arrived)
    return turn(booked=place.booked, due_at=place.due_at, ticket=UUID(int=number), now=NOW)


@pytest.mark.requirement("R-001.58")
@given(past, past, past)
def test_who_booked_for_a_time_that_has_come_goes_before_every_walk_in(
    booked_for: datetime, arrived: datetime, walked_in: datetime
) -> None:
    arrived = min(arrived, booked_for + LATE)  # in time
    assert _turn(2, booked_for=booked_for, arrived=arrived) < _turn(1, booked_for=None, arrived=walked_in)


@given(past, past, past, past)
def test_booked_people_go_by_their_times_not_by_who_stood_there_first(
    one: datetime, other: datetime, came_one: datetime, came_other: datetime
) -> None:
    earlier, later = sorted((one, other))
    mine = _turn(1, booked_for=earlier, arrived=min(came_one, earlier + LATE))
    theirs = _turn(2, booked_for=later, arrived=min(came_other, later + LATE))
    assert mine < theirs


@given(st.integers(1, 300), past, past)
def test_who_comes_too_early_waits_behind_those_who_are_there_without_booking(
    minutes: int, arrived: datetime, walked_in: datetime
) -> None:
    early = _turn(1, booked_for=NOW + timedelta(minutes=minutes), arrived=arrived)
    assert _turn(2, booked_for=None, arrived=walked_in) < early


@given(past, st.integers(16, 200), past)
def test_who_comes_too_late_goes_by_arrival(booked_for: datetime, late: int, walked_in: datetime) -> None:
    arrived = booked_for + timedelta(minutes=late)
    late_comer = _turn(1, booked_for=booked_for, arrived=arrived)
    walk_in = _turn(2, booked_for=None, arrived=walked_in)
    assert (late_comer < walk_in) == (arrived <= walked_in)


def test_exactly_fifteen_minutes_late_is_in_time() -> None:
    assert standing(booked_for=NOW - LATE, arrived_at=NOW).booked
    assert not standing(booked_for=NOW - LATE, arrived_at=NOW + timedelta(seconds=1)).booked


@given(st.lists(st.tuples(st.booleans(), moments), max_size=30), moments)
def test_the_order_is_total_and_time_only_brings_the_booked_forward(
    line: list[tuple[bool, datetime]], later: datetime
) -> None:
    later = max(later, NOW)
    tickets = [(UUID(int=number), booked, due) for number, (booked, due) in enumerate(line)]
    turns = {t: turn(booked=b, due_at=d, ticket=t, now=NOW) for t, b, d in tickets}
    assert len(set(turns.values())) == len(tickets)
    for ticket, booked, due in tickets:
        after = turn(booked=booked, due_at=due, ticket=ticket, now=later)
        assert after <= turns[ticket]
        assert booked or after == turns[ticket]


@pytest.mark.parametrize(
    ("state", "here", "days", "minutes", "said"),
    [
        ("booked", True, 0, 0, Arrival.WELCOME),
        ("booked", True, 0, 30, Arrival.WELCOME),
        ("booked", True, 0, 31, Arrival.EARLY),
        ("booked", True, 0, -15, Arrival.WELCOME),
        ("booked", True, 0, -16, Arrival.LATE),
        ("missed", True, 0, -60, Arrival.LATE),
        ("booked", True, 1, 0, Arrival.OTHER_DAY),
        ("booked", True, -1, 0, Arrival.DAY_OVER),
        ("booked", False, 0, 0, Arrival.WRONG_OFFICE),
        ("cancelled", True, 0, 0, Arrival.CANCELLED),
        ("displaced", True, 0, 0, Arrival.DISPLACED),
        ("attended", False, 0, 0, Arrival.ATTENDED),
    ],
)
def test_what_is_said_to_who_shows_a_visit(state: str, here: bool, days: int, minutes: int, said: Arrival) -> None:
    starts_at = NOW + timedelta(minutes=minutes)
    day = TODAY + timedelta(days=days)
    assert arrival(state=state, here=here, day=day, today=TODAY, starts_at=starts_at, now=NOW) == said
    assert (said in ADMITTED) == (here and days == 0 and state in {"booked", "missed"})


def test_nobody_is_given_up_at_the_first_call() -> None:
    later = NOW + NO_SHOW_AFTER
    assert not may_miss(calls=1, called_at=NOW, now=later)
    assert not may_miss(calls=2, called_at=NOW, now=later - timedelta(seconds=1))
    assert may_miss(calls=2, called_at=NOW, now=later)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EXT-7K3M9QXT-4", "EXT-7K3M9QXT-4"),
        ("  ext 7k3m9qxt 4 ", "ext 7k3m9qxt 4"),
        ("https://sala.example/visits/EXT-7K3M9QXT-4/?key=abc&lang=th", "EXT-7K3M9QXT-4"),
        ("http://127.0.0.1:8000/visits/EXT-7K3M9QXT-4", "EXT-7K3M9QXT-4"),
        ("https://sala.example/cases/TM47-7K3M9QXT-4/", None),
        ("https://elsewhere.example/", None),
        ("   ", None),
        ("", None),
    ],
)
def test_a_reference_is_found_in_what_was_scanned_or_typed(text: str, code: str | None) -> None:
    assert code_of(text) == code


@given(st.text())
def test_whatever_was_scanned_breaks_nothing(text: str) -> None:
    assert code_of(text) is None or code_of(text)


@given(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), st.integers(1, 32_000))
def test_numbers_grow_and_begin_with_their_letter(letter: str, count: int) -> None:
    number = number_of(letter, count)
    assert number[0] == letter
    assert len(number) >= 4
    assert int(number[1:]) == count


def test_a_number_is_spoken_sign_by_sign() -> None:
    said = spoken("A012", "3")
    assert said.th == "หมายเลข เอ ศูนย์ หนึ่ง สอง เชิญที่ช่องบริการ 3"
    assert said.en == "Number A 0 1 2, please go to counter 3"
    assert spoken("B100", "ห้องตรวจ 2").th == "หมายเลข บี หนึ่ง ศูนย์ ศูนย์ เชิญที่ห้องตรวจ 2"
    assert counter_words("12").en == "counter 12"


@given(st.from_regex(r"[A-Z][0-9]{3,5}", fullmatch=True), st.text(min_size=1, max_size=20))
def test_no_sign_of_a_number_is_lost_in_speech(number: str, counter: str) -> None:
    said = spoken(number, counter)
    assert said.en.startswith("Number " + " ".join(number) + ",")
    signs = said.th.removeprefix("หมายเลข ").partition(" เชิญที่")[0].split(" ")
    assert len(signs) == len(number)
    assert not any(sign.isascii() for sign in signs)
