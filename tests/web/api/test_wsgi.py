"""Pages and API past one handler: what any WSGI server gets, and the tests' own client. `test_door.py` has ours."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from sala.engine.catalogue.loaded import Loaded
from sala.web.wsgi import application

pytestmark = pytest.mark.django_db(transaction=True)


def call(path: str) -> tuple[str, dict[str, str], bytes]:
    """What the server gets: status line, headers, body."""
    started: list[Any] = []
    given: dict[str, Any] = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": "", "HTTP_HOST": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http", "wsgi.errors": io.StringIO(),
    }  # fmt: skip
    answer = b"".join(application(given, lambda *said: started.append(said)))
    return started[0][0], dict(started[0][1]), answer


def test_status_headers_and_body(permit: Loaded) -> None:
    status, headers, body = call("/api/v1/services/test-permit")
    assert status == "200 OK"
    assert headers["Content-Length"] == str(len(body))
    assert headers["X-Request-ID"]
    assert json.loads(body)["service"] == "test-permit"


def test_pages_have_what_pages_have(permit: Loaded) -> None:
    status, headers, _ = call("/about/")
    assert status == "200 OK"
    assert "form-action 'self'" in headers["Content-Security-Policy"]
