"""The tests' database, as another process is told of it."""

from __future__ import annotations

from urllib.parse import quote

from django.db import connection


def address(name: str = "") -> str:
    """Its URL, or that of another database beside it; over TCP or, where the host is a folder, a socket in it."""
    where = connection.settings_dict
    host, password = (quote(str(where[part]), safe="") for part in ("HOST", "PASSWORD"))
    port = f":{where['PORT']}" if where["PORT"] else ""
    return f"postgres://{where['USER']}:{password}@{host}{port}/{name or where['NAME']}"
