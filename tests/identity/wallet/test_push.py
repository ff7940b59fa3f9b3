"""Telling a browser by push: encrypted for it alone, vouched for, and nothing in it but an id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from procrastinate.contrib.django import app

from sala.identity.accounts.actor import Actor
from sala.identity.wallet import approvals, devices, push, rules, tasks
from sala.identity.wallet.models import Device
from sala.identity.wallet.push import Subscription
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Invalid
from tests.factories import actor_for, make_account
from tests.identity.wallet.asking import asked_ciba
from tests.identity.wallet.push_service import Browser, PushService, raw, text


@pytest.fixture
def service() -> Iterator[PushService]:
    running = PushService()
    yield running
    running.close()


@pytest.fixture
def ada(db: None) -> Actor:
    return actor_for(make_account("ada@example.org"))


def subscribe(by: Actor, browser: Browser, endpoint: str) -> Device:
    to = browser.at(endpoint)
    devices.add(name="Chrome on Android", endpoint=to.endpoint, p256dh=to.p256dh, auth=to.auth, by=by)
    return Device.objects.get(endpoint=endpoint)


def test_the_example_of_the_standard() -> None:
    """RFC 8291, appendix A."""
    sender = ec.derive_private_key(int.from_bytes(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1())
    to = Subscription(
        "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    body = push.encrypt(
        b"When I grow up, I want to be a watermelon", to, key=sender, salt=raw("DGv6ra1nlYgDCS1FRnbzlw")
    )
    assert text(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg"
        "Dll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_browser_reads_it_and_knows_who_sent_it(ada: Actor, service: PushService) -> None:
    browser = Browser()
    subscribe(ada, browser, f"{service.url}/push/1")
    asked = asked_ciba(ada)
    devices.tell(asked.id)
    path, headers, body = service.taken[0]
    assert path == "/push/1"
    assert json.loads(browser.read(body)) == {"id": str(asked.id)}
    assert headers["content-encoding"] == "aes128gcm"
    assert 0 < int(headers["ttl"]) <= rules.APPROVAL_AGE.total_seconds()
    sender = service.who_sent()
    assert sender["aud"] == service.url
    assert sender["key"] == push.public_key()
    assert clock.now().timestamp() < sender["exp"] < (clock.now() + timedelta(days=1)).timestamp()
    with pytest.raises(InvalidTag):
        Browser(auth=browser.auth, key=None).read(body)


def test_each_device_is_told_once(ada: Actor, service: PushService) -> None:
    for number in (1, 2):
        subscribe(ada, Browser(), f"{service.url}/push/{number}")
    subscribe(actor_for(make_account()), Browser(), f"{service.url}/push/another")
    asked = asked_ciba(ada)
    for _ in range(2):
        devices.tell(asked.id)
    assert sorted(path for path, _, _ in service.taken) == ["/push/1", "/push/2"]


@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_browser_that_unsubscribed_is_forgotten(ada: Actor, service: PushService, status: int) -> None:
    subscribe(ada, Browser(), f"{service.url}/push/1")
    service.status = status
    devices.tell(asked_ciba(ada).id)
    assert not Device.objects.exists()
    assert audit.of_subject(ada.label)[0].action == "push.device_gone"


def test_a_push_service_that_is_ill_is_asked_again(ada: Actor, service: PushService) -> None:
    subscribe(ada, Browser(), f"{service.url}/push/1")
    asked = asked_ciba(ada)
    service.status = 503
    with pytest.raises(push.NotNow):
        devices.tell(asked.id)
    service.status = 201
    devices.tell(asked.id)
    assert len(service.taken) == 2
    assert app.tasks["wallet.push"].retry_strategy is not None


def test_what_was_answered_meanwhile_is_not_told(ada: Actor, service: PushService) -> None:
    subscribe(ada, Browser(), f"{service.url}/push/1")
    asked = asked_ciba(ada)
    approvals.decline(approval_id=asked.id, by=ada)
    tasks.push({"approval": str(asked.id)})
    late = asked_ciba(ada)
    with clock.frozen(late.expires_at):
        devices.tell(late.id)
    devices.tell(uuid4())
    assert service.taken == []


@pytest.mark.parametrize(
    "endpoint",
    ["http://push.example.org/x", "https://user:secret@push.example.org/x", "ftp://push.example.org/x", "push", ""],
)
def test_only_addresses_that_may_be_asked_are_kept(ada: Actor, endpoint: str) -> None:
    with pytest.raises(Invalid):
        subscribe(ada, Browser(), endpoint)


def test_hosts_of_our_own_network_are_not_asked(ada: Actor) -> None:
    subscribe(ada, Browser(), "https://10.0.0.7/push")
    devices.tell(asked_ciba(ada).id)
    assert not Device.objects.exists()


def test_keys_of_another_shape_are_refused(ada: Actor) -> None:
    good = Browser().at("https://push.example.org/x")
    off_the_curve = text(b"\x04" + bytes(63) + b"\x01")
    for key, auth in (("", good.auth), ("!", good.auth), (off_the_curve, good.auth), (good.p256dh, "c2hvcnQ")):
        with pytest.raises(Invalid):
            devices.add(name="x", endpoint=good.endpoint, p256dh=key, auth=auth, by=ada)


def test_a_browser_tells_whoever_uses_it_now(ada: Actor) -> None:
    eve = actor_for(make_account())
    subscribe(ada, Browser(), "https://push.example.org/x")
    subscribe(eve, Browser(), "https://push.example.org/x")
    assert Device.objects.get().account_id == eve.account_id


def test_devices_have_an_end_and_can_be_removed(ada: Actor) -> None:
    for number in range(rules.DEVICES_MAX):
        subscribe(ada, Browser(), f"https://push.example.org/{number}")
    with pytest.raises(Conflict):
        subscribe(ada, Browser(), "https://push.example.org/more")
    first = subscribe(ada, Browser(), "https://push.example.org/0")
    devices.remove(device_id=first.id, by=actor_for(make_account()))
    assert Device.objects.filter(id=first.id).exists()
    for _ in range(2):
        devices.remove(device_id=first.id, by=ada)
    assert not Device.objects.filter(id=first.id).exists()
