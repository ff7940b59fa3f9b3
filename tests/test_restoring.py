"""What one test commits, the next does not find; what was there from the start, it does."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from sala.engine.catalogue import checking
from sala.engine.catalogue import services as catalogue
from sala.engine.catalogue.models import ServiceVersion
from sala.identity.accounts.actor import system
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Agency, Area, Office
from sala.kit import audit
from sala.kit.models import AuditEntry
from tests.factories import make_officer
from tests.web.test_door import TM47

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = (Area, Agency, Office)
"""In every test from the start."""
NEW = (Account, AuditEntry, ServiceVersion)


def _jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs")
        return int(cursor.fetchone()[0])


@pytest.fixture(scope="module")
def before() -> dict[Any, list[Any]]:
    """What the first test found."""
    return {}


@pytest.mark.parametrize("time", range(3))
def test_each_begins_where_the_first_did(before: dict[Any, list[Any]], time: int) -> None:
    found = {model: list(model.objects.order_by("pk").values()) for model in KEPT}
    assert found == (before or found)
    before.update(found)
    assert all(found.values())
    assert not any(model.objects.exists() for model in NEW)
    assert not _jobs()
    if time == 0:
        Office.objects.order_by("-pk")[0].delete()
        Office.objects.update(name_en="Elsewhere")
        Area.objects.filter(code__gte=960000).delete()
    _leave_traces()


def _leave_traces() -> None:
    make_officer()
    audit.record("system:tests", "tests.ran", "account:1", {})
    catalogue.publish(checking.load_text(TM47.read_text()), by=system("tests"))
    app.configure_task("sala.nothing", allow_unknown=True).defer()
