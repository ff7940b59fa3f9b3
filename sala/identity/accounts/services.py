"""What people do to their account. The rooms outside call these; each is one transaction and may be repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from sala.identity.accounts import disowning, links, passwords, rules, sessions, tokens
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.disowning import disown, disown_by_letter
from sala.identity.accounts.links import LinkGone, Purpose
from sala.identity.accounts.models import Account, OneTimeLink, Passkey
from sala.identity.accounts.registration import (
    by_email,
    create_account,
    forgot,
    open_account,
    register,
    renew_link,
    reset_password,
)
from sala.identity.accounts.sessions import (
    Browser,
    Locked,
    SignedIn,
    end_other_sessions,
    end_session,
    open_session,
    own_id,
    sign_in,
    sign_out,
    touch_session,
    touch_token,
)
from sala.identity.accounts.tokens import issue_token, revoke_token
from sala.kit import audit, clock, outbox
from sala.kit.errors import Conflict, Fault, Invalid, NotFound
from sala.kit.text import Text

__all__ = [
    "Browser",
    "LinkGone",
    "Locked",
    "SignedIn",
    "change_details",
    "change_password",
    "close_account",
    "confirm_email",
    "create_account",
    "disown",
    "disown_by_letter",
    "end_other_sessions",
    "end_session",
    "forgot",
    "issue_token",
    "open_account",
    "open_session",
    "prove_own",
    "register",
    "renew_link",
    "request_email_change",
    "reset_password",
    "revoke_token",
    "sign_in",
    "sign_out",
    "stop_email_change",
    "touch_session",
    "touch_token",
]


def change_details(*, typed: Mapping[str, str], by: Actor) -> None:
    """Change the account's names, telephone and language. Raises Invalid."""
    person, faults = rules.clean_person({**typed, "email": by.email})
    if faults:
        raise Invalid(faults)
    with transaction.atomic():
        account = _own(by)
        account.given_name, account.surname, account.phone = person.given_name, person.surname, person.phone
        account.language = rules.clean_language(typed.get("language", ""))
        account.save(update_fields=["given_name", "surname", "phone", "language"])
        audit.record(by.label, "account.details_changed", by.label)


def change_password(*, current: str, new: str, browser: Browser, by: Actor) -> None:
    """Change the password and end the account's other sessions. Raises Invalid, Locked."""
    prove_own(password=current, browser=browser, by=by)
    with transaction.atomic():
        account = _own(by)
        account.password = passwords.hashed(account, new, field="new_password")
        account.save(update_fields=["password"])
        links.end_waiting(account, Purpose.RESET_PASSWORD)
        sessions.end_sessions(account.id, but=by.session_id)
        links.tell("password_changed", link=disowning.way(account=account, about="password_changed"))
        audit.record(by.label, "account.password_changed", by.label)


_SAME_ADDRESS = Text(th="นี่คืออีเมลที่ท่านใช้อยู่แล้ว", en="This is the address you use now")


def prove_own(*, password: str, browser: Browser, by: Actor) -> None:
    """Ask for the password once more before something that a stranger at an open screen must not do.

    Raises Invalid, Locked. Not within a transaction that a refusal would roll back.
    """
    account = Account.objects.filter(id=own_id(by), closed_at=None).first()
    sessions.prove(account, email=by.email, password=password, browser=browser, field="current_password")


# --- Another e-mail address -----------------------------------------------------------------------


def request_email_change(*, email: str, password: str, browser: Browser, by: Actor) -> str:
    """Ask to use another address, which is returned: a link to it confirms, a notice to the old one can stop it.

    An address that has an account gets the letter that says so; `by` sees no difference.
    Raises Invalid, Locked, TooMany.
    """
    new = rules.clean_email(email)
    if faults := rules.email_faults(new):
        raise Invalid(faults)
    if new == by.email:
        raise Invalid([Fault("email", "same", _SAME_ADDRESS)])
    links.limit_sends(new, browser.address)
    prove_own(password=password, browser=browser, by=by)
    with transaction.atomic():
        links.one_at_a_time(new)
        account, holder = _own(by), by_email(new)
        taken = holder if holder and holder.id != account.id else None
        if not links.just_sent(new, Purpose.RESET_PASSWORD if taken else Purpose.CHANGE_EMAIL):
            _ask_new_address(account, new, taken)
            _give_notice(account, new)
            audit.record(by.label, "account.email_change_asked", by.label)
    return new


