"""One page at a time: nothing typed is lost, nothing is overwritten unseen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from sala.engine.cases.models import Attachment
from sala.engine.drafts import services
from sala.engine.drafts.models import Draft
from sala.identity.accounts.models import Session
from sala.kit import clock
from tests.engine.drafts.conftest import EARLY, IN_TIME, NOW, Begin, date_fields, file, stored, words
from tests.factories import client_for, make_account

pytestmark = pytest.mark.django_db


def test_goes_page_by_page_to_the_check(begin: Begin) -> None:
    hand = begin()
    assert hand.get("").headers["Location"].endswith("/people/1/person/")
    answer = hand.post("people/1/person/", name="Ada", passport="AB123456")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/people/1/dates/")
    answer = hand.post("people/1/dates/", **date_fields("due", IN_TIME))
    assert answer.headers["Location"].endswith("/people/")
    answer = hand.client.post(f"/apply/{hand.draft}/people/")
    assert answer.headers["Location"].endswith("/place/")
    answer = hand.rest()
    assert answer.headers["Location"].endswith("/check-answers/")
    assert "AB123456" in words(hand.get("check-answers/"))


def test_wrong_input_stays_exactly_as_typed(begin: Begin) -> None:
    hand = begin()
    answer = hand.post("people/1/person/", name="Ada <b>", passport="nonsense!")
    # Not drawn in answer to the POST: the browser's Back would ask to send it again.
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/people/1/person/")
    # Now, and on another device on another day: as typed, with the faults beside it.
    page = hand.get("people/1/person/").content.decode()
    assert 'value="Ada &lt;b&gt;"' in page
    assert 'value="nonsense!"' in page
    assert 'href="#passport"' in page
    assert "<title>Error: " in page


def test_a_wrong_page_is_not_done(begin: Begin) -> None:
    hand = begin()
    hand.post("people/1/person/", name="Ada", passport="nonsense!")
    assert hand.get("").headers["Location"].endswith("/people/1/person/")


@pytest.mark.parametrize("typed", ["\0", "a\0b", "\u202eabc", "\u200b", "x" * 30_000, "๑๒๓", "😀"])
def test_odd_characters_are_faults_never_failures(begin: Begin, typed: str) -> None:
    hand = begin()
    answer = hand.post("people/1/person/", name=typed, passport=typed)
    assert answer.headers["Location"].endswith("/people/1/person/")
    page = hand.get("people/1/person/").content.decode()
    assert 'href="#passport"' in page


def test_a_field_that_an_answer_calls_for_is_asked_not_blamed(begin: Begin) -> None:
    hand = begin()
    given = {"address-line": "99/1", "address-find": "10500", "address-area": "100402", "kind": "hotel"}
    answer = hand.post("place/", **given)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/place/?more#hotel_name")
    page = hand.get("place/?more").content.decode()
    assert "Name of the hotel" in page
    assert "error-summary" not in page
    answer = hand.post("place/", **given, hotel_name="Siam")
    assert answer.headers["Location"].endswith("/hotel/")


def test_a_page_that_no_longer_applies_is_left_out(begin: Begin) -> None:
    hand = begin()
    hand.person(1)
    hand.rest(kind="hotel", hotel_name="Siam")
    hand.post("hotel/", phone="02 123 4567")
    assert "The hotel" in words(hand.get("check-answers/"))
    given = {"address-line": "99/1", "address-find": "10500", "address-area": "100402", "kind": "house"}
    hand.post("place/", **given)
    assert "The hotel" not in words(hand.get("check-answers/"))
    assert hand.send().status_code == 303


def test_find_offers_places_without_scripts(begin: Begin) -> None:
    hand = begin()
    answer = hand.post("place/", **{"address-line": "99/1", "address-find": "10500", "find": "address"})
    assert answer.headers["Location"].endswith("/place/?find#address-find")
    page = hand.get("place/?find").content.decode()
    assert "Si Lom" in page
    assert 'value="99/1"' in page
    assert "error-summary" not in page


class TestTwoTabs:
    def test_other_pages_do_not_disturb(self, begin: Begin) -> None:
        hand = begin()
        was = hand.was("place/")
        hand.post("people/1/person/", name="Ada", passport="AB123456")
        given = {"address-line": "99/1", "address-find": "10500", "address-area": "100402", "kind": "house"}
        assert hand.post("place/", was=was, **given).status_code == 303

    def test_the_same_page_is_never_overwritten_unseen(self, begin: Begin) -> None:
        hand = begin()
        was = hand.was("people/1/person/")
        hand.post("people/1/person/", was=was, name="Ada", passport="AB123456")
        answer = hand.post("people/1/person/", was=was, name="Eve", passport="AB123456")
        assert answer.status_code == 409
        assert "Ada" in words(answer)
        assert "Eve" in words(answer)
        assert stored(hand).content["entries"]["people"][0]["answers"]["person"]["name"] == "Ada"

    def test_what_was_typed_can_be_kept_after_all(self, begin: Begin) -> None:
        hand = begin()
        was = hand.was("people/1/person/")
        hand.post("people/1/person/", was=was, name="Ada", passport="AB123456")
        hand.post("people/1/person/", was=was, name="Eve", passport="AB123456")
        assert hand.post("people/1/person/", name="Eve", passport="AB123456").status_code == 303
        assert stored(hand).content["entries"]["people"][0]["answers"]["person"]["name"] == "Eve"

    def test_a_double_click_is_no_conflict(self, begin: Begin) -> None:
        hand = begin()
        was = hand.was("people/1/person/")
        for _ in range(2):
            answer = hand.post("people/1/person/", was=was, name="Ada", passport="AB123456")
            assert answer.status_code == 303


class TestPeople:
    def test_add_and_remove(self, begin: Begin) -> None:
        hand = begin()
        hand.person(1)
        answer = hand.client.post(f"/apply/{hand.draft}/people/", {"add": "1"})
        assert answer.headers["Location"].endswith("/people/2/person/")
        hand.person(2, name="Ben")
        assert "Ben" in words(hand.get("people/"))
        assert hand.post("people/1/remove-it/").status_code == 303
        kept = stored(hand).content["entries"]["people"]
        assert [one["answers"]["person"]["name"] for one in kept] == ["Ben"]

    def test_a_double_click_adds_one(self, begin: Begin) -> None:
        hand = begin()
        for _ in range(2):
            hand.client.post(f"/apply/{hand.draft}/people/", {"add": "1"})
        assert len(stored(hand).content["entries"]["people"]) == 2

    def test_a_number_of_any_length_is_no_failure(self, begin: Begin) -> None:
        hand = begin()
        hand.client.post(f"/apply/{hand.draft}/people/", {"add": "9" * 5000})
        assert stored(hand).submitted_at is None

    def test_no_more_than_the_service_takes(self, begin: Begin) -> None:
        hand = begin()
        for number in "123":
            answer = hand.client.post(f"/apply/{hand.draft}/people/", {"add": number})
        assert answer.status_code == 422
        assert "3 at most" in words(answer)

    def test_the_last_one_stays(self, begin: Begin) -> None:
        hand = begin()
        assert hand.post("people/1/remove-it/").status_code == 422

    def test_somebody_else_is_not_removed_by_an_old_page(self, begin: Begin) -> None:
        hand = begin()
        hand.person(1)
        hand.client.post(f"/apply/{hand.draft}/people/", {"add": "1"})
        hand.person(2, name="Ben")
        was = hand.was("people/1/remove-it/")
        hand.post("people/1/remove-it/", was=was)
        assert hand.client.post(f"/apply/{hand.draft}/people/1/remove-it/", {"was": was}).status_code == 409

    @pytest.mark.parametrize(
        "place", ["people/2/person/", "people/0/person/", "people/1/place/", "nothing/", "person/"]
    )
    def test_no_such_place(self, begin: Begin, place: str) -> None:
        assert begin().get(place).status_code == 404


class TestTheAccountsName:
    """Moving's name is declared to come from the profile, as that of the 90-day report."""

    def test_is_offered_for_the_first_person_to_be_checked(self, begin: Begin) -> None:
        hand = begin()
        page = hand.get("people/1/person/")
        assert 'value="Ada"' in page.content.decode()
        assert "Filled in from your account" in words(page)
        assert hand.get("").headers["Location"].endswith("/people/1/person/"), "it is asked all the same"

    def test_is_nobody_elses_of_the_family(self, begin: Begin) -> None:
        hand = begin()
        hand.client.post(f"/apply/{hand.draft}/people/", {"add": "1"})
        page = hand.get("people/2/person/")
        assert 'value="Ada"' not in page.content.decode()
        assert "Filled in from your account" not in words(page)

    def test_does_not_take_the_place_of_the_name_that_was_reported(self, begin: Begin) -> None:
        hand = begin()
        hand.person(1, name="Ada Maria")
        hand.rest()
        hand.send()
        assert 'value="Ada Maria"' in begin().get("people/1/person/").content.decode()


