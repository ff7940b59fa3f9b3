"""Is this process alive, and can it serve? For supervisors and load balancers; says nothing else to anybody."""

from __future__ import annotations

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

from sala.kit import sql

_migrated = [False]


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; 200 always."""
    return _plain("ok", 200)


def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and has every migration; 503 until then."""
    try:
        sql.fetch_one("select 1")
        # Reading the plan takes a tenth of a second, and a migrated database stays so.
        _migrated[0] = _migrated[0] or _plan_is_empty()
    except Error:
        return _plain("no database", 503)
    return _plain("ok", 200) if _migrated[0] else _plain("not migrated", 503)


def _plan_is_empty() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _plain(text: str, status: int) -> HttpResponse:
    response = HttpResponse(text + "\n", status=status, content_type="text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response
