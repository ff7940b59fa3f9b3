"""The protocol of passkeys (WebAuthn): what a browser is asked, and whether what it answers holds.

The library is loaded with the first question: it is large, and of all processes only those of the web need it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

MAX_AGE = 1800
"""Seconds from opening the page to the signature."""
_LARGEST = 20_000  # characters


class BrokenError(ValueError):
    """What came is no answer, not to this question, or not of this passkey."""


class Site(NamedTuple):
    """Whose passkeys these are: the domain, and the origin of its pages."""

    domain: str
    origin: str


@dataclass(frozen=True, slots=True)
class Made:
    """A passkey that a browser made."""

    id: bytes
    public_key: bytes
    uses: int


@dataclass(frozen=True, slots=True)
class Signed:
    """What a passkey signed, not verified yet: `account` as the device has it, where it says whose it is."""

    id: bytes
    account: UUID | None
    answer: dict[str, Any]


def making(
    site: Site, challenge: bytes, *, account: UUID, address: str, name: str, held: Iterable[bytes | memoryview]
) -> str:
    """How to ask the browser (JSON) for a new passkey of an account, on a device that holds none of `held`."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=site.domain,
        rp_name="Sala ศาลา",
        user_name=address,
        user_id=account.bytes,
        user_display_name=name,
        challenge=challenge,
        timeout=MAX_AGE * 1000,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=bytes(one)) for one in held],
    )
    return webauthn.options_to_json(options)


def signing(site: Site, challenge: bytes, *, held: Iterable[bytes | memoryview] = ()) -> str:
    """How to ask the browser (JSON) for a signature by one of `held`; without any, by whichever it has for the site."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=site.domain,
        challenge=challenge,
        timeout=MAX_AGE * 1000,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=bytes(one)) for one in held],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def made(site: Site, credential: str, challenge: bytes) -> Made:
    """The passkey that answers `making`. Raises BrokenError."""
    import webauthn

    with _judged():
        found = webauthn.verify_registration_response(
            credential=_parsed(credential),
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    return Made(found.credential_id, found.credential_public_key, found.sign_count)


def read(credential: str) -> Signed:
    """What answers `signing`, by which passkey it says. Raises BrokenError."""
    from webauthn.helpers import base64url_to_bytes

    with _judged():
        answer = _parsed(credential)
        handle = answer["response"].get("userHandle")
        account = UUID(bytes=base64url_to_bytes(handle)) if handle else None
        return Signed(base64url_to_bytes(answer["rawId"]), account, answer)


def verified(site: Site, signed: Signed, challenge: bytes, *, public_key: bytes, uses: int) -> int:
    """How often the passkey with this key was used, with the use that is verified. Raises BrokenError."""
    import webauthn

    with _judged():
        return webauthn.verify_authentication_response(
            credential=signed.answer,
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=uses,
            require_user_verification=True,
        ).new_sign_count


@contextmanager
def _judged() -> Iterator[None]:
    """Whatever the library, or the reading, makes of what does not hold is one BrokenError."""
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        yield
    except (WebAuthnException, ValueError, TypeError, LookupError, AttributeError) as error:
        raise BrokenError from error


def _parsed(credential: str) -> dict[str, Any]:
    if len(credential) > _LARGEST:
        raise ValueError("too long to be a credential")
    answer = json.loads(credential)
    if not isinstance(answer, dict):
        raise TypeError("a credential is an object")
    return answer
