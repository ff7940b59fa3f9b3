"""The register: who may ask what, for everybody; and the officers who end it."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from pytest_django import Settings

from sala.engine.messages import of_console
from sala.engine.messages.models import Message
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.console import letters, queries, register
from sala.identity.console.words import HISTORY
from sala.identity.provider import clients, tokens
from sala.identity.provider.rules import Refusal
from sala.kit import audit, sql, thai
from sala.kit.errors import Forbidden, Invalid, NotFound
from sala.kit.models import OutboxEvent
from sala.kit.text import Language
from tests.factories import client_for, make_account
from tests.identity.console.conftest import approved, begun, make_decider

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("R-004.7")
def test_everybody_reads_who_may_ask_what_and_why(by: Actor, officer: Actor) -> None:
    approved(by, officer)
    page = Browser().get("/relying-parties/list/?lang=en").content.decode()
    for words in ("Pet register", "pets.example", "Your date of birth", "To issue the card", "PDPA, section 24"):
        assert words in page
    assert "it@pets.example" not in page
    assert "(sandbox)" not in page


def test_it_is_searched_by_any_of_its_words(by: Actor, officer: Actor) -> None:
    approved(by, officer)
    begun(by, name_en="Not yet approved")
    for words, hits in (
        ("pet", 1),
        ("สัตว์เลี้ยง", 1),
        ("PETS.example birth", 1),
        ("birth pid", 0),
        ("approved", 0),
        ("", 1),
    ):
        assert register.search(words).total == hits, words
    assert register.search("", kind="government").total == 0
    assert register.search("", page=99).page == 1


def test_an_officer_suspends_serves_again_and_closes(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    live = queries.own(party, by).client("live").id
    browser = client_for(make_decider())
    page = f"/relying-parties/clients/{live}/"
    assert "Pet register" in browser.get("/relying-parties/clients/?lang=en&q=pet").content.decode()
    assert browser.post(page, {"act": "suspend", "why": " "}).status_code == 422
    assert browser.post(page, {"act": "suspend", "why": "It leaked data"}).status_code == 303
    assert clients.party(live, anew=True) is None
    assert register.search("").total == 0
    assert "It leaked data" in client_for_account(by).get(f"/relying-parties/{party}/").content.decode()
    assert browser.post(page, {"act": "resume"}).status_code == 303
    assert clients.party(live, anew=True)
    assert browser.post(page, {"act": "close", "why": "It never mended it"}).status_code == 303
    assert browser.get(page).status_code == 404
    assert queries.own(party, by).halted
    actions = [entry.action for entry in audit.of_subject(f"client:{live}")][:3]
    assert actions == ["provider.client_closed", "provider.client_resumed", "provider.client_suspended"]
    for event in OutboxEvent.objects.filter(topic=letters.TOPIC):
        of_console.send(event.payload)
    kinds = list(Message.objects.order_by("id").values_list("kind", flat=True))
    assert kinds[-3:] == ["console_suspended", "console_resumed", "console_closed"]
    assert "It never mended it" in Message.objects.get(kind="console_closed").text


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_suspended_service_stays_before_its_people(by: Actor, officer: Actor, language: Language) -> None:
    party = approved(by, officer)
    live = queries.own(party, by).client("live").id
    tokens.note(live, "authorize", refusal=Refusal("invalid_scope", "Not approved for this client: pid"))
    register.halt(client_id=live, for_good=False, why="It leaked data", by=officer)
    browser, own = client_for_account(by), f"/relying-parties/{party}/"
    page = browser.get(f"{own}?lang={language}").content.decode()
    assert page.count(live) == 2
    assert "It leaked data" in page
    assert thai.moment(queries.own(party, by).halted.since, language) in page  # type: ignore[union-attr]
    assert "1548" in page
    assert f'href="{own}live/calls/"' in page
    assert "Not approved for this client: pid" in browser.get(f"{own}live/calls/").content.decode()
    assert browser.get(f"{own}live/").headers["Location"] == own
    assert ("Suspended" if language == "en" else "ระงับ") in browser.get("/relying-parties/").content.decode()
    for closed in ("live/proof/", "live/settings/", "live/quick-start/"):
        assert browser.get(own + closed).status_code == 404


def client_for_account(by: Actor) -> Browser:
    from sala.identity.accounts.models import Account

    return client_for(Account.objects.get(id=by.account_id))


def test_who_may_not_end_it(by: Actor, officer: Actor) -> None:
    live = queries.own(approved(by, officer), by).client("live").id
    for stranger in (make_account(), make_decider("officer")):
        browser = client_for(stranger)
        assert browser.get("/relying-parties/clients/").status_code == 404
        assert browser.post(f"/relying-parties/clients/{live}/", {"act": "close", "why": "x"}).status_code == 404
    with pytest.raises(NotFound):
        register.halt(client_id=live, for_good=True, why="x", by=by)
    with pytest.raises(NotFound):  # of sandboxes nobody decides
        register.one(queries.own(begun(by), by).sandbox.id, officer)
    with pytest.raises(Invalid):
        register.halt(client_id=live, for_good=True, why="", by=officer)


def test_nobody_ends_or_revives_their_own(by: Actor, officer: Actor) -> None:
    from sala.identity.console.permissions import AUTHORITY
    from tests.factories import actor_for, add_post

    live = queries.own(approved(by, officer), by).client("live").id
    from sala.identity.accounts.models import Account

    account = Account.objects.get(id=by.account_id)
    add_post(account, None, "manager", agency=AUTHORITY)
    with pytest.raises(Forbidden):
        register.resume(client_id=live, by=actor_for(account))


@pytest.fixture
def portal(developer: Account) -> str:
    """This installation's own portal as a relying party of its own provider."""
    from sala.web import portal_client

    assert portal_client.register()
    return "portal"


