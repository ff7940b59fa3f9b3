"""The case engine's small service, and browsers of officers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Agency, Office
from tests.engine.cases.conftest import (  # noqa: F401 - fixtures
    SAMUT_SAKHON,
    _still,
    answers,
    applicant,
    file,
    permit,
    register,
)
from tests.factories import actor_for, add_post, client_for, make_account, make_officer


class Person:
    """An officer: the account, a browser, and the actor as services know them."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.client: Client = client_for(account)

    @property
    def actor(self) -> Actor:
        return actor_for(self.account)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, {"lang": "en", **query})

    def post(self, path: str, data: dict[str, Any] | None = None) -> Any:
        return self.client.post(path, data or {}, HTTP_COOKIE="", headers={"cookie": self._cookies()})

    def _cookies(self) -> str:
        return "; ".join(f"{name}={morsel.value}" for name, morsel in self.client.cookies.items()) + "; lang=en"


Staff = Callable[..., Person]


@pytest.fixture
def staff(offices: dict[int, int]) -> Staff:
    """`staff(role, province)`; province None = a post in the whole agency."""

    def made(role: str = "officer", province: int | None = SAMUT_SAKHON, **given: Any) -> Person:
        if province is None:
            account = make_account(**given)
            add_post(account, None, role, agency=Agency.objects.get(slug="immigration-bureau").slug)
            return Person(account)
        return Person(make_officer(Office.objects.get(id=offices[province]), role, **given))

    return made
