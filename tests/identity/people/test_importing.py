"""People from a file: what comes in, what is left out and told, and a run that is killed in the middle."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection

from sala.identity.accounts.actor import system
from sala.identity.people import importing, queries, rules, services
from sala.identity.people.models import ImportRun, Person, PersonChange
from sala.kit import clock
from sala.kit.errors import Invalid
from sala.web.cli import main
from tests.database import address

BY = system("test")
HOUSE = rules.house_code("7401000001")


@pytest.fixture
def row(somchai: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in somchai.items()}


def people(row: dict[str, str], *places: int, **other: str) -> list[dict[str, str]]:
    return [row | {"pid": rules.invented_pid(place)} | other for place in places]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        else:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return path


def load(path: Path, reason: str = "First load") -> importing.Progress:
    done = list(importing.load(path, faults=path.with_suffix(".faults"), reason=reason, by=BY))
    return done[-1]


def faults(path: Path) -> list[tuple[str, str]]:
    with path.with_suffix(".faults").open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    assert all(row["th"] and row["en"] for row in told)
    return [(row["row"], row["field"]) for row in told]


@pytest.mark.parametrize("name", ["people.csv", "people.jsonl"])
def test_a_first_load_then_a_change_of_one_column(row: dict[str, str], tmp_path: Path, name: str) -> None:
    first = write(tmp_path / name, people(row, *range(20)))
    done = load(first)
    assert (done.rows, done.added, done.changed, done.unchanged, done.wrong) == (20, 20, 0, 0, 0)
    card = queries.by_pid(rules.invented_pid(3))
    assert card
    assert (card.birth_date, card.road) == (date(1985, 4, 13), "เศรษฐกิจ")
    assert queries.history(card.id)[0].after == queries.stored(card)
    assert load(first).unchanged == 20
    assert PersonChange.objects.count() == 20
    rows = [
        {"pid": one["pid"], "road": "ใหม่" if n % 2 else one["road"]} for n, one in enumerate(people(row, *range(20)))
    ]
    done = load(write(tmp_path / f"more-{name}", rows), "New road")
    assert (done.changed, done.unchanged) == (10, 10)
    change = queries.history(card.id)[-1]
    assert (change.before, change.after, change.reason, change.actor) == (
        {"road": "เศรษฐกิจ"}, {"road": "ใหม่"}, "New road", "system:test",
    )  # fmt: skip
    assert queries.version(card.id) == 2


def test_a_load_is_as_if_an_officer_had_typed_it(row: dict[str, str], somchai: dict[str, Any], tmp_path: Path) -> None:
    services.register(person=somchai, by=BY)
    load(write(tmp_path / "people.csv", people(row, 8)))
    typed, loaded = (queries.by_pid(rules.invented_pid(place)) for place in (7, 8))
    assert typed
    assert loaded
    assert queries.stored(typed) | {"pid": ""} == queries.stored(loaded) | {"pid": ""}


def test_what_cannot_be_true_is_left_out_and_told_with_its_row(row: dict[str, str], tmp_path: Path) -> None:
    good, *bad = people(row, *range(10))
    wrong: list[dict[str, str]] = [
        {"birth_date": "2026-02-30"}, {"birth_date": "13/04/2528"}, {"birth_date": "2528-04-13"}, {"sex": "x"},
        {"pid": good["pid"]}, {"pid": "1234567890123"}, {"subdistrict_id": "7401"}, {"mother_pid": good["pid"]},
        {"family_name_th": ""},
    ]  # fmt: skip
    rows = [
        good | {"mother_pid": ""},
        *(one | {"mother_pid": ""} | fault for one, fault in zip(bad, wrong, strict=True)),
    ]
    path = write(tmp_path / "people.csv", rows)
    done = load(path)
    assert (done.added, done.wrong) == (1, 9)
    fields = [next(iter(fault)) for fault in wrong]
    assert faults(path) == [(str(n), field) for n, field in enumerate(fields, start=3)]
    assert Person.objects.count() == 1


def test_broken_lines_do_not_keep_out_the_others(row: dict[str, str], tmp_path: Path) -> None:
    path = write(tmp_path / "people.jsonl", people(row, 1, 2))
    path.write_text(path.read_text().replace("\n", '\n{"pid": \n[1]\n', 1))
    done = load(path)
    assert (done.added, done.wrong) == (2, 2)
    assert [number for number, _ in faults(path)] == ["2", "3"]


@pytest.mark.parametrize("heading", ["pid,shoe_size\n", "sex\n"])
def test_a_file_of_another_kind_is_refused_whole(db: None, tmp_path: Path, heading: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(heading)
    with pytest.raises(Invalid):
        list(importing.load(path, faults=tmp_path / "f", reason="First load", by=BY))


def test_houses_come_with_their_people(row: dict[str, str], tmp_path: Path) -> None:
    inside = {"house_id": HOUSE, "house_role": "resident"}
    rows = [one | inside for one in people(row, 1, 2, 3, 4)]
    rows[0]["house_role"] = rows[3]["house_role"] = "head"
    rows[2]["house_no"] = "other"
    path = write(tmp_path / "people.csv", rows)
    done = load(path)
    assert (done.added, done.wrong) == (2, 2)
    assert faults(path) == [("4", "house_id"), ("5", "house_role")]
    assert [card.house_role for card in queries.household(HOUSE)] == ["head", "resident"]


def test_a_correction_of_the_past_takes_its_place_in_the_history(row: dict[str, str], tmp_path: Path) -> None:
    pid = people(row, 1)[0]["pid"]
    load(write(tmp_path / "a.csv", people(row, 1, effective_on="2026-01-01")))
    load(write(tmp_path / "b.csv", [{"pid": pid, "moo": "6", "effective_on": "2026-09-01"}]))
    load(write(tmp_path / "c.csv", [{"pid": pid, "moo": "5", "effective_on": "2026-05-01"}]))
    on = [queries.as_of(pid, day) for day in (date(2026, 4, 30), date(2026, 5, 1), date(2026, 9, 1), clock.today())]
    assert [card.moo for card in on if card] == ["4", "5", "6", "6"]


@pytest.mark.requirement("R-004.12")
@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_goes_on_and_enters_nobody_twice(row: dict[str, str], tmp_path: Path) -> None:
    count = 3000
    rows = people(row, *range(count))
    for n in range(0, count, 100):
        rows[n]["sex"] = "x"
    path = write(tmp_path / "people.csv", rows)
    killed = _killed(path)
    assert 0 < killed < count
    run = ImportRun.objects.get()
    assert run.rows == killed
    assert Person.objects.count() == run.added
    done = load(path)
    assert (done.rows, done.added, done.wrong) == (count, count - 30, 30)
    assert Person.objects.count() == PersonChange.objects.count() == count - 30
    assert [number for number, _ in faults(path)] == [str(n + 2) for n in range(0, count, 100)]


_RUN = """
import sys, django
django.setup()
from pathlib import Path
from sala.identity.accounts.actor import system
from sala.identity.people import importing
importing.BATCH = 100
path = Path(sys.argv[1])
for done in importing.load(path, faults=path.with_suffix(".faults"), reason="First load", by=system("test")):
    print(done.rows, flush=True)
