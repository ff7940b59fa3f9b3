"""The audit: append-only, chained, tamper-evident."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from sala.kit import audit
from sala.kit.models import AuditEntry

pytestmark = pytest.mark.django_db


def write(count: int) -> None:
    for i in range(count):
        audit.record("account:1", "case.viewed", f"case:TM47-{i}", {"b": i, "a": "ก", "n": 1.50})


def unguarded(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("alter table kit_auditentry disable trigger audit_append_only")
        cursor.execute(statement)
        cursor.execute("alter table kit_auditentry enable trigger audit_append_only")


def test_sealing_numbers_every_entry_once_in_order() -> None:
    write(7)
    assert audit.seal(batch=3) == 7
    assert audit.seal() == 0
    write(2)
    assert audit.seal() == 2
    assert list(AuditEntry.objects.order_by("id").values_list("number", flat=True)) == list(range(1, 10))
    assert audit.verify(batch=4) == audit.head()


def test_empty_chain_verifies() -> None:
    assert audit.verify().number == 0


@pytest.mark.parametrize("change", ["update kit_auditentry set actor = 'x'", "delete from kit_auditentry"])
def test_entries_cannot_be_changed_or_removed(change: str) -> None:
    write(1)
    audit.seal()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_sealing_may_not_alter_content() -> None:
    write(1)
    change = "update kit_auditentry set number = 1, hash = '\\x00', actor = 'x'"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.parametrize(
    "tampering",
    [
        "update kit_auditentry set detail = '{}' where number = 2",
        "update kit_auditentry set at = at + interval '1 second' where number = 2",
        "delete from kit_auditentry where number = 2",
    ],
)
def test_tampering_shows(tampering: str) -> None:
    write(3)
    audit.seal()
    unguarded(tampering)
    with pytest.raises(audit.BrokenChainError) as broken:
        audit.verify()
    assert broken.value.number == 2


def test_a_cut_off_end_shows_against_a_published_head() -> None:
    write(3)
    audit.seal()
    published = audit.head()
    unguarded("delete from kit_auditentry where number = 3")
    assert audit.verify().number == 2
    with pytest.raises(audit.BrokenChainError):
        audit.verify(published)


def test_a_rewritten_chain_shows_against_a_published_head() -> None:
    write(3)
    audit.seal()
    published = audit.head()
    unguarded("update kit_auditentry set actor = 'other', number = null, hash = null")
    audit.seal()
    assert audit.verify().number == 3
    with pytest.raises(audit.BrokenChainError):
        audit.verify(published)
