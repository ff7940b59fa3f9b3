"""What is measured. Each measure answers with its lines of the report."""

from __future__ import annotations

import http.client
import itertools
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import crowd, journey, load, people, pgbench, place, usage
from benchmarks.place import PORT, Place

CLIENTS = 8
"""Connections of pgbench, and of the browsers' journeys."""
CALLERS = 64
"""Connections of the load generator at the API; the limit is pgbench's best with as many clients, or with CLIENTS."""
SECONDS = int(os.environ.get("SALA_BENCH_SECONDS", "10"))
ROUNDS = 3
"""Ours and the limit take turns, so that a noise that lasts meets both; the best round of each counts."""
MOST = 3000
"""Submissions a second that there are requests for; eight times as many look-ups."""
FEW, MANY = 10_000, int(os.environ.get("SALA_BENCH_MANY", "1000000"))
Step = Callable[[str], None]


@dataclass(frozen=True)
class Line:
    """One line of the report. `target` says in words what `met` judges."""

    what: str
    ours: str
    limit: str = ""
    ratio: str = ""
    target: str = ""
    met: bool | None = None


@dataclass
class Bench:
    """What the measures share: the house, its people, and the first case that was filed."""

    house: Place
    tokens: list[str]
    reference: str
    values: dict[str, Any]
    found: list[tuple[str, str]]


def begin(house: Place) -> Bench:
    """People with tokens, and cases to look up. The parameters of one filing are kept for pgbench."""
    from sala.engine.cases import filing
    from sala.engine.catalogue import queries as catalogue
    from sala.identity.accounts.queries import by_token
    from sala.kit import idempotency

    tokens = people.applicants()
    by = by_token(tokens[0])
    if by is None:
        raise RuntimeError("a token that was just made is not known")
    found = []
    with noting("fetch_one", filing.STATEMENT) as kept:
        for number in range(300):
            key = idempotency.Key(by.actor.label, f"first-{number}", bytes(32))
            filed = filing.file(
                service=catalogue.current("tm47"), answers=people.answers(number), by=by.actor, language="en",
                channel="api", once=filing.Once(key, respond=_as_answered),
            )  # fmt: skip
            found.append((filed.reference, filed.key))
    return Bench(house, tokens, found[0][0], kept[filing.STATEMENT], found)


def at_rest(step: Step, *tables: str) -> None:
    """As the tables are some time after they were filled: the database sees to it by itself, but not at once."""
    from sala.kit import sql

    step("The tables come to rest")
    for table in tables:
        sql.execute(f"VACUUM (ANALYZE) {table}")


@contextmanager
def noting(name: str, *statements: str) -> Iterator[dict[str, Any]]:
    """The parameters with which `sql.<name>` ran each of these statements first, within the block."""
    from sala.kit import sql

    kept: dict[str, Any] = {}
    through = getattr(sql, name)

    def note(statement: str, parameters: Any = (), **how: Any) -> Any:
        if statement in statements:
            kept.setdefault(statement, parameters)
        return through(statement, parameters, **how)

    setattr(sql, name, note)
    try:
        yield kept
    finally:
        setattr(sql, name, through)


def _as_answered(filed: Any) -> Any:
    """As long as the API's own answer."""
    from sala.kit.idempotency import Kept

    return Kept(201, {"Location": "x" * 53}, "x" * 430)


def submit(bench: Bench, step: Step) -> list[Line]:
    """(a) Submissions by API, durable, against pgbench running the same statement."""
    from sala.engine.cases import filing

    fresh = {
        # As version 7 of the standard has it, so that the index grows at its end for both.
        "id": "(lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7'"
        " || substr(md5(random()::text), 1, 19))::uuid",
        "reference": "('TM47-' || :number)",
        "once_key": "('pgbench-' || :number)",
    }
    values = {name: value for name, value in bench.values.items() if name not in fresh}
    text = pgbench.script(filing.STATEMENT, values, fresh=fresh)
    requests = people.submissions(bench.tokens, 2000 + MOST * SECONDS * ROUNDS)
    _warm(requests[:2000])
    supply = iter(requests[2000:])
    race = Race("API submissions a second", [text], values, lambda: list(itertools.islice(supply, MOST * SECONDS)))
    return _run(bench, step, race, least=200)


