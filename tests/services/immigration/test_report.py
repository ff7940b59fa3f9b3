"""The 90-day report through the engine: to whom it goes, what holds it, what is known the next time."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from sala.engine.cases import checking, decisions, filing, queries
from sala.engine.cases.filing import Filed, TooEarly
from sala.engine.catalogue import services as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts import content as contents
from sala.engine.drafts import services as drafts
from sala.identity.accounts.actor import Actor, system
from sala.identity.directory.models import Office
from sala.kit import clock
from sala.kit.errors import NotFound
from sala.services.immigration import declarations
from sala.services.immigration.models import ImmigrationRecord, Warrant
from sala.services.immigration.rules import name_key
from tests.factories import actor_for, make_account, make_officer
from tests.services.immigration.test_tm47 import ZAW

pytestmark = pytest.mark.usefixtures("offices")
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
SAMUT_SAKHON, PHUKET = 74, 83


@pytest.fixture
def tm47(offices: dict[int, int]) -> Iterator[Loaded]:
    with clock.frozen(NOON):
        yield catalogue.publish(declarations.read("tm47.yaml"), by=system("test"))


@pytest.fixture
def zaw() -> Actor:
    return actor_for(make_account())


def officer(province: int, offices: dict[int, int], role: str = "officer") -> Actor:
    return actor_for(make_officer(Office.objects.get(id=offices[province]), role=role))


def record(**changed: Any) -> None:
    known = {
        "passport_no": "MB123456", "nationality": "MMR", "given_name": "ZAW MIN", "birth_date": "1990-04-12",
        "arrived_on": "2026-08-28", "permitted_until": "2027-08-27",
    }  # fmt: skip
    ImmigrationRecord.objects.create(**{**known, **changed})


def report(tm47: Loaded, by: Actor, answers: dict[str, Any] = ZAW) -> Filed:
    filed = filing.file(service=tm47, answers=answers, by=by, language="en", channel="web")
    checking.run(reference=filed.reference)
    return filed


def entered(day: date) -> dict[str, Any]:
    answers = copy.deepcopy(ZAW)
    answers["arrival"]["arrived_on"] = day.isoformat()
    return answers


@pytest.mark.requirement("R-001.27")
def test_a_report_goes_to_the_office_of_the_province_of_residence(
    tm47: Loaded, zaw: Actor, offices: dict[int, int]
) -> None:
    filed = report(tm47, zaw)
    assert queries.case_for_officer(reference=filed.reference, by=officer(SAMUT_SAKHON, offices))
    with pytest.raises(NotFound):
        queries.case_for_officer(reference=filed.reference, by=officer(PHUKET, offices))


@pytest.mark.requirement("R-001.16", "R-001.17", "R-001.18")
@pytest.mark.parametrize(("days_before", "outcome"), [(16, "early"), (15, "open"), (0, "open"), (-1, "late")])
def test_the_window_is_fifteen_days_and_the_due_date(tm47: Loaded, zaw: Actor, days_before: int, outcome: str) -> None:
    answers = entered(clock.today() + timedelta(days=days_before - 89))
    if outcome == "early":
        with pytest.raises(TooEarly):
            report(tm47, zaw, answers)
    else:
        filed = report(tm47, zaw, answers)
        assert filed.late == (outcome == "late")
        assert filed.due_on == clock.today() + timedelta(days=days_before)


@pytest.mark.requirement("R-001.26")
def test_the_result_is_promised_for_the_third_day_to_the_hour(tm47: Loaded, zaw: Actor) -> None:
    assert report(tm47, zaw).due_at == NOON + timedelta(days=3)


@pytest.mark.requirement("R-001.33", "R-001.34", "R-001.35", "R-001.36", "R-001.39")
@pytest.mark.parametrize("why", ["overstay", "warrant", "abnormal"])
def test_a_report_is_held_out_of_sight_of_the_applicant_and_of_other_officers(
    tm47: Loaded, zaw: Actor, offices: dict[int, int], why: str
) -> None:
    ended = {"permitted_until": "2026-11-21"} if why == "overstay" else {}
    other = {"birth_date": "1991-04-12"} if why == "abnormal" else {}
    record(**ended, **other)
    if why == "warrant":
        Warrant.objects.create(number="1", passport_no="MB123456", given_name="X", name_key="x", issued_on="2026-01-01")
    filed = report(tm47, zaw)
    case = queries.case_for_applicant(reference=filed.reference, by=zaw)
    assert case.state == "submitted"
    assert {event.type for event in queries.history(case, public_only=True)} == {"submitted"}
    with pytest.raises(NotFound):
        queries.case_for_officer(reference=filed.reference, by=officer(SAMUT_SAKHON, offices))
    senior = officer(SAMUT_SAKHON, offices, role="senior")
    seen = queries.dossier(queries.case_for_officer(reference=filed.reference, by=senior), by=senior)
    assert [hold.checks for hold in seen.holds] == [[why]]


@pytest.mark.requirement("R-001.36")
def test_what_the_warrant_register_says_is_for_those_who_see_holds(
    tm47: Loaded, zaw: Actor, offices: dict[int, int]
) -> None:
    record()
    Warrant.objects.create(number="1", given_name="ZAW MIN", name_key=name_key("Zaw Min"), issued_on="2026-01-01")
    filed = report(tm47, zaw)
    for role, registers in (("officer", {"record"}), ("senior", {"record", "warrant"})):
        who = officer(SAMUT_SAKHON, offices, role=role)
        seen = queries.dossier(queries.case_for_officer(reference=filed.reference, by=who), by=who)
        assert set(seen.facts) == registers
        assert ("namesake" in {check.check_id for check in seen.checks}) == (role == "senior")


@pytest.mark.requirement("R-001.39")
def test_registers_that_are_down_keep_nobody_out(tm47: Loaded, zaw: Actor, settings: Settings) -> None:
    settings.IMMIGRATION_REGISTER_URL = "http://127.0.0.1:9"
    filed = filing.file(service=tm47, answers=ZAW, by=zaw, language="en", channel="web")
    with pytest.raises(checking.RegisterOutOfReach):
        checking.run(reference=filed.reference)
    case = queries.case_for_applicant(reference=filed.reference, by=zaw)
    assert (case.state, case.held) == ("submitted", False)


@pytest.mark.requirement("R-001.8")
def test_after_a_positive_result_the_next_is_due_ninety_days_after_the_filing(
    tm47: Loaded, zaw: Actor, offices: dict[int, int]
) -> None:
    filed = report(tm47, zaw)
    with clock.frozen(NOON + timedelta(days=2)):
        case = decisions.approve(reference=filed.reference, by=officer(SAMUT_SAKHON, offices))
    assert case.next_due_on == date(2026, 11, 22) + timedelta(days=90)


@pytest.mark.requirement("R-001.38")
def test_the_next_report_is_filled_in_but_for_the_signature(tm47: Loaded, zaw: Actor, offices: dict[int, int]) -> None:
    decisions.approve(reference=report(tm47, zaw).reference, by=officer(SAMUT_SAKHON, offices))
    with clock.frozen(NOON + timedelta(days=80)):
        draft = drafts.start(service=tm47, language="en", by=zaw)
    held = contents.read(draft.content)
    (person,) = held.entries["people"]
    assert person.answers["previous"] | {"reported": True, "reported_on": "2026-11-22"} == person.answers["previous"]
    assert {**held.answers, **person.answers}.keys() == ZAW.keys() - {"declaration"}
    assert held.answers["stay"] == ZAW["stay"]


@pytest.mark.requirement("R-001.38")
def test_a_report_that_was_not_approved_is_no_last_report(tm47: Loaded, zaw: Actor, offices: dict[int, int]) -> None:
    filed = report(tm47, zaw)
    decisions.refuse(reference=filed.reference, reason="duplicate", by=officer(SAMUT_SAKHON, offices))
    draft = drafts.start(service=tm47, language="en", by=zaw)
    (person,) = contents.read(draft.content).entries["people"]
    assert "previous" not in person.answers
    assert person.answers["passport"] == ZAW["passport"]
