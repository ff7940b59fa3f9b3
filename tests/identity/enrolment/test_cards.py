"""The laser code: kept so that nobody can read it, compared so that no answer tells which part was wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sala.identity.people import cards, generating, importing, queries, rules
from sala.identity.people import services as people
from sala.identity.people.models import CardSecret
from sala.kit.errors import Invalid, NotFound
from tests.identity.enrolment.office import BY, LASER, citizen

LETTERS = some.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
DIGITS = some.text("0123456789", min_size=10, max_size=10)


@given(LETTERS, DIGITS, some.sampled_from(["", "-", " ", " - ", "–"]))
def test_a_code_is_the_same_however_it_is_written(letters: str, digits: str, between: str) -> None:
    plain = letters + digits
    typed = f" {letters.lower()}{digits[0]}{between}{digits[1:8]}{between}{digits[8:]} "
    assert cards.normal_laser(typed) == plain
    assert cards.normal_laser(cards.written_laser(plain)) == plain


@given(some.text(max_size=20))
def test_what_is_no_code_is_none(text: str) -> None:
    found = cards.normal_laser(text)
    assert found is None or (len(found) == 12 and found[:2].isalpha() and found[2:].isdecimal() and found.isascii())


@pytest.mark.django_db
@pytest.mark.usefixtures("offices")
def test_only_all_three_together_are_the_person() -> None:
    person, other = citizen(7), citizen(8)
    right: dict[str, Any] = {"pid": person.pid, "birth_date": person.birth_date, "laser": LASER.lower()}
    found = cards.matches(**right)
    assert found
    assert found.id == person.id
    for wrong in (
        {"pid": rules.invented_pid(9)}, {"birth_date": date(1985, 4, 14)}, {"laser": "JT9-1234567-88"}, {"laser": ""},
        {"laser": "no code"},
    ):  # fmt: skip
        assert cards.matches(**right | wrong) is None
    kept = {bytes(row.laser) for row in CardSecret.objects.filter(person_id__in=[person.id, other.id])}
    assert len(kept) == 2  # the same code of two people is not seen to be the same
    assert not any(LASER.replace("-", "").encode() in one for one in kept)
    people.amend(pid=person.pid, changes={"died_on": date(2026, 11, 1)}, by=BY, reason="Died")
    assert cards.matches(**right) is None


@pytest.mark.django_db
@pytest.mark.usefixtures("offices")
def test_a_code_is_refused_that_can_be_none_and_a_person_who_is_nobody() -> None:
    with pytest.raises(Invalid):
        cards.keep_laser(person=citizen(7).id, laser="123", by=BY)
    with pytest.raises(NotFound):
        cards.keep_laser(person=0, laser=LASER, by=BY)
    fresh = citizen(8)
    cards.keep_laser(person=fresh.id, laser="AB1-0000000-00", by=BY)
    assert cards.matches(pid=fresh.pid, birth_date=fresh.birth_date, laser=LASER) is None


@pytest.mark.django_db
@pytest.mark.usefixtures("offices")
def test_invented_people_have_cards_and_a_file_brings_codes(tmp_path: Path) -> None:
    list(generating.generate(20))
    cards.keep_invented(20)
    cards.keep_invented(20)
    three = queries.by_pid(rules.invented_pid(3))
    assert three
    assert cards.matches(pid=three.pid, birth_date=three.birth_date, laser=cards.laser_of_invented(3))
    file = tmp_path / "codes.csv"
    wrong = rules.invented_pid(5)
    file.write_text(f"pid,laser_code\n{three.pid},XY1-2345678-90\n{wrong},12\n")
    *_, last = importing.load(file, faults=tmp_path / "faults.csv", reason="Cards of the year", by=BY)
    assert (last.rows, last.wrong, last.unchanged) == (2, 1, 1)
    assert "laser_code" in (tmp_path / "faults.csv").read_text()
    assert cards.matches(pid=three.pid, birth_date=three.birth_date, laser="xy1 2345678 90")
    assert not cards.matches(pid=three.pid, birth_date=three.birth_date, laser=cards.laser_of_invented(3))
