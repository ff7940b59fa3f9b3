"""Posting letters, and what readers of letters may do about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from hmac import compare_digest
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from sala.engine.messages import letters
from sala.engine.messages.models import DemoMail, Message, StoppedReminders
from sala.engine.messages.rules import one_line
from sala.identity.accounts.letters import letter_for
from sala.identity.wallet import letters as wallet_letters
from sala.kit import clock
from sala.kit.errors import NotFound
from sala.kit.ids import keyed_digest, normal_reference

KEEP_DEMO_MAIL = timedelta(days=30)


def send(
    *,
    key: str,
    to: str,
    language: str,
    subject: str,
    text: str,
    html: str,
    kind: str,
    case_reference: str = "",
    calendar: str = "",
    code: str = "",
    unsubscribe: str = "",
    secret: bool = False,
    at_once: bool = True,
) -> None:
    """Post a letter, in the caller's transaction; a worker delivers it after commit: `at_once`, or within a minute.

    `code` goes with it as a picture, a QR code, which the letter's HTML may show as `cid:code`.
    The same `key` again posts nothing. The subject gets the case's number where it lacks it.
    An address that cannot be one is not an error of the caller's: the letter stands as
    bounced on the case, where an officer sees it.
    """
    line = one_line(subject)
    if case_reference and case_reference not in line:
        line = f"{line} [{case_reference}]"
    address = to.strip()
    fault = _fault_of(address)
    now = clock.now()
    message = Message(
        key=key,
        case_reference=case_reference,
        kind=kind,
        to=one_line(address),
        language=language,
        subject=line,
        text=text,
        html=html,
        calendar=calendar,
        code=code,
        unsubscribe=unsubscribe,
        secret=secret,
        state=Message.State.BOUNCED if fault else Message.State.QUEUED,
        last_error=fault,
        created_at=now,
        next_attempt_at=now,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    if at_once and not fault:
        transaction.on_commit(_wake)


def _wake() -> None:
    from sala.engine.messages.tasks import wake  # the jobs call these services

    wake()


def _fault_of(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError:
        return "not an e-mail address"
    return ""


def post(*, key: str, to: str, kind: str, language: str, context: Mapping[str, Any], secret: bool = True) -> None:
    """Write the letter of this kind, and `send` it."""
    letter = letters.render(kind, language, context)
    send(
        key=key,
        to=to,
        language=language,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        kind=kind,
        secret=secret,
    )


def post_asked(room: str, asked: Mapping[str, Any] | None) -> None:
    """`post` what a room of identity asks for: kind, id, to, language, context; None asks for nothing.

    The same id again posts nothing.
    """
    if asked:
        wanted = {name: asked[name] for name in ("to", "kind", "language", "context")}
        post(key=f"{room}:{asked['id']}", **wanted)


class AccountLetter(msgspec.Struct, frozen=True):
    """What the accounts say a letter of theirs holds. `id` makes a repeated event one letter."""

    kind: letters.AccountKind
    id: str
    to: str
    language: str
    context: dict[str, Any]


def send_account_letter(payload: dict[str, Any]) -> None:
    """The letter that an `account.letter` event asks for, if any.

    Its words, which may hold a one-time link, are forgotten once it was sent.
    """
    asked = letter_for(payload)
    if asked is None:
        return
    wanted = msgspec.convert(asked, AccountLetter)
    post(key=f"account:{wanted.id}", to=wanted.to, kind=wanted.kind, language=wanted.language, context=wanted.context)


def send_wallet_letter(payload: dict[str, Any]) -> None:
    """The letter about a PIN, or about something that waits to be approved; none if that is over by now."""
    post_asked("wallet", wallet_letters.letter_for(payload))


# --- Reminders: who wants no more ----------------------------------------------------------------


def stop_link(reference: str) -> str:
    """The address in a reminder that stops the reminders about this case, without signing in."""
    return settings.PUBLIC_URL + reverse("stop_reminders", args=[reference, _stop_key(reference)])


def check_stop_key(reference: str, key: str) -> str:
    """The case's number as stored, where `key` is that of its reminders; else `NotFound`."""
    stored = normal_reference(reference)
    if stored is None or not compare_digest(key.encode(), _stop_key(stored).encode()):
        raise NotFound
    return stored


def stop_reminders(*, reference: str, key: str) -> None:
    """Send no more reminders about this case. May be repeated."""
    stored = check_stop_key(reference, key)
    StoppedReminders.objects.bulk_create(
        [StoppedReminders(case_reference=stored, stopped_at=clock.now())], ignore_conflicts=True
    )


def _stop_key(reference: str) -> str:
    return keyed_digest("stop-reminders", reference)


# --- The demo's mailbox ----------------------------------------------------------------------------


def receive_demo_mail(raw: bytes, to: list[str]) -> None:
    """Keep a message that the demo's mail server took in."""
    DemoMail.objects.create(raw=raw, to=[address.casefold() for address in to], received_at=clock.now())


def forget_demo_mail() -> None:
    """Empty the demo's mailbox of what is older than 30 days."""
    DemoMail.objects.filter(received_at__lt=clock.now() - KEEP_DEMO_MAIL).delete()
