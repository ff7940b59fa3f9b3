"""Two at the same moment, on connections of their own: one wins, nothing is done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from sala.identity.accounts import links, passkeys, services
from sala.identity.accounts.links import Purpose
from sala.identity.accounts.models import Account, ApiToken, OneTimeLink, Passkey, Session, SignInFailures
from sala.identity.accounts.services import Browser
from sala.kit import ratelimit
from sala.kit.errors import SalaError
from sala.kit.models import OutboxEvent
from tests.factories import actor_for, make_account
from tests.identity.accounts.authenticator import Authenticator

pytestmark = pytest.mark.django_db(transaction=True)

TYPED = {"given_name": "Grace", "surname": "Hopper", "phone": "0812345678", "email": "grace@example.org"}
GOOD = "three quiet green buffaloes"


def at_once(act: Callable[[], object], times: int = 4) -> Counter[str]:
    """Do it so often at the same moment; how often it went well ("done") or was refused (the refusal's code)."""
    start = Barrier(times)

    def one(_: int) -> str:
        try:
            start.wait(timeout=10)
            act()
        except SalaError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(times) as pool:
        return Counter(pool.map(one, range(times)))


def token_of(purpose: Purpose) -> str:
    return links.token_of(OneTimeLink.objects.get(purpose=purpose).id)


def test_a_registrations_link_used_at_once_makes_one_account() -> None:
    services.register(typed=TYPED, language="en")
    token = token_of(Purpose.REGISTER)
    outcomes = at_once(lambda: services.open_account(token=token, password=GOOD, browser=Browser()))
    assert outcomes == {"done": 1, "link_gone": 3}
    assert (Account.objects.count(), Session.objects.count()) == (1, 1)


def test_two_links_of_one_address_used_at_once_make_one_account() -> None:
    payload = {"given_name": "Grace", "surname": "Hopper", "phone": "+66812345678", "language": "en"}
    tokens = [
        links.token_of(links.issue(Purpose.REGISTER, email=email, payload=payload).id)
        for email in ("grace@example.org", "Grace@Example.org")
    ]
    queue = list(tokens)
    outcomes = at_once(lambda: services.open_account(token=queue.pop(), password=GOOD, browser=Browser()), 2)
    assert outcomes == {"done": 1, "link_gone": 1}
    assert Account.objects.count() == 1


def test_a_registration_sent_at_once_writes_one_letter() -> None:
    assert at_once(lambda: services.register(typed=TYPED, language="en")) == {"done": 4}
    assert OneTimeLink.objects.count() == OutboxEvent.objects.filter(topic="account.letter").count() == 1


def test_a_reset_link_used_at_once_sets_one_password() -> None:
    make_account("ada@example.org")
    services.forgot(email="ada@example.org", language="en")
    token = token_of(Purpose.RESET_PASSWORD)
    outcomes = at_once(lambda: services.reset_password(token=token, password=GOOD, browser=Browser()))
    assert outcomes == {"done": 1, "link_gone": 3}
    assert Session.objects.filter(ended_at=None).count() == 1


def test_guessing_at_once_gets_no_more_tries() -> None:
    make_account("ada@example.org")
    outcomes = at_once(lambda: services.sign_in(email="ada@example.org", password="wrong", browser=Browser()), 14)
    assert outcomes == {"invalid": 9, "locked": 5}
    assert SignInFailures.objects.get().count == 11


def test_a_limit_holds_at_once() -> None:
    assert at_once(lambda: ratelimit.hit("door", 3, 3600), 8) == {"done": 3, "too_many": 5}


def test_an_answer_of_a_passkey_sent_at_once_opens_one_session() -> None:
    ada = actor_for(make_account("ada@example.org"))
    device = Authenticator(passkeys.site().origin)
    ceremony = passkeys.to_add(by=ada)
    passkeys.add(name="x", credential=device.create(ceremony.options), state=ceremony.state, by=ada)
    ceremony = passkeys.to_sign_in()
    device.count = -1
    answer = device.get(ceremony.options)
    outcomes = at_once(lambda: passkeys.sign_in(credential=answer, state=ceremony.state, browser=Browser()))
    assert outcomes == {"done": 1, "invalid": 3}
    assert Session.objects.count() == 2


def test_a_passkey_added_at_once_is_there_once() -> None:
    ada = actor_for(make_account("ada@example.org"))
    ceremony = passkeys.to_add(by=ada)
    answer = Authenticator(passkeys.site().origin).create(ceremony.options)
    outcomes = at_once(lambda: passkeys.add(name="x", credential=answer, state=ceremony.state, by=ada))
    assert outcomes == {"done": 4}
    assert Passkey.objects.count() == 1


def test_the_most_tokens_are_the_most_at_once() -> None:
    ada = actor_for(make_account("ada@example.org"))
    assert ada.account_id

    def issue() -> None:
        assert ada.account_id
        services.issue_token(account_id=ada.account_id, name="x", scopes=["cases:read"], by=ada)

    for _ in range(19):
        issue()
    assert at_once(issue) == {"done": 1, "conflict": 3}
    assert ApiToken.objects.count() == 20
