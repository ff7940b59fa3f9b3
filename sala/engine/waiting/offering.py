"""Offering a free place to whoever is first in line.

A line is offered to by one worker at a time, each offer in a transaction of its own. The place is kept a little
longer than the offer says (`MARGIN`), so that a lapsed one goes to the next in line in the same transaction that
takes it back, and at no moment to whoever watches the calendar for it. Answering stands in offers.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sala.engine.appointments import ahead as places
from sala.engine.appointments import holding
from sala.engine.appointments import queries as appointments
from sala.engine.appointments.booking import Taken
from sala.engine.appointments.queries import ScheduleCard
from sala.engine.waiting import letters, queries, rules
from sala.engine.waiting.models import Offer, Waiting
from sala.engine.waiting.rules import InLine
from sala.engine.waiting.states import OfferState, WaitingState
from sala.engine.waiting.turns import line_up
from sala.kit import clock, outbox
from sala.kit.errors import Invalid
from sala.kit.ids import uuid7

MARGIN = timedelta(minutes=10)
LOOK = 8
"""Times looked at for each number of people: more than anybody has declined before their turn ends."""
ATTEMPTS = 5
FRONT = 200


def offer(schedule: int) -> int:
    """Offer what is free to those who wait, in order, until nothing fits anybody; how many offers were made."""
    made = 0
    while _offer_one(schedule):
        made += 1
    return made


def offer_everywhere() -> int:
    """The safety net: the same for every line in which somebody waits without an offer."""
    waiting = Waiting.objects.filter(state=WaitingState.WAITING).order_by().values_list("schedule_id", flat=True)
    return sum(offer(schedule) for schedule in sorted(set(waiting.distinct()) | places.displaced_schedules()))


@transaction.atomic
def _offer_one(schedule: int) -> bool:
    line_up(schedule)
    return next_in_line(schedule)


def next_in_line(schedule: int) -> bool:
    """One offer, to whoever is first of those that a free place fits; whether there was one.

    Visits whose time the office took back go before all. The caller has the line's lock, in a transaction.
    """
    plan = appointments.schedule(schedule)
    if not plan.active or (plan.opens_at and plan.opens_at > clock.now()):
        return False
    if _to_displaced(plan):
        return True
    return any(_try(plan) for _ in range(ATTEMPTS)) if _is_awaited(schedule) else False


def _is_awaited(schedule: int) -> bool:
    return Waiting.objects.filter(schedule_id=schedule, state=WaitingState.WAITING).exists()


def _try(plan: ScheduleCard) -> bool:
    """Make the offer that is due. False where none is, or where the place went to somebody at this moment."""
    now = clock.now()
    chosen = _chosen(plan, now)
    if chosen is None:
        return False
    row = Waiting.objects.select_for_update().get(id=chosen[0])
    until = rules.held_until(now, chosen[1], lead_of(plan))
    made = _held(plan, row.people, chosen[1], until, waiting=row) if until else None
    if made is None:
        return False
    row.state = WaitingState.OFFERED
    row.save(update_fields=["state"])
    letters.offered(row, made, missed=queries.misses(row))
    outbox.emit("waiting.offered", {"reference": row.reference})  # an open page of the turn shows it at once
    return True


def _chosen(plan: ScheduleCard, now: datetime) -> tuple[UUID, datetime] | None:
    """Whose turn it is, and for what time. Mostly one of the first, so that a long line is seldom read whole."""
    for most in (FRONT, None):
        line = _line(plan.id, most)
        chosen = rules.first_fitting([one for _, one in line], lambda people: times_for(plan, people, now))
        if chosen is not None:
            return line[chosen[0]][0], chosen[1]
        if most is None or len(line) < most:
            return None
    return None


def _line(schedule: int, most: int | None) -> list[tuple[UUID, InLine]]:
    """Those who wait without an offer, in order, with the times that they did not take."""
    waiting = Waiting.objects.filter(schedule_id=schedule, state=WaitingState.WAITING)
    rows = list(waiting.order_by("joined_at", "id").values_list("id", "people")[:most])
    missed: dict[UUID | None, set[datetime]] = {}
    past = Offer.objects.filter(waiting__in=waiting, state__in=[OfferState.DECLINED, OfferState.LAPSED])
    for turn, starts_at in past.values_list("waiting_id", "starts_at"):
        missed.setdefault(turn, set()).add(starts_at)
    return [(turn, InLine(people, frozenset(missed.get(turn, ())))) for turn, people in rows]


def times_for(plan: ScheduleCard, people: int, now: datetime) -> Sequence[datetime]:
    """The soonest times at which so many can come and that leave time to answer."""
    after = now + max(rules.BEFORE, lead_of(plan)) + rules.SHORT
    return places.soonest(plan.id, after=after, people=people, limit=LOOK)


def lead_of(plan: ScheduleCard) -> timedelta:
    """How long before its time a place can last be booked."""
    return timedelta(minutes=plan.lead_minutes)


def _held(
    plan: ScheduleCard,
    people: int,
    starts_at: datetime,
    until: datetime,
    *,
    waiting: Waiting | None = None,
    visit: UUID | None = None,
    lost: datetime | None = None,
) -> Offer | None:
    """The offer with its places held; None where somebody else was quicker."""
    made = Offer(
        id=uuid7(), waiting=waiting, visit_id=visit, lost=lost, starts_at=starts_at, made_at=clock.now(), until=until
    )
    try:
        holding.hold(
            schedule=plan.id, starts_at=starts_at, people=people, holder=made.id, until=until + MARGIN, ahead=True
        )
    except (Taken, Invalid):
        return None  # taken, or gone with the hours of the office, since it was looked for
    made.save(force_insert=True)
    return made


# --- Visits whose time the office took back ------------------------------------------------------------


def offer_again(*, visit: UUID) -> bool:
    """Offer a displaced visit the nearest place after the lost one, for 48 hours. Once for each lost time.

    All that were displaced with it are offered to at once, in the order of their times. Without any free place they
    wait before everybody else in the line.
    """
    offer(appointments.visit(visit).schedule_id)
    return Offer.objects.filter(visit=visit, state=OfferState.OPEN).exists()


def _to_displaced(plan: ScheduleCard) -> bool:
    """One offer to the first of the displaced visits for which there is a place; whether there was one."""
    too_many: int | None = None
    for visit in queries.unoffered(plan.id):
        if too_many is not None and visit.people >= too_many:
            continue
        if _offer_again(plan, visit.id):
            return True
        if not places.soonest(plan.id, after=clock.now(), people=visit.people, limit=1):
            too_many = visit.people
    return False


def _offer_again(plan: ScheduleCard, visit: UUID) -> bool:
    row = appointments.visit(visit)
    now = clock.now()
    later = places.soonest(plan.id, after=max(now, row.starts_at), people=row.people, limit=LOOK)
    for starts_at in later or places.soonest(plan.id, after=now, people=row.people, limit=LOOK):
        until = rules.again_until(now, starts_at, lead_of(plan))
        made = until and _held(plan, row.people, starts_at, until, visit=row.id, lost=row.starts_at)
        if made:
            letters.offered_again(row, made)
            return True
    return False
