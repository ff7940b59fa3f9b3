"""From a form to an account, and the way back in for who has forgotten the password."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from sala.identity.accounts import queries, registration, services, tokens
from sala.identity.accounts.actor import system
from sala.identity.accounts.links import LinkGone
from sala.identity.accounts.models import Account, OneTimeLink, Session
from sala.identity.accounts.services import Browser
from sala.kit import clock
from sala.kit.errors import Invalid, NotFound, TooMany
from sala.kit.models import AuditEntry, OutboxEvent, RateCounter
from tests.factories import PASSWORD, make_account
from tests.identity.accounts.conftest import Letters, Statements, token_in

pytestmark = pytest.mark.django_db

TYPED = {"given_name": "Grace", "surname": "Hopper", "phone": "0812345678", "email": "Grace@example.org"}
GOOD = "three quiet green buffaloes"


def register(**typed: str) -> None:
    services.register(typed=TYPED | typed, language="en", next_path="/services/tm47")


def open_(token: str, password: str = GOOD) -> services.SignedIn:
    return services.open_account(token=token, password=password, browser=Browser())


@pytest.mark.requirement("R-001.11", "R-001.12", "R-001.13", "R-001.14")
def test_a_registration_becomes_an_account_by_its_link_alone(letters: Letters) -> None:
    register()
    assert not Account.objects.exists()
    (letter,) = letters()
    assert (letter["kind"], letter["to"], letter["language"]) == ("register_link", "Grace@example.org", "en")
    assert letter["context"]["name"] == "Grace"
    signed_in = open_(token_in(letter))
    account = Account.objects.get()
    assert (account.given_name, account.surname, account.phone) == ("Grace", "Hopper", "+66812345678")
    assert (account.email, account.language) == ("Grace@example.org", "en")
    assert signed_in.next_path == "/services/tm47"
    assert account.check_password(GOOD)
    assert account.password.startswith("argon2$argon2id$")
    assert GOOD not in str(list(OutboxEvent.objects.values())) + str(list(AuditEntry.objects.values()))


def test_the_letters_link_is_written_nowhere_but_in_the_letter(letters: Letters) -> None:
    register()
    (letter,) = letters()
    token = token_in(letter)
    for table in (OutboxEvent, OneTimeLink, RateCounter, AuditEntry):
        assert token not in str(list(table.objects.values()))
    assert "Grace@example.org" not in str(list(OutboxEvent.objects.values()))


def test_a_link_works_once(letters: Letters) -> None:
    register()
    token = token_in(letters()[0])
    open_(token)
    with pytest.raises(LinkGone) as gone:
        open_(token)
    assert gone.value.reason == "used"
    assert Account.objects.count() == 1


def test_a_password_that_is_refused_leaves_the_link_good(letters: Letters) -> None:
    register()
    token = token_in(letters()[0])
    with pytest.raises(Invalid):
        open_(token, "short")
    open_(token)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "missing"),
        ("ninechars", "too_short"),
        ("x" * 201, "too_long"),
        ("password123", "password_too_common"),
        ("grace@example.org", "password_too_similar"),
    ],
)
def test_a_guessable_password_is_refused_with_its_reason(letters: Letters, password: str, code: str) -> None:
    register()
    with pytest.raises(Invalid) as refused:
        open_(token_in(letters()[0]), password)
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("password", code)]


def test_a_password_typed_on_another_keyboard_is_the_same(letters: Letters) -> None:
    register()
    open_(token_in(letters()[0]), "café au lait 2026")
    services.sign_in(email="grace@example.org", password="cafe\u0301 au lait 2026", browser=Browser())


def test_a_link_expires_after_a_day_and_a_new_one_keeps_what_was_typed(letters: Letters) -> None:
    start = clock.now()
    register()
    token = token_in(letters()[0])
    with clock.frozen(start + timedelta(hours=24, seconds=1)):
        with pytest.raises(LinkGone) as gone:
            open_(token)
        assert gone.value.reason == "expired"
        assert services.renew_link(token=token) == ("Grace@example.org", "register")
        signed_in = open_(token_in(letters()[0]))
    assert Account.objects.get().surname == "Hopper"
    assert signed_in.next_path == "/services/tm47"


def test_a_second_registration_with_another_link_ends_the_first(letters: Letters) -> None:
    start = clock.now()
    register()
    with clock.frozen(start + timedelta(minutes=2)):
        register(given_name="Gracia", email="grace@EXAMPLE.org")
        first, second = letters()
        open_(token_in(second))
        with pytest.raises(LinkGone):
            open_(token_in(first))
    assert Account.objects.get().given_name == "Gracia"


def test_a_double_click_sends_one_letter(letters: Letters) -> None:
    register()
    register()
    assert len(letters()) == 1


def test_a_known_address_gets_another_letter_and_no_second_account(letters: Letters) -> None:
    make_account("grace@example.org", language="th")
    register()
    (letter,) = letters()
    assert (letter["kind"], letter["to"], letter["language"]) == ("already_registered", "grace@example.org", "th")
    assert letter["context"]["given_name"] == "Ada", "a stranger's typing is not sent to the owner"
    assert letter["context"]["sign_in_url"].endswith("/account/sign-in/")
    services.reset_password(token=token_in(letter), password=GOOD, browser=Browser())
    assert Account.objects.count() == 1


def test_asking_costs_the_same_whether_the_address_is_known_or_not(statements: Statements) -> None:
    make_account("known@example.org")
    for ask in (register, lambda email: services.forgot(email=email, language="en")):
        OneTimeLink.objects.all().delete()
        known, unknown = (statements(lambda: ask(email=f"{who}@example.org")) for who in ("known", "unknown"))  # noqa: B023
        assert known == unknown
        assert len(known) > 5


def test_letters_to_one_address_are_limited(letters: Letters) -> None:
    start = clock.now()
    refused = 0
    for minutes in range(0, 40, 2):
        with clock.frozen(start + timedelta(minutes=minutes)):
            try:
                services.forgot(email="grace@example.org", language="en")
            except TooMany:
                refused += 1
    sent = len(letters())
    assert sent + refused == 20
    assert 5 <= sent <= 10, "five an hour; the hour may turn meanwhile"


# --- Forgotten -------------------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_by_mail_and_every_session_ends(letters: Letters) -> None:
    account = make_account("ada@example.org")
    stolen = services.open_session(account_id=account.id)
    token = tokens.issue_token(account_id=account.id, name="script", scopes=["cases:read"], by=system("tests"))
    assert queries.by_token(token)
    services.forgot(email="ADA@example.org", language="th")
    (letter,) = letters()
    assert (letter["kind"], letter["to"], letter["language"]) == ("reset_password", "ada@example.org", "en")
    signed_in = services.reset_password(token=token_in(letter), password=GOOD, browser=Browser())
    assert Session.objects.get(ended_at=None).token_hash != stolen
    assert Session.objects.filter(ended_at=None).count() == 1
    assert queries.by_token(token) is None
    assert [told["kind"] for told in letters()] == ["password_changed"]
    assert signed_in.account_id == account.id
    with pytest.raises(Invalid):
        services.sign_in(email="ada@example.org", password=PASSWORD, browser=Browser())
    services.sign_in(email="ada@example.org", password=GOOD, browser=Browser())


def test_an_unknown_address_is_told_so_by_mail_alone(letters: Letters) -> None:
    services.forgot(email="nobody@example.org", language="th")
    (letter,) = letters()
    assert (letter["kind"], letter["to"], letter["language"]) == ("no_account", "nobody@example.org", "th")
    link = OneTimeLink.objects.get()
    with pytest.raises(LinkGone) as gone:
        services.reset_password(token=token_in(letter), password=GOOD, browser=Browser())
    assert gone.value.reason == "unknown"
    assert link.account_id is None


def test_a_reset_link_ends_with_a_change_of_address(letters: Letters) -> None:
    account = make_account("ada@example.org")
    services.forgot(email="ada@example.org", language="en")
    Account.objects.filter(id=account.id).update(email="new@example.org")
    with pytest.raises(LinkGone):
        services.reset_password(token=token_in(letters()[0]), password=GOOD, browser=Browser())


def test_a_link_of_one_purpose_opens_no_other(letters: Letters) -> None:
    make_account("ada@example.org")
    services.forgot(email="ada@example.org", language="en")
    token = token_in(letters()[0])
    with pytest.raises(LinkGone):
        open_(token)
    with pytest.raises(LinkGone):
        services.confirm_email(token=token)
    with pytest.raises(LinkGone):
        services.stop_email_change(token=token)


def test_there_is_no_renewing_of_an_unknown_link(letters: Letters) -> None:
    with pytest.raises(LinkGone):
        services.renew_link(token="made up")
    assert letters() == []


# --- By the operator ---------------------------------------------------------------------------------


def test_the_operator_makes_an_account_and_hands_over_a_link() -> None:
    id_, link = services.create_account(**TYPED, language="th", by=system("cli"))
    assert not Account.objects.get(id=id_).has_usable_password()
    services.reset_password(token=link.rstrip("/").rsplit("/", 1)[1], password=GOOD, browser=Browser())
    assert services.create_account(**TYPED, by=system("cli")) == (id_, "")


def test_demo_people_have_their_password_at_once() -> None:
    id_, link = services.create_account(**TYPED, password=GOOD, by=system("demo"))
    assert link == ""
    assert services.sign_in(email=TYPED["email"], password=GOOD, browser=Browser()).account_id == id_


def test_the_operator_replaces_mail_that_does_not_arrive() -> None:
    make_account("ada@example.org")
    link = registration.password_link(email="ada@example.org", by=system("cli"))
    services.reset_password(token=link.rstrip("/").rsplit("/", 1)[1], password=GOOD, browser=Browser())
    with pytest.raises(NotFound):
        registration.password_link(email="nobody@example.org", by=system("cli"))


def test_addresses_are_found_by_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Account.objects.filter(email__lower="a@example.org").explain()
    assert "account_email_once" in plan
