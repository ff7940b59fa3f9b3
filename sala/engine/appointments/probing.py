"""Nobody finds out, number by number, whom an office expects.

That a person has an appointment already must be said to whoever books for them. A page that asks no sign-in says it
to everybody who knows a passport or identity number; so one network hears it a few times, then cannot book for a while.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sala.engine.appointments.booking import AlreadyBooked
from sala.kit import ratelimit
from sala.kit.errors import Conflict

REFUSALS_A_NETWORK = 30
"""An hour. A mobile network has many honest people behind one address, but few of them have forgotten a booking."""
AN_HOUR = 3600


@contextmanager
def bounded(network: str, *telling: type[Conflict]) -> Iterator[None]:
    """Around what books, outside its transaction, else a refusal would take its own count back.

    `telling`: what else says that a person is known. Raises TooMany before anything is judged.
    """
    key = f"already-booked:{network}"
    if network:
        ratelimit.check(key, REFUSALS_A_NETWORK, AN_HOUR)
    try:
        yield
    except Conflict as refused:
        if network and isinstance(refused, (AlreadyBooked, *telling)):
            ratelimit.hit(key, REFUSALS_A_NETWORK, AN_HOUR)
        raise
