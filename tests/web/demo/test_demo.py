"""The demonstration, with a smaller crowd."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from sala.engine.appointments import availability
from sala.engine.appointments import queries as appointments
from sala.engine.appointments.models import Booking, Visit
from sala.engine.cases import journal
from sala.engine.cases.models import Case, CheckResult
from sala.engine.catalogue import queries as catalogue
from sala.engine.dashboards import services as dashboards
from sala.engine.drafts.models import Draft
from sala.engine.hall.models import Display, Ticket
from sala.engine.messages.models import Message
from sala.engine.surveys.models import Answer
from sala.engine.waiting.models import Offer, Waiting
from sala.identity.accounts.models import Account
from sala.identity.accounts.services import Browser, sign_in
from sala.kit import audit, clock
from sala.kit.models import OutboxEvent
from sala.web import demo, preparing
from sala.web.demo import SignIn, crowd, hall, visits
from sala.web.demo.staff import Team

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, 7, tzinfo=clock.THAILAND)


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("day", [22, 23, 28])
def test_whenever_it_is_started_the_hall_has_a_present(day: int, hour: int) -> None:
    """A Sunday, a Monday, a Saturday; night and day: an opening has this moment within it."""
    now = datetime(2026, 11, day, hour, 40, tzinfo=clock.THAILAND)
    hours = [one for one in visits.opening_now(now) if one.weekday == now.weekday()]
    assert any(one.opens <= now.time() <= one.closes for one in hours) or 12 <= hour < 13
    others = [one for one in visits.opening_now(now) if one.weekday != now.weekday()]
    assert {one.weekday for one in others} <= set(range(5))


def test_after_midnight_nobody_comes_in_on_the_day_before() -> None:
    now = datetime(2026, 11, 23, 0, 40, tzinfo=clock.THAILAND)
    midnight = now.replace(minute=0)
    here = hall.Hall(cast("Team", SimpleNamespace(officer=SimpleNamespace(seats=[SimpleNamespace(office=1)]))), now)
    assert here.on_this_day(midnight - timedelta(minutes=6)) == midnight
    assert here.on_this_day(now) == now


@pytest.fixture
def sign_ins(offices: dict[int, int], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[SignIn]]:
    preparing.load_reference_data()
    monkeypatch.setattr(crowd, "ASKED", 10)
    monkeypatch.setattr(crowd, "SATISFIED", 8)
    monkeypatch.setattr(crowd, "VOLUME", {10: 25})
    monkeypatch.setattr(crowd, "NOW", [replace(kind, count=1) for kind in crowd.NOW])
    with clock.frozen(MONDAY):
        preparing.publish_shipped()
        yield demo.load()
    catalogue.forget()


def test_everything_that_was_promised_is_there(sign_ins: list[SignIn], offices: dict[int, int]) -> None:
    _every_state_occurs()
    _three_are_held_for_three_reasons()
    _one_draft_waits_for_its_day()
    _every_history_holds()
    _people_got_their_letters()
    _the_survey_is_of_last_month(offices[74])
    _visits_of_every_kind(offices)
    _the_hall_is_busy(offices[74])
    _ranong_has_a_waiting_list(offices[85])
    _the_counters_are_true()
    _everybody_can_sign_in(sign_ins)
    _a_second_load_changes_nothing(sign_ins)


def _every_state_occurs() -> None:
    states = Counter(Case.objects.values_list("state", flat=True))
    assert states.keys() >= {"submitted", "in_review", "info_requested", "approved", "refused", "withdrawn"}
    assert Case.objects.filter(due_at__lt=clock.now(), decided_at=None).exists()
    assert Case.objects.filter(group__isnull=False, email="zaw@sala.example", service="tm47").count() == 4


def _three_are_held_for_three_reasons() -> None:
    holding = CheckResult.objects.filter(
        case__held=True, outcome="alert", check_id__in=["warrant", "overstay", "abnormal"]
    )
    assert sorted(holding.values_list("check_id", flat=True)) == ["abnormal", "overstay", "warrant"]
    assert Case.objects.filter(held=True).count() == 3


def _one_draft_waits_for_its_day() -> None:
    draft = Draft.objects.get()
    assert draft.file_on is not None
    assert draft.file_on > clock.today()


def _every_history_holds() -> None:
    assert all(journal.verify(case) is None for case in Case.objects.values_list("id", flat=True))
    assert not OutboxEvent.objects.filter(topic__startswith="case.").exists()


def _people_got_their_letters() -> None:
    got = Counter(Message.objects.filter(to="hiroshi@sala.example").values_list("kind", flat=True))
    assert len(got) == 3  # received, result, reminder
    assert not Message.objects.filter(to__startswith="agent").exclude(kind="waiting_joined").exists()


def _the_survey_is_of_last_month(samut_sakhon: int) -> None:
    answers = Answer.objects.filter(office=samut_sakhon)
    assert (answers.count(), answers.filter(score__gte=4).count()) == (10, 8)
    last_month = clock.today().replace(day=1) - timedelta(days=1)
    days = [clock.local_day(answer.answered_at) for answer in answers]
    assert {(day.year, day.month) for day in days} == {(last_month.year, last_month.month)}


def _visits_of_every_kind(offices: dict[int, int]) -> None:
    here = Counter(Visit.objects.filter(office=offices[74]).values_list("state", flat=True))
    assert here["booked"] > 20
    assert here["attended"] > 0
    assert here["missed"] == 1
    assert Visit.objects.get(state="displaced").email == "maria@sala.example"
    assert Offer.objects.get().visit is not None
    assert Message.objects.filter(to="maria@sala.example", kind="visit_offered_again").exists()
    assert Visit.objects.filter(service="see-a-doctor").count() > 5
    assert Booking.objects.filter(case=None).count() == 0


def _the_hall_is_busy(office: int) -> None:
    states = Counter(Ticket.objects.filter(office=office).values_list("state", flat=True))
    assert states["waiting"] >= 4
    assert states["called"] == 1
    family = Ticket.objects.get(office=office, people=2)
    assert family.visit is not None
    assert family.visit.email == "zaw@sala.example"
    assert Display.objects.get(office=office).content["waiting"]


def _ranong_has_a_waiting_list(office: int) -> None:
    schedule = appointments.schedule_of(office, "extension-of-stay")
    assert schedule is not None
    last = clock.today() + timedelta(days=schedule.horizon_days)
    assert availability.times_between(schedule.id, clock.today(), last) == []
    assert [one.name for one in Waiting.objects.order_by("joined_at", "id")][-1] == "Anna Marchand"


def _the_counters_are_true() -> None:
    dashboards.fold()
    assert dashboards.reconcile() == []


def _everybody_can_sign_in(sign_ins: list[SignIn]) -> None:
    assert {one.email for one in sign_ins} <= set(Account.objects.values_list("email", flat=True))
    for one in (sign_ins[0], sign_ins[-1]):
        assert sign_in(email=one.email, password=one.password, browser=Browser())


def _a_second_load_changes_nothing(sign_ins: list[SignIn]) -> None:
    before = (Case.objects.count(), Account.objects.count(), Message.objects.count())
    sealed = audit.seal()
    assert demo.load() == sign_ins
    assert (Case.objects.count(), Account.objects.count(), Message.objects.count()) == before
    assert sealed
    assert audit.seal() == 0
