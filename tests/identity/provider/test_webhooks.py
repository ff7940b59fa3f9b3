"""Relying parties hear of changes: whom, what, signed how, and what becomes of those who do not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec
import pytest
from django.test import Client as Browser
from standardwebhooks.webhooks import Webhook as Judge
from standardwebhooks.webhooks import WebhookVerificationError

from sala.identity.accounts.models import Account
from sala.identity.people import claims as register
from sala.identity.people import queries as people
from sala.identity.people import rules as people_rules
from sala.identity.people import services as keeping
from sala.identity.provider import services, standing, webhook_sending, webhooks
from sala.identity.provider.models import Client, Consent, Look, Webhook, WebhookMessage
from sala.kit import clock
from sala.kit.models import OutboxEvent
from sala.web import relay, worker
from tests.identity.provider.conftest import BY, Rp, make_rp
from tests.serving import serving
from tests.web.test_worker import drain

PID = people_rules.invented_pid(7)


class Program:
    """An RP's program that keeps what it is told; `status` is what it answers."""

    def __init__(self) -> None:
        self.status, self.told = 204, list[tuple[dict[str, str], bytes]]()
        self.url = ""

    def handler(self) -> type[BaseHTTPRequestHandler]:
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                program.told.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(program.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@pytest.fixture
def program() -> Iterator[Program]:
    made = Program()
    with serving(made.handler()) as server:
        made.url = f"http://127.0.0.1:{server.server_port}/changes"
        yield made


@pytest.fixture
def demo(settings: Any) -> None:
    settings.DEMO = True


def amend(**changes: Any) -> people.PersonCard:
    return keeping.amend(pid=PID, changes=changes, by=BY, reason="Told")


def told(topic: str) -> list[dict[str, Any]]:
    rows = OutboxEvent.objects.filter(topic=topic).order_by("id")
    return [row.payload if isinstance(row.payload, dict) else msgspec.json.decode(row.payload) for row in rows]


def hear(topic: str = "person.changed") -> list[str]:
    """What the provider does with the last fact of this topic."""
    return (standing.changed if topic == "person.changed" else standing.ended)(told(topic)[-1])


def place(rp: Rp, url: str = "https://rp.example.go.th/changes") -> str:
    secret = webhooks.place(client_id=rp.id, url=url, by=BY.label)
    assert secret
    return secret


def messages(rp: Rp) -> list[WebhookMessage]:
    return list(WebhookMessage.objects.filter(client_id=rp.id).order_by("made_at"))


# --- What is told of ----------------------------------------------------------------------------------------

_CHANGES: dict[str, Any] = {
    "pid": "1100000000001", "title_th": "นางสาว", "given_name_th": "มาลี", "middle_name_th": "กลาง",
    "family_name_th": "มั่นคง", "title_en": "Miss", "given_name_en": "Mali", "middle_name_en": "Klang",
    "family_name_en": "Mankhong", "birth_date": date(1990, 1, 1), "sex": "f", "house_no": "1", "moo": "9",
    "lane": "ซอย 1", "road": "ใหญ่", "subdistrict": 740102, "card_number": "99", "card_issued_on": date(2026, 1, 1),
    "card_expires_on": date(2034, 1, 1), "ial": "1.3",
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [[name] for name in _CHANGES] + [list(_CHANGES), []])
def test_a_claim_is_touched_exactly_when_it_says_otherwise(offices: dict[int, int], fields: list[str]) -> None:
    """The table of what claims are made of, held against the functions that make them."""
    card = people.PersonCard(
        1, PID, "นาย", "สมชาย", "", "ใจดี", "Mr.", "Somchai", "", "Jaidee", date(1985, 4, 13), "m", "99/1", "", "", "",
        740101, "10", date(2020, 1, 1), date(2028, 1, 1), "2.3", None, "THA", None, "", "", "", "", "",
    )  # fmt: skip
    after = replace(card, **{name: _CHANGES[name] for name in fields})
    before, now = (register.claims(one, register.CLAIMS) for one in (card, after))
    changed = {name for name in register.CLAIMS if before.get(name) != now.get(name)}
    stored = {"subdistrict": "subdistrict_id"}
    assert set(register.touched(stored.get(name, name) for name in fields)) == changed
    assert register.TOUCHES.keys() == register.CLAIMS.keys()


# --- Whom ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.requirement("R-004.17")
def test_who_may_know_what_changed_is_told_its_name_alone(
    rp: Rp, signed_in: Callable[..., dict[str, Any]], citizen: Account
) -> None:
    signed_in()
    place(rp)
    amend(given_name_th="สมหมาย", family_name_th="มั่นคง", moo="5")
    assert hear() == [rp.id]
    (message,) = messages(rp)
    assert (message.type, message.claims) == ("person.changed", ["given_name"])
    body = webhook_sending.body_of(message)
    assert "สมหมาย".encode() not in body
    assert PID.encode() not in body
    assert msgspec.json.decode(body)["data"]["sub"] == message.subject
    assert hear() == []
    assert len(messages(rp)) == 1


@pytest.mark.django_db
def test_who_has_no_standing_consent_hears_nothing(
    rp: Rp, signed_in: Callable[..., dict[str, Any]], citizen: Account
) -> None:
    signed_in()
    place(rp)
    place(make_rp("Tax office"))  # nobody signed in there
    amend(family_name_th="มั่นคง")  # not asked for
    assert hear() == []
    amend(given_name_th="สมหมาย")
    Consent.objects.update(agreed=["pid", "birthdate"])
    assert hear() == []
    Consent.objects.update(agreed=["given_name"])
    Client.objects.update(closed_at=clock.now())
    assert hear() == []
    Client.objects.update(closed_at=None)
    Webhook.objects.all().delete()
    assert hear() == []
    place(rp)
    assert hear() == [rp.id]


@pytest.mark.django_db
@pytest.mark.parametrize("case", [(True, False, True), (False, False, False), (False, True, True)])
def test_of_invented_people_a_live_client_hears_in_a_demonstration_alone(
    rp: Rp, signed_in: Callable[..., dict[str, Any]], settings: Any, case: tuple[bool, bool, bool]
) -> None:
    sandbox, demonstration, heard = case
    signed_in()
    place(rp)
    Client.objects.update(sandbox=sandbox)
    settings.DEMO = demonstration
    amend(given_name_th="สมหมาย")
    assert bool(hear()) is heard


@pytest.mark.django_db
def test_thaids_relying_parties_are_told_by_the_number(rp: Rp, signed_in: Callable[..., dict[str, Any]]) -> None:
    signed_in()
    place(rp)
    Client.objects.update(profile="legacy_thaid")
    amend(given_name_th="สมหมาย")
    hear()
    assert messages(rp)[0].subject == PID
    Client.objects.update(profile_until=clock.today() - timedelta(1))
    amend(given_name_th="สมชาย")
    hear()
    assert messages(rp)[1].subject != PID


@pytest.mark.django_db
@pytest.mark.parametrize("changes", [{"died_on": date(2026, 11, 1)}, {"nationality": "JPN"}])
def test_an_end_is_told_without_its_reason_and_then_all_is_forgotten(
    rp: Rp, signed_in: Callable[..., dict[str, Any]], citizen: Account, changes: dict[str, Any]
) -> None:
    signed_in()
    place(rp)
    amend(**changes)
    topic = "person.died" if "died_on" in changes else "person.renounced"
    assert hear(topic) == [rp.id]
    services.forget_account(citizen.id)
    (message,) = messages(rp)
    body = msgspec.json.decode(webhook_sending.body_of(message))
    assert body["type"] == "person.ended"
    assert body["data"] == {"sub": message.subject, "claims": []}
    assert not Consent.objects.exists()


# --- How ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("demo")
def test_it_arrives_signed_as_the_reference_library_judges_it(
    rp: Rp, signed_in: Callable[..., dict[str, Any]], program: Program, citizen: Account
) -> None:
    """The whole way: the register, the outbox, the worker's lane, a real server, another's judgement."""
    signed_in()
    secret = place(rp, program.url)
    OutboxEvent.objects.all().delete()
    worker.check_wiring()
    amend(given_name_th="สมหมาย")
    relay.relay()
    drain()
    ((headers, body),) = program.told
    heard = Judge(secret).verify(body, headers)
    assert heard["type"] == "person.changed"
    assert heard["data"]["claims"] == ["given_name"]
    with pytest.raises(WebhookVerificationError):
        Judge(secret).verify(body.replace(b"given_name", b"family_name"), headers)
    assert webhooks.sent(rp.id)[0].state == "heard"
    look = Look.objects.get(act="webhook")
    assert (look.account_id, look.scopes, look.outcome) == (citizen.id, ["given_name"], "")


@pytest.mark.django_db
@pytest.mark.usefixtures("demo")
def test_the_person_reads_who_was_told_that_something_changed(
    rp: Rp, signed_in: Callable[..., dict[str, Any]], program: Program, browser: Browser
) -> None:
    signed_in()
    place(rp, program.url)
    amend(given_name_th="สมหมาย")
    hear()
    webhook_sending.turn(rp.id)
    browser.get("/", {"lang": "en"})
    page = browser.get("/account/my-data/looks/").content.decode()
    assert "It was told that this has changed, not what it says now" in page
    assert "Your given name" in page


@pytest.mark.django_db
def test_a_changed_secret_and_the_one_before_both_fit_for_a_day(rp: Rp, program: Program, demo: None) -> None:
    first = place(rp, program.url)
    second = webhooks.rotate(client_id=rp.id, by=BY.label)
    webhook_sending.send_now(webhooks.test(client_id=rp.id, by=BY.label))
    headers, body = program.told[-1]
    for secret in (first, second):
        assert Judge(secret).verify(body, headers)["type"] == "webhook.test"
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        webhook_sending.send_now(webhooks.test(client_id=rp.id, by=BY.label))
    headers, body = program.told[-1]
    assert len(headers["webhook-signature"].split()) == 1


@pytest.mark.django_db
def test_a_failed_one_is_tried_for_three_days_by_the_same_name(rp: Rp, program: Program, demo: None) -> None:
    place(rp, program.url)
    webhooks.test(client_id=rp.id, by=BY.label)
    program.status, now, last = 500, clock.now(), clock.now()
    while WebhookMessage.objects.filter(next_at__isnull=False).exists():
        with clock.frozen(now):
            if webhook_sending.due():
                webhook_sending.turn(rp.id)
                last = now
        now += timedelta(minutes=10)
        assert now < last + timedelta(days=2)
    assert {headers["webhook-id"] for headers, _ in program.told} == {webhooks.sent(rp.id)[0].name}
    assert {body for _, body in program.told} == {program.told[0][1]}
    assert 8 <= len(program.told) <= 12
    assert timedelta(days=3) <= last - Webhook.objects.get().made_at <= timedelta(days=4)
    assert webhooks.sent(rp.id)[0].state == "given_up"
    assert "500" in webhooks.sent(rp.id)[0].fault
    assert [one["client"] for one in told("provider.webhook_dead")] == [rp.id]


@pytest.mark.django_db
def test_a_dead_address_costs_one_question_a_rest_and_keeps_nobody_waiting(
    rp: Rp, program: Program, demo: None
) -> None:
    other = make_rp("Tax office")
    place(rp, program.url.replace("http://", "http://x@"))  # nobody may be asked there
    place(other, program.url)
    for _ in range(20):
        webhooks.test(client_id=rp.id, by=BY.label)
    webhooks.test(client_id=other.id, by=BY.label)
    assert set(webhook_sending.due()) == {rp.id, other.id}
    for client in webhook_sending.due():
        webhook_sending.turn(client)
    assert len(program.told) == 1
    assert webhook_sending.turn(rp.id) is False  # a turn that was queued already finds it resting
    assert sum(one.tries for one in messages(rp)) == 1
    assert webhook_sending.due() == []


@pytest.mark.django_db
def test_when_it_answers_again_all_that_waited_arrives(rp: Rp, program: Program, demo: None) -> None:
    place(rp, program.url)
    for _ in range(3):
        webhooks.test(client_id=rp.id, by=BY.label)
    program.status = 503
    webhook_sending.turn(rp.id)
    placed = webhooks.of(rp.id)
    assert placed
    assert placed.failing_since
    program.status, program.told = 200, []
    webhooks.repeat(client_id=rp.id, message=webhooks.sent(rp.id)[-1].id, by=BY.label)
    webhook_sending.send_now(webhooks.sent(rp.id)[-1].id)  # by hand, though the address rests
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert webhook_sending.turn(rp.id) is False
    assert len(program.told) == 3
    placed = webhooks.of(rp.id)
    assert placed
    assert placed.failing_since is None
    webhook_sending.send_now(webhooks.sent(rp.id)[0].id)
    assert len(program.told) == 3  # heard is heard


@pytest.mark.django_db
def test_no_address_of_our_own_network_is_asked(rp: Rp, program: Program, settings: Any) -> None:
    settings.DEMO = False
    place(rp, program.url)
    webhook_sending.send_now(webhooks.test(client_id=rp.id, by=BY.label))
    assert program.told == []
    assert "forbidden" in webhooks.sent(rp.id)[0].fault
