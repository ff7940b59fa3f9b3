"""Figures for Prometheus: of this installation, never of a person.

Request counts and times are kept by every process in files of one directory and added up at
the scrape; what waits (outbox, jobs, cases) is read from the database at the scrape.
"""

from __future__ import annotations

import hmac
import os
import shutil
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from sala.engine.cases import queues
from sala.engine.dashboards import queries as dashboards
from sala.identity.directory import queries as directory
from sala.identity.faces import client
from sala.identity.faces import queries as faces
from sala.kit import clock, sql
from sala.kit.errors import NotFound

DIRECTORY = Path(os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(settings.DATA_DIR / "metrics")))
DIRECTORY.mkdir(parents=True, exist_ok=True)

# The library chooses where it keeps its values when it is first imported.
from prometheus_client import CollectorRegistry, Histogram, generate_latest  # noqa: E402
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric  # noqa: E402
from prometheus_client.exposition import CONTENT_TYPE_LATEST  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402
from prometheus_client.registry import Collector  # noqa: E402


class Times(Histogram):
    """A histogram that takes several times at once: each look at its shared file costs more than the adding up."""

    def observe_all(self, seconds: Sequence[float]) -> None:
        self._sum.inc(sum(seconds))
        for bucket, times in Counter(bisect_left(self._upper_bounds, one) for one in seconds).items():
            self._buckets[bucket].inc(times)


Kind = tuple[str, str, int]
"""Route, method and status of an answer."""
_SECONDS = Times(
    "sala_request_seconds",
    "Requests answered, and how long each took",
    ["route", "method", "status"],
    buckets=(0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_WAITING = """
select (select count(*) from kit_outboxevent),
       (select coalesce(extract(epoch from now() - min(created_at)), 0) from kit_outboxevent),
       (select count(*) from kit_auditentry where number is null)"""
_JOBS = """
select status::text, count(*) from procrastinate_jobs where status in ('todo', 'doing', 'failed') group by status"""
_timers: dict[Kind, Times] = {}


def count(answered: Iterable[tuple[Kind, float]]) -> None:
    """Count requests that were answered, each with its seconds."""
    times: defaultdict[Kind, list[float]] = defaultdict(list)
    for kind, seconds in answered:
        times[kind].append(seconds)
    for kind, took in times.items():
        timer = _timers.get(kind)
        if timer is None:
            route, method, status = kind
            timer = _timers[kind] = _SECONDS.labels(route, method, str(status))
        timer.observe_all(took)


def clear() -> None:
    """Forget the figures of processes that are gone; for the start of the platform, before any process counts."""
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    DIRECTORY.mkdir(parents=True, exist_ok=True)


class Waiting(Collector):
    """What waits, as the database says."""

    def collect(self) -> Iterator[Metric]:
        outbox, lag, unsealed = sql.fetch_one(_WAITING) or (0, 0, 0)
        yield GaugeMetricFamily("sala_outbox_events", "Facts not yet told to their hearers", value=outbox)
        yield GaugeMetricFamily("sala_outbox_lag_seconds", "Age of the oldest of them", value=float(lag))
        yield GaugeMetricFamily("sala_audit_unsealed", "Audit entries not yet chained", value=unsealed)
        yield from self._jobs()
        yield from self._cases()

    def _jobs(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("sala_jobs", "Jobs by state", labels=["state"])
        counts = dict.fromkeys(("todo", "doing", "failed"), 0) | dict(sql.fetch_all(_JOBS))
        for state, number in counts.items():
            jobs.add_metric([state], number)
        yield jobs

    def _cases(self) -> Iterator[Metric]:
        """By service alone, from the dashboards' counters: what a scrape costs does not hang on how many there are."""
        found = (directory.offices_of_agency(agency.slug) for agency in directory.agencies())
        offices = sorted(frozenset().union(*found))
        waiting = GaugeMetricFamily("sala_open_cases", "Cases not yet decided", labels=["service"])
        late = GaugeMetricFamily("sala_overdue_cases", "Cases past their promised hour", labels=["service"])
        today = clock.today()
        open_now: Counter[str] = Counter()
        for line in dashboards.figures(offices=offices, first=today, last=today):
            open_now[line.service] += line.figures.open
        overdue = Counter(dict.fromkeys(open_now, 0))
        for owed in queues.overdue(offices=offices):
            overdue[owed.service] += owed.cases
        for gauge, counts in ((waiting, open_now), (late, overdue)):
            for service, number in sorted(counts.items()):
                gauge.add_metric([service], number)
            yield gauge


class Faces(Collector):
    """How the house of faces is, and what it could not open; `sala_faces_up` 0 where it does not answer."""

    def collect(self) -> Iterator[Metric]:
        state = client.state(0.5)
        yield GaugeMetricFamily("sala_faces_up", "Whether the house of faces answers", value=float(state is not None))
        broken = faces.broken()
        yield GaugeMetricFamily("sala_face_templates_broken", "Templates that do not open, put aside", value=broken)
        if state is None:
            return
        yield GaugeMetricFamily("sala_faces_waiting", "Pictures that wait for a worker", value=state.waiting)
        yield GaugeMetricFamily("sala_faces_busy", "Workers that look at one", value=state.busy)
        counts = (("answered", state.answered), ("refused", state.refused), ("crashed", state.crashed))
        for name, value in counts:
            yield CounterMetricFamily(f"sala_faces_{name}", f"Pictures {name} since it started", value=value)


def page(request: HttpRequest) -> HttpResponse:
    """The figures; to others than the scraper this page does not exist."""
    if not allowed(request):
        raise NotFound
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(Waiting())
    registry.register(Faces())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def allowed(request: HttpRequest) -> bool:
    """A scraper with SALA_METRICS_TOKEN; without such a token set, one on this machine that no proxy forwards."""
    expected = settings.METRICS_TOKEN
    if expected:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), expected.encode())
    forwarded = "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META
    return request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"} and not forwarded
