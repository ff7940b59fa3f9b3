"""Reads of the waiting list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from sala.engine.appointments import ahead as places
from sala.engine.appointments import queries as appointments
from sala.engine.waiting import keys
from sala.engine.waiting.models import Offer, Waiting
from sala.engine.waiting.rules import is_short
from sala.engine.waiting.states import OfferState, WaitingState
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from sala.kit.errors import NotFound
from sala.kit.ids import normal_reference

if TYPE_CHECKING:  # the row itself belongs to its room
    from sala.engine.appointments.models import Visit

STANDING = (WaitingState.WAITING, WaitingState.OFFERED)


def turn_by_reference(reference: str, *, key: str | None = None, by: Actor | None = None) -> Waiting:
    """The turn with this number, for its account or the holder of its key. Raises NotFound."""
    stored = normal_reference(reference)
    row = Waiting.objects.filter(reference=stored).first() if stored else None
    if row is None or not (
        (key is not None and keys.same(key, keys.key_of_turn(row.id)))
        or (by is not None and by.account_id is not None and by.account_id == row.account_id)
    ):
        raise NotFound
    return row


def turns_of_account(account: UUID) -> list[Waiting]:
    """The turns in which an account waits now, the longest waiting first."""
    return list(Waiting.objects.filter(account_id=account, state__in=STANDING).order_by("joined_at"))


def position(row: Waiting) -> int:
    """How many turns are before this one, and itself; visits that the office displaced go before all."""
    before = _line(row.schedule_id).filter(Q(joined_at__lt=row.joined_at) | Q(joined_at=row.joined_at, id__lt=row.id))
    return before.count() + len(unoffered(row.schedule_id)) + 1


def people_in_line(schedule: int) -> int:
    """How many places are needed before one who joins now has theirs."""
    # Those with an offer count, too: they may let it lapse, and then need another.
    waiting: int = _line(schedule).aggregate(sum=Sum("people"))["sum"] or 0
    return waiting + sum(visit.people for visit in unoffered(schedule))


def unoffered(schedule: int) -> list[Visit]:
    """Visits that lost their time and for which no other was found yet: they go before the line."""
    lost = places.displaced(schedule)
    if not lost:
        return []
    told = set(Offer.objects.filter(visit__in=[one.id for one in lost]).values_list("visit_id", "lost"))
    return [one for one in lost if (one.id, one.starts_at) not in told]


def open_offer(row: Waiting) -> Offer | None:
    return Offer.objects.filter(waiting=row, state=OfferState.OPEN).first()


def offers_for(visits: Collection[UUID]) -> dict[UUID, Offer]:
    """The times held now instead of those that these visits lost, by visit."""
    held = Offer.objects.filter(visit__in=visits, state=OfferState.OPEN, until__gt=clock.now())
    return {offer.visit_id: offer for offer in held if offer.visit_id}


def visit_of(row: Waiting) -> Visit | None:
    """The visit that came of a turn."""
    taken = Offer.objects.filter(waiting=row, state=OfferState.ACCEPTED).first()
    return appointments.of_draft(taken.id) if taken else None


def visit_of_offer(offer: Offer) -> Visit | None:
    """The visit that an accepted offer booked or moved."""
    if offer.state != OfferState.ACCEPTED:
        return None
    return appointments.visit(offer.visit_id) if offer.visit_id else appointments.of_draft(offer.id)


def office_of(schedule: int) -> int:
    return appointments.schedule(schedule).office


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer with the turn, or the displaced visit, that it is for."""

    offer: Offer
    turn: Waiting | None
    visit: Visit | None


def offered(offer: UUID) -> Offered:
    """The offer with this id, for the house itself. Raises NotFound."""
    row = Offer.objects.select_related("waiting").filter(id=offer).first()
    if row is None:
        raise NotFound
    return Offered(row, row.waiting, appointments.visit(row.visit_id) if row.visit_id else None)


def misses(row: Waiting) -> int:
    """How many offers of this turn were declined or left to lapse, short ones aside."""
    ended = Offer.objects.filter(waiting=row, state__in=[OfferState.DECLINED, OfferState.LAPSED])
    return sum(1 for one in ended if counts(one))


def counts(offer: Offer) -> bool:
    """Whether missing it is held against anybody."""
    return not is_short(offer.made_at, offer.until)


def waiting_at(schedules: Collection[int]) -> list[Waiting]:
    """All turns of these lines, in order. The caller has checked that the reader works there."""
    rows = Waiting.objects.filter(schedule_id__in=list(schedules), state__in=STANDING)
    return list(rows.defer("answers").order_by("schedule_id", "joined_at", "id"))


def was_offered(row: Waiting) -> bool:
    """Whether the promise was kept: an offer was made by the promised day."""
    kept = Offer.objects.filter(waiting=row).order_by("made_at").first()
    return kept is not None and clock.local_day(kept.made_at) <= row.promised_on


def _line(schedule: int) -> QuerySet[Waiting]:
    return Waiting.objects.filter(schedule_id=schedule, state__in=STANDING)


def turn_of_draft(draft: UUID) -> Waiting | None:
    """The turn that a draft became; None where it became none."""
    return Waiting.objects.filter(draft=draft).first()
