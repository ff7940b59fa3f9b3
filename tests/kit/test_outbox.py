from __future__ import annotations

import pytest
from django.db import transaction

from sala.kit import outbox
from sala.kit.models import OutboxEvent


@pytest.mark.django_db
def test_a_fact_waits_in_the_outbox_as_it_was_told() -> None:
    outbox.emit("case.approved", {"case": "x", "reference": "TM47-1", "event": 7})
    row = OutboxEvent.objects.get()
    assert (row.topic, row.payload) == ("case.approved", {"case": "x", "reference": "TM47-1", "event": 7})


@pytest.mark.django_db(transaction=True)
def test_a_roll_back_takes_the_fact_back() -> None:
    with transaction.atomic():
        outbox.emit("case.approved", {})
        transaction.set_rollback(True)
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
def test_the_fragment_may_be_embedded_in_a_hot_statement() -> None:
    outbox.execute(
        f"with told as ({outbox.INSERT}) select 1",
        {"topic": "case.submitted", "payload": outbox.jsonb({"event": 1})},
    )
    assert OutboxEvent.objects.get().payload == {"event": 1}