def look_up(bench: Bench, step: Step) -> list[Line]:
    """(b) Look-ups of a status by number and key, against pgbench running the same statement."""
    from sala.engine.cases import queries

    at_rest(step, "cases_case", "cases_caseevent")
    # One look-up alone needs no list of numbers, and is the harder limit without.
    statement = queries.STATUS_STATEMENT.rpartition("= ANY(")[0] + "= %(reference)s"
    texts = [pgbench.script(statement, {}, fresh={"reference": f"'{reference}'"}) for reference, _ in bench.found[:32]]
    _warm(list(people.look_ups(bench.found, 2000)))
    race = Race("Look-ups a second", texts, {}, lambda: list(people.look_ups(bench.found, 8 * MOST * SECONDS)))
    return _run(bench, step, race)


@dataclass(frozen=True)
class Race:
    """Ours against the limit: what pgbench runs with which values, and what is asked of ours each round."""

    what: str
    texts: list[str]
    values: dict[str, Any]
    requests: Callable[[], list[bytes]]


def _run(bench: Bench, step: Step, race: Race, *, least: int = 0) -> list[Line]:
    what = race.what
    ours: list[load.Result] = []
    limits: list[float] = []
    used = {"web": 0.0, "db": 0.0}
    for turn in range(ROUNDS):
        step(f"{what}, round {turn + 1}")
        limits += [
            pgbench.run(
                bench.house.programs, bench.house.url, race.texts, race.values, clients=clients, seconds=SECONDS
            )
            for clients in (CLIENTS, CALLERS)
        ]
        before = spent(bench)
        ours.append(load.run("127.0.0.1", PORT, connections=CALLERS, seconds=SECONDS, requests=race.requests()))
        after = spent(bench)
        used = {name: used[name] + after[name] - before[name] for name in used}
    bad = {status: n for result in ours for status, n in result.statuses.items() if status >= 300}
    if bad:
        raise RuntimeError(f"{what}: not all were answered well: {bad}")
    best, limit = max(ours, key=lambda r: r.rate), max(limits)
    total = sum(r.spent for r in ours)
    ratio = best.rate / limit
    milliseconds = {name: seconds / total * 1000 for name, seconds in used.items()}
    lines = [
        Line(what, f"{best.rate:,.0f}", f"{limit:,.0f}", f"{ratio:.2f}", "≥ 0.35 of the limit", ratio >= 0.35),
        Line("  each takes, half of them / 99 of 100", f"{best.percentile(0.5):.1f} / {best.percentile(0.99):.1f} ms"),
        Line("  processor time each, web / database", f"{milliseconds['web']:.2f} / {milliseconds['db']:.2f} ms"),
    ]
    if least:
        lines.insert(1, Line("  at least", f"{best.rate:,.0f}", target=f"≥ {least} a second", met=best.rate >= least))
    return lines


def spent(bench: Bench) -> dict[str, float]:
    """Seconds of processor time that the web and the database have used so far."""
    server = int((bench.house.server.place.data / "postmaster.pid").read_text().split()[0])
    web = next(pid for pid in usage.tree(os.getpid()) if "sala.web.cli web" in usage.name(pid))
    return {"web": usage.cpu_seconds(usage.tree(web)), "db": usage.cpu_seconds(usage.tree(server))}


def _warm(requests: list[bytes]) -> None:
    load.run("127.0.0.1", PORT, connections=CALLERS, seconds=3, requests=requests)


def desk(bench: Bench, step: Step) -> list[Line]:
    """(c) The desk's first page for an officer, with few cases and with many."""
    from sala.engine.cases.models import Case
    from sala.identity.directory.queries import offices_of_kind
    from tests.factories import client_for, make_officer

    case = Case.objects.get(reference=bench.reference)
    offices = [office.id for office in offices_of_kind("immigration-office")]
    officer = make_officer(case.office)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client_for(officer).cookies.items())

    def grown(first: int, last: int) -> float:
        for done in crowd.grow(
            reference=bench.reference, office=case.office_id, offices=offices, first=first, last=last
        ):
            step(f"Cases in the table: {done:,}")
        step(f"The desk at {last:,} cases")
        return _fetched("/desk/", cookies)

    few, many = grown(1, FEW), grown(FEW + 1, MANY)
    ratio = many / few
    return [
        Line(f"Desk's first page at {MANY:,} cases", f"{many:.1f} ms", f"{few:.1f} ms", f"{ratio:.2f}",
             f"≤ 1.2 × that at {FEW:,}", ratio <= 1.2),
    ]  # fmt: skip


