"""Links sent by mail: made, judged, used once.

A link's token is derived from its row's id and the installation's secret key, so that it is written
nowhere: not in the outbox, not in a job, only in the letter. The row keeps its hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from sala.identity.accounts import rules
from sala.identity.accounts.models import Account, OneTimeLink
from sala.kit import clock, outbox, ratelimit, sql
from sala.kit.errors import Conflict
from sala.kit.ids import hash_token, keyed_digest, uuid7
from sala.kit.text import Text

Purpose = OneTimeLink.Purpose
Reason = Literal["unknown", "used", "expired"]

AN_HOUR = 3600
LINKS_AN_ADDRESS = 5  # an hour
LINKS_A_NETWORK = 100  # an hour: behind one address of a mobile operator are many people
AGAIN_AFTER = timedelta(minutes=1)

_WORDS: dict[Reason, Text] = {
    "unknown": Text(th="ลิงก์นี้ไม่ถูกต้อง", en="This link is not correct"),
    "used": Text(th="ลิงก์นี้ถูกใช้ไปแล้ว", en="This link has been used already"),
    "expired": Text(th="ลิงก์นี้หมดอายุแล้ว", en="This link has expired"),
}


class LinkGone(Conflict):
    """The link opens nothing (any more). `reason` says why; `purpose` and `email` what it was, if it is known."""

    code = "link_gone"

    def __init__(self, reason: Reason, link: OneTimeLink | None = None) -> None:
        super().__init__(_WORDS[reason])
        self.reason = reason
        self.purpose = Purpose(link.purpose) if link else None
        self.email = link.email if link else ""


@dataclass(frozen=True, slots=True)
class Look:
    """What a link is for, as its page shows it. Looking uses nothing up: mail scanners look at every link."""

    purpose: OneTimeLink.Purpose
    email: str
    name: str


def limit_sends(email: str, address: str | None) -> None:
    """Count a letter asked for; raises TooMany. Before the transaction, alike for known and unknown addresses."""
    ratelimit.hit(f"link:network:{rules.network(address)}", LINKS_A_NETWORK, AN_HOUR)
    ratelimit.hit(f"link:address:{digest(email)}", LINKS_AN_ADDRESS, AN_HOUR)


def digest(email: str) -> str:
    """A name for an address that does not tell it, the same for every way to write it."""
    return keyed_digest("accounts.address", email.lower())


def one_at_a_time(email: str) -> None:
    """Hold back whoever else asks for this address until the transaction ends."""
    sql.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [digest(email)])


def just_sent(email: str, purpose: OneTimeLink.Purpose) -> bool:
    """Whether such a link left within the last minute and waits to be used: a double click, not a new wish."""
    since = clock.now() - AGAIN_AFTER
    sent = OneTimeLink.objects.filter(email__lower=email.lower(), purpose=purpose, used_at=None, created_at__gt=since)
    return sent.exists()


def issue(
    purpose: OneTimeLink.Purpose,
    *,
    email: str,
    account: Account | None = None,
    payload: dict[str, Any] | None = None,
    age: timedelta = rules.LINK_AGE,
) -> OneTimeLink:
    """A new link; what it opens is in the letter that `tell` causes."""
    id_, now = uuid7(), clock.now()
    return OneTimeLink.objects.create(
        id=id_,
        purpose=purpose,
        token_hash=hash_token(token_of(id_)),
        email=email,
        account=account,
        payload=payload or {},
        created_at=now,
        expires_at=now + age,
    )


def tell(kind: str, *, link: OneTimeLink | None = None, account: Account | None = None) -> None:
    """Have the letter `kind` written (`letters.py` says what is in it)."""
    told = {"kind": kind, "id": str(uuid7())}
    if link:
        told["link"] = str(link.id)
    if account:
        told["account"] = str(account.id)
    outbox.emit("account.letter", told)


def token_of(link: UUID) -> str:
    """The secret in the link's address: 128 bits."""
    return keyed_digest("accounts.link", str(link))


def url_of(link: UUID) -> str:
    """The address that a letter gives."""
    return settings.PUBLIC_URL + reverse("accounts:link", args=[token_of(link)])


def look(token: str) -> Look:
    """What the link is for. Raises LinkGone."""
    link = _judged(OneTimeLink.objects.select_related("account").filter(token_hash=hash_token(token)).first())
    name = link.account.given_name if link.account else link.payload.get("given_name", "")
    return Look(Purpose(link.purpose), link.email, name)


def take(token: str, purpose: OneTimeLink.Purpose) -> OneTimeLink:
    """The link, locked and marked as used, within the caller's transaction. Raises LinkGone.

    Everybody locks in one order, so that no two wait for each other: the address, the account, its links.
    """
    links = OneTimeLink.objects.filter(token_hash=hash_token(token), purpose=purpose)
    seen = links.first()
    if seen and purpose == Purpose.REGISTER:
        one_at_a_time(seen.email)
    if seen and seen.account_id:
        _locked_account(seen.account_id)
    link = _judged(links.select_for_update(no_key=True).first())
    link.used_at = clock.now()
    link.save(update_fields=["used_at"])
    return link


def spent(token: str) -> OneTimeLink | None:
    """The link whatever its state, to send another in its place; None if there is no such link."""
    return OneTimeLink.objects.select_related("account").filter(token_hash=hash_token(token)).first()


def open_account_of(link: OneTimeLink) -> Account:
    """The account that a used link is for, locked. Raises LinkGone if it is closed by now."""
    account = _locked_account(link.account_id) if link.account_id else None
    if account is None:
        raise LinkGone("expired", link)
    return account


def _locked_account(account: UUID) -> Account | None:
    return Account.objects.select_for_update(no_key=True).filter(id=account, closed_at=None).first()


def end_waiting(account: Account, *purposes: OneTimeLink.Purpose) -> None:
    """Use up the account's links of these purposes that were sent and not used."""
    OneTimeLink.objects.filter(account=account, purpose__in=purposes, used_at=None).update(used_at=clock.now())


def _judged(link: OneTimeLink | None) -> OneTimeLink:
    if link is None or (link.account_id is None and link.purpose != Purpose.REGISTER):
        raise LinkGone("unknown")
    if link.used_at:
        raise LinkGone("used", link)
    if link.expires_at <= clock.now():
        raise LinkGone("expired", link)
    return link
