"""Choosing a visit before the form, the place that is kept meanwhile, and booking by sending."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from sala.engine.appointments import booking, holding, probing
from sala.engine.appointments import queries as appointments
from sala.engine.appointments.models import Closure, Hours, Place, Schedule
from sala.engine.cases.models import Attachment, Case
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts.models import Draft
from sala.engine.messages.models import Message
from sala.identity.accounts.actor import ANONYMOUS
from sala.identity.accounts.models import Account
from sala.kit import clock
from tests.engine.drafts.conftest import NOW, Hand, _publish, file, words
from tests.factories import client_for

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""Tuesday, nine in the morning in Thailand."""
TUESDAY = "2026-11-24"
BANGKOK, SAMUT_SAKHON = 10, 74


@pytest.fixture
def coming(asking: Loaded) -> Loaded:
    return _publish("coming.yaml")


def office_with(office: int, **given: Any) -> int:
    fields = {"service": "test-coming", "minutes": 30, "counters": 2, "lead_minutes": 120, "horizon_days": 40}
    return int(Schedule.objects.create(office_id=office, **(fields | given)).id)


def places(schedule: int, *starts: datetime, many: int = 2) -> None:
    Place.objects.bulk_create(
        Place(schedule_id=schedule, starts_at=at, number=number, opens_at=NOW - timedelta(days=1))
        for at in starts
        for number in range(1, many + 1)
    )


@pytest.fixture
def schedule(coming: Loaded, offices: dict[int, int]) -> int:
    """At Bangkok, two places on Tuesday at nine, half past nine and ten."""
    made = office_with(offices[BANGKOK])
    places(made, *(NINE + timedelta(minutes=30 * number) for number in range(3)))
    return made


def begun(client: Client | None = None) -> Hand:
    """A draft begun without a sign-in, in a browser of its own."""
    browser = client or Client()
    browser.cookies["lang"] = "en"
    answer = browser.post("/apply/start/test-coming/", {"new": "yes"})
    assert answer.status_code == 303, answer.content.decode()
    return Hand(browser, answer.headers["Location"].split("/")[2])


def at_the_calendar(people: int = 1, client: Client | None = None) -> Hand:
    hand = begun(client)
    hand.client.post(f"/apply/{hand.draft}/visit-need/", {"need": "visit"})
    hand.client.post(f"/apply/{hand.draft}/visit-people/", {"people": str(people)})
    return hand


def choose(hand: Hand, schedule: int, at: str = f"{TUESDAY}T09:00") -> HttpResponse:
    return hand.client.post(f"/apply/{hand.draft}/visit-time/{schedule}/{at[:10]}/", {"at": at})


def chosen(schedule: int, people: int = 1, client: Client | None = None) -> Hand:
    hand = at_the_calendar(people, client)
    assert choose(hand, schedule).status_code == 303
    return hand


def fill(hand: Hand, people: int = 1, first: int = 1, **more: Any) -> None:
    for number in range(1, people + 1):
        hand.post(f"people/{number}/person/", name="Somchai", passport=f"AB12345{first + number}")
    hand.client.post(f"/apply/{hand.draft}/people/")
    hand.post("contact/", email="somchai@example.org", **more)


def ready(schedule: int, people: int = 1, first: int = 1, client: Client | None = None) -> Hand:
    hand = chosen(schedule, people, client)
    fill(hand, people, first)
    return hand


def taken_by(schedule: int, starts_at: datetime = NINE) -> list[UUID | None]:
    rows = Place.objects.filter(schedule_id=schedule, starts_at=starts_at).order_by("number")
    return list(rows.values_list("taken_by", flat=True))


def follow(hand: Hand) -> str:
    """Where the draft goes on."""
    return str(hand.get("").headers["Location"]).removeprefix(f"/apply/{hand.draft}/")


# --- Step by step -----------------------------------------------------------------------------------


