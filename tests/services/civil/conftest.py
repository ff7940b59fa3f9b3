"""Two towns with their registration offices, a house in each, and the people who live there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from sala.engine.cases import filing
from sala.engine.cases.filing import Filed
from sala.engine.catalogue import checking
from sala.engine.catalogue import services as catalogue
from sala.engine.catalogue.loaded import Loaded
from sala.identity.accounts.actor import Actor, system
from sala.identity.accounts.models import Account
from sala.identity.directory import queries as directory
from sala.identity.directory.models import Office
from sala.identity.directory.registration import AGENCY, KIND
from sala.identity.directory.services import OfficeSpec, save_offices
from sala.identity.people import queries, rules, services
from sala.identity.people.models import Ial
from sala.kit import clock
from sala.kit.text import Text
from tests.factories import actor_for, make_account, make_officer

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
OLD_TOWN, NEW_TOWN = 740101, 100402
OLD_HOUSE, NEW_HOUSE, EMPTY_HOUSE = (rules.house_code(f"990100000{n}") for n in (1, 2, 3))
TESTS = system("tests")
CIVIL = Path(__file__).parents[3] / "sala" / "services" / "civil"


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


def register(number: int, given: str, born: date, house: str, role: str = "resident", **more: Any) -> int:
    person = {
        "pid": rules.invented_pid(number),
        "title_th": "นาย", "given_name_th": given, "family_name_th": "ใจดี",
        "title_en": "Mr.", "given_name_en": f"Given{number}".replace(str(number), "x"), "family_name_en": "Jaidee",
        "birth_date": born, "sex": "m", "house_id": house, "house_role": role, "ial": "2.3",
        "card_number": f"1037030705{number:04d}", "card_issued_on": date(2022, 1, 5),
        "card_expires_on": date(2031, 4, 12), **more,
    }  # fmt: skip
    return services.register(person=person, by=TESTS, effective_on=date(2020, 1, 1))


@dataclass
class Town:
    """Numbers of rows, accounts and offices."""

    mover: int
    child: int
    sister: int
    head: int
    account: Account
    head_account: Account
    old_office: Office
    new_office: Office
    officer: Actor
    colleague: Actor
    old_officer: Actor

    @property
    def by(self) -> Actor:
        return actor_for(self.account)

    def pid(self, row: int) -> str:
        found = queries.by_id(row)
        assert found
        return found.pid

    def house_of(self, row: int) -> str | None:
        found = queries.by_id(row)
        return found.house if found else None


@pytest.fixture
def town(offices: dict[int, int]) -> Town:
    specs = [
        OfficeSpec(
            slug=f"registration-{area // 100}", agency=AGENCY, kind=KIND,
            name=Text(th=f"สำนักทะเบียน {area}", en=f"Office {area}"),
            areas=(area // 100,), province=area // 10_000,
        )
        for area in (OLD_TOWN, NEW_TOWN)
    ]  # fmt: skip
    save_offices(specs)
    directory.forget_offices()
    old, new = (Office.objects.get(slug=spec.slug) for spec in specs)
    for code, area, number in ((OLD_HOUSE, OLD_TOWN, "1"), (NEW_HOUSE, NEW_TOWN, "22/3"), (EMPTY_HOUSE, NEW_TOWN, "9")):
        services.register_house(code=code, address={"house_no": number, "subdistrict_id": area}, by=TESTS)
    mover = register(101, "สมชาย", date(1985, 4, 13), OLD_HOUSE)
    father = {"father_pid": rules.invented_pid(101)}
    child = register(
        102, "ต้น", date(2015, 2, 1), OLD_HOUSE, card_number="", card_issued_on=None, card_expires_on=None, **father
    )
    sister = register(103, "สมหญิง", date(1990, 1, 1), OLD_HOUSE, "head", title_th="นางสาว", title_en="Miss", sex="f")
    head = register(104, "วิชัย", date(1960, 1, 1), NEW_HOUSE, "head")
    account, head_account = make_account("mover@example.org"), make_account("head@example.org")
    for one, number in ((account, 101), (head_account, 104)):
        services.link(account=one.id, pid=rules.invented_pid(number), ial=Ial.ENROLLED, by=TESTS)
    return Town(
        mover, child, sister, head, account, head_account, old, new,
        actor_for(make_officer(new)), actor_for(make_officer(new)), actor_for(make_officer(old)),
    )  # fmt: skip


def published(name: str) -> Loaded:
    return catalogue.publish(checking.load_text((CIVIL / f"{name}.yaml").read_text(encoding="utf-8")), by=TESTS)


@pytest.fixture
def move_house(town: Town) -> Loaded:
    return published("move-house")


@pytest.fixture
def correct(town: Town) -> Loaded:
    return published("correct-my-data")


def moving(house: str = NEW_HOUSE, along: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """The answers of a move."""
    move = {"moved_on": "2026-11-15", "lives_there": True, **({"along": list(along)} if along else {}), **more}
    return {"destination": {"house": {"code": house}}, "move": move, "contact": {"email": "mover@example.org"}}


def file(service: Loaded, answers: dict[str, Any], by: Actor) -> Filed:
    return filing.file(service=service, answers=answers, by=by, language="th", channel="web", proven=("pin",))
