from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from sala.engine.appointments import changing
from sala.engine.appointments.keys import key_of as visit_key
from sala.engine.appointments.models import Place, Schedule, Visit
from sala.engine.messages.models import Message
from sala.engine.waiting import offers, room
from sala.engine.waiting.keys import key_of_offer
from sala.engine.waiting.models import Offer, Room, RoomTurn
from sala.engine.waiting.waitlist import Joined
from sala.identity.accounts.actor import system
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Office
from sala.kit import clock
from sala.kit.models import AuditEntry
from tests.engine.waiting.conftest import HALF_DAY, NINE, NOW, TEN, WEEK, Join, free, make_places, offer_of, state_of
from tests.factories import client_for, make_account, make_officer

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["en", "th"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def browser(language: str) -> Client:
    client = Client()
    client.cookies["lang"] = language
    return client


def opened(client: Client, joined: Joined) -> str:
    """The page of a turn, by the link in its letter; its address."""
    address = f"/waiting/{joined.reference}/"
    response = client.get(f"{address}?key={joined.key}")
    assert (response.status_code, response.headers["Location"]) == (302, address)
    return address


def opened_offer(client: Client, offer: Offer) -> str:
    address = f"/offers/{offer.id}/"
    response = client.get(f"{address}?key={key_of_offer(offer.id)}")
    assert (response.status_code, response.headers["Location"]) == (302, address)
    return address


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
    return response.content.decode()


# --- A turn -------------------------------------------------------------------------------------------


def test_a_turn_says_place_and_promise(browser: Client, language: str, join: Join) -> None:
    join(7)
    turn = join()
    page = text_of(browser, opened(browser, turn))
    assert turn.reference in page
    assert '<strong class="waiting-place__number">2</strong>' in page
    assert {"en": "25 November 2026", "th": "25 พฤศจิกายน 2569"}[language] in page


def test_a_turn_is_nobody_elses(join: Join) -> None:
    turn = join()
    address = f"/waiting/{turn.reference}/"
    assert Client().get(f"{address}?key=wrong").status_code == 404
    assert Client().get(address).headers["Location"] == f"{address}link/"
    assert Client().get(f"{address}leave/").headers["Location"] == f"{address}link/"
    assert 'action="/account/sign-in/' in Client().post(f"{address}leave/").content.decode()
    assert client_for(make_account()).get(address).status_code == 404
    assert client_for(make_account()).post(f"{address}leave/").status_code == 404
    assert state_of(turn) == "waiting"


def test_its_account_sees_it_without_a_key(join: Join) -> None:
    turn = join()
    owner = client_for(Account.objects.get(email="somchai@example.org"))
    assert owner.get(f"/waiting/{turn.reference}/").status_code == 200


def test_a_lost_letter_is_sent_again_to_the_address_of_the_turn_alone(
    browser: Client, language: str, join: Join
) -> None:
    turn = join()
    page = f"/waiting/{turn.reference}/link/"
    assert "/account/sign-in/" in text_of(browser, page)
    told = [browser.post(page, {"email": email}) for email in ("thief@example.org", " SOMCHAI@example.org ")]
    words = {"en": "is on its way to", "th": "กำลังส่งไปที่"}[language]
    assert [(answer.status_code, words in answer.content.decode()) for answer in told] == [(200, True)] * 2
    letter = Message.objects.get(kind="waiting_link")
    assert letter.to == "somchai@example.org"
    assert f"/waiting/{turn.reference}/?key={turn.key}" in letter.text
    browser.post(page, {"email": "somchai@example.org"})
    assert Message.objects.filter(kind="waiting_link").count() == 1, "a double click is one letter"
    assert browser.post(page, {"email": ""}).status_code == 422


def test_an_unknown_turn_is_answered_like_a_known_one(browser: Client) -> None:
    assert browser.post("/waiting/W-00000000-0/link/", {"email": "somchai@example.org"}).status_code == 200
    assert not Message.objects.exists()


def test_a_turns_number_typed_where_requests_are_looked_up_leads_to_it(browser: Client, join: Join) -> None:
    turn = join()
    given = {"reference": turn.reference.lower(), "email": "somchai@example.org"}
    assert browser.get("/track/", given).headers["Location"] == f"/waiting/{turn.reference}/"
    assert browser.post("/track/", given, follow=True).status_code == 200
    assert Message.objects.filter(kind="waiting_link").count() == 1, "and is sent at once"


def test_the_link_to_a_turn_is_sent_only_so_often(browser: Client, join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sala.engine.appointments.lost_letter.LINKS", 1)
    page = f"/waiting/{join().reference}/link/"
    assert [browser.post(page, {"email": "x@example.org"}).status_code for _ in range(2)] == [200, 429]


def test_who_may_see_the_turn_is_led_to_it(browser: Client, join: Join) -> None:
    turn = join()
    address = opened(browser, turn)
    assert browser.post(f"{address}link/", {"email": "x@example.org"}).headers["Location"] == address


def test_leaving_is_asked_first_and_done_once(browser: Client, join: Join) -> None:
    turn = join()
    address = opened(browser, turn)
    assert turn.reference in text_of(browser, f"{address}leave/")
    assert state_of(turn) == "waiting"
    for _ in range(2):
        response = browser.post(f"{address}leave/")
        assert (response.status_code, response.headers["Location"]) == (303, address)
    assert state_of(turn) == "left"
    assert "waiting-place__number" not in text_of(browser, address)
    assert browser.get(f"{address}leave/").status_code == 303


# --- An offer -----------------------------------------------------------------------------------------


@pytest.fixture
def offered(join: Join, schedule: int) -> Joined:
    turn = join()
    free(schedule), free(schedule, TEN)
    offers.offer(schedule)
    return turn


def test_an_offer_is_taken_with_one_tap(browser: Client, language: str, offered: Joined) -> None:
    address = opened_offer(browser, offer_of(offered))
    page = text_of(browser, address)
    assert {"en": "Tuesday 24 November 2026, 09:00", "th": "24 พฤศจิกายน 2569 เวลา 09:00\u00a0น."}[language] in page
    assert "Somchai B" in page
    for _ in range(2):
        response = browser.post(address, {"accept": "1"})
        visit = Visit.objects.get()
        assert response.status_code == 303
        assert response.headers["Location"].startswith(f"/visits/{visit.reference}/?key=")
    assert visit.reference in text_of(browser, address)
    assert browser.get(browser.post(address, {"accept": "1"}).headers["Location"], follow=True).status_code == 200


def test_the_link_to_a_turn_opens_its_offer_too(browser: Client, offered: Joined) -> None:
    page = text_of(browser, opened(browser, offered))
    assert f"/offers/{offer_of(offered).id}/" in page
    assert browser.get(f"/offers/{offer_of(offered).id}/").status_code == 200


def test_looking_at_an_offer_takes_nothing(browser: Client, offered: Joined) -> None:
    # Programs that look into letters follow their links.
    text_of(browser, opened_offer(browser, offer_of(offered)))
    assert state_of(offered) == "offered"
    assert not Visit.objects.exists()


def test_declining_is_asked_first(browser: Client, offered: Joined) -> None:
    made = offer_of(offered)
    address = opened_offer(browser, made)
    assert "09:00" in text_of(browser, f"{address}decline/")
    assert Offer.objects.get(id=made.id).state == "open"
    for _ in range(2):
        assert browser.post(f"{address}decline/").status_code == 303
    assert Offer.objects.get(id=made.id).state == "declined"
    text_of(browser, address)
    assert browser.get(f"{address}decline/").status_code == 302


def test_another_time_is_chosen_and_then_taken(browser: Client, offered: Joined) -> None:
    address = opened_offer(browser, offer_of(offered))
    response = browser.post(address, {"choose": "1", "at": "2026-11-24T10:00"})
    assert (response.status_code, response.headers["Location"]) == (303, f"{address}?chosen")
    assert "10:00" in text_of(browser, f"{address}?chosen")
    browser.post(address, {"accept": "1"})
    assert Visit.objects.get().starts_at == TEN


def test_a_time_that_is_gone_leaves_the_first(browser: Client, language: str, offered: Joined) -> None:
    Place.objects.filter(starts_at=TEN).update(taken_by=UUID(int=5), held_until=None)
    address = opened_offer(browser, offer_of(offered))
    for at in ("2026-11-24T10:00", "2026-11-24T03:00", "2020-01-01T09:00"):
        response = browser.post(address, {"choose": "1", "at": at})
        assert response.status_code == 409
        assert {"en": "still held for you", "th": "ยังเก็บไว้ให้ท่าน"}[language] in response.content.decode()
    for at in ("", "x", "\0"):
        assert browser.post(address, {"choose": "1", "at": at}).status_code == 422
    assert offer_of(offered).starts_at == NINE


def test_too_late_is_said_clearly_and_the_turn_kept(browser: Client, language: str, join: Join, schedule: int) -> None:
    turn = join()
    free(schedule, NINE + WEEK)
    offers.offer(schedule)
    address = opened_offer(browser, offer_of(turn))
    with clock.frozen(NOW + HALF_DAY):
        opened_offer(browser, offer_of(turn))
        response = browser.post(address, {"accept": "1"})
        assert response.status_code == 409
        page = response.content.decode()
    assert {"en": "You keep your turn", "th": "ท่านยังอยู่ในลำดับเดิม"}[language] in page
    assert not Visit.objects.exists()
    assert state_of(turn) == "waiting"


def test_an_offer_is_nobody_elses(offered: Joined) -> None:
    address = f"/offers/{offer_of(offered).id}/"
    assert Client().get(f"{address}?key=wrong").status_code == 404
    assert Client().get(f"/offers/{UUID(int=1)}/?key=wrong").status_code == 404
    for client in (Client(), client_for(make_account())):
        assert client.get(address).status_code in {302, 404}
        for page in (address, f"{address}decline/"):
            client.post(page, {"accept": "1"})
    assert state_of(offered) == "offered"
    assert offer_of(offered).state == "open"


def test_who_lost_a_time_takes_another_with_one_tap(
    browser: Client, language: str, book: Any, schedule: int, join: Join
) -> None:
    visit = displaced(book, schedule)
    free(schedule, TEN)
    offers.offer_again(visit=visit.id)
    address = opened_offer(browser, Offer.objects.get(visit=visit))
    page = text_of(browser, address)
    assert {"en": "Another time is held for you", "th": "เราเก็บเวลาอื่นไว้ให้ท่าน"}[language] in page
    browser.post(address, {"accept": "1"})
    visit.refresh_from_db()
    assert (visit.state, visit.starts_at) == ("booked", TEN)


def test_who_lost_a_time_finds_the_held_one_on_their_own_page_while_it_is_held(book: Any, schedule: int) -> None:
    visit = displaced(book, schedule)
    account = make_account()
    Visit.objects.filter(id=visit.id).update(account_id=account.id)
    browser = client_for(account)
    browser.cookies["lang"] = "en"
    assert "Please choose a new time" in text_of(browser, "/my/")
    free(schedule, TEN)
    offers.offer_again(visit=visit.id)
    offer = Offer.objects.get(visit=visit)
    page = text_of(browser, "/my/")
    assert "Another time is held for you: answer now" in page
    assert f"/offers/{offer.id}/?key={key_of_offer(offer.id)}" in page
    with clock.frozen(offer.until):
        later = client_for(account)
        later.cookies["lang"] = "en"
        assert "Please choose a new time" in text_of(later, "/my/")


def test_the_page_of_a_visit_that_lost_its_time_leads_to_the_held_one(
    browser: Client, language: str, book: Any, schedule: int
) -> None:
    visit = displaced(book, schedule)
    browser.get(f"/visits/{visit.reference}/?key={visit_key(visit.id)}")
    words = {"en": "See the time that is held for me", "th": "ดูเวลาที่เก็บไว้ให้"}[language]
    assert words not in text_of(browser, f"/visits/{visit.reference}/")
    free(schedule, TEN)
    offers.offer_again(visit=visit.id)
    page = text_of(browser, f"/visits/{visit.reference}/")
    assert words in page
    found = re.search(r'href="(/offers/[^"]+)"', page)
    assert found
    assert browser.get(found[1], follow=True).status_code == 200
    browser.post(found[1].split("?")[0], {"accept": "1"})
    assert words not in text_of(browser, f"/visits/{visit.reference}/")


def displaced(book: Any, schedule: int) -> Visit:
    make_places(schedule, NINE, 1)
    visit = book(people=(9,)).visit_id
    changing.displace(visits=[visit], by=system("tests"))
    Place.objects.filter(starts_at=NINE).delete()
    return Visit.objects.get(id=visit)


# --- The waiting room ---------------------------------------------------------------------------------


@pytest.fixture
def crowded(schedule: int) -> Iterator[int]:
    Room.objects.create(schedule_id=schedule, draws_at=NOW + timedelta(minutes=1), busy_at=NOW)
    room.forget()
    yield schedule
    room.forget()


def start(client: Client) -> str:
    """A draft of the service: the address of its calendar."""
    response = client.post("/apply/start/test-visit/")
    assert response.status_code in {302, 303}
    return response.headers["Location"].split("/")[2]


def test_the_calendar_is_behind_the_room(language: str, crowded: int, visitor: Any) -> None:
    client = client_for(Account.objects.get(id=visitor.account_id))
    client.cookies["lang"] = language
    address = f"/apply/{start(client)}/visit-day/{crowded}/"
    page = client.get(address)
    assert page.status_code == 200
    assert 'id="waiting-room"' in page.content.decode()
    assert '<meta http-equiv="refresh"' in page.content.decode()
    room.forget()
    with clock.frozen(NOW + timedelta(minutes=2)):
        inside = client.get(address).content.decode()
    assert 'id="waiting-room"' not in inside
    assert RoomTurn.objects.get().admitted_at


def test_a_browser_keeps_its_turn_and_another_has_none(crowded: int) -> None:
    from django.test import RequestFactory

    from sala.engine.waiting import door

    first = door.before(RequestFactory().get("/", headers={"User-Agent": "one"}), crowded)
    assert first is not None
    cookie = first.cookies[door.COOKIE].value

    def again(agent: str) -> None:
        request = RequestFactory().get("/", headers={"User-Agent": agent})
        request.COOKIES[door.COOKIE] = cookie
        assert door.before(request, crowded) is not None

    again("one")
    assert RoomTurn.objects.count() == 1
    again("two")
    assert RoomTurn.objects.count() == 2


def test_a_form_sent_from_outside_is_led_to_the_page(crowded: int) -> None:
    from django.test import RequestFactory

    from sala.engine.waiting import door

    answer = door.before(RequestFactory().post("/somewhere/?a=b"), crowded)
    assert answer is not None
    assert (answer.status_code, answer.headers["Location"]) == (303, "/somewhere/?a=b")


# --- Officers -----------------------------------------------------------------------------------------


def test_officers_see_who_waits_at_their_office(language: str, join: Join, schedule: int, book: Any) -> None:
    lost = displaced(book, schedule)
    turn = join(1, 2)
    office = Office.objects.get(id=Schedule.objects.get(id=schedule).office_id)
    officer = make_officer(office)
    page = client_for(officer).get(f"/desk/waiting/?lang={language}").content.decode()
    looks = AuditEntry.objects.filter(actor=f"account:{officer.id}", action="waiting.list_viewed")
    assert list(looks.values_list("subject", flat=True)) == [f"waiting-list:{office.id}:{clock.today()}"]
    assert turn.reference in page
    assert lost.reference in page
    with clock.frozen(NOW + WEEK):
        later = client_for(officer).get(f"/desk/waiting/?office={office.slug}").content.decode()
    assert "waiting-broken" in later
    assert "waiting-broken" not in page


def test_officers_of_other_offices_do_not(join: Join, offices: dict[int, int]) -> None:
    turn = join()
    client = client_for(make_officer(Office.objects.get(id=offices[74])))
    page = client.get("/desk/waiting/")
    assert page.status_code == 200
    assert turn.reference not in page.content.decode()
    assert client_for(make_account()).get("/desk/waiting/").status_code == 404


def test_who_changes_a_time_waits_too_but_not_who_lost_it(crowded: int, book: Any, visitor: Any) -> None:
    make_places(crowded, NINE, 1)
    visit = Visit.objects.get(id=book().visit_id)
    client = client_for(Account.objects.get(id=visitor.account_id))
    address = f"/visits/{visit.reference}/move/"
    assert 'id="waiting-room"' in client.get(address).content.decode()
    changing.displace(visits=[visit.id], by=system("tests"))
    assert 'id="waiting-room"' not in client.get(address).content.decode()
