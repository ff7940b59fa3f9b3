"""An approval changes what the request asks; what an operator has set by the command line stays."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sala.identity.accounts.actor import Actor
from sala.identity.console import configuring, deciding, queries, services, wishes
from sala.identity.console.models import RelyingParty
from sala.identity.console.rules import Wish
from sala.identity.provider import clients, registry
from sala.identity.provider.clients import Party
from sala.identity.provider.registrable import DEVICE
from sala.kit import audit, clock
from sala.kit.text import Text
from tests.factories import client_for
from tests.identity.console.conftest import HOME, approved, make_decider, version

pytestmark = pytest.mark.django_db
OPERATOR = "system:command-line"


def live_of(party: object) -> Party:
    row = RelyingParty.objects.get(id=party)
    found = clients.party(str(row.live_id), anew=True)
    assert found
    return found


def set_by_operator(client: Party, **given: object) -> None:
    setup = msgspec.structs.replace(registry.setup_of(client), **given)
    registry.amend(client_id=client.id, setup=setup, by=OPERATOR)


def ask_for(party: object, by: Actor, officer: Actor, *scopes: str) -> None:
    """Other data, sent and approved."""
    given = {"party": party, "by": by}
    services.save(part="data", typed={}, chosen=scopes, **given)  # type: ignore[arg-type]
    why = {"purpose_th": "ก", "purpose_en": "a", "basis_th": "ข", "basis_en": "b"}
    services.save(part="reasons", typed={f"{scope}-{k}": v for scope in scopes for k, v in why.items()}, **given)  # type: ignore[arg-type]
    services.submit(**given)  # type: ignore[arg-type]
    deciding.approve(party=party, version=version(party), by=officer)  # type: ignore[arg-type]


def test_what_an_operator_set_stays_when_other_data_are_approved(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    client = live_of(party)
    until = clock.today() + timedelta(days=30)
    grants = ("authorization_code", "refresh_token", "client_credentials", DEVICE)
    after = ("https://pets.example/gone",)
    set_by_operator(client, grants=grants, profile="legacy_thaid", profile_until=until, post_logout_uris=after)
    why = Text(th="ตามคำสั่ง", en="By order")
    registry.approve_scope(client_id=client.id, scope="address", purpose=why, basis=why, by=OPERATOR)
    registry.amend(client_id=client.id, name=Text(th="ชื่อใหม่", en="Another name"), by=OPERATOR)
    ask_for(party, by, officer, "given_name", "ial")  # no birthdate any more
    now = live_of(party)
    assert now.grants == set(grants)
    assert (now.profile, now.profile_until, now.post_logout_uris) == ("legacy_thaid", until, after)
    assert now.name.en == "Another name"
    assert set(now.scopes) == {"given_name", "ial", "address"}
    # And what the console then shows is what is served
    assert queries.own(party, by).content.name_en == "Another name"


def test_a_setting_that_holds_at_once_leaves_the_rest(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    set_by_operator(live_of(party), grants=("authorization_code", "refresh_token", "client_credentials"))
    assert configuring.change_settings(party=party, which="live", typed={"security": "dpop"}, by=by).at_once
    assert "client_credentials" in live_of(party).grants
    assert live_of(party).dpop


def test_what_is_asked_against_an_operators_setting_is_decided_and_done(by: Actor, officer: Actor) -> None:
    """Told from what its people saw on the page: what an officer then approves is not taken for no change."""
    party = approved(by, officer)
    set_by_operator(live_of(party), dpop=True)
    assert not configuring.change_settings(party=party, which="live", typed={"security": "standard"}, by=by).at_once
    deciding.approve(party=party, version=version(party), by=officer)
    assert not live_of(party).dpop


def test_what_is_set_while_an_officer_reads_stays_too(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    configuring.change_settings(party=party, which="live", typed={"device": "yes"}, by=by)
    set_by_operator(live_of(party), dpop=True)
    deciding.approve(party=party, version=version(party), by=officer)
    assert live_of(party).dpop
    assert DEVICE in live_of(party).grants


def test_an_officer_reads_what_will_be_served(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    set_by_operator(live_of(party), profile="legacy_thaid")  # the command line asks for no end
    services.save(party=party, part="data", typed={}, chosen=["given_name"], by=by)
    services.submit(party=party, by=by)
    shown = client_for(make_decider()).get(f"/relying-parties/decide/{party}/?lang=en").content.decode()
    assert "Without an end" in shown
    assert "Served now" not in shown  # it is no change
    assert "It gives up: " in shown
    deciding.approve(party=party, version=version(party), by=officer)
    actions = [entry.action for entry in audit.of_subject(f"client:{live_of(party).id}")]
    assert actions[0] == "provider.scope_withdrawn"
    assert actions.count("provider.client_amended") == 1  # the operator's alone


def test_of_a_request_older_than_what_was_agreed_nothing_unknown_is_lost(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    set_by_operator(live_of(party), grants=("authorization_code", "refresh_token", "client_credentials"))
    services.save(party=party, part="addresses", typed={"redirect_uris": f"{HOME}\n{HOME}/2"}, by=by)
    services.submit(party=party, by=by)
    RelyingParty.objects.filter(id=party).update(agreed=None)
    deciding.approve(party=party, version=version(party), by=officer)
    assert "client_credentials" in live_of(party).grants
    assert live_of(party).redirect_uris == (HOME, f"{HOME}/2")


WISHES = st.builds(
    Wish, security=st.sampled_from(wishes.SECURITY), device=st.booleans(), ciba=st.booleans(),
    post_logout_uris=st.lists(st.sampled_from(["https://a", "https://b", "https://c"]), unique=True).map(tuple),
    backchannel_logout_uri=st.sampled_from(["", "https://a"]),
)  # fmt: skip


@given(now=WISHES, was=WISHES, wanted=WISHES)
def test_only_what_is_asked_changes(now: Wish, was: Wish, wanted: Wish) -> None:
    assert wishes.merged(now, was, was) == now  # nothing is asked
    assert set(wishes.merged(was, was, wanted).post_logout_uris) == set(wanted.post_logout_uris)
    found = wishes.merged(now, was, wanted)
    for field in ("security", "device", "ciba", "backchannel_logout_uri"):
        asked = getattr(wanted, field) != getattr(was, field)
        assert getattr(found, field) == getattr(wanted if asked else now, field)
