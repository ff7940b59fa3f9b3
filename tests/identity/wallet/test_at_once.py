"""Two at the same moment, on connections of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from sala.identity.accounts.actor import Actor
from sala.identity.wallet import approvals, rules
from sala.identity.wallet.approvals import Answer
from sala.identity.wallet.models import Approval
from sala.identity.wallet.rules import State
from sala.kit.errors import Conflict, NotFound, SalaError
from tests.factories import actor_for, make_account
from tests.identity.wallet.asking import BROWSER, PASSKEY, asked_ciba, asked_in_browser, wrong

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do these at the same moment: what each gave, or the code of its refusal."""
    start = Barrier(len(acts))

    def one(act: Callable[[], object]) -> object:
        try:
            start.wait(timeout=10)
            return act()
        except SalaError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def people(number: int) -> Sequence[Actor]:
    return [actor_for(make_account()) for _ in range(number)]


def test_of_many_phones_that_scan_one_code_one_has_it() -> None:
    asked = asked_in_browser()
    phones = people(6)

    def scan(by: Actor) -> Callable[[], object]:
        return lambda: approvals.opened(token=asked.token, by=by)

    outcomes = Counter(str(outcome) for outcome in at_once(*map(scan, phones)))
    assert outcomes == {str(asked.id): 1, "conflict": 5}


def test_of_yes_and_no_at_once_the_no_stands() -> None:
    (ada,) = people(1)
    for _ in range(8):
        asked = asked_in_browser()
        approvals.opened(token=asked.token, by=ada)
        yes, no = at_once(
            lambda: approvals.approve(approval_id=asked.id, agreed=[], methods=["pwd"], by=ada),  # noqa: B023
            lambda: approvals.decline(approval_id=asked.id, by=ada),  # noqa: B023
        )
        assert no is None
        assert yes in {approvals.code_of(asked.id), "conflict"}
        assert approvals.state(asked.id, browser=BROWSER) is State.DECLINED


def test_a_code_redeemed_at_once_gives_one_answer() -> None:
    (ada,) = people(1)
    asked = asked_in_browser()
    approvals.opened(token=asked.token, by=ada)
    code = approvals.approve(approval_id=asked.id, agreed=[], methods=["pwd"], by=ada)
    outcomes = at_once(*[lambda: approvals.redeem(approval_id=asked.id, browser=BROWSER, code=code)] * 6)
    assert sum(isinstance(outcome, Answer) for outcome in outcomes) == 1
    assert outcomes.count("not_found") == 5


def test_codes_guessed_at_once_get_no_more_tries() -> None:
    (ada,) = people(1)
    asked = asked_in_browser()
    approvals.opened(token=asked.token, by=ada)
    code = approvals.approve(approval_id=asked.id, agreed=[], methods=["pwd"], by=ada)
    guess = wrong(code)
    outcomes = at_once(*[lambda: approvals.redeem(approval_id=asked.id, browser=BROWSER, code=guess)] * 8)
    assert Counter(outcomes) == {"invalid": rules.CODE_TRIES, "not_found": 8 - rules.CODE_TRIES}


def test_who_polls_at_once_gets_one_answer() -> None:
    (ada,) = people(1)
    asked = asked_ciba(ada)
    approvals.approve(approval_id=asked.id, agreed=[], methods=PASSKEY, by=ada)
    outcomes = at_once(*[lambda: approvals.take(asked.id)] * 6)
    assert sum(isinstance(outcome, Answer) for outcome in outcomes) == 1
    assert outcomes.count(State.USED) == 5


def test_a_new_code_and_a_scan_of_the_old_at_once_leave_one_person() -> None:
    ada, grace = people(2)
    for _ in range(8):
        asked = asked_in_browser()
        renewed, scanned = at_once(
            lambda: approvals.renew(approval_id=asked.id, browser=BROWSER),  # noqa: B023
            lambda: approvals.opened(token=asked.token, by=ada),  # noqa: B023
        )
        assert scanned == asked.id  # a scan is never lost to a code that changes
        for token in {asked.token, renewed} - {"not_found"}:
            with pytest.raises((Conflict, NotFound)):
                approvals.opened(token=token, by=grace)


def test_an_account_is_not_flooded_at_once() -> None:
    (ada,) = people(1)
    outcomes = at_once(*[lambda: asked_ciba(ada)] * 8)
    assert outcomes.count("too_many") == 8 - rules.WAITING_MAX
    assert Approval.objects.count() == rules.WAITING_MAX
