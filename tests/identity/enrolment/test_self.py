"""Showing on one's own phone that it is oneself: by the real pages, and faces looked at for real."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from sala.engine.messages.of_enrolment import send
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.enrolment import forms, keeping, portraits, queries, services, tidying
from sala.identity.enrolment.levels import Proof
from sala.identity.enrolment.models import Enrolment, Portrait
from sala.identity.enrolment.states import Event, State, WrongState
from sala.identity.mydata import looks
from sala.identity.people import linking, rules
from sala.identity.people import queries as people
from sala.identity.people.models import Link
from sala.identity.people.queries import PersonCard
from sala.identity.wallet import pins
from sala.kit import audit, clock
from sala.kit.errors import Invalid, NotFound
from tests.faces_house import FacesHouse, picture
from tests.factories import actor_for, client_for, make_account
from tests.hearing import told
from tests.identity.enrolment.office import BY, LASER, citizen, link
from tests.identity.enrolment.selves import PIN, card_of, show, typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offices", "register_keys")]
HOME = "/id/enrol/"
FACE, ASK = f"{HOME}face/", "/faces/challenge/"


@pytest.fixture
def account() -> Account:
    return make_account()


@pytest.fixture
def browser(account: Account) -> Client:
    client = client_for(account)
    client.cookies["lang"] = "en"
    return client


@pytest.fixture
def by(account: Account) -> Actor:
    return actor_for(account)


def begun(by: Actor, person: PersonCard) -> Any:
    """An enrolment with its card shown."""
    enrolment = services.begin(by=by)
    services.show_card(enrolment=enrolment, card=card_of(person), by=by)
    return enrolment


def standing(account: Account) -> queries.Standing:
    found = queries.current(account.id)
    assert found
    return found


def acts(person: int) -> list[str]:
    return [entry.action for entry in audit.of_subject(f"person:{person}")]


@pytest.mark.requirement("R-004.1", "R-004.3", "R-004.8", "R-004.22")
def test_card_and_face_lead_to_an_account_of_ones_own_without_an_office(
    browser: Client, account: Account, faces_house: FacesHouse
) -> None:
    person = citizen(photograph="collins/1")
    assert b"IAL 2.2" in browser.get(HOME).content
    assert browser.post(HOME)["Location"] == f"{HOME}card/"
    assert browser.get(f"{HOME}card/").status_code == 200
    assert browser.post(f"{HOME}card/", typed(person))["Location"] == f"{HOME}reached/"
    assert b"IAL 1.3" in browser.get(f"{HOME}reached/").content
    # When the movements are done before the camera, and the face is the register's
    assert show(browser, FACE, ASK, "collins/1")["Location"] == f"{HOME}finish/"
    # Then a PIN makes it whole, which is not the date of birth
    assert browser.post(f"{HOME}finish/", {"pin": "130485", "again": "130485"}).status_code == 422
    assert people.of_account(account.id) is None
    sent = browser.post(f"{HOME}finish/", {"pin": PIN, "again": PIN})
    assert sent["Location"] == f"{HOME}done/"
    assert browser.post(f"{HOME}finish/", {"pin": PIN, "again": PIN})["Location"] == f"{HOME}done/"  # sent twice
    linked = people.of_account(account.id)
    assert linked
    assert (linked.person.id, linked.ial) == (person.id, "2.2")
    assert pins.standing(by=actor_for(account)) == "set"
    assert not Portrait.objects.exists()
    done = browser.get(f"{HOME}done/").content.decode()
    assert "Add a passkey" in done
    assert "IAL 2.3" in done
    # And whoever it is about reads what was done with their entry, by whom it is not said
    shown = {str(line.what.en) for line in looks.page(account.id).lines if line.what}
    assert "Entered the data of your card rightly, to prove to be you" in shown
    assert "Showed a face that is like your photograph" in shown


def test_wrong_data_are_told_as_one_and_only_five_times(browser: Client, account: Account) -> None:
    person = citizen()
    browser.post(HOME)
    wrong = (
        {"pid": rules.invented_pid(99)}, {"birth": "14/4/2528"}, {"laser": "JT9-1234567-88"},
        {"birth": "14/4/2528", "laser": "JT9-1234567-88"},
    )  # fmt: skip
    answers = [browser.post(f"{HOME}card/", typed(person, **one)) for one in wrong]
    told_ = {answer.content.decode().split("govuk-error-summary")[2].split("</div>")[0] for answer in answers}
    assert len(told_) == 1  # the same words, whatever was wrong
    assert {answer.status_code for answer in answers} == {422}
    assert acts(person.id).count("enrolment.card_wrong") == 3
    # A number that can be none is said to be none: that tells nothing of the register
    assert b"13 digits" in browser.post(f"{HOME}card/", typed(person, pid="123")).content
    # When it was tried too often, the way is an office, also for the right data, also from another account
    browser.post(f"{HOME}card/", typed(person, laser="JT9-1234567-88"))
    assert browser.post(f"{HOME}card/", typed(person)).status_code == 429
    other = client_for(make_account())
    other.post(HOME)
    assert other.post(f"{HOME}card/", typed(person)).status_code in {302, 303}
    assert other.post(f"{HOME}card/", typed(person)).status_code == 429
    assert queries.current(account.id).tries == {"card": 5}  # type: ignore[union-attr]


def test_a_still_picture_and_another_face_refuse_nobody(
    browser: Client, account: Account, by: Actor, faces_house: FacesHouse
) -> None:
    person = citizen(photograph="biden/1")
    begun(by, person)
    assert show(browser, FACE, ASK, "collins/1", moves=False).status_code == 422
    assert standing(account).tries == {"liveness": 1}
    assert show(browser, FACE, ASK, "collins/1")["Location"] == f"{FACE}?found=other"
    assert b"not alike enough" in browser.get(f"{FACE}?found=other").content
    assert "enrolment.face_other" in acts(person.id)
    assert standing(account).state == State.STARTED
    assert standing(account).level == "1.3"
    # Then an officer looks, with the picture that the camera took
    assert browser.post(f"{HOME}officer/")["Location"] == HOME
    assert browser.post(f"{HOME}officer/")["Location"] == HOME  # sent twice
    assert standing(account).state == State.REVIEW
    assert b"An officer looks at it" in browser.get(HOME).content
    assert portraits.opened(standing(account).id)


def test_without_faces_the_way_goes_on(browser: Client, account: Account, by: Actor, no_faces_house: None) -> None:
    person = citizen()
    enrolment = begun(by, person)
    asked = browser.post(ASK).json()
    frames = [SimpleUploadedFile("1.jpg", picture("obama/1"), "image/jpeg") for _ in range(12)]
    answer = browser.post(FACE, {"challenge": asked["id"], "frames": frames})
    assert answer.status_code == 503
    assert b"let an officer look" in answer.content
    assert b"the movements must be made again" in answer.content
    assert b"Nothing that you entered is lost" not in answer.content
    assert standing(account).tries == {}  # nothing that they did was wrong
    # Given that they were seen to move, only the comparison is missing, and is done later with the same picture
    with services.own(enrolment, by) as row:
        keeping.prove(row, Proof.LIVENESS, by="system:test")
        portraits.keep(row.id, picture("obama/1"))
    later = browser.post(FACE, {"compare": "compare"})
    assert later.status_code == 503
    assert b"Nothing that you entered is lost" in later.content
    assert b"Compare now" in browser.get(FACE).content
    # And who would rather have an officer look sends one picture, which is not taken for a live one
    data = {"picture": SimpleUploadedFile("me.png", picture("obama/2"), "image/png")}
    assert browser.post(f"{HOME}officer/", data)["Location"] == HOME
    assert not standing(account).live


def test_pictures_that_are_none_are_told_so(browser: Client, account: Account, by: Actor) -> None:
    begun(by, citizen())
    assert b"Take or choose one picture" in browser.post(f"{HOME}officer/").content
    broken = {"picture": SimpleUploadedFile("me.jpg", b"no picture", "image/jpeg")}
    assert browser.post(f"{HOME}officer/", broken).status_code == 422
    assert standing(account).state == State.STARTED
    read = browser.post(f"{HOME}card/", {"read": "read", "card_picture": broken["picture"], "laser": LASER})
    assert read.status_code == 422
    assert LASER in read.content.decode()  # what was typed stays


def test_the_card_alone_may_be_enough_and_is_raised_later(
    browser: Client, account: Account, by: Actor, faces_house: FacesHouse
) -> None:
    person = citizen(photograph="collins/1")
    begun(by, person)
    assert browser.post(f"{HOME}reached/")["Location"] == f"{HOME}finish/"
    browser.post(f"{HOME}finish/", {"pin": PIN, "again": PIN})
    assert people.of_account(account.id).ial == "1.3"  # type: ignore[union-attr]
    begun(by, person)
    assert b"This is enough for now" not in browser.get(f"{HOME}reached/").content
    show(browser, FACE, ASK, "collins/1")
    assert b"Choose a PIN" not in browser.get(f"{HOME}finish/").content
    browser.post(f"{HOME}finish/")
    assert people.of_account(account.id).ial == "2.2"  # type: ignore[union-attr]
    assert Link.objects.filter(account=account).count() == 2  # each level stands there with its time


def test_a_surer_proof_takes_the_place_of_a_weaker_one_and_its_holder_is_told(account: Account, by: Actor) -> None:
    person, former = citizen(), make_account()
    link(former, person, "1.3")
    enrolment = begun(by, person)
    with pytest.raises(linking.HeldElsewhere):
        services.stay(enrolment=enrolment, by=by)
    with services.own(enrolment, by) as row:
        for proof in (Proof.LIVENESS, Proof.FACE):
            keeping.prove(row, proof, by="system:test")
        keeping.move(row, Event.PROVEN)
    raised = services.settle(enrolment=enrolment, by=by)
    assert (raised.ial, raised.former) == ("2.2", former.id)
    assert services.settle(enrolment=enrolment, by=by).ial == "2.2"  # said twice
    assert people.of_account(former.id) is None
    assert people.account_of(person.id) == account.id
    assert told("person.moved") == [{"person": person.id, "account": str(former.id)}]
    kinds = [(letter["kind"], letter["account"]) for letter in told("enrolment.letter")]
    assert kinds == [("enrolment_done", str(account.id)), ("enrolment_moved", str(former.id))]
    for letter in told("enrolment.letter"):
        send(letter)


def test_as_sure_a_proof_takes_nobody_from_another_account(account: Account, by: Actor, browser: Client) -> None:
    person, former = citizen(), make_account()
    link(former, person, "2.2")
    enrolment = begun(by, person)
    assert b"get it back if you cannot" in browser.get(f"{HOME}reached/").content
    with services.own(enrolment, by) as row:
        for proof in (Proof.LIVENESS, Proof.FACE):
            keeping.prove(row, proof, by="system:test")
        keeping.move(row, Event.PROVEN)
    answer = browser.post(f"{HOME}finish/", {"pin": PIN, "again": PIN})
    assert answer.status_code == 409
    assert b"Get my other account back" in answer.content
    assert people.account_of(person.id) == former.id


def test_an_account_of_somebody_else_is_not_made_this_persons(by: Actor, account: Account, browser: Client) -> None:
    link(account, citizen(8))
    browser.post(HOME)
    answer = browser.post(f"{HOME}card/", typed(citizen(7)))
    assert answer.status_code == 409
    assert standing(account).person is None


def test_the_dead_are_nobody_anywhere(by: Actor, account: Account) -> None:
    from sala.identity.people import services as register

    person = citizen()
    enrolment = begun(by, person)
    services.stay(enrolment=enrolment, by=by)
    register.amend(pid=person.pid, changes={"died_on": clock.today()}, by=BY, reason="Died")
    with pytest.raises(NotFound):
        services.settle(enrolment=enrolment, by=by)
    assert people.linked_account(person.id) is None


def test_another_card_begins_anew_and_another_accounts_enrolment_is_nobodys(by: Actor, account: Account) -> None:
    one, two = citizen(7), citizen(8)
    enrolment = begun(by, one)
    with services.own(enrolment, by) as row:
        keeping.prove(row, Proof.LIVENESS, by="system:test")
        portraits.keep(row.id, picture("obama/1"))
    services.show_card(enrolment=enrolment, card=card_of(two), by=by)
    assert standing(account).person == two.id
    assert standing(account).proofs == {"card", "laser"}
    assert not standing(account).has_portrait
    stranger = actor_for(make_account())
    for act in (services.stay, services.settle, services.give_up, services.send_to_office, services.compare):
        with pytest.raises(NotFound):
            act(enrolment=enrolment, by=stranger)


def test_what_is_abandoned_ends_and_is_forgotten(by: Actor, account: Account, browser: Client) -> None:
    person = citizen()
    enrolment = begun(by, person)
    with services.own(enrolment, by):
        portraits.keep(enrolment, picture("obama/1"))
    with clock.frozen(clock.now() + keeping.STARTED_FOR + timedelta(minutes=1)):
        with pytest.raises(WrongState):
            services.compare(enrolment=enrolment, by=by)
        assert tidying.tidy() == {"ended": 1, "forgotten": 0}
        assert not Portrait.objects.exists()
        assert services.begin(by=by) != enrolment
    with clock.frozen(clock.now() + tidying.ABANDONED_KEPT + timedelta(days=2)):
        assert tidying.tidy()["forgotten"] == 1
        assert not Enrolment.objects.filter(id=enrolment).exists()
    with services.own(services.begin(by=by), by) as row:
        assert row.state == State.STARTED
    assert browser.post(f"{HOME}stop/")["Location"] == HOME
    assert queries.current(account.id) is None
    begun(by, person)
    tidying.forget_account(account.id)
    tidying.forget_account(account.id)
    assert queries.current(account.id) is None


@pytest.mark.django_db(transaction=True)
def test_two_windows_at_once_are_one_enrolment() -> None:
    by = actor_for(make_account())
    together, found = Barrier(2), []

    def begin() -> None:
        together.wait()
        found.append(services.begin(by=by))
        connection.close()

    threads = [Thread(target=begin) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(set(found)) == 1
    assert Enrolment.objects.count() == 1


def test_days_and_numbers_are_read_as_people_write_them() -> None:
    for text in ("13 4 2528", "13/4/1985", "1985-04-13", "๑๓ ๔ ๒๕๒๘", "13.04.2528"):
        assert forms.day(text) == date(1985, 4, 13), text
    for text in ("", "31 2 2528", "13 4", "1 1 2999", "13 4 3528", "a"):
        assert forms.day(text) is None, text
    with pytest.raises(Invalid) as caught:
        forms.card({"pid": "1", "birth": "x", "laser": "y"})
    assert [fault.field for fault in caught.value.faults] == ["pid", "birth", "laser"]
