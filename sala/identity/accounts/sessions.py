"""Signing in and out: passwords proven, wrong ones counted, browsers remembered."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hmac import compare_digest
from typing import cast
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import QuerySet

from sala.identity.accounts import links, rules
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.accounts.models import Account, ApiToken, OneTimeLink, Session, SignInFailures
from sala.kit import audit, clock, outbox, ratelimit, sql, thai
from sala.kit.errors import Fault, Invalid, NotFound, SalaError, TooMany
from sala.kit.ids import hash_token, keyed_digest, new_token
from sala.kit.text import Text

TRIES_A_NETWORK = 300  # in a quarter of an hour: behind one address of a mobile operator are many people
LOCK_LETTERS_A_DAY = 2

# One statement counts the try and says whether it may be made, so that tries at the same time cannot pass together.
# A lock that stands is not made longer by trying; after it, or a quarter of an hour's rest, counting starts anew.
_COUNT_TRY = """
INSERT INTO accounts_signinfailures AS f (key, count, last_at) VALUES (%(key)s, 1, %(now)s)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN f.last_at <= %(fresh)s THEN 1 ELSE least(f.count, %(tries)s) + 1 END,
  last_at = CASE WHEN f.last_at > %(fresh)s AND f.count >= %(tries)s THEN f.last_at ELSE %(now)s END
RETURNING count, last_at
"""


@dataclass(frozen=True, slots=True)
class Browser:
    """The one that asks. `device` is its cookie from an earlier sign-in."""

    user_agent: str = ""
    address: str | None = None
    device: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: `token` for its cookie, `device` for the cookie that outlives it."""

    token: str
    device: str
    account_id: UUID
    language: str
    next_path: str = ""


class Locked(SalaError):
    """Too many wrong passwords for this address, whether or not it has an account; `until` when it ends."""

    status = 429
    code = "locked"

    def __init__(self, until: datetime) -> None:
        super().__init__(
            Text(
                th=f"กรอกรหัสผ่านผิดหลายครั้ง จึงระงับการใช้รหัสผ่านถึง {thai.moment(until, 'th')}",
                en=f"Too many wrong passwords. Signing in with one is locked until {thai.moment(until, 'en')}",
            )
        )
        self.until = until


def sign_in(*, email: str, password: str, browser: Browser) -> SignedIn:
    """Sign in with the password. Raises Invalid, Locked or TooMany, in the same words for unknown addresses."""
    email = rules.clean_email(email)
    faults = [*rules.email_faults(email), *([] if password else [Fault("password", "missing", _NO_PASSWORD)])]
    if faults:
        raise Invalid(faults)
    ratelimit.hit(f"signin:{rules.network(browser.address)}", TRIES_A_NETWORK, 900)
    account = Account.objects.filter(email__lower=email.lower(), closed_at=None).first()
    prove(account, email=email, password=password, browser=browser, field="password", words=_WRONG)
    assert account is not None  # noqa: S101 - prove() refuses where there is none
    with transaction.atomic():
        return admit(account, browser, way="password", methods=rules.BY_PASSWORD)


def prove(
    account: Account | None, *, email: str, password: str, browser: Browser, field: str, words: Text | None = None
) -> None:
    """Check the account's password, counting the try. Raises Invalid (a fault of `field`) or Locked.

    Costs the same time and the same statements where there is no account. Not within a transaction that a
    refusal would roll back.
    """
    if not password:
        raise Invalid([Fault(field, "missing", _NO_PASSWORD)])
    refusal = _try(account, email, rules.clean_password(password), browser)
    if isinstance(refusal, datetime):
        raise Locked(refusal)
    if refusal:
        raise Invalid([Fault(field, "wrong", words or _WRONG_CURRENT)])


def _try(account: Account | None, email: str, password: str, browser: Browser) -> datetime | bool:
    """Until when it is locked, or whether the password is wrong. No row is locked while the password is hashed."""
    key, now = _failures_key(email, browser), clock.now()
    given = {"key": key, "now": now, "fresh": now - rules.LOCK, "tries": rules.TRIES}
    count, last_at = sql.fetch_one(_COUNT_TRY, given) or (1, now)
    if count > rules.TRIES:
        return cast("datetime", last_at) + rules.LOCK
    if _matches(account, password):
        SignInFailures.objects.filter(key=key).delete()
        return False
    subject = f"account:{account.id}" if account else "account:unknown"
    audit.record(ANONYMOUS.label, "account.sign_in_failed", subject, {"in_a_row": count})
    if count < rules.TRIES:
        return True
    _tell_of_lock(account, email)
    return now + rules.LOCK


