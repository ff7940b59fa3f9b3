"""A registration office, its officers, and people who come to it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sala.identity.accounts.actor import Actor, system
from sala.identity.accounts.models import Account
from sala.identity.directory import queries as directory
from sala.identity.directory.models import Office
from sala.identity.directory.queries import OfficeCard
from sala.identity.enrolment import candidates
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.station import services
from sala.identity.enrolment.station.services import CardShown
from sala.identity.faces.services import Alike
from sala.identity.people import biometrics, cards, queries, rules
from sala.identity.people import services as people
from sala.identity.people.models import Ial
from tests.faces_house import picture
from tests.factories import make_office

BY = system("test")
LASER = "JT9-1234567-89"
EXPIRES = date(2031, 7, 18)
CARD = CardShown(LASER, EXPIRES)
_SOMCHAI: dict[str, Any] = {
    "title_th": "นาย", "given_name_th": "สมชาย", "family_name_th": "ใจดี", "title_en": "Mr.", "given_name_en": "Somchai",
    "family_name_en": "Jaidee", "birth_date": date(1985, 4, 13), "sex": "m", "house_no": "99/1", "moo": "4",
    "subdistrict_id": 740101, "card_number": "12345678901234", "card_issued_on": date(2022, 7, 20),
    "card_expires_on": EXPIRES,
}  # fmt: skip


def registration_office(slug: str = "registration-7401") -> Office:
    made = make_office(slug, "registration-office", "provincial-administration")
    made.province = 74
    made.save()
    directory.forget_offices()
    return made


def office_card(office: Office) -> OfficeCard:
    return directory.office(office.id)


def citizen(number: int = 7, *, photograph: str = "", **given: Any) -> queries.PersonCard:
    """Somebody who stands in the register, with a card; with a photograph, if one is named."""
    row = people.register(person={**_SOMCHAI, "pid": rules.invented_pid(number), **given}, by=BY)
    cards.keep_laser(person=row, laser=LASER, by=BY)
    if photograph:
        biometrics.keep_photograph(person=row, data=picture(photograph), by=BY)
    found = queries.by_id(row)
    assert found
    return found


def link(account: Account, person: queries.PersonCard, ial: str = "1.3") -> None:
    people.link(account=account.id, pid=person.pid, ial=Ial(ial), by=BY)


def begun(person: queries.PersonCard, office: OfficeCard, by: Actor, purpose: str = "enrol") -> UUID:
    """An enrolment with somebody whose card fits."""
    enrolment = uuid4()
    services.begin(enrolment=enrolment, person=person.id, purpose=purpose, card=CARD, office=office, by=by)
    return enrolment


def recognised(person: queries.PersonCard, office: OfficeCard, by: Actor, purpose: str = "enrol") -> UUID:
    """One whose picture was taken, and whom the officer knows again."""
    enrolment = begun(person, office, by, purpose)
    services.take(enrolment=enrolment, data=picture("obama/1"), anyway=True, office=office, by=by)
    services.decide(enrolment=enrolment, same=True, reason="By the ears", office=office, by=by)
    return enrolment


def searched(enrolment: UUID, office: OfficeCard, by: Actor, *alike: int) -> None:
    """That these people were found to be like."""
    with services.held(enrolment, office, by) as row:
        candidates.note(row, [Alike(person, 0.95) for person in alike], by)


def row(enrolment: UUID) -> Enrolment:
    return Enrolment.objects.get(id=enrolment)
