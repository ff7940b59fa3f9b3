"""A web process keeps its connections to the database; one that died meanwhile is noticed before it is used.

Django can ask the server at the start of each request (CONN_HEALTH_CHECKS), for a round trip each time. Nothing
comes unasked over an idle connection but its end, so looking whether anything has come says the same for a
microsecond. Without it, each thread would answer one request with an error after the database was restarted.
"""

from __future__ import annotations

import select
from typing import Any

from django.core.signals import request_started
from django.db import connection


def drop_if_dead(**_: Any) -> None:
    """Close this thread's connection if its server has closed it; the next statement opens a new one."""
    raw = connection.connection
    if raw is None or connection.in_atomic_block:
        return
    if raw.closed or _something_came(raw.fileno()):
        connection.close()


def _something_came(socket: int) -> bool:
    look = select.poll()  # unlike select, not bound to the first 1,024 files
    look.register(socket, select.POLLIN)
    return bool(look.poll(0))


def watch() -> None:
    """Look at the start of every request."""
    request_started.connect(drop_if_dead, dispatch_uid="sala.connections")
