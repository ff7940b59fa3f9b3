"""From a form to an account: none exists before its e-mail address is proven (R-001.11 to .14)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from sala.identity.accounts import disowning, links, passwords, rules, sessions, tokens
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.links import LinkGone, Purpose
from sala.identity.accounts.models import Account, OneTimeLink
from sala.identity.accounts.sessions import Browser, SignedIn
from sala.kit import audit, clock
from sala.kit.errors import Invalid, NotFound


def register(*, typed: Mapping[str, str], language: str, next_path: str = "", address: str | None = None) -> str:
    """Send the link that makes the account; the address it went to.

    An address that has an account gets another letter; the caller sees no difference. Raises Invalid, TooMany.
    """
    person, faults = rules.clean_person(typed)
    if faults:
        raise Invalid(faults)
    links.limit_sends(person.email, address)
    payload = {
        "given_name": person.given_name,
        "surname": person.surname,
        "phone": person.phone,
        "language": rules.clean_language(language),
        "next": rules.local_path(next_path) or "",
    }
    _ask(person.email, payload)
    return person.email


@transaction.atomic
def _ask(email: str, payload: dict[str, str]) -> None:
    links.one_at_a_time(email)
    account = by_email(email)
    purpose = Purpose.RESET_PASSWORD if account else Purpose.REGISTER
    if links.just_sent(email, purpose):
        return
    # To the address as the account has it: other capitals could be another mailbox.
    address = account.email if account else email
    link = links.issue(purpose, email=address, account=account, payload={} if account else payload)
    links.tell("already_registered" if account else "register_link", link=link)


def open_account(*, token: str, password: str, browser: Browser) -> SignedIn:
    """Use a registration's link: the account is made with this password and this browser is signed in.

    Raises LinkGone; or Invalid for the password, and the link stays good.
    """
    with transaction.atomic():
        link = links.take(token, Purpose.REGISTER)
        if by_email(link.email):  # made meanwhile, by another of their links
            raise LinkGone("used", link)
        account = _account_of(link)
        account.password = passwords.hashed(account, password)
        account.save(force_insert=True)
        next_path = str(link.payload.get("next", ""))
        _clear_away(link, account)
        audit.record(f"account:{account.id}", "account.registered", f"account:{account.id}")
        return sessions.admit(account, browser, way="link", methods=rules.BY_PASSWORD, next_path=next_path)


def _account_of(link: OneTimeLink) -> Account:
    told = link.payload
    return Account(
        email=link.email,
        given_name=told["given_name"],
        surname=told["surname"],
        phone=told["phone"],
        language=told["language"],
        created_at=clock.now(),
    )


def _clear_away(link: OneTimeLink, account: Account) -> None:
    """What was typed now stands in the account alone, and the person's other links end."""
    link.account, link.payload = account, {}
    link.save(update_fields=["account", "payload"])
    OneTimeLink.objects.filter(email__lower=link.email.lower(), purpose=Purpose.REGISTER, used_at=None).delete()


def renew_link(*, token: str, address: str | None = None) -> tuple[str, OneTimeLink.Purpose]:
    """Send another link in place of an old one; the address it went to and what it is for. Raises LinkGone, TooMany.

    Whoever holds an old link read that mailbox once; the new one goes there, not to them.
    """
    old = links.spent(token)
    if old is None or old.purpose not in {Purpose.REGISTER, Purpose.RESET_PASSWORD}:
        raise LinkGone("unknown")
    links.limit_sends(old.email, address)
    if old.purpose == Purpose.REGISTER and old.payload:
        _ask(old.email, old.payload)
    else:
        forgotten_for(old.email, str(old.payload.get("language", "")))
    return old.email, Purpose(old.purpose)


def forgot(*, email: str, language: str, address: str | None = None) -> str:
    """Send a link to set a new password, or to an unknown address a letter that says so; the address it went to.

    The caller sees no difference. Raises Invalid, TooMany.
    """
    typed = rules.clean_email(email)
    if faults := rules.email_faults(typed):
        raise Invalid(faults)
    links.limit_sends(typed, address)
    forgotten_for(typed, language)
    return typed


@transaction.atomic
def forgotten_for(email: str, language: str) -> None:
    """The letter for a forgotten password, within the limits that the caller has counted."""
    links.one_at_a_time(email)
    account = by_email(email)
    if links.just_sent(email, Purpose.RESET_PASSWORD):
        return
    address = account.email if account else email
    payload = {"language": rules.clean_language(language)}
    link = links.issue(Purpose.RESET_PASSWORD, email=address, account=account, payload=payload)
    links.tell("reset_password" if account else "no_account", link=link)


def reset_password(*, token: str, password: str, browser: Browser) -> SignedIn:
    """Use a reset's link: new password, every session ended, locks lifted, this browser signed in.

    Raises LinkGone; or Invalid for the password, and the link stays good.
    """
    with transaction.atomic():
        link = links.take(token, Purpose.RESET_PASSWORD)
        account = links.open_account_of(link)
        if account.email.lower() != link.email.lower():  # changed meanwhile
            raise LinkGone("expired", link)
        account.password = passwords.hashed(account, password)
        account.save(update_fields=["password"])
        links.end_waiting(account, Purpose.RESET_PASSWORD)
        sessions.end_sessions(account.id)
        tokens.revoke_all(account.id)
        sessions.unlock(account.email, browser)
        disowning.wake(account)
        links.tell("password_changed", link=disowning.way(account=account, about="password_changed"))
        audit.record(f"account:{account.id}", "account.password_reset", f"account:{account.id}")
        return sessions.admit(account, browser, way="link", methods=rules.BY_PASSWORD)


def create_account(
    *, email: str, given_name: str, surname: str, phone: str, language: str = "th", password: str = "", by: Actor
) -> tuple[UUID, str]:
    """Make an account for somebody whose address the operator vouches for: its id and a link that sets the password.

    With `password` (demo people) the link is empty. An address that has an account keeps it as it is, so this
    may be repeated. Raises Invalid.
    """
    person, faults = rules.clean_person({"email": email, "given_name": given_name, "surname": surname, "phone": phone})
    if faults:
        raise Invalid(faults)
    with transaction.atomic():
        links.one_at_a_time(person.email)
        account = by_email(person.email)
        if account is None:
            account = Account(
                email=person.email,
                given_name=person.given_name,
                surname=person.surname,
                phone=person.phone,
                language=rules.clean_language(language),
                created_at=clock.now(),
            )
            _set_first_password(account, password)
            account.save(force_insert=True)
            audit.record(by.label, "account.created", f"account:{account.id}")
        if account.has_usable_password():
            return account.id, ""
        link = links.issue(Purpose.RESET_PASSWORD, email=account.email, account=account)
        return account.id, links.url_of(link.id)


def password_link(*, email: str, by: Actor) -> str:
    """A link that sets a new password, for an operator to hand over where mail does not arrive. Raises NotFound."""
    with transaction.atomic():
        links.one_at_a_time(rules.clean_email(email))
        account = by_email(rules.clean_email(email))
        if account is None:
            raise NotFound
        audit.record(by.label, "account.password_link", f"account:{account.id}")
        return links.url_of(links.issue(Purpose.RESET_PASSWORD, email=account.email, account=account).id)


def _set_first_password(account: Account, password: str) -> None:
    if password:
        account.password = passwords.hashed(account, password)
    else:
        account.set_unusable_password()


def by_email(email: str) -> Account | None:
    """The open account of this address, however its capitals are written."""
    return Account.objects.filter(email__lower=email.lower(), closed_at=None).first()
