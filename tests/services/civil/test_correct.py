"""Correcting one's own entry: what is asked, who decides, what changes (R-004.18)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from sala.engine.cases import decisions, deeds
from sala.engine.cases.models import Case, CaseEvent
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts.models import Draft
from sala.identity.people import queries, services
from sala.identity.people.models import PersonChange
from sala.kit.errors import Conflict, Invalid
from tests.background import settle
from tests.factories import client_for
from tests.services.civil.conftest import NEW_TOWN, OLD_TOWN, TESTS, Town, file

pytestmark = pytest.mark.django_db


def answers(*corrections: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "corrections": [{"wrong": {"field": field}, "right": {key: value}} for field, key, value in corrections],
        "contact": {"email": "mover@example.org", "address": {"line": "1", "subdistrict": NEW_TOWN}},
        "evidence": {"paper": None},
    }


def filed(service: Loaded, town: Town, *corrections: tuple[str, str, str]) -> str:
    given = answers(*corrections)
    given["evidence"]["paper"] = paper()
    reference = file(service, given, town.by).reference
    settle()
    return reference


def paper() -> dict[str, Any]:
    from uuid import uuid4

    from sala.engine.cases import attachments

    facts = {"name": "certificate.pdf", "size": 4, "media_type": "application/pdf"}
    return attachments.store(draft=uuid4(), field="evidence.paper", facts=facts, content=b"%PDF")


@pytest.fixture(autouse=True)
def _papers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are bound by drafts; here the request is filed without one."""
    from sala.engine.cases import filing

    monkeypatch.setattr(filing.files, "bind", lambda *_, **__: None)


@pytest.mark.requirement("R-004.18")
def test_a_name_is_corrected_by_one_officer(correct: Loaded, town: Town) -> None:
    reference = filed(correct, town, ("given_name_th", "thai", "สมชัย"))
    decisions.approve(reference=reference, by=town.officer)
    found = queries.by_id(town.mover)
    assert found
    assert found.given_name_th == "สมชัย"
    change = PersonChange.objects.filter(person_id=town.mover).latest("number")
    assert (change.document, list(change.after)) == (reference, ["given_name_th"])


def test_a_birth_date_takes_two_officers(correct: Loaded, town: Town) -> None:
    reference = filed(correct, town, ("birth_date", "day", "1985-04-14"))
    for _ in range(2):  # the same officer twice is one officer
        assert decisions.approve(reference=reference, by=town.officer).state == "in_review"
    case = Case.objects.get(reference=reference)
    assert CaseEvent.objects.filter(case=case, type="proposed").count() == 1
    assert (deeds.proposal(case), case.claimed_by_id) == (town.officer.label, None)
    assert queries.by_id(town.mover).birth_date == date(1985, 4, 13)  # type: ignore[union-attr]
    decisions.approve(reference=reference, by=town.colleague)
    assert queries.by_id(town.mover).birth_date == date(1985, 4, 14)  # type: ignore[union-attr]
    event = CaseEvent.objects.get(case=case, type="approved")
    assert (event.data["proposed_by"], event.actor) == (town.officer.label, town.colleague.label)


def test_what_the_register_refuses_the_officer_is_told(correct: Loaded, town: Town) -> None:
    pid, father = town.pid(town.mover), town.pid(town.head)
    services.amend(pid=pid, changes={"father_pid": father}, by=TESTS, reason="test")
    reference = filed(correct, town, ("birth_date", "day", "1950-01-01"))  # before the father's
    decisions.approve(reference=reference, by=town.officer)
    with pytest.raises((Invalid, Conflict)):
        decisions.approve(reference=reference, by=town.colleague)
    assert Case.objects.get(reference=reference).decided_at is None


@pytest.mark.requirement("R-004.18")
def test_ones_own_entry_leads_to_its_correction(correct: Loaded, town: Town) -> None:
    client = client_for(town.account)
    for page in ("/account/my-data/", "/account/my-data/about/register/"):
        assert 'href="/services/correct-my-data/"' in client.get(page, follow=True).content.decode()


def typed(client: Client, draft: str, place: str, **fields: str) -> str:
    """The page after `fields` were typed on it, or the one that follows."""
    was = client.get(f"{draft}{place}").content.decode().partition('name="was" value="')[2].partition('"')[0]
    return client.post(f"{draft}{place}", {**fields, "was": was}, follow=True).content.decode()


class TestTheForm:
    @pytest.fixture
    def draft(self, correct: Loaded, town: Town) -> str:
        client_for(town.account).post("/apply/start/correct-my-data/")
        return f"/apply/{Draft.objects.get().id}/"

    def test_shows_what_the_register_has_beside_what_is_right(self, draft: str, town: Town) -> None:
        client = client_for(town.account)
        for field, said in (
            ("given_name_th", "สมชาย"),
            ("birth_date", "13 เมษายน 2528"),
            ("middle_name_th", "ไม่มีข้อมูล"),
        ):
            page = typed(client, draft, "corrections/1/wrong/", field=field)
            assert f"ในทะเบียนขณะนี้: <strong>{said}</strong>" in page

    def test_begins_with_the_registered_address(self, draft: str, town: Town) -> None:
        page = client_for(town.account).get(f"{draft}contact/").content.decode()
        values = dict(re.findall(r'name="address-(line|find)"[^>]*value="([^"]*)"', page))
        assert values == {"line": "1", "find": "74000"}
        assert re.search(rf'value="{OLD_TOWN}"[^>]* (selected|checked)', page)

    def test_lists_what_shall_stand_there(self, draft: str, town: Town) -> None:
        client = client_for(town.account)
        typed(client, draft, "corrections/1/wrong/", field="given_name_th")
        assert "ชื่อ (ไทย) สมชัย" in typed(client, draft, "corrections/1/right/", thai="สมชัย")
        # What was typed for another field is none of the new one's
        typed(client, draft, "corrections/1/wrong/", field="birth_date")
        assert "สมชัย" not in client.get(f"{draft}corrections/").content.decode()

    def test_tells_of_a_field_that_is_there_already(self, draft: str, town: Town) -> None:
        client = client_for(town.account)
        typed(client, draft, "corrections/1/wrong/", field="given_name_th")
        typed(client, draft, "corrections/1/right/", thai="สมชัย")
        client.post(f"{draft}corrections/", {"add": "1"})
        page = typed(client, draft, "corrections/2/wrong/", field="given_name_th")
        assert "มี “ชื่อ (ไทย)” อยู่แล้วในรายการที่ 1" in page
        assert "corrections/2/right/" not in page
        assert "มี “" not in typed(client, draft, "corrections/2/wrong/", field="family_name_th")


def test_one_field_is_corrected_once(correct: Loaded, town: Town) -> None:
    with pytest.raises(Invalid) as refused:
        filed(correct, town, ("given_name_th", "thai", "สมชัย"), ("given_name_th", "thai", "สมศักดิ์"))
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("corrections.1.wrong.field", "again")]
    assert "correction 1" in refused.value.faults[0].message.en


def test_what_takes_two_officers_is_what_takes_two_at_the_registrars_desk(correct: Loaded) -> None:
    from sala.identity.people.proposing import FOUR_EYES

    offered = [choice.value for choice in correct.field("wrong.field").choices]
    for field in offered:
        needed = correct.rules.second_officer({"corrections": [{"wrong": {"field": field}}]})
        assert needed == (field in FOUR_EYES), field
