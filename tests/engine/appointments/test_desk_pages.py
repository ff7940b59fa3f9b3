"""The officers' pages: who sees them, what they show, a change from its form to its deed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from sala.engine.appointments import queries
from sala.engine.appointments.models import Closure, Feed, Hours, Place, Schedule
from sala.engine.appointments.office import schedules
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Office
from sala.kit import audit
from sala.kit.models import AuditEntry
from sala.kit.text import Text
from tests.engine.appointments.conftest import BANGKOK, NINE, NOW, SAMUT_SAKHON, SYSTEM, Book, make_schedule
from tests.engine.appointments.test_extend import open_at
from tests.engine.desk.conftest import Person
from tests.factories import add_post, make_account, make_office

pytestmark = pytest.mark.django_db
Staff = Callable[..., Person]


@pytest.fixture
def office(offices: dict[int, int]) -> Office:
    return Office.objects.get(id=offices[BANGKOK])


@pytest.fixture
def opened(schedule: int, office: Office) -> int:
    open_at(office.id)
    schedules.extend(schedule)
    return schedule


@pytest.fixture
def staff(offices: dict[int, int]) -> Staff:
    def made(role: str = "manager", province: int | None = BANGKOK, **post: Any) -> Person:
        account: Account = make_account()
        where = Office.objects.get(id=offices[province]) if province else None
        add_post(account, where, role, agency="immigration-bureau", **post)
        return Person(account)

    return made


def page(office: Office, rest: str = "") -> str:
    return f"/desk/appointments/{office.slug}/{rest}"


def hidden(html: str) -> dict[str, str]:
    """What the page carries from the form to the deed."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html)
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


CLOSURE = {
    "from": "2026-11-24",
    "until": "",
    "from_time": "",
    "until_time": "",
    "reason_th": "น้ำท่วม",
    "reason_en": "Flood",
}


# Who sees them -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["officer", "senior", "auditor", "manager", "administrator"])
def test_everybody_with_a_post_at_the_office_looks(opened: int, office: Office, staff: Staff, role: str) -> None:
    text = staff(role).read(page(office))
    assert "A visit for tests" in text or "test-visit" in text or "Opening hours" in text
    assert ("Close for a time" in text) is (role in {"manager", "administrator"})


PAGES = ["", "hours/", "closures/", "closures/new/", "calendars/", "services/test-visit/"]


@pytest.mark.parametrize("rest", PAGES)
def test_to_officers_of_other_offices_there_are_no_such_pages(
    opened: int, office: Office, staff: Staff, rest: str
) -> None:
    stranger = staff("manager", SAMUT_SAKHON)
    assert stranger.get(page(office, rest)).status_code == 404
    assert stranger.post(page(office, rest)).status_code in {404, 405}
    assert Person(make_account()).get(page(office, rest)).status_code == 404


@pytest.mark.parametrize("rest", ["hours/", "closures/new/", "services/test-visit/"])
def test_officers_do_not_change(opened: int, office: Office, staff: Staff, rest: str) -> None:
    officer = staff("officer")
    assert officer.get(page(office, rest)).status_code == 403
    assert officer.post(page(office, rest), **CLOSURE).status_code == 403


def test_a_post_for_one_service_shows_and_changes_that_one(
    opened: int, office: Office, staff: Staff, service: Loaded
) -> None:
    make_schedule(office.id, service="another-thing")
    some = staff("manager", services=["test-visit"])
    text = some.read(page(office))
    assert "another-thing" not in text
    assert some.get(page(office, "services/test-visit/")).status_code == 200
    assert some.get(page(office, "services/another-thing/")).status_code == 404
    assert some.get(page(office, "hours/")).status_code == 403


def test_an_office_that_gives_no_appointments_has_no_pages(service: Loaded, office: Office, staff: Staff) -> None:
    manager = staff()
    assert manager.get(page(office)).status_code == 404
    assert "None of your offices gives appointments" in manager.read("/desk/appointments/")


def test_one_office_is_gone_to_at_once_many_are_listed(
    opened: int, office: Office, staff: Staff, offices: dict[int, int], book: Book
) -> None:
    assert staff("officer").get("/desk/appointments/").headers["Location"] == page(office)
    make_schedule(offices[SAMUT_SAKHON])
    book()
    text = staff("manager", None).read("/desk/appointments/")
    assert page(office) in text
    assert "<b>0</b> today" in text
    assert "<b>1</b> in seven days" in text


