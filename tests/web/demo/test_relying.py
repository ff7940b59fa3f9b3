"""The demonstration's relying parties, and the citizen who signed in to some of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from sala.identity.accounts.models import Account
from sala.identity.console.models import RelyingParty
from sala.identity.directory import services as directory
from sala.identity.provider import clients, looks, queries
from sala.identity.provider.models import Client
from sala.kit import clock
from sala.web.demo import relying
from sala.web.demo.stage import at, bangkok

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Once for all tests here, which read it; each takes back what it writes, and the last leaves nothing."""
    with django_db_blocker.unblock(), transaction.atomic():
        directory.load_agencies()
        clients.forget()
        now, today = clock.now(), clock.today()
        for _ in range(2):  # a second time changes nothing
            with at(bangkok(today - timedelta(days=120), 9)):
                relying.play(now, today, lambda _done: None)
        yield
        transaction.set_rollback(True)


@pytest.mark.requirement("R-004.25", "R-004.26")
@pytest.mark.usefixtures("loaded")
def test_fifty_agencies_and_twenty_four_companies() -> None:
    served = Client.objects.filter(sandbox=False)
    government = served.filter(kind="government")
    assert government.count() == government.values("agency").distinct().count() == 50
    assert served.filter(kind="private").count() == 24
    assert not served.exclude(clientscope__purpose_th__gt="", clientscope__basis_en__gt="").exists()


@pytest.mark.usefixtures("loaded")
def test_the_citizens_page_has_something_to_show() -> None:
    malee = Account.objects.get(email=relying.CITIZEN).id
    assert len(queries.connections(malee)) == 4
    seen = looks.page(malee, limit=50)
    assert [one.at for one in seen] == sorted((one.at for one in seen), reverse=True)
    assert all(one.told for one in seen if one.act != looks.SIGN_IN)
    assert {one.act for one in seen} == {looks.SIGN_IN, "userinfo"}


@pytest.mark.usefixtures("loaded")
def test_one_waits_for_the_registrar_and_one_is_served() -> None:
    theirs = RelyingParty.objects.filter(account__email=relying.DEVELOPER)
    assert sorted(theirs.values_list("state", flat=True)) == ["approved", "submitted"]
    assert {one.email for one in relying.sign_ins()} <= set(Account.objects.values_list("email", flat=True))


@pytest.mark.usefixtures("loaded")
def test_two_are_moving_from_thaid_with_a_reason_and_a_last_day() -> None:
    served = [one for one in clients.served() if one.profile == "legacy_thaid"]
    assert {one.agency for one in served} == {"land-transport", "social-security"}
    assert all(one.profile_until and one.profile_until > clock.today() for one in served)
    for row in RelyingParty.objects.filter(live__in=[one.id for one in served]):
        assert row.state == "approved"
        assert row.content["wish"]["legacy_why"]
