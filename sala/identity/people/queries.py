"""Who somebody is: by number, or by the account they signed in with. One prepared read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from sala.identity.people import timeline
from sala.identity.people.models import PersonChange
from sala.kit import sql

FIELDS = (
    "pid", "title_th", "given_name_th", "middle_name_th", "family_name_th", "title_en", "given_name_en",
    "middle_name_en", "family_name_en", "birth_date", "sex", "house_no", "moo", "lane", "road", "subdistrict_id",
    "card_number", "card_issued_on", "card_expires_on", "ial", "died_on", "nationality", "house_id", "house_role",
    "father_pid", "father_name_th", "mother_pid", "mother_name_th",
)  # fmt: skip
"""What stands in the register about a person, in the order of `PersonCard`."""
_COLUMNS = ", ".join(f"p.{name}" for name in FIELDS)
BY_PID = f"SELECT p.id, {_COLUMNS} FROM people_person p WHERE p.pid = %(pid)s"  # noqa: S608 - constants
_OF_ACCOUNT = f"""
SELECT p.id, {_COLUMNS}, l.ial FROM people_link l JOIN people_person p ON p.id = l.person_id
WHERE l.account_id = %(account)s AND l.ended_at IS NULL AND p.died_on IS NULL"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person as the register has them now. `subdistrict` is an area's code, `house` a house's; `ial` is empty if
    never proofed; a parent has a number, or a name where the number is not known, or neither."""

    id: int
    pid: str
    title_th: str
    given_name_th: str
    middle_name_th: str
    family_name_th: str
    title_en: str
    given_name_en: str
    middle_name_en: str
    family_name_en: str
    birth_date: date
    sex: str
    house_no: str
    moo: str
    lane: str
    road: str
    subdistrict: int
    card_number: str
    card_issued_on: date | None
    card_expires_on: date | None
    ial: str
    died_on: date | None
    nationality: str
    house: str | None
    house_role: str
    father_pid: str
    father_name_th: str
    mother_pid: str
    mother_name_th: str


@dataclass(frozen=True, slots=True)
class Linked:
    """The person of an account, and how surely the account is told to be theirs."""

    person: PersonCard
    ial: str


class Changed(NamedTuple):
    """One line of a person's history: recorded `at`, true since `effective_on`. `office` is an office's id."""

    number: int
    at: datetime
    effective_on: date
    actor: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]
    office: int | None = None
    document: str = ""


def by_pid(pid: str) -> PersonCard | None:
    """The person with this number; the same time whether ten thousand or ten million are in the register."""
    row = sql.fetch_one(BY_PID, {"pid": pid})
    return PersonCard(*row) if row else None


def of_account(account_id: UUID) -> Linked | None:
    """The living person whose account it is; None where it is nobody's who stands in the register."""
    row = sql.fetch_one(_OF_ACCOUNT, {"account": account_id})
    return Linked(PersonCard(*row[:-1]), row[-1]) if row else None


class Holder(NamedTuple):
    """The person of an account, to whom needs only to know which."""

    id: int
    pid: str


_HOLDERS = """
SELECT l.account_id, p.id, p.pid FROM people_link l JOIN people_person p ON p.id = l.person_id
WHERE l.account_id = ANY (%(accounts)s) AND l.ended_at IS NULL AND p.died_on IS NULL"""


def holders(accounts: Collection[UUID]) -> dict[UUID, Holder]:
    """The living people whose accounts they are; without those that are nobody's who stands in the register."""
    rows = sql.fetch_all(_HOLDERS, {"accounts": list(accounts)}, binary=True) if accounts else []
    return {account: Holder(*person) for account, *person in rows}


def account_of(person: int) -> UUID | None:
    """The account of a living person of this row; None where they have none."""
    row = sql.fetch_one(_ACCOUNT, [person])
    return row[0] if row else None


def linked_account(person: int) -> UUID | None:
    """The account that is linked to this row, whether its person lives or not."""
    row = sql.fetch_one("SELECT account_id FROM people_link WHERE person_id = %s AND ended_at IS NULL", [person])
    return row[0] if row else None


_ACCOUNT = """
SELECT l.account_id FROM people_link l JOIN people_person p ON p.id = l.person_id
WHERE l.person_id = %s AND l.ended_at IS NULL AND p.died_on IS NULL"""


