"""Calendars of visits: a proper iCalendar, secret, revocable, and no more than the post of its owner sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from sala.engine.appointments import changing
from sala.engine.appointments.models import Feed
from sala.engine.appointments.office import feeds, schedules
from sala.engine.cases import services as cases
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Office, Post
from sala.kit import audit, clock
from sala.kit.errors import Conflict, NotFound
from sala.kit.text import Text
from tests.engine.appointments.conftest import BANGKOK, NINE, NOW, SAMUT_SAKHON, SYSTEM, TEN, Book, make_places
from tests.factories import actor_for, add_post, make_account, make_officer

pytestmark = pytest.mark.django_db
Officers = Callable[..., Actor]


@pytest.fixture
def office(offices: dict[int, int]) -> int:
    return offices[BANGKOK]


@pytest.fixture
def places(schedule: int) -> None:
    make_places(schedule, NINE)
    make_places(schedule, TEN)


@pytest.fixture
def officer(officer_at: Officers) -> Actor:
    return officer_at()


def read(token: str) -> Any:
    return Calendar.from_ical(feeds.render(token).content)


def events(token: str) -> list[Any]:
    return list(read(token).walk("VEVENT"))


def test_a_visit_is_an_entry_without_the_person(places: None, office: int, book: Book, officer: Actor) -> None:
    visit = book(people=(1, 2))
    token = feeds.make(office=office, own=False, by=officer)
    content = feeds.render(token).content.decode()
    (event,) = events(token)
    assert event["UID"] == f"visit-{visit.reference}@sala"
    assert event["DTSTART"].dt == NINE
    assert event["DTEND"].dt == NINE + timedelta(minutes=30)
    assert (event["STATUS"], int(event["SEQUENCE"])) == ("CONFIRMED", 0)
    assert visit.reference in event["SUMMARY"]
    assert "2 people" in event["SUMMARY"]
    assert f"/desk/cases/{min(one.reference for one in visit.filed)}/" in event["URL"]
    for personal in ("Somchai", "somchai@example.org", "AB0000", "+668"):
        assert personal not in content


def test_it_follows_the_standard(places: None, office: int, book: Book, officer: Actor) -> None:
    book()
    content = feeds.render(feeds.make(office=office, own=False, by=officer)).content
    lines = content.split(b"\r\n")
    assert (lines[0], lines[-2], lines[-1]) == (b"BEGIN:VCALENDAR", b"END:VCALENDAR", b"")
    assert all(len(line) <= 75 for line in lines)
    assert b"VERSION:2.0" in lines
    assert any(line.startswith(b"PRODID:") for line in lines)
    assert b"DTSTART:20261124T020000Z" in lines  # in UTC, so no VTIMEZONE is needed
    assert any(line.startswith(b"DTSTAMP:") for line in lines)


def test_a_change_moves_the_same_entry_and_a_cancelled_visit_is_told_as_cancelled(
    places: None, office: int, book: Book, officer: Actor, visitor: Actor
) -> None:
    visit = book()
    token = feeds.make(office=office, own=False, by=officer)
    before = feeds.render(token).etag
    assert feeds.render(token).etag == before
    changing.move(visit=visit.visit_id, starts_at=TEN, by=visitor)
    (moved,) = events(token)
    assert (moved["UID"], moved["DTSTART"].dt, int(moved["SEQUENCE"])) == (f"visit-{visit.reference}@sala", TEN, 1)
    assert feeds.render(token).etag != before
    changing.cancel(visit=visit.visit_id, by=visitor)
    (cancelled,) = events(token)
    assert (cancelled["STATUS"], int(cancelled["SEQUENCE"])) == ("CANCELLED", 2)


def test_a_displaced_visit_is_no_longer_at_its_time(places: None, office: int, book: Book, officer: Actor) -> None:
    book()
    token = feeds.make(office=office, own=False, by=officer)
    schedules.close(office=office, starts_at=NINE, ends_at=TEN, reason=Text(th="ฝน", en="Rain"), by=SYSTEM)
    (event,) = events(token)
    assert event["STATUS"] == "CANCELLED"


def test_ones_own_calendar_holds_the_visits_whose_case_one_has_claimed(
    places: None, office: int, book: Book, officer: Actor
) -> None:
    visit = book()
    book(people=(5,))
    token = feeds.make(office=office, own=True, by=officer)
    assert events(token) == []
    cases.claim(reference=visit.filed[0].reference, by=officer)
    assert [event["UID"] for event in events(token)] == [f"visit-{visit.reference}@sala"]


def test_other_offices_and_old_visits_are_not_in_it(
    places: None, offices: dict[int, int], book: Book, officer_at: Officers
) -> None:
    book()
    elsewhere = feeds.make(office=offices[SAMUT_SAKHON], own=False, by=officer_at(SAMUT_SAKHON))
    assert events(elsewhere) == []
    token = feeds.make(office=offices[BANGKOK], own=False, by=officer_at())
    with clock.frozen(NINE + timedelta(days=31)):
        assert events(token) == []


def test_a_post_for_one_service_sees_no_other(places: None, office: int, offices: dict[int, int], book: Book) -> None:
    book()
    account = make_account()
    add_post(account, Office.objects.get(id=offices[BANGKOK]), services=["something-else"])
    assert events(feeds.make(office=office, own=False, by=actor_for(account))) == []


def test_a_revoked_address_is_not_found(office: int, places: None, officer: Actor) -> None:
    token = feeds.make(office=office, own=False, by=officer)
    feed = Feed.objects.get()
    assert token.encode() not in bytes(feed.token_hash)
    for _ in range(2):
        feeds.revoke(feed=feed.id, by=officer)
    with pytest.raises(NotFound):
        feeds.render(token)
    with pytest.raises(NotFound):
        feeds.render("guessed")
    actions = [entry.action for entry in audit.of_subject(f"office:{office}")]
    assert actions == ["calendar_feed.revoked", "calendar_feed.made"]


def test_it_ends_with_the_post_and_with_the_account(office: int, places: None) -> None:
    account = make_officer(Office.objects.get(id=office))
    token = feeds.make(office=office, own=False, by=actor_for(account))
    feeds.render(token)
    Post.objects.filter(account=account).update(until=date(2026, 11, 22))
    with pytest.raises(NotFound):
        feeds.render(token)
    Post.objects.filter(account=account).update(until=None)
    Account.objects.filter(id=account.id).update(closed_at=NOW)
    with pytest.raises(NotFound):
        feeds.render(token)


def test_only_who_works_there_makes_one_and_not_without_end(office: int, places: None, officer_at: Officers) -> None:
    with pytest.raises(NotFound):
        feeds.make(office=office, own=False, by=officer_at(SAMUT_SAKHON))
    officer = officer_at()
    for _ in range(feeds.MOST):
        feeds.make(office=office, own=False, by=officer)
    with pytest.raises(Conflict):
        feeds.make(office=office, own=False, by=officer)
    feeds.revoke(feed=Feed.objects.first().id, by=officer)  # type: ignore[union-attr]
    feeds.make(office=office, own=False, by=officer)


def test_others_do_not_revoke_it_and_managers_do(office: int, places: None, officer_at: Officers) -> None:
    feeds.make(office=office, own=False, by=officer_at())
    feed = Feed.objects.get().id
    for other in (officer_at(), officer_at(SAMUT_SAKHON, role="manager")):
        with pytest.raises(NotFound):
            feeds.revoke(feed=feed, by=other)
    feeds.revoke(feed=feed, by=officer_at(role="manager"))
