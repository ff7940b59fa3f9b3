"""Who is asking: sessions, tokens and the doors that other rooms put before their views."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from sala.identity.accounts import services
from sala.identity.accounts.actor import ANONYMOUS, Seat
from sala.identity.accounts.models import Session
from sala.identity.accounts.requests import COOKIE, actor_of, require_account, require_officer
from sala.kit import clock
from sala.kit.errors import NotFound
from tests.factories import add_post, make_account, make_office, make_officer

if TYPE_CHECKING:
    from sala.identity.accounts.models import Account

pytestmark = pytest.mark.django_db


def request_of(account: Account | None, path: str = "/somewhere", **cookies: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.COOKIES.update(cookies)
    if account:
        request.COOKIES[COOKIE] = services.open_session(account_id=account.id)
    return request


@require_account
def mine(request: HttpRequest) -> HttpResponse:
    return HttpResponse(actor_of(request).name)


@require_officer
def desk(request: HttpRequest) -> HttpResponse:
    return HttpResponse("desk")


def test_nobody_is_anonymous() -> None:
    assert actor_of(request_of(None)) is ANONYMOUS
    assert actor_of(request_of(None, **{COOKIE: "made up"})) is ANONYMOUS


def test_a_session_tells_the_person_and_todays_posts() -> None:
    account = make_officer(role="senior", email="Officer@example.org")
    office = make_office()
    add_post(account, make_office("elsewhere"), since=clock.today() + timedelta(days=1))
    add_post(account, make_office("long-ago"), until=clock.today() - timedelta(days=1))
    add_post(account, None, "auditor", agency="immigration-bureau", since=date(2020, 1, 1), services=["tm47"])
    actor = actor_of(request_of(account))
    assert (actor.account_id, actor.email, actor.name) == (account.id, "Officer@example.org", "Ada Lovelace")
    assert actor.label == f"account:{account.id}"
    assert actor.seats == (
        Seat("immigration-bureau", office.id, "senior"),
        Seat("immigration-bureau", None, "auditor", ("tm47",)),
    )
    assert actor.may("desk:decide")


def test_one_read_a_request(django_assert_num_queries: object) -> None:
    request = request_of(make_account())
    first = actor_of(request)
    Session.objects.all().delete()
    assert actor_of(request) is first


def test_a_session_ends_after_twelve_idle_hours() -> None:
    request = request_of(make_account())
    start = clock.now()
    with clock.frozen(start + timedelta(hours=12, seconds=1)):
        assert actor_of(request) is ANONYMOUS


def test_a_session_in_use_ends_after_thirty_days() -> None:
    account, start = make_account(), clock.now()
    token = services.open_session(account_id=account.id)
    for half_days in range(1, 61):
        with clock.frozen(start + timedelta(hours=11.9 * half_days)):
            assert actor_of(request_of(None, **{COOKIE: token})) is not ANONYMOUS
    with clock.frozen(start + timedelta(days=30, seconds=1)):
        assert actor_of(request_of(None, **{COOKIE: token})) is ANONYMOUS


def test_use_is_noted_at_most_every_five_minutes() -> None:
    account, start = make_account(), clock.now()
    token = services.open_session(account_id=account.id)
    seen = Session.objects.values_list("last_seen_at", flat=True)
    before = seen.get()
    with clock.frozen(start + timedelta(minutes=4)):
        actor_of(request_of(None, **{COOKIE: token}))
    assert seen.get() == before
    with clock.frozen(start + timedelta(minutes=6)):
        actor_of(request_of(None, **{COOKIE: token}))
    assert seen.get() == start + timedelta(minutes=6)


def test_a_closed_account_is_nobody() -> None:
    request = request_of(make_account(closed_at=clock.now()))
    assert actor_of(request) is ANONYMOUS


def test_who_is_not_signed_in_signs_in_and_comes_back() -> None:
    response = mine(request_of(None, "/somewhere?a=1&b=2"))
    assert response.status_code == 302
    assert response["Location"] == "/account/sign-in/?next=%2Fsomewhere%3Fa%3D1%26b%3D2"


def test_a_persons_page_is_kept_by_no_cache() -> None:
    response = mine(request_of(make_account()))
    assert response.content == b"Ada Lovelace"
    assert response["Cache-Control"] == "no-store"


def test_the_desk_does_not_exist_for_people_without_a_post() -> None:
    assert desk(request_of(make_officer())).content == b"desk"
    assert desk(request_of(None)).status_code == 302
    with pytest.raises(NotFound):
        desk(request_of(make_account()))
