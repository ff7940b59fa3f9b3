"""What every change of a line shares: its lock, and ending a turn or an offer.

Whoever changes a line holds its lock until the transaction's end, and takes rows after it in this order: the turn,
its offer, the places. So a line is offered to strictly in order (passing over locked rows would let somebody behind
overtake whoever's row another worker has in hand), and nobody waits for anybody in a circle. Lines of different
schedules go on at the same time.
"""

from __future__ import annotations

from sala.engine.appointments import holding
from sala.engine.cases import attachments
from sala.engine.waiting.models import Offer, Waiting, WaitingPerson
from sala.engine.waiting.states import OfferState, WaitingState
from sala.kit import clock, sql

_LINE = "select pg_advisory_xact_lock(hashtext('waiting.line'), %s)"


def line_up(schedule: int) -> None:
    """Be the only one, until the transaction's end, to change this schedule's line."""
    sql.fetch_one(_LINE, (schedule,))


def end_offer(offer: Offer, state: OfferState) -> None:
    """Settle an offer; unless it was accepted, its place is given back. The caller has locked it."""
    offer.state, offer.ended_at = state, clock.now()
    offer.save(update_fields=["state", "ended_at"])
    if state is not OfferState.ACCEPTED:
        holding.release(holder=offer.id)


def end(row: Waiting, state: WaitingState) -> None:
    """End a turn: what was answered is forgotten, and who it was for; the case has it if one was filed."""
    row.state, row.ended_at, row.answers = state, clock.now(), []
    row.save(update_fields=["state", "ended_at", "answers"])
    WaitingPerson.objects.filter(waiting=row).delete()
    attachments.forget([row.id])
