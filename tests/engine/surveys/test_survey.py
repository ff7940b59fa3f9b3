"""The satisfaction survey (R-001.44 – .46)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from sala.engine.cases import decisions
from sala.engine.cases.keys import key_of
from sala.engine.cases.models import Case
from sala.engine.dashboards import services as dashboards
from sala.engine.surveys import queries, services
from sala.engine.surveys.models import Answer
from sala.engine.surveys.rules import Satisfaction
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from sala.kit.errors import Conflict, Invalid, NotFound
from tests.engine.cases.conftest import NOW, SAMUT_SAKHON, TODAY, File


@pytest.fixture
def case(file: File, officer_at: Callable[..., Actor]) -> Case:
    return decisions.approve(reference=file().reference, by=officer_at())


def scores(office: int, first: date = TODAY, last: date = TODAY) -> tuple[int, int]:
    found = queries.satisfaction(offices=[office], first=first, last=last)
    return found.satisfied, found.answered


@given(st.integers(1, 10**6), st.data())
def test_percent_is_rounded_as_by_hand(answered: int, data: st.DataObject) -> None:
    satisfied = data.draw(st.integers(0, answered))
    percent = Satisfaction(satisfied, answered).percent
    assert percent is not None
    tenths = satisfied * 1000 / answered
    assert abs(float(percent) * 10 - tenths) <= 0.5 + 1e-6
    assert Decimal(0) <= percent <= Decimal(100)


def test_a_half_goes_up_and_nobody_is_no_figure() -> None:
    assert Satisfaction(1, 16).percent == Decimal("6.3")  # 6.25
    assert Satisfaction(0, 0).percent is None


@pytest.mark.django_db
@pytest.mark.requirement("R-001.45", "R-001.46")
def test_samut_sakhon_1037_of_1094_is_94_8_percent(offices: dict[int, int]) -> None:
    office = offices[SAMUT_SAKHON]
    day = datetime(2021, 12, 10, 5, tzinfo=UTC)
    marks = [5] * 700 + [4] * 337 + [3] * 30 + [2] * 20 + [1] * 7
    Answer.objects.bulk_create(
        Answer(case_key=str(n), service="tm47", office_id=office, score=score, first_at=day, answered_at=day)
        for n, score in enumerate(marks)
    )
    dashboards.reconcile(repair=True)  # counts the rows themselves
    dashboards.fold()
    found = queries.satisfaction(offices=[office], first=date(2021, 12, 1), last=date(2021, 12, 22))
    assert (found.satisfied, found.answered, found.percent) == (1037, 1094, Decimal("94.8"))
    assert queries.satisfaction(offices=[office], first=date(2021, 12, 11), last=date(2021, 12, 22)).answered == 0
    assert queries.satisfaction(offices=[offices[10]], first=date(2021, 12, 1), last=date(2021, 12, 22)).percent is None


@pytest.mark.django_db
def test_an_answer_counts_once_and_the_last_one_wins(case: Case) -> None:
    services.answer(case=case, score=2, comment="slow")
    services.answer(case=case, score=2, comment="slow")
    assert scores(case.office_id) == (0, 1)
    with clock.frozen(NOW + timedelta(days=30)):
        services.answer(case=case, score=5, comment="quick\r\nafter all\x00")
    assert scores(case.office_id) == (0, 0), "the old answer left its day"
    assert scores(case.office_id, last=TODAY + timedelta(days=30)) == (1, 1)
    assert queries.comments(offices=[case.office_id], first=TODAY, last=TODAY + timedelta(days=40))[0].comment == (
        "quick\nafter all"
    )
    assert dashboards.reconcile() == [], "counters and rows agree"


@pytest.mark.django_db
def test_after_thirty_days_an_answer_stands(case: Case) -> None:
    services.answer(case=case, score=2)
    with clock.frozen(NOW + timedelta(days=30, seconds=1)):
        with pytest.raises(Conflict):
            services.answer(case=case, score=5)
        services.answer(case=case, score=2)
    assert scores(case.office_id, last=TODAY + timedelta(days=60)) == (0, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("score", [None, 0, 6, -1])
def test_no_score_is_asked_for_in_words(case: Case, score: int | None) -> None:
    with pytest.raises(Invalid) as refused:
        services.answer(case=case, score=score, comment="x" * 1001)
    assert [fault.field for fault in refused.value.faults] == ["score", "comment"]
    assert not Answer.objects.exists()


@pytest.mark.django_db
def test_before_a_result_nothing_is_asked(file: File) -> None:
    with pytest.raises(NotFound):
        services.answer(case=Case.objects.get(reference=file().reference), score=5)


@pytest.mark.django_db
def test_an_answer_does_not_say_of_which_case(case: Case) -> None:
    services.answer(case=case, score=5, comment="good")
    row = Answer.objects.get()
    assert case.reference not in "".join(str(value) for value in vars(row).values())
    assert not hasattr(queries.comments(offices=[case.office_id], first=TODAY, last=TODAY)[0], "case_key")


# --- The page --------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.requirement("R-001.44")
def test_the_link_of_the_letter_opens_the_page_and_the_answer_is_counted(case: Case, client: Client) -> None:
    address = f"/cases/{case.reference}/survey/"
    opened = client.get(f"{address}?key={key_of(case.id)}")
    assert (opened.status_code, opened["Location"]) == (302, address), "the key leaves the address"
    page = client.get(address).content.decode()
    assert re.findall(r'name="score" type="radio" value="(\d)"', page) == ["5", "4", "3", "2", "1"]
    assert page.count("<svg") >= 5
    assert "checked" not in page
    empty = client.post(address, {"score": "", "comment": "<b>"})
    assert empty.status_code == 422
    assert "error-summary" in empty.content.decode()
    assert "&lt;b&gt;" in empty.content.decode(), "nothing typed is lost"
    done = client.post(address, {"score": "4", "comment": ""})
    assert (done.status_code, done["Location"]) == (303, f"{address}?done")
    assert "ขอบคุณ" in client.get(f"{address}?done").content.decode()
    assert 'value="4" checked' in client.get(address).content.decode()
    assert scores(case.office_id) == (1, 1)


@pytest.mark.django_db
def test_strangers_find_nothing(case: Case, file: File, client: Client) -> None:
    address = f"/cases/{case.reference}/survey/"
    assert client.get(address).status_code == 404
    assert client.post(address, {"score": "1"}).status_code == 404
    assert client.get(f"{address}?key=wrong").status_code == 404
    other = file()
    waiting = f"/cases/{other.reference}/survey/"
    client.get(f"{waiting}?key={key_of(other.id)}")
    assert client.get(waiting).status_code == 404, "no result yet"


@pytest.mark.django_db
def test_after_thirty_days_the_page_says_thanks(case: Case, client: Client) -> None:
    services.answer(case=case, score=5)
    with clock.frozen(NOW + timedelta(days=31)):
        client.get(f"/cases/{case.reference}/survey/?key={key_of(case.id)}")
        page = client.get(f"/cases/{case.reference}/survey/").content.decode()
    assert "<form" not in page.split("<main", 1)[1]
    assert "ขอบคุณ" in page
