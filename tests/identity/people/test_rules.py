"""Numbers, names and addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from stdnum.th import pin

from sala.identity.people import rules

places = some.integers(0, rules.MOST_RESERVED - 1)


@given(places)
def test_an_invented_number_is_valid_and_known_as_invented(place: int) -> None:
    pid = rules.invented_pid(place)
    assert rules.is_pid(pid)
    assert pin.is_valid(pid)
    assert rules.is_invented(pid)


@given(places, places)
def test_two_places_give_two_numbers(one: int, other: int) -> None:
    assert (rules.invented_pid(one) == rules.invented_pid(other)) == (one == other)


@given(places, some.integers(0, 12), some.integers(1, 9))
def test_a_wrong_digit_is_seen(place: int, at: int, by: int) -> None:
    pid = rules.invented_pid(place)
    wrong = pid[:at] + str((int(pid[at]) + by) % 10) + pid[at + 1 :]
    # Modulus 11 written as one digit: 10 and 0 look alike, and 11 and 1, so these few pairs pass.
    assert rules.is_pid(wrong) == pin.is_valid(wrong)


@given(some.text(max_size=20))
def test_other_texts_are_no_numbers(text: str) -> None:
    assert rules.is_pid(text) <= (len(text) == 13 and text.isascii() and text.isdigit())


@pytest.mark.parametrize("number", [-1, rules.MOST_RESERVED])
def test_the_reserved_range_has_ends(number: int) -> None:
    with pytest.raises(ValueError, match="reserved range"):
        rules.invented_pid(number)


def test_a_name_in_one_line() -> None:
    assert rules.whole_name("นาย", "สมชาย", "", "ใจดี", language="th") == "นายสมชาย ใจดี"
    assert rules.whole_name("Mr.", "Somchai", "Lee", "Jaidee", language="en") == "Mr. Somchai Lee Jaidee"


def test_an_address_for_people_and_as_the_chip_has_it() -> None:
    where = {"house_no": "99/1", "moo": "4", "lane": "ซอยสุขใจ", "road": "เศรษฐกิจ"}
    names = ("ตำบลมหาชัย", "อำเภอเมืองสมุทรสาคร", "จังหวัดสมุทรสาคร")
    assert rules.formatted_address(where, *names) == (
        "99/1 หมู่ที่ 4 ซอยสุขใจ ถนนเศรษฐกิจ ตำบลมหาชัย อำเภอเมืองสมุทรสาคร จังหวัดสมุทรสาคร"
    )
    raw = rules.raw_address(where, *names)
    assert raw == "99/1#หมู่ที่ 4##ซอยสุขใจ#เศรษฐกิจ#ตำบลมหาชัย#อำเภอเมืองสมุทรสาคร#จังหวัดสมุทรสาคร"
