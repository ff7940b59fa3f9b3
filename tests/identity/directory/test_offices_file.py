"""Offices from an agency's file: taken whole, or refused with every fault by line and column."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sala.identity.directory import offices_file, queries, services
from sala.identity.directory.models import Office
from sala.kit.errors import Invalid
from sala.web.cli import main
from sala.web.preparing import SERVICES

pytestmark = pytest.mark.django_db
HEADING = "slug,agency,kind,name_th,name_en,area,latitude,longitude,responsible_for\n"
GOOD = "branch-one,immigration-bureau,branch,สาขา,Branch,740101,13.55,100.28,\n"


@pytest.fixture
def file(tmp_path: Path, offices: dict[int, int]) -> Path:
    return tmp_path / "offices.csv"


def faults(file: Path, *lines: str, heading: str = HEADING) -> dict[str, str]:
    file.write_text(heading + "".join(lines))
    with pytest.raises(Invalid) as refused:
        offices_file.load(file)
    for fault in refused.value.faults:
        assert any("ก" <= letter <= "๛" for letter in fault.message.th)
    assert not Office.objects.filter(kind="branch").exists()
    return {fault.field: fault.message.en for fault in refused.value.faults}


@pytest.mark.requirement("R-003.13")
def test_the_hospitals_that_come_with_sala(offices: dict[int, int]) -> None:
    services.load_agencies()
    count = offices_file.load(SERVICES / "health" / "offices.csv")
    hospitals = queries.offices_of_kind("hospital")
    assert len(hospitals) == count >= 10
    assert len({card.province for card in hospitals}) >= 5
    for card in hospitals:
        assert 5 < (card.latitude or 0) < 21, card
        assert 97 < (card.longitude or 0) < 106, card


def test_an_office_is_created_and_brought_up_to_date(file: Path) -> None:
    file.write_text(HEADING + GOOD, encoding="utf-8-sig")
    assert offices_file.load(file) == 1
    file.write_text(HEADING.replace(",", ";") + GOOD.replace("Branch", "Branch 1").replace(",", ";"))
    assert offices_file.load(file) == 1
    card = queries.office_by_slug("branch-one")
    assert (card.name.en, card.province, card.latitude, card.longitude) == ("Branch 1", 74, 13.55, 100.28)


def test_requests_of_an_area_are_routed_to_who_is_responsible(file: Path) -> None:
    file.write_text(HEADING + GOOD.replace("100.28,", "100.28,74 73"))
    offices_file.load(file)
    card = queries.office_by_slug("branch-one")
    assert [queries.office_for("branch", province) for province in (73, 74, 10)] == [card.id, card.id, None]


def test_without_a_position_the_area_tells_it(file: Path) -> None:
    file.write_text(HEADING + GOOD.replace("13.55,100.28", ","))
    offices_file.load(file)
    assert queries.office_by_slug("branch-one").latitude == queries.area(740101).latitude


def test_every_fault_is_told_and_nothing_is_changed(file: Path) -> None:
    told = faults(
        file,
        GOOD,
        "Branch Two,no-such,branch,,Two,999,91,abc,x\n",
        GOOD,
    )
    assert set(told) == {
        "line 3, slug", "line 3, agency", "line 3, name_th", "line 3, area", "line 3, latitude", "line 3, longitude",
        "line 3, responsible_for", "line 4, slug",
    }  # fmt: skip
    assert "Add it first" in told["line 3, agency"]
    assert told["line 4, slug"] == "“branch-one” is there twice"


def test_a_wrong_heading(file: Path) -> None:
    told = faults(file, GOOD, heading=HEADING.replace("area", "province"))
    assert told["line 1, area"] == "The column area is missing"
    assert "There are: slug" in told["line 1, province"]


def test_an_empty_file_and_a_wrong_encoding(file: Path) -> None:
    assert faults(file) == {"line 1": "There is no office in the file"}
    file.write_bytes((HEADING + GOOD).encode("cp874"))
    with pytest.raises(Invalid) as refused:
        offices_file.load(file)
    assert "CSV UTF-8" in refused.value.faults[0].message.en


def test_the_command(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://set/by-the-tests")
    file.write_text(HEADING + GOOD)
    judged = CliRunner().invoke(main, ["offices", "import", "--dry-run", str(file)])
    assert "Nothing was changed" in judged.output
    assert not Office.objects.filter(slug="branch-one").exists()
    assert CliRunner().invoke(main, ["offices", "import", str(file)]).output.endswith("1 offices are in place.\n")
    assert Office.objects.filter(slug="branch-one").exists()
    file.write_text(HEADING + "x\n")
    refused = CliRunner().invoke(main, ["offices", "import", str(file)])
    assert refused.exit_code == 1
    assert "line 2, agency: This is empty. Fill it in" in refused.output
