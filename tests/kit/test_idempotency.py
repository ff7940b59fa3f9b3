"""Idempotency keys under real concurrency: separate connections, committed transactions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from sala.kit import clock, idempotency
from sala.kit.idempotency import Kept, Key
from sala.kit.models import IdempotencyKey
from sala.kit.problems import Refused

KEY = Key("account:1", "k", b"asked")
ANSWER = Kept(201, {"Location": "/x"}, '{"a":1}')


def in_own_connection(work: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        try:
            return work()
        finally:
            connection.close()

    return run


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as executor:
        yield executor


def answered() -> tuple[Kept, bool]:
    """What every POST does: the work once, else the answer it had."""
    with transaction.atomic():
        if kept := idempotency.begin(KEY):
            return kept, True
        idempotency.keep(KEY, ANSWER)
        return ANSWER, False


@pytest.mark.django_db(transaction=True)
def test_concurrent_duplicates_do_the_work_once(pool: ThreadPoolExecutor) -> None:
    barrier = threading.Barrier(8)

    def duplicate() -> tuple[Kept, bool]:
        barrier.wait()
        return answered()

    results = [f.result() for f in [pool.submit(in_own_connection(duplicate)) for _ in range(8)]]
    assert {kept.body for kept, _ in results} == {ANSWER.body}  # type: ignore[misc]
    assert sorted(replayed for _, replayed in results) == [False] + [True] * 7  # type: ignore[misc]


@pytest.mark.django_db(transaction=True)
def test_a_duplicate_waits_for_the_first_and_does_the_work_if_it_failed(pool: ThreadPoolExecutor) -> None:
    with transaction.atomic():
        idempotency.begin(KEY)
        waiting = pool.submit(in_own_connection(answered))
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        transaction.set_rollback(True)
    assert waiting.result(timeout=10) == (ANSWER, False)


@pytest.mark.django_db
def test_keys_are_each_callers_own() -> None:
    answered()
    assert idempotency.begin(Key("account:2", "k", b"asked")) is None
    with pytest.raises(Refused) as refused:
        idempotency.begin(Key("account:1", "k", b"other"))
    assert refused.value.code == "idempotency_key_reused"


@pytest.mark.django_db
def test_answers_are_forgotten_in_time() -> None:
    answered()
    assert idempotency.sweep() == 0
    with clock.frozen(clock.now() + idempotency.KEPT_FOR + timedelta(minutes=1)):
        assert idempotency.sweep() == 1
    assert not IdempotencyKey.objects.exists()
