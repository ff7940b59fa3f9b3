"""A visitor sees who read the list on which they stand, and nobody else does."""

from __future__ import annotations

from typing import Any

import pytest

from sala.engine.appointments import own_data, queries
from sala.identity.accounts.actor import Actor
from sala.identity.mydata import looks, sections
from sala.kit import audit, clock
from tests.engine.appointments.conftest import make_places

pytestmark = pytest.mark.django_db


def test_the_list_of_the_day_is_a_look_at_each_who_stands_on_it(schedule: int, book: Any, visitor: Actor) -> None:
    make_places(schedule)
    visit = queries.visit(book().visit_id)
    assert visitor.account_id
    day = clock.local_day(visit.starts_at)
    audit.record("system:test", "hall.day_list_viewed", own_data.day_list(visit.office_id, day))
    audit.record("system:test", "hall.day_list_viewed", own_data.day_list(visit.office_id + 1, day))
    audit.record("system:test", "hall.day_list_viewed", own_data.day_list(visit.office_id, day.replace(year=2020)))
    (line,) = looks.page(visitor.account_id, whose="officers").lines
    assert line.reason
    assert visit.reference in line.reason.en
    section = sections.section("visits")
    assert section
    (item,) = section.items(visitor.account_id, 9)
    assert visit.reference in item.title
    (record,) = section.export(visitor.account_id)
    assert record["reference"] == visit.reference
    assert "network" not in record
