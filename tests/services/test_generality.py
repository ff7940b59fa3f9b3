"""A second service, by one file and no code: published, filed by pages and by API, decided, surveyed, counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from sala.engine.cases import decisions, queries, services
from sala.engine.cases.models import Case
from sala.engine.cases.states import State
from sala.engine.catalogue import checking
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue import services as publishing
from sala.engine.messages.models import Message
from sala.identity.accounts.actor import Actor, system
from sala.identity.directory.models import Office
from sala.kit import clock
from tests.background import settle
from tests.factories import actor_for, make_officer

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-001.24", "R-001.62")]
MONDAY = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DECLARATION = Path(__file__).parent.parent / "declarations" / "advice.yaml"
ANSWERS = {
    "you": {"name": "Somchai Jaidee", "email": "somchai@example.org", "province": 74},
    "question": {"topic": "visa", "text": "How do I extend my stay by a month?"},
}


@pytest.fixture(autouse=True)
def _published(offices: dict[int, int]) -> Iterator[None]:
    text = DECLARATION.read_text()
    assert checking.check_text(text) == []
    with clock.frozen(MONDAY):
        publishing.publish(checking.load_text(text), by=system("tests"))
        catalogue.forget()
        yield
    catalogue.forget()


@pytest.fixture
def officer(offices: dict[int, int]) -> Actor:
    return actor_for(make_officer(Office.objects.get(id=offices[74])))


def test_filed_by_api_answered_by_an_officer_followed_by_key(client: Client, officer: Actor) -> None:
    shown = client.get("/api/v1/services/advice").json()
    assert set(shown["schema"]["properties"]) == {"you", "question"}
    filed = client.post(
        "/api/v1/services/advice/cases", {"answers": ANSWERS, "language": "en"}, content_type="application/json"
    )
    assert filed.status_code == 201, filed.content
    receipt = filed.json()
    # Seven business days, 10 December (Constitution Day) among the days after: Monday 23 November + 7.
    assert datetime.fromisoformat(receipt["due_at"]) == MONDAY + timedelta(days=9)
    settle()
    reference = receipt["reference"]
    services.claim(reference=reference, by=officer)
    decisions.complete(reference=reference, message="At the office, with form TM.7.", by=officer)
    settle()
    status = client.get(f"/api/v1/cases/{reference}", {"key": receipt["key"]}).json()
    assert status["status"] == "completed"
    letters = Message.objects.filter(case_reference=reference).order_by("created_at")
    assert [letter.to for letter in letters] == ["somchai@example.org"] * 2
    assert "form TM.7" in letters[1].text


def test_the_clock_stands_still_while_the_applicant_is_asked(client: Client, officer: Actor) -> None:
    receipt = client.post("/api/v1/services/advice/cases", {"answers": ANSWERS}, content_type="application/json").json()
    reference = receipt["reference"]
    services.ask(reference=reference, fields=["question.text"], message="Which visa?", by=officer)
    with clock.frozen(MONDAY + timedelta(days=1)):
        services.answer(
            reference=reference, values={"question.text": "My tourist visa, please"}, by=Actor("key", reference)
        )
    case = Case.objects.get(reference=reference)
    assert case.due_at == datetime.fromisoformat(receipt["due_at"]) + timedelta(days=1)


def test_filed_by_pages_without_a_sign_in(client: Client, officer: Actor) -> None:
    client.cookies["lang"] = "en"
    page = client.post("/apply/start/advice/", follow=True)
    page = client.post(
        _address(page),
        {"name": "Somchai Jaidee", "email": "somchai@example.org", "province": "74"} | _hidden(page),
        follow=True,
    )
    page = client.post(
        _address(page), {"topic": "visa", "text": "How do I extend my stay?"} | _hidden(page), follow=True
    )
    assert "check-answers" in _address(page)
    page = client.post(_address(page), _hidden(page), follow=True)
    case = Case.objects.get()
    assert case.reference in page.content.decode()
    assert [c.reference for c in queries.queue(name="new", by=officer).cases] == [case.reference]
    assert case.state == State.SUBMITTED


def _address(page: object) -> str:
    return page.redirect_chain[-1][0]  # type: ignore[attr-defined, no-any-return]


def _hidden(page: object) -> dict[str, str]:
    text = page.content.decode()  # type: ignore[attr-defined]
    form = text[text.index("<main") :]
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', form)
    return {
        name.group(1): value.group(1) if (value := re.search(r'value="([^"]*)"', tag)) else ""
        for tag in found
        if (name := re.search(r'name="([^"]*)"', tag))
    }
