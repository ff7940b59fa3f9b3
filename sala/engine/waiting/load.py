"""How many ask for a calendar, and where a waiting room stands: one look in two seconds for each process.

Each process counts by itself and tells its count only when it is worth telling, so that a quiet calendar costs
nothing but one read of a mostly empty table.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from sala.engine.appointments import queries as appointments
from sala.engine.waiting import rules
from sala.kit import clock, sql

FRESH = 2.0
"""Seconds between two looks of a process."""
FEW = 1
"""Requests between two looks that are not worth a write."""
WINDOW = 10
"""Seconds over which the load is taken."""

_TELL = """
insert into waiting_load as load (schedule, "window", count) values (%(schedule)s, %(now_window)s, %(asked)s)
on conflict (schedule, "window") do update set count = load.count + excluded.count
returning count, (select count from waiting_load where schedule = %(schedule)s and "window" = %(last_window)s)"""
_OPEN = """
insert into waiting_room (schedule_id, draws_at, busy_at, drawn) values (%(schedule)s, %(draws_at)s, %(now)s, false)
on conflict (schedule_id) do update set busy_at = %(now)s"""
_ROOMS = "select schedule_id, draws_at, drawn from waiting_room"
_SWEEP = 'delete from waiting_load where "window" < %s'


@dataclass(frozen=True, slots=True)
class Room:
    """A room that is open. `drawn`: its order has been put into the audit."""

    schedule: int
    draws_at: datetime
    drawn: bool


class _Watch:
    """What this process knows."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked: Counter[int] = Counter()
        self.rooms: dict[int, Room] = {}
        self.read_at = 0.0


_watch = _Watch()


def note_load(schedule: int) -> Room | None:
    """Somebody asks for this calendar: count it. The room before it, if one is open."""
    with _watch.lock:
        _watch.asked[schedule] += 1
    return standing(schedule)


def standing(schedule: int) -> Room | None:
    """The room before this calendar, without counting who asks."""
    with _watch.lock:
        since = time.monotonic() - _watch.read_at
        if since < FRESH:
            return _watch.rooms.get(schedule)
        _watch.read_at = time.monotonic()
        asked, _watch.asked = _watch.asked, Counter()
    for one, count in asked.items():
        if count > FEW and since < WINDOW:
            _tell(one, count)
    rooms = {row[0]: Room(*row) for row in sql.fetch_all(_ROOMS)}
    with _watch.lock:
        _watch.rooms = rooms
    return rooms.get(schedule)


def forget() -> None:
    """Look anew; between tests, and after this process opened or closed a room itself."""
    with _watch.lock:
        _watch.read_at, _watch.rooms = 0.0, {}
        _watch.asked.clear()


def sweep() -> None:
    """Old counts go."""
    sql.execute(_SWEEP, [_window(clock.now(), 6)])


def _tell(schedule: int, asked: int) -> None:
    """Add to what all processes counted; open the room, or keep it open, if that is much."""
    now = clock.now()
    given = {"schedule": schedule, "asked": asked, "now_window": _window(now), "last_window": _window(now, 1)}
    row = sql.fetch_one(_TELL, given)
    count, before = (int(row[0]), int(row[1] or 0)) if row else (0, 0)
    passed = now.timestamp() % WINDOW / WINDOW
    load = count + int(before * (1 - passed))
    opens_at = appointments.schedule(schedule).opens_at
    if rules.opens_room(load=load, threshold=settings.ROOM_LOAD, now=now, opens_at=opens_at):
        sql.execute(_OPEN, {"schedule": schedule, "draws_at": rules.draws_at(now, opens_at), "now": now})


def _window(now: datetime, ago: int = 0) -> datetime:
    seconds = int(now.timestamp())
    return datetime.fromtimestamp(seconds - seconds % WINDOW - ago * WINDOW, UTC)
