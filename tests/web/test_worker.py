"""The worker with real jobs: heard, tried again, revived."""

from __future__ import annotations

import asyncio
import threading
from email.message import EmailMessage
from smtplib import SMTP
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from sala.engine.messages.models import DemoMail
from sala.kit import outbox, outgoing
from sala.web import mailbox, relay, wiring, worker

HEARD: list[dict[str, Any]] = []


def drain() -> None:
    """Run the jobs that wait on the worker's own connections, and what they queue, until none is left."""
    due = Q(scheduled_at=None) | Q(scheduled_at__lte=Now())
    while ProcrastinateJob.objects.filter(due, status="todo").exists():
        asyncio.run(worker.work(worker.worker_app(periodic=False), wait=False))


@app.task(name="tests.hear")
def hear(payload: dict[str, Any]) -> None:
    HEARD.append(payload)


@app.task(name="tests.fail")
def fail(payload: dict[str, Any]) -> None:
    raise RuntimeError


@app.task(name="tests.pass_on")
def pass_on(payload: dict[str, Any]) -> None:
    """A job that queues another and then fails: both are undone."""
    with transaction.atomic():
        hear.defer(payload=payload)
        if payload["fails"]:
            raise RuntimeError


@pytest.fixture(autouse=True)
def _nothing_heard() -> None:
    HEARD.clear()


def test_every_hearer_in_the_table_is_a_task_that_is_tried_again() -> None:
    worker.check_wiring()
    for hearers in wiring.HEARERS.values():
        for name in hearers:
            assert app.tasks[name].retry_strategy


def test_a_hearer_that_is_no_task_stops_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wiring.HEARERS, "tests.happened", ("tests.nobody",))
    with pytest.raises(worker.WiringError, match=r"tests\.nobody, which is no task"):
        worker.check_wiring()


@pytest.mark.django_db(transaction=True)
def test_a_fact_reaches_its_hearer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wiring.HEARERS, "tests.happened", ("tests.hear",))
    outbox.emit("tests.happened", {"n": 1})
    relay.relay()
    drain()
    assert HEARD == [{"n": 1}]
    assert not ProcrastinateJob.objects.filter(task_name="tests.hear").exists()


@pytest.mark.django_db(transaction=True)
def test_a_hearer_that_fails_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wiring.HEARERS, "tests.happened", ("tests.fail",))
    worker.check_wiring()
    outbox.emit("tests.happened", {"n": 1})
    relay.relay()
    drain()
    job = ProcrastinateJob.objects.get(task_name="tests.fail")
    assert (job.status, job.attempts) == ("todo", 1)
    assert job.scheduled_at is not None


@pytest.mark.django_db(transaction=True)
def test_what_a_job_queues_belongs_to_its_transaction() -> None:
    pass_on.defer(payload={"fails": True})
    pass_on.defer(payload={"fails": False})
    drain()
    assert HEARD == [{"fails": False}]


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_was_doing_is_done_again() -> None:
    hear.defer(payload={"n": 1})
    _set_doing("tests.hear")
    app.configure_task("web.revive").defer(timestamp=0)
    drain()
    drain()
    assert HEARD == [{"n": 1}]


@pytest.mark.django_db(transaction=True)
def test_a_job_that_kills_its_worker_each_time_is_given_up() -> None:
    hear.defer(payload={"n": 1})
    _set_doing("tests.hear", attempts=5)
    app.configure_task("web.revive").defer(timestamp=0)
    drain()
    assert HEARD == []
    assert ProcrastinateJob.objects.get(task_name="tests.hear").status == "failed"


@pytest.mark.django_db(transaction=True)
def test_the_demo_mailbox_takes_letters_by_smtp(settings: Any) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "", 0
    letter = EmailMessage()
    letter["Subject"] = "ผลการแจ้งที่พัก"
    letter.set_content("เรียบร้อย")
    with mailbox.serving(), SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as server:
        server.send_message(letter, "no-reply@sala.example", ["somchai@example.org", "jane@example.org"])
    kept = DemoMail.objects.get()
    assert kept.to == ["somchai@example.org", "jane@example.org"]
    assert b"=?utf-8?" in bytes(kept.raw)


def _set_doing(task: str, attempts: int = 0) -> None:
    """As a worker leaves a job that was killed and whose row is gone from the list of workers."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_jobs set status = 'doing', attempts = %s where task_name = %s", [attempts, task]
        )


LETTER_SENT = threading.Event()
LEFT_ALONE: list[bool] = []


@app.task(name="tests.ask_a_slow_server", queue=outgoing.QUEUE)
def ask_a_slow_server() -> None:
    LEFT_ALONE.append(LETTER_SENT.wait(10))


@app.task(name="tests.send_a_letter")
def send_a_letter() -> None:
    LETTER_SENT.set()


@pytest.mark.django_db(transaction=True)
def test_slow_servers_of_others_hold_up_no_letter() -> None:
    for _ in range(worker.CONCURRENCY + worker.OUTWARD):
        ask_a_slow_server.defer()
    send_a_letter.defer()
    drain()
    assert LEFT_ALONE == [True] * (worker.CONCURRENCY + worker.OUTWARD)
