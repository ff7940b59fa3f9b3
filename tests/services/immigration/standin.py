"""A ministry's register service on the loopback, as docs/immigration-registers.md asks for it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str, dict[str, Any]], tuple[int, bytes]]


class StandIn:
    """Holds what it was given, and remembers what it was asked."""

    def __init__(self, records: list[dict[str, Any]], warrants: list[dict[str, Any]]) -> None:
        self.records = records
        self.warrants = warrants
        self.asked: list[tuple[str, dict[str, Any], str]] = []
        self.url = ""

    def answer(self, path: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        if path == "/api/records/find":
            found = [r for r in self.records if all(r[k] == asked[k] for k in ("passport_no", "nationality"))]
            return 200, json.dumps({"record": found[0] if found else None}).encode()
        if path == "/api/warrants/find":
            names = {asked["given_name"].upper(), asked["surname"].upper()}
            found = [
                w
                for w in self.warrants
                if (w["passport_no"] and w["passport_no"] == asked["passport_no"])
                or {w["given_name"], w["surname"]} == names
            ]
            return 200, json.dumps({"warrants": found}).encode()
        return 404, b"{}"


@contextlib.contextmanager
def serving(standin: StandIn, answer: Answer | None = None) -> Iterator[StandIn]:
    """Serve on a free port of the loopback, with `answer` in place of the stand-in's own if given."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            standin.asked.append((self.path, asked, self.headers.get("Authorization", "")))
            status, body = (answer or standin.answer)(self.path, asked)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    standin.url = f"http://127.0.0.1:{server.server_address[1]}/api"
    try:
        yield standin
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