"""


def _killed(path: Path) -> int:
    """Run it in a process of its own and kill that while a batch is on its way; how many rows stand then."""
    command, told = [sys.executable, "-c", _RUN, str(path)], os.environ | {"DATABASE_URL": address()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=told) as process:  # noqa: S603 - our own
        assert process.stdout
        for _ in range(5):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    for _ in range(100):  # its last statement may still be running in the server
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pg_locks l join pg_stat_activity a using (pid)"
                           " where a.datname = current_database() and pid <> pg_backend_pid() and relation ="
                           " 'people_importrun'::regclass")  # fmt: skip
            if not cursor.fetchone()[0]:
                break
        time.sleep(0.05)
    return ImportRun.objects.get().rows


def test_from_the_command_line(row: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://set/by-the-tests")
    path = write(tmp_path / "people.csv", [*people(row, 1), *people(row, 2, sex="x")])
    done = CliRunner().invoke(main, ["people", "import", str(path), "--reason", "First load"])
    assert done.exit_code == 1
    assert "2 rows: 1 new, 0 changed, 0 as they were, 1 wrong." in done.output
    assert "people.csv.faults.csv" in done.output


@pytest.mark.django_db
def test_a_heading_that_is_not_known_is_told_what_there_is(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("pid,subdistrict\n")
    with pytest.raises(Invalid) as raised:
        list(importing.load(file, faults=tmp_path / "faults.csv", reason="Try", by=BY))
    assert "laser_code" in raised.value.faults[0].message.en
    assert "subdistrict_id" in raised.value.faults[0].message.th
