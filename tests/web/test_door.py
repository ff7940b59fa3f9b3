"""The front door, for real: a server of its own, hundreds of callers at once, and what goes wrong for some of them."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from benchmarks import people
from sala.engine.cases.models import Case
from sala.engine.catalogue import checking
from sala.engine.catalogue import services as catalogue
from sala.identity.accounts.actor import system
from sala.kit.models import IdempotencyKey, OutboxEvent
from tests.database import address
from tests.factories import make_account
from tests.waiting import until
from tests.web.api.conftest import APPLICANT, token_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc"),
]
PATIENCE = 90
TM47 = Path(__file__).parents[2] / "sala/services/immigration/tm47.yaml"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    port: int

    def ask(self, *requests: bytes) -> list[Reply | None]:
        """The replies to requests sent at the same moment, each by a caller of its own; None to who was cut off."""

        async def one(request: bytes, gate: asyncio.Event) -> Reply | None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            await gate.wait()
            try:
                writer.write(request)
                return await _reply(reader)
            except (OSError, asyncio.IncompleteReadError):
                return None
            finally:
                writer.close()

        async def all_of_them() -> list[Reply | None]:
            gate = asyncio.Event()
            tasks = [asyncio.create_task(one(request, gate)) for request in requests]
            await asyncio.sleep(0)
            gate.set()
            return await asyncio.gather(*tasks)

        return asyncio.run(all_of_them())

    def answer(self, request: bytes) -> Reply:
        (reply,) = self.ask(request)
        assert reply
        return reply

    def ready(self) -> bool:
        try:
            return self.answer(said("GET", "/healthz")).status == 200
        except (OSError, AssertionError):
            return False

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]


async def _reply(reader: asyncio.StreamReader) -> Reply:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Reply(int(first.split()[1]), headers, body)


def said(method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> bytes:
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{settings.PORT}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None and "Content-Length" not in (headers or {}):
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


@pytest.fixture
def server(offices: dict[int, int], tmp_path: Path) -> Iterator[Server]:
    catalogue.publish(checking.load_text(TM47.read_text()), by=system("tests"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": address(), "SALA_DATA": str(tmp_path), "SALA_SECRET_KEY": settings.SECRET_KEY,
        "SALA_API_RATE": "100000", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
    }  # fmt: skip
    command = [sys.executable, "-m", "sala.web.cli", "web", "--port", str(port), "--workers", "1", "--threads", "4"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log)  # noqa: S603 - our own program
    running = Server(process, port)
    try:
        until(running.ready, PATIENCE)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def filing(token: str, number: int, key: str = "", **answers: Any) -> bytes:
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
    body = {"answers": people.answers(number) | answers}
    return said("POST", "/api/v1/services/tm47/cases", body, headers=headers)


def test_two_hundred_callers_at_once_each_get_their_own(server: Server) -> None:
    """Many share a statement and a commit; what is wrong with some of them is told to those alone."""
    tokens = [token_of(make_account(f"caller{n}@example.org").id, *APPLICANT) for n in range(10)]
    good = [filing(tokens[n % 10], n, f"good-{n}") for n in range(150)]
    twins = [filing(tokens[0], 1000, "twins") for _ in range(15)]
    others = [filing(tokens[0], 2000 + n, "twins") for n in range(5)]  # the same key, for another request
    wrong = [filing(tokens[n], n, f"wrong-{n}", arrival={}) for n in range(10)]
    unknown = [filing("of-nobody", n) for n in range(10)]
    broken = [said("POST", "/api/v1/services/tm47/cases", b"{", headers={"Authorization": f"Bearer {tokens[0]}"})] * 10
    replies = server.ask(*good, *twins, *others, *wrong, *unknown, *broken)
    statuses = [reply.status if reply else 0 for reply in replies]
    assert statuses[:150] == [201] * 150
    assert set(statuses[150:170]) == {201, 422}
    assert statuses[170:] == [422] * 10 + [401] * 10 + [400] * 10
    twin = [reply for reply in replies[150:170] if reply and reply.status == 201]
    assert len({reply.body for reply in twin}) == 1
    assert sum("idempotent-replayed" not in reply.headers for reply in twin) == 1
    assert Case.objects.count() == 151 == IdempotencyKey.objects.count()
    assert OutboxEvent.objects.filter(topic="case.submitted").count() == 151
    with connection.cursor() as cursor:
        cursor.execute("select count(distinct xmin::text) from cases_case")
        assert cursor.fetchone()[0] < 100  # transactions

    receipts = [reply.json() for reply in replies[:150] if reply]
    for number, receipt in enumerate(receipts):
        case = Case.objects.get(reference=receipt["reference"])
        assert f"C{number:07d}" in case.subject_key  # the passport that was given
    looks = [said("GET", f"/api/v1/cases/{r['reference']}?key={r['key']}") for r in receipts]
    crossed = [
        said("GET", f"/api/v1/cases/{one['reference']}?key={other['key']}")
        for one, other in itertools.pairwise(receipts)
    ]
    seen = server.ask(*looks, *crossed)
    assert [reply.json()["reference"] for reply in seen[:150] if reply] == [r["reference"] for r in receipts]
    assert {reply.status for reply in seen[150:] if reply} == {404}
    assert len({reply.headers["x-request-id"] for reply in seen if reply}) == len(seen)


def test_a_database_that_is_away_is_said_and_comes_back(server: Server) -> None:
    token = token_of(make_account().id, *APPLICANT)
    receipt = server.answer(filing(token, 1)).json()
    look = said("GET", f"/api/v1/cases/{receipt['reference']}?key={receipt['key']}")
    name, away = (
        connection.settings_dict["NAME"],
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and usename is not null",
    )
    admin = psycopg.connect(address("postgres"), autocommit=True)
    try:
        connection.close()
        admin.execute(away, [name])
        assert server.answer(look).status == 200  # its connections are gone, which it sees in time
        admin.execute(f'alter database "{name}" allow_connections false')
        admin.execute(away, [name])
        for reply in server.ask(*[look, filing(token, 2)] * 10):
            assert reply
            assert (reply.status, reply.headers["retry-after"]) == (503, "5")
            assert reply.json()["code"] == "unavailable"
            assert reply.json()["request_id"] == reply.headers["x-request-id"]
    finally:
        admin.execute(f'alter database "{name}" allow_connections true')
        admin.close()
    assert {reply.status for reply in server.ask(look, filing(token, 2)) if reply} == {200, 201}


def test_killed_in_the_middle_nothing_that_was_promised_is_lost(server: Server) -> None:
    token = token_of(make_account().id, *APPLICANT)
    requests = [filing(token, n, f"key-{n}") for n in range(200)]
    victims = server.workers()
    killer = subprocess.Popen(["/bin/sh", "-c", f"sleep 0.15; kill -9 {' '.join(map(str, victims))}"])  # noqa: S603
    replies = server.ask(*requests)
    killer.wait()
    told = [reply.json()["reference"] for reply in replies if reply and reply.status == 201]
    assert Case.objects.filter(reference__in=told).count() == len(told)
    until(server.ready, PATIENCE)
    assert server.workers() != victims
    again = server.ask(*requests)  # with the same keys: each is filed once in all
    assert {reply.status for reply in again if reply} == {201}
    assert {reply.json()["reference"] for reply in again if reply} >= set(told)
    assert Case.objects.count() == len(requests)


@pytest.mark.skipif(sys.platform != "linux", reason="a policy of Linux")
def test_web_processes_work_in_batches(server: Server) -> None:
    assert {os.sched_getscheduler(worker) for worker in server.workers()} == {os.SCHED_BATCH}


def test_pages_files_and_what_is_no_request(server: Server) -> None:
    page = server.answer(said("GET", "/about/"))
    assert (page.status, int(page.headers["content-length"])) == (200, len(page.body))
    style = page.body.decode().partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert len(server.answer(said("GET", style)).body) > 50_000
    with socket.create_connection(("127.0.0.1", server.port)) as link:  # HEAD: as long as, and without, the body
        link.sendall(said("HEAD", "/about/", headers={"Connection": "close"}))
        head = b"".join(iter(lambda: link.recv(65_536), b""))
    assert head.endswith(b"\r\n\r\n")
    assert f"content-length: {len(page.body)}".encode() in head.lower()
    metrics = said("GET", "/metrics", headers={"X_Forwarded_For": "203.0.113.5"})
    assert server.answer(metrics).status == 200  # a header with an underscore is nobody's
    assert server.answer(said("GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.5"})).status == 404
    assert server.answer(said("GET", "/api/v1/services/%E0%B8%81")).status == 404
    assert server.answer(said("GET", "/api/v1/nothing%FF")).json()["code"] == "not_found"


def test_bodies_have_a_bound(server: Server) -> None:
    api, page = "/api/v1/services/tm47/cases", "/account/sign-in/"
    big = {"Content-Length": "31000000", "Content-Type": "application/json"}
    assert server.answer(said("POST", api, b"", headers=big)).json()["code"] == "too_large"  # unread
    assert server.answer(said("POST", page, b"", headers=big)).status == 413
    chunked = {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    started = time.monotonic()
    unsized = said("POST", api, headers=chunked) + b"2\r\n{}\r\n0\r\n\r\n"
    assert server.answer(unsized).json()["code"] == "length_required"
    form = said("POST", page, headers=chunked | {"Content-Type": "application/x-www-form-urlencoded"})
    assert server.answer(form + b"3\r\na=b\r\n0\r\n\r\n").status == 403  # read, and without a token of the form
    assert time.monotonic() - started < 20