class TestFiles:
    def test_kept_shown_and_downloaded(self, begin: Begin) -> None:
        hand = begin()
        hand.person(1, stamp=file())
        page = hand.get("people/1/dates/").content.decode()
        assert "stamp.png" in page
        kept = Attachment.objects.get()
        answer = hand.get(f"attached-file/{kept.id}/")
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["Content-Type"] == "image/png"

    def test_stays_when_another_field_is_wrong_and_when_saved_again(self, begin: Begin) -> None:
        hand = begin()
        hand.post("people/1/dates/", **{"due-day": "31", "due-month": "2", "due-year": "2026"}, stamp=file())
        assert Attachment.objects.count() == 1
        hand.post("people/1/dates/", **date_fields("due", IN_TIME))
        answers = stored(hand).content["entries"]["people"][0]["answers"]
        assert answers["dates"]["stamp"]["name"] == "stamp.png"

    def test_a_new_one_takes_its_place(self, begin: Begin) -> None:
        hand = begin()
        hand.person(1, stamp=file())
        hand.person(1, stamp=file("second.png"))
        assert [one.name for one in Attachment.objects.all()] == ["second.png"]

    def test_can_be_taken_off(self, begin: Begin) -> None:
        hand = begin()
        hand.person(1, stamp=file())
        hand.post("people/1/dates/", drop="stamp")
        assert not Attachment.objects.exists()
        assert "stamp.png" not in hand.get("people/1/dates/").content.decode()

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("stamp.png", b"MZ not a picture", "cannot be taken"),
            ("stamp.png", b"", "empty"),
            ("stamp.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 10_000_001, "too large"),
        ],
    )
    def test_wrong_files_are_refused_with_a_cure(self, begin: Begin, name: str, content: bytes, said: str) -> None:
        hand = begin()
        answer = hand.person(1, stamp=file(name, content))
        assert answer.headers["Location"].endswith("/people/1/dates/")
        assert said in words(hand.get("people/1/dates/"))
        assert not Attachment.objects.exists()
        # Not required: the page is right without it, and says no more of it.
        assert not hand.person(1).headers["Location"].endswith("/people/1/dates/")
        assert said not in words(hand.get("people/1/dates/"))

    def test_go_with_the_person_and_with_the_draft(self, begin: Begin) -> None:
        hand = begin()
        hand.client.post(f"/apply/{hand.draft}/people/", {"add": "1"})
        hand.person(1, stamp=file())
        hand.person(2, stamp=file())
        hand.post("people/1/remove-it/")
        assert Attachment.objects.count() == 1
        hand.client.post(f"/apply/{hand.draft}/delete-draft/")
        assert not Attachment.objects.exists()
        assert not Draft.objects.exists()


