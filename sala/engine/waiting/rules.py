"""What the waiting list promises, and who goes first.

Pure: the database holds the line, this says what it means.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from sala.kit.clock import THAILAND

# --- The promise --------------------------------------------------------------------------------------

FURTHEST = 366
"""Days within which a promise must fall; an office that cannot keep one within a year makes none."""


class Opened(NamedTuple):
    """What becomes bookable on a day: so many times, each at so many counters."""

    times: int
    counters: int


def promised_on(
    *, ahead: int, people: int, today: date, opened: Callable[[date], Opened], works: Callable[[date], bool]
) -> date | None:
    """The day by which `people` behind `ahead` others (in people) are offered a place at one time; None if never.

    `opened(day)` tells what is added to the calendar on that day by itself: when the horizon moves on by a day,
    the day at its end comes into it. Nothing else is counted. Places that others give back come on top, so the
    promise is kept without them and mostly beaten with them.

    Kept for families, too: a time with c counters can fail to have k places beside each other only when more than
    c - k of them went to people ahead, since whoever stands behind is asked only after it did not fit us. So each
    time serves at least c - k + 1 of those ahead before it is of no use to us, and we have ours as soon as the
    times opened since count more than `ahead` in that measure.

    One working day is added, since who is ahead may leave an offer unanswered until the next morning; and the promise
    is a day on which the office works (`works`), so that who hears nothing can ask that day.
    """
    served = 0
    for number in range(1, FURTHEST + 1):
        day = today + timedelta(days=number)
        made = opened(day)
        served += made.times * max(0, made.counters - people + 1)
        if served > ahead:
            return _next_working(day, works)
    return None


def _next_working(day: date, works: Callable[[date], bool]) -> date | None:
    later = (day + timedelta(days=number) for number in range(1, FURTHEST))
    return next((one for one in later if works(one)), None)


# --- An offer -----------------------------------------------------------------------------------------

LONG = timedelta(hours=12)
EVENING = time(21)
MORNING = time(9)
"""Between these, in Thailand, no long offer ends while it could last until morning: who sleeps would miss it."""
SHORT = timedelta(minutes=30)
LEAST_LONG = timedelta(hours=1)
BEFORE = timedelta(hours=2)
AGAIN = timedelta(hours=48)
"""How long a visitor whose time the office took back has to answer."""
MISSES = 2
"""Offers that may be declined or left to lapse; with the last of them the turn ends."""


def latest_answer(starts_at: datetime, lead: timedelta) -> datetime:
    """The last moment at which an offer of this time can be answered: two hours before, or the office's own `lead`."""
    return starts_at - max(BEFORE, lead)


def held_until(now: datetime, starts_at: datetime, lead: timedelta) -> datetime | None:
    """Until when a place is held for whom it is offered; None where too little time is left to offer it at all.

    Twelve hours, and where they end in the night until nine in the morning; but not past two hours before its time
    (or the office's own `lead`, if longer). Where that would leave less than an hour, the offer is a short one of
    half an hour, and says so.
    """
    latest = latest_answer(starts_at, lead)
    if latest - now >= LEAST_LONG:
        return min(_by_day(now + LONG), latest)
    return now + SHORT if now + SHORT <= latest else None


def _by_day(moment: datetime) -> datetime:
    """`moment`, or nine in the morning after it where it falls after 21:00 or before 09:00 in Thailand."""
    here = moment.astimezone(THAILAND)
    if MORNING <= here.time() <= EVENING:
        return moment
    day = here.date() if here.time() < MORNING else here.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, THAILAND).astimezone(moment.tzinfo)


def again_until(now: datetime, starts_at: datetime, lead: timedelta) -> datetime | None:
    """The same for somebody whose time the office took back: 48 hours, as far as there are."""
    latest = latest_answer(starts_at, lead)
    return min(now + AGAIN, latest) if latest - now >= LEAST_LONG else None


def is_short(made_at: datetime, until: datetime) -> bool:
    """Whether an offer was so short that letting it lapse is not held against anybody."""
    return until - made_at < LEAST_LONG


