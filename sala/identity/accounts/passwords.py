"""A new password: what is asked of it, and its hash."""

from __future__ import annotations

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError

from sala.identity.accounts import rules
from sala.identity.accounts.models import Account
from sala.kit.errors import Fault, Invalid
from sala.kit.text import Text

_EASY = {
    "password_too_common": Text(
        th="รหัสผ่านนี้มีคนใช้กันมากและเดาได้ง่าย โปรดตั้งรหัสผ่านอื่น",
        en="This password is used by many people and easy to guess. Choose another",
    ),
    "password_too_similar": Text(
        th="รหัสผ่านนี้คล้ายชื่อหรืออีเมลของท่าน โปรดตั้งรหัสผ่านอื่น",
        en="This password is too much like your name or e-mail address. Choose another",
    ),
}


def hashed(account: Account, typed: str, *, field: str = "password") -> str:
    """The hash to store for `account`'s new password. Raises Invalid with one fault of `field`."""
    password = rules.clean_password(typed)
    faults = rules.password_faults(password, field) or _guessable(account, password, field)
    if faults:
        raise Invalid(faults)
    return make_password(password)


def _guessable(account: Account, password: str, field: str) -> list[Fault]:
    try:
        password_validation.validate_password(password, account)
    except ValidationError as error:
        codes = [str(fault.code) for fault in error.error_list]
        return [Fault(field, codes[0], _EASY.get(codes[0], _EASY["password_too_common"]))]
    return []
