"""The PIN: not a trivial one, chosen by its owner alone, counted at every try."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.identity.accounts import passkeys
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.services import Browser
from sala.identity.wallet import letters, pins, rules
from sala.identity.wallet.models import Pin
from sala.kit import audit, clock
from sala.kit.errors import Invalid, TooMany
from sala.kit.models import OutboxEvent
from tests.factories import PASSWORD, actor_for, make_account
from tests.identity.accounts.authenticator import Authenticator
from tests.identity.wallet.test_at_once import at_once

GOOD = "480275"
LATER = timedelta(hours=1)
BROWSER = Browser()


@pytest.fixture
def ada(db: None) -> Actor:
    return actor_for(make_account("ada@example.org"))


@pytest.fixture
def hers(ada: Actor) -> Iterator[Actor]:
    """Ada, with a PIN, an hour after she signed in."""
    pins.choose(pin=GOOD, by=ada, browser=BROWSER)
    with clock.frozen(clock.now() + LATER):
        yield ada


def lock(by: Actor) -> None:
    for _ in range(rules.PIN_TRIES - 1):
        with pytest.raises(Invalid):
            pins.confirm(pin="000001", by=by)
    with pytest.raises(pins.PinLocked):
        pins.confirm(pin="000001", by=by)


@pytest.mark.parametrize(
    "pin",
    ["123456", "987654", "789012", "210987", "111111", "121212", "123123", "112233", "01011990", "010190", "900101",
     "01012533", "330101", "812345"],
)  # fmt: skip
def test_an_easy_pin_is_refused(pin: str) -> None:
    assert [fault.code for fault in rules.pin_faults(pin, birth=date(1990, 1, 1), phone="+66812345678")] == ["easy"]


@pytest.mark.parametrize("pin", ["", "12345", "1234567890123", "48027a", "４８０２７５"])
def test_what_is_no_pin_is_refused(pin: str) -> None:
    assert [fault.code for fault in rules.pin_faults(pin)] == ["not_a_pin"]


@given(st.from_regex(r"[0-9]{6,12}", fullmatch=True))
def test_a_pin_is_refused_only_for_a_reason(pin: str) -> None:
    """A run, a pattern of up to three digits, or a known favourite; anything else is somebody's own."""
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    pattern = any(all(pin[i] == pin[i % n] for i in range(len(pin))) for n in (1, 2, 3))
    easy = steps in ({1}, {9}) or pattern
    assert bool(rules.pin_faults(pin)) >= easy
    if rules.pin_faults(pin) and not easy:
        assert pin in rules._COMMON  # noqa: SLF001


def test_thai_digits_and_blanks_are_understood() -> None:
    assert rules.digits("๔๘๐ 275") == GOOD


def test_a_pin_is_chosen_and_confirms(ada: Actor) -> None:
    assert pins.standing(by=ada) == "none"
    pins.choose(pin=GOOD, by=ada, browser=BROWSER)
    assert pins.standing(by=ada) == "set"
    pins.confirm(pin="๔๘๐๒๗๕", by=ada)
    assert GOOD not in Pin.objects.get().hash
    assert "argon2id" in Pin.objects.get().hash


def test_another_installations_secret_makes_the_hash_worthless(ada: Actor, settings: pytest.FixtureRequest) -> None:
    pins.choose(pin=GOOD, by=ada, browser=BROWSER)
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    with pytest.raises(Invalid):
        pins.confirm(pin=GOOD, by=ada)


def test_after_a_while_the_password_is_asked(hers: Actor) -> None:
    for wrong in ("", "not the password"):
        with pytest.raises(Invalid) as refused:
            pins.choose(pin="573920", by=hers, browser=BROWSER, password=wrong)
        assert refused.value.faults[0].field == "current_password"
    pins.choose(pin="573920", by=hers, browser=BROWSER, password=PASSWORD)
    pins.confirm(pin="573920", by=hers)


def test_ten_wrong_ones_in_a_row_lock_it_even_for_the_right_one(hers: Actor) -> None:
    lock(hers)
    with pytest.raises(pins.PinLocked):
        pins.confirm(pin=GOOD, by=hers)
    assert pins.standing(by=hers) == "locked"
    assert Counter(entry.action for entry in audit.of_subject(hers.label))["pin.wrong"] == rules.PIN_TRIES


