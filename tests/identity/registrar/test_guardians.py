"""The desk's pages about guardians: proposed, recorded after a look, ended, and read by who acts."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from sala.identity.accounts.models import Account
from sala.identity.people import guardians, queries, rules, services
from sala.identity.people.models import Ial
from sala.kit import audit, clock
from tests.factories import client_for, make_account
from tests.identity.registrar.test_desk import BY, SOMCHAI, opened

pytestmark = pytest.mark.django_db
MALI: dict[str, Any] = SOMCHAI | {
    "pid": rules.invented_pid(8), "title_th": "นาง", "given_name_th": "มาลี", "title_en": "Mrs.",
    "given_name_en": "Mali", "sex": "f", "birth_date": date(1990, 5, 5),
}  # fmt: skip
NIDA: dict[str, Any] = SOMCHAI | {
    "pid": rules.invented_pid(9), "title_th": "เด็กหญิง", "given_name_th": "นิดา", "title_en": "Miss",
    "given_name_en": "Nida", "sex": "f", "birth_date": date(2018, 3, 1), "mother_pid": MALI["pid"],
}  # fmt: skip
PAPER = {"document": "Birth certificate 1/1", "ground": "parent", "since": "1 3 2561"}


def card(person: dict[str, Any]) -> queries.PersonCard:
    services.register(person=person, by=BY)
    found = queries.by_pid(person["pid"])
    assert found
    return found


@pytest.fixture
def mali(offices: dict[int, int]) -> queries.PersonCard:
    return card(MALI)


@pytest.fixture
def nida(mali: queries.PersonCard) -> queries.PersonCard:
    return card(NIDA)


@pytest.fixture
def at(desk: Client, nida: queries.PersonCard) -> str:
    """The address of the child's guardians."""
    return f"{opened(desk, pid=nida.pid)}guardians/"


def hidden(page: str) -> dict[str, str]:
    boxes = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value for name, value in boxes if name != "csrfmiddlewaretoken"}


@pytest.mark.requirement("R-004.12")
def test_a_parent_is_proposed_shown_and_recorded(
    desk: Client,
    at: str,
    mali: queries.PersonCard,
    nida: queries.PersonCard,
) -> None:
    page = desk.get(at).content.decode()
    assert "Mrs. Mali Jaidee" in page
    assert "parent=mother" in page
    form = desk.get(f"{at}new/?parent=mother").content.decode()
    assert MALI["pid"] in form
    assert 'value="1 3 2018"' in form
    sure = desk.post(f"{at}new/", PAPER | {"pid": MALI["pid"]})
    assert sure.status_code == 200
    assert "28 February 2038" in sure.content.decode()
    assert guardians.ever(nida.id) == []
    assert desk.post(f"{at}new/", hidden(sure.content.decode())).status_code == 303
    assert guardians.may_act(mali.id, nida.id, clock.today())
    page = desk.get(at).content.decode()
    assert "parent=mother" not in page
    assert "Birth certificate 1/1" in page
    looks = [one for one in audit.of_subject(f"person:{mali.id}") if one.action == "person.viewed"]
    assert looks  # who is named is told of it


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ({"pid": "123"}, "#pid"), ({"pid": rules.invented_pid(99)}, "#pid"), ({"pid": NIDA["pid"]}, "#pid"),
        ({"since": "31 2 2561"}, "#since"), ({"since": "1 1 2560"}, "#since"), ({"until": "x"}, "#until"),
        ({"until": "1 1 2562"}, "#until"), ({"document": ""}, "#document"), ({"ground": ""}, "#ground"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(desk: Client, at: str, typed: dict[str, str], place: str) -> None:
    response = desk.post(f"{at}new/", PAPER | {"pid": MALI["pid"]} | typed)
    assert response.status_code == 422
    assert f'href="{place}"' in response.content.decode()


def test_another_than_the_entrys_parent_says_so(desk: Client, at: str, nida: queries.PersonCard) -> None:
    card(SOMCHAI)
    typed = PAPER | {"pid": SOMCHAI["pid"]}
    refused = desk.post(f"{at}new/", typed)
    assert 'name="adopted"' in refused.content.decode()
    sure = desk.post(f"{at}new/", typed | {"adopted": "yes"})
    assert desk.post(f"{at}new/", hidden(sure.content.decode())).status_code == 303
    assert len(guardians.guardians(nida.id)) == 1


def test_it_is_ended_with_a_reason(desk: Client, at: str, mali: queries.PersonCard, nida: queries.PersonCard) -> None:
    wish = guardians.Wish(mali.id, nida.id, "parent", "Paper", nida.birth_date)
    number = guardians.record(wish, by=BY)
    assert desk.get(f"{at}{number}/end/").status_code == 200
    assert desk.post(f"{at}{number}/end/", {"reason": ""}).status_code == 422
    assert desk.post(f"{at}{number}/end/", {"reason": "Order of the court 9/2569"}).status_code == 303
    assert "Order of the court 9/2569" in desk.get(at).content.decode()
    assert desk.get(f"{at}{number}/end/").status_code == 404
    other = f"{opened(desk, pid=mali.pid)}guardians/"
    assert "Miss Nida Jaidee" in desk.get(other).content.decode()
    assert desk.get(f"{other}{number + 1}/end/").status_code == 404


def test_who_acts_reads_the_wards_entry_and_the_ward_sees_it_later(
    mali: queries.PersonCard, nida: queries.PersonCard
) -> None:
    account, own = make_account(), make_account(email="nida@example.org")
    services.link(account=account.id, pid=mali.pid, ial=Ial.FACE, by=BY)
    reader = client_for(account)
    reader.get("/", {"lang": "en"})
    wards = "/account/my-data/about/wards/"
    assert "Nida" not in reader.get(wards).content.decode()
    guardians.record(guardians.Wish(mali.id, nida.id, "parent", "Paper", nida.birth_date), by=BY)
    page = reader.get(wards).content.decode()
    assert "Miss Nida Jaidee" in page
    assert "1 March 2018" in page
    services.link(account=own.id, pid=nida.pid, ial=Ial.FACE, by=BY)
    later = client_for(own)
    later.get("/", {"lang": "en"})
    looks = later.get("/account/my-data/looks/").content.decode()
    assert "Who acts for you" in looks
    assert isinstance(account, Account)
