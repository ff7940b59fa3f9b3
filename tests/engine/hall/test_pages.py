"""The pages of the hall, as browsers ask for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sala.engine.appointments.models import Visit
from sala.engine.appointments.states import VisitState
from sala.engine.hall import calling, counters
from sala.engine.hall.keys import key_of, ticket_of
from sala.engine.hall.models import Counter, Ticket
from sala.engine.hall.states import TicketState
from sala.identity.accounts.models import Account
from sala.kit import clock
from sala.kit.ids import uuid7
from sala.kit.models import AuditEntry
from tests.engine.hall.conftest import OTHER, SERVICE, TEN, Hall
from tests.factories import client_for, make_account, make_officer

pytestmark = pytest.mark.django_db
Later = Callable[[float], None]


@pytest.fixture
def kanya(hall: Hall) -> Account:
    return make_officer(hall.office, "senior", given_name="Kanya", surname="Srisuk")


@pytest.fixture
def desk(kanya: Account) -> Client:
    client = client_for(kanya)
    client.cookies["lang"] = "en"
    return client


@pytest.fixture
def here(hall: Hall) -> str:
    return f"/desk/hall/{hall.office.slug}/"


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    page = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_desk_leads_to_the_only_hall(hall: Hall, desk: Client, here: str) -> None:
    assert desk.get("/desk/hall/").headers["Location"] == here


@pytest.mark.requirement("R-001.58")
def test_the_day_list_shows_who_comes_when_and_the_look_is_recorded(hall: Hall, desk: Client, here: str) -> None:
    hall.booked(30, people=2)
    first = hall.booked(-5)
    hall.booked(24 * 60)
    page = desk.get(here)
    shown = text(page)
    assert "Booked visits (2)" in shown
    assert shown.index(first.reference) < shown.index("2 people")
    looked = AuditEntry.objects.filter(action="hall.day_list_viewed")
    entry = looked.get()
    assert (entry.subject, entry.detail) == (f"day-list:{hall.office.id}:2026-11-23", {})
    refresh = re.search(r'data-live-url="([^"]+seen=[^"]+)"', page.content.decode())
    assert refresh
    assert "Booked visits (2)" in text(desk.get(refresh[1].replace("&amp;", "&")))
    assert looked.count() == 1
    desk.get(here + "?seen=forged")
    assert looked.count() == 2
    assert "Booked visits (1)" in text(desk.get(here + "?day=2026-11-24"))


def test_a_proof_of_one_readers_look_serves_no_other(hall: Hall, desk: Client, here: str) -> None:
    refresh = re.search(r"\?day=[^&]+&amp;seen=[^\"]+", desk.get(here).content.decode())
    assert refresh
    other = client_for(make_officer(hall.office))
    other.get(here + refresh[0].replace("&amp;", "&"))
    assert AuditEntry.objects.filter(action="hall.day_list_viewed").count() == 2


def test_a_visitor_is_checked_in_by_number_and_the_page_says_so(hall: Hall, desk: Client, here: str) -> None:
    visit = hall.booked()
    posted = desk.post(here + "check-in/", {"code": visit.reference.lower()})
    assert posted.status_code == 303
    told = text(desk.get(posted.headers["Location"]))
    assert "Number A001, booked for 10:00" in told
    assert "Visitor" in told
    again = desk.post(here + "check-in/", {"code": visit.reference})
    assert "Already checked in as A001" in text(desk.get(again.headers["Location"]))


def test_what_cannot_be_checked_in_is_said_beside_what_was_typed(hall: Hall, desk: Client, here: str) -> None:
    page = desk.post(here + "check-in/", {"code": "EXT-1"})
    assert "There is a problem" in text(page, 422)
    assert 'value="EXT-1"' in page.content.decode()
    tomorrow = hall.booked(24 * 60)
    assert "Come then" in text(desk.post(here + "check-in/", {"code": tomorrow.reference}), 409)
    assert "Come then" in text(desk.post(here + "scan/", {"code": tomorrow.reference}), 409)


def test_scanning_leads_back_to_the_camera(hall: Hall, desk: Client, here: str) -> None:
    visit = hall.booked()
    posted = desk.post(here + "scan/", {"code": f"https://sala.example/visits/{visit.reference}/?key=x"})
    assert posted.headers["Location"].startswith(here + "scan/?ticket=")
    assert "Number A001" in text(desk.get(posted.headers["Location"]))


def test_a_walk_in_gets_a_ticket_with_a_qr_that_leads_to_its_page(hall: Hall, desk: Client, here: str) -> None:
    form = desk.get(here + "walk-in/").content.decode()
    once = re.search(r'name="once" value="([^"]+)"', form)
    assert once
    given = {"service": SERVICE, "people": "2", "name": "Mali", "language": "th", "once": once[1]}
    posted = desk.post(here + "walk-in/", given)
    assert desk.post(here + "walk-in/", given).headers["Location"] == posted.headers["Location"]
    slip = desk.get(posted.headers["Location"])
    assert "A001" in text(slip)
    assert "<svg" in slip.content.decode()
    ticket = Ticket.objects.get()
    page = text(Client(headers={"cookie": "lang=en"}).get(f"/hall/{hall.office.slug}/ticket/{key_of(ticket.id)}/"))
    assert "You are next" in page
    assert "Mali" not in page
    odd = desk.post(here + "walk-in/", given | {"name": "Ma\0li\u200b", "once": ""})
    assert Ticket.objects.get(id=odd.headers["Location"].split("/")[-2]).name == "Ma li"
    assert "Choose the service" in text(desk.post(here + "walk-in/", given | {"service": "x", "once": ""}), 422)
    assert "between 1 and 20" in text(desk.post(here + "walk-in/", given | {"people": "๓", "once": ""}), 422)


@pytest.mark.requirement("R-001.58")
def test_an_officer_sits_down_calls_and_opens_the_file(hall: Hall, desk: Client, here: str, kanya: Account) -> None:
    counter = hall.counter("3")
    visit = hall.booked()
    hall.check_in(visit)
    assert "Where do you sit?" in text(desk.get(here + "counter/"))
    at = desk.post(f"{here}counter/{counter}/sit/").headers["Location"]
    assert desk.get(here + "counter/").headers["Location"] == at
    assert "A001" in text(desk.get(at))
    desk.post(at + "call/")
    page = text(desk.get(at))
    assert "Done, call the next" in page
    assert "Booked for 10:00" in page
    assert "Visitor" in page
    ticket = Ticket.objects.get()
    desk.post(at + "recall/", {"ticket": ticket.id})
    assert "Call at least 2 times" in text(desk.post(at + "no-show/", {"ticket": ticket.id}), 409)
    waits = hall.walk_in()
    desk.post(at + "call/", {"ticket": ticket.id, "done": "1"})
    visit.refresh_from_db()
    assert visit.state == VisitState.ATTENDED
    assert waits.number in text(desk.get(at))
    desk.post(at + "transfer/", {"ticket": waits.id, "to": f"service:{OTHER}"})
    waits.refresh_from_db()
    assert (waits.state, waits.service) == (TicketState.WAITING, OTHER)
    desk.post(at + "call/")
    desk.post(at + "done/", {"ticket": waits.id})
    empty = desk.post(at + "call/")
    assert "Nobody waits for this counter" in text(desk.get(empty.headers["Location"]))
    assert desk.post(at + "leave/").headers["Location"] == here + "counter/"
    assert Counter.objects.get().officer_id is None


def test_the_way_to_the_file_is_of_the_case_that_the_visit_is_for(
    hall: Hall, desk: Client, here: str, tm47: dict[int, int], maria: Account
) -> None:
    from sala.engine.appointments.models import Booking
    from sala.engine.cases.models import Case
    from tests.flows.filing import on_file
    from tests.flows.people import days_ago, on_record

    on_record(days_ago(80))
    case = on_file(maria, arrived=days_ago(80))
    Case.objects.filter(id=case.id).update(office=hall.office)
    visit = hall.booked()
    Booking.objects.filter(visit=visit).update(case=case)
    assert f"/desk/cases/{case.reference}/" in desk.get(here).content.decode()
    Case.objects.filter(id=case.id).update(held=True)
    plain = client_for(make_officer(hall.office))
    assert f"/desk/cases/{case.reference}/" not in plain.get(here).content.decode()


def test_a_counter_is_only_its_officers(hall: Hall, desk: Client, here: str) -> None:
    counter, _ = hall.open("1")
    assert desk.get(f"{here}counter/{counter}/").headers["Location"] == here + "counter/"
    assert "has been at this counter" in text(desk.post(f"{here}counter/{counter}/sit/"), 409)
    assert "You do not sit at this counter" in text(desk.post(f"{here}counter/{counter}/call/"), 409)
    assert desk.get(f"{here}counter/999999/").status_code == 404


def test_counters_are_set_up_by_who_manages(hall: Hall, desk: Client, here: str) -> None:
    assert desk.post(here + "counters/", {"name": "7", "services": [SERVICE]}).status_code == 303
    counter = Counter.objects.get()
    assert "There is a counter of this name" in text(desk.post(here + "counters/", {"name": "7"}), 422)
    desk.post(f"{here}counters/{counter.id}/", {"name": "8"})
    counter.refresh_from_db()
    assert (counter.name, counter.services) == ("8", [])
    assert desk.post(f"{here}counters/{counter.id}/remove/").status_code == 303
    plain = client_for(make_officer(hall.office))
    assert plain.get(here + "counters/").status_code == 403


def test_a_person_says_of_past_visits_whether_they_came(hall: Hall, desk: Client, here: str) -> None:
    came, stayed_away = hall.booked(-24 * 60), hall.booked(-24 * 60 + 15)
    assert "Did they come?" in text(desk.get(here))
    yesterday = text(desk.get(here + "?day=2026-11-22"))
    assert "They came" in yesterday
    desk.post(f"{here}visits/{came.id}/", {"came": "1"})
    desk.post(f"{here}visits/{stayed_away.id}/", {"came": "0"})
    states = dict(Visit.objects.values_list("id", "state"))
    assert states == {came.id: VisitState.ATTENDED, stayed_away.id: VisitState.MISSED}
    assert "Did they come?" not in text(desk.get(here))
    later = hall.booked(60)
    assert "has not come yet" in text(desk.post(f"{here}visits/{later.id}/", {"came": "0"}), 409)


def test_nobody_else_sees_the_hall_of_an_office(hall: Hall, here: str) -> None:
    stranger = client_for(make_officer("elsewhere"))
    resident = client_for(make_account())
    for path in ("", "counter/", "walk-in/", "scan/", "counters/", "?day=2026-11-22"):
        assert stranger.get(here + path).status_code == 404
        assert resident.get(here + path).status_code == 404
    assert Client().get(here).status_code == 302


def test_an_odd_address_is_not_found(hall: Hall, desk: Client, here: str) -> None:
    for path in (
        here + "?day=yesterday",
        here + "?day=0001-01-01",
        here + "?day=9999-12-31",
        "/desk/hall/nowhere/",
        "/hall/nowhere/",
        f"/hall/{hall.office.slug}/ticket/x/",
        f"{here}tickets/{uuid7()}/",
    ):
        assert desk.get(path).status_code == 404


@pytest.mark.requirement("R-001.58")
def test_the_screen_shows_numbers_and_counters_and_never_a_name(hall: Hall) -> None:
    visit, (counter, officer) = hall.booked(), hall.open("3")
    hall.check_in(visit)
    calling.call_next(counter=counter, by=officer)
    hall.walk_in()
    page = Client().get(f"/hall/{hall.office.slug}/")
    shown = text(page)
    assert "A001" in shown
    assert "ช่องบริการ 3" in shown
    assert "counter 3" in shown
    assert "A002" in shown
    assert "Visitor" not in shown
    assert visit.reference not in page.content.decode()
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page.content.decode()
    assert f"/live?hall={hall.office.id}" in page.content.decode()


def test_the_screen_of_another_day_is_empty(hall: Hall) -> None:
    hall.walk_in()
    with clock.frozen(TEN + timedelta(days=1)):
        assert "A001" not in text(Client().get(f"/hall/{hall.office.slug}/"))


def test_a_ticket_says_what_became_of_it(hall: Hall, later: Later) -> None:
    (counter, officer), ticket = hall.open("3"), hall.walk_in()
    address = f"/hall/{hall.office.slug}/ticket/{key_of(ticket.id)}/?lang=en"
    calling.call_next(counter=counter, by=officer)
    assert "It is your turn counter 3" in text(Client().get(address))
    calling.serve_done(ticket=ticket.id, counter=counter, by=officer)
    assert "Thank you for coming" in text(Client().get(address))


def test_a_tickets_key_cannot_be_guessed() -> None:
    ticket = uuid7()
    key = key_of(ticket)
    assert ticket_of(key) == ticket
    for forged in (key[:-1] + ("A" if key[-1] != "A" else "B"), "", "x", key[1:], key + "=", "é" * 34):
        assert ticket_of(forged) is None


def test_who_booked_sees_the_queue_with_the_key_of_the_visit(hall: Hall) -> None:
    from sala.engine.appointments.keys import key_of as visit_key

    visit = hall.booked()
    phone = Client(headers={"cookie": "lang=en"})
    address = f"/visits/{visit.reference}/queue/"
    assert phone.get(address).status_code in {302, 404}
    phone = Client()
    phone.cookies["lang"] = "en"
    assert phone.get(f"{address}?key={visit_key(visit.id, visit.key_version)}").status_code == 302
    assert "Show this code" in text(phone.get(address))
    cancelled = hall.booked()
    Visit.objects.filter(id=cancelled.id).update(state=VisitState.CANCELLED, ended_at=TEN)
    gone = f"/visits/{cancelled.reference}/"
    phone.get(f"{gone}queue/?key={visit_key(cancelled.id, cancelled.key_version)}")
    assert phone.get(gone + "queue/").headers["Location"] == gone
    ticket = hall.check_in(visit)
    assert phone.get(address).headers["Location"].endswith(f"/ticket/{key_of(ticket.id)}/")
    counters.sit(counter=hall.counter("1"), by=hall.manager)
    assert "up to 5 minutes" in text(phone.get(phone.get(address).headers["Location"]))


def test_the_ticket_leads_back_to_its_visit_for_who_may_see_that_alone(hall: Hall) -> None:
    from sala.engine.appointments.keys import key_of as visit_key

    visit = hall.booked()
    ticket = hall.check_in(visit)
    address = f"/hall/{hall.office.slug}/ticket/{key_of(ticket.id)}/"
    phone, stranger = Client(), Client()
    phone.get(f"/visits/{visit.reference}/?key={visit_key(visit.id, visit.key_version)}")
    assert f'href="/visits/{visit.reference}/"' in phone.get(address).content.decode()
    assert visit.reference not in stranger.get(address).content.decode()
    walk_in = f"/hall/{hall.office.slug}/ticket/{key_of(hall.walk_in().id)}/"
    assert "/visits/" not in phone.get(walk_in).content.decode()
