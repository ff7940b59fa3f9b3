"""Counting tries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sala.kit import clock, ratelimit
from sala.kit.errors import TooMany
from sala.kit.models import RateCounter

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_as_many_as_the_limit_pass_and_the_next_does_not() -> None:
    with clock.frozen(NOON):
        assert [ratelimit.hit("door", 3, 60) for _ in range(3)] == [1, 2, 3]
        with pytest.raises(TooMany) as refused:
            ratelimit.hit("door", 3, 60)
    assert 1 <= refused.value.retry_after <= 60
    assert "1 minute" in refused.value.message.en


@pytest.mark.django_db
def test_after_the_told_time_there_is_a_new_window() -> None:
    with clock.frozen(NOON):
        for _ in range(3):
            ratelimit.hit("door", 3, 600)
        with pytest.raises(TooMany) as refused:
            ratelimit.hit("door", 3, 600)
    with clock.frozen(NOON + timedelta(seconds=refused.value.retry_after + 1)):
        assert ratelimit.hit("door", 3, 600) == 1


@pytest.mark.django_db
def test_keys_do_not_share_a_window() -> None:
    with clock.frozen(NOON):
        ratelimit.hit("one", 1, 60)
        assert ratelimit.hit("other", 1, 60) == 1


@pytest.mark.django_db
def test_old_counters_are_swept() -> None:
    with clock.frozen(NOON):
        ratelimit.hit("door", 3, 60)
    with clock.frozen(NOON + timedelta(days=3)):
        ratelimit.hit("door", 3, 60)
        assert ratelimit.sweep() == 1
    assert RateCounter.objects.count() == 1


@pytest.mark.django_db
def test_a_look_counts_nothing() -> None:
    with clock.frozen(NOON):
        for _ in range(3):
            ratelimit.check("door", 1, 60)
        ratelimit.hit("door", 1, 60)
        with pytest.raises(TooMany):
            ratelimit.check("door", 1, 60)
