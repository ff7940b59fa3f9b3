"""What is held about somebody: every sort of data, with its reason, its period and its law."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from sala.identity.accounts import sessions
from sala.identity.accounts.models import Account, Session
from sala.identity.mydata import sections
from sala.identity.people import services as people
from sala.identity.people.queries import of_account
from sala.identity.portal.models import Identity, RemoteSession
from tests.factories import client_for, make_account
from tests.identity.provider.conftest import BY, make_person

pytestmark = pytest.mark.django_db
HOME = "/account/my-data/"


def text(response: Any) -> str:
    assert response.status_code == 200
    bare = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", bare)


@pytest.mark.requirement("R-004.18")
def test_every_sort_of_data_stands_there_with_why_how_long_and_by_which_law(browser: Client) -> None:
    shown = text(browser.get(f"{HOME}?lang=en"))
    for one in sections.sections():
        assert str(one.title.en) in shown
    assert "Civil Registration Act 1991" in shown
    assert "90 days after the end" in shown
    for one in sections.sections():
        page = text(browser.get(f"{HOME}about/{one.key}/?lang=th"))
        assert all(words.th in page for words in (one.title, one.why, one.kept, one.law))


@pytest.mark.requirement("R-004.18")
def test_the_registers_entry_tells_since_when_and_what_was_changed_by_whom(citizen: Account) -> None:
    browser = client_for(citizen)
    pid = "1990000000076"
    linked = of_account(citizen.id)
    assert linked
    pid = linked.person.pid
    people.amend(
        pid=pid, changes={"given_name_en": "Somsak", "house_no": "7"}, by=BY, reason="Moved, and changed his name",
        effective_on=date(2026, 11, 3),
    )  # fmt: skip
    shown = text(browser.get(f"{HOME}about/register/?lang=en"))
    assert " ".join((pid[0], pid[1:5], pid[5:10], pid[10:12], pid[12])) in shown
    assert "Somsak (since 3 November 2026)" in shown
    assert "Somchai → Somsak" in shown
    assert "Reason Moved, and changed his name" in shown
    assert "By The system by itself" in shown
    assert "พฤศจิกายน 2569" in text(browser.get(f"{HOME}about/register/?lang=th"))


def test_nothing_of_anybody_else_is_shown(citizen: Account) -> None:
    other = make_account(email="other@example.org", given_name="Otherperson")
    make_person(other, 8)
    mine, theirs = client_for(citizen), client_for(other)
    for one in sections.sections():
        page = f"{HOME}about/{one.key}/"
        assert "Otherperson" not in mine.get(page).content.decode()
        assert "somchai@example.org" not in theirs.get(page).content.decode()


def test_an_account_that_is_nobodys_is_told_so() -> None:
    shown = text(client_for(make_account()).get(f"{HOME}?lang=en"))
    assert "Your account is not linked to the civil register" in shown
    assert client_for(make_account()).get(f"{HOME}about/no-such/").status_code == 404


def test_how_the_digital_id_signed_them_in_is_theirs_to_see(citizen: Account, offices: dict[int, int]) -> None:
    """By what name each provider knows them, and which session came of which: on the page and in the copy."""
    sessions.open_session(account_id=citizen.id)
    at = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
    row = Session.objects.get(account=citizen)
    given = {"issuer": "https://id.example/", "subject": "known-as-77"}
    Identity.objects.create(person_id=of_account(citizen.id).person.id, known_since=at, **given)  # type: ignore[union-attr]
    RemoteSession.objects.create(session=row, sid="s-1", begun_at=at, **given)
    other = make_account(email="other@example.org")
    make_person(other, 8)
    shown = text(client_for(citizen).get(f"{HOME}about/digital_id/?lang=en"))
    assert shown.count("known-as-77") == 2
    assert "id.example" in shown
    assert "known-as-77" not in text(client_for(other).get(f"{HOME}about/digital_id/"))
    section = sections.section("digital_id")
    assert section
    assert section.export(citizen.id) == [
        {**given, "known_since": "2026-11-01T02:00:00Z"},
        {**given, "sid": "s-1", "begun_at": "2026-11-01T02:00:00Z", "session_id": str(row.id)},
    ]
