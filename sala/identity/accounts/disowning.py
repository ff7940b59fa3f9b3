"""“This was not me”: the account is locked at once, and opens again for whoever reads its owner's letters.

Nobody is kept out by it for longer than it takes to read a letter, so it is no weapon: it needs the session, or the
link from a letter, and what it takes away its owner gets back by the next letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from sala.identity.accounts import links, sessions, tokens
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.links import Purpose
from sala.identity.accounts.models import Account, OneTimeLink, Passkey
from sala.identity.accounts.sessions import own_id
from sala.kit import audit, clock
from sala.kit.errors import NotFound

LINK_AGE = timedelta(days=7)
A_DAY = timedelta(days=1)
"""So long before what was noticed, unless more is known, a stranger may have been in."""


@dataclass(frozen=True, slots=True)
class Locked:
    """What was locked: whose account, where its letter went, and the passkeys that its owner has to look at."""

    account_id: UUID
    email: str
    doubtful: int
    reset_token: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a letter's link is about: whose account, since when the stranger may have been in it, what was told."""

    account_id: UUID
    since: datetime
    about: str


def disown(*, since: datetime, about: str, by: Actor) -> Locked:
    """Lock the account of `by`, in which a stranger may have been since `since`. May be repeated.

    Sessions and API tokens end; the password opens nothing; passkeys rest, those made since then until their owner
    has looked at them. A letter to its address opens it again. `about` says what was disowned, for the audit.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).filter(id=own_id(by), closed_at=None).first()
        if account is None:
            raise NotFound
        return _lock(account, since, about, by.label)


def disown_by_letter(*, token: str) -> tuple[Locked, Seen]:
    """The same by the link from a letter, whose reader holds the mailbox: `reset_token` leads on. Raises LinkGone."""
    with transaction.atomic():
        link = links.take(token, Purpose.DISOWN)
        account = links.open_account_of(link)
        seen = _seen(link)
        return _lock(account, seen.since, seen.about, f"account:{account.id}"), seen


def look(token: str) -> links.Look:
    """The letter's link, for its page. Raises LinkGone; NotFound for a link of another sort."""
    found = links.look(token)
    if found.purpose != Purpose.DISOWN:
        raise NotFound
    return found


def way(*, account: Account, about: str, since: datetime | None = None) -> OneTimeLink:
    """A link for a letter about something that its reader may not have done; `url_of` has its address."""
    payload: dict[str, Any] = {"about": about, "since": (since or clock.now() - A_DAY).isoformat()}
    return links.issue(Purpose.DISOWN, email=account.email, account=account, payload=payload, age=LINK_AGE)


def url_of(link: UUID) -> str:
    """The address that the letter gives."""
    return settings.PUBLIC_URL + reverse("mydata:not_me_letter", args=[links.token_of(link)])


def wake(account: Account) -> None:
    """The owner has come by the letter: the passkeys that are not in doubt work again."""
    Passkey.objects.filter(account=account, doubtful=False).update(suspended_at=None)


def trust(*, passkey_id: UUID, by: Actor) -> None:
    """The owner has looked at a passkey in doubt, and it is theirs. May be repeated."""
    with transaction.atomic():
        own = Passkey.objects.filter(id=passkey_id, account_id=own_id(by), doubtful=True)
        if own.update(doubtful=False, suspended_at=None):
            audit.record(by.label, "passkey.trusted", by.label, {"passkey": str(passkey_id)})


def tell_copy_ready(*, account_id: UUID) -> None:
    """The letter that a copy of somebody's data can be saved, with the way to say that they did not ask for it."""
    account = Account.objects.filter(id=account_id, closed_at=None).first()
    if account:
        links.tell("data_ready", account=account)


def _lock(account: Account, since: datetime, about: str, label: str) -> Locked:
    sessions.end_sessions(account.id)
    tokens.revoke_all(account.id)
    account.set_unusable_password()
    account.save(update_fields=["password"])
    links.end_waiting(account, Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL, Purpose.DISOWN)
    held = Passkey.objects.filter(account=account)
    held.update(suspended_at=clock.now())
    held.filter(created_at__gte=since).update(doubtful=True)
    reset = links.issue(Purpose.RESET_PASSWORD, email=account.email, account=account)
    links.tell("disowned", link=reset)
    audit.record(label, "account.disowned", f"account:{account.id}", {"about": about, "since": since.isoformat()})
    return Locked(account.id, account.email, held.filter(doubtful=True).count(), links.token_of(reset.id))


def _seen(link: OneTimeLink) -> Seen:
    assert link.account_id  # noqa: S101 - links without an account open nothing
    return Seen(link.account_id, datetime.fromisoformat(link.payload["since"]), link.payload["about"])
