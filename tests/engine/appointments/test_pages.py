"""A visit's page, another time for it, giving it up, its calendar entry, and its place on the request's page."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from icalendar import Calendar

from sala.engine.appointments import booking, changing, gates, holding, links
from sala.engine.appointments import queries as appointments
from sala.engine.appointments.keys import key_of
from sala.engine.appointments.models import Visit
from sala.engine.appointments.states import VisitState
from sala.engine.cases import services as cases
from sala.engine.cases.keys import key_of as case_key
from sala.engine.cases.models import Case
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.accounts.models import Account
from sala.kit import clock
from tests.background import settle
from tests.engine.appointments.conftest import NINE, NOW, SYSTEM, TEN, Book, answers_of, holder, make_places
from tests.factories import client_for

pytestmark = pytest.mark.django_db


class Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words(response: HttpResponse) -> str:
    parser = Text()
    parser.feed(response.content.decode())
    return " ".join(" ".join(parser.words).split())


@pytest.fixture
def visit(book: Book, schedule: int) -> Visit:
    make_places(schedule)
    make_places(schedule, TEN)
    make_places(schedule, TEN + timedelta(minutes=30))
    return appointments.visit(book(by=ANONYMOUS).visit_id)


@pytest.fixture
def hand(visit: Visit) -> Client:
    """The browser in which the link of the letter was opened."""
    client = Client()
    client.cookies["lang"] = "en"
    client.get(f"/visits/{visit.reference}/", {"key": key_of(visit.id)})
    return client


def here(visit: Visit, page: str = "") -> str:
    return f"/visits/{visit.reference}/{page}"


def confirm(visit: Visit, at: str = "2026-11-24T10:00", schedule: int = 0) -> str:
    return here(visit, f"move/confirm/{schedule or visit.schedule_id}/{at}/")


@pytest.mark.requirement("R-001.56", "R-001.57")
def test_all_that_is_needed_on_the_day(visit: Visit, hand: Client) -> None:
    page = hand.get(here(visit))
    text = words(page)
    for shown in ("Tuesday 24 November 2026", "09:00", visit.reference, "Somchai B", "cannot be changed"):
        assert shown in text
    assert Case.objects.get().reference in text
    assert "<svg" in page.content.decode()
    assert len(page.content) < 40_000


def test_on_the_day_the_page_leads_to_the_queue(visit: Visit, hand: Client) -> None:
    queue = here(visit, "queue/")
    assert "Your visit is today" not in words(hand.get(here(visit)))
    with clock.frozen(NINE - timedelta(minutes=20)):
        phone = Client()
        phone.cookies["lang"] = "en"
        phone.get(here(visit), {"key": key_of(visit.id)})
        assert "Your visit is today" in words(phone.get(here(visit)))
        assert queue in phone.get(here(visit)).content.decode()
        assert phone.get(queue).status_code == 200


def test_in_thai_the_year_is_the_buddhist_eras(visit: Visit, hand: Client) -> None:
    hand.cookies["lang"] = "th"
    text = words(hand.get(here(visit)))
    assert "วันอังคารที่ 24 พฤศจิกายน 2569" in text
    assert "09:00 น." in text


def test_the_page_asks_nobody_elses_server_for_anything(visit: Visit, hand: Client) -> None:
    page = hand.get(here(visit)).content.decode()
    assert not re.search(r'(?:src|srcset|data)="https?://', page)
    assert re.search(r'href="https://www\.openstreetmap\.org/', page), "a link, for who wishes to go there"


def test_a_calendar_entry_that_a_change_moves(visit: Visit, hand: Client) -> None:
    first = entry(hand.get(here(visit, "visit.ics")))
    assert first["uid"] == f"visit-{visit.reference}@sala"
    assert (first["dtstart"].dt, first["dtend"].dt) == (NINE, NINE + timedelta(minutes=30))
    assert first["status"] == "CONFIRMED"
    assert len(first.walk("VALARM")) == 2
    hand.post(confirm(visit))
    second = entry(hand.get(here(visit, "visit.ics")))
    assert second["uid"] == first["uid"]
    assert second["sequence"] > first["sequence"]
    assert second["dtstart"].dt == TEN
    hand.post(here(visit, "cancel/"))
    last = entry(hand.get(here(visit, "visit.ics")))
    assert (last["status"], last.walk("VALARM")) == ("CANCELLED", [])


def entry(response: HttpResponse) -> Any:
    assert response.headers["Content-Type"].startswith("text/calendar")
    whole = Calendar.from_ical(response.content)
    assert whole["method"] == "PUBLISH"
    return whole.walk("VEVENT")[0]


@pytest.mark.requirement("R-001.59")
def test_another_time_by_month_day_and_question(visit: Visit, hand: Client) -> None:
    month = hand.get(here(visit, "move/")).content.decode()
    times = f"{here(visit)}move/to/{visit.schedule_id}/2026-11-24/"
    assert times in month
    assert confirm(visit) in hand.get(times).content.decode()
    asked = words(hand.get(confirm(visit)))
    assert "Tuesday 24 November 2026, 09:00" in asked
    assert "Tuesday 24 November 2026, 10:00" in asked
    visit.refresh_from_db()
    assert visit.starts_at == NINE, "a look changes nothing"
    assert hand.post(confirm(visit)).status_code == 303
    visit.refresh_from_db()
    assert visit.starts_at == TEN


def test_a_time_taken_in_between_leaves_the_visit_and_offers_others(visit: Visit, hand: Client, schedule: int) -> None:
    for _ in range(3):
        holding.hold(schedule=schedule, starts_at=TEN, holder=holder())
    answer = hand.post(confirm(visit))
    assert answer.status_code == 409
    assert "no longer free" in words(answer)
    assert confirm(visit, "2026-11-24T10:30") in answer.content.decode()
    visit.refresh_from_db()
    assert visit.starts_at == NINE


@pytest.mark.parametrize("at", ["2020-01-01T09:00", "2026-11-24T03:00", "2026-11-29T09:00", "2099-01-01T09:00"])
def test_a_time_that_cannot_be_booked_is_refused_in_words(visit: Visit, hand: Client, at: str) -> None:
    answer = hand.post(confirm(visit, at))
    assert answer.status_code in {409, 422}
    visit.refresh_from_db()
    assert visit.starts_at == NINE


@pytest.mark.parametrize("at", ["now", "2026-13-01T09:00", "'; drop table"])
def test_a_time_that_is_none_is_not_found(visit: Visit, hand: Client, at: str) -> None:
    assert hand.post(confirm(visit, at)).status_code == 404


def test_the_time_changes_only_so_often(visit: Visit, hand: Client) -> None:
    assert hand.post(confirm(visit)).status_code == 303
    assert hand.post(confirm(visit, "2026-11-24T09:00")).status_code == 303
    assert hand.post(confirm(visit)).status_code == 409
    page = words(hand.get(here(visit)))
    assert "Change when or where" not in page
    assert "2 times" in page
    assert hand.get(here(visit, "move/")).headers["Location"] == here(visit)


def test_to_another_office(visit: Visit, hand: Client, elsewhere: int) -> None:
    make_places(elsewhere)
    listed = hand.get(here(visit, "move/offices/?province=74")).content.decode()
    assert f"{here(visit)}move/to/{elsewhere}/" in listed
    assert hand.post(confirm(visit, "2026-11-24T09:00", elsewhere)).status_code == 303
    visit.refresh_from_db()
    assert visit.schedule_id == elsewhere
    assert Case.objects.get().office_id == visit.office_id


def test_giving_it_up_asks_first_and_says_that_the_request_goes_too(visit: Visit, hand: Client) -> None:
    asked = words(hand.get(here(visit, "cancel/")))
    assert "withdrawn as well" in asked
    visit.refresh_from_db()
    assert visit.state == VisitState.BOOKED
    assert hand.post(here(visit, "cancel/")).status_code == 303
    assert hand.post(here(visit, "cancel/")).status_code == 303, "a double click"
    assert Case.objects.get().state == "withdrawn"
    page = words(hand.get(here(visit)))
    assert "This visit is cancelled" in page
    assert "Cancel this visit" not in page
    assert "Cancelled Tuesday 24 November 2026, 09:00" in page
    assert "<s " in hand.get(here(visit)).content.decode(), "the lost time is struck through"


def test_the_question_says_how_many_changes_remain(visit: Visit, hand: Client) -> None:
    assert "After this you can change it 1 more time." in words(hand.get(confirm(visit)))
    Visit.objects.filter(id=visit.id).update(moves=1)
    assert "After this the time cannot be changed again." in words(hand.get(confirm(visit)))
    changing.displace(visits=[visit.id], by=SYSTEM)
    assert "does not count as a change" in words(hand.get(confirm(visit)))


def test_what_to_do_about_a_slip(visit: Visit, hand: Client) -> None:
    assert "the officer corrects a slip at the counter" in words(hand.get(here(visit)))


def test_while_there_is_no_time_the_request_promises_none(visit: Visit) -> None:
    case, client = Case.objects.get(), Client()
    client.cookies["lang"] = "en"
    address = f"/cases/{case.reference}/"
    assert "You hear by" in words(client.get(address, {"key": case_key(case.id)}, follow=True))
    changing.displace(visits=[visit.id], by=SYSTEM)
    page = words(client.get(address))
    assert "You hear after your new visit" in page
    assert "The result after your new visit" in page
    assert "You hear by" not in page
    with clock.frozen(case.due_at + timedelta(days=1)):
        client.get(address, {"key": case_key(case.id)})
        assert "have not kept to it" not in words(client.get(address))


def test_while_there_is_no_time_the_list_of_ones_own_promises_none(book: Book, schedule: int, visitor: Actor) -> None:
    make_places(schedule)
    booked = book()
    client = client_for(Account.objects.get(id=visitor.account_id))
    client.cookies["lang"] = "en"
    assert "You hear by" in words(client.get("/my/"))
    changing.displace(visits=[booked.visit_id], by=SYSTEM)
    page = words(client.get("/my/"))
    assert "You hear after your new visit" in page
    assert "You hear by" not in page


def test_too_late_to_give_up(visit: Visit, hand: Client) -> None:
    with clock.frozen(NINE + timedelta(minutes=5)):
        client = Client()
        client.get(here(visit), {"key": key_of(visit.id)})
        answer = client.post(here(visit, "cancel/"))
        assert answer.status_code == 409
        assert client.get(here(visit, "cancel/")).status_code == 200


def test_the_office_closed_leads_to_another_time_that_does_not_count(visit: Visit, hand: Client) -> None:
    changing.displace(visits=[visit.id], by=SYSTEM)
    page = words(hand.get(here(visit)))
    assert "needs a new time" in page
    assert "Do not come at this time" in page
    assert "Show this when you arrive" not in page, "a code is an invitation to come"
    assert "does not count" in page
    assert hand.post(confirm(visit)).status_code == 303
    visit.refresh_from_db()
    assert (visit.state, visit.moves) == (VisitState.BOOKED, 0)


def test_who_missed_it_may_choose_another_time_within_a_week(visit: Visit, book: Book, schedule: int) -> None:
    make_places(schedule, TEN + timedelta(days=2))
    with clock.frozen(NINE + timedelta(hours=1)):
        changing.missed(visit=visit.id, by=SYSTEM)
        client = Client()
        client.cookies["lang"] = "en"
        client.get(here(visit), {"key": key_of(visit.id)})
        assert "once, within seven days" in words(client.get(here(visit)))
        assert client.post(confirm(visit, "2026-11-26T10:00")).status_code == 303
    visit.refresh_from_db()
    assert visit.state == VisitState.BOOKED
    late = Client()
    with clock.frozen(NINE + timedelta(days=9)):
        late.cookies["lang"] = "en"
        late.get(here(visit), {"key": key_of(visit.id)})
        assert "too late" in words(late.get(here(visit))).lower() or "has passed" in words(late.get(here(visit)))


def test_the_request_shows_its_visit_and_the_way_to_it(visit: Visit) -> None:
    case = Case.objects.get()
    client = Client()
    client.cookies["lang"] = "en"
    page = client.get(f"/cases/{case.reference}/", {"key": case_key(case.id)}, follow=True)
    assert "Tuesday 24 November 2026, 09:00" in words(page)
    way = re.search(rf'href="(/visits/{visit.reference}/\?key=[^"]+)"', page.content.decode())
    assert way
    assert client.get(way[1], follow=True).status_code == 200


def test_number_and_address_alone_do_not_show_the_visit(visit: Visit) -> None:
    case = Case.objects.get()
    client = Client()
    client.cookies["lang"] = "en"
    answer = client.post("/track/", {"reference": case.reference, "email": case.email}, follow=True)
    assert answer.status_code == 200
    assert visit.reference not in answer.content.decode()


def test_a_request_taken_back_gives_its_visit_up(visit: Visit, visitor: Actor, service: Loaded) -> None:
    case = Case.objects.get()
    cases.withdraw(reference=case.reference, by=Actor(kind="key", id=case.reference))
    settle()
    visit.refresh_from_db()
    assert visit.state == VisitState.CANCELLED


def test_one_of_a_family_taken_back_leaves_the_others_their_visit(service: Loaded, schedule: int) -> None:
    make_places(schedule)
    booked = booking.book(
        service=service, schedule=schedule, starts_at=NINE, answers=[answers_of(4), answers_of(5)], by=ANONYMOUS,
        language="en", channel="web",
    )  # fmt: skip
    first = booked.filed[0].reference
    cases.withdraw(reference=first, by=Actor(kind="key", id=first))
    settle()
    assert appointments.visit(booked.visit_id).state == VisitState.BOOKED


def test_a_link_in_a_letter_carries_its_language(visit: Visit) -> None:
    assert links.to(visit, "th").endswith("&lang=th")
    assert visit.starts_at > NOW


def test_who_moves_a_visit_waits_in_the_room_also_at_the_last_step(
    visit: Visit, hand: Client, schedule: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who has any visit goes past everybody, with an address typed by hand."""
    chose: list[int] = []
    monkeypatch.setattr(gates.gate(), "chosen", lambda request, schedule: chose.append(schedule))
    page = f"/visits/{visit.reference}/move/confirm/{schedule}/2026-11-24T10:00/"
    with monkeypatch.context() as full:
        full.setattr(gates.gate(), "before", lambda request, schedule: HttpResponse("wait"))
        assert [hand.get(page).content, hand.post(page).content] == [b"wait", b"wait"]
    assert (appointments.visit(visit.id).starts_at, chose) == (NINE, [])
    assert hand.post(page).status_code == 303
    assert (appointments.visit(visit.id).starts_at, chose) == (TEN, [schedule])


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2029-01-01"])
def test_there_is_no_day_at_the_end_of_the_calendar(visit: Visit, hand: Client, schedule: int, day: str) -> None:
    assert hand.get(f"/visits/{visit.reference}/move/to/{schedule}/{day}/").status_code == 404


@pytest.mark.parametrize("at", ["0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59", "9999-12-31T23:59"])
def test_there_is_no_time_at_the_end_of_the_calendar(visit: Visit, hand: Client, schedule: int, at: str) -> None:
    page = f"/visits/{visit.reference}/move/confirm/{schedule}/{at}/"
    assert [hand.get(page).status_code, hand.post(page).status_code] == [404, 404]
