"""The catalogue by API, and what the API says of itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from sala.engine.catalogue.loaded import Loaded
from sala.kit.problems import KINDS
from sala.web import openapi
from tests.web.api.conftest import Api, problem_of

pytestmark = pytest.mark.django_db
DOCUMENT = Path(__file__).parents[3] / "docs" / "api" / "openapi.json"


def test_the_services_that_take_cases(anybody: Api, permit: Loaded) -> None:
    response = anybody.get("/services")
    found = {item["service"]: item for item in response.json()["items"]}
    assert found["test-permit"]["name"] == {"th": "ใบอนุญาตทดสอบ", "en": "Test permit"}
    assert found["test-permit"]["_links"]["cases"]["href"].endswith("/api/v1/services/test-permit/cases")
    assert anybody.get("/services", **{"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_a_service_says_what_it_asks(anybody: Api, permit: Loaded, answers: dict[str, Any]) -> None:
    service = anybody.get("/services/test-permit").json()
    assert service["version"] == permit.hash
    assert service["times"][0]["within"] == "3d"
    assert service["fees"] == []
    assert service["window"]["opens"] == "-15d"
    assert service["reasons"][0]["code"] == "not_yours"
    validator = jsonschema_rs.validator_for(service["schema"])
    assert validator.is_valid(answers)
    assert not validator.is_valid({**answers, "person": {}})


def test_the_schema_of_declarations_is_published(anybody: Api) -> None:
    schema = anybody.get("/declaration.schema.json").json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.validator_for(schema)


def test_every_problem_is_explained_where_its_type_leads(anybody: Api) -> None:
    problem = problem_of(anybody.get("/services/nothing"), 404, "not_found")
    path = problem["type"].partition("/api/v1")[2]
    assert anybody.get(path).json()["cure"]["th"]
    assert len(anybody.get("/problems").json()["items"]) == len(KINDS)
    problem_of(anybody.get("/problems/nothing"), 404, "not_found")


def test_the_committed_document_is_what_the_endpoints_say(anybody: Api) -> None:
    """`make openapi` writes it."""
    assert json.loads(DOCUMENT.read_text()) == openapi.document()
    assert anybody.get("/openapi.json").json() == openapi.document()


def test_every_operation_is_described() -> None:
    document = openapi.document()
    operations = [op for path in document["paths"].values() for op in path.values()]
    assert len({op["operationId"] for op in operations}) == len(operations)
    assert all(op["summary"].endswith(".") for op in operations)
    assert all("default" in op["responses"] for op in operations)
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description") or "enum" in schema or name == "Text", name
