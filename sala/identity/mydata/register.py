"""The register's entry in words: each field with the day of its last change, and what was changed when, by whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from sala.identity.directory import queries as directory
from sala.identity.mydata import who, words
from sala.identity.mydata.sections import Fact, Item
from sala.identity.people import queries as people
from sala.identity.people import rules
from sala.identity.people.queries import Changed
from sala.identity.people.services import REGISTERED
from sala.kit import thai
from sala.kit.errors import NotFound
from sala.kit.text import Text

_DAYS = frozenset({"birth_date", "card_issued_on", "card_expires_on", "died_on"})
_NUMBERS = frozenset({"pid", "father_pid", "mother_pid"})
_ENTRY = Text(th="ข้อมูลของท่านในทะเบียนราษฎร", en="Your entry in the civil register")
_SINCE = Text(th="ตั้งแต่ {day}", en="since {day}")
_NONE = Text(th="(ไม่มี)", en="(none)")
_WHY = Text(th="เหตุผล", en="Reason")
_BY = Text(th="ผู้แก้ไข", en="By")


def count(account: UUID) -> int:
    return 1 if people.of_account(account) else 0


def items(account: UUID, most: int) -> list[Item]:
    """The entry itself, then its changes, the newest first."""
    linked = people.of_account(account)
    if linked is None:
        return []
    history = people.history(linked.person.id)
    return [_entry(people.stored(linked.person), history), *_changes(history, account)][:most]


def export(account: UUID) -> list[dict[str, Any]]:
    linked = people.of_account(account)
    if linked is None:
        return []
    changes = [_told(change, by) for change, by in _with_names(people.history(linked.person.id), account)]
    return [{**people.stored(linked.person), "account_ial": linked.ial, "history": changes}]


def _entry(stored: dict[str, Any], history: list[Changed]) -> Item:
    # What stands as it was registered says so by the registration's own lines below, once for all.
    since = {name: change.effective_on for change in history if change.number > 1 for name in change.after}
    facts = [
        Fact(label, value_of(name, stored[name]), _since(since.get(name)))
        for name, label in words.FIELDS.items()
        if stored.get(name) not in (None, "")
    ]
    return Item(str(_ENTRY), facts)


def _since(day: date | None) -> str:
    return str(_SINCE).format(day=thai.day(day)) if day else ""


def _changes(history: list[Changed], account: UUID) -> Iterable[Item]:
    for change, by in reversed(_with_names(history, account)):
        facts = [Fact(_BY, str(by))]
        if change.reason == REGISTERED:
            title = str(words.REGISTERED)
        else:
            title = ", ".join(str(words.FIELDS[name]) for name in change.after if name in words.FIELDS)
            facts = [*_steps(change), Fact(_WHY, change.reason), *facts]
        yield Item(f"{title}: {thai.day(change.effective_on)}", facts, at=change.at)


def _steps(change: Changed) -> Iterable[Fact]:
    for name, after in change.after.items():
        if label := words.FIELDS.get(name):
            yield Fact(label, f"{value_of(name, change.before.get(name))} → {value_of(name, after)}")


def _with_names(history: list[Changed], account: UUID) -> list[tuple[Changed, Text]]:
    acts = {change.number: who.Act(change.actor, change.at) for change in history}
    names = who.names(acts.values(), me=account)
    return [(change, names[acts[change.number]]) for change in history]


def _told(change: Changed, by: Text) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(change._asdict())
    return told | {"actor": {"th": by.th, "en": by.en}}


def value_of(name: str, value: Any) -> str:
    """A field's value as people read it."""
    if value in (None, ""):
        return str(_NONE)
    if name in _DAYS:
        return thai.day(date.fromisoformat(value))
    if name == "subdistrict_id":
        return _area(int(value))
    if name in _NUMBERS:
        return rules.written_pid(str(value))
    if name == "house_id":
        return rules.written_house(str(value))
    kinds = {"sex": words.SEXES, "ial": words.IALS, "house_role": words.HOUSE_ROLES, "nationality": words.NATIONALITIES}
    known = kinds.get(name, {})
    return str(known.get(value, value))


def _area(code: int) -> str:
    try:
        return ", ".join(str(place.name) for place in reversed(directory.area_path(code)))
    except NotFound:
        return str(code)
