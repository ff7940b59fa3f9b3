"""What of the wallet has served its time goes."""

from __future__ import annotations

from uuid import UUID

from sala.identity.wallet import devices, pins
from sala.identity.wallet.models import Approval
from sala.identity.wallet.rules import APPROVAL_AGE, KEPT
from sala.kit import clock


def tidy() -> int:
    """Delete what was asked of nobody and ran out, and the history that is kept no longer; how many."""
    now = clock.now()
    nobodys, _ = Approval.objects.filter(account=None, expires_at__lt=now - APPROVAL_AGE).delete()
    old, _ = Approval.objects.filter(expires_at__lt=now - KEPT).delete()
    return nobodys + old


def forget_account(account: UUID) -> None:
    """Its owner closed it: no PIN, no device, nothing that waits. What was answered stays until KEPT has passed."""
    pins.forget(account)
    devices.forget(account)
    Approval.objects.filter(account_id=account, answered_at=None).delete()
