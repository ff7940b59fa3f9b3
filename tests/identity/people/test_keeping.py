"""How the register is kept: corrections of the past, two offices at once, houses, parents, the dead."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from sala.identity.accounts.actor import system
from sala.identity.people import queries, rules, services
from sala.identity.people.models import Ial
from sala.kit import clock, sql
from sala.kit.errors import Conflict, Forbidden, Invalid
from tests.engine.desk.conftest import at_once
from tests.factories import actor_for, make_account

REGISTRAR = system("registrar")
HOUSE, OTHER = rules.house_code("7401000001"), rules.house_code("1001000002")
ADDRESS = {"house_no": "12", "moo": "2", "subdistrict_id": 740101}


def enter(person: dict[str, Any], **other: Any) -> queries.PersonCard:
    services.register(person=person | other, by=REGISTRAR)
    card = queries.by_pid((person | other)["pid"])
    assert card
    return card


def amend(pid: str, on: date | None = None, **changes: Any) -> queries.PersonCard:
    return services.amend(pid=pid, changes=changes, by=REGISTRAR, reason="Told", effective_on=on)


def faults(refused: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {fault.field for fault in refused.value.faults}


def told(topic: str) -> list[dict[str, Any]]:
    rows = sql.fetch_all("select payload from kit_outboxevent where topic = %s order by id", [topic])
    return [msgspec.json.decode(row[0]) if isinstance(row[0], str) else row[0] for row in rows]


def test_a_correction_of_the_past_leaves_what_came_after(somchai: dict[str, Any]) -> None:
    card = enter(somchai)
    amend(card.pid, date(2026, 10, 1), moo="5")
    known = clock.now()
    now = amend(card.pid, date(2026, 6, 1), moo="9", road="สุขสวัสดิ์")
    assert (now.moo, now.road) == ("5", "สุขสวัสดิ์")
    on = {day: queries.as_of(card.pid, day) for day in (date(2026, 6, 1), date(2026, 9, 30), date(2026, 10, 1))}
    assert [(c.moo, c.road) for c in on.values() if c] == [("9", "สุขสวัสดิ์"), ("9", "สุขสวัสดิ์"), ("5", "สุขสวัสดิ์")]
    assert queries.as_of(card.pid, date(2026, 5, 31)) is None
    as_known = queries.as_of(card.pid, date(2026, 10, 1), known=known)
    assert as_known
    assert (as_known.moo, as_known.road) == ("5", "เศรษฐกิจ")
    assert queries.as_of(card.pid, clock.today()) == now


@pytest.mark.parametrize("on", [clock.today() + timedelta(1), date(1026, 1, 1)])
def test_a_day_that_cannot_be_is_refused(somchai: dict[str, Any], on: date) -> None:
    card = enter(somchai)
    with pytest.raises(Invalid) as refused:
        amend(card.pid, on, moo="5")
    assert faults(refused) == {"effective_on"}


def test_a_correction_must_fit_what_came_after(somchai: dict[str, Any]) -> None:
    card = enter(somchai, birth_date=date(1950, 1, 1), card_number="", card_issued_on=None, card_expires_on=None)
    amend(card.pid, date(2026, 10, 1), died_on=date(2026, 9, 30))
    with pytest.raises(Invalid) as refused:
        amend(card.pid, date(2026, 6, 1), birth_date=date(2026, 10, 2))
    assert faults(refused) == {"effective_on"}


@pytest.mark.requirement("R-004.12")
@pytest.mark.django_db(transaction=True)
def test_of_two_offices_one_wins_and_the_other_is_told_what_changed(somchai: dict[str, Any]) -> None:
    card = enter(somchai)
    version = queries.version(card.id)

    def change(moo: str) -> queries.PersonCard:
        return services.amend(pid=card.pid, changes={"moo": moo}, by=REGISTRAR, reason="Told", version=version)

    results = at_once(lambda: change("11"), lambda: change("12"), lambda: change("13"))
    won = [one for one in results if isinstance(one, queries.PersonCard)]
    lost = [one for one in results if isinstance(one, services.ChangedMeanwhile)]
    assert (len(won), len(lost)) == (1, 2)
    assert all([change.after for change in one.since] == [{"moo": won[0].moo}] for one in lost)
    assert len(queries.history(card.id)) == 2


def test_who_moves_takes_the_address_of_the_house(somchai: dict[str, Any]) -> None:
    card = enter(somchai)
    for _ in range(2):
        services.register_house(code=HOUSE, address=ADDRESS, by=REGISTRAR)
    moved = amend(card.pid, date(2026, 3, 1), house_id=HOUSE, house_role="head")
    assert (moved.house, moved.house_role, moved.house_no, moved.road) == (HOUSE, "head", "12", "")
    assert queries.household(HOUSE) == [moved]
    services.register_house(code=OTHER, address=ADDRESS | {"subdistrict_id": 100101}, by=REGISTRAR)
    amend(card.pid, date(2026, 8, 1), house_id=OTHER)
    now = queries.by_pid(card.pid)
    assert now
    assert (now.house_role, now.subdistrict) == ("resident", 100101)
    lived = [(one.value, one.since, one.until) for one in queries.households(now)]
    assert lived == [(HOUSE, date(2026, 3, 1), date(2026, 7, 31)), (OTHER, date(2026, 8, 1), None)]
    assert queries.household(HOUSE) == []


def test_a_house_has_one_head_and_its_own_address(somchai: dict[str, Any]) -> None:
    card, other = enter(somchai), enter(somchai, pid=rules.invented_pid(8))
    services.register_house(code=HOUSE, address=ADDRESS, by=REGISTRAR)
    amend(card.pid, house_id=HOUSE, house_role="head")
    with pytest.raises(Invalid) as refused:
        amend(other.pid, house_id=HOUSE, house_role="head")
    assert faults(refused) == {"house_role"}
    with pytest.raises(Invalid) as refused:
        amend(card.pid, road="อื่น")
    assert faults(refused) == {"road"}
    with pytest.raises(Conflict):
        services.register_house(code=HOUSE, address=ADDRESS | {"house_no": "13"}, by=REGISTRAR)
    for code in (HOUSE[:-1] + str((int(HOUSE[-1]) + 1) % 10), OTHER, "x"):
        with pytest.raises(Invalid) as refused:
            amend(other.pid, house_id=code)
        assert faults(refused) == {"house_id"}


def test_a_parent_must_be_able_to_be_one(somchai: dict[str, Any]) -> None:
    father = enter(somchai, birth_date=date(1960, 1, 1))
    young = enter(somchai, pid=rules.invented_pid(8), birth_date=date(1984, 1, 1))
    child = somchai | {"pid": rules.invented_pid(9)}
    for wrong in ({"mother_pid": father.pid}, {"father_pid": young.pid}, {"father_pid": child["pid"]}):
        with pytest.raises(Invalid) as refused:
            enter(child, **wrong)
        assert faults(refused) == set(wrong)
    assert enter(child, father_pid=father.pid, mother_name_th="สมศรี").father_pid == father.pid


@pytest.mark.parametrize(
    ("change", "topic"),
    [({"died_on": clock.today()}, "person.died"), ({"nationality": "JPN"}, "person.renounced"), ({"moo": "5"}, "")],
)
def test_the_house_is_told_by_keys_alone(somchai: dict[str, Any], change: dict[str, Any], topic: str) -> None:
    card, account = enter(somchai), make_account()
    services.link(account=account.id, pid=card.pid, ial=Ial.FACE, by=REGISTRAR)
    for _ in range(2):
        amend(card.pid, **change)
    payload = {"person": card.id, "fields": list(change), "account": str(account.id), "change": 2}
    assert told("person.changed") == [payload]
    assert told("person.gone") == ([{"person": card.id}] if topic else [])
    if topic:
        assert told(topic) == [payload]
    assert (queries.linked_account(card.id) is None) == bool(topic)


def test_no_officer_changes_their_own_entry(somchai: dict[str, Any]) -> None:
    card, account = enter(somchai), make_account()
    services.link(account=account.id, pid=card.pid, ial=Ial.FACE, by=REGISTRAR)
    with pytest.raises(Forbidden):
        services.amend(pid=card.pid, changes={"moo": "5"}, by=actor_for(account), reason="Mine")


def test_a_person_is_found_by_name_and_day_of_birth(somchai: dict[str, Any]) -> None:
    card = enter(somchai)
    born = somchai["birth_date"]
    for given, family in (("สมชาย", "ใจดี"), ("SOMCHAI", "jaidee")):
        assert queries.by_name(given_name=given, family_name=family, birth_date=born) == [card]
    assert queries.by_name(given_name="สมชาย", family_name="ใจดี", birth_date=born + timedelta(1)) == []
