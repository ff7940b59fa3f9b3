"""Who sees a visit: by the key of its letters, or the account that booked it; nobody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from sala.engine.appointments import links
from sala.engine.appointments import queries as appointments
from sala.engine.appointments.keys import key_of
from sala.engine.appointments.models import Visit
from sala.engine.messages.models import Message
from sala.identity.accounts.actor import ANONYMOUS, Actor
from sala.identity.accounts.models import Account
from sala.identity.directory.models import Office
from sala.kit import clock
from tests.engine.appointments.conftest import BANGKOK, NOW, Book, answers_of, make_places
from tests.factories import client_for, make_account, make_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(book: Book, schedule: int) -> Visit:
    make_places(schedule)
    return appointments.visit(book().visit_id)


def pages(visit: Visit) -> list[str]:
    ref = visit.reference
    return [
        f"/visits/{ref}/", f"/visits/{ref}/cancel/", f"/visits/{ref}/visit.ics", f"/visits/{ref}/move/",
        f"/visits/{ref}/move/offices/", f"/visits/{ref}/move/to/{visit.schedule_id}/",
        f"/visits/{ref}/move/to/{visit.schedule_id}/2026-11-24/",
        f"/visits/{ref}/move/confirm/{visit.schedule_id}/2026-11-24T10:00/",
    ]  # fmt: skip


def opened(client: Client, visit: Visit) -> HttpResponse:
    return client.get(f"/visits/{visit.reference}/", {"key": key_of(visit.id, visit.key_version)})


def test_a_key_is_exchanged_for_a_cookie_and_leaves_the_address(visit: Visit) -> None:
    client = Client()
    answer = opened(client, visit)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/visits/{visit.reference}/"
    assert answer.headers["Cache-Control"] == "no-store"
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]


def test_every_page_of_it_opens_by_a_link_from_a_letter(visit: Visit) -> None:
    for page in ("appointments:visit", "appointments:move", "appointments:cancel"):
        client = Client()
        link = links.to(visit, "en", page)  # type: ignore[arg-type]
        answer = client.get("/" + link.split("/", 3)[3], follow=True)
        assert answer.status_code == 200, page


def test_without_a_key_one_is_told_how_to_get_to_it(visit: Visit) -> None:
    for path in pages(visit):
        answer = Client().get(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"] == f"/visits/{visit.reference}/link/", path
    page = Client().get(f"/visits/{visit.reference}/link/")
    assert page.status_code == 200
    assert "/account/sign-in" in page.content.decode()


def test_a_lost_letter_is_sent_again_to_the_address_of_the_booking_alone(visit: Visit) -> None:
    page = f"/visits/{visit.reference}/link/"
    told = {
        Client().post(page, {"email": email}).status_code for email in ("thief@example.org", " SOMCHAI@example.org ")
    }
    assert told == {200}, "nobody learns whether number and address belong together"
    letter = Message.objects.get(kind="visit_link")
    assert letter.to == "somchai@example.org"
    assert f"/visits/{visit.reference}/?key=" in letter.text
    Client().post(page, {"email": "somchai@example.org"})
    assert Message.objects.filter(kind="visit_link").count() == 1, "a double click is one letter"


@pytest.mark.parametrize("reference", ["Q-00000000-0", "x", "Q-48MA33Q9-2"])
def test_an_unknown_number_is_answered_alike(reference: str) -> None:
    answer = Client().post(f"/visits/{reference}/link/", {"email": "somchai@example.org"})
    assert answer.status_code == 200
    assert not Message.objects.exists()
    assert Client().post(f"/visits/{reference}/link/", {"email": " "}).status_code == 422


def test_a_visits_number_typed_where_requests_are_looked_up_leads_to_it(visit: Visit) -> None:
    given = {"reference": visit.reference.lower(), "email": "somchai@example.org"}
    assert Client().get("/track/", given).headers["Location"] == f"/visits/{visit.reference}/"
    browser = Client()
    browser.cookies["lang"] = "en"
    page = browser.post("/track/", given, follow=True)
    assert page.status_code == 200
    assert "is on its way to somchai@example.org" in page.content.decode(), "nobody types the address twice"
    assert Message.objects.get(kind="visit_link").to == "somchai@example.org"


def test_a_visits_number_without_an_address_asks_for_it(visit: Visit) -> None:
    page = Client().post("/track/", {"reference": visit.reference, "email": " "}, follow=True)
    assert page.status_code == 422
    assert not Message.objects.filter(kind="visit_link").exists()


def test_the_link_is_sent_only_so_often(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sala.engine.appointments.lost_letter.LINKS", 1)
    page = f"/visits/{visit.reference}/link/"
    assert [Client().post(page, {"email": "x@example.org"}).status_code for _ in range(2)] == [200, 429]


def test_who_may_see_the_visit_is_led_to_it_instead(visit: Visit, visitor: Actor) -> None:
    client = client_for(Account.objects.get(id=visitor.account_id))
    given = {"reference": visit.reference, "email": "somchai@example.org"}
    answer = client.post("/track/", given, follow=True)
    assert answer.redirect_chain[-1] == (f"/visits/{visit.reference}/", 303)
    assert not Message.objects.filter(kind="visit_link").exists()


def test_to_somebody_else_there_is_no_such_visit(visit: Visit) -> None:
    stranger = client_for(make_account("stranger@example.org"))
    for path in pages(visit):
        assert stranger.get(path).status_code == 404, path
        assert stranger.post(path).status_code in {404, 405}, path


def test_an_officers_way_to_it_is_the_desk(visit: Visit, offices: dict[int, int]) -> None:
    officer = client_for(make_officer(Office.objects.get(id=offices[BANGKOK])))
    assert officer.get(f"/visits/{visit.reference}/").status_code == 404


def test_the_account_that_booked_it_needs_no_key(visit: Visit, visitor: Actor) -> None:
    client = client_for(Account.objects.get(id=visitor.account_id))
    assert client.get(f"/visits/{visit.reference}/").status_code == 200


@pytest.mark.parametrize("key", ["", "x", "A" * 22, "ก"])
def test_a_wrong_key_opens_nothing(visit: Visit, key: str) -> None:
    answer = Client().get(f"/visits/{visit.reference}/", {"key": key})
    assert answer.status_code == (302 if not key else 404)


def test_a_revoked_key_opens_nothing_any_more(visit: Visit) -> None:
    client = Client()
    opened(client, visit)
    Visit.objects.filter(id=visit.id).update(key_version=2)
    assert Client().get(f"/visits/{visit.reference}/", {"key": key_of(visit.id, 1)}).status_code == 404
    assert client.get(f"/visits/{visit.reference}/").status_code in {302, 404}


def test_the_cookie_ends_after_two_hours(visit: Visit, settings: object) -> None:
    client = Client()
    cookie = opened(client, visit).cookies["sala_held"]
    assert cookie["max-age"] == 7200
    assert cookie["httponly"]


def test_the_key_of_one_opens_no_other(visit: Visit, book: Book, schedule: int) -> None:
    other = appointments.visit(book(people=(2,), by=ANONYMOUS).visit_id)
    client = Client()
    opened(client, visit)
    assert client.get(f"/visits/{other.reference}/").status_code == 302


def test_what_was_opened_signed_in_is_closed_by_the_sign_out(visit: Visit) -> None:
    account = make_account("somebody@example.org")
    client = client_for(account)
    opened(client, visit)
    assert client.get(f"/visits/{visit.reference}/").status_code == 200
    client.post("/account/sign-out/")
    assert client.get(f"/visits/{visit.reference}/").status_code == 302


def test_a_number_typed_small_or_without_hyphens_is_found(visit: Visit) -> None:
    client = Client()
    opened(client, visit)
    typed = visit.reference.lower().replace("-", "")
    assert client.get(f"/visits/{typed}/").status_code == 200


def test_visits_and_requests_are_held_apart_in_one_cookie(visit: Visit) -> None:
    client = Client()
    opened(client, visit)
    assert client.get(f"/cases/{visit.reference}/").status_code == 302, "a visit's key opens no request"
    with clock.frozen(NOW + timedelta(hours=1)):
        assert client.get(f"/visits/{visit.reference}/").status_code == 200


def test_the_key_of_one_persons_request_opens_the_visit_only_for_whom_it_was_booked_by(
    schedule: int, book: Book
) -> None:
    make_places(schedule)
    answers = [answers_of(1), answers_of(2, email="colleague@example.org")]
    mine, theirs = book(by=ANONYMOUS, answers=answers).filed
    for filed, opens in ((mine, True), (theirs, False)):
        client = Client()
        page = client.get(f"/cases/{filed.reference}/", {"key": filed.key}, follow=True).content.decode()
        [link] = re.findall(r'href="(/visits/[^"]*)"', page)
        visit = client.get(link, follow=True).content.decode()
        assert (mine.reference in visit, theirs.reference in visit) == (opens, opens)
