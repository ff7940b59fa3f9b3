"""What was compared is kept as long as who looked at a person is, and then goes."""

from __future__ import annotations

from datetime import timedelta

from sala.kit import clock, sql

KEPT = timedelta(days=2 * 365)
_AT_A_TIME = 10_000
_OLD = """
DELETE FROM faces_comparison WHERE id IN (SELECT id FROM faces_comparison WHERE at < %(before)s LIMIT %(most)s)"""


def tidy() -> int:
    """Delete comparisons older than KEPT, some at a time; how many."""
    before, gone = clock.now() - KEPT, 0
    while some := sql.execute(_OLD, {"before": before, "most": _AT_A_TIME}):
        gone += some
    return gone
