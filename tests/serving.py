"""Small HTTP servers that a test plays the other side with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], kind: type[HTTPServer] = HTTPServer) -> Iterator[HTTPServer]:
    """A server at a port of its own, in a thread of this process.

    It looks every hundredth of a second whether it shall end: the library's half a second is waited for at every end.
    """
    with kind(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
