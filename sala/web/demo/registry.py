"""The registration office of a district: who keeps the register there, and whom they can enrol."""

from __future__ import annotations

from datetime import date
from typing import Any

from sala.identity.directory import queries as directory
from sala.identity.directory import registration
from sala.identity.directory import services as appointments
from sala.identity.people import cards, rules
from sala.identity.people import queries as people_queries
from sala.identity.people import services as people
from sala.web.demo.stage import DEMO, PASSWORD, SignIn, person

OFFICE = "registration-7401"
OFFICER, SENIOR = "counter@sala.example", "counter.senior@sala.example"
_NUMBER = 900_000_021
PID = rules.invented_pid(_NUMBER)
LASER = cards.laser_of_invented(_NUMBER)
_EXPIRES = date(2031, 7, 18)
_NAMES = {"officer": (OFFICER, "อรุณี", "นายทะเบียน"), "senior": (SENIOR, "วิชัย", "หัวหน้างาน")}
_WANTHA: dict[str, Any] = {
    "pid": PID, "title_th": "นาง", "given_name_th": "วรรณา", "family_name_th": "แม่กลอง", "title_en": "Mrs.",
    "given_name_en": "Wanna", "family_name_en": "Maeklong", "birth_date": date(1971, 2, 3), "sex": "f",
    "house_no": "14", "moo": "2", "subdistrict_id": 740101, "card_number": "12345678901299",
    "card_issued_on": date(2022, 7, 20), "card_expires_on": _EXPIRES,
}  # fmt: skip


def sign_ins() -> list[SignIn]:
    return [
        SignIn(
            "Registrar at a district office", OFFICER, PASSWORD,
            f"/desk/enrolment/: enrol Wanna, number {PID}, code on the card {LASER}, expires 18 7 2574",
        ),
        SignIn("Senior registrar there", SENIOR, PASSWORD, "/desk/enrolment/review/: decides on faces found twice"),
    ]  # fmt: skip


def play(today: date) -> None:
    """The office, its officers, and somebody who has a card and was never enrolled. May be repeated."""
    if people_queries.by_pid(PID) is not None:
        return
    appointments.save_offices([spec for spec in registration.specs() if spec.slug == OFFICE])
    directory.forget_offices()
    office = directory.office_by_slug(OFFICE).id
    for role, (email, given_name, surname) in _NAMES.items():
        account = person(email, given_name, surname, phone="+66821000001", language="th").account_id
        assert account  # noqa: S101 - it is an account
        appointments.appoint(
            account=account, agency=registration.AGENCY, role=role, office=office, since=today, by=DEMO
        )
    row = people.register(person=_WANTHA, by=DEMO)
    cards.keep_laser(person=row, laser=LASER, by=DEMO)
