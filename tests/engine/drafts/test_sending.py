"""Check, send, and what becomes of it: each case once, early ones on their day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sala.engine.cases.models import Attachment, Case
from sala.engine.catalogue.loaded import Loaded
from sala.engine.drafts import sending, services
from sala.engine.drafts.models import Draft
from sala.engine.messages.models import Message
from sala.identity.accounts import bereaved
from sala.identity.accounts import services as accounts
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.kit import clock
from sala.kit.errors import Invalid
from tests.background import settle
from tests.engine.drafts.conftest import EARLY, IN_TIME, LATE, NOW, Begin, date_fields, file, stored, words
from tests.factories import PASSWORD, actor_for

pytestmark = pytest.mark.django_db


def whole(hand: Any, **person: Any) -> Any:
    hand.person(1, **person)
    hand.rest()
    return hand


@pytest.mark.requirement("R-001.25", "R-001.26")
def test_acknowledged_at_once_with_number_day_and_hour(begin: Begin) -> None:
    hand = whole(begin())
    answer = hand.send()
    assert answer.status_code == 303
    case = Case.objects.get()
    page = words(hand.client.get(answer.headers["Location"]))
    assert case.reference in page
    assert "25 November 2026, 10:00" in page  # three days, to the hour
    assert "ada@example.org" in page


def test_sent_twice_is_one_case_and_one_confirmation(begin: Begin) -> None:
    hand = whole(begin())
    first, second = hand.send(), hand.send()
    assert first.headers["Location"] == second.headers["Location"]
    assert Case.objects.count() == 1
    assert stored(hand).content == {}


def test_one_account_does_not_send_without_end_and_loses_nothing_by_it(begin: Begin, settings: Any) -> None:
    settings.FILINGS_A_DAY = 1
    whole(begin()).send()
    hand = begin()
    hand.person(1)
    hand.rest()
    assert hand.send().status_code == 429
    assert Case.objects.count() == 1
    settings.FILINGS_A_DAY = 10
    assert hand.send().headers["Location"].endswith("/request-sent/")


def test_what_was_agreed_to_be_filed_later_is_not_held_up(begin: Begin, settings: Any) -> None:
    hand = whole(begin(), due=EARLY)
    hand.send(file_early="yes")
    settings.FILINGS_A_DAY = 0
    with clock.frozen(datetime(2027, 1, 6, 3, 0, tzinfo=UTC)):
        assert sending.file_due() == 1
    assert Case.objects.count() == 1


def test_nothing_more_can_be_changed_once_sent(begin: Begin) -> None:
    hand = whole(begin())
    was = hand.was("contact/")
    hand.send()
    assert hand.client.post(f"/apply/{hand.draft}/contact/", {"was": was, "email": "x@example.org"}).status_code == 409
    assert hand.get("contact/").headers["Location"].endswith("/request-sent/")
    assert hand.get("people/1/person/").headers["Location"].endswith("/request-sent/")
    assert hand.get("").headers["Location"].endswith("/request-sent/")
    assert hand.get("check-answers/").headers["Location"].endswith("/request-sent/")


def test_a_skipped_page_is_asked_for(begin: Begin) -> None:
    hand = begin()
    hand.post("people/1/person/", name="Ada", passport="AB123456")
    page = hand.get("check-answers/").content.decode()
    assert f"/apply/{hand.draft}/people/1/dates/" in page
    assert "Send</" not in page.replace(" ", "").replace("\n", "")
    answer = hand.send()
    assert answer.headers["Location"].endswith("/check-answers/?missing")
    page = hand.get("check-answers/?missing").content.decode()
    assert "<title>Error: " in page
    assert f"/apply/{hand.draft}/people/1/dates/" in page
    assert not Case.objects.exists()


def test_a_whole_family_at_once_each_with_a_number(begin: Begin) -> None:
    hand = begin()
    for number, name in ((1, "Ada"), (2, "Ben"), (3, "Eve")):
        if number > 1:
            hand.client.post(f"/apply/{hand.draft}/people/", {"add": str(number - 1)})
        hand.person(number, name=name)
    hand.rest(contract=file("contract.png"))
    answer = hand.send()
    cases = list(Case.objects.order_by("id"))
    assert [case.applicant_name for case in cases] == ["Ada", "Ben", "Eve"]
    assert len({case.group for case in cases}) == 1
    # The shared paper goes with each of them, and belongs to nobody else.
    assert [Attachment.objects.get(case=case).name for case in cases] == ["contract.png"] * 3
    for case in cases:
        assert str(Attachment.objects.get(case=case).id) == case.answers["place"]["contract"]["id"]
    page = words(hand.client.get(answer.headers["Location"]))
    assert all(case.reference in page for case in cases)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Person 1 (Ada) and Person 2 (Ben) are the same one (Passport number). Correct one of the two, or"),
        ("th", "คน 1 (Ada) และ คน 2 (Ben) เป็นรายเดียวกัน (หนังสือเดินทาง ตรงกัน) โปรดแก้ไขให้ถูกต้อง หรือ"),
    ],
)
def test_the_same_person_twice_is_said_and_not_sent(begin: Begin, language: str, said: str) -> None:
    hand = begin()
    hand.client.post(f"/apply/{hand.draft}/people/", {"add": "1"})
    hand.person(1)
    hand.person(2, name="Ben")
    hand.post("people/2/person/", name="Ben", passport="ab 123451")
    hand.rest()
    hand.client.cookies["lang"] = language
    page = hand.get("check-answers/")
    assert said in words(page)
    assert f'href="/apply/{hand.draft}/people/2/person/">Ben – ' in page.content.decode()
    hand.send()
    assert not Case.objects.exists()
    # Put right, the two of them go.
    hand.post("people/2/person/", name="Ben", passport="AB123459")
    hand.send()
    assert Case.objects.count() == 2


def test_people_of_whom_nothing_is_known_yet_are_not_the_same(begin: Begin) -> None:
    hand = begin()
    hand.client.post(f"/apply/{hand.draft}/people/", {"add": "1"})
    assert "are the same" not in words(hand.get("check-answers/"))


def test_all_or_none(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    hand = begin()
    hand.client.post(f"/apply/{hand.draft}/people/", {"add": "1"})
    hand.person(1)
    hand.person(2, name="Ben")
    hand.rest()
    real, calls = sending.filing.file, []

    def fails_at_the_second(**given: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise Invalid([])
        return real(**given)

    monkeypatch.setattr(sending.filing, "file", fails_at_the_second)
    assert "check-answers" in hand.send().headers["Location"]
    assert not Case.objects.exists()
    monkeypatch.undo()
    assert hand.send().headers["Location"].endswith("/request-sent/")
    assert Case.objects.count() == 2


def test_an_answer_is_remarked_upon_and_can_be_sent_all_the_same(begin: Begin) -> None:
    hand = whole(begin(), due=LATE)
    assert "1 November 2026 This <day> has passed" in words(hand.get("check-answers/"))
    assert hand.send().headers["Location"].endswith("/request-sent/")


def test_nothing_is_remarked_upon_where_there_is_nothing_to_say(begin: Begin) -> None:
    assert "has passed" not in words(whole(begin()).get("check-answers/"))


class TestWindow:
    def test_late_is_accepted_with_a_notice(self, begin: Begin) -> None:
        hand = whole(begin(), due=LATE)
        assert "You can still file. You are late. Go to the office" in words(hand.get("check-answers/"))
        answer = hand.send()
        assert Case.objects.get().late
        page = words(hand.client.get(answer.headers["Location"]))
        assert "You are late. Go to the office" in page
        assert "You can still file" not in page

    @pytest.mark.requirement("R-001.16", "R-001.17", "R-001.18")
    @pytest.mark.parametrize(("ahead", "filed"), [(16, 0), (15, 1), (0, 1)])
    def test_both_ends_are_included(self, begin: Begin, ahead: int, filed: int) -> None:
        hand = whole(begin(), due=clock.today() + timedelta(days=ahead))
        hand.send()
        assert Case.objects.count() == filed

    def test_first_and_last_day_are_shown(self, begin: Begin) -> None:
        page = words(whole(begin(), due=EARLY).get("check-answers/"))
        assert "5 January 2027" in page
        assert "20 January 2027" in page

    def test_without_consent_the_draft_is_only_kept(self, begin: Begin) -> None:
        hand = whole(begin(), due=EARLY)
        answer = hand.send()
        assert answer.headers["Location"].endswith("/kept-for-later/")
        assert "It has not been sent" in words(hand.client.get(answer.headers["Location"]))
        assert stored(hand).file_on is None
        assert not Case.objects.exists()

    def test_with_consent_it_is_filed_on_the_first_day(self, begin: Begin) -> None:
        hand = whole(begin(), due=EARLY)
        hand.send(file_early="yes")
        assert stored(hand).file_on == EARLY - timedelta(days=15)
        assert "5 January 2027" in words(hand.get("kept-for-later/"))
        # The day begins in Thailand while it is still the day before in London.
        with clock.frozen(datetime(2027, 1, 4, 16, 59, tzinfo=UTC)):
            assert sending.file_due() == 0
        with clock.frozen(datetime(2027, 1, 4, 17, 1, tzinfo=UTC)):
            assert sending.file_due() == 1
            assert sending.file_due() == 0
        case = Case.objects.get()
        assert (case.channel, case.late, case.applicant_name) == ("scheduled", False, "Ada")
        assert case.account_id == stored(hand).account_id
        assert stored(hand).submitted_at

    def test_nothing_is_filed_for_an_account_that_was_closed(self, begin: Begin) -> None:
        hand = whole(begin(), due=EARLY)
        hand.send(file_early="yes")
        account = stored(hand).account_id
        accounts.close_account(password=PASSWORD, browser=accounts.Browser(), by=actor_for(Account.objects.get()))
        assert "drafts.forget_account" in settle()
        assert not Draft.objects.filter(account_id=account).exists()
        with clock.frozen(datetime(2027, 1, 4, 17, 1, tzinfo=UTC)):
            assert sending.file_due() == 0

    def test_nothing_is_filed_in_the_name_of_the_dead(self, begin: Begin) -> None:
        hand = whole(begin(), due=EARLY)
        hand.send(file_early="yes")
        account = stored(hand).account_id
        assert account
        bereaved.hear("died", account)
        with clock.frozen(datetime(2027, 1, 4, 17, 1, tzinfo=UTC)):
            assert sending.file_due() == 1
            assert sending.file_due() == 0
        assert not Case.objects.exists()
        assert not Message.objects.filter(kind="draft_not_filed").exists()
        assert Draft.objects.filter(account_id=account, submitted_at=None).exists()

    def test_a_change_takes_the_consent_back(self, begin: Begin) -> None:
        hand = whole(begin(), due=EARLY)
        hand.send(file_early="yes")
        hand.post("contact/", email="new@example.org", confirmed="yes")
        assert stored(hand).file_on is None

    def test_of_a_family_those_who_can_are_filed_now(self, begin: Begin) -> None:
        hand = begin()
        hand.client.post(f"/apply/{hand.draft}/people/", {"add": "1"})
        hand.person(1, name="Ada", due=IN_TIME)
        hand.person(2, name="Ben", due=EARLY)
        hand.rest()
        answer = hand.send(file_early="yes")
        assert [case.applicant_name for case in Case.objects.all()] == ["Ada"]
        assert "5 January 2027" in words(hand.client.get(answer.headers["Location"]))
        hand.send(file_early="yes")  # again: nobody is filed twice
        assert Case.objects.count() == 1
        with clock.frozen(datetime(2027, 1, 5, 3, 0, tzinfo=UTC)):
            sending.file_due()
        assert [case.applicant_name for case in Case.objects.order_by("id")] == ["Ada", "Ben"]
        assert len({case.group for case in Case.objects.all()}) == 1

    def test_what_cannot_be_filed_on_its_day_is_given_back_with_a_letter(self, begin: Begin) -> None:
        hand = whole(begin(), due=EARLY)
        hand.send(file_early="yes")
        content = stored(hand).content
        content["entries"]["people"][0]["answers"]["person"]["passport"] = ""
        Draft.objects.update(content=content)
        with clock.frozen(datetime(2027, 1, 5, 3, 0, tzinfo=UTC)):
            assert sending.file_due() == 1
            assert sending.file_due() == 0
        assert not Case.objects.exists()
        assert stored(hand).file_on is None
        letter = Message.objects.get(kind="draft_not_filed")
        assert letter.to == "ada@example.org"
        assert hand.draft in letter.text


class TestTheNextTime:
    @pytest.mark.requirement("R-001.38")
    def test_is_filled_in_from_the_last(self, begin: Begin) -> None:
        whole(begin()).send()
        hand = begin()
        page = words(hand.get("people/1/dates/"))
        assert "Filled in from your last report of 22 November 2026" in page
        people = stored(hand).content["entries"]["people"]
        assert people[0]["answers"]["person"] == {"name": "Ada", "passport": "AB123451"}
        # What is confirmed is confirmed anew.
        assert hand.get("").headers["Location"].endswith("/people/")
        hand.client.post(f"/apply/{hand.draft}/people/")
        assert hand.get("").headers["Location"].endswith("/contact/")
        assert "From your last report" in words(hand.get("check-answers/"))

    def test_brings_the_family_again_but_not_their_files(self, begin: Begin) -> None:
        first = begin()
        first.client.post(f"/apply/{first.draft}/people/", {"add": "1"})
        first.person(1, stamp=file())
        first.person(2, name="Ben")
        first.rest()
        first.send()
        hand = begin()
        page = words(hand.get("people/"))
        assert "Ada" in page
        assert "Ben" in page
        assert "stamp.png" not in str(stored(hand).content)

    def test_the_account_fills_the_first_one_in(self, begin: Begin) -> None:
        page = begin().get("people/1/person/").content.decode()
        assert 'value="Ada"' in page
        assert "Filled in from your account" in page


class TestWithoutAnAccount:
    def test_the_browser_that_began_goes_on_and_no_other(self, asking: Loaded, client: Any) -> None:
        client.cookies["lang"] = "en"
        answer = client.post("/apply/start/test-asking/")
        draft = answer.headers["Location"].split("/")[2]
        assert client.get(f"/apply/{draft}/things/1/thing/").status_code == 200
        assert type(client)().get(f"/apply/{draft}/things/1/thing/").status_code == 302

    def test_a_list_stays_in_one_case(self, asking: Loaded, client: Any) -> None:
        from tests.engine.drafts.conftest import Hand

        client.cookies["lang"] = "en"
        draft = client.post("/apply/start/test-asking/").headers["Location"].split("/")[2]
        hand = Hand(client, draft)
        hand.post("things/1/thing/", name="Umbrella")
        client.post(f"/apply/{draft}/things/", {"add": "1"})
        hand.post("things/2/thing/", name="Hat")
        client.post(f"/apply/{draft}/things/")
        hand.post("contact/", name="Ada", email="ada@example.org")
        assert hand.send().status_code == 303
        case = Case.objects.get()
        assert [one["thing"]["name"] for one in case.answers["things"]] == ["Umbrella", "Hat"]
        assert case.account_id is None
        assert case.reference in words(hand.get("request-sent/"))


class TestWhenIsItDue:
    def test_first_and_last_day(self, moving: Loaded, client: Any) -> None:
        client.cookies["lang"] = "en"
        assert client.get("/services/test-moving/when-due/").status_code == 200
        page = words(client.post("/services/test-moving/when-due/", date_fields("due", EARLY)))
        assert "5 January 2027" in page
        assert "20 January 2027" in page
        assert not Draft.objects.exists()

    def test_says_what_is_missing(self, moving: Loaded, client: Any) -> None:
        answer = client.post("/services/test-moving/when-due/", {"due-day": "1"})
        assert answer.status_code == 422

    def test_not_there_without_a_window(self, asking: Loaded, client: Any) -> None:
        assert client.get("/services/test-asking/when-due/").status_code == 404


def test_a_form_that_changed_meanwhile_loses_nothing(begin: Begin, moving: Loaded, by: Actor) -> None:
    import msgspec

    from sala.engine.catalogue import services as catalogue

    hand = whole(begin())
    pages = moving.declaration.form
    contact = msgspec.structs.replace(pages[-1], fields=(*pages[-1].fields, pages[3].fields[0]))
    changed = msgspec.structs.replace(moving.declaration, form=(*pages[:-1], contact))
    catalogue.publish(changed, by=by)
    page = words(hand.get("check-answers/"))
    assert "How to reach you: Its telephone" in page
    assert "AB123451" in page
    hand.post("contact/", email="ada@example.org", confirmed="yes", phone="02 123 4567")
    assert hand.send().status_code == 303
    assert Case.objects.get().answers["contact"]["phone"] == "+6621234567"


def test_services_tell_a_draft_that_was_sent(begin: Begin) -> None:
    from sala.kit.errors import Conflict

    hand = whole(begin())
    hand.send()
    with pytest.raises(Conflict):
        services.settle(draft=stored(hand).id, group="people")
    with clock.frozen(NOW + timedelta(days=31)):
        assert services.sweep() == 1
    assert Case.objects.count() == 1