def _fetched(path: str, cookies: str, times: int = 300) -> float:
    """Milliseconds of a page fetched over and over: half of them took less."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookies})
        response = connection.getresponse()
        response.read()
        taken.append((time.perf_counter() - start) * 1000)
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}")
    return sorted(taken)[times // 2]


def pages(bench: Bench, step: Step) -> list[Line]:
    """(d) What an apply page weighs, (e) how fast whole applications are filled in, checked and sent."""
    from sala.engine.catalogue import queries as catalogue
    from sala.identity.accounts.models import Account

    service = catalogue.current("tm47")
    answers = people.answers(1)
    typed = {key: service.typed(key, answers, "en") for key in service.pages}
    accounts = list(Account.objects.filter(email__startswith="bench").values_list("id", flat=True)[:CLIENTS])
    plan = journey.plan_for(accounts, typed)
    step("Apply pages")
    largest, foreign = _weigh(plan)
    journey.run(PORT, plan=plan, seconds=5)
    step("Journeys")
    done = journey.run(PORT, plan=plan, seconds=SECONDS * 2)
    each = done.pages / done.journeys
    return [
        Line(
            "Largest apply page, HTML before compression", f"{largest / 1000:.1f} KB", "40 KB",
            f"{largest / 40_000:.2f}", "≤ 40 KB", largest <= 40_000,
        ),
        Line("  other hosts it asks", str(len(foreign)), "0", target="none", met=not foreign),
        Line("Page journeys a second (begun, filled, checked, sent)", f"{done.journeys / done.seconds:.1f}"),
        Line(f"  pages a second ({each:.0f} pages a journey)", f"{done.pages / done.seconds:.0f}"),
    ]  # fmt: skip


def _weigh(plan: journey.Plan) -> tuple[int, set[str]]:
    seen: list[str] = []

    class Weighing(journey.Browser):
        def _ask(self, method: str, path: str, body: bytes | None) -> tuple[str, str]:
            at, page = super()._ask(method, path, body)
            seen.append(page)
            return at, page

    Weighing(PORT, plan, plan.sessions[0]).journey()
    asked = re.compile(
        r'(?:src|srcset|action|data-[a-z-]+)="(?:https?:)?//([^/"]+)|<link[^>]+href="(?:https?:)?//([^/"]+)'
    )
    foreign = {a or b for page in seen for a, b in asked.findall(page)}
    return max(len(page.encode()) for page in seen), foreign - {f"127.0.0.1:{PORT}"}


def memory(step: Step) -> list[Line]:
    """(f) The whole platform at rest: web, live, worker, supervisor, database."""
    step("The whole platform starts")
    with tempfile.TemporaryDirectory(prefix="sala-rest-") as folder:
        Path(folder).chmod(0o711)
        environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "SALA_API_RATE"}}
        environment |= {"SALA_DATA": folder, "SALA_PORT": str(PORT), "SALA_LIVE_PORT": str(PORT + 1)}
        command = [sys.executable, "-m", "sala.web.cli", "run"]
        with Path(folder, "out").open("wb") as out:
            process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)  # noqa: S603 - our own program
        try:
            place.wait_until_ready(process, 180)
            step("The whole platform rests")
            _visit_once()
            time.sleep(20)
            parts = _resident(process.pid, Path(folder))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    total = sum(parts.values())
    lines = [
        Line(
            "Memory of all processes at rest (PSS)",
            f"{total / 1e6:.0f} MB",
            "500 MB",
            f"{total / 5e8:.2f}",
            "≤ 500 MB",
            total <= 5e8,
        )
    ]
    return lines + [Line(f"  {name}", f"{size / 1e6:.0f} MB") for name, size in sorted(parts.items())]


def _visit_once() -> None:
    for path in ("/", "/services/tm47/", "/account/sign-in/", "/api/v1/services/tm47"):
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        connection.request("GET", path)
        connection.getresponse().read()
        connection.close()


def _resident(root: int, folder: Path) -> dict[str, int]:
    pids = set(usage.tree(root))
    for entry in Path("/proc").iterdir():  # the database's own keeper is nobody's child
        if entry.name.isdigit() and str(folder) in usage.name(int(entry.name)):
            pids |= set(usage.tree(int(entry.name)))
    sizes: dict[str, int] = {}
    for pid in pids:
        part = _part(usage.name(pid))
        sizes[part] = sizes.get(part, 0) + usage.memory([pid])
    return sizes


def _part(command: str) -> str:
    if "postgres" in command:
        return "database"
    found = re.search(r"sala\.web\.cli (web|live|worker|run)", command)
    return found[1].replace("run", "supervisor") if found else "other"


def all_of(lines: Iterable[Line]) -> bool:
    """Whether every target was met."""
    return all(line.met is not False for line in lines)