def _matches(account: Account | None, password: str) -> bool:
    # A hash is checked even where there is no account: else the time would tell.
    encoded = account.password if account and account.has_usable_password() else _nobodys_password()
    right = check_password(password, encoded, setter=_renew(account) if account else None)
    return right and account is not None


def _renew(account: Account) -> Callable[[str], None]:
    def setter(password: str) -> None:
        account.password = make_password(password)
        account.save(update_fields=["password"])

    return setter


@cache
def _nobodys_password() -> str:
    return make_password(secrets.token_urlsafe(32))


def _tell_of_lock(account: Account | None, email: str) -> None:
    """The way out by mail, twice a day at most: a stranger who guesses must not fill the owner's mailbox."""
    try:
        ratelimit.hit(f"locked:{links.digest(email)}", LOCK_LETTERS_A_DAY, 86_400)
    except TooMany:
        return
    with transaction.atomic():
        address = account.email if account else email
        links.tell("locked", link=links.issue(OneTimeLink.Purpose.RESET_PASSWORD, email=address, account=account))


def unlock(email: str, browser: Browser) -> None:
    """Forget the wrong passwords for this address: its owner came by a letter."""
    keys = [_failures_key(email, Browser()), _failures_key(email, browser)]
    SignInFailures.objects.filter(key__in=keys).delete()


def admit(
    account: Account,
    browser: Browser,
    *,
    way: str,
    methods: Iterable[str],
    proof: bytes | None = None,
    next_path: str = "",
) -> SignedIn:
    """Open a session for somebody who has proven who they are by `methods` (RFC 8176), in the caller's transaction."""
    Account.objects.filter(id=account.id).update(last_login=clock.now())
    audit.record(f"account:{account.id}", "account.signed_in", f"account:{account.id}", {"with": way})
    return SignedIn(
        token=open_session(
            account_id=account.id,
            user_agent=browser.user_agent,
            address=browser.address,
            methods=methods,
            proof=proof,
        ),
        device=browser.device if _knows(browser, account.email) else _new_device(account.email),
        account_id=account.id,
        language=account.language,
        next_path=next_path,
    )


def admit_identified(
    *, account_id: UUID, browser: Browser, methods: Iterable[str], proved_at: datetime, way: str = "digital ID"
) -> SignedIn:
    """Open a session for somebody whom a provider of digital IDs has identified, then, by `methods`. Raises NotFound
    where the account is closed."""
    with transaction.atomic():
        account = Account.objects.filter(id=account_id, closed_at=None).first()
        if account is None:
            raise NotFound
        signed_in = admit(account, browser, way=way, methods=methods)
        Session.objects.filter(token_hash=hash_token(signed_in.token)).update(proved_at=proved_at)
        return signed_in


def open_session(
    *,
    account_id: UUID,
    user_agent: str = "",
    address: str | None = None,
    methods: Iterable[str] = rules.BY_PASSWORD,
    proof: bytes | None = None,
) -> str:
    """Sign a browser in: the token for its cookie, which is stored nowhere else. `methods` (RFC 8176): by what."""
    token = new_token()
    now = clock.now()
    Session.objects.create(
        token_hash=hash_token(token),
        account_id=account_id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + rules.SESSION_AGE,
        user_agent=user_agent[:400],
        address=address,
        methods=list(methods),
        proved_at=now,
        passkey_proof=proof,
    )
    return token


def proved_anew(*, methods: Iterable[str], before: str, by: Actor) -> bool:
    """The person at this session has proven again to be there, stronger than a password does. False if the session
    has ended, or was proven since `last_proof` said `before`: one signature proves once."""
    with transaction.atomic():
        session = _own_session(by, Session.objects.select_for_update())
        if session is None or _moment(session) != before:
            return False
        session.methods, session.proved_at = list(methods), clock.now()
        session.save(update_fields=["methods", "proved_at"])
    return True


