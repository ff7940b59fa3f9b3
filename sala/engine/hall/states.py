"""What can become of a ticket. Which change is allowed when stands in rules.py."""

from __future__ import annotations

from enum import StrEnum


class TicketState(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    SERVED = "served"
    MISSED = "missed"
    CLOSED = "closed"  # the day ended before anybody said what became of it
