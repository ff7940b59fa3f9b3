"""The way back to an account that its owner lost, when an office has seen who they are: everything that opened it is
taken away, and its owner begins anew."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from sala.identity.accounts import disowning, links, passwords, rules, sessions, tokens
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.links import Purpose
from sala.identity.accounts.models import Account, Passkey
from sala.identity.accounts.sessions import Browser, SignedIn
from sala.kit import audit
from sala.kit.errors import NotFound


def shut_out_everybody(*, account: UUID, by: Actor) -> None:
    """No session, token, passkey, password or letter's link opens the account any more. May be repeated.

    Its owner chooses a new password by a letter to its address. Raises NotFound for a closed account.
    """
    with transaction.atomic():
        row = Account.objects.select_for_update(no_key=True).filter(id=account, closed_at=None).first()
        if row is None:
            raise NotFound
        _shut_out(row)
        row.set_unusable_password()
        row.save(update_fields=["password"])
        audit.record(by.label, "account.recovered_at_office", f"account:{row.id}")


def open_again(*, account: UUID, password: str, browser: Browser, by: Actor) -> SignedIn:
    """A new password for whoever showed to be the owner; all that opened the account before opens it no more.

    Its address stays, and is written to: who does not read it any more changes it once they are in. Raises Invalid
    for the password, NotFound for a closed account.
    """
    with transaction.atomic():
        row = Account.objects.select_for_update(no_key=True).filter(id=account, closed_at=None).first()
        if row is None:
            raise NotFound
        row.password = passwords.hashed(row, password)
        _shut_out(row)
        row.save(update_fields=["password"])
        sessions.unlock(row.email, browser)
        links.tell("password_changed", link=disowning.way(account=row, about="password_changed"))
        audit.record(by.label, "account.recovered", f"account:{account}")
        return sessions.admit(row, browser, way="recovery", methods=rules.BY_PASSWORD)


def _shut_out(row: Account) -> None:
    sessions.end_sessions(row.id)
    tokens.revoke_all(row.id)
    Passkey.objects.filter(account=row).delete()
    links.end_waiting(row, Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL, Purpose.DISOWN)
