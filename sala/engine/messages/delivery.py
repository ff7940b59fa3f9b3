"""Sends what waits. At least once: a letter may arrive twice, never not at all.

A letter is marked as sent after the server has taken it. A worker that dies between the two
leaves it waiting, and the next one sends it again under the same Message-ID. The other order
could lose a letter, and a result that never arrives is worse than one that arrives twice.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from smtplib import SMTPServerDisconnected

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from sala.engine.messages.compose import compose
from sala.engine.messages.models import Message
from sala.engine.messages.rules import Verdict, next_attempt, reason, verdict
from sala.kit import clock

log = logging.getLogger(__name__)

WAITING = [Message.State.QUEUED, Message.State.RETRYING]


@dataclass
class Delivered:
    """What one round did. `more`: the round ended before the queue did, and the server still answers."""

    sent: int = 0
    bounced: int = 0
    postponed: int = 0
    more: bool = False


def deliver_due(limit: int = 100) -> Delivered:
    """Send up to `limit` waiting letters over one connection; stop early where the server is out of order."""
    done = Delivered()
    server = _Server()
    try:
        for _ in range(limit):
            outcome = _deliver_next(server)
            if outcome is None:
                return done
            _count(done, outcome)
            if outcome is Verdict.UNREACHABLE:
                return done
        done.more = True
        return done
    finally:
        server.close()


class _Server:
    """One SMTP connection, opened when first needed."""

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None

    def send(self, message: Message, thread: Message | None) -> None:
        reused = self._connection is not None
        try:
            self._send(message, thread)
        except SMTPServerDisconnected:
            self.close()
            if not reused:
                raise
            # Servers hang up after so many letters or seconds: that is no failure yet.
            self._send(message, thread)

    def _send(self, message: Message, thread: Message | None) -> None:
        if self._connection is None:
            self._connection = get_connection()  # kept before it opens: what fails half-way is closed too
            self._connection.open()
        compose(message, thread=thread, connection=self._connection).send()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except OSError:  # it hung up first
                log.debug("mail server hung up")


def _deliver_next(server: _Server) -> Verdict | str | None:
    """Deliver the letter due first that nobody else is delivering: how it went, or None when there is none."""
    with transaction.atomic():
        message = (
            Message.objects.select_for_update(skip_locked=True)
            .filter(state__in=WAITING, next_attempt_at__lte=clock.now())
            .order_by("next_attempt_at")
            .first()
        )
        if message is None:
            return None
        message.attempts += 1
        thread = _thread(message)
        try:
            server.send(message, thread)
        except Exception as error:
            server.close()
            return _failed(message, error)
        return _sent(message)


def _sent(message: Message) -> str:
    message.state = Message.State.SENT
    message.sent_at = clock.now()
    message.last_error = ""
    _forget_secret(message)
    message.save()
    return "sent"


def _failed(message: Message, error: Exception) -> Verdict:
    """Note why it did not go and when to try again. Never raises: one letter must not stop the others."""
    outcome = verdict(error)
    if not isinstance(error, (OSError, ValueError)):
        log.exception("letter %s could not be written", message.id)
    message.last_error = reason(error)
    again = next_attempt(attempts=message.attempts, created_at=message.created_at, now=clock.now())
    if outcome is Verdict.NEVER or again is None:
        message.state = Message.State.BOUNCED
        _forget_secret(message)
        outcome = outcome if outcome is Verdict.UNREACHABLE else Verdict.NEVER
    else:
        message.state = Message.State.RETRYING
        message.next_attempt_at = again
    message.save()
    return outcome


def _forget_secret(message: Message) -> None:
    if message.secret:
        message.text = message.html = ""


def _thread(message: Message) -> Message | None:
    """The first letter of the same case: the others answer to it."""
    if not message.case_reference:
        return None
    return Message.objects.filter(case_reference=message.case_reference).only("id").order_by("id").first()


def _count(done: Delivered, outcome: Verdict | str) -> None:
    if outcome == "sent":
        done.sent += 1
    elif outcome is Verdict.NEVER:
        done.bounced += 1
    else:
        done.postponed += 1
