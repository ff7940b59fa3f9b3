"""What a person sees of their own face: what is kept, and each time it was compared; and how long that stands."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.test import override_settings

from sala.identity.faces import comparing, holdings, keeping, tidying
from sala.identity.faces.comparing import Note
from sala.identity.people.queries import of_account
from sala.kit import clock
from tests.factories import client_for, make_account
from tests.identity.faces.people import BY
from tests.identity.provider.conftest import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(offices: dict[int, int], tmp_path: Path) -> UUID:
    account = make_account()
    make_person(account, 7)
    person = _person(account.id)
    with override_settings(REGISTER_KEYS=str(tmp_path / "register.keys")):
        keeping.keep(person=person, engine="of-the-tests-1", template=b"1234", source="enrolment", by=BY)
    for kind, likeness in ((comparing.ONE, 0.95), (comparing.ONE, 0.2), (comparing.ONE, None), (comparing.MANY, 0.9)):
        Note(kind, person, "enrol", BY).write(engine="of-the-tests-1", likeness=likeness, threshold=0.5, found=1)
    Note(comparing.MANY, person, "enrol", BY).write(engine="of-the-tests-1")
    return account.id


def _person(account: UUID) -> int:
    linked = of_account(account)
    assert linked
    return linked.person.id


@pytest.mark.requirement("R-004.14", "R-004.18")
def test_the_person_sees_what_is_kept_and_each_comparison(account: UUID) -> None:
    from sala.identity.accounts.models import Account

    browser = client_for(Account.objects.get(id=account))

    def page(key: str, language: str) -> str:
        response = browser.get(f"/account/my-data/about/{key}/?lang={language}")
        assert response.status_code == 200
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))

    assert "The picture taken when you proved who you are" in page("face_templates", "en")
    compared = page("face_comparisons", "en")
    for result in ("Like you", "Not like you", "Nothing could be compared", "Others who are like were found"):
        assert result in compared
    assert compared.count("Nobody else who is like was found") == 1
    Note(comparing.MANY, _person(account), "enrol", BY).write()  # the house was away: nobody looked
    compared = page("face_comparisons", "en")
    assert compared.count("Nobody else who is like was found") == 1
    assert compared.count("Nothing could be compared") == 2
    assert "ไม่คล้ายกับท่าน" in page("face_comparisons", "th")
    assert holdings.comparisons_count(account) == len(holdings.comparisons(account)) == 6
    other = make_account(email="other@example.org")
    make_person(other, 8)
    assert holdings.comparisons(other.id) == holdings.templates(other.id) == []


def test_comparisons_go_when_their_time_is_over(account: UUID) -> None:
    with clock.frozen(clock.now() + tidying.KEPT - timedelta(days=1)):
        assert tidying.tidy() == 0
    with clock.frozen(clock.now() + tidying.KEPT + timedelta(days=1)):
        assert tidying.tidy() == 5
