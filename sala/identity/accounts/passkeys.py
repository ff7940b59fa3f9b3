"""Passkeys: a signature of the person's own device in place of the password (WebAuthn).

The challenge travels in the form, signed, so that opening a page stores nothing; a session remembers
the one it was opened with, so that a signature opens one session only.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import webauthn
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from sala.identity.accounts import disowning, links, rules, sessions
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account, Passkey
from sala.identity.accounts.sessions import Browser, SignedIn, own_id
from sala.kit import audit, clock, ratelimit
from sala.kit.errors import Conflict, Fault, Invalid
from sala.kit.text import Text

MAX_AGE = 1800  # seconds from opening the page to the signature
CONFIRMATIONS = 60  # in a quarter of an hour, of one account
_MAX_CREDENTIAL = 20_000  # characters
_SALT = "sala.accounts.passkeys"
_BROKEN = (WebAuthnException, ValueError, TypeError, LookupError, AttributeError)


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What the page needs: `options` for the browser (JSON), `state` to send back with its answer."""

    options: str
    state: str


def site() -> tuple[str, str]:
    """Whose passkeys these are: the domain, and the origin of its pages.

    Browsers give none to an IP address: a demo at 127.0.0.1 has them at its other name, localhost.
    """
    address = urlsplit(settings.PUBLIC_URL)
    host = address.hostname or ""
    if host.replace(".", "").isdigit() or ":" in host:
        port = f":{address.port}" if address.port else ""
        return "localhost", urlunsplit((address.scheme, f"localhost{port}", "", "", ""))
    return host, settings.PUBLIC_URL


def to_add(*, by: Actor) -> Ceremony:
    """Begin to add a passkey to the account."""
    account, challenge = Account.objects.get(id=own_id(by)), secrets.token_bytes(32)
    held = Passkey.objects.filter(account=account).values_list("credential_id", flat=True)
    options = webauthn.generate_registration_options(
        rp_id=site()[0],
        rp_name="Sala ศาลา",
        user_name=account.email,
        user_id=account.id.bytes,
        user_display_name=by.name,
        challenge=challenge,
        timeout=MAX_AGE * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(id_)) for id_ in held],
    )
    return Ceremony(webauthn.options_to_json(options), _sealed(challenge, str(account.id)))


def add(*, name: str, credential: str, state: str, by: Actor) -> None:
    """Keep the passkey that the browser made. Raises Invalid, Conflict. The same one again changes nothing."""
    label, faults = rules.clean_label("name", name)
    if faults:
        raise Invalid(faults)
    made = _made(credential, state, own_id(by))
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get(id=own_id(by))
        if Passkey.objects.filter(credential_id=made.credential_id, account=account).exists():
            return
        if Passkey.objects.filter(account=account).count() >= rules.PASSKEYS_MAX:
            raise Conflict(_TOO_MANY)
        row = Passkey.objects.create(
            account=account,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=label,
            created_at=clock.now(),
        )
        not_me = disowning.way(account=account, about="passkey_added", since=row.created_at)
        links.tell("passkey_added", link=not_me)
        audit.record(by.label, "passkey.added", by.label, {"passkey": str(row.id)})


