"""“This was not me”, on the phone's side: nothing that waits or was approved is used any more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sala.identity.wallet.models import Approval, Device, Pin
from sala.identity.wallet.rules import State
from sala.kit import clock

_OPEN = (State.WAITING, State.SCANNED, State.APPROVED)


def disown(*, account_id: UUID, since: datetime) -> None:
    """Within the caller's transaction: what is not used yet is declined; a PIN chosen since then opens nothing, and
    devices added since then are told nothing."""
    open_ = Approval.objects.filter(account_id=account_id, state__in=_OPEN)
    open_.update(state=State.DECLINED, answered_at=clock.now())
    Pin.objects.filter(account_id=account_id, changed_at__gte=since).delete()
    Device.objects.filter(account_id=account_id, created_at__gte=since).delete()
