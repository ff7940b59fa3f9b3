"""A family that moves house: who asks, whose consent it takes, and the office that decides."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sala.engine.cases import filing
from sala.engine.catalogue import queries as catalogue
from sala.identity.accounts.actor import Actor
from sala.identity.accounts.services import Browser
from sala.identity.directory import registration
from sala.identity.directory import services as directory
from sala.identity.people import guardians, rules, services
from sala.identity.people import queries as people_queries
from sala.identity.wallet import pins
from sala.web.demo.stage import DEMO, PASSWORD, SignIn, at, person, tell

SERVICE = "move-house"
MOVER, HEAD, OFFICER = "suda@sala.example", "prasert@sala.example", "registrar.samutsakhon@sala.example"
PIN = "482915"
OLD_TOWN, NEW_TOWN = 730101, 740101
OLD_HOUSE, NEW_HOUSE = (rules.house_code(f"990100{n:04d}") for n in (1001, 1002))
_FIRST = 900_000_101


def sign_ins() -> list[SignIn]:
    return [
        SignIn(
            "Suda, who moves house with her son",
            MOVER,
            PASSWORD,
            f"My requests: waits for a consent; My data: her son’s; PIN {PIN}",
        ),
        SignIn("Prasert, head of the new house", HEAD, PASSWORD, f"My ID: his consent is asked; PIN {PIN}"),
        SignIn("Registration officer, Samut Sakhon", OFFICER, PASSWORD, "Officers’ desk: the move; the civil register"),
    ]


def play(now: datetime, today: date) -> None:
    """Once: registered, and asked for yesterday."""
    if people_queries.by_pid(rules.invented_pid(_FIRST)):
        return
    _houses()
    mover, head = _account(MOVER, "สุดา", "ตั้งใจ"), _account(HEAD, "ประเสริฐ", "ตั้งใจ")
    _enter(0, "นาง", "สุดา", "Mrs.", "Suda", date(1988, 3, 4), OLD_HOUSE, account=mover, sex="f", house_role="head")
    _enter(1, "เด็กชาย", "ภูมิ", "Master", "Phum", date(2016, 8, 9), OLD_HOUSE, mother_pid=rules.invented_pid(_FIRST))
    _enter(2, "นาย", "ประเสริฐ", "Mr.", "Prasert", date(1959, 12, 1), NEW_HOUSE, account=head, house_role="head")
    _mother_acts_for_her_son()
    _officer(today)
    with at(now - timedelta(hours=20)):
        filed = filing.file(
            service=catalogue.current(SERVICE), answers=_answers(today), by=mover, language="th", channel="web",
            proven=("pin",),
        )  # fmt: skip
        tell([filed.reference], letters=True)


def _houses() -> None:
    for code, number, moo, area in ((OLD_HOUSE, "45/6", "2", OLD_TOWN), (NEW_HOUSE, "12/7", "5", NEW_TOWN)):
        services.register_house(code=code, address={"house_no": number, "moo": moo, "subdistrict_id": area}, by=DEMO)


def _account(email: str, given_name: str, surname: str) -> Actor:
    actor = person(email, given_name, surname, phone="+66812345671", language="th")
    pins.choose(pin=PIN, by=actor, browser=Browser(), password=PASSWORD)
    return actor


def _enter(  # noqa: PLR0917 - a line of the register
    number: int, title: str, name: str, title_en: str, name_en: str, born: date, house: str, *,
    account: Actor | None = None, **more: Any,
) -> None:  # fmt: skip
    entry = {
        "pid": rules.invented_pid(_FIRST + number), "title_th": title, "given_name_th": name,
        "family_name_th": "ตั้งใจ", "title_en": title_en, "given_name_en": name_en, "family_name_en": "Tangchai",
        "birth_date": born, "sex": "m", "house_id": house, "house_role": "resident", "ial": "2.3", **more,
    }  # fmt: skip
    services.register(person=entry, by=DEMO)
    if account and account.account_id:
        services.link_enrolled(account=account.account_id, pid=entry["pid"], by=DEMO)


def _mother_acts_for_her_son() -> None:
    mother, son = (people_queries.by_pid(rules.invented_pid(_FIRST + n)) for n in (0, 1))
    assert mother  # noqa: S101 - just registered
    assert son  # noqa: S101 - just registered
    document = "สูติบัตร 118/2559"
    guardians.record(guardians.Wish(mother.id, son.id, "parent", document, since=son.birth_date), by=DEMO)


def _officer(today: date) -> None:
    actor = person(OFFICER, "วราภรณ์", "ทะเบียนดี", phone="+66821000000", language="th")
    office = registration.responsible(NEW_TOWN)
    assert actor.account_id  # noqa: S101 - it is an account
    directory.appoint(
        account=actor.account_id, agency=registration.AGENCY, role="senior", office=office, since=today, by=DEMO
    )


def _answers(today: date) -> dict[str, Any]:
    return {
        "destination": {"house": {"code": NEW_HOUSE}},
        "move": {
            "along": [rules.invented_pid(_FIRST + 1)],
            "moved_on": (today - timedelta(days=5)).isoformat(),
            "lives_there": True,
        },
        "contact": {"email": MOVER, "phone": "+66812345671"},
    }
