"""Requests answered together: one read for all callers, a refusal for each alone, one way for one and for many."""

from __future__ import annotations

import json
from collections.abc import Callable
from time import perf_counter
from typing import Any

import pytest
from django.test import RequestFactory

from sala.kit import throttle
from sala.kit.answer import Answer
from sala.web import api
from sala.web.door import ABREAST, MOST, Gathering
from tests.kit import toy_urls

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.kit.toy_urls")]


@pytest.fixture(autouse=True)
def _toys() -> None:
    throttle.forget()
    toy_urls.groups.clear()


def ask(*words: str, **headers: str) -> list[Answer]:
    requests = [RequestFactory().get(f"/api/together?word={word}", headers=headers) for word in words]
    return api.serve_all([api.asked(request, perf_counter()) for request in requests])


def told(answers: list[Answer]) -> list[Any]:
    return [(answer.status_code, json.loads(answer.content)) for answer in answers]


def test_a_group_is_answered_by_one_call_in_order() -> None:
    assert told(ask("a", "b", "c")) == [(200, "a"), (200, "b"), (200, "c")]
    assert toy_urls.groups == [["a", "b", "c"]]
    assert len({answer.headers["X-Request-ID"] for answer in ask("a", "b")}) == 2


def test_one_alone_goes_the_same_way() -> None:
    assert told(ask("a")) == [(200, "a")]
    assert toy_urls.groups == [["a"]]


def test_a_refusal_is_its_callers_alone() -> None:
    first, second, third = ask("a", "refused", "c")
    assert (first.status_code, second.status_code, third.status_code) == (200, 409, 200)
    assert json.loads(second.content)["request_id"] == second.headers["X-Request-ID"]
    first, second = ask("a", "b&word=b")
    assert (first.status_code, second.status_code) == (200, 400)
    assert toy_urls.groups[-1] == ["a"]


def test_a_fault_that_fails_the_group_fails_only_whose_it_is() -> None:
    assert [answer.status_code for answer in ask("a", "broken", "c")] == [200, 500, 200]
    assert toy_urls.groups == [["a", "broken", "c"], ["a"], ["broken"], ["c"]]
    assert [answer.status_code for answer in ask("a", "deadlock", "c")] == [200, 503, 200]


def test_a_database_out_of_reach_is_asked_once() -> None:
    answers = ask("a", "gone", "c")
    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in answers] == [(503, "5")] * 3
    assert toy_urls.groups == [["a", "gone", "c"]]


def test_the_limit_of_one_caller_is_not_anothers(settings: Any) -> None:
    settings.API_RATE = 2
    ask("a", "b", Authorization="Bearer writer")
    mine, theirs = (
        RequestFactory().get("/api/together?word=a", headers={"Authorization": f"Bearer {who}"})
        for who in ("writer", "reader")
    )
    answers = api.serve_all([api.asked(one, perf_counter()) for one in (mine, theirs)])
    assert [answer.status_code for answer in answers] == [429, 200]


def test_who_comes_while_a_group_is_answered_gathers() -> None:
    """An idle door waits for those of the same turn, a busy one only for the group before; a group has a bound."""
    run: list[list[Any]] = []
    later: list[Callable[[], None]] = []
    door = Gathering(run.append, later.append)

    def turn(*numbers: int) -> None:
        for number in numbers:
            door.join(number)  # type: ignore[arg-type]
        while later:
            later.pop(0)()

    turn(-1, 0)
    assert run == [[-1, 0]]
    for number in range(2, MOST + 10):
        turn(number)
    assert len(run) == ABREAST == 1
    door.done()
    assert run[1] == list(range(2, MOST + 2))
    door.done()
    assert run[2] == list(range(MOST + 2, MOST + 10))
    door.done()
    turn(1)
    assert run[3] == [1]
