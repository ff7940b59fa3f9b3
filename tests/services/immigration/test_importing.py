"""Filling the registers from files: what people really send."""

from __future__ import annotations

import contextlib
import csv
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from sala.identity.accounts.actor import system
from sala.kit.errors import Invalid
from sala.services.immigration import importing
from sala.services.immigration.columns import RECORDS, WARRANTS, WrongValueError, country, day
from sala.services.immigration.commands import group
from sala.services.immigration.importing import Outcome, import_file
from sala.services.immigration.models import ImmigrationRecord, Warrant

HEADING = (
    "passport_no,nationality,given_name,surname,birth_date,arrived_on,arrival_card_no,permitted_until,last_report_on"
)
ZAW = "mb 123456,MMR,Zaw Min,,1990-04-12,2026-01-05,,2027-01-04,"
ANNE = "C01X00T47,DE,Anne-Marie,Müller,12/04/2523,05/01/2569,AB1234567,04/01/2570,01/07/2569"


@pytest.fixture
def folder(tmp_path: Path, db: None) -> Path:
    return tmp_path


def load(folder: Path, *lines: str, encoding: str = "utf-8", **options: object) -> Outcome:
    path = folder / "records.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return import_file(sheet=RECORDS, path=path, by=system("test"), **options)


def errors(outcome: Outcome) -> list[list[str]]:
    assert outcome.errors is not None
    with outcome.errors.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def test_rows_of_both_eras_are_loaded_in_one_form(folder: Path) -> None:
    outcome = load(folder, HEADING, ZAW, ANNE)
    assert (outcome.read, outcome.new, outcome.faulty, outcome.errors) == (2, 2, 0, None)
    anne = ImmigrationRecord.objects.get(passport_no="C01X00T47")
    assert (anne.nationality, anne.surname, anne.birth_date) == ("DEU", "MÜLLER", date(1980, 4, 12))
    assert anne.last_report_on == date(2026, 7, 1)
    zaw = ImmigrationRecord.objects.get(passport_no="MB123456")
    assert (zaw.surname, zaw.last_report_on) == ("", None)


def test_the_same_file_again_changes_nothing(folder: Path) -> None:
    load(folder, HEADING, ZAW, ANNE)
    before = list(ImmigrationRecord.objects.order_by("id").values())
    outcome = load(folder, HEADING, ZAW, ANNE)
    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 0, 2)
    assert list(ImmigrationRecord.objects.order_by("id").values()) == before


def test_a_newer_entry_replaces_an_older_one_and_never_the_reverse(folder: Path) -> None:
    newer = ZAW.replace("2026-01-05", "2026-03-01").replace("2027-01-04", "2027-02-28")
    load(folder, HEADING, newer, ZAW)
    assert ImmigrationRecord.objects.get().arrived_on == date(2026, 3, 1)
    assert load(folder, HEADING, ZAW).unchanged == 1
    assert ImmigrationRecord.objects.get().permitted_until == date(2027, 2, 28)
    assert load(folder, HEADING, ZAW, overwrite=True).changed == 1
    assert ImmigrationRecord.objects.get().arrived_on == date(2026, 1, 5)


