"""The one place that knows what time it is.

Times are stored and passed as aware UTC datetimes; days are counted in Thailand,
which has had no daylight saving and one offset (+07:00) since 1920.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone

THAILAND = timezone(timedelta(hours=7), "Asia/Bangkok")

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today() -> date:
    """The present calendar day in Thailand."""
    return local_day(now())


def local_day(moment: datetime) -> date:
    """The calendar day in Thailand on which `moment` falls."""
    return moment.astimezone(THAILAND).date()


@contextlib.contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` within the block (tests and what-if runs)."""
    if moment.tzinfo is None:
        raise ValueError("the clock takes aware datetimes only")
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