class TestWhose:
    def test_not_there_for_another(self, begin: Begin) -> None:
        hand = begin()
        other = client_for(make_account())
        for place in ("", "people/1/person/", "check-answers/", "request-sent/", "delete-draft/"):
            assert other.get(f"/apply/{hand.draft}/{place}").status_code == 404
        assert other.post(f"/apply/{hand.draft}/people/1/person/", {"name": "Eve"}).status_code == 404
        assert other.get(f"/apply/{uuid4()}/").status_code == 404

    def test_signed_out_one_signs_in_first(self, begin: Begin) -> None:
        hand = begin()
        answer = Client().get(f"/apply/{hand.draft}/people/1/person/")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/account/sign-in/?next=")

    def test_what_is_typed_when_the_session_ends_goes_on_after_sign_in(self, begin: Begin) -> None:
        hand = begin()
        was = hand.was("people/1/person/")
        Session.objects.update(ended_at=clock.now())
        answer = hand.post("people/1/person/", was=was, name="Ada", passport="AB123456")
        assert answer.status_code == 403
        assert 'name="carried"' in answer.content.decode()


def test_go_on_from_another_device(begin: Begin, account: object) -> None:
    hand = begin()
    hand.post("people/1/person/", name="Ada", passport="AB123456")
    elsewhere = client_for(account)  # type: ignore[arg-type]
    page = elsewhere.get("/my/").content.decode()
    assert f"/apply/{hand.draft}/" in page
    assert elsewhere.get(f"/apply/{hand.draft}/").headers["Location"].endswith("/people/1/dates/")


def test_two_clicks_on_start_make_one_draft(begin: Begin) -> None:
    assert begin().draft == begin().draft
    assert Draft.objects.count() == 1


def test_drafts_are_not_begun_without_end(begin: Begin, settings: Any) -> None:
    hand = begin()
    settings.DRAFTS_A_DAY = 1
    assert hand.client.post("/apply/start/test-moving/", {"new": "yes"}).status_code == 429


def test_start_shows_what_was_begun(begin: Begin) -> None:
    hand = begin()
    hand.post("people/1/person/", name="Ada", passport="AB123456")
    answer = hand.client.post("/apply/start/test-moving/")
    assert answer.status_code == 303
    assert f"/apply/{hand.draft}/" in hand.client.get("/apply/start/test-moving/").content.decode()
    assert Draft.objects.count() == 1


def test_old_drafts_go_with_their_files(begin: Begin) -> None:
    hand = begin()
    hand.person(1, due=EARLY, stamp=file())
    with clock.frozen(NOW + timedelta(days=89)):
        assert services.sweep() == 0
    with clock.frozen(NOW + timedelta(days=91)):
        assert services.sweep() == 1
    assert not Attachment.objects.exists()


def test_pages_are_small_and_ask_nobody_else(begin: Begin) -> None:
    hand = begin()
    for place in ("people/1/person/", "people/1/dates/", "people/", "place/", "contact/", "check-answers/"):
        page = hand.get(place).content
        assert len(page) <= 40_000, place
        assert b"http://" not in page.replace(b"http://www.w3.org", b"")
        assert b"https://" not in page
        assert b"style=" not in page
        assert b"onclick" not in page
