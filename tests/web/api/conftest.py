"""The API as its callers meet it: real tokens, real HTTP, a service with every leg."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from schemathesis.pytest.plugin import SchemathesisFunction

from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor, system
from sala.identity.accounts.services import issue_token
from sala.identity.directory.models import Office
from sala.kit import throttle
from sala.web import openapi
from tests.engine.cases.conftest import (  # noqa: F401 - fixtures
    BANGKOK,
    SAMUT_SAKHON,
    _still,
    answers,
    applicant,
    permit,
    register,
)
from tests.factories import make_account, make_officer

APPLICANT = ("cases:read", "cases:write")
OFFICER = ("desk:read", "desk:decide")


class Api:
    """A program that calls the API with one token, or with none."""

    def __init__(self, token: str | None = None) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.headers = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers | headers)

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        if key:
            headers["Idempotency-Key"] = key
        content = json.dumps({} if body is None else body)
        return self.client.post(
            f"/api/v1{path}", content, content_type="application/json", headers=self.headers | headers
        )


@pytest.fixture(autouse=True)
def _fresh() -> None:
    throttle.forget()
    openapi.document.cache_clear()


def token_of(account_id: Any, *scopes: str) -> str:
    return issue_token(account_id=account_id, name="test", scopes=scopes, by=system("tests"))


@pytest.fixture
def anybody() -> Api:
    return Api()


@pytest.fixture
def mine(applicant: Actor) -> Api:  # noqa: F811
    """The applicant's program."""
    return Api(token_of(applicant.account_id, *APPLICANT))


@pytest.fixture
def stranger(db: None) -> Api:
    """Somebody else's."""
    return Api(token_of(make_account().id, *APPLICANT))


@pytest.fixture
def officer_of(offices: dict[int, int]) -> Callable[..., Api]:
    def made(province: int = SAMUT_SAKHON, role: str = "officer", scopes: tuple[str, ...] = OFFICER) -> Api:
        account = make_officer(Office.objects.get(id=offices[province]), role)
        api = Api(token_of(account.id, *scopes))
        api.account = account  # type: ignore[attr-defined]
        return api

    return made


@pytest.fixture
def officer(officer_of: Callable[..., Api]) -> Api:
    """An officer of the province where the answers say the applicant lives."""
    return officer_of()


@pytest.fixture
def filed(mine: Api, permit: Loaded, answers: dict[str, Any]) -> dict[str, Any]:  # noqa: F811
    """A case filed by the API: its acknowledgement."""
    response = mine.post("/services/test-permit/cases", {"answers": answers, "language": "en"})
    assert response.status_code == 201, response.content
    receipt: dict[str, Any] = response.json()
    return receipt


def problem_of(response: Any, status: int, code: str) -> dict[str, Any]:
    """The response is this refusal."""
    assert response.status_code == status, (response.status_code, response.content)
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert (problem["status"], problem["code"]) == (status, code)
    return problem


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Schemathesis gives all operations one id, by which parallel processes would take them for one test."""
    for item in items:
        if isinstance(item, SchemathesisFunction):
            item._id = item.parent.id.child(item.name)  # noqa: SLF001 - there is no other way
