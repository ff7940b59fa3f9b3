"""The auditor's page of a case."""

from __future__ import annotations

import pytest
from django.urls import reverse

from sala.engine.cases import services
from sala.engine.cases.models import CaseEvent
from tests.engine.desk.conftest import BANGKOK, SAMUT_SAKHON, File, Staff

pytestmark = pytest.mark.django_db


def test_who_looked_and_who_did_what(file: File, staff: Staff) -> None:
    reference, officer, auditor = file().reference, staff(given_name="Malee", surname="Dee"), staff("auditor")
    officer.read(reverse("desk:case", args=[reference]))
    services.claim(reference=reference, by=officer.actor)
    page = auditor.read(reverse("desk:audit", args=[reference]))
    assert page.count("Malee Dee") == 2
    assert "Looked at the case" in page
    assert "Took the case" in page
    assert auditor.name in page, "the auditor's own look is there too"
    assert "The history is as it was written" in page


def test_an_altered_history_is_told(file: File, staff: Staff) -> None:
    reference, officer = file().reference, staff()
    services.claim(reference=reference, by=officer.actor)
    CaseEvent.objects.filter(number=2).update(actor="account:somebody-else")
    page = staff("auditor").read(reverse("desk:audit", args=[reference]))
    assert "The history was altered" in page
    assert "Event 2 does not fit" in page


@pytest.mark.parametrize(
    ("role", "province", "status"),
    [
        ("auditor", SAMUT_SAKHON, 200), ("auditor", None, 200), ("auditor", BANGKOK, 404),
        ("officer", SAMUT_SAKHON, 404), ("senior", SAMUT_SAKHON, 404), ("manager", SAMUT_SAKHON, 404),
    ],
)  # fmt: skip
def test_the_audit_is_for_auditors(file: File, staff: Staff, role: str, province: int | None, status: int) -> None:
    assert staff(role, province).get(reverse("desk:audit", args=[file().reference])).status_code == status
