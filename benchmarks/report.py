"""The results, for people: on the terminal and in docs/performance.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import bookings, gallery, halls
from benchmarks.measures import CALLERS, CLIENTS, FEW, MANY, ROUNDS, SECONDS, Line
from benchmarks.place import THREADS, WORKERS

TARGET = Path(__file__).parent.parent / "docs" / "performance.md"
_MARKS = {True: "✓", False: "✗", None: ""}


def show(lines: Sequence[Line], console: Console) -> None:
    """The table on the terminal."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("Measure")
    for heading in ("Ours", "Limit", "Ratio"):
        table.add_column(heading, justify="right")
    table.add_column("Target")
    table.add_column("")
    for line in lines:
        colour = {True: "green", False: "red", None: ""}[line.met]
        table.add_row(line.what, line.ours, line.limit, line.ratio, line.target, _MARKS[line.met], style=colour)
    console.print(table)


def write(lines: Sequence[Line], server: str) -> None:
    """docs/performance.md, anew."""
    rows = "\n".join(
        f"| {line.what.replace('  ', '&emsp;', 1)} | {line.ours} | {line.limit} | {line.ratio} | {line.target} |"
        f" {_MARKS[line.met]} |"
        for line in lines
    )
    told = {
        "clients": CLIENTS, "callers": CALLERS, "booking_clients": bookings.CLIENTS, "viewers": halls.VIEWERS,
        "mates": gallery.MATES,
        "rounds": ROUNDS, "seconds": SECONDS,
        "few": f"{FEW:,}", "many": f"{MANY:,}", "workers": WORKERS, "threads": THREADS,
    }  # fmt: skip
    TARGET.write_text(_TEXT.format(machine=machine(server), rows=rows, **told))


def machine(server: str) -> str:
    """Where and when it was measured."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    busy = os.getloadavg()[2]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {os.cpu_count()} cores of {cpu} · {gigabytes:.0f} GiB · "
        f"{platform.system()} {platform.release()} · Python {platform.python_version()} · PostgreSQL {server} · "
        f"load of the machine over the 15 minutes: {busy:.1f}"
    )


_TEXT = """# Performance

Written by `make bench`; do not edit. It measures what is run in earnest: granian with {workers} processes of
{threads} threads, a PostgreSQL of its own that waits for the disk at every commit (`fsync` and
`synchronous_commit` on), client, web and database on the same machine.

{machine}

| Measure | Ours | Limit | Ratio | Target | |
|---|--:|--:|--:|---|---|
{rows}

## What the limits are
- **Submissions**: pgbench (`-M prepared`, its best with {clients} and with {callers} clients) against {callers}
  connections of our load generator. It runs the very statement of `engine/cases/filing.py`: case, first event, outbox
  row, dashboard deltas and the remembered answer of the Idempotency-Key, one transaction. Ours besides reads the
  request, its token and all pages of a 90-day report, judges them, finds the office, computes dates and hashes,
  writes the answer, a log line and figures.
- **Look-ups**: pgbench, likewise, running the statement of `engine/cases/queries.py` that reads a status, one number
  at a time; ours by number and key.
- **Bookings**: {booking_clients} clients want times of one day, by chance; a round books three quarters of its places.
  pgbench runs the same transaction: the statement of `engine/appointments/booking.py` (the place claimed, the visit,
  its booking, the outbox row) and that of the filing. Each of ours comes from somebody else, from a network of
  their own; what is counted besides is who was told that a time is taken, and deadlocks.
- **Calendar**: planning and execution as PostgreSQL tells them (`EXPLAIN ANALYZE`), the median of 50, with all
  places of the month free, all taken, and all free but not open yet.
- **Hall**: {viewers} open streams of one hall at the live process, and changes one after the other, each waited for
  until the last viewer has it.
- **Desk**: the officer's first page with its counts over HTTP, 300 times (the median counts), at {few} and
  at {many} cases, one in twenty of them open.
- **Pages**: the heaviest page of an application; and whole journeys by {clients} browsers, signed in, every
  page fetched, filled and posted, followed to the confirmation.
- **Gallery**: the index in memory (docs/decisions/0103.md) with made-up templates, {mates} searches one after the
  other on one core (the median counts), beside plain products with every template. How they are made up stands in
  `benchmarks/gallery.py`; recall is of those mates whom comparing with everybody puts first. Bytes are those of a
  full index; the limit's are of the templates alone.
- **Memory**: proportional set size of every process of `make run` with the demonstration loaded, 20 seconds
  after a first visit.

Ours and the limit take turns, {rounds} rounds of {seconds} seconds; the best round of each counts. Rates hang
on the machine and on what else runs on it; ratios and processor times travel better.

## What makes it so
- One prepared statement and one round trip where it is hot (`kit/sql.py`); the ORM everywhere else.
- The API does not pass Django's handler: `web/door.py` hands it to `web/api.py`, which resolves, runs, and turns
  refusals into problems. msgspec reads and writes JSON.
- Look-ups, and submissions, that arrive while others are being answered are answered together: one statement and one
  commit for all of them (docs/decisions/0091.md). So the more ask, the less each costs.
- A caller is told by one prepared read that joins token, person and posts, and is not cached: a token that is
  revoked is refused at once, on every server.
- No row is shared by writers: counters are deltas, folded in the background; the outbox is a plain insert; the
  audit is chained by a job. So a submission waits for nobody.
- Each of the desk's queues is a range of one partial index in the order it is shown: a page reads what it
  shows, whatever the table holds.
- Web processes do not take the processor from one another each time a thread of theirs wakes (docs/decisions/0109.md).
- Declarations are compiled once a process; the parent process compiles them before it forks, so that workers
  share them.
"""
