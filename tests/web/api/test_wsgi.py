"""The API as the server calls it: past Django's handler, with what its signals would have seen to."""

from __future__ import annotations

import io
import json
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from sala.engine.catalogue.loaded import Loaded
from sala.web.wsgi import application
from tests.web.api.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)


def call(path: str, method: str = "GET", body: bytes = b"", **environ: str) -> tuple[str, dict[str, str], bytes]:
    """What the server gets: status line, headers, body."""
    started: list[Any] = []
    path, _, query = path.partition("?")
    content = {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json"} if body else {}
    given: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http", "wsgi.errors": io.StringIO(),
    }  # fmt: skip
    answer = b"".join(application(given | content | environ, lambda *said: started.append(said)))  # type: ignore[arg-type, func-returns-value]
    status, headers = started[0][:2]
    return status, dict(headers), answer


def test_status_headers_and_body(permit: Loaded) -> None:
    status, headers, body = call("/api/v1/services/test-permit")
    assert status == "200 OK"
    assert headers["Content-Length"] == str(len(body))
    assert headers["X-Request-ID"]
    assert json.loads(body)["service"] == "test-permit"


def test_a_case_is_filed_and_committed(mine: Api, permit: Loaded, answers: dict[str, Any]) -> None:
    body = json.dumps({"answers": answers}).encode()
    token = mine.headers["Authorization"]
    status, headers, _ = call("/api/v1/services/test-permit/cases", "POST", body, HTTP_AUTHORIZATION=token)
    assert status == "201 Created"
    connection.close()
    found, _, _ = call(headers["Location"].removeprefix(settings.PUBLIC_URL), HTTP_AUTHORIZATION=token)
    assert found == "200 OK"


def test_pages_go_the_long_way(permit: Loaded) -> None:
    status, headers, _ = call("/about/", HTTP_HOST="127.0.0.1")
    assert status == "200 OK"
    assert "Content-Security-Policy" in headers


def test_a_connection_that_broke_is_replaced(mine: Api, permit: Loaded) -> None:
    token = mine.headers["Authorization"]
    asked = ("/api/v1/cases/PRM-00000000-0", "GET", b"")
    assert call(*asked, HTTP_AUTHORIZATION=token)[0] == "404 Not Found"
    backend = connection.connection.info.backend_pid
    where = connection.connection.info
    with psycopg.connect(**where.get_parameters(), password=where.password) as other:
        other.execute("select pg_terminate_backend(%s)", [backend])
    status, headers, body = call(*asked, HTTP_AUTHORIZATION=token)
    assert (status, headers["Retry-After"]) == ("503 Service Unavailable", "5")
    assert json.loads(body)["code"] == "unavailable"
    assert call(*asked, HTTP_AUTHORIZATION=token)[0] == "404 Not Found"
