# ruff: noqa: S608 - the names are those of our own tables
"""After a test that commits, the database is as it was when the tests began: the places are in it, and little else.

Django's own way truncates every table. That takes PostgreSQL half a second a test, and takes the places along, which
each later test of the same process then has to load anew. Here the rows that are new are deleted, and a table that
had rows from the start is filled again if, and only if, a test touched it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

COPIES = "before_tests"
"""The schema that the rows of the start are copied to."""
_FIRST = ("procrastinate_periodic_defers", "procrastinate_events", "procrastinate_jobs")
"""Before what they refer to, which is looked at at once; at other references, when the transaction ends."""


@dataclass
class Start:
    """What the tables held when the tests began."""

    tables: list[str]
    filled: set[str]
    guarded: set[str]
    """Whose triggers refuse that rows go."""
    state: tuple[Any, ...]

    def restore(self) -> None:
        with transaction.atomic():
            _run(f"lock table {', '.join(map(_name, self.tables))} in exclusive mode")  # what still writes ends first
            changed = [
                table for table, was, now in zip(self.tables, self.state, self.looks(), strict=True) if was != now
            ]
            if changed:
                self._put_back(changed)
        if not self.filled.isdisjoint(changed):
            self.state = self.looks()

    def looks(self) -> tuple[Any, ...]:
        """Of each table whether there are rows; of one that had some, how many, and which transaction wrote last."""
        asked = (
            f"(select (count(*), max(xmin::text::bigint))::text from {_name(table)})"
            if table in self.filled
            else f"exists(select from {_name(table)})"
            for table in self.tables
        )
        return _rows(f"select {', '.join(asked)}")[0]

    def _put_back(self, changed: list[str]) -> None:
        guarded = [_name(table) for table in changed if table in self.guarded]
        again = [table for table in changed if table in self.filled]
        _run(
            *(f"alter table {name} disable trigger user" for name in guarded),
            *(f"delete from {_name(table)}" for table in changed),
            *(_filling(table) for table in again),
            "set constraints all immediate",
            *(f"alter table {name} enable trigger user" for name in guarded),
        )


@contextmanager
def restored(start: Start) -> Iterator[None]:
    """Meanwhile every test that commits leaves the database as it was at `start`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: start.restore())
        yield


def look() -> Start:
    """What the tables hold now, and copies of it."""
    there = (str(name) for (name,) in _rows("select tablename from pg_tables where schemaname = 'public'"))
    tables = sorted(there, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    filled = {table for table in tables if _rows(f"select exists(select from {_name(table)})")[0][0]}
    guards = "select distinct relname from pg_trigger join pg_class on tgrelid = pg_class.oid where not tgisinternal"
    copies = (f"create table {COPIES}.{_name(table)} as table {_name(table)}" for table in filled)
    _run(f"drop schema if exists {COPIES} cascade", f"create schema {COPIES}", *copies)
    start = Start(tables, filled, {str(name) for (name,) in _rows(guards)}, ())
    start.state = start.looks()
    return start


def _filling(table: str) -> str:
    columns = _rows(
        "select string_agg(quote_ident(attname), ', ') from pg_attribute"
        f" where attrelid = '{_name(table)}'::regclass and attnum > 0 and not attisdropped and attgenerated = ''"
    )[0][0]
    copy = f"{COPIES}.{_name(table)}"
    return f"insert into {_name(table)} ({columns}) overriding system value select {columns} from {copy}"


def _name(name: str) -> str:
    return connection.ops.quote_name(name)


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(";\n".join(statements))


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
