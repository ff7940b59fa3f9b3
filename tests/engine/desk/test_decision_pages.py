"""Asking and deciding: what the applicant reads is seen first, a person decides, and one of two wins."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.urls import reverse

from sala.engine.cases import decisions, services
from sala.engine.cases.models import Case, CaseEvent, InfoRequest
from sala.engine.cases.states import State
from sala.engine.dashboards.services import fold, reconcile
from sala.engine.messages.models import Message
from tests.background import settle
from tests.engine.desk.conftest import File, Staff, at_once

pytestmark = pytest.mark.django_db


def at(reference: str, name: str, *more: str) -> str:
    return reverse(f"desk:{name}", args=[reference, *more])


def case_of(reference: str) -> Case:
    return Case.objects.get(reference=reference)


def ticked(page: str) -> set[str]:
    return set(re.findall(r'name="fields" value="([^"]+)" checked', page))


# --- Asking -----------------------------------------------------------------------------------------


@pytest.mark.requirement("R-001.31")
def test_a_question_begins_with_a_ready_letter_in_the_applicants_language(file: File, staff: Staff) -> None:
    officer = staff()
    for language, words in (("en", "Please check the name"), ("th", "โปรดตรวจสอบชื่อ")):
        page = officer.read(at(file(language=language).reference, "ask"), letter="name")
        assert f">{words}</textarea>" in page
        assert ticked(page) == {"person.name", "contact.photo"}
    assert ticked(officer.read(at(file().reference, "ask"))) == set()


@pytest.mark.requirement("R-001.31")
def test_asking(file: File, staff: Staff) -> None:
    reference, officer = file().reference, staff()
    form = {"fields": ["person.name", "contact.photo"], "message": "As in the passport?"}
    answer = officer.post(at(reference, "ask"), **form)
    assert answer.headers["Location"] == at(reference, "case") + "?done=asked"
    asked = InfoRequest.objects.get()
    assert (asked.fields, asked.message) == (["person.name", "contact.photo"], "As in the passport?")
    assert case_of(reference).state == State.INFO_REQUESTED
    again = officer.post(at(reference, "ask"), **form)
    assert again.status_code == 409
    assert "already waiting" in again.content.decode()
    assert InfoRequest.objects.count() == 1
    assert "Ask the applicant" not in officer.read(at(reference, "case"))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"message": "Which?"}, "Choose at least one field"),
        ({"message": "Which?", "fields": ["person.unknown"]}, "Choose at least one field"),
        ({"message": "  ", "fields": ["person.name"]}, "Enter some text"),
        ({"message": "x" * 4001, "fields": ["person.name"]}, "4,000 characters or fewer"),
    ],
)
def test_a_question_that_cannot_be_sent_is_not_lost(file: File, staff: Staff, form: dict[str, Any], words: str) -> None:
    reference = file().reference
    answer = staff().post(at(reference, "ask"), **form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "<title>Error" in page
    assert ticked(page) == {field for field in form.get("fields", []) if field == "person.name"}
    assert form["message"].strip() in page
    assert case_of(reference).state == State.SUBMITTED


# --- Deciding ---------------------------------------------------------------------------------------


@pytest.mark.requirement("R-001.29", "R-001.41")
def test_approving_names_who_decides_and_sends_the_letter(file: File, staff: Staff) -> None:
    reference, officer = file().reference, staff(given_name="Malee", surname="Dee")
    page = officer.read(at(reference, "decide", "approved"))
    assert "Not ticked: Check the place" in page
    answer = officer.post(at(reference, "decide", "approved"), confirm="1", message="Welcome")
    assert answer.headers["Location"].endswith("?done=approved")
    case = case_of(reference)
    assert (case.state, case.decided_by) == (State.APPROVED, officer.actor.label)
    settle()
    sent = Message.objects.get(kind="case_approved")
    assert sent.to == "maria@example.org"
    assert "Welcome" in sent.text
    assert "Approved" in officer.read(at(reference, "case"))


@pytest.mark.requirement("R-001.41")
def test_the_letter_that_is_shown_is_the_letter_that_is_sent(file: File, staff: Staff) -> None:
    reference, officer = file(language="th").reference, staff()
    form = {"reason": "not_yours", "message": "ดูหน้าที่มีรูปถ่าย"}
    shown = officer.post(at(reference, "decide", "refused"), **form).content.decode()
    preview = re.search(r'<div class="desk-preview" lang="th">(.*?)</form>', shown, re.S)
    assert preview
    assert case_of(reference).state == State.SUBMITTED, "shown, not decided"
    assert Message.objects.count() == 0
    officer.post(at(reference, "decide", "refused"), **form, confirm="1")
    settle()
    sent = Message.objects.get(kind="case_refused")
    for line in sent.text.splitlines():
        if line.strip() and "http" not in line:
            assert line.strip() in html.unescape(preview[1]), "the same words but for the applicant's own links"
    assert "?key=" not in preview[1]


@pytest.mark.requirement("R-001.41")
def test_refusing_needs_a_published_reason(file: File, staff: Staff) -> None:
    reference, officer = file().reference, staff()
    path = at(reference, "decide", "refused")
    for reason in ("", "because"):
        answer = officer.post(path, reason=reason, message="No", confirm="1")
        assert answer.status_code == 422
        assert "Choose a reason from the list" in answer.content.decode()
        assert ">No</textarea>" in answer.content.decode()
    assert case_of(reference).state == State.SUBMITTED
    officer.post(path, reason="not_yours", confirm="1")
    case = case_of(reference)
    assert (case.state, case.reason_code, case.decided_by) == (State.REFUSED, "not_yours", officer.actor.label)


def test_what_is_said_can_be_changed_after_it_was_shown(file: File, staff: Staff) -> None:
    reference, officer = file().reference, staff()
    page = officer.post(at(reference, "decide", "refused"), reason="not_yours", message="Sorry", change="1")
    text = page.content.decode()
    assert 'value="not_yours" checked' in text
    assert ">Sorry</textarea>" in text


@pytest.mark.parametrize("decision", ["referred", "completed"])
def test_a_decision_that_is_an_answer_needs_words(file: File, staff: Staff, decision: str) -> None:
    reference, officer = file().reference, staff()
    path = at(reference, "decide", decision)
    assert "Enter a message" in officer.post(path, message=" ", confirm="1").content.decode()
    assert officer.post(path, message="x" * 4001, confirm="1").status_code == 422
    assert "Go to the district office" in officer.post(path, message="Go to the district office").content.decode()
    assert officer.post(path, message="Go to the district office", confirm="1").status_code == 303
    assert case_of(reference).state == decision


def test_a_decision_the_service_does_not_have_is_not_there(file: File, staff: Staff) -> None:
    reference, officer = file().reference, staff()
    for decision in ("withdrawn", "deleted", "submitted"):
        assert officer.get(at(reference, "decide", decision)).status_code == 404
        assert officer.post(at(reference, "decide", decision), confirm="1", message="x").status_code == 404


def test_a_repeated_decision_is_one_decision(file: File, staff: Staff) -> None:
    reference, officer = file().reference, staff()
    path = at(reference, "decide", "approved")
    assert [officer.post(path, confirm="1").status_code for _ in range(2)] == [303, 303]
    assert CaseEvent.objects.filter(type="approved").count() == 1


def test_who_comes_too_late_is_told_who_decided_and_when(file: File, staff: Staff) -> None:
    reference, first, second = file().reference, staff(given_name="Malee", surname="Dee"), staff()
    decisions.approve(reference=reference, by=first.actor)
    for answer in (
        second.get(at(reference, "decide", "refused")),
        second.post(at(reference, "decide", "refused"), reason="not_yours", confirm="1"),
        second.get(at(reference, "ask")),
    ):
        assert answer.status_code == 409
        assert "already approved since 22 November 2026, 10:00, by Malee Dee" in answer.content.decode()


def test_a_case_with_a_colleague_is_theirs_to_decide(file: File, staff: Staff) -> None:
    reference, holder, other = file().reference, staff(given_name="Malee", surname="Dee"), staff()
    services.claim(reference=reference, by=holder.actor)
    assert "Approve" not in re.findall(r'role="button"[^>]*>([^<]+)<', other.read(at(reference, "case")))
    answer = other.get(at(reference, "decide", "approved"))
    assert answer.status_code == 409
    assert "Malee Dee has already taken this case" in answer.content.decode()
    assert other.post(at(reference, "decide", "approved"), confirm="1").status_code == 409


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("R-001.41")
def test_of_two_who_decide_at_the_same_moment_one_wins_and_the_other_is_told(file: File, staff: Staff) -> None:
    for _ in range(3):
        reference = file().reference
        yes, no = staff(given_name="Yes"), staff(given_name="No")
        approved, refused = at_once(
            lambda: yes.post(at(reference, "decide", "approved"), confirm="1"),  # noqa: B023 - run at once, here
            lambda: no.post(at(reference, "decide", "refused"), reason="not_yours", confirm="1"),  # noqa: B023
        )
        assert sorted([approved.status_code, refused.status_code]) == [303, 409]
        case = case_of(reference)
        winner, told = (yes, refused) if case.state == State.APPROVED else (no, approved)
        assert case.decided_by == winner.actor.label
        assert f"by {winner.name}" in told.content.decode() or winner.name in told.content.decode()
        assert CaseEvent.objects.filter(case=case).exclude(type="submitted").count() == 1
    fold()
    assert reconcile() == []
