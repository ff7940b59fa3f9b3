"""A ceiling on how fast one caller may use the API, held in this process's memory.

It keeps one caller from starving the others and costs no round trip, so it is approximate:
each process counts for itself and the counts turn with the minute. Where exactness matters
(sign-in, mail) `ratelimit` counts in the database.
"""

from __future__ import annotations

from collections import defaultdict

from django.conf import settings

from sala.kit import clock
from sala.kit.errors import TooMany

_counts: defaultdict[str, int] = defaultdict(int)
_minute = [0]


def hit(caller: str) -> None:
    """Count one request of `caller`. Raises `TooMany` beyond settings.API_RATE a minute."""
    now = int(clock.now().timestamp())
    if _minute[0] != now // 60:
        _minute[0] = now // 60
        _counts.clear()
    _counts[caller] += 1
    if _counts[caller] > settings.API_RATE:
        raise TooMany(retry_after=60 - now % 60)


def forget() -> None:
    """Start counting anew (tests)."""
    _counts.clear()