def history(person: int) -> list[Changed]:
    """All changes of a person, the registration first."""
    rows = PersonChange.objects.filter(person_id=person).order_by("number")
    named = "number", "at", "effective_on", "actor", "reason", "before", "after", "office_id", "document"
    return [Changed(*row) for row in rows.values_list(*named)]


def by_id(person: int) -> PersonCard | None:
    """The person of this row."""
    row = sql.fetch_one(_BY_ID, [person])
    return PersonCard(*row) if row else None


def by_name(*, given_name: str, family_name: str, birth_date: date, limit: int = 20) -> list[PersonCard]:
    """Who was born on this day and bears this name, in Thai or in Latin letters."""
    given = {"given": given_name, "family": family_name, "born": birth_date, "limit": limit}
    return [PersonCard(*row) for row in sql.fetch_all(_BY_NAME, given)]


def household(house: str) -> list[PersonCard]:
    """Who lives in a house, its head first."""
    return [PersonCard(*row) for row in sql.fetch_all(_OF_HOUSE, [house])]


def as_of(pid: str, day: date, *, known: datetime | None = None) -> PersonCard | None:
    """Who somebody was on a day, by all that is known now, or by what was known at the moment `known`.

    None for who was not in the register yet, and for days before anything is known of them.
    """
    card = by_pid(pid)
    if card is None:
        return None
    then = timeline.on(stored(card), history(card.id), day, known=known)
    return PersonCard(card.id, *typed(then).values()) if then else None


def households(card: PersonCard) -> list[timeline.Period]:
    """The houses that somebody has lived in, the first one first; the last one is where they live."""
    return timeline.periods(stored(card), history(card.id), "house_id")


def version(person: int) -> int:
    """How many changes there are: what an amendment names, so that it does not undo another unseen."""
    row = sql.fetch_one("SELECT changes FROM people_person WHERE id = %s", [person])
    return row[0] if row else 0


@dataclass(frozen=True, slots=True)
class HouseCard:
    """A registered house; `subdistrict` is an area's code."""

    code: str
    house_no: str
    moo: str
    lane: str
    road: str
    subdistrict: int


def house(code: str) -> HouseCard | None:
    """The house with this code."""
    row = sql.fetch_one(_HOUSE, [code])
    return HouseCard(*row) if row else None


@dataclass(frozen=True, slots=True)
class Parent:
    """What must fit of somebody who is told to be a parent."""

    sex: str
    birth_date: date


def parent(pid: str) -> Parent | None:
    """The person with this number, as a parent; None who does not stand in the register."""
    row = sql.fetch_one("SELECT sex, birth_date FROM people_person WHERE pid = %s", [pid])
    return Parent(*row) if row else None


_BY_ID = f"SELECT p.id, {_COLUMNS} FROM people_person p WHERE p.id = %s"  # noqa: S608 - constants
_BY_NAME = f"""
SELECT p.id, {_COLUMNS} FROM people_person p WHERE p.birth_date = %(born)s AND (
    (p.family_name_th = %(family)s AND p.given_name_th = %(given)s)
    OR (lower(p.family_name_en) = lower(%(family)s) AND lower(p.given_name_en) = lower(%(given)s))
) ORDER BY p.pid LIMIT %(limit)s"""  # noqa: S608 - constants
_OF_HOUSE = f"""
SELECT p.id, {_COLUMNS} FROM people_person p WHERE p.house_id = %s AND p.died_on IS NULL
ORDER BY p.house_role <> 'head', p.birth_date, p.pid"""  # noqa: S608 - constants
_HOUSE = "SELECT code, house_no, moo, lane, road, subdistrict_id FROM people_house WHERE code = %s"


def stored(card: PersonCard) -> dict[str, Any]:
    """A person's fields as JSON has them, by the names of the table."""
    values = (getattr(card, name.removesuffix("_id")) for name in FIELDS)
    return {name: msgspec.to_builtins(value) for name, value in zip(FIELDS, values, strict=True)}


DATES = frozenset({"birth_date", "card_issued_on", "card_expires_on", "died_on"})


def typed(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What `stored` wrote, with its dates as dates."""
    return {
        name: date.fromisoformat(value) if name in DATES and value else value
        for name, value in ((name, stored[name]) for name in FIELDS)
    }
