"""Who has lost a letter, in either language on a phone: nobody is left before a closed door."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail
from playwright.sync_api import expect

from sala.engine.appointments import changing
from sala.engine.appointments.models import Place, Visit
from sala.engine.waiting import offers
from sala.identity.accounts.actor import system
from sala.kit.text import Language
from tests.background import settle
from tests.flows.conftest import Visitor
from tests.flows.test_appointment import Traveller, schedule  # noqa: F401 - a fixture
from tests.flows.test_report import link_in

Arrive = Callable[..., Visitor]
pytestmark = pytest.mark.usefixtures("at_home")
PASSPORT = "P7654321A"


def booked(traveller: Traveller) -> None:
    """As far as the last button, and that."""
    traveller.to_the_times()
    traveller.take()
    traveller.fill_in(PASSPORT)
    traveller.press()


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_link_again_and_the_time_that_is_held(
    visitor: Arrive,
    schedule: int,  # noqa: F811
    language: Language,
) -> None:
    # Given somebody who has booked without an account and lost the letter
    booked(Traveller(visitor(language=language), language))
    visit = Visit.objects.get()
    settle()
    mail.outbox.clear()
    # When they book again, elsewhere, and are told that there is a visit
    traveller = Traveller(visitor(language=language), language)
    booked(traveller)
    # Then a button sends its link, and tells nothing of the visit
    traveller.press("form[action$='/link-again/'] button")
    assert traveller.page.url.endswith("/link-again/?sent")
    expect(traveller.page.locator("main")).not_to_contain_text(visit.reference)
    settle()
    assert [letter.to for letter in mail.outbox] == [[visit.email]]
    # And the number with the address, typed where requests are looked up, does so too
    traveller.visitor.open("/track/")
    traveller.page.fill("[name=reference]", visit.reference)
    traveller.page.fill("[name=email]", visit.email)
    traveller.press()
    expect(traveller.page.locator("[role=status]")).to_contain_text(visit.email)
    # And when the office cannot keep the time, the visit's page leads to the one held instead
    changing.displace(visits=[visit.id], by=system("tests"))
    Place.objects.filter(starts_at=visit.starts_at).delete()
    offers.offer_again(visit=visit.id)
    traveller.visitor.open(link_in(str(mail.outbox[-1].body), f"/visits/{visit.reference}/"))
    traveller.page.locator(".sala-card--ask a.govuk-button").click()
    traveller.page.wait_for_load_state()
    assert "/offers/" in traveller.page.url
    traveller.visitor.see()
    # And a number of the waiting list asks for the address, too
    traveller.visitor.open("/waiting/W-48MA33Q9-2/")
    assert traveller.page.url.endswith("/link/")
