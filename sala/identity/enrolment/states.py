"""How an enrolment moves on: the one table. No Django here.

Nothing that a machine found refuses anybody: `refused` comes after an officer's word alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from sala.kit.errors import Conflict
from sala.kit.text import Text


class State(StrEnum):
    """Where an enrolment stands."""

    STARTED = "started"
    REVIEW = "review"
    READY = "ready"
    DONE = "done"
    REFUSED = "refused"
    ENDED = "ended"


class Event(StrEnum):
    """What happens to it."""

    PROVEN = "proven"
    """What was shown is enough for the level that was wanted."""
    SENT = "sent"
    """The person has an officer look at it."""
    APPROVED = "approved"
    REFUSED = "refused"
    SETTLED = "settled"
    """The account is theirs, or is theirs again."""
    GIVEN_UP = "given_up"
    STOPPED = "stopped"
    """Whom it is about says that it was not they."""
    EXPIRED = "expired"


_OVER: Mapping[State, State] = MappingProxyType(dict.fromkeys((State.STARTED, State.REVIEW, State.READY), State.ENDED))
TRANSITIONS: Mapping[Event, Mapping[State, State]] = MappingProxyType(
    {
        Event.PROVEN: {State.STARTED: State.READY},
        Event.SENT: {State.STARTED: State.REVIEW},
        Event.APPROVED: {State.REVIEW: State.READY, State.STARTED: State.READY},
        Event.REFUSED: {State.REVIEW: State.REFUSED, State.STARTED: State.REFUSED},
        Event.SETTLED: {State.READY: State.DONE},
        Event.GIVEN_UP: _OVER,
        Event.STOPPED: _OVER,
        Event.EXPIRED: _OVER,
    }
)
"""Event: from which state to which. At a station the officer who shows it approves or refuses at once."""
OPEN = frozenset({State.STARTED, State.REVIEW, State.READY})
"""In these it still goes on; in all others it has ended for good."""


class WrongState(Conflict):
    """It has moved on meanwhile, and this cannot be done with it any more."""

    code = "wrong_state"

    def __init__(self) -> None:
        super().__init__(
            Text(
                th="รายการนี้เปลี่ยนสถานะไปแล้ว โปรดเปิดหน้านี้ใหม่เพื่อดูสถานะล่าสุด",
                en="This has moved on meanwhile. Open the page again to see how it stands",
            )
        )


def after(state: str, event: Event) -> State:
    """The state that the event leads to. Raises WrongState where it cannot happen."""
    target = TRANSITIONS[event].get(State(state))
    if target is None:
        raise WrongState
    return target