def test_the_desk_leads_there(opened: int, staff: Staff) -> None:
    assert 'href="/desk/appointments/"' in staff("officer").read("/desk/")


# What they show ------------------------------------------------------------------------------------------


def test_the_office_shows_how_full_the_next_days_are(opened: int, office: Office, staff: Staff, book: Book) -> None:
    book(people=(1, 2))
    text = staff("officer").read(page(office))
    assert "24 November 2026: 2 of 42 places taken" in text
    assert "29 November 2026: closed" in text
    assert "3 counters" in text
    assert "30 minutes each" in text
    assert "Constitution Day" in text


def test_a_day_in_the_other_language_has_its_own_calendar(opened: int, office: Office, staff: Staff) -> None:
    reader = staff("officer")
    reader.client.cookies["lang"] = "th"
    text = reader.read(page(office))
    assert "24 พฤศจิกายน 2569: จองแล้ว 0 จาก 42 คิว" in text


def test_who_lost_their_time_is_listed_to_be_telephoned(opened: int, office: Office, staff: Staff, book: Book) -> None:
    visit = book()
    schedules.close(
        office=office.id, starts_at=NINE, ends_at=NINE + timedelta(hours=1), reason=Text(th="ฝน", en="Rain"), by=SYSTEM
    )
    text = staff("officer").read(page(office))
    assert visit.reference in text
    assert "Somchai B" in text
    assert "Telephone those who have no such offer" in text
    assert f"/desk/waiting/?office={office.slug}" in text
    looks = AuditEntry.objects.filter(action="office.displaced_viewed", subject=f"office:{office.id}")
    assert looks.count() == 1
    assert visit.reference not in staff("officer", services=["another-thing"]).read(page(office))
    assert "Somchai B" not in staff("administrator").read(page(office)), "an administrator sees no requests"
    assert looks.count() == 1


def test_a_post_at_another_agency_shows_nothing_more_here(
    opened: int, office: Office, staff: Staff, service: Loaded
) -> None:
    make_schedule(office.id, service="another-thing")
    some = staff("officer", services=["test-visit"])
    elsewhere = make_office("some-hospital", "hospital", "health")
    add_post(some.account, None, "officer", agency=elsewhere.agency_id)
    assert "another-thing" not in some.read(page(office))


def test_a_page_costs_a_bounded_number_of_reads(
    opened: int, office: Office, staff: Staff, django_assert_max_num_queries: Any
) -> None:
    manager = staff()
    with django_assert_max_num_queries(16):
        manager.read(page(office))


# A change, from its form to its deed -------------------------------------------------------------------


def test_a_closure_is_shown_before_it_is_made(opened: int, office: Office, staff: Staff, book: Book) -> None:
    visit, manager = book(), staff()
    shown = manager.post(page(office, "closures/new/"), **CLOSURE)
    text = shown.content.decode()
    assert shown.status_code == 200
    assert "Visits that lose their time" in text
    assert visit.reference in text
    assert not Closure.objects.exists()
    done = manager.post(page(office, "closures/new/"), **hidden(text), do="make")
    assert (done.status_code, done.headers["Location"]) == (303, page(office, "?done=closed"))
    assert queries.visit(visit.visit_id).state == "displaced"
    row = Closure.objects.get()
    assert (row.starts_at, row.ends_at - row.starts_at) == (NINE - timedelta(hours=9), timedelta(days=1))
    assert "The office is closed for that time" in manager.read(done.headers["Location"])
    again = manager.post(page(office, "closures/new/"), **hidden(text), do="make")
    assert again.headers["Location"] == done.headers["Location"]
    assert Closure.objects.count() == 1
    entries = [(one.actor, one.action) for one in audit.of_subject(f"office:{office.id}")]
    by = f"account:{manager.account.id}"
    assert entries == [(by, "office.displaced_viewed"), (by, "office.closed")]


def test_when_somebody_booked_meanwhile_the_page_shows_it_again(
    opened: int, office: Office, staff: Staff, book: Book
) -> None:
    manager = staff()
    text = manager.post(page(office, "closures/new/"), **CLOSURE).content.decode()
    assert "Nobody who has booked is touched" in text
    visit = book()
    again = manager.post(page(office, "closures/new/"), **hidden(text), do="make")
    assert again.status_code == 409
    assert "Something has changed since you looked" in again.content.decode()
    assert visit.reference in again.content.decode()
    assert manager.post(page(office, "closures/new/"), **hidden(again.content.decode()), do="make").status_code == 303


