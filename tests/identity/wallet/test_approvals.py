"""Approvals: asked once, scanned by one, answered by that one, used once."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.wallet import approvals, queries, rules
from sala.identity.wallet.approvals import Answer
from sala.identity.wallet.models import Approval
from sala.identity.wallet.rules import Kind, State
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from sala.kit.models import OutboxEvent
from tests.factories import actor_for, make_account
from tests.identity.wallet.asking import ASKING, BROWSER, PASSKEY, asked_ciba, asked_in_browser, wrong

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Actor:
    return actor_for(make_account("ada@example.org"))


@pytest.fixture
def eve() -> Actor:
    return actor_for(make_account("eve@example.org"))


def test_the_whole_way_of_a_qr_code(ada: Actor) -> None:
    asked = asked_in_browser()
    assert approvals.state(asked.id, browser=BROWSER) is State.WAITING
    assert approvals.opened(token=asked.token, by=ada) == asked.id
    assert approvals.state(asked.id, browser=BROWSER) is State.SCANNED
    code = approvals.approve(approval_id=asked.id, agreed=["name", "never asked"], methods=PASSKEY, by=ada)
    assert len(code) == 6
    assert approvals.state(asked.id, browser=BROWSER) is State.APPROVED
    answer = approvals.redeem(approval_id=asked.id, browser=BROWSER, code=f"{code[:3]} {code[3:]}")
    assert answer.account_id == ada.account_id
    assert answer.agreed == frozenset({"name"})
    assert set(answer.methods) == PASSKEY
    assert approvals.state(asked.id, browser=BROWSER) is State.USED


def test_a_code_in_thai_digits_is_the_code(ada: Actor) -> None:
    asked = asked_in_browser()
    approvals.opened(token=asked.token, by=ada)
    code = approvals.approve(approval_id=asked.id, agreed=[], methods=["pwd"], by=ada)
    thai = code.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    assert approvals.redeem(approval_id=asked.id, browser=BROWSER, code=thai).account_id == ada.account_id


def test_nothing_that_opens_anything_is_stored(ada: Actor) -> None:
    asked = asked_in_browser()
    approvals.opened(token=asked.token, by=ada)
    code = approvals.approve(approval_id=asked.id, agreed=[], methods=["pwd"], by=ada)
    row = str(Approval.objects.filter(id=asked.id).values_list().get())
    for secret in (asked.token, BROWSER, code):
        assert secret not in row


def test_the_first_who_scans_has_it_alone(ada: Actor, eve: Actor) -> None:
    asked = asked_in_browser()
    approvals.opened(token=asked.token, by=ada)
    assert approvals.opened(token=asked.token, by=ada) == asked.id
    with pytest.raises(Conflict):
        approvals.opened(token=asked.token, by=eve)
    with pytest.raises(NotFound):
        approvals.decline(approval_id=asked.id, by=eve)
    with pytest.raises(NotFound):
        approvals.approve(approval_id=asked.id, agreed=[], methods=["pwd"], by=eve)
    with pytest.raises(Conflict):
        approvals.claim(approval_id=asked.id, by=eve)


def test_nobody_who_is_not_signed_in_opens_it() -> None:
    with pytest.raises(NotFound):
        approvals.opened(token=asked_in_browser().token, by=ANONYMOUS)


def test_a_qr_code_ages_and_the_seen_one_can_be_claimed(ada: Actor) -> None:
    asked = asked_in_browser()
    assert approvals.seen(token=asked.token) == asked.id
    with clock.frozen(clock.now() + rules.SCAN_AGE):
        with pytest.raises(NotFound):
            approvals.opened(token=asked.token, by=ada)
        with pytest.raises(NotFound):
            approvals.seen(token=asked.token)
        assert approvals.claim(approval_id=asked.id, by=ada) == asked.id
    with clock.frozen(clock.now() + rules.APPROVAL_AGE), pytest.raises(NotFound):
        approvals.claim(approval_id=asked.id, by=ada)


def test_a_renewed_qr_code_lets_the_one_before_end_of_age(ada: Actor) -> None:
    began = clock.now()
    with clock.frozen(began):
        asked = asked_in_browser()
    with clock.frozen(began + timedelta(seconds=24)):
        token = approvals.renew(approval_id=asked.id, browser=BROWSER)
    with clock.frozen(began + rules.SCAN_AGE), pytest.raises(NotFound):
        approvals.opened(token=asked.token, by=ada)
    with clock.frozen(began + timedelta(seconds=44)):
        assert approvals.opened(token=token, by=ada) == asked.id
    with pytest.raises(NotFound):
        approvals.renew(approval_id=asked.id, browser=BROWSER)


def test_who_scans_as_the_qr_code_changes_is_let_in_but_nobody_besides(ada: Actor, eve: Actor) -> None:
    asked = asked_in_browser()
    token = approvals.renew(approval_id=asked.id, browser=BROWSER)
    assert approvals.opened(token=asked.token, by=ada) == asked.id
    for late in (token, asked.token):
        with pytest.raises(Conflict):
            approvals.opened(token=late, by=eve)


def test_another_browser_gets_nothing(ada: Actor) -> None:
    asked = asked_in_browser()
    assert approvals.state(asked.id, browser="another") is None
    assert approvals.state(asked.id) is None
    for browser in ("another", ""):
        with pytest.raises(NotFound):
            approvals.renew(approval_id=asked.id, browser=browser)
    approvals.opened(token=asked.token, by=ada)
    code = approvals.approve(approval_id=asked.id, agreed=[], methods=["pwd"], by=ada)
    for browser in ("another", ""):
        with pytest.raises(NotFound):
            approvals.redeem(approval_id=asked.id, browser=browser, code=code)
    assert approvals.take(asked.id) is State.USED  # never taken past the code
    assert approvals.redeem(approval_id=asked.id, browser=BROWSER, code=code)


def test_three_wrong_codes_make_it_void(ada: Actor) -> None:
    asked = asked_in_browser()
    approvals.opened(token=asked.token, by=ada)
    code = approvals.approve(approval_id=asked.id, agreed=[], methods=["pwd"], by=ada)
    for _ in range(rules.CODE_TRIES):
        with pytest.raises(Invalid):
            approvals.redeem(approval_id=asked.id, browser=BROWSER, code=wrong(code))
    with pytest.raises(NotFound):
        approvals.redeem(approval_id=asked.id, browser=BROWSER, code=code)
    assert approvals.state(asked.id, browser=BROWSER) is None
    tries = [entry.action for entry in audit.of_subject(ada.label) if entry.action.startswith("approval.")]
    assert tries == ["approval.wrong_code"] * 3 + ["approval.approved"]


def test_a_code_works_once_and_in_time(ada: Actor) -> None:
    asked = asked_in_browser()
    approvals.opened(token=asked.token, by=ada)
    code = approvals.approve(approval_id=asked.id, agreed=[], methods=["pwd"], by=ada)
    with clock.frozen(asked.expires_at), pytest.raises(NotFound):
        approvals.redeem(approval_id=asked.id, browser=BROWSER, code=code)
    approvals.redeem(approval_id=asked.id, browser=BROWSER, code=code)
    with pytest.raises(NotFound):
        approvals.redeem(approval_id=asked.id, browser=BROWSER, code=code)


def test_approving_again_shows_the_same_code_and_changes_nothing(ada: Actor) -> None:
    asked = asked_in_browser()
    approvals.opened(token=asked.token, by=ada)
    first = approvals.approve(approval_id=asked.id, agreed=["name"], methods=["pwd"], by=ada)
    assert approvals.approve(approval_id=asked.id, agreed=[], methods=PASSKEY, by=ada) == first
    assert Approval.objects.get(id=asked.id).agreed == ["name"]


def test_what_asks_for_a_passkey_takes_nothing_less(ada: Actor) -> None:
    asked = asked_ciba(ada, strong=True)
    for methods in ([], ["pwd"], ["pwd", "pin"], ["hwk"]):
        with pytest.raises(Forbidden):
            approvals.approve(approval_id=asked.id, agreed=[], methods=methods, by=ada)
    assert approvals.take(asked.id) is State.WAITING
    assert approvals.approve(approval_id=asked.id, agreed=[], methods=PASSKEY, by=ada) == ""


def test_declining_is_final_and_takes_back_a_yes(ada: Actor) -> None:
    asked = asked_in_browser()
    approvals.opened(token=asked.token, by=ada)
    code = approvals.approve(approval_id=asked.id, agreed=[], methods=["pwd"], by=ada)
    for _ in range(2):
        approvals.decline(approval_id=asked.id, by=ada)
    assert approvals.state(asked.id, browser=BROWSER) is State.DECLINED
    with pytest.raises(NotFound):
        approvals.redeem(approval_id=asked.id, browser=BROWSER, code=code)
    with pytest.raises(Conflict):
        approvals.approve(approval_id=asked.id, agreed=[], methods=["pwd"], by=ada)


def test_who_polls_gets_the_answer_once(ada: Actor) -> None:
    asked = asked_ciba(ada)
    assert approvals.take(asked.id) is State.WAITING
    approvals.opened(token=asked.token, by=ada)
    assert approvals.take(asked.id) is State.WAITING
    assert approvals.approve(approval_id=asked.id, agreed=["name"], methods=PASSKEY, by=ada) == ""
    answer = approvals.take(asked.id)
    assert isinstance(answer, Answer)
    assert answer.agreed == frozenset({"name"})
    assert approvals.take(asked.id) is State.USED
    with pytest.raises(Conflict):
        approvals.decline(approval_id=asked.id, by=ada)
    with clock.frozen(asked.expires_at):
        assert approvals.take(asked.id) is None
    assert approvals.take(uuid4()) is None


def test_who_polls_hears_of_a_no(ada: Actor) -> None:
    asked = asked_ciba(ada)
    approvals.decline(approval_id=asked.id, by=ada)
    assert approvals.take(asked.id) is State.DECLINED


def test_another_account_learns_nothing_of_what_is_asked_of_one(ada: Actor, eve: Actor) -> None:
    asked = asked_ciba(ada)
    with pytest.raises(NotFound):
        approvals.opened(token=asked.token, by=eve)
    with pytest.raises(NotFound):
        approvals.claim(approval_id=asked.id, by=eve)


def test_what_has_run_out_is_not_approved(ada: Actor) -> None:
    asked = asked_ciba(ada)
    with clock.frozen(asked.expires_at):
        with pytest.raises(Conflict):
            approvals.approve(approval_id=asked.id, agreed=[], methods=["pwd"], by=ada)
        approvals.decline(approval_id=asked.id, by=ada)  # nothing to decline any more
    assert approvals.take(asked.id) is State.WAITING


def test_an_account_is_not_flooded(ada: Actor, eve: Actor) -> None:
    for _ in range(rules.WAITING_MAX):
        asked_ciba(ada)
    with pytest.raises(TooMany):
        asked_ciba(ada)
    asked_ciba(eve)
    with clock.frozen(clock.now() + rules.APPROVAL_AGE):
        asked_ciba(ada)


def test_a_client_asks_so_often_an_hour(ada: Actor) -> None:
    start = clock.now()
    for number in range(rules.ASKS_MAX):
        with clock.frozen(start + timedelta(minutes=4 * number)):
            asked_ciba(ada)
    with clock.frozen(start + timedelta(minutes=58)), pytest.raises(TooMany):
        asked_ciba(ada)


def test_a_client_that_was_declined_thrice_is_quiet(ada: Actor, eve: Actor) -> None:
    for _ in range(rules.DECLINES_MAX):
        approvals.decline(approval_id=asked_ciba(ada).id, by=ada)
    with pytest.raises(TooMany):
        asked_ciba(ada)
    asked_ciba(ada, client="another")
    asked_ciba(eve)
    with clock.frozen(clock.now() + rules.QUIET):
        asked_ciba(ada)


def test_everybody_is_told_by_keys_alone(ada: Actor) -> None:
    asked = asked_ciba(ada)
    approvals.decline(approval_id=asked.id, by=ada)
    told = list(
        OutboxEvent.objects.filter(topic__startswith="approval.").order_by("id").values_list("topic", flat=True)
    )
    assert told == ["approval.asked", "approval.changed"]


def test_only_a_browser_brings_a_browsers_secret(ada: Actor) -> None:
    for kind, browser in ((Kind.BROWSER, ""), (Kind.CIBA, "x")):
        with pytest.raises(ValueError, match="secret"):
            approvals.ask(kind=kind, asking=ASKING, browser=browser)


def test_what_is_shown_is_what_was_asked(ada: Actor) -> None:
    asked = asked_ciba(ada)
    found = queries.one(asked.id, by=ada)
    assert found.asking == ASKING
