"""One prepared statement, one round trip: the way of the hot paths.

Runs on Django's own connection and inside its transaction, past its cursor
wrappers, which cost more than the statement (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
import psycopg
from django.db import InterfaceError, OperationalError, connection
from psycopg.types.json import Jsonb

_encoder = msgspec.json.Encoder()


def jsonb(value: object) -> Jsonb:
    """`value` as a jsonb parameter."""
    return Jsonb(value, dumps=_encoder.encode)


def fetch_one(statement: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """Run a prepared statement; its first row, or None."""
    return cast("tuple[Any, ...] | None", _execute(statement, parameters).fetchone())


def fetch_all(
    statement: str, parameters: Mapping[str, Any] | Sequence[Any] = (), *, binary: bool = False
) -> list[tuple[Any, ...]]:
    """Run a prepared statement; all its rows.

    `binary`: times, UUIDs and numbers come as PostgreSQL has them, which is a third of the work to read. Cast jsonb to
    text then, to have it as ever.
    """
    return cast("list[tuple[Any, ...]]", _execute(statement, parameters, binary=binary).fetchall())


def execute(statement: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> int:
    """Run a prepared statement; the number of rows it touched."""
    return _execute(statement, parameters).rowcount


def lost(error: Exception) -> bool:
    """Whether the database is out of reach; then what it did last may be done, or not, and nothing is tried again."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    code = getattr(error.__cause__, "sqlstate", None) or "08"
    return code[:2] in {"08", "53", "57", "58"}  # no connection, no room, shut down, broken


def _execute(
    statement: str, parameters: Mapping[str, Any] | Sequence[Any], *, binary: bool = False
) -> psycopg.Cursor[Any]:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = connection.connection.cursor(binary=binary)
        cursor.row_factory = psycopg.rows.tuple_row
        return cast("psycopg.Cursor[Any]", cursor.execute(statement, parameters, prepare=True))