@pytest.mark.requirement("R-001.51", "R-001.52", "R-001.53")
def test_one_step_after_the_other_then_the_form(schedule: int, offices: dict[int, int]) -> None:
    hand = begun()
    assert follow(hand) == "visit-need/"
    hand.client.post(f"/apply/{hand.draft}/visit-need/", {"need": "visit"})
    assert follow(hand) == "visit-people/"
    hand.client.post(f"/apply/{hand.draft}/visit-people/", {"people": "1"})
    assert follow(hand) == "visit-office/"
    province = hand.get("visit-office/?province=10").content.decode()
    assert f"/apply/{hand.draft}/visit-day/{schedule}/" in province
    month = hand.get(f"visit-day/{schedule}/").content.decode()
    assert f"/apply/{hand.draft}/visit-time/{schedule}/{TUESDAY}/" in month
    assert 'value="2026-11-24T09:30"' in hand.get(f"visit-time/{schedule}/{TUESDAY}/").content.decode()
    assert choose(hand, schedule).status_code == 303
    assert follow(hand) == "people/1/person/"


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_pages_of_choosing_are_light(schedule: int, offices: dict[int, int], language: str) -> None:
    for office in set(offices.values()) - {offices[BANGKOK]}:
        places(office_with(office), NINE)
    hand = at_the_calendar()
    hand.client.cookies["lang"] = language
    for page in (
        "visit-office/",
        "visit-office/?province=74",
        f"visit-day/{schedule}/",
        f"visit-time/{schedule}/{TUESDAY}/",
    ):
        answer = hand.get(page)
        assert answer.status_code == 200
        assert len(answer.content) < 40_000, page
        assert not re.search(r'(?:src|href)="https?://(?!testserver)', answer.content.decode()), "asks nobody else"


def test_what_can_be_done_online_leads_there(schedule: int) -> None:
    hand = begun()
    answer = hand.client.post(f"/apply/{hand.draft}/visit-need/", {"need": "test-asking"})
    assert answer.headers["Location"] == "/services/test-asking/"
    again = hand.client.post(f"/apply/{hand.draft}/visit-need/", {"need": "tm47"})
    assert again.status_code == 422, "only what the declaration offers"
    assert "Choose one" in words(again)


@pytest.mark.parametrize("typed", ["", "0", "4", "-1", "๒", "two", "999999999"])
def test_as_many_people_as_the_declaration_allows(schedule: int, typed: str) -> None:
    hand = begun()
    hand.client.post(f"/apply/{hand.draft}/visit-need/", {"need": "visit"})
    answer = hand.client.post(f"/apply/{hand.draft}/visit-people/", {"people": typed})
    assert answer.status_code == 422
    assert "choose 1 to 3" in words(answer)


def test_a_family_gets_as_many_places_at_one_time(schedule: int) -> None:
    hand = chosen(schedule, people=2)
    assert taken_by(schedule) == [UUID(hand.draft)] * 2
    assert len(Draft.objects.get(id=hand.draft).content["entries"]["people"]) == 2


def test_who_was_counted_by_mistake_can_be_removed_from_any_page_of_theirs(schedule: int) -> None:
    family = chosen(schedule, people=2).get("people/2/person/").content.decode()
    assert '/people/">See the whole list, or remove something from it</a>' in family


def test_the_form_says_that_the_time_is_kept_no_longer_than_it_is(schedule: int) -> None:
    page = words(chosen(schedule).get("people/1/person/"))
    assert "remove somebody" not in page, "who is alone removes nobody"
    assert "The place in the calendar is kept until" in page
    assert "You can stop and go on later" not in page


def test_days_with_room_for_one_are_full_for_three(schedule: int) -> None:
    hand = at_the_calendar(people=3)
    page = words(hand.get(f"visit-day/{schedule}/"))
    assert "3 people can come together" in page
    assert "waiting list" in page


def test_a_closed_day_says_why(schedule: int, offices: dict[int, int]) -> None:
    Closure.objects.create(
        office_id=offices[BANGKOK],
        starts_at=NINE + timedelta(days=1),
        ends_at=NINE + timedelta(days=1, hours=8),
        reason_th="ย้ายสำนักงาน",
        reason_en="The office moves house",
        made_by="system:tests",
    )
    page = words(at_the_calendar().get(f"visit-day/{schedule}/"))
    assert "25 November 2026: The office moves house" in page
    december = words(at_the_calendar().get(f"visit-day/{schedule}/?month=2026-12"))
    assert "10 December 2026: Constitution Day" in december


@pytest.mark.parametrize("month", ["2020-01", "2099-12", "x", "2026-13", ""])
def test_a_month_that_cannot_be_booked_is_the_nearest_that_can(schedule: int, month: str) -> None:
    page = at_the_calendar().get(f"visit-day/{schedule}/?month={month}")
    assert page.status_code == 200
    assert ("January 2027" if month == "2099-12" else "November 2026") in words(page)


