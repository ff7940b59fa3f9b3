"""What becomes of an offer: taken, declined, changed for another time, left to lapse, taken back.

`offer`, `offer_again` and `offer_everywhere` make them (offering.py).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sala.engine.appointments import booking, changing, holding
from sala.engine.appointments import queries as appointments
from sala.engine.appointments.booking import Taken
from sala.engine.appointments.keys import key_of as visit_key
from sala.engine.appointments.states import VisitState
from sala.engine.catalogue import queries as catalogue
from sala.engine.waiting import letters, queries, rules, words
from sala.engine.waiting.models import Offer, Waiting
from sala.engine.waiting.offering import (
    MARGIN,
    lead_of,
    next_in_line,
    offer,
    offer_again,
    offer_everywhere,
    times_for,
)
from sala.engine.waiting.states import OfferState, WaitingState
from sala.engine.waiting.turns import end, end_offer, line_up
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from sala.kit.errors import Conflict, Invalid, NotFound
from sala.kit.text import Text

__all__ = [
    "OfferOver",
    "accept",
    "choose",
    "decline",
    "lapse",
    "next_in_line",
    "offer",
    "offer_again",
    "offer_everywhere",
    "others",
    "settle",
    "visit_changed",
    "withdraw",
]

BATCH = 200
CHANNEL = "waiting list"
DISPLACED = VisitState.DISPLACED


class OfferOver(Conflict):
    """The offer can no longer be taken. `turn_kept`: its holder still stands in line."""

    code = "offer_over"

    def __init__(self, message: Text, *, turn_kept: bool) -> None:
        super().__init__(message)
        self.turn_kept = turn_kept


def accept(*, offer: UUID, by: Actor) -> tuple[str, str]:
    """Take the place that is offered: books the visit and files its cases, or moves a displaced one.

    The number and the key of the visit. May be repeated. Raises OfferOver where it is too late; the turn is kept as
    the letter said. Raises AlreadyBooked where the person has an appointment by now.
    """
    try:
        with transaction.atomic():
            return _accept(_locked(offer), by)
    except OfferOver:
        settle(offer)
        raise
    except (Taken, Invalid) as gone:
        if isinstance(gone, Invalid) and not any(fault.field == "starts_at" for fault in gone.faults):
            raise
        withdraw(offer)
        raise OfferOver(words.WITHDRAWN, turn_kept=True) from None


def _accept(row: Offer, by: Actor) -> tuple[str, str]:
    if row.state == OfferState.ACCEPTED:
        return _accepted(row)
    _check_open(row)
    if row.visit_id is not None:
        visit = appointments.visit(row.visit_id)
        if visit.state != DISPLACED:
            raise OfferOver(words.VISIT_CHANGED, turn_kept=True)
        changing.move(visit=row.visit_id, starts_at=row.starts_at, by=by, holder=row.id, free_of_charge=True)
    else:
        _book(row, by)
    end_offer(row, OfferState.ACCEPTED)
    return _accepted(row)


def _book(row: Offer, by: Actor) -> None:
    turn = row.waiting
    assert turn  # noqa: S101 - a constraint: an offer is to a turn or to a visit
    booking.book(
        service=catalogue.version(turn.version_id),
        schedule=turn.schedule_id,
        starts_at=row.starts_at,
        answers=turn.answers,
        by=replace(by, account_id=turn.account_id),
        language=turn.language,
        channel=CHANNEL,
        holder=row.id,
        draft=turn.id,
        ahead=True,
    )
    end(turn, WaitingState.BOOKED)


def _accepted(row: Offer) -> tuple[str, str]:
    visit = appointments.visit(row.visit_id) if row.visit_id else appointments.of_draft(row.id)
    if visit is None:
        raise NotFound
    return visit.reference, visit_key(visit.id, visit.key_version)


def decline(*, offer: UUID) -> None:
    """Say that the place does not suit. May be repeated; the next in line gets it at once."""
    schedule = _schedule_of(offer)
    with transaction.atomic():
        line_up(schedule)
        row = _locked(offer)
        if row.state == OfferState.OPEN:
            _missed(row, OfferState.DECLINED)
            _pass_on(schedule, row)


def others(offer: Offer) -> list[datetime]:
    """Other times that may be taken instead of the one offered, soonest first."""
    plan = appointments.schedule(_schedule_of(offer.id))
    people = _people(offer)
    free = times_for(plan, people, clock.now())
    return [one for one in free if one != offer.starts_at]


def choose(*, offer: UUID, starts_at: datetime) -> None:
    """Hold another time instead of the one offered, as long as that would have been held, or as its time allows.

    The former goes to the next in line, at no moment to whoever watches the calendar for it. Raises OfferOver, or
    Taken, after which the former time is still held.
    """
    schedule = _schedule_of(offer)
    with transaction.atomic():
        line_up(schedule)
        row = _locked(offer)
        _check_open(row)
        plan = appointments.schedule(schedule)
        row.until = min(row.until, rules.latest_answer(starts_at, lead_of(plan)))
        row.starts_at = starts_at
        if row.until <= clock.now():
            raise Conflict(words.NOT_THAT_TIME)
        holding.hold(
            schedule=plan.id,
            starts_at=starts_at,
            people=_people(row),
            holder=row.id,
            until=row.until + MARGIN,
            ahead=True,
        )
        row.save(update_fields=["until", "starts_at"])
        _pass_on(schedule, row)


# --- Offers that nobody answered ----------------------------------------------------------------------


def lapse() -> int:
    """Settle the offers whose time is over; how many were. What they held goes to the next in line."""
    over = Offer.objects.filter(state=OfferState.OPEN, until__lte=clock.now()).order_by("until")
    return sum(settle(one) for one in list(over.values_list("id", flat=True)[:BATCH]))


def settle(offer: UUID) -> bool:
    """Let one offer lapse, if its time is over; whether it did."""
    schedule = _schedule_of(offer)
    with transaction.atomic():
        line_up(schedule)
        row = _locked(offer)
        if row.state != OfferState.OPEN or row.until > clock.now():
            return False
        _missed(row, OfferState.LAPSED)
        _pass_on(schedule, row)
    return True


def _pass_on(schedule: int, row: Offer) -> None:
    """What was held for one goes to the next, or the next few where it was for several people."""
    for _ in range(_people(row)):
        if not next_in_line(schedule):
            return


def visit_changed(*, visit: UUID) -> None:
    """A visit that was changed or cancelled otherwise needs no other time: what was held for it goes on."""
    if appointments.visit(visit).state == DISPLACED:
        return
    for one in Offer.objects.filter(visit=visit, state=OfferState.OPEN).values_list("id", flat=True):
        withdraw(one)


def _missed(row: Offer, state: OfferState) -> None:
    """An offer that was not taken: the turn is kept, or over with the second that counts."""
    end_offer(row, state)
    turn = row.waiting
    if turn is None or turn.state != WaitingState.OFFERED:
        return
    if rules.turn_ends(missed := queries.misses(turn)):
        end(turn, WaitingState.LEFT)
        letters.turn_over(turn)
        return
    turn.state = WaitingState.WAITING
    turn.save(update_fields=["state"])
    if state is OfferState.LAPSED:
        letters.lapsed(turn, row, missed=missed)


def withdraw(offer: UUID) -> None:
    """Take an offer back, held against nobody: the office closed at its time. The turn stands as it stood before."""
    schedule = _schedule_of(offer)
    with transaction.atomic():
        line_up(schedule)
        row = _locked(offer)
        if row.state != OfferState.OPEN:
            return
        end_offer(row, OfferState.WITHDRAWN)
        if row.waiting:
            row.waiting.state = WaitingState.WAITING
            row.waiting.save(update_fields=["state"])
        _pass_on(schedule, row)


def _locked(offer: UUID) -> Offer:
    """The offer, locked after its turn."""
    turn = Offer.objects.values_list("waiting_id", flat=True).get(id=offer)
    waiting = Waiting.objects.select_for_update().get(id=turn) if turn else None
    row = Offer.objects.select_for_update().get(id=offer)
    row.waiting = waiting
    return row


def _check_open(row: Offer) -> None:
    standing = row.waiting is None or row.waiting.state in queries.STANDING
    if row.state == OfferState.OPEN and row.until > clock.now() and standing:
        return
    if row.state == OfferState.OPEN and standing:
        kept = row.waiting is None or not rules.turn_ends(queries.misses(row.waiting) + queries.counts(row))
        raise OfferOver(words.LAPSED, turn_kept=kept)
    why = {
        OfferState.DECLINED: words.DECLINED,
        OfferState.ACCEPTED: words.ACCEPTED,
        OfferState.WITHDRAWN: words.WITHDRAWN,
    }
    raise OfferOver(why.get(OfferState(row.state), words.LAPSED), turn_kept=standing)


def _people(row: Offer) -> int:
    if row.waiting_id is not None:
        return Waiting.objects.values_list("people", flat=True).get(id=row.waiting_id)
    return appointments.visit(_visit_id(row)).people


def _visit_id(row: Offer) -> UUID:
    assert row.visit_id  # noqa: S101 - a constraint: an offer is to a turn or to a visit
    return row.visit_id


def _schedule_of(offer: UUID) -> int:
    row = Offer.objects.filter(id=offer).values_list("waiting__schedule_id", "visit_id").first()
    if row is None:
        raise NotFound
    return row[0] if row[0] is not None else appointments.visit(row[1]).schedule_id
