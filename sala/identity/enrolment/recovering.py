"""The way back to one's own account, without password, passkey or e-mail: by card and face, or by an office's slip.

A face that a machine finds alike opens nothing at once: the account's address is written to, and whoever reads it has
a day to stop it; or an officer looks, and then it opens at once. Whether a number has an account is told to nobody
before that: what is answered, and what it costs, is the same (decision 0105).
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from sala.identity.accounts import queries as accounts
from sala.identity.accounts import recovering as accounts_recovering
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.accounts.rules import network
from sala.identity.accounts.sessions import Browser, SignedIn
from sala.identity.enrolment import keeping, letters, levels, services, stopping, words
from sala.identity.enrolment.levels import Way
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.states import OPEN, Event, State, WrongState
from sala.identity.people import queries as people
from sala.identity.wallet import tidying as wallet
from sala.kit import audit, clock, ratelimit
from sala.kit.errors import Conflict, Fault, Invalid

DELAY = timedelta(hours=24)
"""As long as somebody who reads their letters needs to say that it was not they."""
CODES_A_NETWORK = 60
"""A day: behind one address of a mobile operator are many people; a code is one of 10^12."""


def wait(*, enrolment: UUID) -> None:
    """The face was alike: the account opens after DELAY, unless somebody who reads its letters stops it.

    May be repeated. Raises WrongState where less than a face was shown.
    """
    with services.own(enrolment, ANONYMOUS) as row:
        if row.state == State.READY:
            return
        _check_shown(row)
        keeping.move(row, Event.PROVEN)
        row.usable_from = clock.now() + DELAY
        row.save(update_fields=["usable_from"])
        _tell_begun(row)


def to_officer(*, enrolment: UUID, data: bytes | None = None) -> None:
    """An officer looks at it, and then it opens at once. The account's address is written to all the same."""
    services.send_to_office(enrolment=enrolment, by=ANONYMOUS, data=data)
    with services.own(enrolment, ANONYMOUS) as row:
        _tell_begun(row)


def _check_shown(row: Enrolment) -> None:
    if row.purpose != Enrolment.Purpose.RECOVER or row.level < levels.FOR_RECOVERY:
        raise WrongState


def _tell_begun(row: Enrolment) -> None:
    """Once: the letter with the way to stop it, if there is an account. Told to the person's list in any case."""
    if "told" in row.proofs:
        return
    account = people.account_of(row.person_id) if row.person_id else None
    detail = {"account": str(account)} if account else {}
    row.proofs["told"] = {"at": clock.now().isoformat(), "by": services.REGISTER.label, "detail": detail}
    row.save(update_fields=["proofs"])
    audit.record(ANONYMOUS.label, "recovery.begun", f"person:{row.person_id}", {"enrolment": str(row.id)})
    if account:
        letters.tell("recovery_begun", account, enrolment=row.id)


# --- "This was not me" -------------------------------------------------------------------------------


def stop(*, token: str) -> bool:
    """End it, and whatever else goes on by phone for the same account; whether it was in time. May be repeated.

    Who begins several at once writes several letters, and their reader presses one. Raises NotFound.
    """
    with transaction.atomic():
        row = keeping.locked(stopping.named_by(token))
        for one in [row, *_beside(row)]:
            if State(one.state) in OPEN:
                keeping.move(one, Event.STOPPED)
                audit.record("key:letter", "recovery.stopped", f"person:{one.person_id}", {"enrolment": str(one.id)})
        return row.state != State.DONE


def _beside(row: Enrolment) -> list[Enrolment]:
    """The person's other recoveries by phone that go on, locked."""
    if row.person_id is None or row.state == State.DONE:
        return []
    others = Enrolment.objects.select_for_update().filter(
        person_id=row.person_id, way=Way.PHONE, purpose=Enrolment.Purpose.RECOVER, state__in=OPEN
    )
    return list(others.exclude(id=row.id).order_by("id"))


# --- The account is open again -----------------------------------------------------------------------


def renew(*, enrolment: UUID, password: str, browser: Browser) -> SignedIn:
    """A new password, and nothing that was there before opens the account any more; this browser is signed in.

    Raises Invalid for the password, WrongState, Conflict where it is too early or there is no account.
    """
    with services.own(enrolment, ANONYMOUS) as row:
        return _renewed(row, password, browser)


def renew_by_code(*, code: str, birth: str, password: str, browser: Browser) -> SignedIn:
    """The same by the slip of an office. Raises Invalid, TooMany, Conflict."""
    ratelimit.hit(f"recover.code:{network(browser.address)}", CODES_A_NETWORK, 86_400)
    with transaction.atomic():
        row = services.by_code(code, birth, purpose=Enrolment.Purpose.RECOVER)
        if row is None:
            raise Invalid([Fault("", "code", words.CHECK_CODE)])
        return _renewed(row, password, browser)


def _renewed(row: Enrolment, password: str, browser: Browser) -> SignedIn:
    if row.state != State.READY or row.purpose != Enrolment.Purpose.RECOVER or row.person_id is None:
        raise WrongState
    if row.usable_from and row.usable_from > clock.now():
        raise Conflict(words.NOT_YET)
    account = people.account_of(row.person_id)
    holder = accounts.officer(account) if account else None
    if account is None or holder is None or not _was_told(row, account):
        raise Conflict(words.NO_ACCOUNT)
    by = Actor(kind="account", id=str(account), account_id=account)
    signed_in = accounts_recovering.open_again(account=account, password=password, browser=browser, by=by)
    wallet.forget_account(account)
    row.account_id = account
    keeping.move(row, Event.SETTLED)
    audit.record(by.label, "recovery.done", f"person:{row.person_id}", {"enrolment": str(row.id)})
    return signed_in


def _was_told(row: Enrolment, account: UUID) -> bool:
    """By phone an account opens only after its own address was written to, and not one that took its place since."""
    told = row.proofs.get("told", {}).get("detail", {})
    return row.way != Way.PHONE or (row.level >= levels.FOR_RECOVERY and told.get("account") == str(account))
