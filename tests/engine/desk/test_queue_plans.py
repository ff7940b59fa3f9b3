"""Each queue is read from its own index, in order: that is what keeps a page's cost the same at a million cases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from sala.engine.cases.queues import COUNTS, PAGES, QueueName

pytestmark = pytest.mark.django_db
INDEX: dict[QueueName, str] = {
    "new": "case_new",
    "mine": "case_claimed",
    "due_soon": "case_desk",
    "overdue": "case_desk",
    "waiting": "case_waiting",
    "held": "case_held",
    "open": "case_desk",
}
GIVEN: dict[str, Any] = {
    "offices": [1],
    "services": [None],
    "sees": [True],
    "me": UUID(int=1),
    "now": datetime(2026, 11, 22, tzinfo=UTC),
    "after_due": datetime(2026, 11, 1, tzinfo=UTC),
    "after_id": UUID(int=0),
    "limit": 26,
}


def plan(statement: str) -> str:
    """The plan PostgreSQL makes where reading the whole table is no way out (in a test it is small)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("set local enable_bitmapscan = off")
        cursor.execute("explain " + statement, GIVEN)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize("name", INDEX)
def test_a_page_is_read_from_its_index(name: QueueName) -> None:
    found = plan(PAGES[name])
    part = found[found.index("cases_case c") - 200 :]
    assert f"using {INDEX[name]} on cases_case" in found
    assert "due_at, id) > " in found or "ROW(c.due_at, c.id) >" in found, "the cursor is a place in the index"
    assert "Seq Scan on cases_case" not in part


def test_all_counts_are_read_from_indexes() -> None:
    found = plan(COUNTS)
    assert "Seq Scan on cases_case" not in found
    for index in {*INDEX.values()} - {"case_claimed"}:
        assert index in found
