"""At an office: a PIN is taken away, or an account is given back to whose it is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sala.engine.messages import letters
from sala.identity.accounts import services as accounts
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.models import Account, Session
from sala.identity.directory.queries import OfficeCard
from sala.identity.enrolment import recovering
from sala.identity.enrolment.letters import letter_for
from sala.identity.enrolment.states import WrongState
from sala.identity.enrolment.station import services
from sala.identity.people import queries
from sala.identity.wallet import pins
from sala.identity.wallet.models import Pin
from sala.kit import audit, clock, sql
from sala.kit.errors import Conflict, Invalid
from tests.factories import PASSWORD, actor_for, make_account, make_officer
from tests.identity.enrolment.office import begun, citizen, link, recognised, registration_office, row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("register_keys", "no_faces_house")]


@pytest.fixture
def by(office: OfficeCard) -> Actor:
    return actor_for(make_officer(registration_office()))


@pytest.fixture
def person(office: OfficeCard) -> queries.PersonCard:
    return citizen(photograph="obama/2")


@pytest.fixture
def account(person: queries.PersonCard) -> Account:
    """Theirs, with a PIN."""
    made = make_account(language="en")
    link(made, person)
    Pin.objects.create(account_id=made.id, hash="x", failures=10, changed_at=clock.now())
    return made


def letter() -> dict[str, Any]:
    rows = sql.fetch_all("SELECT payload FROM kit_outboxevent WHERE topic = 'enrolment.letter' ORDER BY id")
    found = letter_for(msgspec.json.decode(rows[-1][0]))
    assert found
    return found


def test_a_locked_pin_is_opened_by_who_knows_their_face(
    person: queries.PersonCard, account: Account, by: Actor, office: OfficeCard
) -> None:
    enrolment = recognised(person, office, by, "pin")
    assert pins.standing(by=actor_for(account)) == "locked"
    services.finish(enrolment=enrolment, valid="", office=office, by=by)
    assert pins.standing(by=actor_for(account)) == "none"
    assert row(enrolment).state == "done"
    written = letter()
    assert (written["kind"], written["to"]) == ("office_pin_forgotten", account.email)
    for language in ("th", "en"):
        assert written["context"]["office"] in letters.render(written["kind"], language, written["context"]).text
    assert "pin.forgotten_at_office" in [entry.action for entry in audit.of_subject(f"account:{account.id}")]
    with pytest.raises(WrongState):
        services.finish(enrolment=enrolment, valid="", office=office, by=by)


def test_an_account_is_given_back_and_nothing_opens_it_but_the_slip(
    person: queries.PersonCard, account: Account, by: Actor, office: OfficeCard
) -> None:
    actor_for(account)  # somebody is signed in
    enrolment = recognised(person, office, by, "recover")
    services.finish(enrolment=enrolment, valid="here", office=office, by=by)
    assert not Session.objects.filter(account=account, ended_at=None).exists()
    assert not Pin.objects.filter(account=account).exists()
    with pytest.raises(Invalid):
        accounts.sign_in(email=account.email, password=PASSWORD, browser=accounts.Browser())
    written = letter()
    assert written["kind"] == "office_recovered"
    code = services.code_of(row(enrolment), by)
    assert code not in letters.render(written["kind"], "en", written["context"]).text
    fresh = "another one that is long"
    with pytest.raises(Invalid):
        recovering.renew_by_code(code=code, birth="14 4 2528", password=fresh, browser=accounts.Browser())
    signed_in = recovering.renew_by_code(code=code, birth="13 4 2528", password=fresh, browser=accounts.Browser())
    assert signed_in.account_id == account.id
    assert accounts.sign_in(email=account.email, password=fresh, browser=accounts.Browser()).account_id == account.id


def test_nothing_is_opened_before_the_officer_said_who_it_is(
    person: queries.PersonCard, account: Account, by: Actor, office: OfficeCard
) -> None:
    enrolment = begun(person, office, by, "pin")
    with pytest.raises(WrongState):
        services.finish(enrolment=enrolment, valid="", office=office, by=by)
    assert Pin.objects.filter(account=account).exists()


@pytest.mark.parametrize("purpose", ["pin", "recover"])
def test_where_no_account_is_there_is_none_to_open(
    person: queries.PersonCard, by: Actor, office: OfficeCard, purpose: str
) -> None:
    with pytest.raises(Conflict):
        begun(person, office, by, purpose)
