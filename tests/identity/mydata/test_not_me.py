"""“This was not me”: it locks, revokes and tells; only the person can press it, and the letter undoes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sala.identity.accounts import passkeys, services
from sala.identity.accounts.models import Account, OneTimeLink, Passkey, Session
from sala.identity.accounts.queries import by_token
from sala.identity.mydata import looks, reporting
from sala.identity.mydata.models import Report
from sala.identity.mydata.permissions import AUTHORITY
from sala.identity.provider.models import Consent
from sala.identity.wallet.models import Approval, Device, Pin
from sala.kit import audit, clock
from sala.kit.errors import Invalid
from sala.kit.models import OutboxEvent
from tests.factories import PASSWORD, actor_for, add_post, client_for, make_account, make_officer
from tests.identity.accounts.conftest import Letters, token_in
from tests.identity.mydata.test_held import text
from tests.identity.provider.conftest import USERINFO, Rp

pytestmark = pytest.mark.django_db
PAGE = "/account/my-data/not-me/"
NEW = "three words only mine"
Tokens = Callable[..., dict[str, Any]]


def make_passkey(account: Account, name: str, ago: timedelta) -> Passkey:
    key = name.encode()
    return Passkey.objects.create(
        account=account, credential_id=key, public_key=b"-", name=name, created_at=clock.now() - ago
    )


def userinfo(token: str) -> int:
    return int(Client().get(USERINFO, headers={"Authorization": f"Bearer {token}"}).status_code)


def press(browser: Client, **given: str) -> Any:
    shown = browser.get(PAGE, given)
    assert shown.status_code == 200
    return browser.post(PAGE, given)


def test_it_locks_everything_at_once_and_tells(
    browser: Client, citizen: Account, rp: Rp, signed_in: Tokens, letters: Letters
) -> None:
    # Given a stranger's session, a token of theirs, a passkey that they made, and a sign-in at a service
    tokens, by = signed_in(), actor_for(citizen)
    api = services.issue_token(account_id=citizen.id, name="theirs", scopes=["cases:read"], by=by)
    mine, theirs = make_passkey(citizen, "mine", timedelta(days=9)), make_passkey(citizen, "theirs", timedelta(0))
    stranger = client_for(citizen)
    letters()
    look = next(line for line in looks.page(citizen.id).lines if line.act == "authorize")
    # When the person says that the sign-in was not theirs
    answer = press(browser, about="look", number=look.number)
    # Then nothing opens the account, and nobody is told anything of it any more
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/my-data/locked/")
    assert "Your account is locked" in text(browser.get("/account/my-data/locked/?lang=en"))
    for one in (browser, stranger):
        assert one.get("/account/").status_code == 302
    assert not Session.objects.filter(account=citizen, ended_at=None).exists()
    assert by_token(api) is None
    assert userinfo(tokens["access_token"]) == 401
    assert rp.refresh(tokens["refresh_token"]).status_code == 400
    assert not Consent.objects.filter(account=citizen).exists()
    with pytest.raises(Invalid):
        services.sign_in(email=citizen.email, password=PASSWORD, browser=services.Browser())
    assert not Passkey.objects.filter(account=citizen, suspended_at=None).exists()
    # And it is told: by letter, to the officers, to the relying parties by the end of the sessions, and in the audit
    (letter,) = letters()
    assert (letter["kind"], letter["to"]) == ("disowned", citizen.email)
    report = Report.objects.get()
    assert (report.about, report.detail["number"], report.detail["doubtful_passkeys"]) == ("sign_in", look.number, 1)
    assert OutboxEvent.objects.filter(topic="account.session_ended").exists()
    assert "account.disowned" in {entry.action for entry in audit.of_subject(f"account:{citizen.id}")}
    # And the letter opens it again: the old passkey works, the strange one waits to be looked at
    fresh = Client()
    link = f"/account/link/{token_in(letter)}/"
    assert fresh.post(link, {"password": NEW}).status_code == 303
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert mine.suspended_at is None
    assert theirs.suspended_at is not None
    assert "It is mine: use it again" in text(fresh.get(f"/account/passkeys/{theirs.id}/?lang=en"))
    fresh.post(f"/account/passkeys/{theirs.id}/", {"trust": "yes"})
    theirs.refresh_from_db()
    assert (theirs.suspended_at, theirs.doubtful) == (None, False)
    assert userinfo(tokens["access_token"]) == 401, "what ended stays ended"


def test_a_suspended_passkey_signs_nobody_in(citizen: Account) -> None:
    from sala.identity.accounts.passkeys import _signed

    make_passkey(citizen, "one", timedelta(days=3))
    Passkey.objects.update(suspended_at=clock.now())
    from webauthn.helpers import bytes_to_base64url

    with pytest.raises(Passkey.DoesNotExist):
        _signed(json.dumps({"rawId": bytes_to_base64url(b"one"), "response": {}}), b"challenge")
    assert '"allowCredentials": []' in passkeys.to_confirm(by=actor_for(citizen)).options.replace(
        '"allowCredentials":[]', '"allowCredentials": []'
    )


def test_a_session_that_is_not_mine_says_since_when(citizen: Account) -> None:
    browser = client_for(citizen)
    with clock.frozen(clock.now() - timedelta(hours=5)):
        services.open_session(account_id=citizen.id)
    theirs = Session.objects.filter(account=citizen).order_by("created_at").first()
    assert theirs
    make_passkey(citizen, "since", timedelta(hours=4))
    make_passkey(citizen, "before", timedelta(hours=6))
    page = browser.get("/account/sessions/?lang=en").content.decode()
    assert f"{PAGE}?about=session&amp;number={theirs.id}" in page
    assert press(browser, about="session", number=str(theirs.id)).status_code == 303
    doubtful = set(Passkey.objects.filter(doubtful=True).values_list("name", flat=True))
    assert doubtful == {"since"}


def test_what_waits_on_the_phone_is_declined_and_a_strange_pin_and_device_go(citizen: Account) -> None:
    now = clock.now()
    for number, state in enumerate(("waiting", "scanned", "approved", "used")):
        Approval.objects.create(
            kind="ciba", state=state, token_hash=bytes([number]), token_at=now, account=citizen, client_id="x",
            asking={}, created_at=now, expires_at=now + timedelta(minutes=5), answered_at=now,
        )  # fmt: skip
    Pin.objects.create(account=citizen, hash="-", changed_at=now)
    for name, ago in (("mine", timedelta(days=30)), ("theirs", timedelta(0))):
        Device.objects.create(account=citizen, name=name, endpoint=name, p256dh="", auth="", created_at=now - ago)
    assert press(client_for(citizen), about="approval", number="1").status_code == 303
    assert sorted(Approval.objects.values_list("state", flat=True)) == ["declined", "declined", "declined", "used"]
    assert not Pin.objects.exists()
    assert Device.objects.get().name == "mine"


@pytest.mark.parametrize("about", ["session", "look", "everything", "sign_in"])
@pytest.mark.parametrize("number", ["", "R1", "A999999999", "0192-x", "'"])
def test_what_is_not_ones_own_cannot_be_disowned(browser: Client, about: str, number: str) -> None:
    assert browser.get(PAGE, {"about": about, "number": number}).status_code == 404
    assert browser.post(PAGE, {"about": about, "number": number}).status_code == 404
    assert not Report.objects.exists()


def test_a_strangers_session_is_not_ones_own(browser: Client) -> None:
    other = make_account()
    services.open_session(account_id=other.id)
    theirs = Session.objects.get(account=other)
    assert browser.post(PAGE, {"about": "session", "number": str(theirs.id)}).status_code == 404
    assert Session.objects.get(account=other).ended_at is None


def test_it_needs_the_session_and_a_form_of_ours(citizen: Account) -> None:
    assert Client().post(PAGE, {"about": "other"}).status_code == 403
    forged = client_for(citizen)
    checked = Client(enforce_csrf_checks=True)
    checked.cookies = forged.cookies
    assert checked.post(PAGE, {"about": "other"}).status_code == 403
    assert forged.get(PAGE, {"about": "other"}).status_code == 200
    assert Session.objects.filter(account=citizen, ended_at=None).count() == 1, "reading the page changes nothing"


def test_the_link_of_a_letter_locks_once_and_leads_to_a_new_password(citizen: Account, letters: Letters) -> None:
    services.change_password(current=PASSWORD, new=NEW, browser=services.Browser(), by=actor_for(citizen))
    (letter,) = letters()
    assert letter["kind"] == "password_changed"
    reader, thief = Client(), client_for(citizen)
    led = reader.get(f"/account/link/{token_in(letter)}/")
    assert led.status_code == 303
    page = led.headers["Location"]
    assert "Lock my account now" in text(reader.get(f"{page}?lang=en"))
    assert thief.get("/account/").status_code == 200, "reading the page changes nothing"
    locked = reader.post(page)
    assert locked.status_code == 303
    assert thief.get("/account/").status_code == 302
    assert "password" in reader.get(locked.headers["Location"]).content.decode()
    assert reader.post(locked.headers["Location"], {"password": "another that is mine"}).status_code == 303
    assert Report.objects.get().by_letter
    again = reader.post(page)
    assert again.status_code == 410
    assert "used already" in text_of(again)
    assert reader.get(f"{PAGE}unknown/").status_code == 404


def test_a_link_for_something_else_disowns_nothing(citizen: Account, letters: Letters) -> None:
    services.forgot(email=citizen.email, language="en", address=None)
    (letter,) = letters()
    assert Client().post(f"{PAGE}{token_in(letter)}/").status_code == 404
    assert not Report.objects.exists()


def test_the_link_of_a_letter_runs_out(citizen: Account, letters: Letters) -> None:
    services.change_password(current=PASSWORD, new=NEW, browser=services.Browser(), by=actor_for(citizen))
    (letter,) = letters()
    with clock.frozen(clock.now() + timedelta(days=7, minutes=1)):
        assert Client().post(f"{PAGE}{token_in(letter)}/").status_code == 410
    assert OneTimeLink.objects.filter(purpose="disown", used_at=None).exists()


# --- The officers -------------------------------------------------------------------------------------


@pytest.fixture
def registrar(offices: dict[int, int]) -> Account:
    account = make_account(given_name="Registrar")
    add_post(account, None, "senior", agency=AUTHORITY)
    return account


def test_the_departments_officers_see_and_handle_reports_and_the_person_sees_that(
    browser: Client, citizen: Account, registrar: Account
) -> None:
    press(browser, about="other")
    desk = client_for(registrar)
    listed = text(desk.get("/desk/not-me/?lang=en"))
    assert "Reports that wait (1)" in listed
    assert citizen.email not in listed, "the list names nobody"
    report = Report.objects.get()
    page = f"/desk/not-me/{report.id}/"
    assert citizen.email in text(desk.get(f"{page}?lang=en"))
    assert desk.post(page, {"remark": " "}).status_code == 422
    assert desk.post(page, {"remark": "Called: a lost telephone"}).status_code == 303
    assert desk.post(page, {"remark": "Something else"}).status_code == 303
    report.refresh_from_db()
    assert (report.remark, report.handled_by) == ("Called: a lost telephone", f"account:{registrar.id}")
    assert "Reports that wait (0)" in text(desk.get("/desk/not-me/?lang=en"))
    seen = [line for line in looks.page(citizen.id, whose="officers").lines if line.act == "report.viewed"]
    assert seen
    assert str(seen[0].by.en).startswith("Senior officer, ")


def test_nobody_handles_their_own_report_and_others_see_none(registrar: Account) -> None:
    reporting.disown(found=reporting.what("other", "", by=actor_for(registrar)), by=actor_for(registrar))
    report = Report.objects.get()
    page = f"/desk/not-me/{report.id}/"
    answer = client_for(registrar).post(page, {"remark": "All is well"})
    assert answer.status_code == 422
    report.refresh_from_db()
    assert report.handled_at is None
    for other in (make_officer(), make_account()):
        assert client_for(other).get(page).status_code == 404
        assert client_for(other).post(page, {"remark": "x"}).status_code == 404
        assert client_for(other).get("/desk/not-me/").status_code == 404


def test_reports_are_kept_as_long_as_the_page_says(citizen: Account) -> None:
    reporting.disown(found=reporting.what("other", "", by=actor_for(citizen)), by=actor_for(citizen))
    now = clock.now()
    assert reporting.tidy() == 0
    Report.objects.update(handled_at=now - reporting.KEPT - timedelta(days=1), handled_by="system:test")
    assert reporting.tidy() == 1


def text_of(response: Any) -> str:
    return str(response.content.decode())
