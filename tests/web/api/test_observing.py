"""Health, figures and logs: enough to run the house, nothing about a person."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test import Client

from sala.engine.catalogue.loaded import Loaded
from sala.kit import clock, outbox, sql
from sala.web import health, logs, metrics
from tests.engine.cases.conftest import NOW
from tests.factories import client_for, make_account
from tests.web.api.conftest import Api, token_of

pytestmark = pytest.mark.django_db


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


def test_health_and_readiness(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").content == b"ok\n"


def test_not_ready_without_a_database_or_its_migrations(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", [False])
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'cases'")
    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz").content == b"not migrated\n"

    def away(*_: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(sql, "fetch_one", away)
    assert (client.get("/readyz").status_code, client.get("/healthz").status_code) == (503, 200)


def test_figures_by_route_and_what_waits(client: Client, anybody: Api) -> None:
    anybody.get("/services/nothing")
    outbox.emit("case.submitted", {})
    text = client.get("/metrics").content.decode()
    assert 'sala_request_seconds_count{method="GET",route="service",status="404"}' in text
    assert 'sala_request_seconds_bucket{le="0.1",method="GET",route="service",status="404"}' in text
    assert "sala_outbox_events 1.0" in text
    assert 'sala_jobs{state="todo"}' in text


def test_open_and_overdue_cases_by_service(client: Client, filed: dict[str, Any]) -> None:
    assert 'sala_open_cases{service="test-permit"} 1.0' in client.get("/metrics").content.decode()
    with clock.frozen(NOW + timedelta(days=4)):
        assert 'sala_overdue_cases{service="test-permit"} 1.0' in client.get("/metrics").content.decode()


def test_odd_methods_and_paths_make_no_new_series(client: Client) -> None:
    client.generic("PURGE", "/nothing/at/all")
    text = client.get("/metrics").content.decode()
    assert 'method="other",route="unmatched"' in text
    assert "PURGE" not in text


def test_figures_are_for_the_scraper_alone(client: Client, settings: Any) -> None:
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.5").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 404
    settings.METRICS_TOKEN = "scraper"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 404
    allowed = {"Authorization": "Bearer scraper"}
    assert client.get("/metrics", headers=allowed, REMOTE_ADDR="203.0.113.5").status_code == 200


def test_a_request_is_one_line(anybody: Api, permit: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    response = anybody.get("/services/test-permit")
    (line,) = lines_of(capsys)
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert (line["route"], line["method"], line["status"], line["level"]) == ("service", "GET", 200, "info")
    assert line["ms"] > 0


def test_a_failure_is_named_without_its_words(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    client.raise_request_exception = False
    secret = "duplicate key: Key (email)=(maria@example.org) already exists"
    with patch.object(metrics, "allowed", side_effect=IntegrityError(secret)):
        assert client.get("/metrics?name=Maria").status_code == 500
    output = lines_of(capsys)
    (failure,) = [line for line in output if "error" in line]
    assert failure["error"]["type"] == "django.db.utils.IntegrityError"
    assert any("metrics.py" in frame for frame in failure["error"]["frames"])
    assert "maria" not in str(output).lower()


def test_the_database_code_of_a_failure_is_told() -> None:
    with pytest.raises(IntegrityError) as caught:
        sql.execute("insert into kit_outboxevent (topic) values ('x')")
    said = logs.describe(type(caught.value), caught.value, caught.value.__traceback__)
    assert said["sqlstate"] == "23502"


def test_terminals_get_readable_lines() -> None:
    record = logging.LogRecord("sala.web", logging.INFO, "", 0, "request", None, None)
    vars(record).update(route="case", method="GET", status=200, ms=1.5)
    assert logs.Readable().format(record).endswith("I 200 GET  case 1.5 ms")


def journey(mine: Api, officer: Api, answers: dict[str, Any]) -> dict[str, Any]:
    """Everything that a person does and mistypes; the acknowledgement."""
    receipt: dict[str, Any] = mine.post("/services/test-permit/cases", {"answers": answers}, key="journey-key").json()
    path = f"/cases/{receipt['reference']}"
    Api().get(f"{path}?key={receipt['key']}")
    officer.post(f"/desk{path}/ask", {"fields": ["person.passport"], "message": "Is it AB123456, Maria?"})
    mine.post(f"{path}/answer", {"values": {"person.passport": "ZZ999999"}, "message": "Call +66898765432"})
    officer.post(f"/desk{path}/approve", {"message": "Dear Maria"})
    mine.post("/services/test-permit/cases", {"answers": {"person": {"name": "Maria Silva"}}})
    mine.client.post("/api/v1/services/test-permit/cases", b'{"Maria":', content_type="application/json")
    browser = client_for(make_account("maria.silva@example.org", given_name="Maria"))
    browser.raise_request_exception = False
    for page in ["/account/", "/nothing/Maria", "/?name=Maria", "/account/link/a-one-time-secret/"]:
        browser.get(page)
    browser.post("/account/sign-in/", {"email": "maria.silva@example.org", "password": "hunter2hunter2"})
    return receipt


def test_no_line_of_a_whole_journey_names_a_person(
    mine: Api, officer: Api, permit: Loaded, answers: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = journey(mine, officer, answers)
    output = capsys.readouterr().out
    assert output.count('"message":"request"') >= 12
    personal = [
        *("maria", "silva", "ab123456", "zz999999", "66898765432", "example.org", "hunter2", "one-time-secret"),
        *(receipt["reference"].lower(), receipt["key"].lower(), "journey-key"),
        *(value.lower() for value in mine.headers.values() if value.startswith("Bearer")),
    ]
    assert [word for word in personal if word in output.lower()] == []


def test_a_token_is_never_logged(capsys: pytest.CaptureFixture[str]) -> None:
    api = Api(token_of(make_account().id, "cases:read"))
    api.get("/services")
    assert api.headers["Authorization"].removeprefix("Bearer ") not in capsys.readouterr().out
