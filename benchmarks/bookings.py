"""Booking: many people want a time of one day; how long a month's calendar takes; what a hall's viewers cost."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from benchmarks import load, pgbench
from benchmarks.measures import Bench, Line, Step, noting, spent
from benchmarks.place import PORT

CLIENTS = 64
TIMES, PLACES = 16, 400
"""Of a hot day. A round books three quarters of them, so that towards its end times are nearly full."""
WANTED = TIMES * PLACES * 3 // 4
ROUNDS = 3
MONTH_PLACES = 100_000
SERVICE, OFFICE = "extension-of-stay", "immigration-samut-sakhon"

_MAKE = """
INSERT INTO appointments_place (schedule_id, starts_at, number, opens_at)
SELECT %(schedule)s, %(first)s::timestamptz + day * interval '1 day' + n * interval '20 minutes', number,
       %(opens)s::timestamptz
FROM generate_series(0, %(days)s - 1) AS day, generate_series(0, %(times)s - 1) AS n,
     generate_series(1, %(places)s) AS number
ON CONFLICT DO NOTHING"""


def book(bench: Bench, step: Step) -> list[Line]:
    """(g) Bookings by API of one hot day, durable, against pgbench running the same two statements."""
    schedule = _schedule(days=30)
    days = (_morning(number) for number in itertools.count(2))
    texts, values = _limit(schedule, next(days))
    ours: list[load.Result] = []
    limits: list[float] = []
    used = {"web": 0.0, "db": 0.0}
    numbers = itertools.count(1)
    _book(schedule, next(days), numbers, count=1000)
    for turn in range(ROUNDS):
        step(f"Bookings of one hot day, round {turn + 1}")
        limits.append(_pgbench(bench, texts, values, schedule, next(days)))
        before = spent(bench)
        ours.append(_book(schedule, next(days), numbers, count=WANTED))
        used = {name: used[name] + after - before[name] for name, after in spent(bench).items()}
    bad = {status: n for result in ours for status, n in result.statuses.items() if status not in {201, 409}}
    if bad:
        raise RuntimeError(f"Bookings: not all were answered well: {bad}")
    best, limit = max(ours, key=lambda result: result.rate), max(limits)
    each = {name: seconds / sum(result.spent for result in ours) * 1000 for name, seconds in used.items()}
    ratio = best.rate / limit
    taken = sum(n for result in ours for status, n in result.statuses.items() if status == 409)
    return [
        Line(
            f"Bookings a second of one hot day, {CLIENTS} clients", f"{best.rate:,.0f}", f"{limit:,.0f}",
            f"{ratio:.2f}", "≥ 0.35 of the limit", ratio >= 0.35,
        ),
        Line("  each takes, half of them / 99 of 100", f"{best.percentile(0.5):.0f} / {best.percentile(0.99):.0f} ms"),
        Line("  told at once that the time is taken", f"{taken}"),
        Line("  deadlocks", f"{_deadlocks()}", target="none", met=_deadlocks() == 0),
        Line("  processor time each, web / database", f"{each['web']:.2f} / {each['db']:.2f} ms"),
    ]  # fmt: skip


def calendar(bench: Bench, step: Step) -> list[Line]:
    """(h) What a month's calendar takes in the database, at an office with 100,000 places."""
    from sala.engine.appointments import availability
    from sala.kit import clock, sql

    step("A month with 100,000 places")
    schedule = _schedule(days=0)
    sql.execute("DELETE FROM appointments_place WHERE schedule_id = %(schedule)s AND taken_by IS NULL",
                {"schedule": schedule})  # fmt: skip
    _make(schedule, _morning(1), days=28, times=24, places=MONTH_PLACES // (28 * 24) + 1)
    free = "UPDATE appointments_place SET taken_by = NULL, held_until = NULL WHERE schedule_id = %(schedule)s"
    full = "UPDATE appointments_place SET taken_by = gen_random_uuid() WHERE schedule_id = %(schedule)s"
    later = "UPDATE appointments_place SET opens_at = starts_at WHERE schedule_id = %(schedule)s"
    lines = []
    for what, change in (("all free", free), ("all taken", full), ("all free, opened late", f"{free}; {later}")):
        for statement in change.split(";"):
            sql.execute(statement, {"schedule": schedule})
        sql.execute("VACUUM ANALYZE appointments_place")
        asked = lambda: availability.month(schedule, clock.today(), clock.today() + timedelta(30))  # noqa: E731
        taken = _executed(availability.MONTH, asked)
        lines.append(
            Line(f"A month's calendar at {MONTH_PLACES:,} places, {what}", f"{taken:.1f} ms", "20 ms",
                 f"{taken / 20:.2f}", "≤ 20 ms in the database", taken <= 20)
        )  # fmt: skip
    return lines


def _executed(statement: str, ask: Callable[[], object]) -> float:
    """Milliseconds that the database takes for `statement` as `ask` runs it: the median of 50."""
    from sala.kit import sql

    with noting("fetch_all", statement) as kept:
        ask()
    taken: list[float] = []
    for _ in range(50):
        (plan,) = sql.fetch_one(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", kept[statement]) or ("",)
        told = msgspec.json.decode(plan)[0] if isinstance(plan, str) else plan[0]
        taken.append(told["Planning Time"] + told["Execution Time"])
    return sorted(taken)[len(taken) // 2]


def _limit(schedule: int, day: datetime) -> tuple[list[str], dict[str, Any]]:
    """The transaction of one booking, as pgbench runs it: the claim with all that belongs to it, and the filing."""
    from sala.engine.appointments import booking
    from sala.engine.cases import filing
    from sala.engine.catalogue import queries as catalogue
    from sala.identity.accounts.actor import ANONYMOUS

    with noting("fetch_one", booking.STATEMENT, filing.STATEMENT) as kept:
        booking.book(
            service=catalogue.current(SERVICE), schedule=schedule, starts_at=day, answers=[_answers(0)], by=ANONYMOUS,
            language="en", channel="api",
        )  # fmt: skip
    claim, filed = kept[booking.STATEMENT], kept[filing.STATEMENT]
    case = "md5('case-' || :number)::uuid"
    fresh = {
        "visit": "md5('visit-' || :number)::uuid",
        "reference": "('Q-' || :number)",
        "starts_at": "(:day::timestamptz + :time * interval '20 minutes')",
        "ends_at": "(:day::timestamptz + (:time + 1) * interval '20 minutes')",
        "persons": "ARRAY['person-' || :number]",
        "cases": f"ARRAY[{case}]",
    }
    texts = [
        "\\set number random(1, 9007199254740991)",
        f"\\set time random(0, {TIMES - 1})",
        "BEGIN;",
        pgbench.text(booking.STATEMENT, claim, fresh=fresh),
        pgbench.text(filing.STATEMENT, filed, fresh={"id": case, "reference": "('EXT-' || :number)"}, prefix="case_"),
        "END;",
    ]
    values = {name: value for name, value in claim.items() if name not in fresh}
    return ["\n".join(texts)], values | {f"case_{name}": value for name, value in filed.items()}


def _pgbench(bench: Bench, texts: list[str], values: dict[str, Any], schedule: int, day: datetime) -> float:
    return pgbench.run(
        bench.house.programs, bench.house.url, texts, values | {"day": day}, clients=CLIENTS,
        transactions=WANTED // CLIENTS,
    )  # fmt: skip


def _book(schedule: int, day: datetime, numbers: Iterator[int], *, count: int) -> load.Result:
    """As many bookings, of times of the day by chance, each by somebody else from a network of their own."""
    requests = []
    for number in itertools.islice(numbers, count):
        starts_at = day + timedelta(minutes=20 * random.randrange(TIMES))  # noqa: S311 - no secret
        body = {"service": SERVICE, "office": OFFICE, "starts_at": starts_at, "answers": [_answers(number)]}
        network = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        requests.append(
            load.request("POST", "/api/v1/bookings", body=msgspec.json.encode(body), X_Forwarded_For=network)
        )
    return load.run("127.0.0.1", PORT, connections=CLIENTS, seconds=120, requests=requests)


def _answers(number: int) -> dict[str, Any]:
    from benchmarks import people

    return people.answers(number, SERVICE)


def _schedule(*, days: int) -> int:
    """The schedule of the hot days, its places for so many days made."""
    from sala.engine.appointments.models import Schedule
    from sala.engine.catalogue import queries as catalogue
    from sala.identity.directory import queries as directory

    office = directory.office_by_slug(OFFICE).id
    bounds = {"minutes": 20, "counters": PLACES, "lead_minutes": 0, "horizon_days": 60, "active": True}
    plan, _ = Schedule.objects.update_or_create(
        office_id=office, service=catalogue.current(SERVICE).slug, defaults=bounds
    )
    _make(plan.id, _morning(1), days=days, times=TIMES, places=PLACES)
    return int(plan.id)


def _make(schedule: int, first: datetime, *, days: int, times: int, places: int) -> None:
    from sala.kit import clock, sql

    sql.execute(
        _MAKE,
        {"schedule": schedule, "first": first, "days": days, "times": times, "places": places, "opens": clock.now()},
    )
    sql.execute("ANALYZE appointments_place")


def _morning(number: int) -> datetime:
    """Half past eight in Thailand, so many days from today."""
    from sala.kit import clock

    day: date = clock.today() + timedelta(days=number)
    return datetime(day.year, day.month, day.day, 8, 30, tzinfo=clock.THAILAND)


def _deadlocks() -> int:
    from sala.kit import sql

    row = sql.fetch_one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(row[0]) if row else 0
