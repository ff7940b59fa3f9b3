"""What waits for an officer: phone enrolments that the machine could not tell, and faces found twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from sala.engine.messages import letters
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.directory.queries import OfficeCard
from sala.identity.enrolment import candidates, deciding, portraits
from sala.identity.enrolment import services as own
from sala.identity.enrolment.forms import Card
from sala.identity.enrolment.letters import letter_for
from sala.identity.enrolment.states import WrongState
from sala.identity.enrolment.station import services
from sala.identity.people import queries
from sala.kit import audit, clock, sql
from sala.kit.errors import Forbidden, Invalid, SalaError
from tests.faces_house import picture
from tests.factories import actor_for, client_for, make_account, make_officer
from tests.identity.enrolment.office import (
    LASER,
    citizen,
    link,
    recognised,
    registration_office,
    row,
    searched,
)  # fmt: skip

QUEUE = "/desk/enrolment/review/"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("register_keys", "no_faces_house")]


@pytest.fixture
def senior(office: OfficeCard) -> Actor:
    return actor_for(make_officer(registration_office(), "senior"))


@pytest.fixture
def person(office: OfficeCard) -> queries.PersonCard:
    return citizen(photograph="obama/2")


@pytest.fixture
def citizen_account() -> Account:
    return make_account(language="en")


@pytest.fixture
def waiting(person: queries.PersonCard, citizen_account: Account) -> UUID:
    """Somebody who enrolled by phone and asked for an officer."""
    me = actor_for(citizen_account)
    enrolment = own.begin(by=me)
    own.show_card(enrolment=enrolment, card=Card(person.pid, person.birth_date, LASER), by=me)
    own.send_to_office(enrolment=enrolment, by=me, data=picture("obama/1"))
    return enrolment


def told() -> list[dict[str, Any]]:
    rows = sql.fetch_all("SELECT payload FROM kit_outboxevent WHERE topic = 'enrolment.letter' ORDER BY id")
    import msgspec

    return [msgspec.json.decode(payload) for (payload,) in rows]


def test_an_officer_sees_both_pictures_and_approves_and_the_person_goes_on(
    desk: Client, waiting: UUID, person: queries.PersonCard, citizen_account: Account
) -> None:
    assert "Mr. Somchai Jaidee" in desk.get(QUEUE).content.decode()
    assert desk.get(f"/desk/enrolment/{waiting}/live/").status_code == 404  # not opened yet
    assert desk.get(f"{QUEUE}{waiting}/").status_code == 200
    assert desk.get(f"/desk/enrolment/{waiting}/live/").status_code == 200
    assert desk.get(f"/desk/enrolment/{waiting}/register/").content == picture("obama/2")
    acts = [entry.action for entry in audit.of_subject(f"person:{person.id}")]
    assert "enrolment.viewed" in acts
    assert "person.photograph_viewed" in acts
    assert desk.post(f"{QUEUE}{waiting}/", {"word": "approve"}).status_code == 303
    assert row(waiting).level == "2.2"
    assert [letter["kind"] for letter in told()] == ["enrolment_approved"]
    own.settle(enrolment=waiting, by=actor_for(citizen_account))
    linked = queries.of_account(citizen_account.id)
    assert linked
    assert linked.ial == "2.2"


@pytest.mark.parametrize("word", ["refuse", "come"])
def test_without_approval_the_person_is_told_why(
    desk: Client, waiting: UUID, citizen_account: Account, word: str
) -> None:
    desk.get(f"{QUEUE}{waiting}/")
    assert desk.post(f"{QUEUE}{waiting}/", {"word": word}).status_code == 422
    assert desk.post(f"{QUEUE}{waiting}/", {}).status_code == 422
    assert desk.post(f"{QUEUE}{waiting}/", {"word": word, "reason": "The face is in shadow"}).status_code == 303
    assert portraits.opened(waiting) is None
    asked = letter_for(told()[0])
    assert asked
    assert asked["to"] == citizen_account.email
    for language in ("th", "en"):
        assert "The face is in shadow" in letters.render(asked["kind"], language, asked["context"]).text
    assert desk.get(f"{QUEUE}{waiting}/").status_code == 409


def test_two_officers_do_not_judge_one_at_once(waiting: UUID, by: Actor, office: OfficeCard) -> None:
    colleague = actor_for(make_officer(registration_office()))
    deciding.open_(waiting, office=office, by=by)
    deciding.open_(waiting, office=office, by=by)
    for act in (
        lambda: deciding.open_(waiting, office=office, by=colleague),
        lambda: deciding.decide(enrolment=waiting, word="approve", reason="", office=office, by=colleague),
    ):
        with pytest.raises(deciding.Opened):
            act()
    assert [one.taken for one in deciding.queue(colleague)] == [True]
    assert [one.taken for one in deciding.queue(by)] == [False]
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        deciding.open_(waiting, office=office, by=colleague)


@pytest.mark.django_db(transaction=True)
def test_two_words_at_one_moment_are_one_decision(waiting: UUID, by: Actor, office: OfficeCard) -> None:
    together = Barrier(2)

    def decide(word: str) -> str:
        together.wait()
        try:
            deciding.decide(enrolment=waiting, word=word, reason="Seen", office=office, by=by)
        except SalaError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(decide, ["approve", "refuse"]))
    assert said == ["done", "wrong_state"]


def test_no_officer_judges_their_own(
    waiting: UUID, person: queries.PersonCard, officer: Account, by: Actor, office: OfficeCard
) -> None:
    link(officer, person)
    with pytest.raises(Forbidden):
        deciding.open_(waiting, office=office, by=by)


def test_others_see_no_queue(waiting: UUID, citizen_account: Account) -> None:
    for client in (client_for(citizen_account), client_for(make_officer("immigration-bangkok"))):
        assert client.get(QUEUE).status_code == 404
        assert client.get(f"{QUEUE}{waiting}/").status_code == 404


@pytest.fixture
def doubled(person: queries.PersonCard, by: Actor, office: OfficeCard) -> Callable[[], UUID]:
    """Somebody at the station of whom the officer says that they are in the register twice."""

    def made() -> UUID:
        twin = citizen(8, photograph="obama/3")
        enrolment = recognised(person, office, by)
        searched(enrolment, office, by, twin.id)
        found = candidates.found(enrolment)[0]
        services.tell_apart(
            enrolment=enrolment, candidate=found.id, same=True, reason="The same scar", office=office, by=by
        )
        return enrolment

    return made


def test_a_face_found_twice_is_decided_by_a_senior_and_the_slip_works_then(
    doubled: Callable[[], UUID], by: Actor, senior: Actor, office: OfficeCard, desk: Client
) -> None:
    enrolment = doubled()
    assert row(enrolment).state == "review"
    assert deciding.queue(by) == []
    with pytest.raises(Forbidden):
        deciding.open_(enrolment, office=office, by=by)
    code = services.code_of(row(enrolment), by)
    page = desk.get(f"/desk/enrolment/{enrolment}/done/").content.decode()
    assert f"{code[:4]} {code[4:]}" in page
    account = actor_for(make_account())
    with pytest.raises(Invalid):
        own.redeem(code=code, birth="13 4 2528", by=account)
    assert [one.doubled for one in deciding.queue(senior)] == [True]
    deciding.open_(enrolment, office=office, by=senior)
    with pytest.raises(Invalid):
        deciding.decide(enrolment=enrolment, word="approve", reason="", office=office, by=senior)
    deciding.decide(enrolment=enrolment, word="approve", reason="Twins: birth records", office=office, by=senior)
    assert own.redeem(code=code, birth="13 4 2528", by=account).ial == "2.3"


def test_a_senior_may_refuse_it_and_sends_nobody_to_the_office_they_were_at(
    doubled: Callable[[], UUID], senior: Actor, office: OfficeCard
) -> None:
    enrolment = doubled()
    with pytest.raises(WrongState):
        deciding.decide(enrolment=enrolment, word="come", reason="x", office=office, by=senior)
    deciding.decide(enrolment=enrolment, word="refuse", reason="A second identity", office=office, by=senior)
    assert (row(enrolment).state, row(enrolment).reason) == ("refused", "A second identity")
