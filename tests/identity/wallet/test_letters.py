"""The letters: the channel of record, in the reader's language, with no claim in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sala.engine.messages.models import Message
from sala.identity.accounts.actor import Actor
from sala.identity.wallet import approvals, pins
from sala.identity.wallet.rules import Kind
from sala.kit import clock
from sala.kit.models import OutboxEvent
from sala.web import wiring
from tests.factories import actor_for, make_account
from tests.identity.wallet.asking import asked_ciba, asking

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["th", "en"])
def reader(request: pytest.FixtureRequest) -> Actor:
    return actor_for(make_account("ada@example.org", language=request.param))


def post(topic: str) -> list[Message]:
    """What the post room makes of the events of this topic."""
    from sala.engine.messages import tasks

    assert "messages.wallet_letter" in wiring.HEARERS[topic]
    for event in OutboxEvent.objects.filter(topic=topic).order_by("id"):
        payload: Any = event.payload
        for _ in range(2):
            tasks.wallet_letter(json.loads(payload) if isinstance(payload, str) else payload)
    return list(Message.objects.order_by("id"))


def test_what_waits_is_told_by_letter(reader: Actor) -> None:
    asked = asked_ciba(reader)
    (letter,) = post("approval.asked")
    name = {"th": "คลินิกสาทร", "en": "Sathon Clinic"}[reader.language]
    assert name in letter.subject
    for words in (name, "Chrome on Windows", "Visit 42", f"/id/requests/{asked.id}/"):
        assert words in letter.text
        assert words in letter.html
    assert asked.token not in letter.text
    assert "birth" not in letter.text.lower()
    assert letter.to == "ada@example.org"


def test_who_stands_at_the_page_is_not_told_by_push_and_letter(reader: Actor) -> None:
    approvals.ask(kind=Kind.DEVICE, asking=asking(), account_id=reader.account_id)
    assert not OutboxEvent.objects.filter(topic="approval.asked").exists()
    assert OutboxEvent.objects.filter(topic="approval.changed").count() == 1  # an open list of theirs shows it
    asked_ciba(reader)
    assert len(post("approval.asked")) == 1


def test_what_is_over_is_not_told(reader: Actor) -> None:
    asked = asked_ciba(reader)
    approvals.decline(approval_id=asked.id, by=reader)
    late = asked_ciba(reader)
    with clock.frozen(late.expires_at):
        assert post("approval.asked") == []


def test_a_pin_is_told_of(reader: Actor) -> None:
    from sala.identity.accounts.services import Browser

    pins.choose(pin="480275", by=reader, browser=Browser())
    (letter,) = post("wallet.letter")
    assert "480275" not in letter.text + letter.html + letter.subject
    assert "PIN" in letter.subject
