"""The PIN: chosen by its owner after a fresh proof, counted at every try, locked after ten wrong ones in a row.

It confirms that a person means what they approve, in a session that was opened otherwise. By itself it opens nothing.
"""

from __future__ import annotations

import hmac
from functools import cache
from hmac import compare_digest
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from sala.identity.accounts import queries as accounts
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.services import Browser, prove_own
from sala.identity.accounts.sessions import own_id
from sala.identity.people import queries as people
from sala.identity.wallet import rules
from sala.identity.wallet.models import Pin
from sala.identity.wallet.rules import FRESH, PIN_TOLD_FROM, PIN_TRIES
from sala.kit import audit, clock, outbox, ratelimit, sql
from sala.kit.errors import Fault, Forbidden, Invalid, SalaError
from sala.kit.ids import keyed_digest, uuid7
from sala.kit.text import Text

# Counts the try before it is judged, so that tries at the same moment cannot pass together.
_COUNT_TRY = """
UPDATE wallet_pin SET failures = failures + 1 WHERE account_id = %(account)s AND failures < %(tries)s
RETURNING hash, failures
"""
_RIGHT = "UPDATE wallet_pin SET failures = 0 WHERE account_id = %(account)s AND hash = %(hash)s"
_CHOOSE = """
INSERT INTO wallet_pin (account_id, hash, failures, changed_at) VALUES (%(account)s, %(hash)s, 0, %(now)s)
ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, failures = 0, changed_at = excluded.changed_at
"""


class PinLocked(SalaError):
    """Too many wrong PINs; a passkey, the link in the letter, or an office opens it."""

    status = 429
    code = "pin_locked"

    def __init__(self) -> None:
        super().__init__(
            Text(
                th="ใส่ PIN ผิดหลายครั้ง PIN จึงถูกระงับ โปรดตั้ง PIN ใหม่ด้วยพาสคีย์หรือลิงก์ที่เราส่งให้ทางอีเมล",
                en="Too many wrong PINs: your PIN is locked. Choose a new one with a passkey or our link by e-mail",
            )
        )


class ProofNeeded(Forbidden):
    """A PIN is chosen only by who has just proven to be its owner."""

    code = "proof_needed"


def standing(*, by: Actor) -> str:
    """How this person's PIN stands: `none`, `set` or `locked`."""
    row = Pin.objects.filter(account_id=own_id(by)).values_list("failures").first()
    if row is None:
        return "none"
    return "locked" if row[0] >= PIN_TRIES else "set"


def is_fresh(*, by: Actor) -> bool:
    """Whether the person at this session proved to be there within rules.FRESH."""
    proof = accounts.proof_of(by.session_id) if by.session_id else None
    return bool(proof and proof.methods and proof.at > clock.now() - FRESH)


def may_choose(*, by: Actor) -> bool:
    """Whether this person may choose a PIN now, with no other proof than their session's."""
    return _by_fresh_passkey(by) if standing(by=by) == "locked" else is_fresh(by=by)


def choose(
    *, pin: str, by: Actor, browser: Browser, again: str | None = None, password: str = "", letter: str = ""
) -> None:
    """A new PIN, or another one, typed `again` to be sure. Asks for the password where the session's own proof is not
    fresh.

    A locked one takes a fresh passkey or the link of the letter (`letter`); a password alone is what a guesser at
    an open screen may have. Raises Invalid, ProofNeeded, Locked (too many wrong passwords).
    """
    account, typed = own_id(by), rules.digits(pin)
    if faults := _faults(typed, by):
        raise Invalid(faults)
    if again is not None and rules.digits(again) != typed:
        raise Invalid([Fault("again", "other", _OTHER)])
    if standing(by=by) == "locked":
        if not (_by_letter(account, letter) or _by_fresh_passkey(by)):
            raise ProofNeeded(_UNLOCK_FIRST)
    elif not is_fresh(by=by):
        prove_own(password=password, browser=browser, by=by)
    given = {"account": account, "hash": make_password(_peppered(account, typed)), "now": clock.now()}
    with transaction.atomic():
        sql.execute(_CHOOSE, given)
        _tell("pin_chosen", account)
        audit.record(by.label, "pin.chosen", by.label)