def test_what_was_entered_can_be_changed_before_it_is_made(opened: int, office: Office, staff: Staff) -> None:
    manager = staff()
    text = manager.post(page(office, "closures/new/"), **CLOSURE).content.decode()
    back = manager.post(page(office, "closures/new/"), **hidden(text), do="edit").content.decode()
    assert 'value="2026-11-24"' in back
    assert "น้ำท่วม" in back


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"from": ""}, "Enter a day"),
        ({"from": "2026-13-45"}, "Enter a day"),
        ({"from_time": "25:00"}, "Enter a time"),
        ({"from_time": "12:00", "until_time": "11:00"}, "The end must be after the beginning"),
        ({"from": "2026-11-01"}, "This time has passed"),
        ({"until": "2028-01-01"}, "A closure lasts a year at most"),
        ({"reason_en": ""}, "Enter the reason that visitors will read"),
    ],
)
def test_what_cannot_be_read_is_told_and_kept(
    opened: int, office: Office, staff: Staff, given: dict[str, str], words: str
) -> None:
    response = staff().post(page(office, "closures/new/"), **(CLOSURE | given))
    text = response.content.decode()
    assert response.status_code == 422
    assert words in text
    assert "น้ำท่วม" in text
    assert "<title>Error: " in text


def test_a_manager_of_many_closes_them_all(opened: int, office: Office, staff: Staff, offices: dict[int, int]) -> None:
    make_schedule(offices[SAMUT_SAKHON])
    manager = staff("manager", None)
    text = manager.post(page(office, "closures/new/"), **CLOSURE, scope="all").content.decode()
    assert "2 offices" in text
    manager.post(page(office, "closures/new/"), **hidden(text), do="make")
    assert set(Closure.objects.values_list("office_id", flat=True)) == {office.id, offices[SAMUT_SAKHON]}


def test_a_closure_is_taken_back(opened: int, office: Office, staff: Staff) -> None:
    manager = staff()
    places = Place.objects.count()
    text = manager.post(page(office, "closures/new/"), **CLOSURE).content.decode()
    manager.post(page(office, "closures/new/"), **hidden(text), do="make")
    closure = Closure.objects.get().id
    assert "Flood" in manager.read(page(office, "closures/"))
    asked = manager.read(page(office, f"closures/{closure}/take-back/"))
    assert "42" in asked
    for _ in range(2):
        done = manager.post(page(office, f"closures/{closure}/take-back/"), **hidden(asked))
        assert done.headers["Location"] == page(office, "?done=taken_back")
    assert Place.objects.count() == places
    assert manager.get(page(office, f"closures/{closure}/take-back/")).status_code == 404


def test_a_closure_of_another_office_is_not_taken_back_here(
    opened: int, office: Office, staff: Staff, offices: dict[int, int]
) -> None:
    other = Closure.objects.create(
        office_id=offices[SAMUT_SAKHON], starts_at=NINE, ends_at=NINE + timedelta(hours=1), reason_th="x",
        reason_en="x", made_by="x",
    )  # fmt: skip
    everybody = Closure.objects.create(
        office=None, starts_at=NINE, ends_at=NINE + timedelta(hours=1), reason_th="x", reason_en="x", made_by="x"
    )
    for closure in (other.id, everybody.id, 999_999):
        assert staff().get(page(office, f"closures/{closure}/take-back/")).status_code == 404
        assert staff().post(page(office, f"closures/{closure}/take-back/"), fingerprint="x").status_code == 404


def test_hours_are_changed(opened: int, office: Office, staff: Staff, book: Book) -> None:
    visit, manager = book(), staff()
    form = manager.read(page(office, "hours/"))
    assert 'name="opens-0-0" value="08:30"' in form
    given = {f"opens-{day}-0": "1000" for day in range(5)} | {f"closes-{day}-0": "16.30" for day in range(5)}
    text = manager.post(page(office, "hours/"), **given).content.decode()
    assert visit.reference in text
    done = manager.post(page(office, "hours/"), **hidden(text), do="make")
    assert done.headers["Location"] == page(office, "?done=changed")
    assert Hours.objects.filter(office=office).count() == 5
    assert queries.visit(visit.visit_id).state == "displaced"
    again = manager.post(page(office, "hours/"), **given)
    assert again.headers["Location"] == page(office, "?done=same")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"opens-0-0": "09:00"}, "Monday: Enter both"),
        ({"opens-6-0": "9", "closes-6-0": "10:00"}, "Sunday: Enter a time"),
        ({"opens-2-0": "10:00", "closes-2-0": "09:00"}, "Wednesday: the closing time"),
        ({"opens-2-0": "09:00", "closes-2-0": "12:00", "opens-2-1": "11:00", "closes-2-1": "15:00"}, "overlap"),
    ],
)
def test_hours_that_make_no_sense_are_told_by_day(
    opened: int, office: Office, staff: Staff, given: dict[str, str], words: str
) -> None:
    response = staff().post(page(office, "hours/"), **given)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert Hours.objects.filter(office=office).count() == 10


