"""The register's word on a life, and what signs in by it: tokens, sessions, credentials, the account's name."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import connections
from django.test import Client as Browser

from sala.identity.accounts import letters, links
from sala.identity.accounts.models import Account, ApiToken, OneTimeLink, Passkey, Session
from sala.identity.people import queries as people
from sala.identity.people import rules
from sala.identity.people import services as keeping
from sala.identity.people.models import Ial
from sala.identity.provider.models import Consent, Grant
from sala.kit import clock
from tests.hearing import hear, told
from tests.identity.provider.conftest import BY, INTROSPECT, USERINFO, Rp
from tests.waiting import until

PID = rules.invented_pid(7)
DIED = {"died_on": date(2026, 11, 1)}
RENOUNCED = {"nationality": "JPN"}


def amend(**changes: Any) -> people.PersonCard:
    return keeping.amend(pid=PID, changes=changes, by=BY, reason="Told")


def userinfo(token: str) -> int:
    return int(Browser().get(USERINFO, headers={"Authorization": f"Bearer {token}"}).status_code)


def active(rp: Rp, token: str) -> bool:
    return bool(rp.post(INTROSPECT, token=token).json()["active"])


@pytest.mark.django_db
@pytest.mark.requirement("R-004.13")
@pytest.mark.parametrize("changes", [DIED, RENOUNCED])
def test_a_token_of_the_dead_stops_at_once_before_anybody_has_heard(
    rp: Rp, signed_in: Callable[..., dict[str, Any]], changes: dict[str, Any]
) -> None:
    tokens = signed_in()
    assert (userinfo(tokens["access_token"]), active(rp, tokens["access_token"])) == (200, True)
    amend(**changes)
    assert userinfo(tokens["access_token"]) == 401
    assert not active(rp, tokens["access_token"])
    assert not active(rp, tokens["refresh_token"])
    refused = rp.refresh(tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.django_db
@pytest.mark.requirement("R-004.13")
@pytest.mark.parametrize(("changes", "topic"), [(DIED, "person.died"), (RENOUNCED, "person.renounced")])
def test_sessions_credentials_and_consents_go(
    signed_in: Callable[..., dict[str, Any]], browser: Browser, citizen: Account, *, changes: dict[str, Any], topic: str
) -> None:
    signed_in()
    now = clock.now()
    Passkey.objects.create(account=citizen, credential_id=b"1", public_key=b"2", name="Phone")
    ApiToken.objects.create(account=citizen, token_hash=b"3", name="x", scopes=[], expires_at=now)
    assert browser.get("/account/").status_code == 200
    amend(**changes)
    for _ in range(2):
        assert hear(topic) == 1
    assert browser.get("/account/").status_code == 302
    assert not Session.objects.filter(account=citizen, ended_at=None).exists()
    assert not Passkey.objects.filter(account=citizen).exists()
    assert not ApiToken.objects.filter(account=citizen, revoked_at=None).exists()
    assert not Consent.objects.filter(account=citizen).exists()
    assert not Grant.objects.filter(account=citizen, revoked_at=None).exists()
    citizen.refresh_from_db()
    assert citizen.has_usable_password() is (topic == "person.renounced")
    assert bool(citizen.rests_since) is (topic == "person.died")


@pytest.mark.django_db
def test_no_letter_of_the_account_goes_to_the_dead_until_the_death_is_taken_back(citizen: Account) -> None:
    def letter() -> dict[str, Any] | None:
        link = links.issue(OneTimeLink.Purpose.RESET_PASSWORD, email=citizen.email, account=citizen)
        about = {"kind": "reset_password", "id": str(link.id)}
        both = [
            letters.letter_for(about | {"link": str(link.id)}),
            letters.letter_for(about | {"account": str(citizen.id)}),
        ]
        assert bool(both[0]) is bool(both[1])
        return both[0]

    assert letter()
    amend(**DIED)
    hear("person.died")
    assert letter() is None
    amend(died_on=None)
    assert hear("person.restored") == 1
    assert letter()
    assert people.of_account(citizen.id) is None  # whose account it is, is proven anew
    keeping.link(account=citizen.id, pid=PID, ial=Ial.FACE, by=BY)
    assert people.of_account(citizen.id)


@pytest.mark.django_db
def test_what_is_told_are_keys_and_names_of_fields(citizen: Account) -> None:
    amend(**DIED)
    amend(died_on=date(2026, 10, 31))
    amend(died_on=None)
    amend(given_name_th="สมหมาย")  # nobody's account any more: nobody here knows them
    assert [fact["change"] for fact in told("person.died")] == [2, 3]
    assert [fact["change"] for fact in told("person.restored")] == [4]
    assert [fact["change"] for fact in told("person.changed")] == [2, 3, 4]
    (fact,) = told("person.restored")
    assert fact == {"person": fact["person"], "fields": ["died_on"], "account": str(citizen.id), "change": 4}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "changes", "name"),
    [
        (("สมชาย", "ใจดี"), {"given_name_th": "สมหมาย", "family_name_th": "มั่นคง"}, "สมหมาย มั่นคง"),
        (("Somchai", "Jaidee"), {"family_name_en": "Mankhong"}, "Somchai Mankhong"),
        (("Somchai", "Jaidee"), {"middle_name_en": "Lek"}, "Somchai Lek Jaidee"),
        (("Somchai", "Jaidee"), {"family_name_th": "มั่นคง"}, "Somchai Jaidee"),
        (("Noi", "Jaidee"), {"card_number": "9", "card_issued_on": date(2026, 1, 1),
                             "card_expires_on": date(2026, 1, 2)}, "Noi Jaidee"),
    ],
)  # fmt: skip
def test_an_account_bears_the_new_name_and_claims_say_it_at_once(
    rp: Rp, signed_in: Callable[..., dict[str, Any]], citizen: Account, *, written: Any, changes: Any, name: str
) -> None:
    tokens = signed_in()
    Account.objects.filter(id=citizen.id).update(given_name=written[0], surname=written[1])
    card = amend(**changes)
    claims = Browser().get(USERINFO, headers={"Authorization": f"Bearer {tokens['access_token']}"}).json()
    assert claims["given_name"] == card.given_name_th
    for _ in range(2):
        assert hear("person.changed") == 1
    citizen.refresh_from_db()
    assert f"{citizen.given_name} {citizen.surname}" == name


@pytest.mark.django_db(transaction=True)
def test_a_token_that_is_issued_while_a_death_is_recorded_is_worth_nothing_after(
    rp: Rp, signed_in: Callable[..., dict[str, Any]]
) -> None:
    """Refreshed again and again on a connection of its own; the death comes in between, on another."""
    refresh, issued = signed_in()["refresh_token"], list[str]()
    begun = clock.now()

    def refreshing(token: str) -> None:
        try:
            while (clock.now() - begun).total_seconds() < 20:
                answer = rp.refresh(token)
                if answer.status_code != 200:
                    return
                token = answer.json()["refresh_token"]
                issued.append(answer.json()["access_token"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(refreshing, refresh)
        until(lambda: len(issued) >= 5)
        amend(**DIED)
        running.result(timeout=20)
    assert len(issued) >= 5
    assert not any(active(rp, token) for token in issued)
    assert {userinfo(token) for token in issued[-3:]} == {401}