def test_a_schedule_of_another_service_is_not_there(schedule: int, offices: dict[int, int]) -> None:
    other = office_with(offices[SAMUT_SAKHON], service="test-asking")
    hand = at_the_calendar()
    assert hand.get(f"visit-day/{other}/").status_code == 404
    assert hand.get("visit-day/999999/").status_code == 404
    assert hand.get(f"visit-time/{schedule}/2026-99-99/").status_code == 404
    assert choose(hand, other).status_code in {404, 422}


@pytest.mark.parametrize("at", ["", "now", "2026-11-24", "2026-11-24T25:00", "2020-01-01T09:00", "2026-11-24T09:07"])
def test_a_time_that_is_none_is_not_kept(schedule: int, at: str) -> None:
    hand = at_the_calendar()
    answer = hand.client.post(f"/apply/{hand.draft}/visit-time/{schedule}/{TUESDAY}/", {"at": at})
    assert answer.status_code in {303, 409, 422}
    assert not holding.held_of(UUID(hand.draft))
    assert follow(hand) != "people/1/person/"


def test_pages_of_a_service_without_a_visit_have_no_calendar(asking: Loaded) -> None:
    browser = Client()
    draft = browser.post("/apply/start/test-asking/", {"new": "yes"}).headers["Location"].split("/")[2]
    assert browser.get(f"/apply/{draft}/visit-office/").status_code == 404


def test_the_draft_of_somebody_else_keeps_nothing(schedule: int) -> None:
    hand = at_the_calendar()
    stranger = Hand(Client(), hand.draft)
    assert choose(stranger, schedule).status_code == 403
    assert taken_by(schedule) == [None, None]


# --- The kept place ---------------------------------------------------------------------------------


def test_every_page_of_the_form_shows_the_kept_place_and_until_when(schedule: int) -> None:
    hand = chosen(schedule)
    for place in ("people/1/person/", "people/", "contact/", "check-answers/"):
        page = hand.get(place)
        assert "Tuesday 24 November 2026, 09:00" in words(page), place
        assert "Kept for you until 10:10" in words(page), place
        assert 'data-left="600"' in page.content.decode(), place


@pytest.mark.requirement("R-001.54")
def test_taken_in_between_is_refused_at_once_with_the_nearest_free(schedule: int) -> None:
    hand = at_the_calendar()
    for _ in range(2):
        holding.hold(schedule=schedule, starts_at=NINE, holder=uuid4())
    answer = choose(hand, schedule)
    assert answer.status_code == 409
    assert "no longer free" in words(answer)
    offered = re.findall(r'name="at" value="([^"]+)"', answer.content.decode())
    assert offered == ["2026-11-24T09:30", "2026-11-24T10:00"]
    assert choose(hand, schedule, offered[0]).status_code == 303


def test_another_choice_gives_the_first_place_back(schedule: int) -> None:
    hand = chosen(schedule)
    choose(hand, schedule, f"{TUESDAY}T10:00")
    assert taken_by(schedule) == [None, None]
    assert "10:00" in words(hand.get("contact/"))


def test_an_expired_place_that_nobody_took_is_still_booked(schedule: int) -> None:
    hand = ready(schedule)
    with clock.frozen(NOW + timedelta(minutes=11)):
        page = hand.get("check-answers/")
        assert "try for the same place" in words(page)
        assert "Somchai" in words(page), "nothing that was typed is lost"
        assert hand.send().headers["Location"].endswith("/request-sent/")
    assert Case.objects.count() == 1


def test_an_expired_place_is_kept_again_by_a_button(schedule: int) -> None:
    hand = ready(schedule)
    with clock.frozen(NOW + timedelta(minutes=11)):
        assert hand.client.post(f"/apply/{hand.draft}/visit-again/").status_code == 303
        assert "Kept for you until 10:21" in words(hand.get("check-answers/"))


def test_an_expired_place_that_somebody_has_is_answered_with_others_and_nothing_is_lost(schedule: int) -> None:
    hand = ready(schedule)
    with clock.frozen(NOW + timedelta(minutes=11)):
        for _ in range(2):
            holding.hold(schedule=schedule, starts_at=NINE, holder=uuid4())
        assert "no longer kept for you" in words(hand.get("check-answers/"))
        answer = hand.send()
        assert answer.status_code == 409
        assert "What you have filled in is kept" in words(answer)
        assert not Case.objects.exists()
        assert choose(hand, schedule, f"{TUESDAY}T09:30").status_code == 303
        assert follow(hand) == "check-answers/", "no page is filled in twice"
        assert hand.send().status_code == 303
    visit = appointments.of_draft(UUID(hand.draft))
    assert visit
    assert visit.starts_at == NINE + timedelta(minutes=30)