def last_proof(by: Actor) -> str:
    """When the person at this session last proved to be there, as `proved_anew` compares it; empty without one."""
    session = _own_session(by, Session.objects.all())
    return _moment(session) if session else ""


def _own_session(by: Actor, among: QuerySet[Session]) -> Session | None:
    own = among.filter(account_id=own_id(by), ended_at=None)
    return own.filter(id=by.session_id).first() if by.session_id else None


def _moment(session: Session) -> str:
    return (session.proved_at or session.created_at).isoformat()


def sign_out(*, by: Actor) -> None:
    """End the session that `by` came with. May be repeated."""
    if by.session_id:
        end_session(session_id=by.session_id, by=by)


def end_session(*, session_id: UUID, by: Actor) -> None:
    """End one of the account's own sessions, on this device or another. May be repeated."""
    with transaction.atomic():
        if _end(own_id(by), Session.objects.filter(id=session_id)):
            audit.record(by.label, "account.signed_out", by.label, {"session": str(session_id)})


def end_from_outside(*, session_id: UUID, by: Actor) -> int:
    """End a session because the provider of digital IDs that it came from has ended its own; how many ended."""
    account_id = Session.objects.filter(id=session_id).values_list("account_id", flat=True).first()
    with transaction.atomic():
        ended = _end(account_id, Session.objects.filter(id=session_id)) if account_id else 0
        if ended:
            audit.record(by.label, "account.signed_out", f"account:{account_id}", {"session": str(session_id)})
        return ended


def end_other_sessions(*, by: Actor) -> None:
    """End all sessions of the account but the one `by` came with."""
    with transaction.atomic():
        if end_sessions(own_id(by), but=by.session_id):
            audit.record(by.label, "account.signed_out_elsewhere", by.label)


def end_sessions(account_id: UUID, *, but: UUID | None = None) -> int:
    """End the account's sessions, within the caller's transaction; how many."""
    return _end(account_id, Session.objects.exclude(id=but) if but else Session.objects.all())


def _end(account_id: UUID, which: QuerySet[Session]) -> int:
    """Those of `which` that are the account's and open. Whoever knows one of them (relying parties do) is told."""
    living = which.filter(account_id=account_id, ended_at=None).select_for_update(no_key=True)
    ended = sorted(living.values_list("id", flat=True))
    if ended:
        Session.objects.filter(id__in=ended).update(ended_at=clock.now())
        told = {"account": str(account_id), "sessions": [str(session) for session in ended]}
        outbox.emit("account.session_ended", told)
    return len(ended)


def own_id(by: Actor) -> UUID:
    """The account of somebody signed in. Raises NotFound for anybody else."""
    if by.account_id is None:
        raise NotFound
    return by.account_id


def touch_session(session_id: UUID) -> None:
    """Note that the session is in use; called at most every five minutes."""
    Session.objects.filter(id=session_id).update(last_seen_at=clock.now())


def touch_token(token_id: str) -> None:
    """Note that the API token is in use; called at most every hour."""
    ApiToken.objects.filter(id=token_id).update(last_used_at=clock.now())


# --- Known devices: a stranger's wrong guesses do not lock the owner out of their own browser ---------------


def _failures_key(email: str, browser: Browser) -> str:
    device = browser.device if _knows(browser, email) else ""
    return keyed_digest("accounts.failures", f"{email.lower()}\0{device}")


def _new_device(email: str) -> str:
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_device_seal(email, nonce)}"


def _knows(browser: Browser, email: str) -> bool:
    nonce, _, seal = browser.device.partition(".")
    return bool(seal) and compare_digest(seal.encode(), _device_seal(email, nonce).encode())


def _device_seal(email: str, nonce: str) -> str:
    return keyed_digest("accounts.device", f"{email.lower()}\0{nonce}")


_WRONG = Text(th="อีเมลหรือรหัสผ่านไม่ถูกต้อง", en="The e-mail address or password is not correct")
_NO_PASSWORD = Text(th="โปรดกรอกรหัสผ่าน", en="Enter your password")
_WRONG_CURRENT = Text(th="รหัสผ่านปัจจุบันไม่ถูกต้อง", en="The current password is not correct")
