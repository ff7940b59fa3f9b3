"""The register: entered, amended, with a history that stays; which account is whose."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from sala.identity.accounts.actor import system
from sala.identity.people import claims, queries, rules, services
from sala.identity.people.models import Ial
from sala.kit import clock
from sala.kit.errors import Conflict, Invalid, NotFound
from tests.engine.desk.conftest import at_once
from tests.factories import make_account

REGISTRAR = system("registrar")


def enter(person: dict[str, Any], **other: Any) -> queries.PersonCard:
    services.register(person=person | other, by=REGISTRAR)
    card = queries.by_pid((person | other)["pid"])
    assert card
    return card


def test_a_relying_party_is_told_what_it_may_ask(somchai: dict[str, Any]) -> None:
    told = claims.claims(enter(somchai), claims.CLAIMS)
    assert told == {
        "pid": somchai["pid"], "name": "นายสมชาย ใจดี", "name_en": "Mr. Somchai Jaidee",
        "title": "นาย", "title_en": "Mr.",
        "given_name": "สมชาย", "given_name_en": "Somchai", "family_name": "ใจดี", "family_name_en": "Jaidee",
        "birthdate": "1985-04-13", "gender": "male", "ial": 2.3, "smartcard_code": "10370307051018",
        "date_of_issuance": "2022-01-05", "date_of_expiry": "2031-04-12",
        "address": told["house_address"],
        "house_address": {
            "formatted": "99/1 หมู่ที่ 4 ถนนเศรษฐกิจ ตำบลมหาชัย อำเภอเมืองสมุทรสาคร จังหวัดสมุทรสาคร",
            "raw": "99/1#หมู่ที่ 4###เศรษฐกิจ#ตำบลมหาชัย#อำเภอเมืองสมุทรสาคร#จังหวัดสมุทรสาคร",
        },
    }  # fmt: skip


def test_it_is_told_nothing_it_did_not_ask(somchai: dict[str, Any]) -> None:
    assert claims.claims(enter(somchai), ["openid", "given_name", "unknown"]) == {"given_name": "สมชาย"}


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("pid", "1234567890123", "pid"), ("pid", "", "pid"), ("given_name_th", "Somchai", "given_name_th"),
        ("given_name_en", "สมชาย", "given_name_en"), ("family_name_th", "", "family_name_th"),
        ("birth_date", None, "birth_date"), ("birth_date", "1985-04-13", "birth_date"),
        ("birth_date", clock.today() + timedelta(1), "birth_date"), ("died_on", date(1985, 4, 12), "died_on"),
        ("sex", "x", "sex"), ("subdistrict_id", 7401, "subdistrict_id"), ("subdistrict_id", 1, "subdistrict_id"),
        ("card_issued_on", None, "card_number"), ("card_expires_on", date(2022, 1, 5), "card_expires_on"),
        ("ial", "3.0", "ial"), ("house_no", "9" * 101, "house_no"), ("shoe_size", 42, "shoe_size"),
    ],
)  # fmt: skip
def test_what_cannot_be_true_is_refused_with_its_field(
    somchai: dict[str, Any], field: str, value: object, fault: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.register(person=somchai | {field: value}, by=REGISTRAR)
    assert fault in {one.field for one in refused.value.faults}
    assert queries.by_pid(somchai["pid"]) is None


def test_a_number_is_registered_once(somchai: dict[str, Any]) -> None:
    enter(somchai)
    with pytest.raises(Conflict):
        services.register(person=somchai, by=REGISTRAR)


@pytest.mark.requirement("R-004.13")
def test_a_change_is_seen_at_once_and_its_history_stays(somchai: dict[str, Any]) -> None:
    before = enter(somchai)
    fresh = {"family_name_th": "มั่นคง", "family_name_en": "Mankhong"}
    since = date(2026, 10, 1)
    after = services.amend(pid=before.pid, changes=fresh, by=REGISTRAR, reason="Marriage", effective_on=since)
    seen = queries.by_pid(before.pid)
    assert seen == after
    assert claims.claims(after, ["name_en"]) == {"name_en": "Mr. Somchai Mankhong"}
    registration, change = queries.history(before.id)
    assert registration.before == {}
    assert registration.after["family_name_en"] == "Jaidee"
    assert change.before == {"family_name_th": "ใจดี", "family_name_en": "Jaidee"}
    assert change.after == fresh
    assert (change.reason, change.effective_on, change.actor) == ("Marriage", since, "system:registrar")


def test_what_is_so_already_is_no_change(somchai: dict[str, Any]) -> None:
    card = enter(somchai)
    services.amend(pid=card.pid, changes={"moo": "4"}, by=REGISTRAR, reason="Again")
    assert len(queries.history(card.id)) == 1


def test_a_change_needs_a_reason_and_cannot_change_the_number(somchai: dict[str, Any]) -> None:
    card = enter(somchai)
    with pytest.raises(Invalid):
        services.amend(pid=card.pid, changes={"moo": "5"}, by=REGISTRAR, reason=" ")
    with pytest.raises(Invalid):
        services.amend(pid=card.pid, changes={"pid": rules.invented_pid(8)}, by=REGISTRAR, reason="Wrong number")
    with pytest.raises(NotFound):
        services.amend(pid=rules.invented_pid(9), changes={}, by=REGISTRAR, reason="Nobody")


@pytest.mark.parametrize(
    "statement", ["update people_personchange set reason = 'x'", "delete from people_personchange"]
)
def test_history_cannot_be_rewritten(somchai: dict[str, Any], statement: str) -> None:
    enter(somchai)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_two_who_amend_at_once_do_it_one_after_the_other(somchai: dict[str, Any]) -> None:
    card = enter(somchai)
    results = at_once(
        *(
            lambda n=n: services.amend(pid=card.pid, changes={"moo": str(n)}, by=REGISTRAR, reason="Moved")
            for n in range(11, 17)
        )
    )
    assert all(isinstance(result, queries.PersonCard) for result in results), results
    changes = queries.history(card.id)
    assert [change.number for change in changes] == list(range(1, 8))
    for former, latter in pairwise(changes):
        assert latter.before["moo"] == former.after["moo"]


def test_an_account_is_one_persons_and_a_person_has_one(somchai: dict[str, Any]) -> None:
    card, other = enter(somchai), enter(somchai, pid=rules.invented_pid(8))
    mine, yours = make_account(), make_account()
    assert queries.of_account(mine.id) is None
    for _ in range(2):
        services.link(account=mine.id, pid=card.pid, ial=Ial.ENROLLED, by=REGISTRAR)
    found = queries.of_account(mine.id)
    assert found
    assert (found.person, found.ial) == (card, "2.3")
    with pytest.raises(Conflict):
        services.link(account=mine.id, pid=other.pid, ial=Ial.CARD, by=REGISTRAR)
    with pytest.raises(Conflict):
        services.link(account=yours.id, pid=card.pid, ial=Ial.CARD, by=REGISTRAR)
    services.unlink(account=mine.id, by=REGISTRAR, reason="Asked for")
    services.link(account=yours.id, pid=card.pid, ial=Ial.CARD, by=REGISTRAR)
    assert queries.of_account(mine.id) is None


def test_who_has_died_is_nobodys_account(somchai: dict[str, Any]) -> None:
    card, account = enter(somchai), make_account()
    services.link(account=account.id, pid=card.pid, ial=Ial.FACE, by=REGISTRAR)
    services.amend(pid=card.pid, changes={"died_on": clock.today()}, by=REGISTRAR, reason="Death certificate")
    assert queries.of_account(account.id) is None
    with pytest.raises(NotFound):
        services.link(account=make_account().id, pid=card.pid, ial=Ial.CARD, by=REGISTRAR)
