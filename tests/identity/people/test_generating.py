"""People who do not exist."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from sala.identity.people import checking, generating, queries, rules
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
    run.close()
    assert list(generating.generate(100)) == [80, 100]
    assert Person.objects.count() == 100
    assert list(generating.generate(100)) == []


def test_from_the_command_line() -> None:
    done = CliRunner().invoke(main, ["people", "generate", "50"])
    assert done.exit_code == 0, done.output
    assert "50 invented people" in done.output
    assert Person.objects.count() == 50
