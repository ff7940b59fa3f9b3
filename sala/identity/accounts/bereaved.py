"""What becomes of an account when the civil register says that its person died, came back, or gave up the nationality.

The table says it; each row may be heard again. Nothing that the person filed or wrote is deleted: a register can be
wrong, and a living person must find everything as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from sala.identity.accounts import links, sessions, tokens
from sala.identity.accounts.models import Account, Passkey
from sala.kit import audit, clock

Act = Callable[[Account], None]
BY = "system:register"


def _end_sessions(account: Account) -> None:
    sessions.end_sessions(account.id)


def _end_credentials(account: Account) -> None:
    tokens.revoke_all(account.id)
    Passkey.objects.filter(account=account).delete()


def _rest(account: Account) -> None:
    """No password opens it, no letter opens it again, and none is written."""
    account.set_unusable_password()
    account.rests_since = account.rests_since or clock.now()
    links.end_waiting(account, *links.Purpose)


def _wake(account: Account) -> None:
    """Letters are written again, and by one of them its person chooses a password."""
    account.rests_since = None


AFTER: dict[str, tuple[Act, ...]] = {
    "died": (_end_sessions, _end_credentials, _rest),
    "renounced": (_end_sessions, _end_credentials),
    "restored": (_wake,),
}
"""A password outlives a renunciation: the account stays its person's, who is no longer known by the register."""


def hear(what: str, account_id: UUID) -> None:
    """Do what the register's word asks of this account."""
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).filter(id=account_id, closed_at=None).first()
        if account is None:
            return
        for act in AFTER[what]:
            act(account)
        account.save(update_fields=["password", "rests_since"])
        audit.record(BY, f"account.person_{what}", f"account:{account.id}")


def rests(account_id: UUID | None) -> bool:
    """Whether its person has died, as the register has it: nothing is written to it, nothing done in its name."""
    return account_id is not None and Account.objects.filter(id=account_id, rests_since__isnull=False).exists()


def rename(*, account_id: UUID, given_name: str, surname: str) -> None:
    """The account bears the register's name from now on. May be repeated."""
    names = {"given_name": given_name, "surname": surname}
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).filter(id=account_id, closed_at=None).first()
        if account is None or all(getattr(account, field) == name for field, name in names.items()):
            return
        Account.objects.filter(id=account.id).update(**names)
        audit.record(BY, "account.details_changed", f"account:{account.id}", {"fields": list(names)})


def name_of(account_id: UUID) -> str | None:
    """The given name that the account bears; None where it is closed."""
    return Account.objects.filter(id=account_id, closed_at=None).values_list("given_name", flat=True).first()