def confirm(*, pin: str, by: Actor) -> None:
    """The person confirms with their PIN what they are about to do. Raises Invalid, PinLocked, TooMany.

    Costs the same time where there is no PIN. Not within a transaction that a refusal would roll back.
    """
    account = own_id(by)
    ratelimit.hit(f"pin:{account}", rules.PIN_TRIES_A_DAY, 86_400)
    row = sql.fetch_one(_COUNT_TRY, {"account": account, "tries": PIN_TRIES})
    if row is None and standing(by=by) == "locked":
        raise PinLocked
    encoded, failures = row or ("", 0)  # Django hashes something where there is no hash: no PIN takes as long
    if check_password(_peppered(account, rules.digits(pin)), encoded) and row:
        sql.execute(_RIGHT, {"account": account, "hash": encoded})
        return
    audit.record(by.label, "pin.wrong", by.label, {"in_a_row": failures})
    if failures < PIN_TRIES:
        raise Invalid([Fault("pin", "wrong", _wrong(failures))])
    with transaction.atomic():
        _tell("pin_locked", account)
        audit.record(by.label, "pin.locked", by.label)
    raise PinLocked


def letter_token(account: UUID) -> str:
    """What the letter about a locked PIN carries: of use to nobody but its reader in a session of this account, today
    and tomorrow, and void with the next PIN. Written nowhere. Empty where there is no PIN."""
    return _letter_token(account, 0)


def is_letter(letter: str, *, by: Actor) -> bool:
    """Whether this person came by the link of the letter about their locked PIN."""
    return _by_letter(own_id(by), letter)


def forget(account: UUID) -> None:
    """Without a PIN: the account is closed, or its owner showed an office who they are."""
    Pin.objects.filter(account_id=account).delete()


def _faults(pin: str, by: Actor) -> list[Fault]:
    linked = people.of_account(own_id(by))
    return rules.pin_faults(pin, birth=linked.person.birth_date if linked else None, phone=by.phone)


def _by_fresh_passkey(by: Actor) -> bool:
    proof = accounts.proof_of(by.session_id) if by.session_id else None
    return bool(proof and set(proof.methods) >= rules.STRONG and proof.at > clock.now() - FRESH)


def _by_letter(account: UUID, letter: str) -> bool:
    known = [token for token in (_letter_token(account, 0), _letter_token(account, 1)) if token]
    return any(compare_digest(token.encode(), letter.encode()) for token in known)


def _letter_token(account: UUID, days_ago: int) -> str:
    changed = Pin.objects.filter(account_id=account).values_list("changed_at", flat=True).first()
    if changed is None:
        return ""
    day = clock.today().toordinal() - days_ago
    return keyed_digest("wallet.pin.letter", f"{account}\0{changed.isoformat()}\0{day}")


def _tell(kind: str, account: UUID) -> None:
    outbox.emit("wallet.letter", {"kind": kind, "id": str(uuid7()), "account": str(account)})


def _peppered(account: UUID, pin: str) -> str:
    """A million PINs are tried in hours against a stolen table, and never without the installation's secret."""
    return hmac.digest(_pepper(settings.SECRET_KEY), f"{account}\0{pin}".encode(), "sha256").hex()


@cache
def _pepper(secret: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"sala.wallet.pin").derive(secret.encode())


def _wrong(failures: int) -> Text:
    if failures < PIN_TOLD_FROM:
        return Text(th="PIN ไม่ถูกต้อง", en="That PIN is not correct")
    left = PIN_TRIES - failures
    return Text(
        th=f"PIN ไม่ถูกต้อง ลองได้อีก {left} ครั้งก่อน PIN ถูกระงับ ซึ่งต้องตั้งใหม่ด้วยพาสคีย์ ลิงก์ทางอีเมล หรือที่สำนักทะเบียน",
        en=f"That PIN is not correct. You can try {left} more {'time' if left == 1 else 'times'} before it is "
        "locked; a new one is then chosen with a passkey, our link by e-mail, or at a registration office",
    )


_OTHER = Text(th="PIN สองช่องไม่ตรงกัน โปรดพิมพ์ใหม่", en="The two PINs are not the same. Type them again")
_UNLOCK_FIRST = Text(
    th="PIN ถูกระงับ โปรดยืนยันด้วยพาสคีย์ หรือเปิดลิงก์ที่เราส่งให้ทางอีเมลก่อนตั้ง PIN ใหม่",
    en="Your PIN is locked. Confirm with a passkey, or open our link by e-mail, before you choose a new one",
)
