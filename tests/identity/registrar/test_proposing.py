"""What takes two officers: nothing of it is true before another has confirmed it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from sala.identity.accounts.models import Account
from sala.identity.directory.models import Office
from sala.identity.people import proposing, queries, services
from sala.kit import clock, sql
from sala.kit.errors import Conflict, Forbidden, Invalid, SalaError
from tests.factories import actor_for, client_in_english, make_officer
from tests.identity.enrolment.office import BY, citizen, office_card, registration_office

pytestmark = pytest.mark.django_db
LIST = "/desk/register/proposals/"
NOTE = {"reason": "Mistyped", "document": "Birth certificate 41/12"}


@pytest.fixture
def office(offices: dict[int, int]) -> Office:
    return registration_office()


@pytest.fixture
def first(office: Office) -> Account:
    return make_officer(office)


@pytest.fixture
def second(office: Office) -> Account:
    return make_officer(office)


@pytest.fixture
def person(office: Office) -> queries.PersonCard:
    return citizen()


def desk(officer: Account) -> Client:
    return client_in_english(officer)


def change(client: Client, person: queries.PersonCard, **typed: str) -> Any:
    """The form “Correct the entry” as its page has it, with what is typed."""
    at = client.post("/desk/register/", {"pid": person.pid}).headers["Location"]
    page = client.get(f"{at}details/").content.decode()
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    kept = {"birth_date": "13 4 1985", "sex": "m", "nationality": "THA", "version": version[1]}
    return client.post(f"{at}details/", kept | NOTE | typed)


def propose(person: queries.PersonCard, by: Account, office: Office, **changes: Any) -> proposing.Proposal:
    proposing.propose(
        pid=person.pid, changes=changes or {"birth_date": date(1986, 4, 13)}, by=actor_for(by), reason="Mistyped",
        effective_on=clock.today(), office=office.id, document="Certificate", version=queries.version(person.id),
    )  # fmt: skip
    found = proposing.of_person(person.id)
    assert found
    return found


@pytest.mark.requirement("R-004.12", "R-004.21")
def test_a_birth_date_is_changed_when_another_officer_confirms_it(
    first: Account, second: Account, office: Office, person: queries.PersonCard
) -> None:
    response = change(desk(first), person, birth_date="13 4 1986")
    assert response.headers["Location"].endswith("?done=proposed")
    assert "another officer" in desk(first).get(response.headers["Location"]).content.decode()
    same = queries.by_pid(person.pid)
    assert same
    assert same.birth_date == person.birth_date
    assert sql.fetch_all("SELECT 1 FROM kit_outboxevent WHERE topic = 'person.changed'") == []
    (waiting,) = proposing.waiting(office.id)
    page = desk(first).get(f"{LIST}{waiting.id}/").content.decode()
    assert "confirm</button>" not in page.replace("\n", "").replace(" <", "<").replace("  ", "")
    assert desk(first).post(f"{LIST}{waiting.id}/", {"do": "confirm"}).status_code == 422
    page = desk(second).get(f"{LIST}{waiting.id}/").content.decode()
    assert "13 April 1985" in page
    assert "13 April 1986" in page
    assert desk(second).post(f"{LIST}{waiting.id}/", {"do": "confirm"}).status_code == 303
    changed = queries.by_pid(person.pid)
    assert changed
    assert changed.birth_date == date(1986, 4, 13)
    line = queries.history(person.id)[-1]
    assert (line.actor, line.document) == (f"account:{second.id}", NOTE["document"])
    assert proposing.waiting(office.id) == []


@pytest.mark.parametrize(
    "typed", [{"sex": "f"}, {"nationality": "LAO", "effective_on": "1 1 2020"}, {"birth_date": "1 1 1980"}]
)
def test_each_of_the_three_takes_two(first: Account, person: queries.PersonCard, typed: dict[str, str]) -> None:
    assert change(desk(first), person, **typed).headers["Location"].endswith("?done=proposed")
    assert queries.by_pid(person.pid) == person


def test_what_is_none_of_them_takes_one(first: Account, person: queries.PersonCard) -> None:
    assert change(desk(first), person, father_name_th="สมบัติ").status_code == 303
    now = queries.by_pid(person.pid)
    assert now
    assert now.father_name_th == "สมบัติ"


def test_what_would_not_hold_is_not_proposed(first: Account, office: Office, person: queries.PersonCard) -> None:
    with pytest.raises(Invalid):
        propose(person, first, office, birth_date=date(2990, 1, 1))
    assert proposing.waiting(office.id) == []
    propose(person, first, office)
    with pytest.raises(Conflict):
        propose(person, first, office)


def test_it_is_declined_with_a_reason_by_whoever_sees_it(
    first: Account, second: Account, office: Office, person: queries.PersonCard
) -> None:
    waiting = propose(person, first, office)
    client = desk(second)
    assert client.post(f"{LIST}{waiting.id}/", {"do": "decline"}).status_code == 422
    assert client.post(f"{LIST}{waiting.id}/", {"do": "decline", "answer": "No paper"}).status_code == 303
    assert queries.by_pid(person.pid) == person
    assert client.get(f"{LIST}{waiting.id}/").status_code == 404
    again = propose(person, first, office)
    proposing.decline(proposal=again.id, office=office.id, reason="My mistake", by=actor_for(first))


def test_an_entry_that_was_changed_meanwhile_is_not_changed_unseen(
    first: Account, second: Account, office: Office, person: queries.PersonCard
) -> None:
    waiting = propose(person, first, office)
    services.amend(pid=person.pid, changes={"given_name_th": "สมหมาย"}, by=BY, reason="Renamed")
    response = desk(second).post(f"{LIST}{waiting.id}/", {"do": "confirm"})
    assert response.status_code == 422
    assert "สมหมาย" in response.content.decode()
    assert len(proposing.waiting(office.id)) == 1


def test_the_person_themself_confirms_nothing_and_another_office_sees_nothing(
    first: Account, second: Account, office: Office, person: queries.PersonCard
) -> None:
    from tests.identity.enrolment.office import link

    waiting = propose(person, first, office)
    link(second, person)
    with pytest.raises(Forbidden):
        proposing.confirm(proposal=waiting.id, office=office.id, by=actor_for(second))
    other = make_officer(registration_office("registration-7402"))
    assert desk(other).get(f"{LIST}{waiting.id}/").status_code == 404
    assert office_card(office).id == office.id


@pytest.mark.django_db(transaction=True)
def test_two_words_at_one_moment_are_one_decision(
    first: Account, second: Account, office: Office, person: queries.PersonCard
) -> None:
    waiting, by, together = propose(person, first, office), actor_for(second), Barrier(2)

    def act(confirms: bool) -> str:
        together.wait()
        try:
            if confirms:
                proposing.confirm(proposal=waiting.id, office=office.id, by=by)
            else:
                proposing.decline(proposal=waiting.id, office=office.id, reason="No paper", by=by)
        except SalaError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(act, [True, False])) == ["conflict", "done"]