def test_from_the_third_wrong_one_on_is_told_how_many_are_left_and_what_opens_it(hers: Actor) -> None:
    said = []
    for _ in range(rules.PIN_TRIES - 1):
        with pytest.raises(Invalid) as refused:
            pins.confirm(pin="000001", by=hers)
        said.append(refused.value.faults[0].message)
    assert [text.en for text in said[:2]] == ["That PIN is not correct"] * 2
    for left, text in zip(range(7, 0, -1), said[2:], strict=True):
        assert f" {left} more {'time' if left == 1 else 'times'} before it is locked" in text.en
        assert f"อีก {left} ครั้งก่อน PIN ถูกระงับ" in text.th
        assert "passkey" in text.en
        assert "พาสคีย์" in text.th


def test_a_right_one_begins_the_count_anew(hers: Actor) -> None:
    for _ in range(2):
        for _ in range(rules.PIN_TRIES - 1):
            with pytest.raises(Invalid):
                pins.confirm(pin="000001", by=hers)
        pins.confirm(pin=GOOD, by=hers)


def test_right_ones_between_do_not_make_room_for_guesses_without_end(hers: Actor) -> None:
    for number in range(rules.PIN_TRIES_A_DAY):
        with contextlib.suppress(Invalid):
            pins.confirm(pin=GOOD if number % 5 == 0 else "000001", by=hers)
    with pytest.raises(TooMany):
        pins.confirm(pin=GOOD, by=hers)


def test_a_password_alone_does_not_open_a_locked_one(hers: Actor) -> None:
    lock(hers)
    with pytest.raises(pins.ProofNeeded):
        pins.choose(pin="573920", by=hers, browser=BROWSER, password=PASSWORD)


def test_the_letter_opens_a_locked_one_once_and_for_its_reader_alone(hers: Actor) -> None:
    lock(hers)
    event = OutboxEvent.objects.filter(topic="wallet.letter").order_by("-id")[0]
    told = event.payload if isinstance(event.payload, dict) else json.loads(event.payload)
    letter = letters.letter_for(told)
    assert letter
    assert letter["to"] == "ada@example.org"
    token = re.search(r"letter=([\w-]+)", letter["context"]["url"])
    assert token
    eve = actor_for(make_account("eve@example.org"))
    assert not pins.is_letter(token[1], by=eve)
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert not pins.is_letter(token[1], by=hers)
    pins.choose(pin="573920", by=hers, browser=BROWSER, letter=token[1])
    pins.confirm(pin="573920", by=hers)
    lock(hers)
    with pytest.raises(pins.ProofNeeded):
        pins.choose(pin="192847", by=hers, browser=BROWSER, letter=token[1])


def test_a_fresh_passkey_opens_a_locked_one(hers: Actor) -> None:
    device = Authenticator(passkeys.site().origin)
    ceremony = passkeys.to_add(by=hers)
    passkeys.add(name="x", credential=device.create(ceremony.options), state=ceremony.state, by=hers)
    lock(hers)
    ceremony = passkeys.to_confirm(by=hers)
    passkeys.confirm(credential=device.get(ceremony.options), state=ceremony.state, by=hers)
    pins.choose(pin="573920", by=hers, browser=BROWSER)
    pins.confirm(pin="573920", by=hers)


def test_the_owner_is_told(hers: Actor) -> None:
    lock(hers)
    payloads = [event.payload for event in OutboxEvent.objects.filter(topic="wallet.letter").order_by("id")]
    told = [payload if isinstance(payload, dict) else json.loads(payload) for payload in payloads]
    assert [one["kind"] for one in told] == ["pin_chosen", "pin_locked"]


def test_no_pin_takes_as_long_as_a_wrong_one(hers: Actor) -> None:
    eve = actor_for(make_account("eve@example.org"))

    def seconds(by: Actor) -> float:
        begun = time.process_time()
        with pytest.raises(Invalid):
            pins.confirm(pin="000001", by=by)
        return time.process_time() - begun

    seconds(eve)
    without, wrong = min(seconds(eve) for _ in range(3)), min(seconds(hers) for _ in range(3))
    assert 0.5 < without / wrong < 2


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_from_many_places_get_no_more_tries(transactional_db: None) -> None:
    ada = actor_for(make_account())
    pins.choose(pin=GOOD, by=ada, browser=BROWSER)
    outcomes = Counter(at_once(*[lambda: pins.confirm(pin="000001", by=ada)] * 14))
    assert outcomes == {"invalid": rules.PIN_TRIES - 1, "pin_locked": 5}
