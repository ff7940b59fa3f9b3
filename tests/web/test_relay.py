"""From a fact to its hearers' jobs: each once."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import psycopg
import pytest
from django.db import close_old_connections, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.contrib.django.utils import connector_params

from sala.kit import outbox
from sala.kit.models import OutboxEvent
from sala.web import relay, wiring

HEARD: list[dict[str, Any]] = []


@app.task(name="tests.first")
def first(payload: dict[str, Any]) -> None:
    HEARD.append(payload)


@app.task(name="tests.second")
def second(payload: dict[str, Any]) -> None:
    raise NotImplementedError


@pytest.fixture(autouse=True)
def hearers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wiring.HEARERS, "tests.happened", ("tests.first", "tests.second"))
    HEARD.clear()


def queued() -> list[tuple[str, Any]]:
    return [(job.task_name, job.args) for job in ProcrastinateJob.objects.order_by("id")]


@pytest.mark.django_db
def test_every_hearer_gets_a_job_and_the_fact_is_gone() -> None:
    outbox.emit("tests.happened", {"n": 1})
    assert relay.relay() == 1
    assert sorted(queued()) == [("tests.first", {"payload": {"n": 1}}), ("tests.second", {"payload": {"n": 1}})]
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
def test_a_fact_that_nobody_hears_goes_without_a_job() -> None:
    outbox.emit("tests.unheard", {})
    assert relay.relay() == 1
    assert queued() == []
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("thought_to_be", [0, 1, 2_000])
def test_a_batch_is_no_larger_than_asked_and_oldest_first(thought_to_be: int) -> None:
    """However many rows the planner believes there are: of few it joins in a way that looks again for each row."""
    for n in range(thought_to_be):
        outbox.emit("tests.unheard", {"n": n})
    with connection.cursor() as cursor:
        cursor.execute("analyze kit_outboxevent")
    OutboxEvent.objects.all().delete()
    for n in range(5):
        outbox.emit("tests.happened", {"n": n})
    assert relay.relay(batch=3) == 3
    assert [args["payload"]["n"] for name, args in queued() if name == "tests.first"] == [0, 1, 2]


@pytest.mark.django_db
def test_nothing_is_lost_when_queueing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wiring.HEARERS, "tests.happened", ("tests.first", "tests.nobody"))
    outbox.emit("tests.happened", {"n": 1})
    with pytest.raises(Exception, match=r"tests\.nobody|was not found|Task"), transaction.atomic():
        relay.relay()
    assert OutboxEvent.objects.count() == 1
    assert queued() == []


@pytest.mark.django_db(transaction=True)
def test_relays_side_by_side_queue_each_fact_once() -> None:
    facts = 300
    for n in range(facts):
        outbox.emit("tests.happened", {"n": n})
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        while relay.relay(batch=7):
            pass
        connection.close()

    relays = [threading.Thread(target=run) for _ in range(4)]
    for thread in relays:
        thread.start()
    for thread in relays:
        thread.join()
    counted = Counter(args["payload"]["n"] for name, args in queued() if name == "tests.first")
    assert counted == Counter(range(facts))
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_open_pages_are_told_once_a_batch_and_only_keys() -> None:
    with psycopg.connect(**connector_params(), autocommit=True) as listener:
        listener.execute("listen sala_live")
        outbox.emit("case.seen", {"reference": "TM47-7K3M9QXT-4", "office": 12, "case": "x"})
        outbox.emit("case.noted", {"reference": "TM47-7K3M9QXT-4", "office": 12, "case": "x"})
        relay.relay()
        notices = [notice.payload for notice in listener.notifies(timeout=0.2)]
    assert notices == ["case:TM47-7K3M9QXT-4 office:12"]


@pytest.mark.django_db(transaction=True)
def test_many_keys_go_in_several_notices() -> None:
    with psycopg.connect(**connector_params(), autocommit=True) as listener:
        listener.execute("listen sala_live")
        for n in range(400):
            outbox.emit("case.seen", {"reference": f"TM47-{n:08}-0"})
        relay.relay()
        notices = [notice.payload for notice in listener.notifies(timeout=0.2)]
    assert len(notices) > 1
    assert len(" ".join(notices).split()) == 400


@pytest.mark.django_db(transaction=True)
def test_the_relay_runs_until_told_to_stop() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=relay.run, args=[stop])
    thread.start()
    outbox.emit("tests.happened", {"n": 1})
    close_old_connections()
    from tests.waiting import until

    until(lambda: not OutboxEvent.objects.exists())
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
