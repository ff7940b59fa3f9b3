"""How a client works: what holds at once, what an officer decides, and what is never taken."""

from __future__ import annotations

import warnings
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.console import configuring, deciding, queries, services, wishes
from sala.identity.console.rules import Wish
from sala.identity.provider import clients, registry
from sala.identity.provider.models import Client
from sala.identity.provider.registrable import CIBA, DEVICE
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Invalid
from tests.factories import client_for
from tests.identity.console.conftest import HOME, approved, begun, filled, version

pytestmark = pytest.mark.django_db
SAFER = {"security": "dpop", "post_logout_uris": "https://pets.example/bye"}


def in_days(days: int) -> dict[str, str]:
    day = clock.today() + timedelta(days=days)
    return {"legacy_until-day": str(day.day), "legacy_until-month": str(day.month), "legacy_until-year": str(day.year)}


def legacy(days: int = 100) -> dict[str, str]:
    return {"profile": "legacy_thaid", "legacy_why": "Bought in 2022", **in_days(days)}


def key() -> dict[str, Any]:
    return dict(ECKey.generate_key("P-256", auto_kid=True).as_dict(private=False))


def keys_of(*keys: dict[str, Any]) -> str:
    return msgspec.json.encode({"keys": keys}).decode()


def test_what_makes_a_live_client_safer_holds_at_once(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    typed = SAFER | {"backchannel_logout_uri": "https://pets.example/out"}
    assert configuring.change_settings(party=party, which="live", typed=typed, by=by).at_once
    live = queries.own(party, by).client("live")
    assert (live.dpop, live.fapi, live.profile) == (True, False, "strict")
    assert live.post_logout_uris == ("https://pets.example/bye",)
    assert live.backchannel_logout_uri == "https://pets.example/out"
    entry = audit.of_subject(f"client:{live.id}")[0]
    assert (entry.action, entry.detail["dpop"]) == ("provider.client_amended", True)


@pytest.mark.parametrize(
    "wider",
    [
        {"device": "yes"},
        {"ciba": "yes"},
        legacy(),
        {"post_logout_uris": "https://elsewhere.example/bye"},
        {"backchannel_logout_uri": "https://elsewhere.example/out"},
    ],
    ids=["device", "ciba", "legacy", "post-logout", "back-channel"],
)
def test_what_reaches_further_waits_for_an_officer(by: Actor, officer: Actor, wider: dict[str, str]) -> None:
    party = approved(by, officer)
    before = queries.own(party, by).client("live")
    assert not configuring.change_settings(party=party, which="live", typed=wider, by=by).at_once
    assert clients.party(before.id, anew=True) == before
    with pytest.raises(Conflict):  # one at a time
        configuring.change_settings(party=party, which="live", typed=SAFER, by=by)
    deciding.approve(party=party, version=version(party), by=officer)
    now = clients.party(before.id, anew=True)
    assert now
    assert now != before
    assert wishes.of_client(now).legacy == ("profile" in wider)


def test_a_loosened_bond_is_decided_too(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    configuring.change_settings(party=party, which="live", typed={"security": "dpop"}, by=by)
    assert not configuring.change_settings(party=party, which="live", typed={"security": "standard"}, by=by).at_once
    assert queries.own(party, by).client("live").dpop


def test_the_looser_profile_ends_by_itself(by: Actor, officer: Actor) -> None:
    party = begun(by)
    assert configuring.change_settings(party=party, which="sandbox", typed=legacy(10), by=by).at_once
    sandbox = queries.own(party, by).sandbox
    assert sandbox.profile == "legacy_thaid"
    with clock.frozen(clock.now() + timedelta(days=10)):
        assert clients.party(sandbox.id, anew=True).profile == "legacy_thaid"  # type: ignore[union-attr]
    with clock.frozen(clock.now() + timedelta(days=11)):
        assert clients.party(sandbox.id, anew=True).profile == "strict"  # type: ignore[union-attr]


WRONG = [
    (legacy() | {"legacy_why": ""}, "legacy_why"),
    (legacy(-1), "legacy_until-day"),
    (legacy(800), "legacy_until-day"),
    (legacy() | {"legacy_until-day": "31", "legacy_until-month": "2"}, "legacy_until-day"),
    (legacy() | {"legacy_until-year": "x"}, "legacy_until-day"),
    (legacy() | {"security": "fapi"}, "profile"),
    ({"security": "fapi"}, "security"),
    ({"post_logout_uris": "http://pets.example/"}, "post_logout_uris"),
    ({"backchannel_logout_uri": "https://pets.example/#x"}, "backchannel_logout_uri"),
    ({"ciba": "yes", "ciba_notification_uri": "ftp://x"}, "ciba_notification_uri"),
]


def test_what_is_wrong_is_named(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    for typed, field in WRONG:
        with pytest.raises(Invalid) as error:
            configuring.change_settings(party=party, which="live", typed=typed, by=by)
        assert field in {fault.field for fault in error.value.faults}, typed


def test_before_approval_it_is_part_of_the_request(by: Actor, officer: Actor) -> None:
    party = filled(by)
    assert not configuring.change_settings(party=party, which="live", typed={"device": "yes"} | SAFER, by=by).at_once
    services.submit(party=party, by=by)
    with pytest.raises(Conflict):
        configuring.change_settings(party=party, which="live", typed={}, by=by)
    deciding.approve(party=party, version=version(party), by=officer)
    live = queries.own(party, by).client("live")
    assert DEVICE in live.grants
    assert CIBA not in live.grants
    assert live.dpop


def test_keys_in_place_of_a_secret_and_back(by: Actor) -> None:
    party = begun(by)
    configuring.new_secret(party=party, which="sandbox", by=by)
    one = key()
    configuring.use_keys(party=party, which="sandbox", typed=keys_of(one), by=by)
    row = Client.objects.get(id=queries.own(party, by).sandbox.id)
    assert (row.method, row.secret_hash, row.jwks) == ("private_key_jwt", None, {"keys": [one]})
    assert configuring.change_settings(party=party, which="sandbox", typed={"security": "fapi"}, by=by).at_once
    with pytest.raises(Conflict):
        configuring.new_secret(party=party, which="sandbox", by=by)
    with pytest.raises(Invalid):  # FAPI 2.0 asks for keys
        configuring.new_secret(party=party, which="sandbox", method="client_secret_post", by=by)
    configuring.change_settings(party=party, which="sandbox", typed={}, by=by)
    assert configuring.new_secret(party=party, which="sandbox", method="client_secret_post", by=by)
    assert queries.own(party, by).sandbox.keys is None


def _bad_keys() -> dict[str, str]:
    with warnings.catch_warnings(action="ignore"):  # the library, too, thinks it small
        small = RSAKey.generate_key(1024, auto_kid=True).as_dict(private=False)
    private = ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True)
    twice = key()
    return {
        "private": keys_of(dict(private)),
        "small": keys_of(dict(small)),
        "shared": keys_of({"kty": "oct", "k": "AAAA", "kid": "1"}),
        "twice": keys_of(twice, twice),
        "none": keys_of(),
        "text": "no",
        "list": "[]",
        "number": '{"keys": [1]}',
    }


@pytest.mark.filterwarnings("ignore:Key size")
def test_no_other_keys_are_taken(by: Actor, developer: Account) -> None:
    party, browser = begun(by), client_for(developer)
    bad = _bad_keys()
    for typed in bad.values():
        with pytest.raises(Invalid):
            configuring.use_keys(party=party, which="sandbox", typed=typed, by=by)
    answer = browser.post(f"/relying-parties/{party}/sandbox/proof/", {"jwks": bad["private"]})
    assert answer.status_code == 422
    assert msgspec.json.decode(bad["private"])["keys"][0]["d"] not in answer.content.decode()


def test_the_settings_page_keeps_what_was_typed(by: Actor, developer: Account) -> None:
    party, browser = begun(by), client_for(developer)
    page = f"/relying-parties/{party}/sandbox/settings/"
    answer = browser.post(page, {"profile": "legacy_thaid", "legacy_until-day": "99"})
    assert answer.status_code == 422
    assert 'id="legacy_why-error"' in answer.content.decode()
    assert browser.post(page, SAFER).status_code == 303
    assert "https://pets.example/bye" in browser.get(page).content.decode()


def test_an_officer_reads_what_is_wished(by: Actor, officer: Actor) -> None:
    from tests.identity.console.conftest import make_decider

    party = approved(by, officer)
    configuring.change_settings(party=party, which="live", typed={"ciba": "yes"} | legacy(), by=by)
    shown = client_for(make_decider()).get(f"/relying-parties/decide/{party}/?lang=en").content.decode()
    assert "Asking people on their phones (CIBA)" in shown
    assert "Bought in 2022" in shown


def test_nothing_is_asked_for_a_suspended_client(by: Actor, officer: Actor) -> None:
    party = approved(by, officer)
    registry.suspend(client_id=queries.own(party, by).client("live").id, why="Leaked", by="test")
    assert queries.own(party, by).halted
    for act in (
        lambda: configuring.change_settings(party=party, which="live", typed={"device": "yes"}, by=by),
        lambda: configuring.change_addresses(party=party, which="live", typed=f"{HOME}/2", by=by),
        lambda: configuring.new_secret(party=party, which="live", by=by),
    ):
        with pytest.raises(Conflict):
            act()
    services.save(party=party, part="data", typed={}, chosen=["given_name"], by=by)
    with pytest.raises(Conflict):
        services.submit(party=party, by=by)


WISHES = st.builds(
    Wish, public=st.booleans(), security=st.sampled_from(wishes.SECURITY), device=st.booleans(), ciba=st.booleans(),
    legacy=st.booleans(),
    legacy_until=st.sampled_from(["2027-01-01", "2027-06-01"]),
)  # fmt: skip


@given(now=WISHES, wanted=WISHES)
def test_nothing_widens_by_halves(now: Wish, wanted: Wish) -> None:
    """What does not widen can be taken back only by what is no narrower, and the same never widens."""
    assert not wishes.widens(now, now, [HOME])
    if not wishes.widens(now, wanted, [HOME]) and not wishes.widens(wanted, now, [HOME]):
        blank = {"legacy_until": "", "legacy_why": ""}
        same = [msgspec.structs.replace(one, **({} if one.legacy else blank)) for one in (now, wanted)]
        assert same[0] == same[1]
