"""The registration desk: who may, what is recorded, what an officer can do, and what they are told."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some

from sala.identity.accounts.actor import system
from sala.identity.accounts.models import Account
from sala.identity.directory import queries as directory
from sala.identity.directory.models import Office
from sala.identity.people import proposing, queries, rules, services
from sala.identity.people.models import Ial
from sala.identity.people.rules import written_house
from sala.identity.registrar import forms
from sala.kit import audit, clock
from tests.factories import client_for, make_account, make_officer

BY = system("test")
HOME = "/desk/register/"
HOUSE = rules.house_code("7401000001")
NOTE = {"reason": "Mistyped", "document": "KR.2 no. 41/12"}
SOMCHAI: dict[str, Any] = {
    "pid": rules.invented_pid(7), "title_th": "นาย", "given_name_th": "สมชาย", "family_name_th": "ใจดี",
    "title_en": "Mr.", "given_name_en": "Somchai", "family_name_en": "Jaidee", "birth_date": date(1985, 4, 13),
    "sex": "m", "house_no": "99/1", "moo": "4", "subdistrict_id": 740101,
}  # fmt: skip


@pytest.fixture
def card(offices: dict[int, int]) -> queries.PersonCard:
    services.register(person=SOMCHAI, by=BY)
    found = queries.by_pid(SOMCHAI["pid"])
    assert found
    return found


def opened(desk: Client, **asked: str) -> str:
    """The address of the entry that is found."""
    response = desk.post(HOME, asked or {"pid": SOMCHAI["pid"]})
    assert response.status_code == 303, response.content.decode()
    return str(response.headers["Location"])


def looks(card: queries.PersonCard) -> list[str]:
    return [entry.actor for entry in audit.of_subject(f"person:{card.id}") if entry.action == "person.viewed"]


def sent(desk: Client, address: str, **typed: str) -> Any:
    """The form as its page has it, with what is typed."""
    page = desk.get(address).content.decode()
    boxes = re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?(?:value="([^"]*)")?[^>]*?>', page)
    known = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) for name, _ in boxes}
    kept = {name: found[1] for name, found in known.items() if found}
    return desk.post(address, kept | NOTE | typed)


@pytest.mark.requirement("R-004.12")
def test_somebody_is_found_by_number_or_by_name_and_the_look_is_recorded(
    desk: Client, officer: Account, card: queries.PersonCard
) -> None:
    spaced = f"{card.pid[0]} {card.pid[1:5]}-{card.pid[5:]}"
    for asked in (
        {"pid": spaced}, {"given_name": "สมชาย", "family_name": "ใจดี", "birth_date": "13/4/2528"},
        {"given_name": "somchai", "family_name": "JAIDEE", "birth_date": "13 4 1985"},
    ):  # fmt: skip
        address = opened(desk, **asked)
        assert card.pid not in address
        page = desk.get(address).content.decode()
        assert "Mr. Somchai Jaidee" in page
        assert "99/1, Moo 4" in page
    assert looks(card) == [f"account:{officer.id}"] * 3


def test_several_of_one_name_are_told_apart_by_their_address(desk: Client, card: queries.PersonCard) -> None:
    services.register(person=SOMCHAI | {"pid": rules.invented_pid(8), "house_no": "12"}, by=BY)
    asked = {"given_name": "สมชาย", "family_name": "ใจดี", "birth_date": "13 4 2528"}
    page = desk.post(HOME, asked).content.decode()
    assert "99/1, Moo 4" in page
    assert "12, Moo 4" in page
    assert looks(card) == []


@pytest.mark.parametrize(
    "asked",
    [{}, {"pid": "1234567890123"}, {"pid": rules.invented_pid(9)}, {"given_name": "สมชาย", "family_name": "ใจดี"},
     {"given_name": "สมชาย", "family_name": "ใจดี", "birth_date": "31 2 2528"}],
)  # fmt: skip
def test_who_is_not_found_is_said_so(desk: Client, card: queries.PersonCard, asked: dict[str, str]) -> None:
    response = desk.post(HOME, asked)
    assert response.status_code == 422
    assert "govuk-error-summary" in response.content.decode()


def test_an_address_is_its_officers_alone(desk: Client, office: Office, card: queries.PersonCard) -> None:
    address = opened(desk)
    assert client_for(make_officer(office)).get(address).status_code == 404
    assert desk.get(address.replace("/person/", "/person/x")).status_code == 404


@pytest.mark.parametrize("role", ["manager", "auditor", "administrator"])
def test_to_others_it_does_not_exist(office: Office, role: str) -> None:
    others = [make_officer(office, role), make_officer(), make_account()]
    directory.forget_offices()
    for account in others:
        for address in (HOME, f"{HOME}birth/", f"{HOME}house/", f"{HOME}person/x/"):
            assert client_for(account).get(address).status_code == 404


def test_a_correction_is_seen_at_once_with_reason_and_office(
    desk: Client, office: Office, card: queries.PersonCard
) -> None:
    address = opened(desk)
    response = sent(desk, f"{address}details/", father_name_th="สมบัติ", effective_on="1 10 2569", sex="m")
    assert response.status_code == 303, response.content.decode()
    now = queries.by_pid(card.pid)
    assert now
    assert now.father_name_th == "สมบัติ"
    change = queries.history(card.id)[-1]
    assert (change.office, change.document, change.effective_on) == (office.id, NOTE["document"], date(2026, 10, 1))
    page = desk.get(address).content.decode()
    assert "Mistyped" in page
    assert office.name_en in page
    then = desk.get(address, {"on": "1 10 2569"}).content.decode()
    assert "As it was on 1 October 2026" in then
    assert "Nothing is known" in desk.get(address, {"on": "30 9 2569"}).content.decode()
    assert "Enter a day that there is" in desk.get(address, {"on": "31 2 2569"}).content.decode()


def test_the_address_is_in_the_pages_language(desk: Client, card: queries.PersonCard) -> None:
    address = opened(desk)
    places = [place.name for place in reversed(directory.area_path(card.subdistrict))]
    assert f"99/1, Moo 4, {', '.join(place.en for place in places)}" in desk.get(address).content.decode()
    assert f"99/1 หมู่ที่ 4 ตำบล{places[0].th}" in desk.get(address, {"lang": "th"}).content.decode()


def test_a_correction_without_a_day_was_always_so_and_leaves_the_rest(
    desk: Client, office: Office, card: queries.PersonCard
) -> None:
    """The form has every field of today in it; only what was corrected is carried back to the birth."""
    services.amend(
        pid=card.pid, changes={"mother_name_th": "มาลี"}, by=BY, reason="Found", effective_on=date(2020, 1, 1)
    )
    address = opened(desk)
    assert 'name="effective_on" type="text" value' not in desk.get(f"{address}details/").content.decode()
    assert sent(desk, f"{address}details/", father_name_th="สมบัติ", sex="m").status_code == 303
    change = queries.history(card.id)[-1]
    assert (change.after, change.effective_on) == ({"father_name_th": "สมบัติ"}, card.birth_date)
    # And a correction of a correction holds, though the former has a later day
    assert sent(desk, f"{address}details/", mother_name_th="มาลัย", sex="m").status_code == 303
    now = queries.by_pid(card.pid)
    assert now
    assert (now.father_name_th, now.mother_name_th) == ("สมบัติ", "มาลัย")
    assert queries.history(card.id)[-1].effective_on == date(2020, 1, 1)


def test_a_birth_date_put_right_holds_from_that_day(desk: Client, office: Office, card: queries.PersonCard) -> None:
    response = sent(desk, f"{opened(desk)}details/", birth_date="13 4 2527", sex="m")
    assert response.status_code == 303
    waiting = proposing.of_person(card.id)
    assert waiting
    assert (waiting.effective_on, waiting.changes) == (date(1984, 4, 13), {"birth_date": "1984-04-13"})


def test_since_when_a_nationality_is_held_is_asked(desk: Client, card: queries.PersonCard) -> None:
    response = sent(desk, f"{opened(desk)}details/", nationality="LAO", sex="m")
    assert response.status_code == 422
    assert 'href="#effective_on"' in response.content.decode()


@pytest.mark.parametrize(
    ("act", "typed", "fault"),
    [
        ("details", {"document": ""}, "#document"), ("details", {"birth_date": "31 2 2528"}, "#birth_date"),
        ("details", {"reason": ""}, "#reason"), ("name", {"given_name_th": "Somchai"}, "#given_name_th"),
        ("move", {"house_id": "74010000010"}, "#house_id"), ("death", {"died_on": ""}, "#died_on"),
        ("details", {"effective_on": "1 1 2600"}, "#effective_on"),
        ("details", {"mother_pid": SOMCHAI["pid"]}, "#mother_pid"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(
    desk: Client, card: queries.PersonCard, act: str, typed: dict[str, str], fault: str
) -> None:
    response = sent(desk, f"{opened(desk)}{act}/", **{"sex": "m", **typed})
    assert response.status_code == 422
    assert f'href="{fault}"' in response.content.decode()
    assert len(queries.history(card.id)) == 1


def test_who_comes_second_is_shown_what_changed_and_keeps_what_was_typed(
    desk: Client, card: queries.PersonCard
) -> None:
    address = f"{opened(desk)}name/"
    version = str(queries.version(card.id))
    services.amend(pid=card.pid, changes={"family_name_th": "มั่นคง"}, by=BY, reason="Marriage")
    names = {name: str(getattr(card, name)) for name in queries.FIELDS if name.endswith(("_th", "_en"))}
    typed = names | NOTE | {"given_name_th": "สมหมาย", "effective_on": forms.today(), "version": version}
    response = desk.post(address, typed)
    page = response.content.decode()
    assert response.status_code == 409
    assert "มั่นคง" in page
    assert 'value="สมหมาย"' in page
    assert 'name="version" value="2"' in page
    assert len(queries.history(card.id)) == 2


def test_a_house_is_entered_and_moved_into(desk: Client, card: queries.PersonCard) -> None:
    done = desk.post(f"{HOME}house/", {"house_id": HOUSE, "house_no": "5", "subdistrict_id": "740102"})
    assert HOUSE in done.content.decode()
    address = opened(desk)
    assert sent(desk, f"{address}move/", house_id=HOUSE, house_role="head").status_code == 303
    now = queries.by_pid(card.pid)
    assert now
    assert (now.house_no, now.subdistrict, now.house_role) == ("5", 740102, "head")
    assert written_house(HOUSE) in desk.get(address).content.decode()


def test_a_birth_gives_a_number_and_the_mothers_house(desk: Client) -> None:
    services.register_house(code=HOUSE, address={"house_no": "5", "subdistrict_id": 740101}, by=BY)
    mother = SOMCHAI | {"pid": rules.invented_pid(9), "sex": "f", "house_id": HOUSE, "house_role": "head"}
    services.register(person=mother, by=BY)
    child = {
        "title_th": "เด็กหญิง", "given_name_th": "มาลี", "family_name_th": "ใจดี", "title_en": "Miss",
        "given_name_en": "Mali", "family_name_en": "Jaidee", "birth_date": forms.today(), "sex": "f",
        "mother_pid": mother["pid"], "document": "Birth certificate 1/1",
    }  # fmt: skip
    given_to = []
    for name in ("มาลี", "มาลัย"):
        response = desk.post(f"{HOME}birth/", child | {"given_name_th": name})
        assert response.status_code == 303, response.content.decode()
        given_to.append(response.headers["Location"])
    members = queries.household(HOUSE)
    assert [one.given_name_th for one in members] == ["สมชาย", "มาลี", "มาลัย"]
    assert all(rules.is_pid(one.pid) for one in members)
    assert len({one.pid for one in members}) == 3
    assert queries.as_of(members[1].pid, clock.today()) == members[1]
    assert desk.post(f"{HOME}birth/", child | {"mother_pid": ""}).status_code == 422


def test_a_death_ends_the_link_at_once(desk: Client, card: queries.PersonCard) -> None:
    account = make_account()
    services.link(account=account.id, pid=card.pid, ial=Ial.FACE, by=BY)
    address = opened(desk)
    assert sent(desk, f"{address}death/", died_on=forms.today()).status_code == 303
    assert queries.of_account(account.id) is None
    assert desk.get(f"{address}move/").status_code == 404
    assert desk.get(f"{address}details/").status_code == 200


def test_no_officer_changes_their_own(desk: Client, officer: Account, card: queries.PersonCard) -> None:
    services.link(account=officer.id, pid=card.pid, ial=Ial.FACE, by=BY)
    response = sent(desk, f"{opened(desk)}details/", nationality="JPN", effective_on=forms.today(), sex="m")
    assert response.status_code == 422
    assert "own entry" in response.content.decode()


@given(some.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_a_day_is_read_in_both_eras(day: date) -> None:
    for year in (day.year, day.year + 543):
        for text in (f"{day.day} {day.month} {year}", f"{day.day:02d}/{day.month:02d}/{year}"):
            assert forms.day(text) == day
    assert forms.day(day.isoformat()) == day
