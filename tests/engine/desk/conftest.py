"""The case engine's small service, and browsers of officers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from sala.engine.catalogue import checking
from sala.engine.catalogue import services as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor, system
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Office
from tests.engine.cases.conftest import (
    BANGKOK,
    NOW,
    SAMUT_SAKHON,
    File,
    Register,
    _still,
    applicant,
    file,
    register,
)
from tests.factories import actor_for, add_post, client_for, make_account, make_officer

__all__ = [
    "BANGKOK", "NOW", "SAMUT_SAKHON", "File", "Register", "_still", "applicant", "file", "register",
]  # fmt: skip


@pytest.fixture
def permit(offices: dict[int, int], register: Register) -> Loaded:
    text = Path(__file__).with_name("permit.yaml").read_text()
    return catalogue.publish(checking.load_text(text), by=system("tests"))


@pytest.fixture
def answers() -> dict[str, Any]:
    address = {"line": "99/1", "subdistrict": 740101, "district": 7401, "province": SAMUT_SAKHON, "postcode": 74000}
    return {
        "person": {"name": "Maria Silva", "passport": "AB123456", "due": "2026-11-25"},
        "contact": {"email": "maria@example.org"},
        "stay": {"address": address},
        "goods": [{"thing": {"what": "lamp"}}, {"thing": {"what": "chair"}}],
    }


class Person:
    """An officer: the account, a browser in English, and the actor as services know them."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.client: Client = client_for(account)
        self.client.cookies["lang"] = "en"

    @property
    def actor(self) -> Actor:
        return actor_for(self.account)

    @property
    def name(self) -> str:
        return f"{self.account.given_name} {self.account.surname}"

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, query)

    def post(self, path: str, **data: Any) -> Any:
        return self.client.post(path, data)

    def read(self, path: str, **query: Any) -> str:
        """The page's text; it must be there."""
        response = self.get(path, **query)
        assert response.status_code == 200, response.status_code
        return str(response.content.decode())


Staff = Callable[..., Person]


@pytest.fixture
def staff(offices: dict[int, int]) -> Staff:
    """`staff(role, province)`; province None = a post in the whole bureau. `services` limits the post."""

    def made(
        role: str = "officer", province: int | None = SAMUT_SAKHON, services: tuple[str, ...] = (), **given: Any
    ) -> Person:
        if province is None:
            account = make_account(**given)
            add_post(account, None, role, agency="immigration-bureau", services=list(services))
            return Person(account)
        office = Office.objects.get(id=offices[province])
        if not services:
            return Person(make_officer(office, role, **given))
        account = make_account(**given)
        add_post(account, office, role, services=list(services))
        return Person(account)

    return made


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do all at the same moment, each on a connection of its own; what each gave, or the error it raised."""
    start = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            results[place] = work()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=copy_context().run, args=(run, n, work)) for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results
