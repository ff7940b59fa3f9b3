"""What the provider does by the clock and when an account closes. Cron times are UTC."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from sala.identity.provider import ciba, logout, registration, scripted, services, standing, webhook_sending
from sala.kit import outgoing


@app.periodic(cron="7 * * * *")
@app.task(name="provider.tidy", queueing_lock="provider.tidy")
def tidy(timestamp: int) -> None:
    """Every hour."""
    services.tidy()
    registration.tidy()


if settings.TEST_LOGIN:

    @app.periodic(cron="* * * * *")
    @app.task(name="provider.test_login_is_on", queueing_lock="provider.test_login_is_on")
    def test_login_is_on(timestamp: int) -> None:
        """Every minute, as long as it is."""
        scripted.warn()


@app.task(name="provider.forget_account")
def forget_account(payload: dict[str, Any]) -> None:
    """Hearer of `account.closed`."""
    services.forget_account(UUID(payload["account"]))


@app.task(name="provider.person_changed")
def person_changed(payload: dict[str, Any]) -> None:
    """Hearer of `person.changed`: who may know it is told that there is something to ask."""
    with transaction.atomic():
        tell_parties(standing.changed(payload))


@app.task(name="provider.person_ended")
def person_ended(payload: dict[str, Any]) -> None:
    """Hearer of `person.died` and `person.renounced`: the relying parties are found by the consents, which then go."""
    with transaction.atomic():
        tell_parties(standing.ended(payload))
        services.forget_account(UUID(payload["account"]))


def tell_parties(found: list[str]) -> None:
    """Have these clients told what is due, each by a job of its own; one that waits already does it."""
    for client in found:
        with suppress(AlreadyEnqueued), transaction.atomic():
            tell_party.configure(queueing_lock=f"webhooks:{client}").defer(client=client)


@app.task(name="provider.tell_party", queue=outgoing.WEBHOOKS)
def tell_party(client: str) -> None:
    """One client's turn; where there is more, it comes again behind the others."""
    if webhook_sending.turn(client):
        tell_parties([client])


@app.task(name="provider.send_webhook", queue=outgoing.WEBHOOKS)
def send_webhook(message: str) -> None:
    """One message that somebody wants to see arrive, whether its address rests or not."""
    webhook_sending.send_now(UUID(message))


@app.periodic(cron="* * * * *")
@app.task(name="provider.webhooks", queueing_lock="provider.webhooks")
def webhooks(timestamp: int) -> None:
    """Every minute: what is due again."""
    tell_parties(webhook_sending.due())


@app.task(name="provider.session_ended")
def session_ended(payload: dict[str, Any]) -> None:
    """Hearer of `account.session_ended`."""
    with transaction.atomic():
        for notice in logout.ended(UUID(session) for session in payload["sessions"]):
            tell_session_ended.defer(notice=notice)


@app.task(
    name="provider.tell_session_ended", queue=outgoing.QUEUE, retry=RetryStrategy(max_attempts=8, exponential_wait=4)
)
def tell_session_ended(notice: int) -> None:
    """Tell one RP: after 4, 16, 64 … seconds again if it does not hear, for six hours."""
    logout.tell(notice)


@app.task(name="provider.ciba_asked")
def ciba_asked(payload: dict[str, Any]) -> None:
    """Hearer of `provider.ciba_asked`."""
    ciba.look_up(bytes.fromhex(payload["request"]))


@app.task(name="provider.approval_changed")
def approval_changed(payload: dict[str, Any]) -> None:
    """Hearer of `approval.changed`."""
    if code := ciba.answered(UUID(payload["approval"])):
        ping.defer(request=code.hex())


@app.task(name="provider.ping", queue=outgoing.QUEUE, retry=RetryStrategy(max_attempts=4, exponential_wait=3))
def ping(request: str) -> None:
    """Tell an RP that its answer is there: after 3, 9, 27 seconds again if it does not hear. It may poll all along."""
    ciba.ping(bytes.fromhex(request))
