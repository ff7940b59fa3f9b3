"""Ages, children, corrections: pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from sala.services.civil import rules


@dataclass
class One:
    pid: str = "1"
    birth_date: date = date(2015, 2, 28)
    father_pid: str = "2"
    mother_pid: str = ""


def test_of_age_on_the_twentieth_birthday_and_not_the_day_before() -> None:
    assert not rules.of_age(date(2006, 11, 22), date(2026, 11, 21))
    assert rules.of_age(date(2006, 11, 22), date(2026, 11, 22))
    assert not rules.of_age(date(2004, 2, 29), date(2024, 2, 28))


@given(born=st.dates(date(1900, 1, 1), date(2026, 1, 1)), later=st.dates(date(2026, 1, 1), date(2100, 1, 1)))
def test_who_is_of_age_stays_so(born: date, later: date) -> None:
    if rules.of_age(born, date(2026, 1, 1)):
        assert rules.of_age(born, later)


def test_a_child_is_somebodys_whom_the_register_names_while_not_of_age() -> None:
    assert rules.is_child_of(One(), "2", date(2026, 1, 1))
    assert not rules.is_child_of(One(), "3", date(2026, 1, 1))
    assert not rules.is_child_of(One(), "2", date(2036, 1, 1))


def test_each_correction_takes_the_answer_that_its_field_was_given_in() -> None:
    told = [
        {"wrong": {"field": "given_name_th"}, "right": {"thai": "สมชัย"}},
        {"wrong": {"field": "given_name_en"}, "right": {"latin": "Somchai"}},
        {"wrong": {"field": "birth_date"}, "right": {"day": "1985-04-14"}},
        {"wrong": {"field": "nationality"}, "right": {"country": "LAO"}},
    ]
    assert rules.corrections(told) == {
        "given_name_th": "สมชัย", "given_name_en": "Somchai", "birth_date": date(1985, 4, 14), "nationality": "LAO",
    }  # fmt: skip


@given(st.dictionaries(st.integers(1, 10**9), st.integers(1, 1000), max_size=20))
def test_versions_are_told_and_read_again(read: dict[int, int]) -> None:
    assert rules.versions(rules.written(read)) == read
