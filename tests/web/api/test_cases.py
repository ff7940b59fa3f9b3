"""Filing and following a case by API."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from sala.engine.cases.models import Case
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.models import ApiToken
from sala.kit import clock
from sala.kit.models import IdempotencyKey, OutboxEvent
from tests.engine.cases.conftest import NOW
from tests.factories import client_for, make_account
from tests.web.api.conftest import Api, problem_of, token_of

pytestmark = pytest.mark.django_db
CASES = "/services/test-permit/cases"
Answers = dict[str, Any]


@pytest.mark.requirement("R-001.25", "R-001.26")
def test_filing_is_acknowledged_with_number_and_promised_hour(mine: Api, permit: Loaded, answers: Answers) -> None:
    response = mine.post(CASES, {"answers": answers})
    assert response.status_code == 201
    receipt = response.json()
    assert receipt["reference"].startswith("PRM-")
    assert receipt["status"] == "submitted"
    assert datetime.fromisoformat(receipt["due_at"]) == NOW + timedelta(days=3)
    assert receipt["_links"]["self"]["href"] == response.headers["Location"]
    case = Case.objects.get(reference=receipt["reference"])
    assert (case.channel, case.language) == ("api", "th")
    assert OutboxEvent.objects.get().payload["reference"] == receipt["reference"]


def test_the_status_is_shown_to_the_applicant_and_to_the_holder_of_the_key(
    mine: Api, anybody: Api, filed: dict[str, Any]
) -> None:
    path = f"/cases/{filed['reference']}"
    by_token, by_key = mine.get(path), anybody.get(f"{path}?key={filed['key']}")
    assert by_token.status_code == by_key.status_code == 200
    assert by_token.json() == by_key.json()
    assert by_token.json()["status"] == "submitted"
    assert by_token.json()["_links"]["service"]["href"].endswith("/api/v1/services/test-permit")
    assert mine.get(path, **{"If-None-Match": by_token.headers["ETag"]}).status_code == 304
    typed = filed["reference"].lower().replace("-", " ")
    assert mine.get(f"/cases/{typed}").status_code == 200


def test_somebody_elses_case_is_not_found(stranger: Api, anybody: Api, filed: dict[str, Any]) -> None:
    path = f"/cases/{filed['reference']}"
    unknown = problem_of(stranger.get("/cases/PRM-00000000-0"), 404, "not_found")
    theirs = problem_of(stranger.get(path), 404, "not_found")
    same = {"title", "detail", "code", "type", "errors"}
    assert {k: unknown[k] for k in same} == {k: theirs[k] for k in same}
    problem_of(anybody.get(f"{path}?key=wrong"), 404, "not_found")
    problem_of(anybody.get(f"{path}?key=ก"), 404, "not_found")
    problem_of(anybody.get(path), 401, "unauthorized")
    problem_of(stranger.post(f"{path}/withdraw"), 404, "not_found")
    problem_of(stranger.post(f"{path}/answer", {"message": "x"}), 404, "not_found")
    problem_of(anybody.post(f"{path}/withdraw"), 401, "unauthorized")
    problem_of(anybody.post(f"{path}/withdraw?key=wrong"), 404, "not_found")


@pytest.mark.requirement("R-001.16", "R-001.18")
def test_too_early_is_refused_with_the_first_day(mine: Api, permit: Loaded, answers: Answers) -> None:
    answers["person"]["due"] = "2026-12-08"  # day -16
    problem = problem_of(mine.post(CASES, {"answers": answers}, key="early"), 409, "too_early")
    assert problem["opens_on"] == "2026-11-23"
    assert "keeps no drafts" in problem["detail"]
    assert not Case.objects.exists()
    with clock.frozen(NOW + timedelta(days=1)):
        assert mine.post(CASES, {"answers": answers}, key="early").status_code == 201


@pytest.mark.requirement("R-001.39")
def test_late_is_accepted_and_marked(mine: Api, permit: Loaded, answers: Answers) -> None:
    answers["person"]["due"] = "2026-11-21"
    receipt = mine.post(CASES, {"answers": answers}).json()
    assert (receipt["late"], receipt["due_on"]) == (True, "2026-11-21")


def test_every_fault_is_told_at_once_in_both_languages(mine: Api, permit: Loaded, answers: Answers) -> None:
    answers["contact"]["email"] = "nobody"
    answers["person"]["passport"] = ""
    answers["what"] = {}
    problem = problem_of(mine.post(CASES, {"answers": answers}), 422, "invalid")
    fields = {error["field"] for error in problem["errors"]}
    assert {"contact.email", "person.passport", "what"} <= fields
    assert all(error["detail_th"] and error["detail_en"] and error["code"] for error in problem["errors"])


@pytest.mark.parametrize("wrong", [None, 1, "x", [], {"person": None}, {"person": {"name": {"a": 1}}}, {"person": []}])
def test_answers_of_any_shape_are_judged(mine: Api, permit: Loaded, answers: Answers, wrong: Any) -> None:
    given = {**answers, **wrong} if isinstance(wrong, dict) else wrong
    problem_of(mine.post(CASES, {"answers": given}), 422, "invalid")


@pytest.mark.parametrize(
    "text", ["\u0000", "\u202e", "a\u200bb", "x" * 100_000, "'; drop table cases_case; --", "<script>", "\ud83d\ude00"]
)
def test_odd_text_is_refused_or_kept_as_text(mine: Api, permit: Loaded, answers: Answers, text: str) -> None:
    answers["person"]["name"] = text
    response = mine.post(CASES, {"answers": answers})
    assert response.status_code in {201, 400, 422}


def test_a_program_does_not_file_without_end(
    mine: Api, stranger: Api, permit: Loaded, answers: Answers, settings: Any
) -> None:
    settings.API_FILINGS_A_DAY = 1
    assert mine.post(CASES, {"answers": {}}).status_code == 422, "what is refused is not counted"
    first = mine.post(CASES, {"answers": answers}, key="k-1")
    assert first.status_code == 201
    response = mine.post(CASES, {"answers": answers}, key="k-2")
    problem_of(response, 429, "too_many")
    assert 0 < int(response.headers["Retry-After"]) <= 24 * 3600
    assert Case.objects.count() == 1
    again = mine.post(CASES, {"answers": answers}, key="k-1")
    assert again.content == first.content, "a repetition is answered all the same"
    assert stranger.post(CASES, {"answers": answers}).status_code == 201


def test_a_repetition_files_nothing_twice(mine: Api, permit: Loaded, answers: Answers) -> None:
    first = mine.post(CASES, {"answers": answers}, key="k-1")
    again = mine.post(CASES, {"answers": answers}, key="k-1")
    assert again.status_code == 201
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (Case.objects.count(), IdempotencyKey.objects.count(), OutboxEvent.objects.count()) == (1, 1, 1)
    other = copy.deepcopy(answers) | {"contact": {"email": "other@example.org"}}
    problem_of(mine.post(CASES, {"answers": other}, key="k-1"), 422, "idempotency_key_reused")
    assert mine.post(CASES, {"answers": answers}, key="k-2").status_code == 201
    assert Case.objects.count() == 2


def test_another_callers_key_is_another_key(mine: Api, stranger: Api, permit: Loaded, answers: Answers) -> None:
    one = mine.post(CASES, {"answers": answers}, key="same").json()
    two = stranger.post(CASES, {"answers": answers}, key="same").json()
    assert one["reference"] != two["reference"]


def test_a_repetition_shows_the_case_s_key_again(anybody: Api, filed: dict[str, Any]) -> None:
    """All callers without a token are one actor: the remembered answer is only for who sends the same key."""
    path = f"/cases/{filed['reference']}/withdraw"
    right, wrong = f"{path}?key={filed['key']}", f"{path}?key=wrong"
    assert anybody.post(right, key="1").status_code == 200
    assert anybody.post(right, key="1").headers["Idempotent-Replayed"] == "true"
    problem_of(anybody.post(wrong, key="1"), 422, "idempotency_key_reused")
    problem_of(anybody.post(path, key="1"), 422, "idempotency_key_reused")
    problem_of(anybody.post(wrong, key="2"), 404, "not_found")


def test_no_cookie_opens_the_api(permit: Loaded, answers: Answers) -> None:
    browser: Client = client_for(make_account(), enforce_csrf_checks=False)
    response = browser.post(f"/api/v1{CASES}", {"answers": answers}, content_type="application/json")
    problem_of(response, 401, "unauthorized")
    problem_of(browser.get("/api/v1/desk/cases"), 401, "unauthorized")


def test_tokens_that_are_revoked_expired_or_narrow(permit: Loaded, answers: Answers) -> None:
    account = make_account()
    api = Api(token_of(account.id, "cases:read"))
    narrow = api.post(CASES, {"answers": answers})
    problem_of(narrow, 403, "insufficient_scope")
    assert 'scope="cases:write"' in narrow.headers["WWW-Authenticate"]
    problem_of(api.get("/cases/PRM-00000000-0"), 404, "not_found")
    with clock.frozen(NOW + timedelta(days=400)):
        expired = api.get("/cases/PRM-00000000-0")
    problem_of(expired, 401, "unauthorized")
    assert 'error="invalid_token"' in expired.headers["WWW-Authenticate"]
    ApiToken.objects.update(revoked_at=NOW)
    problem_of(api.get("/cases/PRM-00000000-0"), 401, "unauthorized")
    problem_of(api.get("/services"), 401, "unauthorized")


def test_unknown_services(mine: Api) -> None:
    problem_of(mine.post("/services/nothing/cases", {"answers": {}}), 404, "not_found")
    problem_of(mine.get("/services/nothing"), 404, "not_found")


def test_withdrawing_by_key_and_again(anybody: Api, filed: dict[str, Any]) -> None:
    path = f"/cases/{filed['reference']}/withdraw?key={filed['key']}"
    assert anybody.post(path).json()["status"] == "withdrawn"
    assert anybody.post(path).json()["status"] == "withdrawn"


@pytest.mark.requirement("R-001.31")
def test_a_question_is_seen_and_answered(mine: Api, officer: Api, filed: dict[str, Any]) -> None:
    path = f"/cases/{filed['reference']}"
    asked = {"fields": ["person.passport"], "message": "Which passport?"}
    assert officer.post(f"/desk{path}/ask", asked).status_code == 200
    status = mine.get(path).json()
    assert status["status"] == "info_requested"
    assert (status["question"]["fields"], status["question"]["message"]) == (["person.passport"], "Which passport?")
    wrong = mine.post(f"{path}/answer", {"values": {"person.passport": "?"}})
    assert problem_of(wrong, 422, "invalid")["errors"][0]["field"] == "person.passport"
    right = mine.post(f"{path}/answer", {"values": {"person.passport": "ZZ999999"}, "message": "The new one"})
    assert (right.json()["status"], right.json()["question"]) == ("in_review", None)
    happened = [event["type"] for event in right.json()["history"]]
    assert happened == ["submitted", "info_requested", "info_answered"]
    assert Case.objects.get().answers["person"]["passport"] == "ZZ999999"


@pytest.mark.parametrize("value", [10**25, 10**400, 1e300, 0.1, True, None, [1], {"a": {}}, "x" * 70_000, "", "\u200b"])
def test_any_value_in_any_place_is_judged(mine: Api, permit: Loaded, answers: Answers, value: Any) -> None:
    places = [("person", "name"), ("person", "due"), ("contact", "email"), ("contact", "photo"), ("stay", "address")]
    for page, field in places:
        given = copy.deepcopy(answers)
        given[page][field] = value
        assert mine.post(CASES, {"answers": given}).status_code in {201, 400, 422}
    for part in answers["stay"]["address"]:
        given = copy.deepcopy(answers)
        given["stay"]["address"][part] = value
        assert mine.post(CASES, {"answers": given}).status_code in {201, 400, 422}