def test_a_draft_found_again_after_its_time_asks_for_another(schedule: int) -> None:
    hand = ready(schedule)
    with clock.frozen(NINE + timedelta(hours=3)):
        assert follow(hand) == f"visit-day/{schedule}/"
        assert "check-answers" in hand.send().headers["Location"]
        assert "Choose a day and a time" in words(hand.get("check-answers/"))


def test_one_more_in_the_list_needs_one_more_place(schedule: int) -> None:
    hand = ready(schedule)
    hand.client.post(f"/apply/{hand.draft}/people/", {"add": "1"})
    hand.post("people/2/person/", name="Malee", passport="AB999999")
    assert hand.client.post(f"/apply/{hand.draft}/people/").status_code == 303
    assert taken_by(schedule) == [UUID(hand.draft)] * 2


def test_one_more_than_there_are_places_is_told_with_other_times(schedule: int) -> None:
    holding.hold(schedule=schedule, starts_at=NINE, holder=uuid4())
    hand = ready(schedule)
    hand.client.post(f"/apply/{hand.draft}/people/", {"add": "1"})
    hand.post("people/2/person/", name="Malee", passport="AB999999")
    assert hand.client.post(f"/apply/{hand.draft}/people/").status_code == 409


def test_who_goes_back_and_says_that_more_come_gets_as_many_places(schedule: int) -> None:
    hand = chosen(schedule)
    hand.client.post(f"/apply/{hand.draft}/visit-people/", {"people": "2"})
    assert taken_by(schedule) == [UUID(hand.draft)] * 2


def test_an_office_that_closes_the_time_meanwhile_is_told_with_other_times(schedule: int) -> None:
    hand = ready(schedule)
    Place.objects.filter(schedule_id=schedule, starts_at=NINE).delete()
    answer = hand.send()
    assert answer.status_code == 422
    assert "no appointment at this time" in words(answer)
    assert 'value="2026-11-24T09:30"' in answer.content.decode()
    assert not Case.objects.exists()


@pytest.mark.parametrize(("until", "told"), [(23, True), (24, False)])
def test_an_answer_is_remarked_upon_for_the_day_that_was_chosen(schedule: int, until: int, told: bool) -> None:
    hand = chosen(schedule)
    fill(hand, **{"until-day": str(until), "until-month": "11", "until-year": "2026"})
    assert ("This is before your visit" in words(hand.get("check-answers/"))) is told


def test_the_same_person_twice_is_told(schedule: int) -> None:
    hand = chosen(schedule, people=2)
    for number in (1, 2):
        hand.post(f"people/{number}/person/", name="Somchai", passport="AB123456")
    hand.client.post(f"/apply/{hand.draft}/people/")
    hand.post("contact/", email="somchai@example.org")
    hand.send()
    assert not Case.objects.exists()
    assert "are the same" in words(hand.get("check-answers/"))


def test_a_deleted_draft_gives_its_place_back(schedule: int) -> None:
    hand = chosen(schedule)
    hand.client.post(f"/apply/{hand.draft}/delete-draft/")
    assert taken_by(schedule) == [None, None]


# --- Booking ----------------------------------------------------------------------------------------


@pytest.mark.requirement("R-001.56", "R-001.59")
def test_sending_books_and_shows_all_that_is_needed_on_the_day(schedule: int) -> None:
    hand = ready(schedule)
    answer = hand.send()
    page = hand.client.get(answer.headers["Location"])
    visit = appointments.of_draft(UUID(hand.draft))
    assert visit
    text = words(page)
    for shown in (visit.reference, "Tuesday 24 November 2026", "09:00", "Your passport", Case.objects.get().reference):
        assert shown in text
    html = page.content.decode()
    assert "<svg" in html
    assert "geo:" in html
    assert f"/visits/{visit.reference}/visit.ics" in html
    assert hand.client.get(f"/visits/{visit.reference}/").status_code == 200, "without a sign-in, in this browser"
    assert taken_by(schedule)[0] == visit.id


def test_sent_twice_is_one_visit(schedule: int) -> None:
    hand = ready(schedule)
    first, second = hand.send(), hand.send()
    assert first.headers["Location"] == second.headers["Location"]
    assert Case.objects.count() == 1
    assert taken_by(schedule).count(None) == 1


