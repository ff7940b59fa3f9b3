"""The manager's page, its file, and whose figures they are."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sala.engine.cases import decisions, services
from sala.engine.cases.models import Case
from sala.engine.dashboards import services as dashboards
from sala.engine.dashboards.models import Counter, Delta
from sala.engine.dashboards.services import Row
from sala.identity.accounts.actor import Actor
from sala.identity.directory.models import Office
from sala.kit import clock
from tests.engine.desk.conftest import BANGKOK, NOW, SAMUT_SAKHON, File, Staff

pytestmark = pytest.mark.django_db
PAGE, FILE = "/desk/manage/", "/desk/manage/figures.csv"
_BANGKOK = {"line": "1", "subdistrict": 100101, "district": 1001, "province": BANGKOK, "postcode": 10200}


def tiles(page: str) -> dict[str, str]:
    """The figures at the top, by their names."""
    found = re.findall(
        r"<dt>([^<]+)</dt>\s*<dd>(.*?)</dd>", page.split('class="desk-tiles"')[1].split("</dl>", maxsplit=1)[0], re.S
    )
    return {name: " ".join(re.sub(r"<[^>]+>", " ", value).split()) for name, value in found}


def rows(person: Any, **query: str) -> list[dict[str, str]]:
    answer = person.get(FILE, **query)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture
def month(file: File, staff: Staff, applicant: Actor, answers: dict[str, Any]) -> None:
    """Samut Sakhon: five filed, one of them late; two approved (one too late), one refused, one withdrawn, one
    overdue. Bangkok: one filed."""
    officer = staff().actor
    one, two, three, four, _ = (file().reference for _ in range(5))
    Case.objects.filter(reference=two).update(due_at=NOW - timedelta(hours=1))
    decisions.approve(reference=one, by=officer)
    decisions.approve(reference=two, by=officer)
    decisions.refuse(reference=three, reason="not_yours", by=officer)
    services.withdraw(reference=four, by=applicant)
    Case.objects.filter(state="submitted").update(due_at=NOW - timedelta(hours=1))
    file(answers={**answers, "stay": {"address": _BANGKOK}})


@pytest.mark.requirement("R-001.45")
@pytest.mark.usefixtures("month")
@pytest.mark.parametrize("folded", [False, True])
def test_the_page_says_what_happened(staff: Staff, folded: bool) -> None:
    if folded:
        dashboards.fold()
    page = staff("manager").read(PAGE)
    shown = tiles(page)
    assert shown["Cases filed"] == "5"
    assert shown["Cases decided"] == "3"
    assert shown["Cases open"] == "1"
    assert shown["Overdue now"] == "1"
    assert shown["Within the promised time"] == "66.7 %"
    assert shown["Half of the results within"] == "0 minutes"
    assert dashboards.reconcile() == []


@pytest.mark.usefixtures("month")
def test_a_whole_bureau_sees_every_office_and_a_total_that_adds_up(staff: Staff) -> None:
    manager = staff("manager", None)
    page = manager.read(PAGE)
    assert tiles(page)["Cases filed"] == "6"
    lines = rows(manager)
    assert sorted(int(line["Filed"]) for line in lines) == [1, 5]
    assert "Together" in page
    for office, filed in ((BANGKOK, "1"), (SAMUT_SAKHON, "5")):
        assert tiles(staff("manager", office).read(PAGE))["Cases filed"] == filed


@pytest.mark.requirement("R-001.45", "R-001.46")
def test_satisfaction_of_samut_sakhon(staff: Staff, offices: dict[int, int], file: File) -> None:
    office, today = offices[SAMUT_SAKHON], clock.today()
    file()
    for score, count in ((5, 1000), (4, 37), (3, 40), (1, 17)):
        dashboards.add([Row("test-permit", office, today, f"score:{score}", count)])
    manager = staff("manager")
    page = manager.read(PAGE)
    assert tiles(page)["Satisfied"] == "94.8 %"
    assert "1,037 of 1,094 answers" in page
    assert [(line["Satisfied"], line["Survey answers"], line["Satisfied, %"]) for line in rows(manager)] == [
        ("1037", "1094", "94.8")
    ]


@pytest.mark.parametrize(
    ("role", "province", "status"),
    [
        ("officer", SAMUT_SAKHON, 404),
        ("senior", SAMUT_SAKHON, 200),
        ("manager", SAMUT_SAKHON, 200),
        ("auditor", SAMUT_SAKHON, 200),
        ("administrator", SAMUT_SAKHON, 404),
        ("manager", None, 200),
    ],
)
def test_figures_are_for_those_whose_post_shows_them(
    staff: Staff, role: str, province: int | None, status: int
) -> None:
    person = staff(role, province)
    assert person.get(PAGE).status_code == status
    assert person.get(FILE).status_code == status


@pytest.mark.usefixtures("month")
def test_a_post_for_one_service_sees_its_figures_alone(staff: Staff) -> None:
    other = staff("manager", services=("another-service",))
    assert tiles(other.read(PAGE))["Cases filed"] == "0"
    assert rows(other) == []
    own = staff("manager", services=("test-permit",))
    assert tiles(own.read(PAGE))["Cases filed"] == "5"
    assert "<rect" in own.read(PAGE)
    assert "<rect" not in own.read(PAGE, service="tm47"), "the chart is narrowed like the table"
    assert "<rect" not in other.read(PAGE)


@pytest.mark.usefixtures("month")
def test_another_office_cannot_be_chosen(staff: Staff, offices: dict[int, int]) -> None:
    slug = Office.objects.get(id=offices[SAMUT_SAKHON]).slug
    assert tiles(staff("manager", BANGKOK).read(PAGE, office=slug))["Cases filed"] == "1"
    assert tiles(staff("manager", None).read(PAGE, office=slug))["Cases filed"] == "5"


@pytest.mark.usefixtures("month")
def test_figures_lead_to_the_cases_behind_them(staff: Staff, offices: dict[int, int]) -> None:
    manager = staff("manager", None)
    slug = Office.objects.get(id=offices[SAMUT_SAKHON]).slug
    links = set(re.findall(rf'href="(/desk/queue/\w+/\?office={slug}[^"]*)"', manager.read(PAGE)))
    assert len(links) == 2
    for path in links:
        page = manager.read(path.replace("&amp;", "&"))
        assert len(re.findall("desk-list__case", page)) == 1


@pytest.mark.parametrize(
    ("query", "filed"),
    [
        ({"period": "month"}, "1"),
        ({"period": "last_month"}, "2"),
        ({"period": "30_days"}, "3"),
        ({"period": "custom", "from": "2026-10-01", "to": "2026-11-22"}, "3"),
        ({"period": "custom", "from": "2569-10-01", "to": "2569-10-31"}, "2"),
        ({"period": "nonsense"}, "1"),
    ],
)
def test_periods(staff: Staff, offices: dict[int, int], query: dict[str, str], filed: str) -> None:
    office, today = offices[SAMUT_SAKHON], clock.today()
    days = [today, today.replace(month=10, day=30), today.replace(month=10, day=31)]
    dashboards.add(Row("test-permit", office, day, "filed") for day in days)
    assert tiles(staff("manager").read(PAGE, **query))["Cases filed"] == filed


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("", "2026-11-01", "Enter a day"),
        ("2026-02-30", "2026-11-01", "Enter a day"),
        ("2026-11-02", "2026-11-01", "must not be after"),
        ("2001-01-01", "2026-11-01", "at most five years"),
        ("<script>", "x", "Enter a day"),
    ],
)
def test_a_period_that_cannot_be_is_explained(staff: Staff, first: str, last: str, words: str) -> None:
    manager = staff("manager")
    answer = manager.get(PAGE, period="custom", **{"from": first, "to": last})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "<script>" not in answer.content.decode().split("</head>")[1]


@pytest.mark.usefixtures("month")
def test_no_cell_of_the_file_is_a_formula(staff: Staff, offices: dict[int, int]) -> None:
    Office.objects.filter(id=offices[SAMUT_SAKHON]).update(name_en='=HYPERLINK("http://x","y")', name_th="+cmd")
    from sala.identity.directory import queries as directory

    directory.forget_offices()
    [line] = rows(staff("manager"))
    assert line["Office"].startswith("'=")


@pytest.mark.usefixtures("month")
def test_the_file_speaks_thai(staff: Staff) -> None:
    manager = staff("manager")
    manager.client.cookies["lang"] = "th"
    answer = manager.get(FILE)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "สำนักงาน" in answer.content.decode("utf-8-sig")


@pytest.mark.usefixtures("month")
def test_the_counters_are_proven_by_the_rows() -> None:
    dashboards.fold()
    call_command("reconcile")
    assert not Delta.objects.exists()
    Counter.objects.filter(measure="filed", span="day").update(value=99)
    with pytest.raises(CommandError, match="differ"):
        call_command("reconcile")


def test_an_empty_month_is_drawn(staff: Staff) -> None:
    page = staff("manager").read(PAGE)
    assert "Nothing happened in this period" in page
    assert '<svg class="desk-chart"' not in page


def test_a_nul_in_the_address_narrows_to_nothing(staff: Staff) -> None:
    """PostgreSQL takes none: the page used to break."""
    senior = staff(role="senior")
    for page in (PAGE, FILE, "/desk/queue/open/"):
        assert senior.get(page, service="\0").status_code == 200
