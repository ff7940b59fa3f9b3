"""A request that is filed, or given up, with a visit is told of by the visit's letter: not by one more a person."""

from __future__ import annotations

import pytest

from sala.engine.cases import letters, services
from sala.engine.cases.models import Case
from sala.engine.catalogue.loaded import Loaded
from sala.engine.messages.models import Message
from sala.identity.accounts.actor import Actor
from tests.engine.cases.conftest import SAMUT_SAKHON, File
from tests.engine.cases.test_filing_with_a_visit import given, trial  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(file: File, given: dict[str, object], offices: dict[int, int]) -> Case:  # noqa: F811
    return Case.objects.get(reference=file(**given, office=offices[SAMUT_SAKHON]).reference)


def test_filing_with_a_visit_posts_no_second_letter(case: Case) -> None:
    letters.tell(reference=case.reference, event=1)
    assert not Message.objects.exists()


def test_giving_the_visit_up_posts_none_either(case: Case, applicant: Actor) -> None:
    services.withdraw_with_visit(cases=[case.id], by=applicant)
    letters.tell(reference=case.reference, event=2)
    assert Case.objects.get().state == "withdrawn"
    assert not Message.objects.exists()


def test_taking_the_request_back_alone_is_confirmed(case: Case, applicant: Actor, trial: Loaded) -> None:  # noqa: F811
    services.withdraw(reference=case.reference, by=applicant)
    letters.tell(reference=case.reference, event=2)
    assert [message.kind for message in Message.objects.all()] == ["case_withdrawn"]
