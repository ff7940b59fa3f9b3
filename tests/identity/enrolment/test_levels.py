"""Which proofs lead to which level: more of them never lower one, and nothing on a phone reaches the highest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sala.identity.enrolment import levels
from sala.identity.enrolment.levels import LEVELS, WORDS, Proof, Way

proofs = some.frozensets(some.sampled_from(list(Proof)))
ways = some.sampled_from(list(Way))


@given(proofs, proofs, ways)
def test_more_proofs_never_lower_a_level(some_: frozenset[Proof], more: frozenset[Proof], way: Way) -> None:
    assert levels.reached(some_ | more, way) >= levels.reached(some_, way)


@given(proofs, ways)
def test_what_is_lacking_leads_to_the_level_and_nothing_less_does(shown: frozenset[Proof], way: Way) -> None:
    for level in LEVELS:
        lacking = levels.lacking(level.ial, shown, way)
        if any(need.way == way for need in level.needs):
            assert levels.reached(shown | set(lacking), way) >= level.ial
        if levels.reached(shown, way) >= level.ial:
            assert lacking == ()


@given(proofs)
@pytest.mark.requirement("R-004.1")
def test_no_machine_and_no_phone_reaches_the_highest_level(shown: frozenset[Proof]) -> None:
    assert levels.reached(shown, Way.PHONE) < "2.3"
    if levels.reached(shown, Way.OFFICE) == "2.3":
        assert {Proof.OFFICER, Proof.PHOTOGRAPH, Proof.FACE} <= shown
    if levels.reached(shown, Way.PHONE) == "2.2":
        assert {Proof.CARD, Proof.LASER} <= shown
        assert Proof.OFFICER in shown or {Proof.LIVENESS, Proof.FACE} <= shown


def test_nothing_shown_is_no_level_and_every_way_to_one_is_told_in_words() -> None:
    assert levels.reached((), Way.PHONE) == levels.reached((), Way.OFFICE) == ""
    assert levels.reached(["card", "laser"], "phone") == "1.3"
    assert set(WORDS) == set(Proof)
    assert [level.ial for level in LEVELS] == sorted(level.ial for level in LEVELS)
    assert [level.ial for level in levels.above("1.3")] == ["2.2", "2.3"]
    assert levels.lacking("2.2", ["card", "laser", "liveness"], "phone") == (Proof.FACE,)


@given(some.sampled_from(["1.3", "2.2", "2.3"]), some.sampled_from(["1.3", "2.2", "2.3"]))
def test_only_a_surer_proof_takes_a_person_from_another_account(fresh: str, former: str) -> None:
    assert levels.replaces(fresh, former, Way.PHONE) == (fresh > former)
    assert levels.replaces(fresh, former, Way.OFFICE) == (fresh >= former)