def _ask_new_address(account: Account, new: str, taken: Account | None) -> None:
    links.end_waiting(account, Purpose.CHANGE_EMAIL)
    if taken:
        link = links.issue(Purpose.RESET_PASSWORD, email=taken.email, account=taken)
    else:
        link = links.issue(Purpose.CHANGE_EMAIL, email=new, account=account, payload={"new_email": new})
    links.tell("already_registered" if taken else "change_email_confirm", link=link)


def _give_notice(account: Account, new: str) -> None:
    payload = {"new_email": new}
    stop = links.issue(
        Purpose.STOP_EMAIL_CHANGE, email=account.email, account=account, payload=payload, age=rules.STOP_AGE
    )
    links.tell("change_email_notice", link=stop)


def confirm_email(*, token: str) -> str:
    """Use the link sent to the new address, which is the account's from now on and is returned. Raises LinkGone."""
    with _address_free(), transaction.atomic():
        link = links.take(token, Purpose.CHANGE_EMAIL)
        account = links.open_account_of(link)
        account.email = link.email
        account.save(update_fields=["email"])
        links.end_waiting(account, Purpose.RESET_PASSWORD)
        audit.record(f"account:{account.id}", "account.email_changed", f"account:{account.id}")
        return account.email


@contextmanager
def _address_free() -> Iterator[None]:
    """Somebody may have made an account with the address meanwhile."""
    try:
        yield
    except IntegrityError:
        raise LinkGone("expired") from None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The account is its owner's again; `reset_token` opens the page to choose a new password."""

    email: str
    reset_token: str


def stop_email_change(*, token: str) -> Stopped:
    """Use the link in the notice to the old address: the change is off, or taken back if it was made.

    Somebody knew the password: sessions, API tokens and passkeys all end, and a new password is chosen.
    Raises LinkGone.
    """
    with _address_free(), transaction.atomic():
        link = links.take(token, Purpose.STOP_EMAIL_CHANGE)
        account = links.open_account_of(link)
        account.email = link.email
        account.set_unusable_password()
        account.save(update_fields=["email", "password"])
        links.end_waiting(account, Purpose.CHANGE_EMAIL, Purpose.RESET_PASSWORD)
        _shut_out(account)
        audit.record(f"account:{account.id}", "account.email_change_stopped", f"account:{account.id}")
        reset = links.issue(Purpose.RESET_PASSWORD, email=account.email, account=account)
        return Stopped(account.email, links.token_of(reset.id))


# --- Closing --------------------------------------------------------------------------------------


def close_account(*, password: str, browser: Browser, by: Actor) -> None:
    """Close the account: the person's data in it go, requests stay with the agencies. Raises Invalid, Locked, Conflict.

    Its hearers (topic `account.closed`) delete what is only the person's own, such as drafts.
    """
    if by.is_officer:
        raise Conflict(
            Text(
                th="บัญชีนี้มีตำแหน่งเจ้าหน้าที่ โปรดให้ผู้ดูแลของหน่วยงานถอนตำแหน่งก่อน",
                en="This account has an officer's post. Ask your agency's administrator to end the post first",
            )
        )
    prove_own(password=password, browser=browser, by=by)
    with transaction.atomic():
        account = _own(by)
        _shut_out(account)
        OneTimeLink.objects.filter(account=account).delete()
        account.email = f"{account.id}@closed.invalid"
        account.given_name = account.surname = account.phone = ""
        account.set_unusable_password()
        account.closed_at = clock.now()
        account.save()
        outbox.emit("account.closed", {"account": str(account.id)})
        audit.record(by.label, "account.closed", by.label)


# --- Shared ---------------------------------------------------------------------------------------


def _own(by: Actor) -> Account:
    account = Account.objects.select_for_update(no_key=True).filter(id=own_id(by), closed_at=None).first()
    if account is None:
        raise NotFound
    return account


def _shut_out(account: Account) -> None:
    sessions.end_sessions(account.id)
    tokens.revoke_all(account.id)
    Passkey.objects.filter(account=account).delete()
