"""Asking, deciding, changing: what holds, whoever presses what twice or at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.console import configuring, deciding, queries, services, trying
from sala.identity.console.models import RelyingParty
from sala.identity.directory.models import Office
from sala.identity.people import queries as people
from sala.identity.people.rules import is_invented
from sala.identity.provider import clients
from sala.identity.provider.rules import same_secret
from sala.kit import audit
from sala.kit.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from sala.kit.ids import uuid7
from tests.factories import actor_for, add_post, make_account
from tests.identity.console.conftest import ABOUT, HOME, approved, begun, filled, make_decider, sent, version

pytestmark = pytest.mark.django_db


def test_a_sandbox_is_there_at_once(by: Actor) -> None:
    shown = queries.own(begun(by), by)
    assert shown.sandbox.sandbox
    assert shown.live is None
    assert len(shown.sandbox.scopes) == 19
    assert shown.sandbox.sector.startswith("sandbox:")


def test_the_same_form_sent_twice_begins_one(by: Actor) -> None:
    key = uuid7()
    assert services.begin(party=key, typed=ABOUT, by=by) == services.begin(party=key, typed=ABOUT, by=by)
    assert RelyingParty.objects.count() == 1


def test_nobody_begins_without_end(by: Actor) -> None:
    for _ in range(services.BEGUN_A_DAY):
        begun(by)
    with pytest.raises(TooMany):
        begun(by)


def test_what_is_wrong_is_kept_and_named(by: Actor) -> None:
    party = begun(by)
    faults = services.save(party=party, part="contact", typed={"contact_email": "nobody"}, by=by)
    assert {fault.field for fault in faults} == {"contact_name", "contact_email", "contact_phone"}
    assert queries.own(party, by).content.contact_email == "nobody"


def test_a_request_that_lacks_something_is_not_sent(by: Actor) -> None:
    party = begun(by)
    with pytest.raises(Invalid) as error:
        services.submit(party=party, by=by)
    assert {"redirect_uris", "scopes"} <= {fault.field for fault in error.value.faults}


@pytest.mark.requirement("R-004.7")
def test_a_company_becomes_a_relying_party(by: Actor, officer: Actor) -> None:
    shown = queries.own(approved(by, officer), by)
    assert shown.live
    assert (shown.live.kind, shown.live.company) == ("private", ABOUT["company"])
    assert shown.live.redirect_uris == (HOME,)
    assert list(shown.live.scopes) == ["given_name", "birthdate"]
    assert str(shown.live.scopes["birthdate"].purpose.en) == "To issue the card"
    assert not shown.live.sandbox


@pytest.mark.requirement("R-004.6")
def test_an_agency_becomes_a_relying_party(by: Actor, officer: Actor) -> None:
    party = approved(by, officer, kind="government", agency="lands")
    live = queries.own(party, by).client("live")
    assert (live.kind, live.agency, live.company) == ("government", "lands", "")
    actions = [entry.action for entry in audit.of_subject(f"rp:{party}")]
    assert actions == ["console.approved", "console.submitted", "console.begun"]


def test_an_officer_says_what_to_change_scope_by_scope(by: Actor, officer: Actor) -> None:
    party = sent(by)
    with pytest.raises(Invalid):
        deciding.send_back(party=party, version=version(party), remarks={"birthdate": " "}, by=officer)
    read = version(party)
    for _ in range(2):  # pressed twice
        deciding.send_back(party=party, version=read, remarks={"birthdate": "Ask the age only"}, by=officer)
    shown = queries.own(party, by)
    assert shown.remarks == {"birthdate": "Ask the age only"}
    assert shown.live is None
    services.save(party=party, part="data", typed={}, chosen=["given_name"], by=by)
    services.submit(party=party, by=by)
    deciding.approve(party=party, version=version(party), by=officer)
    assert list(queries.own(party, by).client("live").scopes) == ["given_name"]


def test_an_officer_decides_on_what_they_read(by: Actor, officer: Actor) -> None:
    party = sent(by)
    read = version(party)
    services.take_back(party=party, by=by)
    services.save(party=party, part="addresses", typed={"redirect_uris": "https://evil.example/"}, by=by)
    services.submit(party=party, by=by)
    with pytest.raises(Conflict):
        deciding.approve(party=party, version=read, by=officer)


def test_what_is_being_read_is_not_altered(by: Actor) -> None:
    party = sent(by)
    with pytest.raises(Conflict):
        services.save(party=party, part="addresses", typed={"redirect_uris": "https://evil.example/"}, by=by)


def test_who_may_not_decide(by: Actor, officer: Actor, developer: Account) -> None:
    party = sent(by)
    strangers = [by, *(actor_for(make_decider(role)) for role in ("officer", "auditor", "administrator"))]
    names = {"name_th": "", "name_en": ""}
    district = Office.objects.create(slug="district", agency_id="provincial-administration", kind="d", **names)
    of_district = make_account()
    add_post(of_district, district, "senior")
    strangers.append(actor_for(of_district))
    for stranger in strangers:
        with pytest.raises(NotFound):
            deciding.approve(party=party, version=version(party), by=stranger)
        with pytest.raises(NotFound):
            queries.to_decide(party, stranger)
    add_post(developer, None, "manager", agency="provincial-administration")
    with pytest.raises(Forbidden):
        deciding.approve(party=party, version=version(party), by=actor_for(developer))


def test_a_strangers_relying_party_does_not_exist(by: Actor) -> None:
    party, stranger = filled(by), actor_for(make_account())
    for act in (
        lambda: services.submit(party=party, by=stranger),
        lambda: configuring.new_secret(party=party, which="sandbox", by=stranger),
        lambda: configuring.change_addresses(party=party, which="sandbox", typed=HOME, by=stranger),
        lambda: trying.make_person(party=party, by=stranger),
        lambda: queries.own(party, stranger),
        lambda: services.begin(party=party, typed=ABOUT, by=stranger),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_secret_is_shown_once_and_a_new_one_ends_it(by: Actor) -> None:
    party = begun(by)
    first, second = (configuring.new_secret(party=party, which="sandbox", by=by) for _ in range(2))
    stored = clients.party(queries.own(party, by).sandbox.id, anew=True)
    assert stored
    assert stored.secret_hash
    assert same_secret(second, stored.secret_hash)
    assert not same_secret(first, stored.secret_hash)
    with pytest.raises(Conflict):
        configuring.new_secret(party=party, which="live", by=by)


def test_a_known_host_moves_at_once_and_another_is_decided(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    assert configuring.change_addresses(party=party, which="live", typed=f"{HOME}/2", by=by).at_once
    assert queries.own(party, by).client("live").redirect_uris == (f"{HOME}/2",)
    elsewhere = "https://shop.pets.example/back"
    assert not configuring.change_addresses(party=party, which="live", typed=elsewhere, by=by).at_once
    assert queries.own(party, by).client("live").redirect_uris == (f"{HOME}/2",)
    before = queries.own(party, by).client("live").sector
    deciding.approve(party=party, version=version(party), by=officer)
    live = queries.own(party, by).client("live")
    assert live.redirect_uris == (elsewhere,)
    assert live.sector == before  # people stay who they were


def test_a_live_client_leads_over_https_only(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    with pytest.raises(Invalid):
        configuring.change_addresses(party=party, which="live", typed="http://localhost:3000/", by=by)
    assert configuring.change_addresses(party=party, which="sandbox", typed="http://localhost:9/", by=by).at_once


def test_whose_it_is_stays_as_approved(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    services.save(party=party, part="about", typed=ABOUT | {"company": "Another Co."}, by=by)
    assert queries.own(party, by).content.company == ABOUT["company"]


def test_test_people_are_invented_and_five(by: Actor) -> None:
    party = begun(by)
    for _ in range(5):
        trying.make_person(party=party, by=by)
    with pytest.raises(Conflict):
        trying.make_person(party=party, by=by)
    for one in trying.people_of(party):
        linked = people.of_account(one.account_id)
        assert linked
        assert is_invented(linked.person.pid)


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_at_once_one_decides(by: Actor, officer: Actor) -> None:
    party, other = sent(by), actor_for(make_decider("manager"))
    read, start = version(party), Barrier(2)

    def decide(who: Actor) -> str:
        start.wait()
        try:
            if who is officer:
                deciding.approve(party=party, version=read, by=who)
            else:
                deciding.send_back(party=party, version=read, remarks={"general": "No"}, by=who)
        except Conflict:
            return "conflict"
        finally:
            connection.close()
        return "decided"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(decide, [officer, other])) == ["conflict", "decided"]
    row = RelyingParty.objects.get(id=party)
    assert (row.state == "approved") == (row.live_id is not None)


def test_an_unknown_one_is_not_found(officer: Actor) -> None:
    with pytest.raises(NotFound):
        deciding.approve(party=UUID(int=1), version=1, by=officer)
