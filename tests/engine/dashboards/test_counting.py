"""Deltas, folds, reads and recounts against a real PostgreSQL."""

from __future__ import annotations

import random
import threading
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sala.engine.dashboards import queries, services
from sala.engine.dashboards.models import Counter, Delta
from sala.engine.dashboards.rules import BOUNDS, bucket, percentile
from sala.engine.dashboards.services import Row, _fold_batch
from sala.kit import sql

MARCH = date(2026, 3, 1)


def _in_threads(*works: Callable[[], object]) -> list[BaseException]:
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return errors


ROWS = st.lists(
    st.builds(
        Row,
        service=st.sampled_from(["tm47", "advice"]),
        office=st.sampled_from([1, 2]),
        day=st.dates(min_value=date(2026, 1, 20), max_value=date(2026, 4, 10)),
        measure=st.sampled_from(["filed", "decided", "withdrawn", "in_time", "minutes:7", "score:5"]),
        value=st.integers(min_value=1, max_value=3),
    ),
    max_size=40,
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, order=st.randoms(), batch=st.integers(min_value=1, max_value=50), folds=st.integers(0, 3))
def test_a_read_equals_a_recount_however_much_is_folded(
    rows: list[Row], order: random.Random, batch: int, folds: int
) -> None:
    Counter.objects.all().delete()
    Delta.objects.all().delete()
    order.shuffle(rows)
    for part in range(folds + 1):
        services.add(rows[part :: folds + 1])
        if part < folds:
            services.fold(batch=batch)
    first, last = date(2026, 1, 31), date(2026, 3, 31)
    lines = {(x.service, x.office): x.figures for x in queries.figures(offices=[1, 2], first=first, last=last)}
    for service in ("tm47", "advice"):
        for office in (1, 2):
            mine = [r for r in rows if (r.service, r.office) == (service, office)]
            during: Tally[str] = Tally()
            balance = 0
            for row in mine:
                if first <= row.day <= last:
                    during[row.measure] += row.value
                if row.day <= last:
                    balance += {"filed": 1, "decided": -1, "withdrawn": -1}.get(row.measure, 0) * row.value
            found = lines.get((service, office))
            if found is None:
                assert not during
                assert balance == 0
                continue
            assert found.filed == during["filed"]
            assert found.decided == during["decided"]
            assert found.minutes.get(7, 0) == during["minutes:7"]
            assert found.surveyed == during["score:5"]
            assert found.open == balance


@pytest.mark.django_db
def test_a_month_is_read_without_its_days_once_folded() -> None:
    services.add([Row("tm47", 1, MARCH + timedelta(days=n), "filed") for n in range(31)])
    assert services.fold() == 31
    assert Counter.objects.filter(span="month").count() == 1
    Counter.objects.filter(span="day").delete()
    [line] = queries.figures(offices=[1], first=MARCH, last=date(2026, 3, 31))
    assert line.figures.filed == 31


@pytest.mark.django_db
def test_a_batch_is_no_larger_than_asked_where_few_rows_were_thought_to_be() -> None:
    services.add([Row("tm47", 1, MARCH, "filed")])
    with connection.cursor() as cursor:
        cursor.execute("analyze dashboards_delta")
    services.add([Row("tm47", 1, MARCH + timedelta(days=n), "filed") for n in range(1, 6)])
    assert _fold_batch(3) == 3
    assert Delta.objects.count() == 3


@pytest.mark.django_db
def test_only_the_offices_and_services_asked_for() -> None:
    services.add([Row("tm47", 1, MARCH, "filed"), Row("tm47", 2, MARCH, "filed"), Row("advice", 1, MARCH, "filed")])
    lines = queries.figures(offices=[1], first=MARCH, last=MARCH, services=["tm47"])
    assert [(x.service, x.office, x.figures.filed) for x in lines] == [("tm47", 1, 1)]
    assert queries.figures(offices=[], first=MARCH, last=MARCH) == []


@pytest.mark.django_db
def test_a_day_chart_has_every_day_and_both_sources() -> None:
    services.add([Row("tm47", 1, MARCH, "filed", 2)])
    services.fold()
    services.add([Row("tm47", 1, MARCH, "filed"), Row("tm47", 1, MARCH + timedelta(days=2), "decided")])
    days = queries.daily(offices=[1], first=MARCH, last=MARCH + timedelta(days=2))
    assert [(d.filed, d.decided) for d in days] == [(3, 0), (0, 0), (0, 1)]


@pytest.mark.django_db
def test_what_happens_to_cases_is_counted_on_thailands_days() -> None:
    just_after_midnight = datetime(2026, 2, 28, 17, 1, tzinfo=UTC)
    given = {"service": "tm47", "office": 1, "at": just_after_midnight}
    for late in (True, False, False):
        services.filed(**given, late=late)
    services.closed(**given, outcome="approved", minutes=90, in_time=True)
    services.closed(**given, outcome="withdrawn", minutes=None, in_time=True)
    services.surveyed(**given, score=5)
    [line] = queries.figures(offices=[1], first=MARCH, last=MARCH)
    found = line.figures
    assert (found.filed, found.late, found.decided, found.withdrawn, found.open) == (3, 1, 1, 1, 1)
    assert (found.in_time, found.outcomes, found.median) == (1, {"approved": 1}, percentile({bucket(90): 1}, 0.5))
    assert found.satisfaction == 1