TERMS = {
    "active": "yes", "minutes": "30", "counters": "3", "lead": "2", "lead_unit": "hours", "horizon_days": "30",
    "late_percent": "0", "late_hours": "48", "opens_day": "", "opens_time": "",
}  # fmt: skip


def test_a_service_is_given_otherwise(opened: int, office: Office, staff: Staff) -> None:
    manager = staff()
    where = page(office, "services/test-visit/")
    assert 'value="2"' in manager.read(where)
    assert manager.post(where, **TERMS).headers["Location"] == page(office, "?done=same")
    given = TERMS | {
        "counters": "5",
        "lead": "1",
        "lead_unit": "days",
        "opens_day": "2569-12-01",
        "opens_time": "09:00",
    }
    text = manager.post(where, **given).content.decode()
    assert "Places that come" in text
    manager.post(where, **hidden(text), do="make")
    row = Schedule.objects.get(id=opened)
    assert (row.counters, row.lead_minutes) == (5, 1440)
    assert row.opens_at == NOW.replace(month=12, day=1, hour=2)
    assert "booking opens 1 December 2026, 09:00" in manager.read(page(office))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"minutes": "0"}, "Time for one person: enter a number from 1 to 480"),
        ({"counters": "three"}, "Counters: enter a whole number"),
        ({"counters": "-1"}, "Counters: enter a whole number"),
        ({"counters": "500", "minutes": "1", "horizon_days": "366"}, "This would make"),
        ({"lead": "40", "lead_unit": "days"}, "The lead time must be shorter"),
        ({"opens_day": "soon"}, "Enter a day"),
        ({"lead": ""}, "How long before the visit: enter a whole number"),
    ],
)
def test_terms_that_make_no_sense_are_told_by_field(
    opened: int, office: Office, staff: Staff, given: dict[str, str], words: str
) -> None:
    response = staff().post(page(office, "services/test-visit/"), **(TERMS | given))
    assert response.status_code == 422
    assert words in response.content.decode()


# Calendars -----------------------------------------------------------------------------------------------


def test_an_address_is_shown_once_and_revoked(opened: int, office: Office, staff: Staff, book: Book) -> None:
    visit, officer = book(), staff("officer")
    made = officer.post(page(office, "calendars/"), own="no").content.decode()
    found = re.search(r"/calendar-feeds/([\w-]+)\.ics", made)
    assert found
    response = officer.client.get(found[0])
    assert response.headers["Content-Type"].startswith("text/calendar")
    assert visit.reference in response.content.decode()
    assert officer.client.get(found[0], HTTP_IF_NONE_MATCH=response.headers["ETag"]).status_code == 304
    assert found[1] not in officer.read(page(office, "calendars/"))
    feed = Feed.objects.get().id
    assert staff("officer").post(page(office, f"calendars/{feed}/revoke/")).status_code == 404
    assert officer.post(page(office, f"calendars/{feed}/revoke/")).status_code == 303
    assert officer.client.get(found[0]).status_code == 404


def test_a_manager_sees_and_revokes_everybodys(opened: int, office: Office, staff: Staff) -> None:
    officer = staff("officer")
    officer.post(page(office, "calendars/"), own="yes")
    manager = staff()
    assert officer.name in manager.read(page(office, "calendars/"))
    assert manager.post(page(office, f"calendars/{Feed.objects.get().id}/revoke/")).status_code == 303
    assert Feed.objects.get().revoked_at


def test_a_day_of_many_times_loses_none_in_the_form(opened: int, office: Office, staff: Staff) -> None:
    Hours.objects.filter(office=office).delete()
    Hours.objects.bulk_create(
        Hours(office=office, weekday=0, opens=f"{hour:02}:00", closes=f"{hour:02}:45") for hour in range(8, 12)
    )
    manager = staff()
    assert 'name="opens-0-3" value="11:00"' in manager.read(page(office, "hours/"))
    assert 'name="opens-0-4"' not in manager.read(page(office, "hours/"))