def test_each_of_a_family_has_a_case_and_the_papers_of_all(schedule: int) -> None:
    hand = chosen(schedule, people=2)
    fill(hand, people=2, paper=file())
    assert hand.send().status_code == 303
    cases = Case.objects.all()
    assert len(cases) == 2
    assert Attachment.objects.filter(case__in=cases).count() == 2


@pytest.mark.requirement("R-001.53")
def test_who_has_a_visit_is_shown_the_way_to_it(schedule: int, account: Account) -> None:
    ready(schedule, client=client_for(account)).send()
    hand = ready(schedule, client=client_for(account))
    answer = hand.send()
    assert answer.status_code == 409
    own = re.search(r'href="(/visits/[^"]+)"', answer.content.decode())
    assert own
    assert hand.client.get(own[1]).status_code == 200


def test_a_stranger_is_not_shown_whose_visit_it_is(schedule: int, account: Account) -> None:
    ready(schedule, client=client_for(account)).send()
    answer = ready(schedule).send()
    assert answer.status_code == 409
    assert "/visits/" not in answer.content.decode()
    assert "24 November" not in words(answer)


def test_who_lost_the_letter_of_a_visit_has_its_link_sent_to_the_address_of_that_visit(schedule: int) -> None:
    ready(schedule).send()
    hand = chosen(schedule)
    fill(hand)
    hand.post("contact/", email="asker@example.org")
    refused = hand.send()
    assert "Send the link again" in words(refused)
    again = f"/apply/{hand.draft}/link-again/"
    assert f'action="{again}"' in refused.content.decode()
    page = hand.client.post(again, follow=True)
    assert page.status_code == 200
    letter = Message.objects.get(kind="visit_link")
    assert letter.to == "somchai@example.org"
    assert letter.case_reference not in page.content.decode()
    assert letter.to not in page.content.decode()


def test_whether_a_link_was_sent_is_told_to_nobody(schedule: int) -> None:
    """The same page for whom there is nothing to send, and for whom it was sent too often."""
    ready(schedule).send()
    known, unknown = ready(schedule), at_the_calendar()
    choose(unknown, schedule, f"{TUESDAY}T09:30")
    fill(unknown, first=5)
    told = {words(hand.client.post(f"/apply/{hand.draft}/link-again/", follow=True)) for hand in (known, unknown)}
    assert len(told) == 1
    assert Message.objects.filter(kind="visit_link").count() == 1
    known.client.post(f"/apply/{known.draft}/link-again/")
    assert Message.objects.filter(kind="visit_link").count() == 1, "a double click is one letter"


def test_the_link_of_a_draft_is_sent_only_so_often_and_only_by_asking(schedule: int) -> None:
    ready(schedule).send()
    hand = ready(schedule)
    again = f"/apply/{hand.draft}/link-again/"
    assert hand.client.get(again).headers["Location"].endswith("/check-answers/")
    assert not Message.objects.filter(kind="visit_link").exists()
    assert [hand.client.post(again).status_code for _ in range(4)] == [303, 303, 303, 429]
    assert Client().post(again).status_code == 403, "a draft is nobody else's"


def test_ones_own_visits_stand_with_ones_requests(schedule: int, account: Account) -> None:
    client = client_for(account)
    ready(schedule, client=client).send()
    page = words(client.get("/my/"))
    assert "Coming visits" in page
    assert "Tuesday 24 November 2026, 09:00" in page


def test_another_visit_there_on_the_day_is_shown_beside_the_times(schedule: int, account: Account) -> None:
    client = client_for(account)
    ready(schedule, client=client).send()
    hand = at_the_calendar(client=client)
    page = words(hand.get(f"visit-time/{schedule}/{TUESDAY}/"))
    assert "Choose a time beside it" in page


# --- No place at all --------------------------------------------------------------------------------


@pytest.fixture
def full(schedule: int, coming: Loaded) -> int:
    """All places of Bangkok are booked; it opens every morning, so that there is something to wait for."""
    office = Schedule.objects.get(id=schedule).office
    Hours.objects.bulk_create(Hours(office=office, weekday=day, opens=time(9), closes=time(12)) for day in range(5))
    for number, minutes in enumerate((0, 30, 60)):
        booking.book(
            service=coming,
            schedule=schedule,
            starts_at=NINE + timedelta(minutes=minutes),
            answers=[
                {
                    "person": {"name": "Malee", "passport": f"ZZ{number}0000{one}"},
                    "contact": {"email": "m@example.org"},
                }
                for one in range(2)
            ],
            by=ANONYMOUS,
            language="en",
            channel="web",
        )
    return schedule