def test_a_run_cut_off_between_batches_is_finished_by_the_next(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    rows = [ZAW.replace("123456", f"12345{i}") for i in range(5)]

    def cut_off(_read: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(folder, HEADING, *rows, progress=cut_off)
    assert ImmigrationRecord.objects.count() == 2
    outcome = load(folder, HEADING, *rows)
    assert (outcome.new, outcome.unchanged) == (3, 2)


def test_faulty_rows_are_listed_with_their_cure_and_the_others_loaded(folder: Path) -> None:
    outcome = load(
        folder, HEADING, ZAW,
        "12,XX,สมชาย,,1990-02-31,2999-01-01,,soon,",
        '"AB12345",GBR,"John\nPaul",Smith,2020-01-01,2019-01-01,,2027-01-01,',
        "AB12346,GBR,Jane", "", ",,,,,,,,",
    )  # fmt: skip
    assert (outcome.read, outcome.new, outcome.faulty) == (4, 1, 3)
    found = errors(outcome)
    assert [(int(line), column) for line, column, *_ in found] == [
        (3, "passport_no"), (3, "nationality"), (3, "given_name"), (3, "birth_date"), (3, "arrived_on"),
        (3, "permitted_until"),
        (4, "arrived_on"),
        (6, "birth_date"), (6, "arrived_on"), (6, "permitted_until"),
    ]  # fmt: skip
    assert all(what and cure for _, _, what, cure in found)


def test_what_is_wrong_can_be_read_in_thai(folder: Path) -> None:
    outcome = load(folder, HEADING, ZAW.replace("1990-04-12", "soon"), language="th")
    assert errors(outcome)[0][2] == "ไม่ใช่วันที่ที่อ่านได้"


def test_the_list_of_errors_of_an_earlier_run_does_not_stay(folder: Path) -> None:
    wrong = load(folder, HEADING, ZAW.replace("MMR", "??"))
    assert wrong.errors is not None
    load(folder, HEADING, ZAW)
    assert not wrong.errors.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp874", "tis-620", "utf-16"])
def test_files_come_in_many_encodings(folder: Path, encoding: str) -> None:
    path = folder / "warrants.csv"
    path.write_bytes("เลขที่หมายจับ,ชื่อ,นามสกุล,วันที่ออกหมาย\nจ.12/2569,Ivan,Petrov,1/3/2569\n".encode(encoding))
    outcome = import_file(sheet=WARRANTS, path=path, by=system("test"))
    assert outcome.new == 1
    assert Warrant.objects.get().number == "จ.12/2569"
    assert Warrant.objects.get().name_key == "ivan petrov"


def test_semicolons_and_tabs_are_separators_too(folder: Path) -> None:
    assert load(folder, HEADING.replace(",", ";"), ZAW.replace(",", ";")).new == 1
    assert load(folder, HEADING.replace(",", "\t"), ZAW.replace(",", "\t")).unchanged == 1


def test_invisible_characters_are_no_part_of_a_value(folder: Path) -> None:
    load(folder, HEADING, ZAW.replace("mb 123456", "\ufeffMB\u200b123456 "))
    assert ImmigrationRecord.objects.get().passport_no == "MB123456"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["passport_no,nationality", "A,B"], "given_name"),
        ([""], "passport_no"),
        ([HEADING], "no rows"),
        ([HEADING, 'A,"' + "x" * 20_000], "quotation mark"),
    ],
)
def test_a_file_that_cannot_be_taken_at_all_is_refused_in_words(folder: Path, lines: list[str], words: str) -> None:
    with pytest.raises(Invalid) as raised:
        load(folder, *lines)
    assert words in raised.value.faults[0].message.en


def test_a_wrong_or_unknown_encoding_is_refused_in_words(folder: Path) -> None:
    for encoding in ("ascii", "klingon"):
        with pytest.raises(Invalid) as raised:
            import_file(sheet=RECORDS, path=_written(folder), by=system("test"), encoding=encoding)
        assert encoding in raised.value.faults[0].message.en


def _written(folder: Path) -> Path:
    path = folder / "r.csv"
    path.write_text(f"{HEADING}\n{ANNE}\n", encoding="utf-8")
    return path


def test_a_dry_run_judges_and_changes_nothing(folder: Path) -> None:
    outcome = load(folder, HEADING, ZAW, ANNE.replace("DE", "??"), dry_run=True)
    assert (outcome.good, outcome.faulty, outcome.new) == (1, 1, 0)
    assert not ImmigrationRecord.objects.exists()


def test_a_warrant_can_be_withdrawn_by_the_next_file(folder: Path) -> None:
    path = folder / "w.csv"
    heading = "number,given_name,surname,issued_on,withdrawn_on"
    for withdrawn in ("", "2026-08-01"):
        path.write_text(f"{heading}\nจ.1/2569,John,Smith,2026-01-01,{withdrawn}\n", encoding="utf-8")
        import_file(sheet=WARRANTS, path=path, by=system("test"))
    assert Warrant.objects.get().withdrawn_on == date(2026, 8, 1)


def test_the_command_says_what_it_did_and_fails_where_rows_did(folder: Path) -> None:
    path = _written(folder)
    done = CliRunner().invoke(group, ["immigration-records", str(path)])
    assert (done.exit_code, done.stdout) == (0, "Rows read: 1; 1 new, 0 changed, 0 as they were.\n")
    path.write_text(f"{HEADING}\n{ANNE.replace('DE', '??')}\n", encoding="utf-8")
    failed = CliRunner().invoke(group, ["immigration-records", str(path), "--dry-run"])
    assert failed.exit_code == 1
    assert "r.errors.csv" in failed.stderr
    path.write_text("nonsense\n", encoding="utf-8")
    refused = CliRunner().invoke(group, ["warrants", str(path), "--language", "th"])
    assert refused.exit_code == 1
    assert "บรรทัดแรกไม่มีช่อง number" in refused.stderr


@given(st.text(max_size=30))
def test_any_text_is_read_as_a_date_or_refused(text: str) -> None:
    with contextlib.suppress(WrongValueError):
        assert date(1900, 1, 1) <= day(text) <= date(2200, 1, 1)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_a_date_is_read_from_each_of_its_forms(value: date) -> None:
    assert day(value.isoformat()) == value
    assert day(f"{value.day}/{value.month}/{value.year + 543}") == value


def test_countries_are_known_by_both_codes() -> None:
    assert country("mm") == country("MMR") == "MMR"
