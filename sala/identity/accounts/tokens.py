"""API tokens: made by their owner, limited by scopes, shown once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from sala.identity.accounts import rules
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account, ApiToken
from sala.identity.accounts.sessions import own_id
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Fault, Invalid
from sala.kit.ids import hash_token, new_token
from sala.kit.text import Text

PREFIX = "sala_"  # so that programs that look for leaked secrets know one


def issue_token(*, account_id: UUID, name: str, scopes: Collection[str], days: int = 90, by: Actor) -> str:
    """A new token of the account, told now and never again. Expires after `days` (1 to 365). Raises Invalid."""
    label = check(name=name, scopes=scopes, days=days)
    token, now = PREFIX + new_token(), clock.now()
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(id=account_id)
        _check_room_for_one(account_id)
        row = ApiToken.objects.create(
            token_hash=hash_token(token),
            account_id=account_id,
            name=label,
            scopes=sorted(scopes),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        audit.record(by.label, "token.issued", f"account:{account_id}", {"token": str(row.id), "scopes": row.scopes})
    return token


def check(*, name: str, scopes: Collection[str], days: int) -> str:
    """The name as it will be stored. Raises Invalid with all that is wrong with the token asked for."""
    label, faults = rules.clean_label("name", name)
    faults += _scope_faults(scopes) + _days_faults(days)
    if faults:
        raise Invalid(faults)
    return label


def revoke_token(*, token_id: UUID, by: Actor) -> None:
    """End one of the account's own tokens. May be repeated."""
    with transaction.atomic():
        own = ApiToken.objects.filter(id=token_id, account_id=own_id(by), revoked_at=None)
        if own.update(revoked_at=clock.now()):
            audit.record(by.label, "token.revoked", by.label, {"token": str(token_id)})


def _check_room_for_one(account_id: UUID) -> None:
    living = ApiToken.objects.filter(account_id=account_id, revoked_at=None, expires_at__gt=clock.now())
    if living.count() >= rules.TOKENS_MAX:
        raise Conflict(
            Text(
                th=f"มีโทเค็นได้ไม่เกิน {rules.TOKENS_MAX} รายการ โปรดยกเลิกรายการที่ไม่ใช้แล้วก่อน",
                en=f"You can have {rules.TOKENS_MAX} tokens at most. Revoke one that you no longer use first",
            )
        )


def _scope_faults(scopes: Collection[str]) -> list[Fault]:
    return [] if scopes and set(scopes) <= set(rules.SCOPES) else [Fault("scopes", "missing", _NO_SCOPE)]


def _days_faults(days: int) -> list[Fault]:
    return [] if 1 <= days <= 365 else [Fault("days", "out_of_range", _NO_DAYS)]


_NO_SCOPE = Text(th="เลือกสิ่งที่โทเค็นนี้ทำได้อย่างน้อยหนึ่งข้อ", en="Select at least one thing that the token may do")
_NO_DAYS = Text(th="เลือกอายุของโทเค็น ไม่เกิน 1 ปี", en="Select how long the token works, up to 1 year")


def revoke_all(account_id: UUID) -> None:
    """No token of the account opens anything any more: its password was reset, or it was closed."""
    ApiToken.objects.filter(account_id=account_id, revoked_at=None).update(revoked_at=clock.now())
