"""A program that runs in the browser or an app alone: who decides that it may, and what it is told."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.urls import reverse

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.console import configuring, deciding, queries, services
from sala.identity.provider import clients
from sala.kit.errors import Conflict, Invalid
from tests.factories import client_for
from tests.identity.console.conftest import approved, begun, filled, version

pytestmark = pytest.mark.django_db
PUBLIC, SERVER = {"runs": "public"}, {"runs": "server"}


def change(party: UUID, which: str, typed: dict[str, str], by: Actor) -> bool:
    return configuring.change_settings(party=party, which=which, typed=typed, by=by).at_once


def test_a_sandbox_becomes_public_and_no_longer(by: Actor) -> None:
    party = begun(by)
    configuring.new_secret(party=party, which="sandbox", by=by)
    assert change(party, "sandbox", PUBLIC, by)
    assert queries.own(party, by).client("sandbox").public
    with pytest.raises(Conflict):
        configuring.new_secret(party=party, which="sandbox", method="client_secret_basic", by=by)
    assert change(party, "sandbox", SERVER, by)
    shown = queries.own(party, by)
    assert (shown.client("sandbox").method, shown.sandbox_secret_at) == ("client_secret_basic", None)
    assert configuring.new_secret(party=party, which="sandbox", by=by)


def test_of_a_live_one_an_officer_decides(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    live = queries.own(party, by).client("live").id
    assert not change(party, "live", PUBLIC, by)
    before = clients.party(live, anew=True)
    assert before
    assert not before.public, "until then all stays as it is"
    deciding.approve(party=party, version=version(party), by=officer)
    after = clients.party(live, anew=True)
    assert after
    assert after.public
    assert change(party, "live", SERVER, by), "back to a server it is safer, and holds at once"


def test_asked_for_from_the_beginning(by: Actor, officer: Actor) -> None:
    party = filled(by)
    change(party, "live", PUBLIC, by)
    services.submit(party=party, by=by)
    deciding.approve(party=party, version=version(party), by=officer)
    assert queries.own(party, by).client("live").public


@pytest.mark.parametrize("more", [{"security": "fapi"}, {"device": "yes"}, {"ciba": "yes"}], ids=str)
def test_what_does_not_go_with_it_is_named(by: Actor, more: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        change(begun(by), "sandbox", PUBLIC | more, by)
    assert refused.value.faults[0].field == "runs"


def test_its_pages_speak_of_no_secret(by: Actor, developer: Account) -> None:
    party = begun(by)
    browser = client_for(developer)
    browser.cookies["lang"] = "en"

    def page(name: str) -> str:
        return browser.get(reverse(f"console:{name}", args=(party, "sandbox"))).content.decode()

    assert "SALA_SECRET" in page("quick_start")
    change(party, "sandbox", PUBLIC, by)
    assert "By nothing: it runs where nothing stays secret" in page("client")
    assert "the secret" not in page("client")
    assert "oidc-client-ts" in page("quick_start")
    assert "SECRET" not in page("quick_start")
    led = browser.get(reverse("console:proof", args=(party, "sandbox")))
    assert (led.status_code, led.headers["Location"]) == (303, reverse("console:settings", args=(party, "sandbox")))
