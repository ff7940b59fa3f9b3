"""The way back to an account: by card and face, after a day or an officer's look; and nobody learns who has one."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from sala.engine.messages.models import Message
from sala.engine.messages.of_enrolment import send
from sala.identity.accounts import sessions
from sala.identity.accounts.actor import ANONYMOUS
from sala.identity.accounts.models import Account, Passkey
from sala.identity.enrolment import codes, deciding, keeping, portraits, queries, recovering, services, stopping
from sala.identity.enrolment.levels import Proof
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.states import State, WrongState
from sala.identity.people.queries import PersonCard
from sala.identity.wallet import pins
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Invalid, NotFound
from tests.faces_house import FacesHouse
from tests.factories import PASSWORD, actor_for, client_for, make_account, make_officer
from tests.hearing import told
from tests.identity.enrolment.office import citizen, link, office_card, registration_office
from tests.identity.enrolment.selves import PIN, card_of, show, typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offices", "register_keys")]
HOME = "/id/recover/"
NEW = "a password that nobody had before"


@pytest.fixture
def visitor() -> Client:
    client = Client()
    client.cookies["lang"] = "en"
    return client


@pytest.fixture
def owner() -> tuple[Account, PersonCard]:
    """Somebody with an account, a PIN, and two browsers signed in."""
    account, person = make_account(), citizen(photograph="collins/1")
    link(account, person, "2.2")
    by = actor_for(account)
    pins.choose(pin=PIN, again=PIN, password=PASSWORD, browser=sessions.Browser(), by=by)
    return account, person


def shown(person: PersonCard) -> Enrolment:
    """Card and face were shown, and the machine found them alike."""
    enrolment = services.begin_recovery()
    services.show_card(enrolment=enrolment, card=card_of(person), by=ANONYMOUS, network="n")
    with services.own(enrolment, ANONYMOUS) as row:
        for proof in (Proof.LIVENESS, Proof.FACE):
            keeping.prove(row, proof, by="system:test")
    return row


@pytest.mark.requirement("R-004.1", "R-004.22")
def test_card_and_face_open_it_after_a_day_and_everything_former_is_shut(
    visitor: Client, owner: tuple[Account, PersonCard], faces_house: FacesHouse
) -> None:
    account, person = owner
    former = client_for(account)
    assert visitor.get(HOME).status_code == 200
    assert visitor.post(f"{HOME}card/", typed(person))["Location"] == f"{HOME}face/"
    assert show(visitor, f"{HOME}face/", f"{HOME}challenge/", "collins/1")["Location"] == f"{HOME}choose/"
    assert visitor.post(f"{HOME}choose/", {"wait": "wait"})["Location"] == f"{HOME}stands/"
    assert visitor.post(f"{HOME}choose/", {"wait": "wait"})["Location"] == f"{HOME}stands/"  # sent twice
    assert b"It opens on" in visitor.get(f"{HOME}stands/").content
    # Nothing opens before the day is over, and the account's address was written to once
    too_early = visitor.post(f"{HOME}stands/", {"password": NEW})
    assert too_early.status_code == 200
    assert former.get("/account/").status_code == 200
    assert [letter["kind"] for letter in told("enrolment.letter")] == ["recovery_begun"]
    with clock.frozen(clock.now() + recovering.DELAY + timedelta(minutes=1)):
        assert b"Choose a new password" in visitor.get(f"{HOME}stands/").content
        assert visitor.post(f"{HOME}stands/", {"password": "short"}).status_code == 422
        assert visitor.post(f"{HOME}stands/", {"password": NEW})["Location"] == "/account/"
        assert visitor.get("/account/").status_code == 200
        # And what opened it before opens it no more
        assert former.get("/account/").status_code == 302
        assert pins.standing(by=actor_for(account)) == "none"
        with pytest.raises(Invalid):
            sessions.sign_in(email=account.email, password=PASSWORD, browser=sessions.Browser())
        assert sessions.sign_in(email=account.email, password=NEW, browser=sessions.Browser()).account_id == account.id
    acts = {entry.action for entry in audit.of_subject(f"person:{person.id}")}
    assert {"recovery.begun", "recovery.done", "enrolment.face_shown"} <= acts


def test_whoever_reads_the_letters_stops_it(visitor: Client, owner: tuple[Account, PersonCard]) -> None:
    person = owner[1]
    row = shown(person)
    recovering.wait(enrolment=row.id)
    for letter in told("enrolment.letter"):
        send(letter)
    text = Message.objects.latest("id").text
    address = re.search(r"http://\S+(/id/recover/stop/\S+)", text)
    assert address
    assert b"Stop it" in visitor.get(address[1]).content  # looking stops nothing: mail scanners look
    assert queries.one(row.id).state == State.READY  # type: ignore[union-attr]
    assert b"It is stopped" in visitor.post(address[1]).content
    assert b"It is stopped" in visitor.post(address[1]).content
    with clock.frozen(clock.now() + recovering.DELAY * 2), pytest.raises(WrongState):
        recovering.renew(enrolment=row.id, password=NEW, browser=sessions.Browser())
    assert visitor.get(f"{HOME}stop/of-nothing/").status_code == 404


def test_who_has_no_account_sees_the_same_until_the_end(visitor: Client, owner: tuple[Account, PersonCard]) -> None:
    nobody = citizen(8)
    pages = []
    for person in (owner[1], nobody):
        row = shown(person)
        recovering.wait(enrolment=row.id)
        browser = Client()
        browser.cookies["lang"] = "en"
        pages.append(browser.post(f"{HOME}card/", typed(person)))
        with pytest.raises(Conflict):
            recovering.renew(enrolment=row.id, password=NEW, browser=sessions.Browser())
        standing = queries.one(row.id)
        assert standing
        assert standing.usable_from
    assert {(page.status_code, page["Location"]) for page in pages} == {(303, f"{HOME}face/")}
    with clock.frozen(clock.now() + recovering.DELAY * 2), pytest.raises(Conflict):
        recovering.renew(enrolment=row.id, password=NEW, browser=sessions.Browser())
    assert len(told("enrolment.letter")) == 1


def test_less_than_a_face_opens_nothing(visitor: Client, owner: tuple[Account, PersonCard]) -> None:
    row = services.begin_recovery()
    services.show_card(enrolment=row, card=card_of(owner[1]), by=ANONYMOUS, network="n")
    with pytest.raises(WrongState):
        recovering.wait(enrolment=row)
    with pytest.raises(WrongState):
        recovering.renew(enrolment=row, password=NEW, browser=sessions.Browser())
    with pytest.raises(NotFound):
        services.settle(enrolment=row, by=ANONYMOUS)
    for page in ("face", "choose", "officer", "stands"):  # a browser that began nothing is shown nothing
        assert visitor.get(f"{HOME}{page}/").status_code == 303
    assert visitor.post(f"{HOME}challenge/").status_code == 404
    assert visitor.post(f"{HOME}card/", typed(owner[1], laser="JT9-0000000-00")).status_code == 422
    assert visitor.get(f"{HOME}face/").status_code == 303
    with pytest.raises(NotFound):  # and a recovery is not taken for an enrolment, whoever asks
        services.settle(enrolment=row, by=actor_for(owner[0]))


def test_an_officers_look_opens_it_at_once(visitor: Client, owner: tuple[Account, PersonCard]) -> None:
    account, person = owner
    office = office_card(registration_office())
    officer = actor_for(make_officer(registration_office()))
    row = shown(person)
    portraits.keep(row.id, b"\xff\xd8\xff picture")
    recovering.to_officer(enrolment=row.id)
    recovering.to_officer(enrolment=row.id)
    assert len(told("enrolment.letter")) == 1
    deciding.open_(row.id, office=office, by=officer)
    deciding.decide(enrolment=row.id, word="approve", reason="", office=office, by=officer)
    signed_in = recovering.renew(enrolment=row.id, password=NEW, browser=sessions.Browser())
    assert signed_in.account_id == account.id
    assert not Passkey.objects.filter(account=account).exists()


@pytest.mark.requirement("R-004.1")
def test_an_offices_slip_opens_it_with_the_date_of_birth(visitor: Client, owner: tuple[Account, PersonCard]) -> None:
    person = owner[1]
    code = _slip(person, "recover")
    given = {"code": codes.shown(code).lower(), "birth": "13 4 2528", "password": NEW}
    assert visitor.post(f"{HOME}code/", given | {"birth": "14 4 2528"}).status_code == 422
    assert visitor.post(f"{HOME}code/", given | {"code": "AAAA AAAA"}).status_code == 422
    assert visitor.post(f"{HOME}code/", given)["Location"] == "/account/"
    assert visitor.post(f"{HOME}code/", given).status_code == 422  # a slip opens once


def _slip(person: PersonCard, purpose: str) -> str:
    """What an office printed for somebody."""
    now, code = clock.now(), codes.drawn()
    Enrolment.objects.create(
        id=uuid4(), way="office", purpose=purpose, state="ready", person_id=person.id, level="2.3",
        started_at=now, changed_at=now, expires_at=now + timedelta(days=1), code=codes.digest(code),
    )  # fmt: skip
    return code


@pytest.mark.requirement("R-004.8")
def test_an_offices_slip_connects_an_account_once(owner: tuple[Account, PersonCard]) -> None:
    account, person = make_account(), owner[1]
    browser, code = client_for(account), _slip(person, "enrol")
    page = "/id/enrol/code/"
    assert browser.get(f"{page}?code={code}").status_code == 200
    assert browser.post(page, {"code": code, "birth": "1 1 2530"}).status_code == 422
    assert browser.post(page, {"code": code, "birth": "13/4/2528"})["Location"].startswith("/id/pin/")
    assert browser.post(page, {"code": code, "birth": "13/4/2528"}).status_code == 303  # the same form again
    assert client_for(make_account()).post(page, {"code": code, "birth": "13/4/2528"}).status_code == 422
    assert queries.ladder(account.id).held.ial == "2.3"  # type: ignore[union-attr]
    assert queries.ladder(owner[0].id).held is None  # who stood at the counter is the one
    late = _slip(person, "enrol")
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert client_for(owner[0]).post(page, {"code": late, "birth": "13/4/2528"}).status_code == 422


def test_a_letters_address_is_of_one_recovery_alone() -> None:
    number = uuid4()
    address = stopping.url_of(number)
    assert stopping.named_by(address.rstrip("/").rpartition("/")[2]) == number
    with pytest.raises(NotFound):
        stopping.named_by("x" + address.rstrip("/").rpartition("/")[2])
