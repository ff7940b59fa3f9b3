"""Reminders of the next due day (R-001.42)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.engine.cases import decisions, reminding, services
from sala.engine.cases.models import Case
from sala.engine.cases.rules import reminder_due
from sala.engine.messages import services as post
from sala.engine.messages.models import Message
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from tests.engine.cases.conftest import File

DUE = date(2027, 2, 20)  # 90 days after 22 November 2026, where the fixtures' clock stands


@pytest.fixture
def officer(officer_at: Callable[..., Actor]) -> Actor:
    return officer_at()


@pytest.fixture
def approved(file: File, officer: Actor) -> Callable[..., Case]:
    def made(**given: Any) -> Case:
        return decisions.approve(reference=file(**given).reference, by=officer)

    return made


def on(day: date) -> list[str]:
    """Run the morning of a day; the subjects of the reminders it posted."""
    before = set(Message.objects.values_list("id", flat=True))
    with clock.frozen(datetime.combine(day, time(1, 0), UTC)):
        reminding.remind(clock.today())
    return list(Message.objects.exclude(id__in=before).order_by("id").values_list("subject", flat=True))


@given(st.integers(-5, 40), st.lists(st.integers(1, 30), unique=True))
def test_the_reminder_due_is_the_last_whose_day_has_come(left: int, ahead: list[int]) -> None:
    due = reminder_due(left, ahead)
    come = [days for days in ahead if days >= left]
    if left <= 0 or not come:
        assert due is None
    else:
        assert due == min(come)


@pytest.mark.django_db
@pytest.mark.requirement("R-001.42")
def test_reminded_on_each_of_the_days_and_no_other(approved: Callable[..., Case]) -> None:
    case = approved()
    posted = {left: on(DUE - timedelta(days=left)) for left in range(20, -2, -1)}
    assert {left: len(subjects) for left, subjects in posted.items() if subjects} == {15: 1, 7: 1}
    assert posted[15] == [f"Due soon: 15 days left, until 20 February 2027 – {case.reference}"]


@pytest.mark.django_db
def test_a_reminder_has_the_day_a_calendar_and_a_way_out(approved: Callable[..., Case]) -> None:
    case = approved()
    on(DUE - timedelta(days=7))
    message = Message.objects.get(kind="case_reminder")
    assert message.to == "maria@example.org"
    assert "5 February 2027" in message.text, "the first day of filing"
    assert "/services/test-permit/" in message.text
    assert f"UID:{case.id}@" in message.calendar
    assert message.unsubscribe == post.stop_link(case.reference)
    assert message.unsubscribe in message.text


@pytest.mark.django_db
def test_the_same_morning_twice_is_one_reminder_and_a_missed_one_is_made_up_for(
    approved: Callable[..., Case],
) -> None:
    approved()
    assert len(on(DUE - timedelta(days=12))) == 1, "the worker slept on day 15"
    assert on(DUE - timedelta(days=12)) == []
    assert on(DUE - timedelta(days=11)) == []


@pytest.mark.django_db
def test_only_the_latest_case_of_a_person_counts(
    approved: Callable[..., Case], file: File, answers: dict[str, Any], applicant: Actor
) -> None:
    approved()
    with clock.frozen(datetime(2027, 2, 6, 3, tzinfo=UTC)):
        answers["person"]["due"] = "2027-02-20"
        again = file()
        assert on(DUE - timedelta(days=7)) == [], "the next report waits for its result"
        services.withdraw(reference=again.reference, by=applicant)
    assert len(on(DUE - timedelta(days=7))) == 1, "it was taken back: the old day counts again"


@pytest.mark.django_db
def test_another_persons_later_case_changes_nothing(
    approved: Callable[..., Case], file: File, answers: dict[str, Any]
) -> None:
    approved()
    with clock.frozen(datetime(2027, 2, 6, 3, tzinfo=UTC)):
        file(answers={**answers, "person": {**answers["person"], "due": "2027-02-20", "passport": "ZZ999999"}})
    assert len(on(DUE - timedelta(days=7))) == 1


@pytest.mark.django_db
def test_who_stopped_reminders_gets_none(approved: Callable[..., Case]) -> None:
    case = approved()
    post.stop_reminders(reference=case.reference, key=post.stop_link(case.reference).split("/")[-2])
    assert on(DUE - timedelta(days=7)) == []


@pytest.mark.django_db
def test_without_a_positive_result_there_is_nothing_to_remind_of(file: File, officer: Actor) -> None:
    file()
    decisions.refuse(reference=file().reference, reason="not_yours", by=officer)
    assert on(DUE - timedelta(days=7)) == []


@pytest.mark.django_db
def test_many_are_reminded_batch_by_batch(
    approved: Callable[..., Case], answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        person = {**answers["person"], "passport": f"AB00000{number}"}
        approved(answers={**answers, "person": person})
    monkeypatch.setattr(reminding, "BATCH", 2)
    assert len(on(DUE - timedelta(days=7))) == 5
    assert on(DUE - timedelta(days=7)) == []
