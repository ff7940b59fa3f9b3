"""Ceilings on how much one caller may do by API, held in this process's memory.

They keep one caller from starving the others and cost no round trip, so they are approximate:
each process counts for itself and the counts turn with the minute and the day. Where exactness
matters (sign-in, mail) `ratelimit` counts in the database.
"""

from __future__ import annotations

from collections import defaultdict

from django.conf import settings

from sala.kit import clock
from sala.kit.errors import TooMany


class Ceiling:
    """Counts by caller in windows of so many seconds; the windows of all turn together."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._window = 0
        self._counts: defaultdict[str, int] = defaultdict(int)

    def check(self, caller: str, limit: int) -> None:
        """Raises `TooMany` where `caller` was counted `limit` times in this window."""
        now = int(clock.now().timestamp())
        if self._window != now // self._seconds:
            self._window = now // self._seconds
            self._counts.clear()
        if self._counts.get(caller, 0) >= limit:
            raise TooMany(retry_after=self._seconds - now % self._seconds)

    def count(self, caller: str) -> None:
        self._counts[caller] += 1

    def forget(self) -> None:
        self._counts.clear()


_requests = Ceiling(60)
filings = Ceiling(24 * 3600)
"""Requests filed by API; who files checks before and counts after, so that refusals are not counted."""


def hit(caller: str) -> None:
    """Count one request of `caller`. Raises `TooMany` beyond settings.API_RATE a minute."""
    _requests.check(caller, settings.API_RATE)
    _requests.count(caller)


def forget() -> None:
    """Start counting anew (tests)."""
    _requests.forget()
    filings.forget()
