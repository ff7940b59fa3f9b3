"""The registers keep one contract, whoever keeps them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from sala.kit import clock
from sala.services.immigration import registers
from sala.services.immigration.contract import Person
from sala.services.immigration.models import ImmigrationRecord, Warrant
from sala.services.immigration.remote import RemoteRegister
from sala.services.immigration.rules import match, name_key
from sala.services.immigration.tables import TableRegister
from tests.services.immigration.standin import StandIn, serving

RECORD = {
    "passport_no": "MB123456", "nationality": "MMR", "given_name": "ZAW MIN", "surname": "", "birth_date": "1990-04-12",
    "arrived_on": "2026-01-05", "arrival_card_no": "", "permitted_until": "2027-01-04", "last_report_on": "2026-07-01",
}  # fmt: skip
BY_PASSPORT = {
    "number": "จ.12/2569", "passport_no": "P7654321", "nationality": "", "given_name": "IVAN", "surname": "PETROV",
    "birth_date": None, "issued_on": "2026-03-01",
}  # fmt: skip
BY_NAME = {
    "number": "จ.13/2569", "passport_no": "", "nationality": "GBR", "given_name": "JOHN", "surname": "SMITH",
    "birth_date": "1980-02-03", "issued_on": "2026-03-02",
}  # fmt: skip
WITHOUT_BIRTH_DATE = {**BY_NAME, "number": "จ.14/2569", "birth_date": None, "issued_on": "2026-01-01"}
WARRANTS = [BY_PASSPORT, BY_NAME, WITHOUT_BIRTH_DATE]
WITHDRAWN = {**BY_PASSPORT, "number": "จ.1/2560", "passport_no": "W0000001", "withdrawn_on": "2026-01-01"}


def fill_tables() -> None:
    ImmigrationRecord.objects.create(**RECORD)
    for row in [*WARRANTS, WITHDRAWN]:
        Warrant.objects.create(**row, name_key=name_key(row["given_name"], row["surname"]))


@pytest.fixture(params=["tables", "service"])
def register(request: pytest.FixtureRequest, db: None) -> Iterator[Any]:
    if request.param == "tables":
        fill_tables()
        yield TableRegister()
    else:
        with serving(StandIn([RECORD], WARRANTS)) as standin:
            yield RemoteRegister(standin.url)


def person(**changed: Any) -> Person:
    given = {
        "passport_no": "X1", "nationality": "GBR", "given_name": "John", "middle_name": "", "surname": "Smith",
        "birth_date": date(1980, 2, 3),
    }  # fmt: skip
    return Person(**{**given, **changed})


def test_a_known_passport_yields_its_record(register: Any) -> None:
    found = register.record(passport_no="MB123456", nationality="MMR")
    assert (found.given_name, found.surname) == ("ZAW MIN", "")
    assert found.permitted_until == date(2027, 1, 4)
    assert found.last_report_on == date(2026, 7, 1)


def test_a_passport_of_another_country_is_another_passport(register: Any) -> None:
    assert register.record(passport_no="MB123456", nationality="LAO") is None


def test_warrants_are_found_by_passport_whatever_the_name(register: Any) -> None:
    found = register.warrants(person(passport_no="P7654321", given_name="Piotr", surname="Nowak"))
    assert [w.number for w in found] == ["จ.12/2569"]


def test_warrants_are_found_by_name(register: Any) -> None:
    assert {w.number for w in register.warrants(person())} == {"จ.13/2569", "จ.14/2569"}


def test_nobody_is_wanted_under_an_empty_passport_or_another_name(register: Any) -> None:
    assert list(register.warrants(person(passport_no="", given_name="Jane"))) == []


@pytest.mark.django_db
def test_a_withdrawn_warrant_is_no_warrant_from_its_day_on() -> None:
    fill_tables()
    for day, found in ((date(2025, 12, 31), ["จ.1/2560"]), (date(2026, 1, 1), [])):
        with clock.frozen(datetime(day.year, day.month, day.day, 12, tzinfo=clock.THAILAND)):
            wanted = TableRegister().warrants(person(passport_no="W0000001", surname="Nowak"))
        assert [w.number for w in wanted] == found


@pytest.mark.requirement("R-001.33")
@pytest.mark.parametrize(
    ("same_passport", "same_name", "born", "grade"),
    [
        (True, False, date(1970, 1, 1), "passport"),
        (False, True, date(1980, 2, 3), "person"),
        (False, True, None, "name"),
        (False, True, date(1980, 2, 4), None),
        (False, False, date(1980, 2, 3), None),
    ],
)
def test_how_surely_a_warrant_means_a_person(
    same_passport: bool, same_name: bool, born: date | None, grade: str | None
) -> None:
    assert match(same_passport=same_passport, same_name=same_name, born=born, claimed=date(1980, 2, 3)) == grade


FORM = {"passport_no": "MB123456", "nationality": "MMR", "given_name": "Zaw", "middle_name": None, "surname": "Min"}


@pytest.mark.django_db
@pytest.mark.requirement("R-001.28", "R-001.35")
def test_the_record_says_whether_the_person_in_the_form_is_the_same() -> None:
    fill_tables()
    facts = registers.record(**FORM, birth_date="1990-04-12")
    assert facts is not None
    assert (facts["same_name"], facts["same_birth_date"]) == (True, True)
    assert facts["permitted_until"] == "2027-01-04"
    other = registers.record(**{**FORM, "given_name": "Aung"}, birth_date="1990-04-21")
    assert other is not None
    assert (other["same_name"], other["same_birth_date"]) == (False, False)


@pytest.mark.django_db
def test_facts_that_the_register_does_not_have_are_absent() -> None:
    ImmigrationRecord.objects.create(**{**RECORD, "last_report_on": None})
    facts = registers.record(**FORM, birth_date="1990-04-12")
    assert facts is not None
    assert "last_report_on" not in facts


@pytest.mark.django_db
def test_a_form_without_a_passport_asks_no_register() -> None:
    assert registers.record(passport_no=None, nationality="MMR") is None
    assert registers.warrant(passport_no=None, nationality=None, given_name=None, birth_date=None) is None


@pytest.mark.django_db
def test_of_several_warrants_the_surest_is_told() -> None:
    fill_tables()
    asked = {"passport_no": "X1", "nationality": "GBR", "given_name": "John", "surname": "Smith"}
    sure = registers.warrant(**asked, birth_date="1980-02-03")
    unsure = registers.warrant(**asked, birth_date="1999-09-09")
    assert sure is not None
    assert unsure is not None
    assert (sure["number"], sure["match"]) == ("จ.13/2569", "person")
    assert (unsure["number"], unsure["match"]) == ("จ.14/2569", "name")


@pytest.mark.django_db
def test_a_ministry_switches_its_own_service_on_by_a_setting(settings: Settings) -> None:
    with serving(StandIn([RECORD], [])) as standin:
        settings.IMMIGRATION_REGISTER_URL = standin.url
        settings.IMMIGRATION_REGISTER_TOKEN = "secret"
        facts = registers.record(**FORM, birth_date="1990-04-12")
    assert facts is not None
    assert standin.asked == [("/api/records/find", {"passport_no": "MB123456", "nationality": "MMR"}, "Bearer secret")]


@pytest.mark.requirement("R-001.39")
@pytest.mark.parametrize(
    "answer",
    [(500, b"{}"), (404, b"{}"), (200, b"<html>"), (200, b'{"record": {"passport_no": 1}}'), (200, b"")],
)
def test_an_answer_out_of_form_is_a_register_out_of_reach(answer: tuple[int, bytes]) -> None:
    with serving(StandIn([], []), lambda _path, _asked: answer) as standin, pytest.raises(OSError, match=r"\w"):
        RemoteRegister(standin.url).record(passport_no="A1", nationality="GBR")


@pytest.mark.requirement("R-001.39")
def test_a_register_that_is_down_or_silent_is_out_of_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(OSError, match="timed out"):
            RemoteRegister(url, timeout=0.05).record(passport_no="A1", nationality="GBR")
    with pytest.raises(OSError, match="refused"):
        RemoteRegister(url, timeout=0.05).record(passport_no="A1", nationality="GBR")


def test_an_address_that_is_no_web_address_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="SALA_IMMIGRATION_REGISTER_URL"):
        RemoteRegister("file:///etc/passwd")