def test_the_portals_own_door_is_shut_by_nobody(portal: str, officer: Actor) -> None:
    browser = client_for(make_decider())
    page = f"/relying-parties/clients/{portal}/"
    assert "This is the portal that you are using" in browser.get(f"{page}?lang=en").content.decode()
    for act in ("close", "suspend"):
        assert browser.post(page, {"act": act, "why": "By mistake"}).status_code == 403
        with pytest.raises(Forbidden):
            register.halt(client_id=portal, for_good=act == "close", why="By mistake", by=officer)
    assert clients.party(portal, anew=True)
    shown = Browser().get("/relying-parties/list/?lang=en").content.decode()
    assert shown.count("This portal") == 1


def test_of_another_providers_people_no_client_is_the_portal(portal: str, officer: Actor, settings: Settings) -> None:
    settings.IDP = "https://imauth.bora.dopa.go.th"
    assert "This portal" not in Browser().get("/relying-parties/list/?lang=en").content.decode()
    register.halt(client_id=portal, for_good=False, why="No longer ours", by=officer)
    assert clients.party(portal, anew=True) is None


def test_what_officers_did_is_not_buried_by_what_people_agreed_to(by: Actor, officer: Actor) -> None:
    live = queries.own(approved(by, officer), by).client("live").id
    many = """
    insert into kit_auditentry (actor, action, subject, detail)
    select 'account:x', 'provider.' || unnest(array['consented', 'claim_withdrawn']), %s, '{}'
    from generate_series(1, 2000)"""
    sql.execute(many, [f"client:{live}"])
    told = [entry.action for entry in register.one(live, officer).history]
    assert told[-1] == "provider.client_registered"
    assert len(told) == 3  # and two scopes
    others = """
    insert into kit_auditentry (actor, action, subject, detail)
    select 'account:x', 'provider.consented', 'client:' || n, '{}' from generate_series(1, 20000) n"""
    sql.execute(others)  # were all entries this client's, any index would do
    sql.execute("analyze kit_auditentry")
    given = {"subject": f"client:{live}", "actions": list(HISTORY), "limit": audit.MOST}
    plan = "\n".join(row[0] for row in sql.fetch_all("explain " + audit._DEEDS, given))  # noqa: SLF001
    assert "audit_deeds" in plan, plan
