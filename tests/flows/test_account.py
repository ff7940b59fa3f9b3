"""How somebody comes by an account, and back into it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core import mail
from playwright.sync_api import expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from sala.engine.messages.models import Message
from sala.identity.accounts.models import Account, Session
from sala.identity.accounts.requests import COOKIE
from sala.kit.text import Language
from tests.background import settle
from tests.factories import PASSWORD
from tests.flows.conftest import DESKTOP, Visitor
from tests.flows.filing import Applicant, begun
from tests.flows.people import days_ago

Arrive = Callable[..., Visitor]

GOOD = "three quiet green buffaloes"


@pytest.fixture(autouse=True)
def _here(settings: Settings, live_server: LiveServer) -> None:
    settings.PUBLIC_URL = live_server.url


def link_in_the_mail(to: str) -> str:
    """The link in the letter that the background sends to this address."""
    settle()
    letter = mail.outbox[-1]
    assert letter.to == [to]
    found = re.search(r"http\S+/account/link/\S+", str(letter.body))
    assert found, letter.body
    assert not Message.objects.filter(text__contains=found[0]).exists(), "a letter that was sent is forgotten"
    return found[0]


@pytest.mark.requirement("R-001.11", "R-001.12", "R-001.13", "R-001.14", "R-001.15")
@pytest.mark.parametrize("size", [None, DESKTOP], ids=["phone", "desktop"])
def test_a_newcomer_makes_an_account(visitor: Arrive, size: dict[str, int] | None) -> None:
    # Given a newcomer who wants their account
    newcomer = visitor(**({"size": size} if size else {}))
    newcomer.open("/account/")
    newcomer.press("Create an account", role="link")
    # When they give four things, one of them wrong at first
    newcomer.type("Given name", "Grace")
    newcomer.type("Surname", "Hopper")
    newcomer.type("Telephone number", "12")
    newcomer.type("E-mail address", "grace@example.org")
    newcomer.press("Send me the link")
    newcomer.press(re.compile("Enter a telephone number in full"), role="link")  # type: ignore[arg-type]
    expect(newcomer.page.get_by_label("Telephone number")).to_be_focused()
    newcomer.type("Telephone number", "+44 20 7946 0000")
    newcomer.press("Send me the link")
    expect(newcomer.page.get_by_text("grace@example.org")).to_be_visible()
    assert not Account.objects.exists()
    # And open the link on another device
    other = visitor()
    other.open(link_in_the_mail("grace@example.org"))
    other.page.locator("#password").fill("short")
    other.press("Create my account")
    other.page.get_by_role("button", name="Show password").click()
    other.page.locator("#password").fill(GOOD)
    other.press("Create my account")
    # Then they are in, where they wanted to be
    expect(other.page.get_by_role("heading", name="My account")).to_be_visible()
    expect(other.page.get_by_text("+44 20 7946 0000")).to_be_visible()


def test_who_forgot_the_password_comes_back_in(visitor: Arrive, maria: Account) -> None:
    phone = visitor(language="th")
    phone.open("/account/sign-in/?next=/account/")
    phone.press("ลืมรหัสผ่าน", role="link")
    phone.type("อีเมล", maria.email.upper())
    phone.press("ส่งลิงก์ให้ฉัน")
    phone.open(link_in_the_mail(maria.email))
    phone.page.locator("#password").fill(GOOD)
    phone.press("บันทึกและเข้าสู่ระบบ")
    phone.open("/account/")
    expect(phone.page.get_by_role("heading", name="บัญชีของฉัน")).to_be_visible()


def test_what_was_typed_survives_the_end_of_a_session(visitor: Arrive, maria: Account) -> None:
    # Given Maria, who has typed into a form while her session ran out
    phone = visitor()
    phone.sign_in(maria)
    phone.open("/account/details/")
    phone.type("Given name", "Maria Clara")
    phone.context.clear_cookies(name=COOKIE)
    # When she sends it, and signs in where she is asked to
    phone.press("Save")
    expect(phone.page.get_by_role("heading", name="Sign in again to go on")).to_be_visible()
    phone.type("E-mail address", maria.email)
    phone.page.locator("#password").fill(PASSWORD)
    phone.page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    phone.press("Continue")
    # Then nothing was lost
    expect(phone.page.get_by_text("Your details are saved")).to_be_visible()
    maria.refresh_from_db()
    assert maria.given_name == "Maria Clara"


@pytest.mark.requirement("R-001.11", "R-001.15")
def test_a_newcomer_who_wants_to_report_comes_to_the_first_question(visitor: Arrive, tm47: dict[int, int]) -> None:
    # Given a newcomer at the page of the service
    newcomer = visitor()
    newcomer.open("/services/tm47/")
    newcomer.press("Start now")
    newcomer.press("Create an account", role="link")
    # When they make an account on the way
    newcomer.type("Given name", "Grace")
    newcomer.type("Surname", "Hopper")
    newcomer.type("Telephone number", "+44 20 7946 0000")
    newcomer.type("E-mail address", "grace@example.org")
    newcomer.press("Send me the link")
    newcomer.open(link_in_the_mail("grace@example.org"))
    newcomer.page.locator("#password").fill(GOOD)
    newcomer.press("Create my account")
    # Then they are where they wanted to be
    newcomer.press("Start now")
    expect(newcomer.page.get_by_role("heading", level=1)).to_have_text("Passport")
    newcomer.page.get_by_label("Nationality").select_option("GBR")
    newcomer.type("Passport number", "123456789")
    newcomer.press("Continue")
    expect(newcomer.page.get_by_role("heading", level=1)).to_have_text("Name as in the passport")


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_session_that_ends_in_the_middle_of_a_report_loses_nothing(
    visitor: Arrive, tm47: dict[int, int], maria: Account, language: Language
) -> None:
    # Given Maria, who has typed into a page of her report while her session ran out
    draft = begun(maria, days_ago(80), language=language)
    phone = visitor(language=language)
    phone.sign_in(maria)
    phone.open(f"/apply/{draft.id}/host/")
    phone.page.fill("#name", "มาลี ศรีสุข")
    Session.objects.all().delete()
    # When she continues, signs in, and continues
    Applicant(phone, language).go_on()
    phone.page.fill("#email", maria.email)
    phone.page.fill("#password", PASSWORD)
    Applicant(phone, language).press("sign in")
    Applicant(phone, language).go_on()
    # Then what she typed is there, and she goes on where she was
    assert phone.page.url.endswith("/check-answers/")
    expect(phone.page.locator("main")).to_contain_text("มาลี ศรีสุข")
