"""From a past fact to the mailbox: the real outbox, queue, tasks and SMTP."""

from __future__ import annotations

import re

import pytest
from pytest_django import Settings

from sala.engine.messages import delivery
from sala.engine.messages.models import Message
from sala.identity.accounts import services as accounts
from tests.background import settle
from tests.engine.messages.servers import post_office
from tests.engine.messages.test_delivery import use

pytestmark = pytest.mark.django_db
TYPED = {"given_name": "Grace", "surname": "Hopper", "phone": "0812345678", "email": "grace@mail.example"}


@pytest.mark.requirement("R-001.14")
def test_who_registers_gets_a_one_time_link_and_no_password(settings: Settings) -> None:
    accounts.register(typed=TYPED, language="th")
    assert settle() == ["messages.account_letter"]
    with post_office() as office:
        use(settings, office.port)
        assert delivery.deliver_due().sent == 1
    (mail,) = office.mails
    assert office.recipients == ["grace@mail.example"]
    assert mail["Content-Language"] == "th"
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert re.search(r"^http://127\.0\.0\.1:\d+/account/\S+$", str(plain.get_content()), re.MULTILINE)
    assert Message.objects.get().text == "", "the link is kept nowhere"


def test_a_repeated_fact_is_one_letter() -> None:
    from sala.engine.messages.tasks import account_letter
    from sala.kit.models import OutboxEvent

    accounts.register(typed=TYPED, language="en")
    payload = OutboxEvent.objects.get(topic="account.letter").payload
    account_letter(payload=payload)
    account_letter(payload=payload)
    assert Message.objects.count() == 1
