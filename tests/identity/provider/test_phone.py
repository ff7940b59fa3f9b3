"""Signing in with the phone: one browser shows a QR code, the phone approves, the code goes back by the person's eyes.

RFC 10027's attacks each have a test: a code relayed to somebody else's browser, one that was photographed, scanned
twice, replayed, guessed.
"""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client as Browser
from pytest_django import Settings

from sala.identity.accounts.models import Account
from sala.identity.accounts.requests import COOKIE as SESSION
from sala.identity.provider.models import AuthorizationRequest, Consent, Grant
from sala.identity.provider.phone_pages import COOKIE
from sala.identity.wallet import approvals
from sala.identity.wallet.rules import CODE_TRIES
from sala.kit import clock
from sala.kit.errors import Conflict, Forbidden, NotFound
from tests.factories import actor_for, make_account
from tests.identity.provider.conftest import Rp, answer, begin, make_person, make_rp
from tests.identity.provider.test_entering import claims_of

pytestmark = pytest.mark.django_db
PASSKEY = ("hwk", "user", "mfa")


class Desktop:
    """A browser at which nobody is signed in, on the page with the QR code."""

    def __init__(self, rp: Rp, **asked: str) -> None:
        self.rp, self.browser = rp, Browser(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0"})
        self.page = begin(self.browser, rp, **asked)
        begun = self.browser.post(f"{self.page}phone/", {"act": "begin"})
        assert begun.status_code == 303, begun.content.decode()

    def shown(self) -> str:
        return self.browser.get(f"{self.page}phone/", {"lang": "en"}).content.decode()

    def qr(self) -> str:
        """The token in the QR code that is shown now."""
        found = re.search(r'href="[^"]*/id/a/([^/"]+)/"', self.shown())
        assert found, self.shown()
        return unescape(found[1])

    def state(self) -> str:
        return str(self.browser.get(f"{self.page}phone/state/").json()["state"])

    def type(self, code: str) -> str:
        """The page that comes of typing the code."""
        return self.browser.post(f"{self.page}phone/", {"act": "code", "code": code}).content.decode()


def approve(
    token: str, account: Account, agreed: tuple[str, ...] = ("pid", "given_name"), methods: tuple[str, ...] = PASSKEY
) -> str:
    """What the person does on the phone; the code that it shows."""
    by = actor_for(account)
    return approvals.approve(
        approval_id=approvals.opened(token=token, by=by), agreed=("pid", "given_name"), methods=methods, by=by
    )


def signed_in(page: str) -> dict[str, str]:
    """What the RP is told by the page that leads on."""
    found = re.search(r'id="onward" href="([^"]+)"', page)
    assert found, page
    return answer(unescape(found[1]))


def test_the_phone_signs_the_browser_in_at_this_service_only(rp: Rp, citizen: Account) -> None:
    desktop = Desktop(rp)
    assert desktop.state() == "waiting"
    code = approve(desktop.qr(), citizen)
    assert desktop.state() == "scanned"
    told = signed_in(desktop.type(f" {code[:3]} {code[3:]} "))
    claims = claims_of(rp, told)
    assert (claims["acr"], set(claims["amr"])) == ("AAL2", set(PASSKEY))
    grant = Grant.objects.get()
    assert (grant.account_id, grant.session_id) == (citizen.id, None)
    assert set(grant.scopes) == {"openid", "pid", "given_name"}, "what was agreed to on the phone"
    consent = Consent.objects.get()
    assert (sorted(consent.agreed), consent.refused) == (["given_name", "pid"], ["birthdate"])
    assert SESSION not in desktop.browser.cookies, "this browser is signed in to the service, not to the account"
    assert not AuthorizationRequest.objects.exists()


def test_the_phone_shows_who_asks_from_where_for_what(rp: Rp, citizen: Account) -> None:
    from sala.identity.wallet import queries as wallet

    by = actor_for(citizen)
    approval = approvals.opened(token=Desktop(rp).qr(), by=by)
    shown = wallet.one(approval, by=by).asking
    assert (shown.name["en"], shown.owner["en"], shown.place) == (
        "Land registry",
        "Example Co., Ltd.",
        "Chrome · Windows",
    )
    assert [claim.scope for claim in shown.claims] == ["pid", "given_name", "birthdate"]
    assert shown.claims[0].purpose["en"] == "To find your deeds"
    assert not shown.strong


def test_a_pin_is_one_factor_and_aal2_needs_the_passkey(rp: Rp, citizen: Account) -> None:
    desktop = Desktop(rp)
    claims = claims_of(rp, signed_in(desktop.type(approve(desktop.qr(), citizen, methods=("pwd", "pin")))))
    assert claims["acr"] == "AAL1"
    strong = Desktop(rp, acr_values="AAL2")
    token = strong.qr()
    with pytest.raises(Forbidden):
        approve(token, citizen, methods=("pwd", "pin"))
    assert claims_of(rp, signed_in(strong.type(approve(token, citizen))))["acr"] == "AAL2"


def test_declining_on_the_phone_signs_nobody_in(rp: Rp, citizen: Account) -> None:
    desktop, by = Desktop(rp), actor_for(citizen)
    approvals.decline(approval_id=approvals.opened(token=desktop.qr(), by=by), by=by)
    assert desktop.state() == "declined"
    assert "You declined on your phone" in desktop.shown()
    assert not Grant.objects.exists()


def test_without_scripts_the_page_changes_by_itself(rp: Rp) -> None:
    desktop = Desktop(rp)
    assert re.search(r'<noscript><meta http-equiv="refresh" content="24"></noscript>', desktop.shown())


def test_the_code_shown_and_the_page_are_nobody_elses_to_keep(rp: Rp) -> None:
    desktop = Desktop(rp)
    assert desktop.browser.get(f"{desktop.page}phone/").headers["Cache-Control"] == "no-store"
    cookie = desktop.browser.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


# --- Attacks ---------------------------------------------------------------------------------------------------


def test_a_code_is_typed_into_the_browser_that_began_and_no_other(rp: Rp, citizen: Account) -> None:
    """Two browsers: even who knows the page's address and the code has not the cookie."""
    desktop = Desktop(rp)
    code = approve(desktop.qr(), citizen)
    thief = Browser()
    assert thief.get(f"{desktop.page}phone/state/").json() == {"state": "gone"}
    stolen = thief.post(f"{desktop.page}phone/", {"act": "code", "code": code}).content.decode()
    assert 'id="onward"' not in stolen
    other = Desktop(rp)
    assert 'id="onward"' not in other.type(code), "nor with a cookie of its own"
    thief.cookies[COOKIE] = other.browser.cookies[COOKIE].value
    assert 'id="onward"' not in thief.post(f"{desktop.page}phone/", {"act": "code", "code": code}).content.decode()
    assert not Grant.objects.exists()
    assert signed_in(desktop.type(code))["code"]


def test_another_browser_cannot_take_the_page_over(rp: Rp, citizen: Account) -> None:
    """Who begins again at the address has an approval of their own; the first browser's is over."""
    desktop = Desktop(rp)
    code = approve(desktop.qr(), citizen)
    thief = Browser()
    thief.post(f"{desktop.page}phone/", {"act": "begin"})
    assert 'id="onward"' not in thief.post(f"{desktop.page}phone/", {"act": "code", "code": code}).content.decode()
    assert desktop.state() == "gone"
    assert not Grant.objects.exists()


def test_a_picture_of_the_qr_code_is_soon_worth_nothing(rp: Rp, citizen: Account) -> None:
    desktop, by = Desktop(rp), actor_for(citizen)
    first = desktop.qr()
    desktop.qr()
    latest = desktop.qr()
    with pytest.raises(NotFound):
        approvals.opened(token=first, by=by)
    with clock.frozen(clock.now() + timedelta(seconds=31)), pytest.raises(NotFound):
        approvals.opened(token=latest, by=by)


def test_a_qr_code_is_scanned_by_one_person(rp: Rp, citizen: Account) -> None:
    desktop = Desktop(rp)
    token = desktop.qr()
    approvals.opened(token=token, by=actor_for(citizen))
    with pytest.raises(Conflict):
        approvals.opened(token=token, by=actor_for(make_account("second@example.org")))
    assert desktop.state() == "scanned"
    assert "/id/a/" not in desktop.shown(), "and no other is shown once one is scanned"


def test_the_relayed_qr_code_needs_the_persons_code(rp: Rp, citizen: Account) -> None:
    """An attacker shows the victim their own QR code, and the victim approves: the attacker has still to guess."""
    attacker = Desktop(rp)
    right = approve(attacker.qr(), citizen)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(CODE_TRIES):
        assert 'id="onward"' not in attacker.type(wrong)
    assert 'id="onward"' not in attacker.type(right), "void"
    assert attacker.state() == "gone"
    assert not Grant.objects.exists()


def test_a_code_works_once(rp: Rp, citizen: Account) -> None:
    desktop = Desktop(rp)
    code = approve(desktop.qr(), citizen)
    waiting = AuthorizationRequest.objects.get()
    assert signed_in(desktop.type(code))["code"]
    waiting.save(force_insert=True)  # even if the request were still there
    assert 'id="onward"' not in desktop.type(code)
    assert Grant.objects.count() == 1


def test_an_approval_of_another_request_answers_nothing(rp: Rp, citizen: Account) -> None:
    first, second = Desktop(rp), Desktop(rp, scope="openid address")
    second.browser.cookies[COOKIE] = first.browser.cookies[COOKIE].value
    code = approve(first.qr(), citizen)
    assert 'id="onward"' not in second.type(code)


def test_beginning_needs_a_form_of_ours(rp: Rp) -> None:
    browser = Browser(enforce_csrf_checks=True)
    page = begin(browser, rp)
    assert browser.post(f"{page}phone/", {"act": "begin"}).status_code == 403
    assert browser.get(f"{page}phone/", {"act": "begin"}).status_code == 200
    assert AuthorizationRequest.objects.get().approval_id is None, "a GET begins nothing"


def test_an_account_without_a_digital_id_signs_in_nowhere(rp: Rp, offices: dict[int, int]) -> None:
    desktop = Desktop(rp)
    page = desktop.type(approve(desktop.qr(), make_account("newcomer@example.org")))
    assert "no digital ID" in page or "ไม่มีดิจิทัลไอดี" in page
    assert not Grant.objects.exists()


def test_who_is_meant_is_who_approves(rp: Rp, citizen: Account) -> None:
    """`id_token_hint` of one person, the phone of another."""
    first = Desktop(rp)
    told = signed_in(first.type(approve(first.qr(), citizen)))
    token = rp.exchange(told["code"]).json()["id_token"]
    other = make_account("other@example.org")
    make_person(other, number=9)
    desktop = Desktop(rp, id_token_hint=token)
    assert 'id="onward"' not in desktop.type(approve(desktop.qr(), other))
    assert Grant.objects.count() == 1


def test_a_sandbox_is_told_of_invented_people_only(citizen: Account, settings: Settings) -> None:
    settings.DEMO = False  # in which the citizen, whose number is an invented one, signs in at sandboxes alone
    desktop = Desktop(make_rp("Not a sandbox"))
    assert 'id="onward"' not in desktop.type(approve(desktop.qr(), citizen))
    desktop = Desktop(make_rp("A sandbox", sandbox=True))
    assert signed_in(desktop.type(approve(desktop.qr(), citizen)))["code"]


def test_asking_for_too_many_is_refused_in_words(rp: Rp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sala.identity.provider.phone.BEGUN_A_NETWORK", 1)
    desktop = Desktop(rp)
    refused = desktop.browser.post(f"{desktop.page}phone/", {"act": "begin"})
    assert refused.status_code == 422
    assert 'value="decline"' in refused.content.decode(), "and the way back is there"


def test_the_qr_code_leads_to_the_name_at_which_the_page_was_opened(rp: Rp, settings: Settings) -> None:
    settings.DEMO, settings.PUBLIC_URL = True, "http://127.0.0.1:8000"
    desktop = Desktop(rp)
    for host, address in (("localhost:8000", "http://localhost:8000"), ("testserver", "http://127.0.0.1:8000")):
        shown = desktop.browser.get(f"{desktop.page}phone/", headers={"host": host}).content.decode()
        assert f'href="{address}/id/a/' in shown
