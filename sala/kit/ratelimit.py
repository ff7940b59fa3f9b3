"""How often something may be tried: counters in fixed windows, one statement a try.

Call it before the transaction that does the work: a try that fails and is rolled back
must still be counted.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from sala.kit import clock, sql
from sala.kit.errors import TooMany

_HIT = """
INSERT INTO kit_ratecounter AS counter (key, "window", count) VALUES (%(key)s, %(window)s, %(times)s)
ON CONFLICT (key, "window") DO UPDATE SET count = counter.count + excluded.count
RETURNING count
"""


_SO_FAR = """SELECT count FROM kit_ratecounter WHERE key = %(key)s AND "window" = %(window)s"""


def check(key: str, limit: int, per_seconds: int) -> None:
    """Raise TooMany where `limit` tries of `key` were counted already; counts none itself."""
    now = clock.now()
    begins = _window(key, now, per_seconds)
    row = sql.fetch_one(_SO_FAR, {"key": key, "window": begins})
    if row and int(row[0]) >= limit:
        raise TooMany(retry_after=_until(begins, now, per_seconds))


def hit(key: str, limit: int, per_seconds: int, *, times: int = 1) -> int:
    """Count a try of `key`, or several (`times`); the number of tries so far in this window of `per_seconds`.

    Raises TooMany, saying when the window ends, if there were more than `limit`. A window starts
    at a multiple of `per_seconds`, shifted by the key so that not all counters turn at one moment:
    at worst twice `limit` tries pass in `per_seconds`.
    """
    now = clock.now()
    begins = _window(key, now, per_seconds)
    row = sql.fetch_one(_HIT, {"key": key, "window": begins, "times": times})
    count = int(row[0]) if row else times
    if count > limit:
        raise TooMany(retry_after=_until(begins, now, per_seconds))
    return count


def sweep(older_than: timedelta = timedelta(days=2)) -> int:
    """Delete counters whose window began longer than `older_than` ago; how many went.

    No limit may have a window longer than that.
    """
    return sql.execute('DELETE FROM kit_ratecounter WHERE "window" < %s', [clock.now() - older_than])


def _until(begins: datetime, now: datetime, per_seconds: int) -> int:
    ends = begins + timedelta(seconds=per_seconds)
    return max(1, int((ends - now).total_seconds()))


def _window(key: str, now: datetime, per_seconds: int) -> datetime:
    shift = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % per_seconds
    seconds = int(now.timestamp()) - shift
    return datetime.fromtimestamp(seconds - seconds % per_seconds + shift, UTC)