@pytest.mark.django_db
def test_the_fragment_stands_inside_a_larger_statement() -> None:
    statement = f"with counted as ({services.APPEND}) select 1"
    for _ in range(2):
        sql.fetch_one(statement, {"service": "tm47", "office": 1, "day": MARCH, "measures": ["filed", "late"]})
    [line] = queries.figures(offices=[1], first=MARCH, last=MARCH)
    assert (line.figures.filed, line.figures.late) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_folds_at_the_same_time_lose_and_double_nothing() -> None:
    for n in range(40):
        services.add([Row("tm47", office, MARCH + timedelta(days=n % 9), "filed") for office in range(25)])
    errors = _in_threads(*[lambda: services.fold(batch=37)] * 4)
    assert errors == []
    while services.fold():
        pass
    assert not Delta.objects.exists()
    for span in ("day", "month", "all"):
        assert sum(Counter.objects.filter(span=span).values_list("value", flat=True)) == 1000
    assert {line.figures.filed for line in queries.figures(offices=range(25), first=MARCH, last=date(2026, 3, 9))} == {
        40
    }


@pytest.mark.django_db(transaction=True)
def test_writers_do_not_wait_for_each_other_or_for_a_fold() -> None:
    services.add([Row("tm47", 1, MARCH, "filed")])
    with transaction.atomic():
        services.add([Row("tm47", 1, MARCH, "filed")])
        services.fold()
        # The fold above holds its counters until this block ends; a writer must get through meanwhile.
        errors = _in_threads(_write_in_a_hurry)
        assert errors == []
    assert _filed() == 3


@pytest.mark.django_db(transaction=True)
def test_a_fold_passes_by_what_another_fold_has_in_hand() -> None:
    services.add([Row("tm47", 1, MARCH, "filed")])
    with transaction.atomic():
        services.fold()
        errors = _in_threads(_fold_in_a_hurry)
        assert errors == []
    assert sum(line.figures.filed for line in queries.figures(offices=[1, 2], first=MARCH, last=MARCH)) == 2


def _fold_in_a_hurry() -> None:
    services.add([Row("tm47", 2, MARCH, "filed")])
    with transaction.atomic():
        sql.execute("set local lock_timeout = '200ms'")
        assert services.fold() == 1


def _write_in_a_hurry() -> None:
    with transaction.atomic():
        sql.execute("set local lock_timeout = '200ms'")
        services.add([Row("tm47", 1, MARCH, "filed")])


def _filed() -> int:
    return sum(line.figures.filed for line in queries.figures(offices=[1], first=MARCH, last=MARCH))


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_counted() -> None:
    def fail_after_counting() -> None:
        with transaction.atomic():
            services.add([Row("tm47", 1, MARCH, "filed")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_counting()
    assert services.fold() == 0
    assert _filed() == 0


@pytest.fixture
def truth(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three filed cases, told in SQL, in place of the rooms above."""
    monkeypatch.setattr(services, "_recounts", {})
    services.register_recount("cases", "select 'tm47', 1, date '2026-03-01', 'filed', 1 from generate_series(1, 3)")
    return iter(())


@pytest.mark.django_db
@pytest.mark.usefixtures("truth")
def test_a_recount_that_agrees_reports_nothing() -> None:
    services.add([Row("tm47", 1, MARCH, "filed", 2)])
    services.fold()
    services.add([Row("tm47", 1, MARCH, "filed")])
    assert services.reconcile() == []


@pytest.mark.django_db
@pytest.mark.usefixtures("truth")
def test_a_recount_says_what_differs_and_mends_it() -> None:
    services.add([Row("tm47", 1, MARCH, "filed", 5), Row("tm47", 2, MARCH, "late")])
    services.fold()
    found = services.reconcile(repair=True)
    assert [(d.office, d.measure, d.counted, d.recounted) for d in found if d.span == "day"] == [
        (1, "filed", 5, 3),
        (2, "late", 1, 0),
    ]
    assert services.reconcile() == []
    services.fold()
    assert services.reconcile() == []
    assert _filed() == 3


@pytest.mark.django_db
def test_the_bucket_in_sql_is_the_bucket_in_python() -> None:
    minutes = sorted({0, 1, 2, *BOUNDS, *(b - 1 for b in BOUNDS), *(b + 1 for b in BOUNDS)})
    with connection.cursor() as cursor:
        bucket_sql = services.BUCKET.format(minutes="m")
        cursor.execute("select m, " + bucket_sql + " from unnest(%s::int[]) m", [minutes])  # noqa: S608
        assert all(number == bucket(m) for m, number in cursor.fetchall())
