"""People who do not exist."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import override_settings

from sala.identity.people import biometrics, checking, generating, queries, rules
from sala.identity.people.models import Person
from sala.web.cli import main


@pytest.fixture(autouse=True)
def _small_batches(offices: dict[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generating, "BATCH", 40)
    monkeypatch.setenv("DATABASE_URL", "postgres://set/by-the-tests")


def test_each_could_have_been_registered_by_hand() -> None:
    assert list(generating.generate(100)) == [40, 80, 100]
    for place in range(100):
        card = queries.by_pid(rules.invented_pid(place))
        assert card
        fields = {name: getattr(card, name.removesuffix("_id")) for name in queries.FIELDS}
        assert checking.whole(fields) == fields


def test_they_live_in_families(tmp_path: Path) -> None:
    list(generating.generate(100))
    for place in range(0, 100, 4):
        head, other, *children = (queries.by_pid(rules.invented_pid(place + n)) for n in range(4))
        assert head
        assert other
        assert rules.is_house_code(str(head.house))
        assert head.house_role == "head"
        assert queries.household(str(head.house))[0].id == head.id
        assert len(queries.household(str(head.house))) == 4
        assert {head.sex, other.sex} == {"m", "f"}
        for child in children:
            assert child
            assert {child.father_pid, child.mother_pid} == {head.pid, other.pid}
            assert child.family_name_th == head.family_name_th
            assert (child.house, child.house_no, child.subdistrict) == (head.house, head.house_no, head.subdistrict)


def test_some_have_finger_templates(tmp_path: Path) -> None:
    list(generating.generate(10))
    with override_settings(REGISTER_KEYS=str(tmp_path / "register.keys")):
        generating.fingerprints(2)
        card = queries.by_pid(rules.invented_pid(1))
        assert card
        assert [one.finger for one in biometrics.fingers(card.id)] == [1, 6]


def test_the_same_number_is_the_same_person_whenever_made() -> None:
    list(generating.generate(30))
    before = {card.pid: card.family_name_th for card in Person.objects.all()}
    list(generating.generate(60))
    after = {card.pid: card.family_name_th for card in Person.objects.all()}
    assert len(after) == 60
    assert before.items() <= after.items()


def test_a_run_goes_on_where_it_stopped() -> None:
    run = generating.generate(100)
    assert next(run) == 40
    del run
    assert list(generating.generate(100)) == [80, 100]
    assert Person.objects.count() == 100
    assert list(generating.generate(100)) == []


def test_from_the_command_line() -> None:
    done = CliRunner().invoke(main, ["people", "generate", "50"])
    assert done.exit_code == 0, done.output
    assert "50 invented people" in done.output
    assert Person.objects.count() == 50
