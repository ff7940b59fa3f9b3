from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from sala.engine.cases import journal
from sala.engine.cases.filing import AlreadyAnsweredError, Filed, Once, TooEarly
from sala.engine.cases.models import Case, CaseEvent
from sala.engine.cases.states import State
from sala.engine.dashboards.models import Delta
from sala.identity.accounts.actor import Actor
from sala.kit.errors import Invalid
from sala.kit.idempotency import Kept, Key
from sala.kit.models import OutboxEvent
from tests.engine.cases.conftest import NOW, SAMUT_SAKHON, File

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("R-001.10", "R-001.25", "R-001.26")
def test_filing_acknowledges_at_once_with_a_number_and_the_exact_hour(file: File) -> None:
    filed = file()
    assert filed.reference.startswith("PRM-")
    assert filed.due_at == NOW + timedelta(hours=72)
    case = Case.objects.get(reference=filed.reference)
    assert (case.state, case.due_at, case.applicant_name) == (State.SUBMITTED, filed.due_at, "Maria Silva")
    assert case.email == "maria@example.org"
    assert case.subject_key == "AB123456"


@pytest.mark.requirement("R-001.27")
def test_the_office_of_the_province_of_residence_gets_it(file: File, offices: dict[int, int]) -> None:
    case = Case.objects.get(reference=file().reference)
    assert (case.office_id, case.area) == (offices[SAMUT_SAKHON], SAMUT_SAKHON)


def test_event_outbox_and_counters_come_true_with_the_case(file: File, applicant: Actor) -> None:
    filed = file()
    event = CaseEvent.objects.get(case_id=filed.id)
    assert (event.number, event.type, event.actor, event.public) == (1, "submitted", applicant.label, True)
    assert journal.verify(filed.id) is None
    told = OutboxEvent.objects.get(topic="case.submitted")
    assert told.payload["reference"] == filed.reference
    assert list(Delta.objects.values_list("measure", "value")) == [("filed", 1)]


@pytest.mark.requirement("R-001.18")
def test_day_minus_16_is_too_early_and_files_nothing(file: File, answers: dict[str, Any]) -> None:
    answers["person"]["due"] = "2026-12-08"
    with pytest.raises(TooEarly) as refused:
        file()
    assert refused.value.window.first_day.isoformat() == "2026-11-23"
    assert "23 November 2026" in refused.value.message.en
    assert "23 พฤศจิกายน 2569" in refused.value.message.th
    assert not Case.objects.exists()


@pytest.mark.requirement("R-001.16", "R-001.17", "R-001.18", "R-001.39")
@pytest.mark.parametrize(("due", "late"), [("2026-12-07", False), ("2026-11-22", False), ("2026-11-21", True)])
def test_both_ends_of_the_window_are_in_time_and_the_day_after_is_accepted_as_late(
    file: File, answers: dict[str, Any], due: str, late: bool
) -> None:
    answers["person"]["due"] = due
    filed = file()
    assert filed.late is late
    assert Delta.objects.filter(measure="late").exists() is late


def test_faults_are_all_named_and_nothing_is_filed(file: File, answers: dict[str, Any]) -> None:
    answers["person"]["passport"] = "!"
    del answers["contact"]["email"]
    with pytest.raises(Invalid) as refused:
        file()
    assert {fault.field for fault in refused.value.faults} == {"person.passport", "contact.email"}
    assert not Case.objects.exists()


def test_an_idempotency_key_files_once(file: File, applicant: Actor) -> None:
    def once(fingerprint: bytes = b"same") -> Once:
        def respond(filed: Filed) -> Kept:
            return Kept(201, {}, filed.reference)

        return Once(Key(applicant.label, "key-1", fingerprint), respond)

    filed = file(once=once())
    with pytest.raises(AlreadyAnsweredError):
        file(once=once())
    assert [case.reference for case in Case.objects.all()] == [filed.reference]
    assert CaseEvent.objects.count() == OutboxEvent.objects.count() == Delta.objects.count() == 1


@pytest.mark.requirement("R-001.41")
@pytest.mark.parametrize("decided_by", ["system:rule", ""])
def test_the_database_itself_lets_no_rule_refuse(file: File, decided_by: str) -> None:
    filed = file()
    with pytest.raises(IntegrityError, match="case_refused_by_a_person"), transaction.atomic():
        Case.objects.filter(id=filed.id).update(
            state=State.REFUSED, decided_at=NOW, decided_by=decided_by, reason_code="not_yours"
        )


def test_a_history_that_was_tampered_with_shows(file: File) -> None:
    filed = file()
    with connection.cursor() as cursor:
        cursor.execute("update cases_caseevent set actor = 'account:somebody-else' where case_id = %s", [filed.id])
    assert journal.verify(filed.id) == 1
