"""Consents: taken back claim by claim, at once also for tokens that exist; refusals remembered until asked again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from sala.identity.accounts.models import Account
from sala.identity.provider import withdrawing
from sala.identity.provider.models import Consent
from sala.kit.errors import NotFound
from tests.factories import actor_for, client_for, make_account
from tests.identity.mydata.test_held import text
from tests.identity.provider.conftest import USERINFO, Rp, begin, onward

pytestmark = pytest.mark.django_db
PAGE = "/account/connected/"
Tokens = Callable[..., dict[str, Any]]


def told(token: str) -> set[str]:
    return set(Client().get(USERINFO, headers={"Authorization": f"Bearer {token}"}).json())


def test_one_claim_is_taken_back_and_the_token_tells_it_no_more(
    browser: Client, citizen: Account, rp: Rp, signed_in: Tokens
) -> None:
    tokens = signed_in()
    assert told(tokens["access_token"]) == {"sub", "pid", "given_name", "birthdate"}
    take_back = f"{PAGE}{rp.id}/birthdate/take-back/"
    assert take_back in browser.get(PAGE).content.decode()
    for _ in range(2):
        done = browser.post(take_back)
        assert done.status_code == 303
        assert "notification-banner--success" in browser.get(done["Location"]).content.decode()
    assert told(tokens["access_token"]) == {"sub", "pid", "given_name"}
    fresh = rp.refresh(tokens["refresh_token"]).json()
    assert told(fresh["access_token"]) == {"sub", "pid", "given_name"}
    # The next sign-in passes without a page, and without the claim: the refusal is remembered.
    assert "code=" in onward(browser.get("/api/v2/oauth2/auth/", rp.request()))
    assert Consent.objects.get(account=citizen).refused == ["birthdate"]
    # Asked again, it is asked again.
    shown = text(browser.get(f"{PAGE}?lang=en"))
    assert "Ask me again" in shown
    for _ in range(2):
        assert browser.post(f"{PAGE}{rp.id}/birthdate/ask-again/").status_code == 303
    assert "Your date of birth" in browser.get(begin(browser, rp)).content.decode()


def test_consents_of_others_cannot_be_touched(browser: Client, citizen: Account, rp: Rp, signed_in: Tokens) -> None:
    signed_in()
    stranger = client_for(make_account())
    assert stranger.post(f"{PAGE}{rp.id}/birthdate/take-back/").status_code == 404
    assert browser.post(f"{PAGE}{rp.id}/no-such/take-back/").status_code == 404
    with pytest.raises(NotFound):
        withdrawing.ask_again(client_id="unknown", scope="pid", by=actor_for(citizen))
    assert sorted(Consent.objects.get(account=citizen).agreed) == ["birthdate", "given_name", "pid"]
