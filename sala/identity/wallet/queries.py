"""What waits for a person's word, and what they answered before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.sessions import own_id
from sala.identity.wallet.approvals import Asking
from sala.identity.wallet.models import Approval, Device
from sala.identity.wallet.rules import CODE_TRIES, Kind, State
from sala.kit import clock
from sala.kit.errors import NotFound

HISTORY = 50
_asking = msgspec.json.Decoder(Asking)


@dataclass(frozen=True, slots=True)
class Shown:
    """An approval as its person sees it. `open`: it can be answered, or its answer be used, still."""

    id: UUID
    kind: Kind
    state: State
    asking: Asking
    agreed: frozenset[str]
    asked_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    open: bool


def one(approval_id: UUID, *, by: Actor) -> Shown:
    """One of the person's own. Raises NotFound."""
    row = Approval.objects.filter(id=approval_id, account_id=own_id(by)).first()
    if row is None:
        raise NotFound
    return _shown(row)


def waiting(*, by: Actor) -> list[Shown]:
    """What waits for this person's word now, what runs out first first."""
    living = Approval.objects.filter(
        account_id=own_id(by), state__in=[State.WAITING, State.SCANNED], expires_at__gt=clock.now()
    )
    return [_shown(row) for row in living.order_by("expires_at")]


def history(*, by: Actor) -> list[Shown]:
    """What this person was asked lately, the newest first."""
    return [_shown(row) for row in Approval.objects.filter(account_id=own_id(by)).order_by("-id")[:HISTORY]]


def account_of(approval_id: UUID) -> tuple[UUID, Shown] | None:
    """Whom an approval that waits is asked of, for those who tell them; None if nobody need be told (any more)."""
    row = Approval.objects.filter(id=approval_id, state=State.WAITING, expires_at__gt=clock.now()).first()
    return (row.account_id, _shown(row)) if row and row.account_id else None


def devices(*, by: Actor) -> list[Device]:
    """Where this person is told by push, the newest first."""
    return list(Device.objects.filter(account_id=own_id(by)).order_by("-id"))


def _shown(row: Approval) -> Shown:
    told: Any = row.asking
    alive = row.expires_at > clock.now() and row.state != State.DECLINED and row.code_tries < CODE_TRIES
    return Shown(
        id=row.id,
        kind=Kind(row.kind),
        state=State(row.state),
        asking=_asking.decode(told) if isinstance(told, str) else msgspec.convert(told, Asking),
        agreed=frozenset(row.agreed),
        asked_at=row.created_at,
        expires_at=row.expires_at,
        answered_at=row.answered_at,
        open=alive,
    )
