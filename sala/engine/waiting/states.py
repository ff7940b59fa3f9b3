"""What can become of a turn on the waiting list, and of an offer."""

from __future__ import annotations

from enum import StrEnum


class WaitingState(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    LEFT = "left"


class OfferState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"  # the office closed at its time: held against nobody
