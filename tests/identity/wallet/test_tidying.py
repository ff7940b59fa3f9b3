"""What of the wallet goes, and when."""

from __future__ import annotations

import pytest

from sala.identity.accounts.services import Browser
from sala.identity.wallet import approvals, devices, pins, rules, tasks, tidying
from sala.identity.wallet.models import Approval, Device
from sala.kit import clock
from sala.web import wiring
from tests.factories import actor_for, make_account
from tests.identity.wallet.asking import asked_ciba, asked_in_browser
from tests.identity.wallet.push_service import Browser as Subscriber

pytestmark = pytest.mark.django_db


def test_codes_that_nobody_scanned_go_the_same_night_and_the_history_after_its_time() -> None:
    ada = actor_for(make_account())
    asked_in_browser()
    kept = asked_ciba(ada)
    assert tidying.tidy() == 0
    with clock.frozen(clock.now() + rules.APPROVAL_AGE * 3):
        assert tidying.tidy() == 1
    assert Approval.objects.get().id == kept.id
    with clock.frozen(kept.expires_at + rules.KEPT):
        assert tidying.tidy() == 0
    with clock.frozen(kept.expires_at + rules.KEPT * 1.01):
        assert tidying.tidy() == 1


def test_a_closed_account_is_told_nothing_and_confirms_nothing() -> None:
    ada = actor_for(make_account())
    pins.choose(pin="480275", by=ada, browser=Browser())
    to = Subscriber().at("https://push.example.org/x")
    devices.add(name="x", endpoint=to.endpoint, p256dh=to.p256dh, auth=to.auth, by=ada)
    answered = asked_ciba(ada)
    approvals.decline(approval_id=answered.id, by=ada)
    asked_ciba(ada)
    assert "wallet.forget_account" in wiring.HEARERS["account.closed"]
    for _ in range(2):
        tasks.forget_account({"account": str(ada.account_id)})
    assert pins.standing(by=ada) == "none"
    assert not Device.objects.exists()
    assert Approval.objects.get().id == answered.id
