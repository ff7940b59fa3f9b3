"""Each queue is read from its own index, in order: that is what keeps a page's cost the same at a million cases."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from sala.engine.cases.models import Case
from sala.engine.cases.queues import COUNTS, PAGES, QueueName
from tests.engine.desk.conftest import File

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


_COPY = """
insert into cases_case ({columns})
select {values} from cases_case c, generate_series(1, 5000) g, lateral (select case
    when mod(g, 100) < 90 then 'approved' when mod(g, 100) < 95 then 'in_review'
    when mod(g, 100) < 97 then 'info_requested'
    else 'submitted' end as state) s
where c.reference = %s"""
_CHANGED = {
    "id": "gen_random_uuid()",
    "reference": "'COPY-' || g",
    "state": "s.state",
    "office_id": "(%s::int[])[1 + mod(g, 20)]",
    "account_id": "null",
    "decided_at": "case when s.state = 'approved' then now() end",
    "claimed_by_id": "case when s.state in ('in_review', 'info_requested') then c.account_id end",
    "held": "s.state = 'in_review' and mod(g, 3) = 0",
    "due_at": "c.due_at + g * interval '1 minute'",
}


@pytest.fixture
def many(file: File, offices: dict[int, int]) -> None:
    """Five thousand cases of twenty offices, most of them decided, and statistics that know it."""
    names = [f.column for f in Case._meta.concrete_fields if f.column != "search"]  # noqa: SLF001
    values = [_CHANGED.get(name, f'c."{name}"') for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        copy = _COPY.format(columns=columns, values=", ".join(values))
        cursor.execute(copy, [list(offices.values())[:20], file().reference])
        cursor.execute("analyze cases_case")
        GIVEN["offices"] = [list(offices.values())[3]]


def plan(statement: str) -> str:
    """The plan PostgreSQL makes where reading the whole table is no way out (in a test it is small)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("set local enable_bitmapscan = off")
        cursor.execute("explain " + statement, GIVEN)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("name", INDEX)
def test_a_page_is_read_from_its_index(name: QueueName) -> None:
    found = plan(PAGES[name])
    assert f"using {INDEX[name]} on cases_case c" in found
    assert re.search(r"Index Cond: .*ROW\(\S*due_at, \S*id\) >", found), "the cursor is a place in the index"
    assert "Seq Scan on cases_case c" not in found


@pytest.mark.usefixtures("many")
def test_all_counts_are_read_from_indexes() -> None:
    found = plan(COUNTS)
    assert "Seq Scan on cases_case" not in found
    for index in set(INDEX.values()):
        assert index in found
