"""The letters that accounts cause, read as the post room would read them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sala.identity.accounts.letters import letter_for
from sala.kit import sql
from sala.kit.errors import SalaError
from sala.kit.models import OutboxEvent

Letters = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def letters(db: None) -> Letters:
    """Call it for the letters told since the last call, oldest first."""
    read: set[int] = set()

    def new() -> list[dict[str, Any]]:
        told = [
            event for event in OutboxEvent.objects.filter(topic="account.letter").order_by("id") if event.id not in read
        ]
        read.update(event.id for event in told)
        found = [letter_for(_payload(event)) for event in told]
        return [letter for letter in found if letter]

    return new


Statements = Callable[[Callable[[], object]], list[str]]


@pytest.fixture
def statements(db: None, monkeypatch: pytest.MonkeyPatch) -> Statements:
    """Call it with something to do for the statements that costs, by the ORM and past it, without their values."""
    execute = sql._execute  # noqa: SLF001

    def of(act: Callable[[], object]) -> list[str]:
        past: list[str] = []

        def noted(statement: str, parameters: Any) -> Any:
            past.append(statement)
            return execute(statement, parameters)

        monkeypatch.setattr(sql, "_execute", noted)
        with CaptureQueriesContext(connection) as seen, contextlib.suppress(SalaError):
            act()
        return [_shape(query["sql"]) for query in seen.captured_queries] + past

    return of


def _shape(statement: str) -> str:
    """The statement up to its values; savepoints without their number."""
    return re.sub(r" (WHERE|VALUES|SET) .*", "", re.sub(r"SAVEPOINT .*", "SAVEPOINT", statement), flags=re.S)


def _payload(event: OutboxEvent) -> dict[str, Any]:
    payload = event.payload
    return msgspec.json.decode(payload) if isinstance(payload, str) else payload


def token_in(letter: dict[str, Any]) -> str:
    """The token of the link in a letter."""
    return str(letter["context"]["url"]).rstrip("/").rsplit("/", 1)[1]
