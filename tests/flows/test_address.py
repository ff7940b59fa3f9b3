"""Looking for the place of an address, with scripts: what is found is offered, and that nothing is, is said."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from sala.identity.accounts.models import Account
from sala.kit.text import Language
from tests.flows.conftest import Visitor
from tests.flows.filing import begun
from tests.flows.people import days_ago

Arrive = Callable[..., Visitor]

NOWHERE = {"en": "Nothing found. Try the postcode.", "th": "ไม่พบ โปรดลองพิมพ์รหัสไปรษณีย์"}
HIDDEN = re.compile("govuk-visually-hidden")


@pytest.mark.parametrize("language", ["en", "th"])
def test_that_no_place_is_found_is_seen_and_said(
    visitor: Arrive, tm47: dict[int, int], maria: Account, language: Language
) -> None:
    person = visitor(language=language)
    person.sign_in(maria)
    person.open(f"/apply/{begun(maria, days_ago(80), language=language).id}/stay/")
    find, places, said = (
        person.page.locator(one) for one in ("#address-find", "#address-area", "[data-address] [role=status]")
    )
    find.fill("74000")
    expect(said).to_contain_text(re.compile(r"\d"))
    expect(said).to_have_class(HIDDEN)
    expect(places).to_be_visible()
    find.fill("zzzzqq")
    expect(said).to_have_text(NOWHERE[language])
    expect(said).not_to_have_class(HIDDEN)
    expect(places).to_be_hidden()
    person.see()
    find.fill("z")
    expect(said).to_have_text("")
    expect(said).to_have_class(HIDDEN)
