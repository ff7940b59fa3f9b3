"""Duplicates that arrive at the same moment, on connections of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from sala.engine.cases.models import Case
from sala.engine.catalogue.loaded import Loaded
from sala.kit.models import OutboxEvent
from tests.web.api.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    barrier = threading.Barrier(count)

    def run() -> Any:
        barrier.wait()
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(count)]]


def test_concurrent_duplicates_of_a_submission_file_one_case(
    mine: Api, permit: Loaded, answers: dict[str, Any]
) -> None:
    path, body = "/services/test-permit/cases", {"answers": answers}
    responses = at_once(6, lambda: mine.post(path, body, key="once"))
    assert {r.status_code for r in responses} == {201}
    assert len({r.content for r in responses}) == 1
    assert sum("Idempotent-Replayed" in r.headers for r in responses) == 5
    assert (Case.objects.count(), OutboxEvent.objects.filter(topic="case.submitted").count()) == (1, 1)


def test_concurrent_duplicates_of_an_action_act_once(officer: Api, filed: dict[str, Any]) -> None:
    path = f"/desk/cases/{filed['reference']}/notes"
    responses = at_once(6, lambda: officer.post(path, {"text": "Seen"}, key="once"))
    assert {r.status_code for r in responses} == {200}
    assert sum("Idempotent-Replayed" in r.headers for r in responses) == 5
    assert Case.objects.get().events == 2
