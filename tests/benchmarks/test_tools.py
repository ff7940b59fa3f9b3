"""The bench's own tools say what is so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks import load, pgbench, usage
from sala.kit.sql import jsonb
from tests.serving import serving


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = b"x" * 70_000 if body == b"long" else b""
        self.send_response(201 if body == b"good" else 422)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with serving(_Handler, ThreadingHTTPServer) as server:
        yield server.server_port


def test_every_request_is_sent_once_and_every_answer_is_counted(port: int) -> None:
    bodies = [b"good"] * 30 + [b"bad"] * 10 + [b"long"] * 2
    requests = [load.request("POST", "/", body=body, X_Kind="test") for body in bodies]
    result = load.run("127.0.0.1", port, connections=3, seconds=30, requests=requests)
    assert result.statuses == {201: 30, 422: 12}
    assert len(result.latencies) == result.spent == 42
    assert result.rate == pytest.approx(30 / result.seconds)
    assert result.percentile(0.5) <= result.percentile(0.99)


def test_a_statement_becomes_a_script_with_nulls_and_fresh_values() -> None:
    statement = "insert into t\n  select %(id)s, %(name)s, %(none)s::text"
    text = pgbench.script(statement, {"name": "x", "none": None}, fresh={"id": ":number"})
    assert text.splitlines()[1] == "insert into t select :number, :name, NULL::text;"


@pytest.mark.parametrize(
    ("value", "said"),
    [(jsonb({"a": 1}), '{"a":1}'), (b"\x00\xff", "\\x00ff"), (True, "true"), (["a", "b"], '{"a","b"}'), (5, "5")],
)
def test_values_are_written_as_postgresql_reads_them(value: object, said: str) -> None:
    assert pgbench._text(value) == said  # noqa: SLF001


def test_processes_use_memory_and_time() -> None:
    assert os.getpid() in usage.tree(os.getppid())
    assert usage.memory([os.getpid()]) > 1_000_000
    assert usage.cpu_seconds([os.getpid()]) > 0
    assert usage.memory([2**30]) == usage.cpu_seconds([2**30]) == 0
