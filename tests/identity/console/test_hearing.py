"""The page on which an RP's people set where their program hears of changes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from standardwebhooks.webhooks import Webhook as Judge

from sala.engine.messages.models import Message
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.console.models import RelyingParty
from sala.identity.provider import webhook_sending, webhooks
from sala.kit import clock
from tests.factories import client_for, client_in_english, make_account
from tests.hearing import hear
from tests.identity.console.conftest import HOME, approved
from tests.identity.provider.test_webhooks import Program, demo, program  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
ADDRESS = "https://pets.example/changes"


@pytest.fixture
def page(developer: Account) -> Client:
    return client_in_english(developer)


@pytest.fixture
def party(by: Actor, officer: Actor) -> UUID:
    return approved(by, officer, "given_name")


def at(party: UUID, which: str, act: str = "") -> str:
    return f"/relying-parties/{party}/{which}/changes/{act}"


def secret_in(response: Any) -> str:
    found = re.search(r'id="secret">(whsec_[^<]+)<', response.content.decode())
    assert found, response.content.decode()
    return found[1]


def test_an_address_is_set_and_its_secret_is_shown_once(page: Client, party: UUID) -> None:
    first = page.post(at(party, "sandbox"), {"url": ADDRESS})
    secret = secret_in(first)
    assert "no-store" in first.headers["Cache-Control"]
    shown = page.get(at(party, "sandbox")).content.decode()
    assert ADDRESS in shown
    assert secret not in shown
    assert page.post(at(party, "sandbox"), {"url": ADDRESS}).status_code == 303  # again: no other secret
    other = secret_in(page.post(at(party, "sandbox", "secret/")))
    assert other != secret
    assert "The one before works until" in page.get(at(party, "sandbox")).content.decode()
    assert page.post(at(party, "sandbox", "stop/")).status_code == 303
    assert ADDRESS not in page.get(at(party, "sandbox")).content.decode()


@pytest.mark.parametrize(
    ("which", "url"),
    [
        ("sandbox", ""), ("sandbox", "pets.example/changes"), ("sandbox", "https://pets.example/changes#part"),
        ("sandbox", "http://pets.example/changes"), ("sandbox", "http://127.0.0.1:8000/changes"),
        ("sandbox", "https://user@pets.example/changes"),
        ("live", "https://other.example/changes"), ("live", "http://pets.example/changes"),
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_is_refused_with_the_cure(
    page: Client, party: UUID, settings: Any, *, which: str, url: str
) -> None:
    settings.DEMO = False
    response = page.post(at(party, which), {"url": url})
    assert response.status_code == 422
    assert 'href="#url"' in response.content.decode()
    assert webhooks.of(client_of(party, which)) is None


def client_of(party: UUID, which: str) -> str:
    return str(getattr(RelyingParty.objects.get(id=party), f"{which}_id"))


def test_a_live_client_hears_at_a_host_that_an_officer_has_seen(page: Client, party: UUID) -> None:
    assert HOME.startswith("https://pets.example/")
    assert secret_in(page.post(at(party, "live"), {"url": ADDRESS}))


def test_to_strangers_it_does_not_exist_and_only_managers_change_a_live_one(page: Client, party: UUID) -> None:
    page.post(at(party, "live"), {"url": ADDRESS})
    stranger = client_for(make_account())
    for act in ("", "secret/", "test/", "stop/", f"{party}/again/"):
        assert stranger.post(at(party, "live", act)).status_code == 404
    assert stranger.get(at(party, "live")).status_code == 404
    assert webhooks.of(client_of(party, "live"))
    assert page.post(at(party, "live", f"{party}/again/")).status_code == 404  # no message of theirs


@pytest.mark.usefixtures("demo")
def test_a_test_is_sent_seen_and_repeated(page: Client, party: UUID, program: Program) -> None:  # noqa: F811
    secret = secret_in(page.post(at(party, "sandbox"), {"url": program.url}))
    program.status = 500
    assert page.post(at(party, "sandbox", "test/")).status_code == 303
    jobs = ProcrastinateJob.objects.filter(task_name="provider.send_webhook")
    (message,) = webhooks.sent(client_of(party, "sandbox"))
    assert [job.args for job in jobs] == [{"message": str(message.id)}]
    webhook_sending.send_now(message.id)
    shown = page.get(at(party, "sandbox")).content.decode()
    assert "Trying again" in shown
    assert "the address answered 500" in shown
    assert "has not answered since" in shown
    program.status = 200
    assert page.post(at(party, "sandbox", f"{message.id}/again/")).status_code == 303
    assert jobs.all().count() == 2
    webhook_sending.send_now(message.id)
    headers, body = program.told[-1]
    assert Judge(secret).verify(body, headers)["type"] == "webhook.test"
    shown = page.get(at(party, "sandbox")).content.decode()
    assert "Heard" in shown
    assert "has not answered since" not in shown


@pytest.mark.usefixtures("demo")
def test_after_a_day_its_managers_are_written_once(
    page: Client,
    party: UUID,
    program: Program,  # noqa: F811 - the fixture
    by: Actor,
) -> None:
    page.post(at(party, "sandbox"), {"url": program.url})
    client, program.status = client_of(party, "sandbox"), 500
    webhooks.test(client_id=client, by=by.label)
    begun = clock.now()
    for hours in range(0, 60, 2):
        with clock.frozen(begun + timedelta(hours=hours)):
            webhook_sending.turn(client)
    assert hear("provider.webhook_dead") == 1
    before = Message.objects.count()
    hear("console.letter")
    letters = Message.objects.filter(kind="console_webhook_dead")
    assert letters.count() == 1
    assert "not answered for a day" in letters.get().subject or "วัน" in letters.get().subject
    assert Message.objects.count() > before
