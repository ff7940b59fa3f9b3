"""The waiting room: who came before the draw goes in by lot, who came after it in the order of coming.

It is there only while many come at once (load.py). Those who are inside choose a time as always; the door lets in as
many as the places left justify. Whoever closed the page holds nobody up: only those seen lately count as waiting,
though a turn is kept for whoever comes back.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from sala.engine.appointments import ahead as places
from sala.engine.waiting import load, rules
from sala.engine.waiting.load import Room
from sala.kit import audit, clock, ratelimit, sql
from sala.kit.ids import uuid7

TURNS_A_NETWORK = 300
"""An hour: a mobile network shares one address among many telephones; a program draws more lots than that."""
AN_HOUR = 3600
LATELY = timedelta(minutes=5)
MOST_COUNTED = 200
"""Free places beyond which it makes no difference how many there are."""
SYSTEM = "system:waiting-room"

_SEEN = """
update waiting_roomturn set seen_at = %(now)s, account = coalesce(account, %(account)s)
where id = %(turn)s and room_id = %(schedule)s returning id, rank, admitted_at, done_at"""
_ENTER = """
insert into waiting_roomturn as turn (id, room_id, account, came_at, rank, seen_at)
select %(turn)s, schedule_id, %(account)s, %(now)s, %(rank)s, %(now)s
from (select schedule_id from waiting_room where schedule_id = %(schedule)s for key share) as open
on conflict (room_id, account) do update set
    seen_at = excluded.seen_at,
    came_at = case when %(over)s then excluded.came_at else turn.came_at end,
    rank = case when %(over)s then excluded.rank else turn.rank end,
    admitted_at = case when %(over)s then null else turn.admitted_at end,
    done_at = case when %(over)s then null else turn.done_at end
returning id, rank, admitted_at, done_at"""
_OF_ACCOUNT = """
update waiting_roomturn set seen_at = %(now)s
where room_id = %(schedule)s and account = %(account)s returning id, rank, admitted_at, done_at"""
_WAITING = """
select rank from waiting_roomturn
where room_id = %(schedule)s and admitted_at is null and seen_at > %(alive)s order by rank, id"""
_INSIDE = """
select count(*) filter (where done_at is null), count(*) filter (where admitted_at > %(lately)s)
from waiting_roomturn where room_id = %(schedule)s and admitted_at > %(since)s"""
_LOCK = "select 1 from waiting_room where schedule_id = %(schedule)s for update"
_BEFORE = """
select count(*) from waiting_roomturn
where room_id = %(schedule)s and admitted_at is null and seen_at > %(alive)s and (rank, id) < (%(rank)s, %(turn)s)"""
_ADMIT = """
update waiting_roomturn set admitted_at = %(now)s where id = %(turn)s and admitted_at is null"""
_DONE = (
    "update waiting_roomturn set done_at = %(now)s where id = %(turn)s and room_id = %(schedule)s and done_at is null"
)
_DONE_OF = """
update waiting_roomturn set done_at = %(now)s
where room_id = %(schedule)s and account = %(account)s and admitted_at is not null and done_at is null"""
_BUSY = "update waiting_room set busy_at = %(now)s where schedule_id = %(schedule)s"
_DRAWN = """
update waiting_room set drawn = true where schedule_id = %(schedule)s and not drawn returning draws_at"""
_ORDER = """
select id from waiting_roomturn where room_id = %(schedule)s and rank < %(lots)s order by rank, id"""
_CLOSE = "delete from waiting_room where busy_at <= %s returning schedule_id"
_EMPTY = "delete from waiting_roomturn where room_id = any(%s)"


class Admitted(NamedTuple):
    """Come in. `turn` and `until` are none where no room stands before this calendar."""

    turn: UUID | None = None
    until: datetime | None = None


class Waits(NamedTuple):
    """Stand in line. `position` is none before the draw; `wait` is about how long it takes yet."""

    turn: UUID
    position: int | None
    of: int
    draws_at: datetime
    wait: timedelta | None


@dataclass(frozen=True, slots=True)
class _Turn:
    id: UUID
    rank: int
    admitted_at: datetime | None
    done_at: datetime | None

    def is_inside(self, now: datetime) -> bool:
        return self.admitted_at is not None and self.done_at is None and now < self.admitted_at + rules.INSIDE


@dataclass(frozen=True, slots=True)
class _Sight:
    """The room as this process saw it at most two seconds ago."""

    waiting: tuple[int, ...]
    inside: int
    lately: int
    most_inside: int
    seen_at: float


_sights: dict[int, _Sight] = {}
_lock = threading.Lock()


def pass_through(
    *, schedule: int, turn: UUID | None = None, account: UUID | None = None, network: str = ""
) -> Admitted | Waits:
    """Let in whoever asks for this calendar, or give them a turn, which they show again when they ask again.

    `account`: has one turn, whatever it asks with. Raises TooMany where one network draws lots without end.
    """
    # An open waiting page that asks again is no load.
    room = load.standing(schedule) if turn else load.note_load(schedule)
    return Admitted() if room is None else enter(room, turn=turn, account=account, network=network)


def enter(room: Room, *, turn: UUID | None, account: UUID | None, network: str) -> Admitted | Waits:
    """The same, before a door at which a room is known to stand."""
    now = clock.now()
    mine = _mine(room, turn, account, network, now)
    if mine is None:
        return Admitted()  # the room was closed this moment
    if mine.is_inside(now):
        return _inside(mine)
    sight = _sight(room, now)
    if now < room.draws_at:
        return Waits(mine.id, None, len(sight.waiting), room.draws_at, room.draws_at - now)
    position = rules.position(mine.rank, sight.waiting)
    free = sight.most_inside - sight.inside
    if position <= free and (admitted := _admit(room, mine, sight.most_inside, now)):
        return admitted
    wait = rules.expected_wait(position, room=max(0, free), inside_most=sight.most_inside, lately=sight.lately)
    return Waits(mine.id, position, max(position, len(sight.waiting)), room.draws_at, wait)


def done(*, schedule: int, turn: UUID) -> None:
    """They have chosen: the next may come in."""
    sql.execute(_DONE, {"schedule": schedule, "turn": turn, "now": clock.now()})


def done_of(*, schedule: int, account: UUID) -> None:
    """The same of an account's turn."""
    sql.execute(_DONE_OF, {"schedule": schedule, "account": account, "now": clock.now()})


