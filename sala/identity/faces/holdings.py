"""What is held of somebody's face, for that somebody: which templates, and every comparison; never the numbers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from sala.identity.faces import queries
from sala.identity.people import queries as people


def templates(account: UUID) -> list[dict[str, Any]]:
    """Which templates are kept of the account's person."""
    person = _person(account)
    return [_row(one) for one in queries.kept(person)] if person else []


def comparisons(account: UUID, most: int | None = None) -> list[dict[str, Any]]:
    """When and for what their face was compared, the newest first."""
    person = _person(account)
    return [_row(one) for one in queries.looks_at(person, most)] if person else []


def comparisons_count(account: UUID) -> int:
    person = _person(account)
    return queries.looks_count(person) if person else 0


def _person(account: UUID) -> int | None:
    linked = people.of_account(account)
    return linked.person.id if linked else None


def _row(one: queries.Kept | queries.Compared) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(one._asdict())
    return row
