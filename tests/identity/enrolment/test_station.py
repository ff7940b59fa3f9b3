"""The station: who may, what each step proves, and that no machine's word refuses anybody."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some

from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account
from sala.identity.directory.queries import OfficeCard
from sala.identity.enrolment import candidates, codes, portraits
from sala.identity.enrolment import services as own
from sala.identity.enrolment.states import State, WrongState
from sala.identity.enrolment.station import services, steps
from sala.identity.enrolment.station.services import CardShown
from sala.identity.enrolment.station.steps import Step
from sala.identity.people import biometrics, queries
from sala.kit import audit, clock
from sala.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.faces_house import picture
from tests.factories import actor_for, client_for, make_account, make_officer
from tests.identity.enrolment.office import (
    CARD,
    EXPIRES,
    LASER,
    begun,
    citizen,
    link,
    office_card,
    recognised,
    registration_office,
    row,
    searched,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("register_keys")
HOME = "/desk/enrolment/"


def uploaded(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("0.jpg", picture(name), "image/jpeg")


def begin(desk: Client, person: queries.PersonCard, **typed: str) -> Any:
    """Find somebody and begin with them; the answer to the form."""
    found = desk.post(HOME, {"pid": person.pid})
    assert found.status_code == 303
    page = desk.get(found.headers["Location"]).content.decode()
    number = re.search(r'name="enrolment" value="([^"]+)"', page)
    assert number
    card = {"laser": LASER, "expires_on": "18 7 2574", "purpose": "enrol", "enrolment": number[1]}
    return desk.post(found.headers["Location"], card | typed)


# --- The whole way --------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.requirement("R-004.8", "R-004.2")
@pytest.mark.usefixtures("faces_house")
def test_somebody_is_enrolled_and_their_code_brings_it_to_their_own_account(
    desk: Client, by: Actor, office: OfficeCard
) -> None:
    person = citizen(photograph="obama/2")
    response = begin(desk, person)
    assert response.status_code == 303, response.content.decode()
    at = response.headers["Location"]
    assert desk.get(at).headers["Location"] == f"{at}photograph/"
    response = desk.post(f"{at}photograph/", {"picture": uploaded("obama/1"), "anyway": "yes"})
    assert response.status_code == 303
    page = desk.get(f"{at}compare/").content.decode()
    assert "The machine takes them for the same person" in page
    assert desk.get(f"{at}live/").headers["Content-Type"] == "image/jpeg"
    assert desk.get(f"{at}register/").content == picture("obama/2")
    desk.post(f"{at}compare/", {"same": "yes"})
    if desk.get(f"{at}candidates/").status_code == 422:  # the search is still loading everybody: that is said
        searched(UUID(at.split("/")[-2]), office, by)
    page = desk.get(f"{at}finish/").content.decode()
    assert "IAL 2.3" in page
    desk.post(f"{at}finish/", {"valid": "here"})
    page = desk.get(f"{at}done/").content.decode()
    code = re.search(r'station-slip__number">([^<]+)<', page)
    assert code
    kept = biometrics.photograph(person.id)
    assert kept
    assert kept.data != picture("obama/2")
    account = make_account()
    own.redeem(code=code[1].lower(), birth="13 4 2528", by=actor_for(account))
    linked = queries.of_account(account.id)
    assert linked
    assert (linked.person.id, linked.ial) == (person.id, "2.3")
    assert desk.get(f"{at}live/").status_code == 404


# --- Who may --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_officer_enrols_themself_and_nobody_the_dead(by: Actor, officer: Account, office: OfficeCard) -> None:
    person = citizen()
    link(officer, person)
    with pytest.raises(Forbidden):
        begun(person, office, by)
    with pytest.raises(Conflict):
        begun(citizen(8, died_on=date(2020, 1, 1)), office, by)


@pytest.mark.django_db
def test_an_enrolment_is_its_offices_alone(desk: Client, by: Actor, office: OfficeCard) -> None:
    enrolment = begun(citizen(), office, by)
    other = make_officer(registration_office("registration-7402"))
    theirs = client_for(other)
    for path in ("", "photograph/", "compare/", "candidates/", "finish/", "done/", "live/", "register/"):
        assert theirs.get(f"{HOME}{enrolment}/{path}").status_code == 404
        assert client_for(make_account()).get(f"{HOME}{enrolment}/{path}").status_code == 404
    with pytest.raises(NotFound):
        services.take(
            enrolment=enrolment, data=picture("obama/1"), anyway=True,
            office=office_card(registration_office("registration-7402")), by=actor_for(other),
        )  # fmt: skip


@pytest.mark.django_db
def test_the_same_beginning_twice_is_one(by: Actor, office: OfficeCard) -> None:
    person, enrolment = citizen(), uuid4()
    for _ in range(2):
        services.begin(enrolment=enrolment, person=person.id, purpose="enrol", card=CARD, office=office, by=by)
    assert [entry.action for entry in audit.of_subject(f"person:{person.id}")].count("enrolment.begun") == 1
    with pytest.raises(NotFound):
        services.begin(enrolment=enrolment, person=citizen(8).id, purpose="enrol", card=CARD, office=office, by=by)


# --- The card -------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "wrong"),
    [({"laser": "AA0-0000000-00"}, "laser"), ({"laser": ""}, "laser"), ({"expires_on": "19 7 2574"}, "expires_on"),
     ({"expires_on": ""}, "expires_on"), ({"expires_on": "31 2 2574"}, "expires_on"), ({"purpose": "x"}, "purpose")],
)  # fmt: skip
def test_a_card_that_does_not_fit_is_said_so_at_its_field(
    desk: Client, office: OfficeCard, typed: dict[str, str], wrong: str
) -> None:
    response = begin(desk, citizen(), **typed)
    assert response.status_code == 422
    assert f'id="{wrong}-error"' in response.content.decode()


@pytest.mark.django_db
def test_what_was_not_typed_from_the_card_is_asked_for(desk: Client, office: OfficeCard) -> None:
    said = begin(desk, citizen(), expires_on="", laser="").content.decode()
    assert "Type the day of expiry" in said
    assert "Type the code on the back" in said
    assert "not that of the register" not in said


@pytest.mark.django_db
def test_without_a_card_that_fits_there_is_a_reason_and_no_level(by: Actor, office: OfficeCard) -> None:
    enrolment, person = uuid4(), citizen()
    lost = CardShown("", EXPIRES, "Card lost; the neighbour vouches")
    services.begin(enrolment=enrolment, person=person.id, purpose="enrol", card=lost, office=office, by=by)
    assert "laser" not in row(enrolment).proofs
    services.take(enrolment=enrolment, data=picture("obama/1"), anyway=True, office=office, by=by)
    services.decide(enrolment=enrolment, same=True, reason="Known", office=office, by=by)
    searched(enrolment, office, by)
    services.finish(enrolment=enrolment, valid="week", office=office, by=by)
    assert row(enrolment).level == "2.2"  # the expiry fitted; the code on the back was not shown
    other = uuid4()
    none = CardShown("", None, "No card at all")
    services.begin(enrolment=other, person=person.id, purpose="enrol", card=none, office=office, by=by)
    services.take(enrolment=other, data=picture("obama/1"), anyway=True, office=office, by=by)
    services.decide(enrolment=other, same=True, reason="Known", office=office, by=by)
    searched(other, office, by)
    with pytest.raises(Conflict):
        services.finish(enrolment=other, valid="week", office=office, by=by)


@pytest.mark.django_db
def test_an_expired_card_is_said_so(by: Actor, office: OfficeCard) -> None:
    person = citizen()
    with clock.frozen(clock.now().replace(year=2032)), pytest.raises(Invalid) as error:
        begun(person, office, by)
    assert [(one.field, one.code) for one in error.value.faults] == [("expires_on", "expired")]


# --- The officer decides --------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("no_faces_house")
def test_without_the_machine_the_officer_goes_on_with_a_reason(by: Actor, office: OfficeCard) -> None:
    person = citizen(photograph="obama/2")
    enrolment = begun(person, office, by)
    services.take(enrolment=enrolment, data=picture("obama/1"), anyway=False, office=office, by=by)
    assert row(enrolment).proofs["compared"]["detail"]["away"] is True
    with pytest.raises(Invalid) as error:
        services.decide(enrolment=enrolment, same=True, reason=" ", office=office, by=by)
    assert [one.field for one in error.value.faults] == ["reason"]
    services.decide(enrolment=enrolment, same=True, reason="By the ears", office=office, by=by)
    assert {"officer", "face"} <= set(row(enrolment).proofs)


@pytest.mark.django_db
@pytest.mark.usefixtures("faces_house")
def test_against_the_machine_a_reason_is_needed_and_the_officer_prevails(by: Actor, office: OfficeCard) -> None:
    person = citizen(photograph="biden/1")
    enrolment = begun(person, office, by)
    services.take(enrolment=enrolment, data=picture("obama/1"), anyway=True, office=office, by=by)
    assert row(enrolment).proofs["compared"]["detail"]["alike"] is False
    assert row(enrolment).state == State.STARTED  # the machine refuses nobody
    with pytest.raises(Invalid):
        services.decide(enrolment=enrolment, same=True, reason="", office=office, by=by)
    services.decide(enrolment=enrolment, same=True, reason="An accident changed the face", office=office, by=by)
    assert row(enrolment).proofs["officer"]["detail"]["reason"] == "An accident changed the face"


@pytest.mark.django_db
@pytest.mark.usefixtures("no_faces_house")
def test_who_is_somebody_else_is_refused_by_the_officer_with_a_reason(by: Actor, office: OfficeCard) -> None:
    enrolment = begun(citizen(), office, by)
    services.take(enrolment=enrolment, data=picture("obama/1"), anyway=True, office=office, by=by)
    with pytest.raises(Invalid):
        services.decide(enrolment=enrolment, same=False, reason="", office=office, by=by)
    services.decide(enrolment=enrolment, same=False, reason="A brother’s card", office=office, by=by)
    refused = row(enrolment)
    assert (refused.state, refused.reason, refused.decided_by) == ("refused", "A brother’s card", by.label)
    assert portraits.opened(enrolment) is None
    with pytest.raises(WrongState):
        services.decide(enrolment=enrolment, same=True, reason="After all", office=office, by=by)


@pytest.mark.django_db
@pytest.mark.usefixtures("no_faces_house")
def test_another_picture_undoes_what_was_decided_on_the_former(by: Actor, office: OfficeCard) -> None:
    enrolment = recognised(citizen(photograph="obama/2"), office, by)
    searched(enrolment, office, by)
    services.take(enrolment=enrolment, data=picture("obama/3"), anyway=True, office=office, by=by)
    assert not {"officer", "face", "searched", "photograph"} & set(row(enrolment).proofs)
    with pytest.raises(WrongState):
        services.finish(enrolment=enrolment, valid="week", office=office, by=by)


@pytest.mark.django_db
@pytest.mark.usefixtures("no_faces_house")
@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff" + b"x" * 50])
def test_what_is_no_picture_is_said_so(desk: Client, by: Actor, office: OfficeCard, data: bytes) -> None:
    enrolment = begun(citizen(), office, by)
    sent = {"picture": SimpleUploadedFile("0.jpg", data)} if data else {}
    assert desk.post(f"{HOME}{enrolment}/photograph/", sent).status_code == 422
    assert portraits.opened(enrolment) is None


# --- Somebody alike -------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("no_faces_house")
def test_everybody_alike_is_told_apart_before_it_goes_on(desk: Client, by: Actor, office: OfficeCard) -> None:
    person, twin, third = citizen(photograph="obama/2"), citizen(8, photograph="obama/3"), citizen(9)
    enrolment = recognised(person, office, by)
    searched(enrolment, office, by, twin.id, third.id)
    with pytest.raises(WrongState):
        services.finish(enrolment=enrolment, valid="week", office=office, by=by)
    at = f"{HOME}{enrolment}/candidates/"
    page = desk.get(at).content.decode()
    assert "2 people to look at" in page
    for found in candidates.found(enrolment):
        assert desk.post(at, {"candidate": str(found.id), "same": "no"}).status_code == 422  # no reason
        assert desk.post(at, {"candidate": str(found.id), "same": "no", "reason": "A twin"}).status_code == 303
    assert "photograph" in row(enrolment).proofs
    assert [one.action for one in audit.of_subject(f"person:{twin.id}")].count("person.photograph_viewed") >= 1
    services.finish(enrolment=enrolment, valid="week", office=office, by=by)
    assert row(enrolment).level == "2.3"


@pytest.mark.django_db
@pytest.mark.usefixtures("no_faces_house")
def test_where_nobody_can_search_it_is_said_and_kept_for_later(desk: Client, by: Actor, office: OfficeCard) -> None:
    enrolment = recognised(citizen(photograph="obama/2"), office, by)
    response = desk.get(f"{HOME}{enrolment}/candidates/")
    assert response.status_code == 422
    assert "searched" not in row(enrolment).proofs
    assert str(enrolment) in desk.get(HOME).content.decode()


# --- The code -------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("no_faces_house")
def test_the_slip_is_its_makers_alone_and_another_one_voids_it(desk: Client, by: Actor, office: OfficeCard) -> None:
    enrolment = recognised(citizen(), office, by)
    searched(enrolment, office, by)
    services.finish(enrolment=enrolment, valid="here", office=office, by=by)
    first = services.code_of(row(enrolment), by)
    assert bytes(row(enrolment).code or b"") == codes.digest(first)
    colleague = make_officer(registration_office())
    assert services.code_of(row(enrolment), actor_for(colleague)) == ""
    assert codes.shown(first) not in client_for(colleague).get(f"{HOME}{enrolment}/done/").content.decode()
    with pytest.raises(WrongState):
        services.another_code(enrolment=enrolment, valid="week", office=office, by=actor_for(colleague))
    services.another_code(enrolment=enrolment, valid="week", office=office, by=by)
    assert services.code_of(row(enrolment), by) != first
    with pytest.raises(Invalid):
        own.redeem(code=first, birth="13 4 2528", by=actor_for(make_account()))


@pytest.mark.django_db
@pytest.mark.usefixtures("no_faces_house")
def test_a_code_is_good_as_long_as_was_said(by: Actor, office: OfficeCard) -> None:
    enrolment = recognised(citizen(), office, by)
    searched(enrolment, office, by)
    with pytest.raises(Invalid):
        services.finish(enrolment=enrolment, valid="year", office=office, by=by)
    services.finish(enrolment=enrolment, valid="here", office=office, by=by)
    code, account = services.code_of(row(enrolment), by), make_account()
    with clock.frozen(clock.now() + timedelta(minutes=16)), pytest.raises(Invalid):
        own.redeem(code=code, birth="13 4 2528", by=actor_for(account))
    with pytest.raises(Invalid):
        own.redeem(code=code, birth="14 4 2528", by=actor_for(account))
    own.redeem(code=code, birth="13 4 2528", by=actor_for(account))


@given(some.integers(0, 2**40 - 1), some.integers(1, 9))
def test_a_code_is_read_however_it_is_typed(seed: int, number: int) -> None:
    code = codes.of(UUID(int=seed), number)
    typed = codes.shown(code).lower().replace("0", "o").replace("1", "l").replace(" ", " - ")
    assert codes.clean(typed) == code
    assert codes.clean(code[:-1]) == codes.clean(code + "0") == ""


@given(
    some.sampled_from([state.value for state in State]), some.booleans(),
    some.sampled_from(["enrol", "pin", "recover"]),
    some.sets(some.sampled_from(["shown", "taken", "officer", "searched"])), some.integers(0, 3),
)  # fmt: skip
def test_nothing_is_finished_before_everything_is_decided(
    state: str, known: bool, purpose: str, done: set[str], undecided: int
) -> None:
    step = steps.following(state=state, known=known, purpose=purpose, done=done, undecided=undecided)
    if step is Step.FINISH:
        assert known
        assert {"shown", "taken", "officer"} <= done
        assert purpose != "enrol" or ("searched" in done and not undecided)
    assert (step is Step.DONE) == (state != "started")
