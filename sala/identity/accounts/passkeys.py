"""Passkeys: a signature of the person's own device in place of the password (WebAuthn).

The challenge travels in the form, signed, so that opening a page stores nothing; a session remembers
the one it was opened with, so that a signature opens one session only.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction

from sala.identity.accounts import ceremonies, disowning, links, rules, sessions
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.ceremonies import MAX_AGE, BrokenError, Site
from sala.identity.accounts.models import Account, Passkey
from sala.identity.accounts.sessions import Browser, SignedIn, own_id
from sala.kit import audit, clock, ratelimit
from sala.kit.errors import Conflict, Fault, Invalid
from sala.kit.text import Text

CONFIRMATIONS = 60  # in a quarter of an hour, of one account
_SALT = "sala.accounts.passkeys"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What the page needs: `options` for the browser (JSON), `state` to send back with its answer."""

    options: str
    state: str


def site() -> Site:
    """Whose passkeys these are: the domain, and the origin of its pages.

    Browsers give none to an IP address: a demo at 127.0.0.1 has them at its other name, localhost.
    """
    address = urlsplit(settings.PUBLIC_URL)
    host = address.hostname or ""
    if host.replace(".", "").isdigit() or ":" in host:
        port = f":{address.port}" if address.port else ""
        return Site("localhost", urlunsplit((address.scheme, f"localhost{port}", "", "", "")))
    return Site(host, settings.PUBLIC_URL)


def to_add(*, by: Actor) -> Ceremony:
    """Begin to add a passkey to the account."""
    account, challenge = Account.objects.get(id=own_id(by)), secrets.token_bytes(32)
    held = Passkey.objects.filter(account=account).values_list("credential_id", flat=True)
    options = ceremonies.making(site(), challenge, account=account.id, address=account.email, name=by.name, held=held)
    return Ceremony(options, _sealed(challenge, str(account.id)))


def add(*, name: str, credential: str, state: str, by: Actor) -> None:
    """Keep the passkey that the browser made. Raises Invalid, Conflict. The same one again changes nothing."""
    label, faults = rules.clean_label("name", name)
    if faults:
        raise Invalid(faults)
    try:
        made = ceremonies.made(site(), credential, _challenge(state, str(own_id(by))))
    except BrokenError as error:
        raise Invalid([Fault("", "not_added", _NOT_ADDED)]) from error
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get(id=own_id(by))
        if Passkey.objects.filter(credential_id=made.id, account=account).exists():
            return
        if Passkey.objects.filter(account=account).count() >= rules.PASSKEYS_MAX:
            raise Conflict(_TOO_MANY)
        row = Passkey.objects.create(
            account=account,
            credential_id=made.id,
            public_key=made.public_key,
            sign_count=made.uses,
            name=label,
            created_at=clock.now(),
        )
        not_me = disowning.way(account=account, about="passkey_added", since=row.created_at)
        links.tell("passkey_added", link=not_me)
        audit.record(by.label, "passkey.added", by.label, {"passkey": str(row.id)})


def rename(*, passkey_id: UUID, name: str, by: Actor) -> None:
    """Call one of the account's own passkeys otherwise. Raises Invalid."""
    label, faults = rules.clean_label("name", name)
    if faults:
        raise Invalid(faults)
    Passkey.objects.filter(id=passkey_id, account_id=own_id(by)).update(name=label)


def remove(*, passkey_id: UUID, by: Actor) -> None:
    """Accept one of the account's own passkeys no longer. May be repeated."""
    with transaction.atomic():
        if Passkey.objects.filter(id=passkey_id, account_id=own_id(by)).delete()[0]:
            audit.record(by.label, "passkey.removed", by.label, {"passkey": str(passkey_id)})


def to_sign_in() -> Ceremony:
    """Begin to sign in; the browser offers the passkeys it has for this site, so nobody need be named."""
    challenge = secrets.token_bytes(32)
    return Ceremony(ceremonies.signing(site(), challenge), _sealed(challenge, ""))


def sign_in(*, credential: str, state: str, browser: Browser) -> SignedIn:
    """Sign in with the browser's answer. A lock against guessed passwords does not stand in the way.

    Raises Invalid, TooMany.
    """
    ratelimit.hit(f"signin:{rules.network(browser.address)}", sessions.TRIES_A_NETWORK, 900)
    try:
        with transaction.atomic():
            challenge = _challenge(state, "")
            passkey = _signed(credential, challenge)
            proof = hashlib.sha256(challenge).digest()
            return sessions.admit(passkey.account, browser, way="passkey", methods=rules.BY_PASSKEY, proof=proof)
    except (BrokenError, Passkey.DoesNotExist, IntegrityError) as error:  # the last: this answer signed in before
        raise Invalid([Fault("", "passkey", _NOT_SIGNED_IN)]) from error


