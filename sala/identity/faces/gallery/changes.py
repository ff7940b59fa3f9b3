"""What changed among the templates since somebody looked last: told by the database itself, nothing left out.

A change that was not to be seen yet belongs to a transaction that had not ended; so whoever remembers the oldest one
that had not (the horizon) and asks for everything from there on misses nothing. What is then told twice is known by
its number. Numbers alone would not do: they are given before a transaction ends, and one begun earlier may end later.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sala.kit import clock, sql

KEPT = timedelta(days=1)
_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_SINCE = f"""
SELECT h.horizon, c.id, c.person FROM ({_HORIZON} AS horizon) h
LEFT JOIN faces_templatechange c ON c.engine = %(engine)s AND c.transaction >= %(since)s
ORDER BY c.id"""  # noqa: S608 - no value of anybody's
_OLD = "DELETE FROM faces_templatechange WHERE at < %(before)s"


class Changes(NamedTuple):
    """Whose template changed, by the number of the change, and from where to ask the next time."""

    horizon: int
    people: dict[int, int]


def horizon() -> int:
    """From where to ask for what changes from now on."""
    row = sql.fetch_one(_HORIZON)
    return int(row[0]) if row else 0


def since(engine: str, since: int) -> Changes:
    """What changed from this horizon on."""
    rows = sql.fetch_all(_SINCE, {"engine": engine, "since": since})
    return Changes(int(rows[0][0]), {number: person for _, number, person in rows if number is not None})


def sweep() -> int:
    """Delete what is older than KEPT; how many."""
    return sql.execute(_OLD, {"before": clock.now() - KEPT})
