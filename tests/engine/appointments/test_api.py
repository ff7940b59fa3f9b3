"""Appointments as a program meets them: real tokens, real HTTP, the same functions as the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from sala.engine.appointments import gates, probing
from sala.engine.appointments.booking import Booked
from sala.engine.appointments.models import Booking, Place, Schedule, Visit
from sala.engine.cases.models import Case
from sala.engine.catalogue import checking
from sala.engine.catalogue import services as publishing
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor, system
from sala.identity.directory import queries as directory
from sala.kit import clock, throttle
from sala.kit.errors import TooMany
from sala.kit.models import AuditEntry
from tests.engine.appointments.conftest import NINE, SAMUT_SAKHON, TEN, answers_of, holder, make_places, taken
from tests.engine.catalogue.samples import ADVICE
from tests.factories import make_account
from tests.web.api.conftest import APPLICANT, Api, problem_of, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-001.51", "R-001.52", "R-001.54")]
BANGKOK_OFFICE = "immigration-bangkok"
AT_NINE = "2026-11-24T09:00:00+07:00"
AT_TEN = "2026-11-24T10:00:00+07:00"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    throttle.forget()


@pytest.fixture
def places(schedule: int) -> int:
    """The schedule with three places at nine and three at ten."""
    make_places(schedule, NINE)
    make_places(schedule, TEN)
    return schedule


@pytest.fixture
def anybody(places: int) -> Api:
    return Api()


@pytest.fixture
def mine(places: int, visitor: Actor) -> Api:
    return Api(token_of(visitor.account_id, *APPLICANT))


def send(api: Api, method: str, path: str, body: Any = None) -> Any:
    ask: Callable[..., Any] = getattr(api.client, method)
    content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return ask(f"/api/v1{path}", **content, headers=api.headers)


def asked(**given: Any) -> dict[str, Any]:
    body = {
        "service": "test-visit", "office": BANGKOK_OFFICE, "starts_at": AT_NINE, "answers": [answers_of()],
        "language": "en",
    }  # fmt: skip
    return body | given


@pytest.fixture
def booked(mine: Api) -> dict[str, Any]:
    """A visit at nine."""
    answer = mine.post("/bookings", asked())
    assert answer.status_code == 201, answer.content
    receipt: dict[str, Any] = answer.json()
    return receipt


class TestOfficesAndSlots:
    def test_the_offices_that_give_the_service(self, anybody: Api, elsewhere: int) -> None:
        items = anybody.get("/offices?service=test-visit").json()["items"]
        assert [(item["office"], item["next_free"]) for item in items] == [
            (BANGKOK_OFFICE, "2026-11-24"),
            ("immigration-samut-sakhon", None),
        ]
        assert items[1]["province"] == SAMUT_SAKHON
        assert 13 < items[1]["latitude"] < 14
        assert anybody.get("/offices?service=test-visit&province=74").json()["items"] == items[1:]

    def test_the_free_times(self, anybody: Api, book: Callable[..., Any]) -> None:
        book()
        path = f"/slots?office={BANGKOK_OFFICE}&service=test-visit"
        answer = anybody.get(path).json()
        assert (answer["from"], answer["to"]) == ("2026-11-23", "2026-11-29")
        assert answer["items"] == [
            {"starts_at": "2026-11-24T02:00:00Z", "ends_at": "2026-11-24T02:30:00Z", "free": 2},
            {"starts_at": "2026-11-24T03:00:00Z", "ends_at": "2026-11-24T03:30:00Z", "free": 3},
        ]
        assert [item["free"] for item in anybody.get(f"{path}&people=3").json()["items"]] == [3]
        assert anybody.get(f"{path}&from=2026-11-25").json()["items"] == []

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("office=nowhere&service=test-visit", "office"),
            ("office=immigration-yala&service=test-visit", "office"),
            (f"office={BANGKOK_OFFICE}&service=nothing", "service"),
            (f"office={BANGKOK_OFFICE}&service=test-visit&from=2026-12-01&to=2026-11-30", "to"),
            (f"office={BANGKOK_OFFICE}&service=test-visit&from=2026-12-01&to=2027-02-01", "to"),
            (f"office={BANGKOK_OFFICE}&service=test-visit&from=9999-12-31", "from"),
            (f"office={BANGKOK_OFFICE}&service=test-visit&from=0001-01-01&to=0001-01-02", "from"),
        ],
    )
    def test_what_makes_no_sense_is_refused_with_its_place(self, anybody: Api, query: str, field: str) -> None:
        problem = problem_of(anybody.get(f"/slots?{query}"), 422, "invalid")
        assert [error["field"] for error in problem["errors"]] == [field]

    @pytest.mark.parametrize(
        "query", ["service=test-visit", "office=a&service=b&people=0", "office=a&service=b&from=x"]
    )
    def test_what_cannot_be_read_is_refused(self, anybody: Api, query: str) -> None:
        problem_of(anybody.get(f"/slots?{query}"), 400, "malformed")

    def test_sixty_two_days_are_the_most(self, anybody: Api) -> None:
        path = f"/slots?office={BANGKOK_OFFICE}&service=test-visit&from=2026-12-01&to="
        assert anybody.get(f"{path}2027-01-31").status_code == 200

    def test_a_service_given_online_has_no_offices(self, anybody: Api) -> None:
        publishing.publish(checking.load_text(ADVICE.read_text()), by=system("tests"))
        problem = problem_of(anybody.get("/offices?service=advice"), 422, "invalid")
        assert "/cases" in problem["errors"][0]["detail_en"]


class TestBooking:
    @pytest.mark.requirement("R-001.49", "R-001.57")
    def test_a_visit_is_booked_and_its_request_filed(self, mine: Api, places: int) -> None:
        answer = mine.post("/bookings", asked())
        receipt = answer.json()
        assert answer.status_code == 201
        assert answer.headers["Location"] == receipt["_links"]["self"]["href"]
        assert (receipt["starts_at"], receipt["office"]) == ("2026-11-24T02:00:00Z", BANGKOK_OFFICE)
        (filed,) = receipt["cases"]
        case = Case.objects.get(reference=filed["reference"])
        assert case.office_id == directory.office_by_slug(BANGKOK_OFFICE).id
        assert datetime.fromisoformat(filed["due_at"]) == case.due_at > NINE
        assert Booking.objects.get().case_id == case.id
        assert taken(places)[0] == Visit.objects.get().id
        assert mine.get(f"/cases/{filed['reference']}?key={filed['key']}").json()["status"] == "submitted"

    def test_a_family_comes_at_one_time(self, mine: Api, places: int) -> None:
        receipt = mine.post("/bookings", asked(answers=[answers_of(n) for n in (1, 2, 3)])).json()
        assert (receipt["people"], len(receipt["cases"])) == (3, 3)
        assert len(set(taken(places))) == 1

    def test_a_taken_time_is_refused_with_the_nearest_free(self, mine: Api, places: int) -> None:
        Place.objects.filter(starts_at=NINE).update(taken_by=holder())
        problem = problem_of(mine.post("/bookings", asked()), 409, "place_taken")
        assert problem["alternatives"] == ["2026-11-24T03:00:00Z"]
        assert not Case.objects.exists()
        assert not Visit.objects.exists()

    def test_one_visit_a_person(self, mine: Api, booked: dict[str, Any]) -> None:
        problem = problem_of(mine.post("/bookings", asked(starts_at=AT_TEN)), 409, "already_booked")
        assert (problem["reference"], problem["starts_at"]) == (booked["reference"], "2026-11-24T02:00:00Z")
        stranger = Api(token_of(make_account().id, *APPLICANT))
        problem = problem_of(stranger.post("/bookings", asked(starts_at=AT_TEN)), 409, "already_booked")
        assert "reference" not in problem
        assert "starts_at" not in problem

    def test_sent_twice_it_is_booked_once(self, mine: Api) -> None:
        first = mine.post("/bookings", asked(), key="a-key")
        second = mine.post("/bookings", asked(), key="a-key")
        assert (first.status_code, second.status_code) == (201, 201)
        assert second.headers["Idempotent-Replayed"] == "true"
        assert first.content == second.content
        assert Visit.objects.count() == Case.objects.count() == 1
        problem_of(mine.post("/bookings", asked(starts_at=AT_TEN), key="a-key"), 422, "idempotency_key_reused")

    @pytest.mark.parametrize("at", ["2026-11-24T09:00:00+07:00", "2026-11-24T02:00:00Z", "2026-11-23T18:00:00-08:00"])
    def test_any_offset_names_the_same_hour(self, mine: Api, at: str) -> None:
        assert mine.post("/bookings", asked(starts_at=at)).json()["starts_at"] == "2026-11-24T02:00:00Z"

    @pytest.mark.parametrize(
        ("at", "words"),
        [
            ("2026-11-24T09:00:00", "such as 2026-12-01T09:00+07:00"),
            ("2026-11-22T09:00:00+07:00", "passed"),
            ("2026-11-24T09:07:00+07:00", "no appointment at this time"),
            ("2026-11-23T09:00:00+07:00", "too soon"),
            ("2027-11-24T09:00:00+07:00", "earlier"),
            ("0001-01-01T00:00:00+14:00", "beyond the calendar"),
            ("tomorrow", "RFC3339"),
            ("2026-02-30T09:00:00Z", "RFC3339"),
        ],
    )
    def test_times_that_cannot_be_booked(self, mine: Api, at: str, words: str) -> None:
        answer = mine.post("/bookings", asked(starts_at=at))
        problem = problem_of(answer, 422, "invalid")
        assert [error["field"] for error in problem["errors"]] == ["starts_at"]
        assert words in problem["errors"][0]["detail_en"]
        assert not Visit.objects.exists()

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"answers": []}, "answers"),
            ({"office": "nowhere"}, "office"),
            ({"service": "nothing"}, "service"),
            ({"answers": [answers_of(1), answers_of(1)]}, "answers"),
            ({"answers": "me"}, "answers"),
        ],
    )
    def test_what_makes_no_sense(self, mine: Api, given: dict[str, Any], field: str) -> None:
        problem = problem_of(mine.post("/bookings", asked(**given)), 422, "invalid")
        assert [error["field"] for error in problem["errors"]] == [field]
        assert not Visit.objects.exists()

    def test_faults_in_the_answers_are_all_named(self, mine: Api) -> None:
        bad = {"person": {"name": "", "passport": "!"}, "contact": {"email": "x"}}
        problem = problem_of(mine.post("/bookings", asked(answers=[bad])), 422, "invalid")
        assert len(problem["errors"]) == 3

    def test_a_closed_schedule_takes_nothing(self, mine: Api, places: int) -> None:
        Schedule.objects.filter(id=places).update(active=False)
        problem = problem_of(mine.post("/bookings", asked()), 422, "invalid")
        assert problem["errors"][0]["field"] == "office"

    def test_a_token_needs_the_scope(self, places: int, visitor: Actor) -> None:
        reader = Api(token_of(visitor.account_id, "cases:read"))
        problem_of(reader.post("/bookings", asked()), 403, "insufficient_scope")

    def test_where_the_service_asks_for_an_account(self, anybody: Api, service: Loaded) -> None:
        answer = anybody.post("/bookings", asked())
        if service.declaration.sign_in == "none":
            assert answer.status_code == 201
        else:
            problem_of(answer, 401, "unauthorized")


class TestAStandingVisit:
    def test_seen_with_the_key_or_the_token_and_by_nobody_else(
        self, mine: Api, anybody: Api, booked: dict[str, Any]
    ) -> None:
        path = f"/bookings/{booked['reference']}"
        shown = mine.get(path).json()
        assert (shown["state"], shown["name"], shown["people"]) == ("booked", "Somchai B", 1)
        assert shown["cases"] == [{k: v for k, v in booked["cases"][0].items() if k in {"reference", "_links"}}]
        assert anybody.get(f"{path}?key={booked['key']}").json() == shown
        problem_of(anybody.get(path), 401, "unauthorized")
        problem_of(anybody.get(f"{path}?key=wrong"), 404, "not_found")
        stranger = Api(token_of(make_account().id, *APPLICANT))
        for ask in (lambda: stranger.get(path), lambda: send(stranger, "delete", path)):
            problem_of(ask(), 404, "not_found")
        problem_of(send(stranger, "patch", path, {"starts_at": AT_TEN}), 404, "not_found")

    def test_moved_by_key_and_again_without_effect(self, anybody: Api, booked: dict[str, Any], places: int) -> None:
        path = f"/bookings/{booked['reference']}?key={booked['key']}"
        left = anybody.get(path).json()["moves_left"]
        for _ in range(2):
            answer = send(anybody, "patch", path, {"starts_at": AT_TEN})
            assert answer.status_code == 200, answer.content
            assert answer.json()["starts_at"] == "2026-11-24T03:00:00Z"
            assert answer.json()["moves_left"] == left - 1
        assert taken(places, NINE) == [None] * 3
        assert taken(places, TEN).count(Visit.objects.get().id) == 1

    def test_moved_to_another_office(self, mine: Api, booked: dict[str, Any], elsewhere: int) -> None:
        make_places(elsewhere, TEN)
        body = {"starts_at": AT_TEN, "office": "immigration-samut-sakhon"}
        answer = send(mine, "patch", f"/bookings/{booked['reference']}", body)
        assert answer.json()["office"] == "immigration-samut-sakhon"
        assert Case.objects.get().office_id == Visit.objects.get().office_id

    def test_a_move_that_is_refused_leaves_the_visit(self, mine: Api, booked: dict[str, Any], places: int) -> None:
        Place.objects.filter(starts_at=TEN).update(taken_by=holder())
        make_places(places, TEN + timedelta(minutes=30))
        path = f"/bookings/{booked['reference']}"
        problem = problem_of(send(mine, "patch", path, {"starts_at": AT_TEN}), 409, "place_taken")
        assert problem["alternatives"] == ["2026-11-24T03:30:00Z"], "the time they have is no alternative"
        assert mine.get(path).json()["starts_at"] == "2026-11-24T02:00:00Z"
        problem_of(send(mine, "patch", path, {"starts_at": "2026-11-24T10:00:00"}), 422, "invalid")
        problem_of(send(mine, "patch", path, {"starts_at": AT_TEN, "name": "Somebody Else"}), 422, "invalid")

    def test_moves_are_limited(self, mine: Api, booked: dict[str, Any]) -> None:
        Visit.objects.update(moves=20)
        path = f"/bookings/{booked['reference']}"
        assert mine.get(path).json()["moves_left"] == 0
        problem_of(send(mine, "patch", path, {"starts_at": AT_TEN}), 409, "cannot_move")

    def test_cancelled_twice_is_cancelled_once(self, anybody: Api, booked: dict[str, Any], places: int) -> None:
        path = f"/bookings/{booked['reference']}?key={booked['key']}"
        for _ in range(2):
            answer = send(anybody, "delete", path)
            assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
        assert taken(places) == [None] * 3
        assert Case.objects.get().state == "withdrawn"
        problem_of(send(anybody, "patch", path, {"starts_at": AT_TEN}), 409, "cannot_move")

    def test_after_its_time_it_is_not_cancelled(self, mine: Api, booked: dict[str, Any]) -> None:
        with clock.frozen(NINE + timedelta(hours=2)):
            problem_of(send(mine, "delete", f"/bookings/{booked['reference']}"), 409, "conflict")

    def test_a_service_that_was_closed_still_shows_its_visits(self, mine: Api, booked: dict[str, Any]) -> None:
        publishing.set_open(slug="test-visit", is_open=False, by=system("tests"))
        assert mine.get(f"/bookings/{booked['reference']}").json()["state"] == "booked"
        assert send(mine, "delete", f"/bookings/{booked['reference']}").status_code == 200

    def test_other_methods(self, mine: Api, client: Client) -> None:
        answer = client.put("/api/v1/bookings/Q-1", "{}", content_type="application/json")
        problem_of(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "DELETE, GET, HEAD, PATCH"


class TestWhileManyComeAtOnce:
    """The waiting room stands before the calendar: a program is no door past the people."""

    @pytest.fixture(autouse=True)
    def _full_house(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def closed(by: Actor, schedule: int, network: str = "") -> None:
            assert network
            raise TooMany(10)

        monkeypatch.setattr(gates.gate(), "for_programs", closed)

    def test_nothing_is_shown_and_nothing_booked(self, anybody: Api, mine: Api) -> None:
        for answer in (
            anybody.get(f"/slots?office={BANGKOK_OFFICE}&service=test-visit"),
            mine.post("/bookings", asked()),
        ):
            problem_of(answer, 429, "too_many")
            assert answer.headers["Retry-After"] == "10"
        assert not Visit.objects.exists()

    def test_what_a_program_took_ends_its_turn(
        self, places: int, mine: Api, visitor: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chose: list[Any] = []
        monkeypatch.setattr(gates.gate(), "for_programs", lambda by, schedule, network: None)
        monkeypatch.setattr(gates.gate(), "program_chose", lambda by, schedule: chose.append((by.account_id, schedule)))
        booked = mine.post("/bookings", asked())
        assert booked.status_code == 201
        path = f"/bookings/{booked.json()['reference']}"
        assert send(mine, "patch", path, {"starts_at": AT_TEN}).status_code == 200
        assert chose == [(visitor.account_id, places)] * 2

    def test_only_who_was_displaced_need_not_wait(self, mine: Api, book: Callable[..., Booked]) -> None:
        path = f"/bookings/{book().reference}"
        problem_of(send(mine, "patch", path, {"starts_at": AT_TEN}), 429, "too_many")
        Visit.objects.update(state="displaced")
        assert send(mine, "patch", path, {"starts_at": AT_TEN}).status_code == 200


def test_no_visit_is_booked_at_the_end_of_the_calendar(mine: Api) -> None:
    problem_of(mine.post("/bookings", asked(starts_at="9999-12-31T23:59:59Z")), 422, "invalid")


def test_an_officers_look_at_a_visit_is_recorded_and_its_visitors_is_not(
    mine: Api, booked: dict[str, Any], officer_at: Callable[..., Actor]
) -> None:
    assert mine.get(f"/bookings/{booked['reference']}").status_code == 200
    assert not AuditEntry.objects.filter(action="visit.viewed").exists()
    officer = officer_at()
    theirs = Api(token_of(officer.account_id, *APPLICANT, "desk:read"))
    assert theirs.get(f"/bookings/{booked['reference']}").status_code == 200
    look = AuditEntry.objects.get(action="visit.viewed")
    assert (look.subject, str(officer.account_id) in look.actor) == (f"visit:{booked['reference']}", True)


def test_whom_an_office_expects_is_not_found_out_number_by_number(
    booked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the bookings of an hour are used up, trying would cost nothing: known numbers are 409, all others 429."""
    prying = Api(token_of(make_account("mallory@example.org").id, *APPLICANT))
    monkeypatch.setattr(probing, "REFUSALS_A_NETWORK", 3)
    known = asked(starts_at=AT_TEN)
    for _ in range(3):
        problem_of(prying.post("/bookings", known), 409, "already_booked")
    for tried in (known, asked(starts_at=AT_TEN, answers=[answers_of(7)])):
        assert prying.post("/bookings", tried).status_code == 429
    with clock.frozen(NINE - timedelta(hours=8)):
        problem_of(prying.post("/bookings", known), 409, "already_booked")
