"""What two people do at the same moment, on real connections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from sala.engine.cases import decisions, filing, services
from sala.engine.cases.filing import AlreadyAnsweredError, Filed, Once
from sala.engine.cases.models import Case, CaseEvent
from sala.identity.accounts.actor import Actor
from sala.kit import clock
from sala.kit.errors import Conflict
from sala.kit.idempotency import Kept, Key
from tests.engine.cases.conftest import NOW, File

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run all at the same moment, each on its own connection; results or exceptions, in order."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=10)
            with clock.frozen(NOW):
                return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_officers_claim_at_once_and_one_wins(file: File, officer_at: Callable[..., Actor]) -> None:
    reference, officers = file().reference, [officer_at() for _ in range(4)]
    results = at_once(*[lambda o=o: services.claim(reference=reference, by=o) for o in officers])
    assert sum(isinstance(result, Case) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 3


def test_two_officers_decide_at_once_and_the_other_is_told(file: File, officer_at: Callable[..., Actor]) -> None:
    reference, one, other = file().reference, officer_at(), officer_at()
    results = at_once(
        lambda: decisions.approve(reference=reference, by=one),
        lambda: decisions.refuse(reference=reference, reason="not_yours", by=other),
    )
    told = [result for result in results if isinstance(result, Conflict)]
    assert len(told) == 1
    assert "already" in told[0].message.en
    assert CaseEvent.objects.filter(type__in=["approved", "refused"]).count() == 1


def test_one_idempotency_key_on_many_connections_files_one_case(
    file: File, permit: object, answers: dict[str, object], applicant: Actor
) -> None:
    def respond(filed: Filed) -> Kept:
        return Kept(201, {}, filed.reference)

    def act() -> Filed:
        once = Once(Key(applicant.label, "same", b"same"), respond)
        return filing.file(service=permit, answers=answers, by=applicant, language="en", channel="api", once=once)

    results = at_once(*[act] * 6)
    assert sum(isinstance(result, Filed) for result in results) == 1
    assert sum(isinstance(result, AlreadyAnsweredError) for result in results) == 5
    assert Case.objects.count() == 1
