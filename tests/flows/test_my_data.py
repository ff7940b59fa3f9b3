"""Somebody looks at what is held about them, gets a copy, and says that something was not they."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from sala.identity.accounts.models import Account
from sala.identity.mydata import sections
from sala.kit import audit
from tests.factories import PASSWORD, make_account
from tests.flows.conftest import DESKTOP, Visitor
from tests.identity.provider.conftest import _fresh, make_person

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("at_home", "_fresh")
__all__ = ["_fresh"]


@pytest.fixture
def somchai(offices: dict[int, int]) -> Account:
    account = make_account(email="somchai@example.org")
    make_person(account)
    return account


@pytest.mark.requirement("R-004.18")
@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("th", None)], ids=["desktop", "phone"])
def test_what_is_held_who_looked_a_copy_and_not_me(
    visitor: Arrive, somchai: Account, language: str, size: dict[str, int] | None
) -> None:
    # Given somebody whose data an officer looked at
    audit.record("system:test", "report.viewed", f"account:{somchai.id}")
    person = visitor(language=language, **({"size": size} if size else {}))
    person.sign_in(somchai)
    # When they look at what is held, every section, and who looked
    person.open("/account/my-data/")
    for one in sections.sections()[:3]:
        person.open(f"/account/my-data/about/{one.key}/")
        expect(person.page.get_by_text(one.law.in_(language))).to_be_visible()
    person.open("/account/my-data/looks/")
    expect(person.page.locator("main section")).to_have_count(1)
    # And ask for a copy with their password
    person.open("/account/my-data/copy/")
    person.page.fill("#current_password", PASSWORD)
    person.page.get_by_role("button", name={"en": "Make a copy", "th": "จัดทำสำเนา"}[language], exact=True).click()
    with person.page.expect_download() as download:
        person.page.get_by_role("button", name="PDF").click()
    assert download.value.suggested_filename == "sala-my-data.pdf"
    # Then one press locks the account, here too
    person.open("/account/my-data/not-me/")
    lock = {"en": "Lock my account now", "th": "ล็อกบัญชีของฉันเดี๋ยวนี้"}[language]
    person.page.get_by_role("button", name=lock).click()
    words = {"en": "Your account is locked", "th": "ล็อกบัญชีของท่านแล้ว"}[language]
    expect(person.page.get_by_role("heading", level=1)).to_contain_text(words)
    person.see()
    person.page.goto(f"{person.address}/account/my-data/")
    expect(person.page).to_have_url(re.compile("/account/sign-in/"))
