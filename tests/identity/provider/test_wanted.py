"""Claims asked one by one, and who is meant: `claims`, `id_token_hint`, `login_hint`, levels."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from sala.identity.accounts.models import Account
from sala.identity.people.models import Link
from sala.identity.provider import clients, keys, rules, wanted
from sala.identity.provider.models import Look
from sala.identity.provider.rules import Refusal
from sala.kit import clock
from tests.factories import client_for, make_account
from tests.identity.provider.conftest import USERINFO, Rp, agree, answer, begin, make_person, make_rp, onward

Tokens = Callable[..., dict[str, Any]]
KNOWN = ("pid", "given_name", "birthdate", "address", "ial")
ALLOWED = ("pid", "given_name")


def claims_of(id_token: str) -> dict[str, Any]:
    published = KeySet.import_key_set(Browser().get("/jwks/").json())
    return dict(jwt.decode(id_token, published, algorithms=["ES256"]).claims)


def facts_of(tokens: dict[str, Any]) -> dict[str, Any]:
    response = Browser().get(USERINFO, headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert response.status_code == 200
    return dict(response.json())


def asking(**parts: Any) -> str:
    return json.dumps(parts)


# --- The rule ------------------------------------------------------------------------------------------------


def read(text: str) -> wanted.Read:
    return wanted.read(text, ("openid", "pid"), allowed=ALLOWED, known=KNOWN)


def test_what_is_asked_by_whom_it_may_be_asked() -> None:
    found = read(asking(id_token={"given_name": {"essential": True}, "birthdate": None}, userinfo={"shoe_size": None}))
    assert (found.asked, found.dropped) == (("given_name",), ("birthdate",))
    assert (set(found.claims.id_token), set(found.claims.userinfo)) == ({"given_name"}, set())
    assert found.claims.essential == {"given_name"}
    assert found.claims.in_id_token(["openid", "pid", "given_name"]) == ["given_name"]
    assert found.claims.in_userinfo(["openid", "pid", "given_name"]) == ["openid", "pid"]


def test_a_scope_asked_for_the_id_token_too_is_told_at_both() -> None:
    found = read(asking(id_token={"pid": None})).claims
    assert found.in_id_token(["pid"]) == found.in_userinfo(["pid"]) == ["pid"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"id_token": []}',
        '{"userinfo": {"pid": true}}',
        '{"userinfo": {"pid": {"essential": "yes"}}}',
        '{"userinfo": {"pid": {"values": "x"}}}',
        json.dumps({"userinfo": {f"c{number}": None for number in range(51)}}),
    ],
)
def test_what_is_no_claims_parameter_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="claims"):
        read(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KNOWN, "id_token", "x"]), inner),
    max_leaves=10,
)


@given(_JSON)
def test_nothing_gets_past_what_is_approved(whole: Any) -> None:
    try:
        found = read(json.dumps(whole))
    except ValueError:
        return
    assert set(found.asked) <= set(ALLOWED)
    assert set(found.claims.id_token) | set(found.claims.userinfo) <= set(ALLOWED)


def test_only_the_value_that_is_wanted_is_told() -> None:
    asked = read(asking(userinfo={"pid": {"value": "1"}, "given_name": {"values": ["ก", "ข"]}})).claims.userinfo
    assert wanted.fitting({"pid": "2", "given_name": "ข"}, asked) == {"given_name": "ข"}


# --- On the wire ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_claim_goes_where_it_was_asked(browser: Browser, rp: Rp) -> None:
    claims = asking(id_token={"birthdate": None}, userinfo={"given_name": None, "smartcard_code": None})
    tokens = rp.exchange(agree(browser, begin(browser, rp, scope="openid pid", claims=claims))["code"]).json()
    told = claims_of(tokens["id_token"])
    assert told["birthdate"] == "1985-04-13"
    assert "given_name" not in told
    assert set(facts_of(tokens)) == {"sub", "pid", "given_name"}
    assert [look.scopes for look in Look.objects.filter(act="userinfo").order_by("id")] == [
        ["birthdate"],
        ["openid", "pid", "given_name"],
    ]
    assert Look.objects.filter(detail__endswith="left out of claims: smartcard_code", outcome="").exists()


@pytest.mark.django_db
def test_the_page_says_what_is_essential_and_refusing_it_is_no_error(browser: Browser, rp: Rp) -> None:
    claims = asking(id_token={"birthdate": {"essential": True}})
    page = begin(browser, rp, scope="openid given_name", claims=claims)
    shown = browser.get(page, {"lang": "en"}).content.decode()
    assert shown.count("It says that it cannot do without this") == 1
    code = agree(browser, page, "chosen", scope=["given_name"])["code"]
    tokens = rp.exchange(code).json()
    assert "birthdate" not in claims_of(tokens["id_token"])
    assert set(facts_of(tokens)) == {"sub", "given_name"}


@pytest.mark.django_db
def test_a_claim_that_was_not_approved_is_not_had_by_asking_it_alone(browser: Browser, rp: Rp) -> None:
    everything = dict.fromkeys(("smartcard_code", "name", "ial", "sub", "iss", "aud", "exp", "nonce"))
    claims = asking(id_token=everything, userinfo=everything)
    told = agree(browser, begin(browser, rp, scope="openid given_name", claims=claims))
    tokens = rp.exchange(told["code"]).json()
    assert tokens["scope"] == "openid given_name"
    assert not {"smartcard_code", "name", "ial"} & {*claims_of(tokens["id_token"]), *facts_of(tokens)}
    assert claims_of(tokens["id_token"])["aud"] == rp.id


@pytest.mark.django_db
def test_a_refreshed_id_token_has_them_again_unless_narrowed_or_taken_back(browser: Browser, rp: Rp) -> None:
    claims = asking(id_token={"birthdate": None})
    code = agree(browser, begin(browser, rp, scope="openid pid", claims=claims))["code"]
    tokens = rp.refresh(rp.exchange(code).json()["refresh_token"]).json()
    assert claims_of(tokens["id_token"])["birthdate"] == "1985-04-13"
    less = rp.refresh(tokens["refresh_token"], scope="openid pid").json()
    assert "birthdate" not in claims_of(less["id_token"])
    agree(browser, begin(browser, rp, scope="openid birthdate", prompt="consent"), "chosen", scope=[])
    assert "birthdate" not in claims_of(rp.refresh(less["refresh_token"]).json()["id_token"])


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other", "told"), [("2.3", "1.3", 1.3), ("1.3", "2.3", 1.3), ("2.3", "2.3", 2.3)])
def test_the_level_told_is_the_lower_of_two_truths(
    browser: Browser, citizen: Account, one: str, other: str, told: float
) -> None:
    from sala.identity.people.models import Person
    from sala.identity.provider import registry
    from sala.kit.text import Text
    from tests.identity.provider.conftest import BY

    rp, words = make_rp(), Text(th="ก", en="a")
    registry.approve_scope(client_id=rp.id, scope="ial", purpose=words, basis=words, by=BY.label)
    Person.objects.update(ial=one)
    Link.objects.update(ial=other)
    clients.forget()
    page = begin(browser, rp, scope="openid ial")
    assert str(told) in browser.get(page).content.decode()
    assert facts_of(rp.exchange(agree(browser, page)["code"]).json())["ial"] == told


# --- Who is meant --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_silently_for_the_one_who_is_meant_only(browser: Browser, rp: Rp, signed_in: Tokens) -> None:
    hint = signed_in()["id_token"]
    assert answer(begin(browser, rp, prompt="none", id_token_hint=hint))["code"]
    with clock.frozen(clock.now() + timedelta(hours=1)):
        late = answer(begin(browser, rp, prompt="none", id_token_hint=hint))
        assert late["code"], "an ID token says whom it means long after its end"
    other = make_account()
    make_person(other, number=9)
    told = answer(begin(client_for(other), rp, prompt="none", id_token_hint=hint))
    assert told["error"] == "login_required"


@pytest.mark.django_db
def test_another_person_is_told_so_and_gives_way(citizen: Account, rp: Rp, signed_in: Tokens) -> None:
    hint = signed_in()["id_token"]
    other = make_account(email="other@example.org")
    make_person(other, number=9)
    browser = client_for(other)
    page = begin(browser, rp, id_token_hint=hint)
    shown = browser.get(page, {"lang": "en"}).content.decode()
    assert "Somebody else is expected" in shown
    assert "other@example.org" in shown
    assert citizen.email not in shown, "nobody learns who is meant"
    assert browser.post(page, {"act": "all", "account": str(other.id)}).headers["Location"] == page
    assert browser.post(page, {"act": "other"}).headers["Location"] == page
    assert browser.get("/account/").status_code == 302, "signed out"
    assert answer(onward(client_for(citizen).get(page)))["code"]


@pytest.mark.django_db
def test_the_sub_that_is_wanted_by_claims_is_meant(browser: Browser, rp: Rp, signed_in: Tokens) -> None:
    sub = claims_of(signed_in()["id_token"])["sub"]
    silent = {"prompt": "none", "scope": "openid"}
    assert answer(begin(browser, rp, **silent, claims=asking(id_token={"sub": {"value": sub}})))["code"]
    told = answer(begin(browser, rp, **silent, claims=asking(id_token={"sub": {"value": "another"}})))
    assert told["error"] == "login_required"


@pytest.mark.django_db
def test_a_hint_that_we_did_not_give_this_client_is_refused(browser: Browser, rp: Rp, signed_in: Tokens) -> None:
    mine = signed_in()["id_token"]
    claims = claims_of(mine)
    strange = ECKey.generate_key("P-256", {"kid": keys.jwks()["keys"][0]["kid"]})
    forged = jwt.encode({"alg": "ES256", "kid": strange.kid}, claims, strange, algorithms=["ES256"])
    of_another = keys.sign(claims | {"aud": make_rp("Other").id})
    logout = keys.sign(claims, kind="logout+jwt")
    elsewhere = keys.sign(claims | {"iss": "https://another.example"})
    for hint in (forged, of_another, logout, elsewhere, "x", "e30.e30.", f"{mine[:-6]}AAAAAA"):
        assert answer(begin(browser, rp, id_token_hint=hint))["error"] == "invalid_request", hint


@pytest.mark.django_db
def test_a_hint_under_a_key_long_gone_is_no_obstacle(browser: Browser, rp: Rp, signed_in: Tokens) -> None:
    """The person may sign in; silently nobody does, since nobody can tell whom it means."""
    hint = signed_in()["id_token"]
    keys.rotate(by="tests", compromised=True)
    assert answer(begin(browser, rp, prompt="none", id_token_hint=hint))["error"] == "login_required"
    assert answer(begin(browser, rp, id_token_hint=hint))["code"]


@pytest.mark.django_db
def test_what_is_asked_of_the_sign_in(rp: Rp) -> None:
    party = clients.party(rp.id)
    assert party
    asked = rules.judge(rp.request(acr_values="AAL2 AAL1 AAL2", login_hint="a@b.example"), party)
    assert (asked.acr_values, asked.acr_essential, asked.login_hint) == (("AAL2", "AAL1"), False, "a@b.example")
    claims = asking(id_token={"acr": {"essential": True, "values": ["AAL2"]}})
    asked = rules.judge(rp.request(acr_values="AAL1", claims=claims), party)
    assert (asked.acr_values, asked.acr_essential) == (("AAL2",), True)
    with pytest.raises(Refusal):
        rules.judge(rp.request(claims="{"), party)


@pytest.mark.django_db
def test_a_login_hint_tells_nobody_who_exists(citizen: Account, rp: Rp) -> None:
    def shown(hint: str) -> str:
        browser = Browser()
        page = begin(browser, rp, login_hint=hint)
        return browser.get(page, follow=True).content.decode()

    for hint in (citizen.email, "nobody@example.org"):
        page = shown(hint)
        assert f'value="{hint}"' in page
    assert "@" not in begin(Browser(), rp, login_hint=citizen.email), "and stands in no address of ours"
