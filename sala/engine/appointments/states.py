"""What can become of a visit. Which change is allowed when stands in rules.py."""

from __future__ import annotations

from enum import StrEnum


class VisitState(StrEnum):
    BOOKED = "booked"
    DISPLACED = "displaced"  # the office closed at its time: another is offered, nothing is lost
    ATTENDED = "attended"
    MISSED = "missed"
    CANCELLED = "cancelled"
