"""A hospital's visits: the second service that is given in person, of another agency."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import date, datetime, timedelta

from sala.engine.appointments import booking, rules
from sala.engine.appointments.booking import Taken
from sala.engine.appointments.office import schedules
from sala.engine.catalogue import queries as catalogue
from sala.engine.catalogue.workdays import is_holiday
from sala.engine.hall import counters
from sala.identity.accounts.actor import ANONYMOUS, Actor, Seat
from sala.identity.directory import queries as directory
from sala.identity.directory import services as directory_services
from sala.web.demo.stage import DEMO, PASSWORD, SignIn, at, person, tell

SERVICE, HOSPITAL, MINISTRY = "see-a-doctor", "samut-sakhon-hospital", "ministry-of-public-health"
EMAIL = "nurse.hospital@sala.example"
_GIVEN = ("สมชาย", "มาลี", "ประยุทธ์", "สุนีย์", "วิชัย", "อรทัย", "ณรงค์", "พิมพ์ใจ", "ธีระ", "กนกวรรณ")
_SURNAMES = ("ใจดี", "มหาชัย", "ทะเลทอง", "เกลือขาว", "ศรีสาคร", "บ้านแพ้ว", "ท่าฉลอม")
_CLINICS = ("general", "general", "children", "women", "bones", "skin", "followup")
_ADDRESS = {"line": "12/3 หมู่ 2", "subdistrict": 740101}


def sign_in() -> SignIn:
    return SignIn("Nurse, Samut Sakhon Hospital", EMAIL, PASSWORD, "Another agency: a service by two files and no code")


def play(now: datetime, today: date) -> None:
    """The nurse's post, two counters, and patients on the next two working days."""
    office = directory.office_by_slug(HOSPITAL).id
    nurse = _nurse(office, today)
    service = catalogue.current(SERVICE)
    chance = random.Random(74)  # noqa: S311 - nothing secret
    with at(now - timedelta(hours=1)):
        schedule = schedules.ensure(service, office)
        for name in ("1", "2"):
            counters.define(office=office, name=name, services=(), by=nurse)
    days = [day for n in range(1, 15) if not is_holiday(day := today + timedelta(n)) and day.weekday() < 5][:2]
    for day in days:
        for starts_at in rules.times_of(day, rules.USUAL_HOURS, 15):
            if chance.random() < 0.4:
                with suppress(Taken), at(now - timedelta(hours=1)):
                    booked = booking.book(
                        service=service, schedule=schedule, starts_at=starts_at, answers=[_patient(chance)],
                        by=ANONYMOUS, language="th", channel="web", ahead=True,
                    )  # fmt: skip
                    tell.nobody([booked.reference, *(filed.reference for filed in booked.filed)])


def _nurse(office: int, today: date) -> Actor:
    actor = person(EMAIL, "จันทร์เพ็ญ", "ใจเย็น", phone="+66821000000", language="th")
    assert actor.account_id  # noqa: S101 - it is an account
    directory_services.appoint(
        account=actor.account_id, agency=MINISTRY, role="senior", office=office, since=today, by=DEMO
    )
    return Actor(
        kind="account", id=actor.id, account_id=actor.account_id, name=actor.name, language="th",
        seats=(Seat(MINISTRY, office, "senior"),),
    )  # fmt: skip


def _patient(chance: random.Random) -> dict[str, object]:
    given_name, surname = chance.choice(_GIVEN), chance.choice(_SURNAMES)
    born = date(chance.randint(1945, 2015), chance.randint(1, 12), chance.randint(1, 28))
    return {
        "patient": {"pid": _pid(chance), "given_name": given_name, "surname": surname, "birth_date": born.isoformat()},
        "visit": {"clinic": chance.choice(_CLINICS), "right": chance.choice(["universal", "social_security"])},
        "contact": {"address": _ADDRESS, "email": "patient@sala.example", "phone": "+66834567890"},
    }


def _pid(chance: random.Random) -> str:
    """An identity number whose check digit is right."""
    digits = [chance.choice([1, 3, 5]), *(chance.randint(0, 9) for _ in range(11))]
    total = sum(digit * weight for digit, weight in zip(digits, range(13, 1, -1), strict=True))
    return "".join(map(str, digits)) + str((11 - total % 11) % 10)