def tidy() -> list[int]:
    """Close the rooms that were not needed for five minutes; their schedules."""
    load.sweep()
    with transaction.atomic():
        closed = [row[0] for row in sql.fetch_all(_CLOSE, [clock.now() - rules.QUIET])]
        # Nobody enters any more: who was entering held the room's row until they were in.
        sql.execute(_EMPTY, [closed])
    return closed


def forget() -> None:
    """Look anew; between tests."""
    load.forget()
    with _lock:
        _sights.clear()


def _mine(room: Room, turn: UUID | None, account: UUID | None, network: str, now: datetime) -> _Turn | None:
    """The turn of who asks: the one they show or that their account has; a new one where that is over."""
    given = {"schedule": room.schedule, "turn": turn, "account": account, "now": now}
    row = sql.fetch_one(_OF_ACCOUNT, given) if account else None
    row = row or (sql.fetch_one(_SEEN, given) if turn else None)
    found = _Turn(*row) if row else None
    over = found is not None and found.admitted_at is not None and not found.is_inside(now)
    if found is not None and not over:
        return found
    if network:
        ratelimit.hit(f"room:{room.schedule}:{network}", TURNS_A_NETWORK, AN_HOUR)
    rank = rules.rank(now, room.draws_at, secrets.SystemRandom())
    row = sql.fetch_one(_ENTER, given | {"turn": uuid7(), "rank": rank, "over": over})
    return _Turn(*row) if row else None


def _inside(mine: _Turn) -> Admitted:
    assert mine.admitted_at  # noqa: S101 - who is inside was admitted
    return Admitted(mine.id, mine.admitted_at + rules.INSIDE)


def _sight(room: Room, now: datetime) -> _Sight:
    known = _sights.get(room.schedule)
    if known is not None and time.monotonic() - known.seen_at < load.FRESH:
        return known
    given = {
        "schedule": room.schedule,
        "alive": now - rules.ALIVE,
        "since": now - rules.INSIDE,
        "lately": now - LATELY,
        "now": now,
    }
    waiting = tuple(row[0] for row in sql.fetch_all(_WAITING, given))
    inside, lately = sql.fetch_one(_INSIDE, given) or (0, 0)
    most = rules.may_be_inside(places.left(room.schedule, most=MOST_COUNTED))
    if len(waiting) > most - inside or now < room.draws_at:
        sql.execute(_BUSY, given)
    if now >= room.draws_at and not room.drawn:
        _put_down(room)
    fresh = _Sight(waiting, int(inside), int(lately), most, time.monotonic())
    with _lock:
        _sights[room.schedule] = fresh
    return fresh


@transaction.atomic
def _admit(room: Room, mine: _Turn, most_inside: int, now: datetime) -> Admitted | None:
    """Let in one who is among the first, judged anew one at a time; None where others were quicker."""
    given = {
        "schedule": room.schedule,
        "turn": mine.id,
        "rank": mine.rank,
        "alive": now - rules.ALIVE,
        "since": now - rules.INSIDE,
        "lately": now - LATELY,
        "now": now,
    }
    if sql.fetch_one(_LOCK, given) is None:
        return Admitted()
    inside = int((sql.fetch_one(_INSIDE, given) or (0,))[0])
    before = int((sql.fetch_one(_BEFORE, given) or (0,))[0])
    if inside + before >= most_inside:
        return None
    sql.execute(_ADMIT, given)
    return Admitted(mine.id, now + rules.INSIDE)


@transaction.atomic
def _put_down(room: Room) -> None:
    """Put the drawn order into the audit, once: how many drew, and a digest of their turns in order."""
    if sql.fetch_one(_DRAWN, {"schedule": room.schedule}) is None:
        return
    order = [str(row[0]) for row in sql.fetch_all(_ORDER, {"schedule": room.schedule, "lots": rules.LOTS})]
    audit.record(
        actor=SYSTEM,
        action="waiting.drawn",
        subject=f"schedule:{room.schedule}",
        detail={"turns": len(order), "order": hashlib.sha256("\n".join(order).encode()).hexdigest()},
    )
