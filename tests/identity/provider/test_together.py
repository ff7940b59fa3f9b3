"""Who arrive, or ask for tokens, at the same moment are answered by one statement, and each is judged as if alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from django.db import DataError, OperationalError, connection
from django.test import Client as Browser
from django.test import RequestFactory

from sala.identity.accounts.models import Account, Session
from sala.identity.accounts.requests import COOKIE
from sala.identity.accounts.rules import SESSION_IDLE
from sala.identity.provider import clients, endpoints, issuing, keys, pages
from sala.identity.provider.models import Client, Grant, Look, Subject, Token
from sala.kit import clock, sql, together
from sala.kit.ids import hash_token
from tests.factories import client_for, make_account
from tests.identity.provider.conftest import AUTH, FORM, INTROSPECT, TOKEN, Rp, agree, answer, begin, make_rp
from tests.identity.provider.proving import Key

pytestmark = pytest.mark.django_db
Tokens = Callable[..., dict[str, Any]]


def ask(rp: Rp, *, dpop: str = "", secret: str = "", **form: str) -> Any:
    headers: Any = {"HTTP_AUTHORIZATION": Rp(rp.id, secret or rp.secret).basic()}
    headers |= {"HTTP_DPOP": dpop} if dpop else {}
    return RequestFactory().post(TOKEN, urlencode(form), content_type=FORM, **headers)


def exchange(rp: Rp, code: str, **more: str) -> Any:
    given = {"code": code, "redirect_uri": rp.back, "code_verifier": rp.verifier}
    return ask(rp, grant_type="authorization_code", **{**given, **more})


def own(rp: Rp, **more: str) -> Any:
    return ask(rp, grant_type="client_credentials", **more)


def answered(requests: list[Any]) -> list[tuple[int, dict[str, Any]]]:
    """Status and JSON of what a group is answered."""
    answers: Any = endpoints.token.serve_all([(request, {}) for request in requests])
    return [(one.status_code, msgspec.json.decode(one.content)) for one in answers]


def works(rp: Rp, token: str) -> bool:
    return bool(rp.post(INTROSPECT, token=token).json()["active"])


@pytest.fixture
def machine(db: None) -> Rp:
    return make_rp("Machine", grants=("client_credentials",))


@pytest.fixture
def code(browser: Browser, rp: Rp) -> Callable[[], str]:
    """Call it for a fresh code."""
    return lambda: agree(browser, begin(browser, rp, prompt="consent"))["code"]


def test_a_group_gets_each_its_own(code: Callable[[], str], signed_in: Tokens, machine: Rp, rp: Rp) -> None:
    refresh = signed_in()["refresh_token"]
    group = [
        own(machine),
        exchange(rp, code()),
        own(machine, secret="wrong"),
        exchange(rp, "unknown"),
        ask(rp, grant_type="refresh_token", refresh_token=refresh),
        exchange(rp, code(), code_verifier="v" * 43),
        own(rp),
        exchange(rp, code()),
        own(machine, scope="pid"),
    ]
    told = answered(group)
    errors = [body.get("error") for _, body in told]
    assert errors == [
        None, None, "invalid_client", "invalid_grant", None, "invalid_grant", "unauthorized_client", None,
        "invalid_scope",
    ]  # fmt: skip
    assert [status for status, _ in told] == [200, 200, 401, 400, 200, 400, 400, 200, 400]
    issued = [body["access_token"] for status, body in told if status == 200]
    assert len(set(issued)) == 4
    assert works(machine, issued[0])
    assert all(works(rp, token) for token in issued[1:])
    assert told[1][1]["id_token"] != told[7][1]["id_token"]


def test_each_leaves_its_own_trace(code: Callable[[], str], machine: Rp, rp: Rp) -> None:
    group = [own(machine), exchange(rp, code()), own(machine), exchange(rp, "unknown")]
    Look.objects.all().delete()
    answered(group)
    seen = Look.objects.order_by("client_id", "act", "outcome").values_list("client_id", "act", "outcome")
    expected = [(machine.id, "client_credentials", "")] * 2 + [(rp.id, "code", ""), (rp.id, "code", "invalid_grant")]
    assert sorted(seen) == sorted(expected)


def test_a_group_is_one_statement(code: Callable[[], str], rp: Rp, monkeypatch: pytest.MonkeyPatch) -> None:
    group, execute, seen = [exchange(rp, code()) for _ in range(3)], sql._execute, []  # noqa: SLF001
    keys.jwks()

    def noted(statement: str, parameters: Any, **how: Any) -> Any:
        seen.append(statement)
        return execute(statement, parameters, **how)

    monkeypatch.setattr(sql, "_execute", noted)
    assert [status for status, _ in answered(group)] == [200] * 3
    assert seen == [issuing.CODE]


def test_a_code_brought_twice_in_one_group_ends_what_came_of_it(code: Callable[[], str], rp: Rp) -> None:
    brought = code()
    first, second = answered([exchange(rp, brought), exchange(rp, brought)])
    assert (first[0], second[0]) == (200, 400)
    assert not works(rp, first[1]["access_token"])


def test_a_refresh_token_brought_twice_in_one_group_ends_its_family(signed_in: Tokens, rp: Rp) -> None:
    tokens = signed_in()
    request = ask(rp, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    first, second = answered([request, request])
    assert (first[0], second[0]) == (200, 400)
    assert not works(rp, tokens["access_token"])
    assert not works(rp, first[1]["access_token"])


def test_a_refresh_token_that_stays_may_be_brought_twice_in_one_group(signed_in: Tokens, rp: Rp) -> None:
    token, key = signed_in()["refresh_token"], Key()
    Client.objects.filter(id=rp.id).update(fapi=True)
    clients.forget()
    group = [ask(rp, dpop=key.proof(TOKEN), grant_type="refresh_token", refresh_token=token) for _ in range(2)]
    assert [(status, "refresh_token" in body) for status, body in answered(group)] == [(200, False)] * 2


def test_a_proof_brought_twice_in_one_group_is_good_once(machine: Rp) -> None:
    proof = Key().proof(TOKEN)
    (first, told), (second, refused) = answered(
        [ask(machine, dpop=proof, grant_type="client_credentials") for _ in range(2)]
    )
    assert (first, told["token_type"]) == (200, "DPoP")
    assert (second, refused["error"]) == (400, "invalid_dpop_proof")
    assert Token.objects.count() == 1


def test_proofs_of_several_keys_bind_each_its_own_token(machine: Rp) -> None:
    pairs = [Key(), Key()]
    told = answered([ask(machine, dpop=key.proof(TOKEN), grant_type="client_credentials") for key in pairs])
    bound = [machine.post(INTROSPECT, token=body["access_token"]).json()["cnf"]["jkt"] for _, body in told]
    assert bound == [key.jkt for key in pairs]


@pytest.mark.django_db(transaction=True)
def test_groups_that_bring_the_same_codes_wait_for_each_other(citizen: Account, rp: Rp) -> None:
    browser = client_for(citizen)
    codes = [agree(browser, begin(browser, rp, prompt="consent"))["code"] for _ in range(4)]
    together_now = Barrier(3)

    def group(turn: int) -> list[tuple[int, dict[str, Any]]]:
        try:
            requests = [exchange(rp, one) for one in (codes if turn % 2 else reversed(codes))]
            together_now.wait(timeout=10)
            return answered(requests)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        told = [one for some in pool.map(group, range(3)) for one in some]
    assert sorted(status for status, _ in told) == [200] * 4 + [400] * 8
    assert not any(works(rp, body["access_token"]) for status, body in told if status == 200)


# --- Arriving ------------------------------------------------------------------------------------------------


def arrive(browser: Browser, rp: Rp, **changes: str | None) -> Any:
    cookies = "; ".join(f"{name}={one.value}" for name, one in browser.cookies.items())
    return RequestFactory().get(AUTH, rp.request(**changes), HTTP_COOKIE=cookies)


def led(requests: list[Any]) -> list[str | None]:
    """Where each of a group is led at once; None where a page has to be shown."""
    answers: Any = pages.authorize.serve_all([(request, {}) for request in requests])
    return [one and one.headers["Location"] for one in answers]


def test_of_a_group_that_arrives_each_is_led_its_own_way(browser: Browser, citizen: Account, rp: Rp) -> None:
    agree(browser, begin(browser, rp))
    other = client_for(make_account(email="other@example.org"))
    Grant.objects.all().delete()
    group = [
        arrive(browser, rp, state="one"),
        arrive(Browser(), rp),
        arrive(browser, rp, redirect_uri="https://elsewhere.example/"),
        arrive(Browser(), rp, prompt="none"),
        arrive(other, rp, prompt="none"),
        arrive(browser, rp, state="two"),
        arrive(browser, rp, response_type="token"),
    ]
    first, strange, unsafe, silent, nobody, last, wrong = led(group)
    assert unsafe is None
    assert strange
    assert strange.startswith("/connect/")
    told = [answer(uri) for uri in (first, silent, nobody, last, wrong) if uri]
    assert [one.get("error") for one in told] == [
        None, "login_required", "interaction_required", None, "unsupported_response_type",
    ]  # fmt: skip
    assert [one["state"] for one in told] == ["one", "the-state", "the-state", "two", "the-state"]
    assert {grant.account_id for grant in Grant.objects.all()} == {citizen.id}
    codes = [told[0]["code"], told[3]["code"]]
    assert [rp.exchange(code).status_code for code in codes] == [200, 200]
    page: Any = pages.authorize(group[2])
    assert page.status_code == 400


def test_a_session_that_ended_brings_nobody_in(browser: Browser, citizen: Account, rp: Rp) -> None:
    agree(browser, begin(browser, rp))
    ended = client_for(citizen)
    stale = client_for(citizen)
    hashes = [hash_token(one.cookies[COOKIE].value) for one in (ended, stale)]
    Session.objects.filter(token_hash=hashes[0]).update(ended_at=clock.now())
    Session.objects.filter(token_hash=hashes[1]).update(last_seen_at=clock.now() - SESSION_IDLE)
    here, *others = led([arrive(one, rp) for one in (browser, ended, stale)])
    assert here
    assert "code=" in here
    assert [one and one[:9] for one in others] == ["/connect/", "/connect/"]


def test_two_who_arrive_first_at_a_sector_have_one_name_there(browser: Browser, citizen: Account, rp: Rp) -> None:
    agree(browser, begin(browser, rp))
    Grant.objects.all().delete()
    Subject.objects.all().delete()
    assert all(led([arrive(browser, rp), arrive(browser, rp)]))
    assert len({grant.subject for grant in Grant.objects.all()}) == 1
    assert Subject.objects.count() == 1


def test_what_one_of_a_group_does_wrong_stays_its_own() -> None:
    def run(some: list[int]) -> list[int]:
        if 3 in some:
            raise DataError
        return [2 * one for one in some]

    first, fault, last = together.settle(run, [1, 3, 5])  # type: ignore[arg-type]
    assert (first, last) == (2, 10)
    assert isinstance(fault, DataError)


def test_nothing_is_tried_again_once_the_database_is_gone() -> None:
    calls = []

    def run(some: Any) -> Any:
        calls.append(some)
        raise OperationalError("server closed the connection unexpectedly")

    with pytest.raises(OperationalError):
        together.settle(run, [1, 2])
    assert calls == [[1, 2]]
