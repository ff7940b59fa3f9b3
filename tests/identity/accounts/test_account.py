"""One's own account: details, password, address, sessions, tokens, closing, and what goes with time."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from sala.identity.accounts import queries, services, tidying, tokens
from sala.identity.accounts.actor import ANONYMOUS, Actor, system
from sala.identity.accounts.links import LinkGone
from sala.identity.accounts.models import Account, ApiToken, OneTimeLink, Passkey, Session, SignInFailures
from sala.identity.accounts.services import Browser, Locked
from sala.kit import clock
from sala.kit.errors import Conflict, Invalid, NotFound
from sala.kit.models import AuditEntry, OutboxEvent
from tests.factories import PASSWORD, actor_for, make_account, make_officer
from tests.identity.accounts.conftest import Letters, Statements, token_in

pytestmark = pytest.mark.django_db

GOOD = "three quiet green buffaloes"


@pytest.fixture
def ada() -> Actor:
    return actor_for(make_account("ada@example.org"))


def sign_in(email: str = "ada@example.org", password: str = PASSWORD) -> services.SignedIn:
    return services.sign_in(email=email, password=password, browser=Browser())


# --- Details and password ------------------------------------------------------------------------------


def test_details_are_changed(ada: Actor) -> None:
    typed = {"given_name": " เอดา ", "surname": "-", "phone": "+44 20 7946 0000", "language": "th"}
    services.change_details(typed=typed, by=ada)
    account = Account.objects.get()
    assert (account.given_name, account.surname) == ("เอดา", "-")
    assert (account.phone, account.language) == ("+442079460000", "th")
    assert account.email == "ada@example.org"


def test_bad_details_change_nothing(ada: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        services.change_details(typed={"given_name": "", "surname": "x" * 101, "phone": "1"}, by=ada)
    assert [fault.field for fault in refused.value.faults] == ["given_name", "surname", "phone"]
    assert Account.objects.get().given_name == "Ada"


def test_nobody_changes_anything() -> None:
    with pytest.raises(NotFound):
        services.change_details(
            typed={"given_name": "A", "surname": "B", "phone": "0812345678"},
            by=Actor(kind="anonymous", id="", email="a@example.org"),
        )


def test_a_new_password_signs_other_devices_out_and_is_told(ada: Actor, letters: Letters) -> None:
    sign_in()
    services.change_password(current=PASSWORD, new=GOOD, browser=Browser(), by=ada)
    assert [session.id for session in Session.objects.filter(ended_at=None)] == [ada.session_id]
    assert [letter["kind"] for letter in letters()] == ["password_changed"]
    sign_in(password=GOOD)


def test_the_current_password_is_asked_and_cannot_be_guessed(ada: Actor) -> None:
    for _ in range(9):
        with pytest.raises(Invalid) as refused:
            services.change_password(current="wrong", new=GOOD, browser=Browser(), by=ada)
        assert [fault.field for fault in refused.value.faults] == ["current_password"]
    with pytest.raises(Locked):
        services.change_password(current="wrong", new=GOOD, browser=Browser(), by=ada)
    with pytest.raises(Locked):
        services.change_password(current=PASSWORD, new=GOOD, browser=Browser(), by=ada)


def test_a_new_password_is_judged_like_the_first(ada: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        services.change_password(current=PASSWORD, new="ada@example.org", browser=Browser(), by=ada)
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("new_password", "password_too_similar")]


def test_a_reset_link_ends_with_a_change_of_password(ada: Actor, letters: Letters) -> None:
    services.forgot(email=ada.email, language="en")
    token = token_in(letters()[0])
    services.change_password(current=PASSWORD, new=GOOD, browser=Browser(), by=ada)
    with pytest.raises(LinkGone):
        services.reset_password(token=token, password=GOOD, browser=Browser())


# --- Another e-mail address ----------------------------------------------------------------------------


def ask_for(email: str, by: Actor, password: str = PASSWORD) -> None:
    services.request_email_change(email=email, password=password, browser=Browser(), by=by)


def test_a_new_address_counts_once_its_mailbox_has_confirmed_it(ada: Actor, letters: Letters) -> None:
    ask_for("new@example.org", ada)
    confirm, notice = letters()
    assert (confirm["kind"], confirm["to"]) == ("change_email_confirm", "new@example.org")
    assert (notice["kind"], notice["to"]) == ("change_email_notice", "ada@example.org")
    assert notice["context"]["new_email"] == "new@example.org"
    sign_in()
    assert services.confirm_email(token=token_in(confirm)) == "new@example.org"
    sign_in("new@example.org")
    with pytest.raises(Invalid):
        sign_in("ada@example.org")
    with pytest.raises(LinkGone):
        services.confirm_email(token=token_in(confirm))


def test_the_old_mailbox_can_stop_a_change_before_it_is_made(ada: Actor, letters: Letters) -> None:
    ask_for("thief@example.org", ada)
    confirm, notice = letters()
    stopped = services.stop_email_change(token=token_in(notice))
    with pytest.raises(LinkGone):
        services.confirm_email(token=token_in(confirm))
    assert not Session.objects.filter(ended_at=None).exists()
    with pytest.raises(Invalid):
        sign_in(password=PASSWORD)
    services.reset_password(token=stopped.reset_token, password=GOOD, browser=Browser())
    sign_in(password=GOOD)


def test_the_old_mailbox_can_take_a_change_back_for_a_week(ada: Actor, letters: Letters) -> None:
    token = tokens.issue_token(account_id=ada.account_id, name="x", scopes=["cases:read"], by=ada)  # type: ignore[arg-type]
    Passkey.objects.create(account_id=ada.account_id, credential_id=b"thief", public_key=b"", name="x")
    ask_for("thief@example.org", ada)
    confirm, notice = letters()
    services.confirm_email(token=token_in(confirm))
    with clock.frozen(clock.now() + timedelta(days=6)):
        stopped = services.stop_email_change(token=token_in(notice))
        assert stopped.email == Account.objects.get().email == "ada@example.org"
        assert queries.by_token(token) is None
        assert not Passkey.objects.exists()
    with clock.frozen(clock.now() + timedelta(days=8)), pytest.raises(LinkGone):
        services.stop_email_change(token=token_in(notice))


def test_an_address_that_is_somebody_elses_is_told_by_mail_alone(
    ada: Actor, letters: Letters, statements: Statements
) -> None:
    make_account("grace@example.org")
    costs = [statements(lambda: ask_for(email, ada)) for email in ("grace@example.org", "free@example.org")]  # noqa: B023
    assert costs[0] == costs[1]
    first = letters()[0]
    assert (first["kind"], first["to"]) == ("already_registered", "grace@example.org")
    assert Account.objects.filter(email="ada@example.org").exists()


def test_an_address_taken_meanwhile_is_not_taken_twice(ada: Actor, letters: Letters) -> None:
    ask_for("new@example.org", ada)
    confirm, _ = letters()
    make_account("NEW@example.org")
    with pytest.raises(LinkGone):
        services.confirm_email(token=token_in(confirm))
    assert Account.objects.filter(email="ada@example.org").exists()


def test_only_capitals_may_change(ada: Actor, letters: Letters) -> None:
    ask_for("Ada@example.org", ada)
    assert services.confirm_email(token=token_in(letters()[0])) == "Ada@example.org"


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("nope", PASSWORD, "email"),
        ("ada@example.org", PASSWORD, "email"),
        ("new@example.org", "wrong", "current_password"),
    ],
)
def test_what_is_wrong_with_a_change_is_said(
    ada: Actor, letters: Letters, email: str, password: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ask_for(email, ada, password)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert letters() == []


def test_a_second_wish_ends_the_first(ada: Actor, letters: Letters) -> None:
    ask_for("one@example.org", ada)
    first = letters()[0]
    ask_for("two@example.org", ada)
    with pytest.raises(LinkGone):
        services.confirm_email(token=token_in(first))


# --- Sessions ------------------------------------------------------------------------------------------


def test_another_device_is_signed_out_from_here(ada: Actor) -> None:
    other = sign_in()
    rows = queries.sessions_of(ada.account_id)  # type: ignore[arg-type]
    there = next(row for row in rows if row.id != ada.session_id)
    services.end_session(session_id=there.id, by=ada)
    services.end_session(session_id=there.id, by=ada)
    assert queries.by_session(other.token) is None
    assert AuditEntry.objects.filter(action="account.signed_out").count() == 1


def test_a_strangers_session_cannot_be_ended(ada: Actor) -> None:
    grace = actor_for(make_account("grace@example.org"))
    services.end_session(session_id=grace.session_id, by=ada)  # type: ignore[arg-type]
    assert Session.objects.get(id=grace.session_id).ended_at is None


def test_all_others_are_signed_out_at_once(ada: Actor) -> None:
    sign_in()
    sign_in()
    services.end_other_sessions(by=ada)
    assert [row.id for row in queries.sessions_of(ada.account_id)] == [ada.session_id]  # type: ignore[arg-type]


def test_signing_out_ends_the_session_itself(ada: Actor) -> None:
    services.sign_out(by=ada)
    services.sign_out(by=ada)
    services.sign_out(by=ANONYMOUS)
    assert Session.objects.get().ended_at is not None


# --- Tokens --------------------------------------------------------------------------------------------


def issue(by: Actor, **given: object) -> str:
    wanted = {"name": "Reader", "scopes": ["cases:read"], "days": 30} | given
    return services.issue_token(account_id=by.account_id, by=by, **wanted)  # type: ignore[arg-type]


def test_a_token_is_its_owner_within_its_scopes(ada: Actor) -> None:
    token = issue(ada)
    found = queries.by_token(token)
    assert found
    assert (found.actor.kind, found.actor.label) == ("token", ada.label)
    assert found.actor.may("cases:read")
    assert not found.actor.may("cases:write")
    assert token.startswith("sala_")
    for table in (ApiToken, OutboxEvent, AuditEntry):
        assert token not in str(list(table.objects.values()))


def test_a_token_ends_by_its_date_or_its_owner(ada: Actor) -> None:
    token = issue(ada)
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert queries.by_token(token) is None
    services.revoke_token(token_id=ApiToken.objects.get().id, by=actor_for(make_account()))
    assert queries.by_token(token), "a stranger revokes nothing"
    services.revoke_token(token_id=ApiToken.objects.get().id, by=ada)
    services.revoke_token(token_id=ApiToken.objects.get().id, by=ada)
    assert queries.by_token(token) is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
    ],
)
def test_what_is_wrong_with_a_token_is_said(ada: Actor, given: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        issue(ada, **given)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert not ApiToken.objects.exists()


def test_nobody_hoards_tokens(ada: Actor) -> None:
    for _ in range(20):
        issue(ada)
    with pytest.raises(Conflict):
        issue(ada)


# --- Closing -------------------------------------------------------------------------------------------


def close(by: Actor, password: str = PASSWORD) -> None:
    services.close_account(password=password, browser=Browser(), by=by)


def test_a_closed_account_keeps_nothing_of_the_person(ada: Actor) -> None:
    token = issue(ada)
    close(ada)
    row = str(Account.objects.values().get())
    for gone in ("ada@", "Ada", "Lovelace", "+66812345678", "argon2"):
        assert gone not in row
    assert queries.by_token(token) is None
    assert not Session.objects.filter(ended_at=None).exists()
    assert OutboxEvent.objects.filter(topic="account.closed").count() == 1
    with pytest.raises(Invalid):
        sign_in()


def test_its_address_is_free_again(ada: Actor, letters: Letters) -> None:
    close(ada)
    typed = {"given_name": "Ada", "surname": "Byron", "phone": "0812345678", "email": "ada@example.org"}
    services.register(typed=typed, language="en")
    services.open_account(token=token_in(letters()[0]), password=GOOD, browser=Browser())
    sign_in(password=GOOD)


def test_closing_asks_for_the_password(ada: Actor) -> None:
    with pytest.raises(Invalid):
        close(ada, "wrong")
    assert Account.objects.get().closed_at is None


def test_an_officers_account_is_not_closed_by_its_holder() -> None:
    officer = actor_for(make_officer(email="officer@example.org"))
    with pytest.raises(Conflict):
        close(officer)


def test_letters_of_a_closed_account_are_not_sent(ada: Actor, letters: Letters) -> None:
    services.forgot(email=ada.email, language="en")
    close(ada)
    assert letters() == []


# --- What goes with time -------------------------------------------------------------------------------


def test_what_has_served_its_time_goes(ada: Actor) -> None:
    start = clock.now()
    services.forgot(email=ada.email, language="en")
    issue(ada)
    with pytest.raises(Invalid):
        sign_in(password="wrong")
    assert tidying.tidy() == {"links": 0, "sessions": 0, "failures": 0, "tokens": 0}
    with clock.frozen(start + timedelta(days=9)):
        assert tidying.tidy() == {"links": 1, "sessions": 0, "failures": 1, "tokens": 0}
    with clock.frozen(start + timedelta(days=121)):
        assert tidying.tidy() == {"links": 0, "sessions": 1, "failures": 0, "tokens": 1}
    assert not any(table.objects.exists() for table in (OneTimeLink, SignInFailures, Session, ApiToken))


def test_a_session_that_is_unknown_is_no_error(ada: Actor) -> None:
    services.end_session(session_id=uuid4(), by=ada)
    services.revoke_token(token_id=uuid4(), by=ada)


def test_the_system_has_no_account_of_its_own() -> None:
    with pytest.raises(NotFound):
        services.end_other_sessions(by=system("scheduler"))