def test_a_full_office_offers_the_list_and_the_nearest_with_places(full: int, offices: dict[int, int]) -> None:
    near = office_with(offices[SAMUT_SAKHON])
    places(near, NINE)
    page = at_the_calendar().get(f"visit-day/{full}/")
    assert "All places here are taken" in words(page)
    assert "Choose a day" not in words(page)
    assert "Join the waiting list" in words(page)
    assert f"/visit-day/{near}/" in page.content.decode()


def test_who_joins_the_list_fills_in_once_and_is_told_the_position(full: int, offices: dict[int, int]) -> None:
    hand = at_the_calendar()
    assert hand.client.post(f"/apply/{hand.draft}/visit-waiting/{full}/").status_code == 303
    assert "This is for the waiting list of" in words(hand.get("people/1/person/"))
    fill(hand, first=7)
    assert "Join the waiting list" in words(hand.get("check-answers/"))
    answer = hand.send()
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/waiting/")
    page = hand.client.get(answer.headers["Location"], follow=True)
    assert page.status_code == 200
    assert not Case.objects.filter(applicant_name="Somchai").exists(), "nothing is filed before there is a time"
    assert hand.get("request-sent/").headers["Location"].startswith("/waiting/")


def test_who_lost_the_letter_of_a_turn_has_its_link_sent_again(full: int, offices: dict[int, int]) -> None:
    for _ in range(2):
        hand = at_the_calendar()
        hand.client.post(f"/apply/{hand.draft}/visit-waiting/{full}/")
        fill(hand)
        answer = hand.send()
    assert answer.status_code == 409
    assert hand.client.post(f"/apply/{hand.draft}/link-again/").status_code == 303
    assert Message.objects.get(kind="waiting_link").to == "somchai@example.org"


def test_a_place_that_came_free_while_filling_in_is_offered_instead_of_the_list(full: int) -> None:
    hand = at_the_calendar()
    hand.client.post(f"/apply/{hand.draft}/visit-waiting/{full}/")
    fill(hand, first=7)
    Place.objects.filter(schedule_id=full, starts_at=NINE).update(taken_by=None)
    assert hand.send().headers["Location"].endswith(f"/visit-day/{full}/")


def test_a_refusal_that_tells_of_a_booking_is_counted_though_it_is_rolled_back(
    schedule: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "REFUSALS_A_NETWORK", 1)
    assert ready(schedule).send().status_code == 303
    prying = ready(schedule)
    assert [prying.send().status_code for _ in range(2)] == [409, 429]


@pytest.mark.parametrize("signed_in", [False, True])
def test_one_person_keeps_one_time_of_a_service(schedule: int, account: Account, signed_in: bool) -> None:
    browser = client_for(account) if signed_in else Client()
    first = chosen(schedule, client=browser)
    if signed_in:  # an untouched draft would be used again
        Draft.objects.filter(id=first.draft).update(updated_at=NOW + timedelta(minutes=1))
    second = at_the_calendar(client=browser)
    assert first.draft != second.draft
    choose(second, schedule, f"{TUESDAY}T10:00")
    assert taken_by(schedule) == [None, None]
    assert taken_by(schedule, NINE + timedelta(hours=1)) == [UUID(second.draft), None]
    assert chosen(schedule, client=Client())  # somebody else keeps theirs
    assert taken_by(schedule, NINE + timedelta(hours=1)) == [UUID(second.draft), None]


def test_a_network_keeps_so_many_places_however_few_choose(schedule: int, settings: Settings) -> None:
    settings.HOLDS_A_NETWORK = 3
    assert choose(at_the_calendar(2), schedule).status_code == 303
    assert choose(at_the_calendar(2), schedule, f"{TUESDAY}T09:30").status_code == 429


def test_who_uses_the_same_browser_later_does_not_see_what_was_booked(schedule: int) -> None:
    hand = ready(schedule)
    hand.send()
    assert hand.get("request-sent/").status_code == 200
    with clock.frozen(NOW + timedelta(hours=2)):
        assert hand.get("request-sent/").headers["Location"].startswith("/account/sign-in/")
