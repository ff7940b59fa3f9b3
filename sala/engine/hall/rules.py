"""Whose turn it is, who came in time, and when somebody counts as not there: pure decisions.

How long somebody will wait is computed in `estimates`, from the same order.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sala.engine.hall.states import TicketState
from sala.kit.text import Text

LATE = timedelta(minutes=15)
"""Who comes later than this after the booked time goes by arrival."""
NO_SHOW_CALLS = 2
NO_SHOW_AFTER = timedelta(minutes=2)
"""How often somebody is called, and how long after the last call, before a person may say that they are not there."""

AGAIN_AFTER = timedelta(seconds=10)
"""A second call sooner than this is the same click."""

TRANSITIONS: dict[TicketState, frozenset[TicketState]] = {
    TicketState.WAITING: frozenset({TicketState.CALLED, TicketState.CLOSED}),
    TicketState.CALLED: frozenset(
        {TicketState.SERVED, TicketState.MISSED, TicketState.WAITING, TicketState.CLOSED}
    ),  # waiting again: sent to another counter
    TicketState.MISSED: frozenset({TicketState.WAITING}),  # came after all, the same day
    TicketState.SERVED: frozenset(),
    TicketState.CLOSED: frozenset(),
}


class Turn(NamedTuple):
    """A place in line; the smaller goes first."""

    group: int
    at: datetime
    ticket: UUID


def turn(*, booked: bool, due_at: datetime, ticket: UUID, now: datetime) -> Turn:
    """The place in line at `now`; `calling.CALL_NEXT` orders by the same.

    First who booked and whose time has come, in order of their times; then walk-ins and late-comers, in order of
    arrival (`due_at` is their arrival); then who booked and came early. A ticket sent on to another counter keeps
    `booked` and `due_at`, so it keeps its turn.
    """
    if not booked:
        return Turn(1, due_at, ticket)
    return Turn(0 if due_at <= now else 2, due_at, ticket)


class Standing(NamedTuple):
    """By what a ticket stands in line."""

    booked: bool
    due_at: datetime


def standing(*, booked_for: datetime | None, arrived_at: datetime) -> Standing:
    """By the booked time for who comes in time for it; by arrival for all others (`booked_for` None: a walk-in)."""
    if booked_for is None or arrived_at > booked_for + LATE:
        return Standing(booked=False, due_at=arrived_at)
    return Standing(booked=True, due_at=booked_for)


class Arrival(StrEnum):
    """What can be said to somebody who shows a booked visit at an office."""

    WELCOME = "welcome"
    EARLY = "early"
    LATE = "late"
    WRONG_OFFICE = "wrong_office"
    OTHER_DAY = "other_day"  # still to come
    DAY_OVER = "day_over"
    CANCELLED = "cancelled"
    DISPLACED = "displaced"
    ATTENDED = "attended"


ADMITTED = frozenset({Arrival.WELCOME, Arrival.EARLY, Arrival.LATE})
EARLY = timedelta(minutes=30)
"""Who comes sooner than this before their time is told that they may be called only then."""


def arrival(*, state: str, here: bool, day: date, today: date, starts_at: datetime, now: datetime) -> Arrival:
    """Whether the visit may be checked in, and what to say. `state` as in appointments/states.py.

    A visit that was marked as missed may still be checked in on its day: the person stands there.
    """
    ended = {"cancelled": Arrival.CANCELLED, "displaced": Arrival.DISPLACED, "attended": Arrival.ATTENDED}
    if state in ended:
        return ended[state]
    if not here:
        return Arrival.WRONG_OFFICE
    if day != today:
        return Arrival.OTHER_DAY if day > today else Arrival.DAY_OVER
    if now > starts_at + LATE:
        return Arrival.LATE
    return Arrival.EARLY if now < starts_at - EARLY else Arrival.WELCOME


def may_miss(*, calls: int, called_at: datetime, now: datetime) -> bool:
    """Whether somebody who was called may be said not to be there. A person says it, never the clock."""
    return calls >= NO_SHOW_CALLS and now >= called_at + NO_SHOW_AFTER


def may_call_again(*, called_at: datetime, now: datetime) -> bool:
    """Whether another call is a call of its own, and not a finger that pressed twice."""
    return now >= called_at + AGAIN_AFTER


def number_of(letter: str, count: int) -> str:
    """A ticket's number: `A012`, and `A1000` on a very long day."""
    return f"{letter}{count:03d}"


_VISIT_PAGE = re.compile(r"/visits/([^/?#\s]+)")


def code_of(text: str) -> str | None:
    """The visit's reference within what was scanned or typed; None for the QR of something else.

    The QR of a visit is its page's address; people also read its number aloud.
    """
    if found := _VISIT_PAGE.search(text):
        return found[1]
    return None if "/" in text or not text.strip() else text.strip()


_DIGITS_TH = ("ศูนย์", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า")
_NAMES_TH = (
    "เอ บี ซี ดี อี เอฟ จี เอช ไอ เจ เค แอล เอ็ม "  # A to M
    "เอ็น โอ พี คิว อาร์ เอส ที ยู วี ดับเบิลยู เอกซ์ วาย แซด"
)
_LETTERS_TH = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _NAMES_TH.split(" "), strict=True))
_SHORT_NAME = 3


def counter_words(name: str) -> Text:
    """A counter as it is spoken of: `counter 3`; a longer name, such as a room's, says itself what it is."""
    if len(name) > _SHORT_NAME:
        return Text(th=name, en=name)
    return Text(th=f"ช่องบริการ {name}", en=f"counter {name}")


def spoken(number: str, counter: str) -> Text:
    """What the hall hears. The number sign by sign, so that no voice reads `A012` as a word or as twelve."""
    signs = [_DIGITS_TH[int(sign)] if sign.isdigit() else _LETTERS_TH.get(sign, sign) for sign in number]
    where = counter_words(counter)
    return Text(
        th=f"หมายเลข {' '.join(signs)} เชิญที่{where.th}",
        en=f"Number {' '.join(number)}, please go to {where.en}",
    )
