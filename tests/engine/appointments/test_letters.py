"""What a visitor is written, when, and only once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar

from sala.engine.appointments import changing, letters
from sala.engine.appointments import queries as appointments
from sala.engine.appointments.models import Closure, Visit
from sala.engine.messages.compose import compose
from sala.engine.messages.models import Message
from sala.identity.accounts import bereaved
from sala.identity.accounts.actor import ANONYMOUS
from sala.kit import clock
from tests.background import settle
from tests.engine.appointments.conftest import NINE, NOW, SYSTEM, TEN, Book, make_places
from tests.factories import actor_for, make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(book: Book, schedule: int) -> Visit:
    make_places(schedule)
    make_places(schedule, TEN)
    return appointments.visit(book(by=ANONYMOUS).visit_id)


def posted(*kinds: str) -> list[Message]:
    """The letters about visits, in the order written; settles the background first."""
    settle()
    rows = list(Message.objects.filter(kind__startswith="visit_").order_by("created_at", "id"))
    assert [row.kind for row in rows] == list(kinds)
    return rows


@pytest.mark.requirement("R-001.56")
def test_booked_is_told_with_number_day_place_entry_and_code(visit: Visit) -> None:
    (letter,) = posted("visit_booked")
    assert letter.to == "somchai@example.org"
    assert visit.reference in letter.subject
    for shown in ("Tuesday 24 November 2026, 09:00", visit.reference, "Somchai B", f"/visits/{visit.reference}/?key="):
        assert shown in letter.text
        assert shown.replace("&", "&amp;") in letter.html
    assert Calendar.from_ical(letter.calendar).walk("VEVENT")[0]["dtstart"].dt == NINE
    assert letter.code == visit.reference


def test_it_is_the_only_letter_about_the_booking(visit: Visit) -> None:
    settle()
    assert Message.objects.count() == 1, "the request made with it is told in the same letter"


def test_in_thai_as_the_visitor_chose(book: Book, schedule: int) -> None:
    make_places(schedule)
    book(by=ANONYMOUS, language="th")
    (letter,) = posted("visit_booked")
    assert "วันอังคารที่ 24 พฤศจิกายน 2569 เวลา 09:00\u00a0น." in letter.text
    assert "จองนัดหมายสำเร็จ" in letter.text


def test_the_code_goes_with_it_as_a_picture_that_the_letter_shows(visit: Visit) -> None:
    from django.core.mail import get_connection

    (letter,) = posted("visit_booked")
    mail = compose(letter, thread=None, connection=get_connection()).message()
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert [part["Content-ID"] for part in pictures] == ["<code>"]
    assert pictures[0].get_payload(decode=True).startswith(b"\x89PNG")
    assert 'src="cid:code"' in letter.html
    calendars = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert len(calendars) == 1


def test_told_twice_is_one_letter(visit: Visit) -> None:
    settle()
    letters.tell(visit.id)
    letters.tell(visit.id)
    posted("visit_booked")


@pytest.mark.requirement("R-001.59")
def test_moved_and_cancelled_are_told_and_the_entry_follows(visit: Visit) -> None:
    settle()
    changing.move(visit=visit.id, starts_at=TEN, by=SYSTEM)
    settle()
    changing.cancel(visit=visit.id, by=SYSTEM)
    _, moved, cancelled = posted("visit_booked", "visit_moved", "visit_cancelled")
    assert "10:00" in moved.subject
    entries = [Calendar.from_ical(one.calendar).walk("VEVENT")[0] for one in (moved, cancelled)]
    assert [one["status"] for one in entries] == ["CONFIRMED", "CANCELLED"]
    assert entries[0]["sequence"] < entries[1]["sequence"]
    assert "withdrawn" in cancelled.text
    assert cancelled.code == ""


def test_changes_that_follow_at_once_are_told_as_they_ended(visit: Visit) -> None:
    changing.move(visit=visit.id, starts_at=TEN, by=SYSTEM)
    changing.cancel(visit=visit.id, by=SYSTEM)
    posted("visit_cancelled")


def test_displaced_says_why_and_leads_to_another_time(visit: Visit) -> None:
    settle()
    Closure.objects.create(
        office_id=visit.office_id,
        starts_at=NINE,
        ends_at=TEN,
        reason_th="น้ำท่วม",
        reason_en="The street is flooded",
        made_by="system:tests",
    )
    changing.displace(visits=[visit.id], by=SYSTEM)
    settle()
    letter = Message.objects.get(kind="visit_displaced")
    assert "The street is flooded" in letter.text
    assert f"/visits/{visit.reference}/move/?key=" in letter.text


def test_missed_offers_another_time_until_a_day(visit: Visit) -> None:
    settle()
    with clock.frozen(TEN):
        changing.missed(visit=visit.id, by=SYSTEM)
        settle()
    _, letter = posted("visit_booked", "visit_missed")
    assert "until 1 December 2026" in letter.text


def test_the_day_before_is_reminded_once(visit: Visit) -> None:
    settle()
    Visit.objects.filter(id=visit.id).update(booked_at=NOW - timedelta(days=3))
    tuesday = clock.local_day(NINE)
    assert letters.remind(tuesday) == 1
    assert letters.remind(tuesday) == 0
    assert letters.remind(tuesday + timedelta(days=1)) == 0
    _, letter = posted("visit_booked", "visit_reminder")
    assert "09:00" in letter.subject


def test_who_booked_today_needs_no_reminder(visit: Visit) -> None:
    assert letters.remind(clock.local_day(NINE)) == 0


@pytest.mark.parametrize("change", ["cancel", "displace"])
def test_who_no_longer_comes_is_not_reminded(visit: Visit, change: str) -> None:
    Visit.objects.filter(id=visit.id).update(booked_at=NOW - timedelta(days=3))
    if change == "cancel":
        changing.cancel(visit=visit.id, by=SYSTEM)
    else:
        changing.displace(visits=[visit.id], by=SYSTEM)
    assert letters.remind(clock.local_day(NINE)) == 0


def test_nobody_mails_the_dead(book: Book, schedule: int) -> None:
    make_places(schedule)
    applicant = actor_for(make_account())
    assert applicant.account_id
    visit = appointments.visit(book(by=applicant).visit_id)
    assert visit.account_id == applicant.account_id
    bereaved.hear("died", applicant.account_id)
    posted()
    bereaved.hear("restored", applicant.account_id)
    letters.tell(visit.id)
    posted("visit_booked")
