"""The desk by API: scopes and posts, queues, every action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sala.engine.cases.models import Case
from sala.engine.catalogue.loaded import Loaded
from sala.kit.models import AuditEntry
from tests.engine.cases.conftest import BANGKOK
from tests.web.api.conftest import Api, problem_of

pytestmark = pytest.mark.django_db
OfficerOf = Callable[..., Api]
Filed = dict[str, Any]


def test_the_queue_of_ones_office(officer: Api, officer_of: OfficerOf, filed: Filed) -> None:
    page = officer.get("/desk/cases?queue=new").json()
    assert [item["reference"] for item in page["items"]] == [filed["reference"]]
    assert page["next_cursor"] is None
    assert officer_of(BANGKOK).get("/desk/cases?queue=new").json()["items"] == []
    assert officer.get("/desk/cases?queue=new&office=immigration-bangkok").json()["items"] == []


def test_a_queue_is_read_page_by_page(officer: Api, mine: Api, permit: Loaded, answers: dict[str, Any]) -> None:
    made = {mine.post("/services/test-permit/cases", {"answers": answers}).json()["reference"] for _ in range(5)}
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = officer.get(f"/desk/cases?queue=open&limit=2{cursor}").json()
        seen += [item["reference"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert sorted(seen) == sorted(made)


def test_scope_without_post_and_post_without_scope(
    mine: Api, stranger: Api, officer_of: OfficerOf, filed: Filed
) -> None:
    path = f"/desk/cases/{filed['reference']}"
    problem_of(mine.get("/desk/cases"), 403, "insufficient_scope")
    reader = officer_of(scopes=("desk:read",))
    assert reader.get(path).status_code == 200
    problem_of(reader.post(f"{path}/claim"), 403, "insufficient_scope")
    problem_of(officer_of(scopes=("desk:decide",)).get(path), 403, "insufficient_scope")


def test_an_account_without_post(permit: Loaded, filed: Filed) -> None:
    from tests.factories import make_account
    from tests.web.api.conftest import OFFICER, token_of

    nobody = Api(token_of(make_account().id, *OFFICER))
    problem_of(nobody.get("/desk/cases"), 403, "forbidden")
    problem_of(nobody.get(f"/desk/cases/{filed['reference']}"), 404, "not_found")
    problem_of(nobody.post(f"/desk/cases/{filed['reference']}/claim"), 404, "not_found")


def test_an_officer_of_another_province_finds_nothing(officer_of: OfficerOf, filed: Filed) -> None:
    other = officer_of(BANGKOK)
    path = f"/desk/cases/{filed['reference']}"
    problem_of(other.get(path), 404, "not_found")
    for action, body in ACTIONS.items():
        problem_of(other.post(f"{path}/{action}", body), 404, "not_found")
    assert Case.objects.get().events == 1


ACTIONS: dict[str, dict[str, Any]] = {
    "claim": {},
    "unclaim": {},
    "assign": {"to": "0192f0c1-2345-7abc-8def-0123456789ab"},
    "ask": {"fields": ["person.name"], "message": "Who?"},
    "approve": {},
    "refuse": {"reason": "not_yours"},
    "refer": {"message": "Elsewhere"},
    "complete": {"message": "Done"},
    "hold": {"reason": "Look closer"},
    "lift-hold": {},
    "notes": {"text": "Seen"},
}


def test_a_look_is_recorded(officer: Api, filed: Filed) -> None:
    found = officer.get(f"/desk/cases/{filed['reference']}").json()
    assert found["answers"]["person"]["passport"] == "AB123456"
    assert [event["type"] for event in found["history"]] == ["submitted"]
    assert AuditEntry.objects.filter(action="case.viewed", subject=f"case:{filed['reference']}").count() == 1


def test_from_claim_to_approval(officer: Api, officer_of: OfficerOf, mine: Api, filed: Filed) -> None:
    path = f"/desk/cases/{filed['reference']}"
    claimed = officer.post(f"{path}/claim", key="c1")
    assert claimed.json()["status"] == "in_review"
    assert officer.post(f"{path}/claim", key="c1").headers["Idempotent-Replayed"] == "true"
    problem = problem_of(officer_of().post(f"{path}/claim"), 409, "conflict")
    assert "Ada Lovelace" in problem["detail"]
    assert officer.post(f"{path}/notes", {"text": "All good"}).status_code == 200
    assert officer.post(f"{path}/approve", {"message": "Welcome"}).json()["status"] == "approved"
    assert officer.post(f"{path}/approve").json()["status"] == "approved"
    problem_of(officer.post(f"{path}/refuse", {"reason": "not_yours"}), 409, "conflict")
    status = mine.get(f"/cases/{filed['reference']}").json()
    assert status["status"] == "approved"
    told = [(event["type"], event["message"]) for event in status["history"]]
    assert told == [("submitted", None), ("claimed", None), ("approved", "Welcome")]
    dossier = officer.get(path).json()
    assert [note["text"] for note in dossier["notes"]] == ["All good"]
    assert [event["type"] for event in dossier["history"]] == ["submitted", "claimed", "noted", "approved"]


@pytest.mark.requirement("R-001.41")
def test_a_refusal_needs_a_published_reason(officer: Api, mine: Api, filed: Filed) -> None:
    path = f"/desk/cases/{filed['reference']}"
    problem = problem_of(officer.post(f"{path}/refuse", {"reason": "because"}), 422, "invalid")
    assert problem["errors"][0]["field"] == "reason"
    problem_of(officer.post(f"{path}/refuse", {}), 422, "invalid")
    assert officer.post(f"{path}/refuse", {"reason": "not_yours"}).json()["status"] == "refused"
    assert mine.get(f"/cases/{filed['reference']}").json()["reason"] == "not_yours"


@pytest.mark.requirement("R-001.36")
def test_a_hold_is_not_told_to_the_applicant(officer_of: OfficerOf, mine: Api, filed: Filed) -> None:
    senior, officer = officer_of(role="senior"), officer_of()
    before = mine.get(f"/cases/{filed['reference']}").json()
    path = f"/desk/cases/{filed['reference']}"
    assert senior.post(f"{path}/hold", {"reason": "A warrant"}).json()["held"] is True
    assert mine.get(f"/cases/{filed['reference']}").json() == before
    problem_of(officer.get(path), 404, "not_found")
    assert senior.get(path).json()["holds"][0]["reason"] == "A warrant"
    assert senior.post(f"{path}/lift-hold", {"note": "Not the same person"}).json()["held"] is False
    assert officer.get(path).json()["holds"] == []


@pytest.mark.requirement("R-001.36")
def test_a_hold_that_is_over_leaves_no_gap_and_one_that_stands_no_way_in(
    officer_of: OfficerOf, officer: Api, filed: Filed
) -> None:
    senior, path = officer_of(role="senior"), f"/desk/cases/{filed['reference']}"
    assert senior.post(f"{path}/hold", {"reason": "identify"}).status_code == 200
    for act, body in (("claim", {}), ("notes", {"text": "x"}), ("hold", {"reason": "x"}), ("approve", {})):
        problem_of(officer.post(f"{path}/{act}", body), 404, "not_found")
    assert senior.post(f"{path}/lift-hold").status_code == 200
    assert officer.post(f"{path}/claim").status_code == 200
    told = [(event["number"], event["type"]) for event in officer.get(path).json()["history"]]
    assert told == [(1, "submitted"), (2, "claimed")]


def test_assigning_is_for_seniors_and_colleagues(officer_of: OfficerOf, officer: Api, filed: Filed) -> None:
    path = f"/desk/cases/{filed['reference']}/assign"
    colleague = str(officer.account.id)  # type: ignore[attr-defined]
    problem_of(officer.post(path, {"to": colleague}), 403, "forbidden")
    senior = officer_of(role="senior")
    assert senior.post(path, {"to": colleague}).json()["claimed_by"] == colleague
    problem_of(senior.post(path, {"to": "me"}), 422, "invalid")
    elsewhere = officer_of(BANGKOK)
    problem_of(senior.post(path, {"to": str(elsewhere.account.id)}), 422, "invalid")  # type: ignore[attr-defined]


def test_figures_are_for_those_whose_post_shows_them(officer_of: OfficerOf, officer: Api, filed: Filed) -> None:
    scopes = ("reports:read",)
    problem_of(officer_of(scopes=scopes).get("/reports/offices"), 403, "forbidden")
    problem_of(officer.get("/reports/offices"), 403, "insufficient_scope")
    manager = officer_of(role="manager", scopes=scopes)
    report = manager.get("/reports/offices?from=2026-11-22&to=2026-11-22").json()
    (line,) = report["lines"]
    assert (line["service"], line["filed"], line["open"], line["satisfaction"]) == ("test-permit", 1, 1, None)
    assert manager.get("/reports/offices?service=other").json()["lines"] == []
    for wrong in ["from=2026-11-23&to=2026-11-22", "from=yesterday", "from=0001-01-01", "from=9999-12-31"]:
        problem_of(manager.get(f"/reports/offices?{wrong}"), 400, "malformed")


@pytest.mark.parametrize("wrong", ["queue=all", "limit=0", "limit=101", "limit=x", "cursor=*", "office=", "nothing=1"])
def test_parameters_that_cannot_be(officer: Api, wrong: str) -> None:
    assert officer.get(f"/desk/cases?{wrong}").status_code in {400, 404}
