"""What the provider does by the clock and when an account closes. Cron times are UTC."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from sala.identity.provider import ciba, logout, registration, scripted, services
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