def _made(credential: str, state: str, account: UUID) -> Any:
    rp_id, origin = site()
    try:
        return webauthn.verify_registration_response(
            credential=_parsed(credential),
            expected_challenge=_challenge(state, str(account)),
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
        )
    except _BROKEN as error:
        raise Invalid([Fault("", "not_added", _NOT_ADDED)]) from error


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
    options = webauthn.generate_authentication_options(
        rp_id=site()[0],
        challenge=challenge,
        timeout=MAX_AGE * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Ceremony(webauthn.options_to_json(options), _sealed(challenge, ""))


def sign_in(*, credential: str, state: str, browser: Browser) -> SignedIn:
    """Sign in with the browser's answer. A lock against guessed passwords does not stand in the way.

    Raises Invalid, TooMany.
    """
    ratelimit.hit(f"signin:{rules.network(browser.address)}", sessions.TRIES_A_NETWORK, 900)
    try:
        with transaction.atomic():
            challenge = _challenge(state, "")
            passkey = _signed(_parsed(credential), challenge)
            proof = hashlib.sha256(challenge).digest()
            return sessions.admit(passkey.account, browser, way="passkey", methods=rules.BY_PASSKEY, proof=proof)
    except (*_BROKEN, Passkey.DoesNotExist, IntegrityError) as error:  # the last: this answer signed in before
        raise Invalid([Fault("", "passkey", _NOT_SIGNED_IN)]) from error


def to_confirm(*, by: Actor) -> Ceremony:
    """Begin to prove anew that it is `by` who sits there, with a passkey of theirs; they stay in their session."""
    challenge = secrets.token_bytes(32)
    held = Passkey.objects.filter(account_id=own_id(by), suspended_at=None).values_list("credential_id", flat=True)
    options = webauthn.generate_authentication_options(
        rp_id=site()[0],
        challenge=challenge,
        timeout=MAX_AGE * 1000,
        allow_credentials=[PublicKeyCredentialDescriptor(id=bytes(id_)) for id_ in held],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Ceremony(webauthn.options_to_json(options), _sealed(challenge, _confirming(by)))


def confirm(*, credential: str, state: str, by: Actor) -> None:
    """The person proves with a passkey that it is they: their session knows it from now on (methods, proved_at).

    Good once: the state names the proof before it. Raises Invalid, TooMany.
    """
    ratelimit.hit(f"confirm:{own_id(by)}", CONFIRMATIONS, 900)
    before = sessions.last_proof(by)
    try:
        with transaction.atomic():
            challenge = _challenge(state, _confirming(by, before))
            _signed(_parsed(credential), challenge, owner=own_id(by))
            if not sessions.proved_anew(methods=rules.BY_PASSKEY, before=before, by=by):
                raise ValueError("the session has ended, or this signature was used")
            audit.record(by.label, "account.proved", by.label, {"with": "passkey"})
    except (*_BROKEN, Passkey.DoesNotExist) as error:
        raise Invalid([Fault("", "passkey", _NOT_CONFIRMED)]) from error


def _confirming(by: Actor, before: str | None = None) -> str:
    return f"confirm:{by.session_id}:{sessions.last_proof(by) if before is None else before}"


def _signed(answer: dict[str, Any], challenge: bytes, owner: UUID | None = None) -> Passkey:
    """The passkey that signed, locked, its use noted; of `owner`, where the page named its passkeys: devices then
    need not say whose it is. Raises one of _BROKEN, or DoesNotExist."""
    rp_id, origin = site()
    held = Passkey.objects.select_for_update(of=("self",)).select_related("account")
    passkey = held.get(credential_id=base64url_to_bytes(answer["rawId"]), account__closed_at=None, suspended_at=None)
    verified = webauthn.verify_authentication_response(
        credential=answer,
        expected_challenge=challenge,
        expected_rp_id=rp_id,
        expected_origin=origin,
        credential_public_key=bytes(passkey.public_key),
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    )
    handle = answer["response"].get("userHandle")
    named = UUID(bytes=base64url_to_bytes(handle)) if handle else owner
    if named != passkey.account.id or owner not in {None, named}:
        raise ValueError("the passkey is another account's")
    passkey.sign_count, passkey.last_used_at = verified.new_sign_count, clock.now()
    passkey.save(update_fields=["sign_count", "last_used_at"])
    return passkey


def _parsed(credential: str) -> dict[str, Any]:
    if len(credential) > _MAX_CREDENTIAL:
        raise ValueError("too long to be a credential")
    answer = json.loads(credential)
    if not isinstance(answer, dict):
        raise TypeError("a credential is an object")
    return answer


def _sealed(challenge: bytes, account: str) -> str:
    return signing.dumps({"challenge": bytes_to_base64url(challenge), "account": account}, salt=_SALT)


def _challenge(state: str, account: str) -> bytes:
    try:
        told = signing.loads(state, salt=_SALT, max_age=MAX_AGE)
    except signing.BadSignature as error:
        raise ValueError("the page stood open too long") from error
    if told["account"] != account:
        raise ValueError("the page was somebody else's")
    return base64url_to_bytes(told["challenge"])


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