def to_confirm(*, by: Actor) -> Ceremony:
    """Begin to prove anew that it is `by` who sits there, with a passkey of theirs; they stay in their session."""
    challenge = secrets.token_bytes(32)
    held = Passkey.objects.filter(account_id=own_id(by), suspended_at=None).values_list("credential_id", flat=True)
    return Ceremony(ceremonies.signing(site(), challenge, held=held), _sealed(challenge, _confirming(by)))


def confirm(*, credential: str, state: str, by: Actor) -> None:
    """The person proves with a passkey that it is they: their session knows it from now on (methods, proved_at).

    Good once: the state names the proof before it. Raises Invalid, TooMany.
    """
    ratelimit.hit(f"confirm:{own_id(by)}", CONFIRMATIONS, 900)
    before = sessions.last_proof(by)
    try:
        with transaction.atomic():
            _signed(credential, _challenge(state, _confirming(by, before)), owner=own_id(by))
            _note_proof(before, by)
            audit.record(by.label, "account.proved", by.label, {"with": "passkey"})
    except (BrokenError, Passkey.DoesNotExist) as error:
        raise Invalid([Fault("", "passkey", _NOT_CONFIRMED)]) from error


def _note_proof(before: str, by: Actor) -> None:
    if not sessions.proved_anew(methods=rules.BY_PASSKEY, before=before, by=by):
        raise BrokenError("the session has ended, or this signature was used")


def _confirming(by: Actor, before: str | None = None) -> str:
    return f"confirm:{by.session_id}:{sessions.last_proof(by) if before is None else before}"


def _signed(credential: str, challenge: bytes, owner: UUID | None = None) -> Passkey:
    """The passkey that signed, locked, its use noted; of `owner`, where the page named its passkeys: devices then
    need not say whose it is. Raises BrokenError, DoesNotExist."""
    signed = ceremonies.read(credential)
    held = Passkey.objects.select_for_update(of=("self",)).select_related("account")
    passkey = held.get(credential_id=signed.id, account__closed_at=None, suspended_at=None)
    uses = ceremonies.verified(site(), signed, challenge, public_key=bytes(passkey.public_key), uses=passkey.sign_count)
    named = signed.account or owner
    if named != passkey.account.id or owner not in {None, named}:
        raise BrokenError("the passkey is another account's")
    passkey.sign_count, passkey.last_used_at = uses, clock.now()
    passkey.save(update_fields=["sign_count", "last_used_at"])
    return passkey


def _sealed(challenge: bytes, account: str) -> str:
    return signing.dumps({"challenge": challenge.hex(), "account": account}, salt=_SALT)


def _challenge(state: str, account: str) -> bytes:
    try:
        told = signing.loads(state, salt=_SALT, max_age=MAX_AGE)
        challenge = bytes.fromhex(told["challenge"])
    except (signing.BadSignature, ValueError) as error:
        raise BrokenError("the page stood open too long, or since a former version") from error
    if told["account"] != account:
        raise BrokenError("the page was somebody else's")
    return challenge


_TOO_MANY = Text(
    th=f"มีพาสคีย์ได้ไม่เกิน {rules.PASSKEYS_MAX} รายการ โปรดลบรายการที่ไม่ใช้แล้วก่อน",
    en=f"You can have {rules.PASSKEYS_MAX} passkeys at most. Remove one that you no longer use first",
)
_NOT_ADDED = Text(th="เพิ่มพาสคีย์ไม่สำเร็จ โปรดลองอีกครั้ง", en="The passkey could not be added. Try again")
_NOT_CONFIRMED = Text(th="ยืนยันด้วยพาสคีย์ไม่สำเร็จ โปรดลองอีกครั้ง", en="Confirming with your passkey did not work. Try again")
_NOT_SIGNED_IN = Text(
    th="เข้าสู่ระบบด้วยพาสคีย์นี้ไม่สำเร็จ โปรดลองอีกครั้งหรือใช้รหัสผ่าน",
    en="Signing in with this passkey did not work. Try again, or use your password",
)
