"""What of enrolments has served its time: the abandoned end, and what has ended is forgotten."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from sala.identity.enrolment import keeping
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.states import OPEN, Event, State
from sala.kit import clock

ABANDONED_KEPT = timedelta(days=30)
"""So long it can be asked who began and did not go on, such as with a number that was not theirs."""
DECIDED_KEPT = timedelta(days=5 * 366)
"""How an identity was proven is known as long as who looked at it."""
_AT_A_TIME = 500


def tidy() -> dict[str, int]:
    """End what ran out, and delete what has been kept long enough; how many of each."""
    return {"ended": _end_late(), "forgotten": _forget()}


def _end_late() -> int:
    late = Enrolment.objects.filter(state__in=OPEN, expires_at__lte=clock.now()).order_by("expires_at")
    numbers = list(late.values_list("id", flat=True)[:_AT_A_TIME])
    return sum(_end(number) for number in numbers)


def _end(number: UUID) -> bool:
    with transaction.atomic():
        row = Enrolment.objects.select_for_update(skip_locked=True).filter(id=number, state__in=OPEN).first()
        if row is None or not keeping.is_over(row):
            return False
        keeping.move(row, Event.EXPIRED)
        return True


def _forget() -> int:
    now = clock.now()
    abandoned = Enrolment.objects.filter(state=State.ENDED, ended_at__lt=now - ABANDONED_KEPT)
    decided = Enrolment.objects.filter(state__in=[State.DONE, State.REFUSED], ended_at__lt=now - DECIDED_KEPT)
    return int(abandoned.delete()[0] + decided.delete()[0])


def forget_account(account: UUID) -> None:
    """Its owner closed it: what goes on ends."""
    for number in Enrolment.objects.filter(account_id=account, state__in=OPEN).values_list("id", flat=True):
        with transaction.atomic():
            row = keeping.locked(number)
            if State(row.state) in OPEN:
                keeping.move(row, Event.GIVEN_UP)
