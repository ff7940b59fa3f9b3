"""Passkeys: added, named, used, removed; and answers that are not what they should be."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import signing
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from sala.identity.accounts import passkeys, queries, services, sessions
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account, Passkey, Session
from sala.identity.accounts.services import Browser
from sala.kit import clock
from sala.kit.errors import Conflict, Invalid
from tests.factories import actor_for, client_for, make_account
from tests.identity.accounts.authenticator import Authenticator
from tests.identity.accounts.conftest import Letters

pytestmark = pytest.mark.django_db

SITE = "https://sala.example"


@pytest.fixture(autouse=True)
def _site(settings: Settings) -> None:
    settings.PUBLIC_URL = SITE


@pytest.fixture
def ada() -> Actor:
    return actor_for(make_account("ada@example.org"))


def add(by: Actor, device: Authenticator, name: str = "My telephone") -> None:
    ceremony = passkeys.to_add(by=by)
    passkeys.add(name=name, credential=device.create(ceremony.options), state=ceremony.state, by=by)


def sign_in(device: Authenticator) -> services.SignedIn:
    ceremony = passkeys.to_sign_in()
    return passkeys.sign_in(credential=device.get(ceremony.options), state=ceremony.state, browser=Browser())


def test_a_passkey_signs_in_without_naming_anybody(ada: Actor, letters: Letters) -> None:
    device = Authenticator(SITE)
    add(ada, device)
    assert [letter["kind"] for letter in letters()] == ["passkey_added"]
    signed_in = sign_in(device)
    assert signed_in.account_id == ada.account_id
    assert queries.by_session(signed_in.token)
    row = Passkey.objects.get()
    assert (row.name, row.sign_count) == ("My telephone", 1)
    assert row.last_used_at


def test_a_lock_against_guessed_passwords_does_not_stand_in_its_way(ada: Actor) -> None:
    device = Authenticator(SITE)
    add(ada, device)
    for _ in range(10):
        with pytest.raises(Exception, match=r"correct|correcting|locked"):
            services.sign_in(email=ada.email, password="wrong", browser=Browser())
    assert sign_in(device)


def test_the_options_ask_for_what_is_needed(ada: Actor) -> None:
    device = Authenticator(SITE)
    add(ada, device)
    options = json.loads(passkeys.to_add(by=ada).options)
    assert options["rp"]["id"] == "sala.example"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert len(options["excludeCredentials"]) == 1
    assert not json.loads(passkeys.to_sign_in().options).get("allowCredentials"), "nobody is named"


def test_an_answer_opens_one_session_only(ada: Actor) -> None:
    device = Authenticator(SITE)
    add(ada, device)
    ceremony = passkeys.to_sign_in()
    device.count = -1  # says 0 for ever, as passkeys that are copied between devices do
    answer = device.get(ceremony.options)
    passkeys.sign_in(credential=answer, state=ceremony.state, browser=Browser())
    before = Session.objects.count()
    with pytest.raises(Invalid):
        passkeys.sign_in(credential=answer, state=ceremony.state, browser=Browser())
    assert Session.objects.count() == before


def test_a_copied_authenticator_is_noticed(ada: Actor) -> None:
    device = Authenticator(SITE)
    add(ada, device)
    sign_in(device)
    sign_in(device)
    device.count = 0
    with pytest.raises(Invalid):
        sign_in(device)


WRONG = ["origin", "site", "challenge", "key", "unverified", "user", "state", "account"]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_not_right_does_not_sign_in(ada: Actor, wrong: str) -> None:
    device = Authenticator(SITE)
    add(ada, device)
    ceremony = passkeys.to_sign_in()
    state, options = spoil(wrong, device, ceremony)
    answer = device.get(json.dumps(options))
    before = Session.objects.count()
    with pytest.raises(Invalid) as refused:
        passkeys.sign_in(credential=answer, state=state, browser=Browser())
    assert [fault.code for fault in refused.value.faults] == ["passkey"]
    assert Session.objects.count() == before


def spoil(wrong: str, device: Authenticator, ceremony: passkeys.Ceremony) -> tuple[str, dict[str, object]]:
    """The state to send back and the options to sign, one thing about them or the device being wrong."""
    options = json.loads(ceremony.options)
    if wrong == "origin":
        device.origin = "https://evil.example"
    elif wrong == "site":
        options["rpId"] = "evil.example"
    elif wrong == "challenge":
        options["challenge"] = json.loads(passkeys.to_sign_in().options)["challenge"]
    elif wrong == "key":
        device.key = Authenticator(SITE).key
    elif wrong == "unverified":
        device.flags = 0x01
    elif wrong == "user":
        device.user = "bm9ib2R5"
    elif wrong == "account":
        Account.objects.update(closed_at=clock.now())
    return ("x" + ceremony.state if wrong == "state" else ceremony.state), options


def test_a_page_that_stood_open_too_long_says_so(ada: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    device = Authenticator(SITE)
    add(ada, device)
    monkeypatch.setattr(passkeys, "MAX_AGE", -1)
    with pytest.raises(Invalid):
        sign_in(device)


def test_a_passkey_is_added_to_the_account_that_asked(ada: Actor) -> None:
    grace = actor_for(make_account("grace@example.org"))
    ceremony = passkeys.to_add(by=ada)
    device = Authenticator(SITE)
    with pytest.raises(Invalid):
        passkeys.add(name="x", credential=device.create(ceremony.options), state=ceremony.state, by=grace)
    with pytest.raises(Invalid):
        passkeys.add(name="x", credential=device.create(ceremony.options), state=passkeys.to_sign_in().state, by=ada)
    assert not Passkey.objects.exists()


def test_adding_twice_is_adding_once(ada: Actor) -> None:
    ceremony = passkeys.to_add(by=ada)
    answer = Authenticator(SITE).create(ceremony.options)
    for _ in range(2):
        passkeys.add(name="x", credential=answer, state=ceremony.state, by=ada)
    assert Passkey.objects.count() == 1


@pytest.mark.parametrize("device", [Authenticator("https://evil.example"), Authenticator(SITE, verifies=False)])
def test_what_is_not_right_is_not_added(ada: Actor, device: Authenticator) -> None:
    with pytest.raises(Invalid):
        add(ada, device)
    assert not Passkey.objects.exists()


def test_ten_are_enough(ada: Actor) -> None:
    for _ in range(10):
        add(ada, Authenticator(SITE))
    with pytest.raises(Conflict):
        add(ada, Authenticator(SITE))


def test_a_passkey_is_renamed_and_removed_by_its_owner_alone(ada: Actor) -> None:
    device = Authenticator(SITE)
    add(ada, device)
    row = Passkey.objects.get()
    grace = actor_for(make_account("grace@example.org"))
    passkeys.rename(passkey_id=row.id, name="Grace’s now", by=grace)
    passkeys.remove(passkey_id=row.id, by=grace)
    assert Passkey.objects.get().name == "My telephone"
    passkeys.rename(passkey_id=row.id, name="Old telephone", by=ada)
    assert Passkey.objects.get().name == "Old telephone"
    with pytest.raises(Invalid):
        passkeys.rename(passkey_id=row.id, name=" ", by=ada)
    passkeys.remove(passkey_id=row.id, by=ada)
    passkeys.remove(passkey_id=row.id, by=ada)
    with pytest.raises(Invalid):
        sign_in(device)


def test_a_demo_at_an_ip_address_has_its_passkeys_at_localhost(settings: Settings) -> None:
    for address in ("http://127.0.0.1:8000", "http://[::1]:8000"):
        settings.PUBLIC_URL = address
        assert passkeys.site() == ("localhost", "http://localhost:8000")
    settings.PUBLIC_URL = "https://sala.example"
    assert passkeys.site() == ("sala.example", "https://sala.example")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
ANSWERS = st.dictionaries(st.sampled_from(["id", "rawId", "type", "response"]), JSON) | JSON


@given(ANSWERS.map(json.dumps) | st.text())
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_nonsense_is_refused_with_words(answer: str) -> None:
    with pytest.raises(Invalid):
        passkeys.sign_in(credential=answer, state=passkeys.to_sign_in().state, browser=Browser())


def test_a_page_opened_before_a_change_of_version_asks_to_try_again(ada: Actor) -> None:
    device = Authenticator(SITE)
    add(ada, device)
    former = signing.dumps({"challenge": "q83vASNFZ4mrze8B", "account": ""}, salt="sala.accounts.passkeys")
    with pytest.raises(Invalid):
        passkeys.sign_in(credential=device.get(passkeys.to_sign_in().options), state=former, browser=Browser())


def test_a_broken_key_of_the_right_shape_is_refused_with_words(ada: Actor) -> None:
    device = Authenticator(SITE)
    add(ada, device)
    ceremony = passkeys.to_sign_in()
    answer = json.loads(device.get(ceremony.options))
    for part in ("clientDataJSON", "authenticatorData", "signature"):
        for value in ("", "AAAA", "!", None, 7, ["x"]):
            broken = answer | {"response": answer["response"] | {part: value}}
            with pytest.raises(Invalid):
                passkeys.sign_in(credential=json.dumps(broken), state=ceremony.state, browser=Browser())


def test_the_pages_add_and_use_it() -> None:
    account = make_account("ada@example.org")
    browser = client_for(account)
    page = browser.get("/account/passkeys/?lang=en")
    ceremony = page.context["ceremony"] if page.context else passkeys.to_add(by=actor_for(account))
    device = Authenticator(SITE)
    form = {"name": "Telephone", "credential": device.create(ceremony.options), "state": ceremony.state}
    added = browser.post("/account/passkeys/", form)
    assert added.status_code == 303
    assert "notification-banner--success" in browser.get(added["Location"]).content.decode()
    assert "Telephone" in browser.get("/account/passkeys/").content.decode()
    row = Passkey.objects.get()
    assert browser.post(f"/account/passkeys/{row.id}/", {"name": ""}).status_code == 422
    assert browser.post(f"/account/passkeys/{row.id}/", {"name": "Other"}).status_code == 303
    start = passkeys.to_sign_in()
    form = {"credential": device.get(start.options), "state": start.state, "next": "/account/details/"}
    answer = browser.post("/account/sign-in/passkey/", form)
    assert (answer.status_code, answer["Location"]) == (303, "/account/details/")
    assert browser.post("/account/sign-in/passkey/", form).status_code == 422
    assert browser.post(f"/account/passkeys/{row.id}/", {"remove": "yes"}).status_code == 303
    assert browser.post(f"/account/passkeys/{row.id}/", {"remove": "yes"}).status_code == 303
    assert not Passkey.objects.exists()


def test_a_session_outlives_nothing(ada: Actor) -> None:
    device = Authenticator(SITE)
    add(ada, device)
    token = sign_in(device).token
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert queries.by_session(token) is None


# --- Proving anew, at a session that is open ---------------------------------------------------------------


@pytest.fixture
def confirmed(ada: Actor) -> tuple[Actor, Authenticator]:
    """Somebody signed in with their password, who has a passkey."""
    passkey = Authenticator(SITE)
    add(ada, passkey)
    return ada, passkey


def _proof(by: Actor) -> queries.Proof:
    assert by.session_id
    found = queries.proof_of(by.session_id)
    assert found
    return found


def test_a_session_knows_how_and_when_its_person_proved_to_be_there(confirmed: tuple[Actor, Authenticator]) -> None:
    by, passkey = confirmed
    assert _proof(by).methods == ("pwd",)
    ceremony = passkeys.to_confirm(by=by)
    passkeys.confirm(credential=passkey.get(ceremony.options), state=ceremony.state, by=by)
    assert _proof(by).methods == ("hwk", "user", "mfa")
    assert clock.now() - _proof(by).at < timedelta(minutes=1)


def test_one_signature_proves_once(confirmed: tuple[Actor, Authenticator]) -> None:
    by, passkey = confirmed
    ceremony = passkeys.to_confirm(by=by)
    signed = passkey.get(ceremony.options)
    passkeys.confirm(credential=signed, state=ceremony.state, by=by)
    with pytest.raises(Invalid):
        passkeys.confirm(credential=signed, state=ceremony.state, by=by)


def test_of_two_proofs_at_one_moment_the_second_finds_the_first(confirmed: tuple[Actor, Authenticator]) -> None:
    """What `confirm` asks of the locked row, past the check of the state."""
    by, _ = confirmed
    before = sessions.last_proof(by)
    assert sessions.proved_anew(methods=("hwk", "user", "mfa"), before=before, by=by)
    assert not sessions.proved_anew(methods=("hwk", "user", "mfa"), before=before, by=by)


def test_a_signature_for_one_session_proves_nothing_in_another(confirmed: tuple[Actor, Authenticator]) -> None:
    _, passkey = confirmed
    with clock.frozen(clock.now()):  # even of two that were opened in one moment
        by, other = actor_for(Account.objects.get()), actor_for(Account.objects.get())
    ceremony = passkeys.to_confirm(by=by)
    with pytest.raises(Invalid):
        passkeys.confirm(credential=passkey.get(ceremony.options), state=ceremony.state, by=other)
    assert _proof(other).methods == ("pwd",)


def test_a_sign_in_cannot_be_confirmed_with_and_a_confirmation_signs_nobody_in(
    confirmed: tuple[Actor, Authenticator],
) -> None:
    by, passkey = confirmed
    ceremony = passkeys.to_sign_in()
    with pytest.raises(Invalid):
        passkeys.confirm(credential=passkey.get(ceremony.options), state=ceremony.state, by=by)
    ceremony = passkeys.to_confirm(by=by)
    with pytest.raises(Invalid):
        passkeys.sign_in(credential=passkey.get(ceremony.options), state=ceremony.state, browser=Browser())


def test_somebody_elses_passkey_confirms_nothing(confirmed: tuple[Actor, Authenticator]) -> None:
    _, passkey = confirmed
    stranger = actor_for(make_account("stranger@example.org"))
    ceremony = passkeys.to_confirm(by=stranger)
    with pytest.raises(Invalid):
        passkeys.confirm(credential=passkey.get(ceremony.options), state=ceremony.state, by=stranger)
    passkey.user = ""  # a device that says nobody's name
    ceremony = passkeys.to_confirm(by=stranger)
    with pytest.raises(Invalid):
        passkeys.confirm(credential=passkey.get(ceremony.options), state=ceremony.state, by=stranger)
    assert _proof(stranger).methods == ("pwd",)


def test_a_device_may_keep_the_name_to_itself_where_its_key_was_asked_for(
    confirmed: tuple[Actor, Authenticator],
) -> None:
    by, passkey = confirmed
    passkey.user = ""
    ceremony = passkeys.to_confirm(by=by)
    passkeys.confirm(credential=passkey.get(ceremony.options), state=ceremony.state, by=by)
    assert _proof(by).methods == ("hwk", "user", "mfa")
