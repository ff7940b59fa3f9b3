"""Signing in with a password: who is let in, who is kept out, and the way out of a lock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password

from sala.identity.accounts import services, sessions
from sala.identity.accounts.hashers import Argon2
from sala.identity.accounts.models import Account, SignInFailures
from sala.identity.accounts.services import Browser, Locked
from sala.kit import clock
from sala.kit.errors import Invalid, SalaError
from sala.kit.models import AuditEntry, RateCounter
from tests.factories import PASSWORD, make_account
from tests.identity.accounts.conftest import Letters, Statements, token_in

pytestmark = pytest.mark.django_db


def sign_in(email: str = "ada@example.org", password: str = PASSWORD, **browser: str) -> services.SignedIn:
    return services.sign_in(email=email, password=password, browser=Browser(**browser))


def fail(times: int, email: str = "ada@example.org", **browser: str) -> list[str]:
    """Wrong passwords in a row; the codes of the refusals."""
    codes = []
    for _ in range(times):
        with pytest.raises(SalaError) as refused:
            sign_in(email, "wrong password", **browser)
        codes.append(refused.value.code)
    return codes


@pytest.mark.requirement("R-001.15")
def test_the_right_password_signs_in() -> None:
    account = make_account("Ada@example.org")
    assert sign_in("ada@EXAMPLE.org").account_id == account.id
    account.refresh_from_db()
    assert account.last_login is not None


def test_a_wrong_one_does_not_and_is_audited() -> None:
    account = make_account("ada@example.org")
    with pytest.raises(Invalid) as refused:
        sign_in(password="wrong password")
    (fault,) = refused.value.faults
    assert fault.message.en == "The e-mail address or password is not correct"
    entry = AuditEntry.objects.get(action="account.sign_in_failed")
    assert (entry.subject, "ada@" in str(entry.detail)) == (f"account:{account.id}", False)


def test_a_stranger_learns_nothing_about_an_address(statements: Statements) -> None:
    make_account("ada@example.org")
    make_account("unset@example.org", password=make_password(None))
    emails = ("ada@example.org", "nobody@example.org", "unset@example.org")
    answers = [fail(12, email) for email in emails]
    assert answers[0] == answers[1] == answers[2]
    SignInFailures.objects.all().delete()
    RateCounter.objects.all().delete()
    for tries in range(12):  # the tenth locks and writes to the owner
        costs = [statements(lambda: sign_in(email, "wrong password")) for email in emails]  # noqa: B023
        assert costs[0] == costs[1] == costs[2], tries


def test_a_password_is_hashed_for_unknown_addresses_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """By count, not by clock: the hash is what takes the time."""
    make_account("ada@example.org")
    hashed: list[str] = []
    verify = Argon2.verify
    monkeypatch.setattr(Argon2, "verify", lambda self, *given: hashed.append(given[1]) or verify(self, *given))
    sessions._nobodys_password()  # noqa: SLF001 - made once a process
    for email in ("ada@example.org", "nobody@example.org"):
        hashed.clear()
        fail(1, email)
        assert len(hashed) == 1
        assert hashed[0].startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_ten_failures_lock_for_a_quarter_of_an_hour() -> None:
    make_account("ada@example.org")
    start = clock.now()
    with clock.frozen(start):
        assert fail(11) == ["invalid"] * 9 + ["locked"] * 2
        with pytest.raises(Locked) as locked:
            sign_in()
    assert locked.value.until == start + timedelta(minutes=15)
    with clock.frozen(start + timedelta(minutes=14, seconds=59)), pytest.raises(Locked):
        sign_in()
    with clock.frozen(start + timedelta(minutes=15)):
        sign_in()


def test_trying_on_does_not_make_a_lock_longer() -> None:
    make_account("ada@example.org")
    start = clock.now()
    with clock.frozen(start):
        fail(10)
    for minutes in range(1, 15):
        with clock.frozen(start + timedelta(minutes=minutes)):
            fail(3)
    with clock.frozen(start + timedelta(minutes=15)):
        sign_in()


def test_counting_starts_anew_after_a_success_and_after_a_rest() -> None:
    make_account("ada@example.org")
    start = clock.now()
    with clock.frozen(start):
        fail(9)
        sign_in()
        assert not SignInFailures.objects.exists()
        fail(9)
    with clock.frozen(start + timedelta(minutes=15)):
        assert fail(9) == ["invalid"] * 9


def test_the_way_out_of_a_lock_is_in_the_mailbox(letters: Letters) -> None:
    make_account("ada@example.org")
    fail(10)
    (letter,) = letters()
    assert (letter["kind"], letter["to"], letter["context"]["minutes"]) == ("locked", "ada@example.org", 15)
    services.reset_password(token=token_in(letter), password="three quiet green buffaloes", browser=Browser())
    sign_in(password="three quiet green buffaloes")


def test_nobody_is_written_to_about_a_locked_address_without_account(letters: Letters) -> None:
    fail(10, "nobody@example.org")
    assert letters() == []


def test_guessing_does_not_fill_the_owners_mailbox(letters: Letters) -> None:
    make_account("ada@example.org")
    start = clock.now()
    for rounds in range(5):
        with clock.frozen(start + timedelta(minutes=15 * rounds)):
            assert fail(10)[-1] == "locked"
    assert 2 <= len(letters()) <= 4  # two a day; the day may turn meanwhile


def test_a_stranger_cannot_lock_the_owner_out_of_a_browser_they_use() -> None:
    make_account("ada@example.org")
    known = sign_in().device
    fail(10)
    assert fail(1) == ["locked"]
    sign_in(device=known)
    assert fail(10, device=known)[-1] == "locked", "but guessing from it is counted too"


def test_a_device_is_known_for_its_own_address_alone() -> None:
    make_account("ada@example.org")
    make_account("mallory@example.org")
    fail(10)
    other = sign_in("mallory@example.org").device
    assert fail(1, device=other) == ["locked"]
    assert fail(1, device="x.forged") == ["locked"]


def test_a_network_that_tries_many_addresses_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "TRIES_A_NETWORK", 5)
    with clock.frozen(clock.now()):
        for number in range(5):
            assert fail(1, f"person{number}@example.org", address="203.0.113.9") == ["invalid"]
        assert fail(1, "another@example.org", address="203.0.113.9") == ["too_many"]
        assert fail(1, "another@example.org", address="203.0.113.10") == ["invalid"]


def test_a_hash_of_old_parameters_is_renewed() -> None:
    class Old(Argon2):
        memory_cost = 8_192

    account = make_account("ada@example.org", password=Old().encode(PASSWORD, "saltsaltsalt"))
    sign_in()
    assert "m=19456" in Account.objects.get(id=account.id).password