def turn_ends(missed: int) -> bool:
    """Whether a turn is over after `missed` offers that count were declined or lapsed."""
    return missed >= MISSES


class InLine(NamedTuple):
    """One who waits, in order of the line; `not_at` are times declined or left to lapse before."""

    people: int
    not_at: frozenset[datetime] = frozenset()


def first_fitting(line: Iterable[InLine], nearest: Callable[[int], Sequence[datetime]]) -> tuple[int, datetime] | None:
    """Whose turn it is and for what time: the first in `line` whom a time fits, and the nearest such time.

    `nearest(people)` gives the nearest times at which as many are free, soonest first. Nobody is passed over for
    somebody behind unless no time fits: where none is free for some number of people, none is for a larger one.
    Their place in the line is returned, from 0.
    """
    too_many: int | None = None
    known: dict[int, Sequence[datetime]] = {}
    for number, one in enumerate(line):
        if too_many is not None and one.people >= too_many:
            continue
        times = known[one.people] = known[one.people] if one.people in known else nearest(one.people)
        if not times:
            too_many = one.people
            if too_many <= 1:
                return None
            continue
        for starts_at in times:
            if starts_at not in one.not_at:
                return number, starts_at
    return None


# --- The waiting room ---------------------------------------------------------------------------------

LOTS = 1 << 52
"""Lots are drawn below this; whoever comes after the draw stands behind it, by the microsecond."""
INSIDE = timedelta(minutes=10)
ALIVE = timedelta(seconds=90)
"""Who was not seen for so long has closed the page: browsers slow a hidden page down to one look a minute."""
QUIET = timedelta(minutes=5)
GRACE = timedelta(seconds=60)
EARLY = timedelta(minutes=30)
MOST_INSIDE = 300
FEWEST_INSIDE = 20


def rank(came_at: datetime, draws_at: datetime, chance: Random) -> int:
    """Where somebody stands: by lot if they came before the draw, else behind all lots, by the hour of arrival."""
    if came_at < draws_at:
        return chance.randrange(LOTS)
    return LOTS + int((came_at - draws_at) / timedelta(microseconds=1))


def draws_at(now: datetime, opens_at: datetime | None) -> datetime:
    """When lots are drawn in a room that opens now: at the release, if one is near; else after a minute.

    The minute makes it worthless to be a second faster than others, which only programs are.
    """
    if opens_at is not None and now < opens_at <= now + EARLY:
        return opens_at
    return now + GRACE


def may_be_inside(free: int) -> int:
    """How many may choose at a time when `free` places are left: half more, since not everybody takes one.

    Never fewer than 20: inside is also where one joins the waiting list once everything is taken.
    """
    return max(FEWEST_INSIDE, min(math.ceil(free * 1.5), MOST_INSIDE))


def position(rank_: int, waiting: Sequence[int]) -> int:
    """Where `rank_` stands among the sorted ranks of those who wait and are there; the first is 1."""
    return bisect_left(waiting, rank_) + 1


def expected_wait(position_: int, *, room: int, inside_most: int, lately: int) -> timedelta:
    """About how long until somebody at `position_` is admitted.

    `room`: how many can be admitted at once; `lately`: how many were in the last five minutes. Where none was yet,
    it is taken that those inside need half of their ten minutes.
    """
    behind = position_ - room
    if behind <= 0:
        return timedelta(0)
    a_minute = lately / 5 if lately else inside_most / 5
    return timedelta(minutes=math.ceil(behind / a_minute))


def opens_room(*, load: int, threshold: int, now: datetime, opens_at: datetime | None) -> bool:
    """Whether so many asks for the calendar in the last ten seconds make a room necessary.

    Before a known release a quarter suffices: they all wait for the same moment.
    """
    near = opens_at is not None and now < opens_at <= now + EARLY
    return load * (4 if near else 1) >= threshold


def closes_room(*, busy_at: datetime, now: datetime) -> bool:
    return now - busy_at >= QUIET
