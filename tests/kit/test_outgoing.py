"""What Sala asks of others: never of our own network, never for long, never much."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from sala.kit import outgoing
from sala.kit.outgoing import Unreachable
from tests.serving import serving


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_args: object) -> None:
            pass

    with serving(Handler) as server:
        yield f"http://127.0.0.1:{server.server_port}/"


def say(status: int, body: bytes, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def reason(url: str) -> str:
    with pytest.raises(Unreachable) as error:
        outgoing.get(url)
    return error.value.reason


def test_what_a_server_says_is_heard_and_a_redirect_not_followed(settings: Any) -> None:
    settings.DEMO = True
    with answering(say(302, b"hello", Location="http://127.0.0.1:1/")) as url:
        answer = outgoing.post_form(url, {"a": "b"})
    assert (answer.status, answer.body, answer.headers["location"]) == (302, b"hello", "http://127.0.0.1:1/")


def test_an_answer_is_bounded(settings: Any) -> None:
    settings.DEMO = True
    with answering(say(200, b"x" * (outgoing.LARGEST + 1))) as url:
        assert reason(url) == "large"


def test_patience_ends(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO = True
    monkeypatch.setattr(outgoing, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        assert reason(f"http://127.0.0.1:{silent.getsockname()[1]}/") == "late"
    assert time.monotonic() - started < 2


def test_a_server_that_drips_does_not_keep_us(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO = True
    monkeypatch.setattr(outgoing, "PATIENCE", 0.2)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        for _ in range(40):
            try:
                handler.wfile.write(b"H")
                handler.wfile.flush()
            except OSError:
                return
            threading.Event().wait(0.1)  # the other side's slowness is what is tried

    with answering(drip) as url:
        started = time.monotonic()
        assert reason(url) in {"protocol", "late"}
        assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::1]/",
        "https://[::7f00:1]/",
        "https://[::ffff:0:7f00:1]/",
        "https://[fec0::1]/",
        "https://[2400:cb00::5efe:7f00:1]/",
        "https://192.88.99.1/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://user@8.8.8.8/",
        "https://2130706433/",
        "file:///etc/passwd",
        "https://[::1",
        "",
    ],
)
def test_our_own_network_is_never_asked_in_production(settings: Any, url: str) -> None:
    settings.DEMO = False
    assert reason(url) == "forbidden"


def test_a_demonstration_asks_its_own_machine_and_no_network_besides(settings: Any) -> None:
    settings.DEMO = True
    assert reason("http://10.0.0.1/") == "forbidden"
    assert reason("https://10.0.0.1/") == "forbidden"
    assert reason("http://127.0.0.1:1/") == "connect"


def test_a_host_with_one_public_and_one_own_address_is_not_asked(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = False
    both = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: both)
    assert reason("https://rebound.example/") == "forbidden"
