"""Who somebody is: by number, or by the account they signed in with. One prepared read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from sala.identity.people.models import PersonChange
from sala.kit import sql

FIELDS = (
    "pid", "title_th", "given_name_th", "middle_name_th", "family_name_th", "title_en", "given_name_en",
    "middle_name_en", "family_name_en", "birth_date", "sex", "house_no", "moo", "lane", "road", "subdistrict_id",
    "card_number", "card_issued_on", "card_expires_on", "ial", "died_on",
)  # fmt: skip
"""What stands in the register about a person, in the order of `PersonCard`."""
_COLUMNS = ", ".join(f"p.{name}" for name in FIELDS)
BY_PID = f"SELECT p.id, {_COLUMNS} FROM people_person p WHERE p.pid = %(pid)s"  # noqa: S608 - constants
_OF_ACCOUNT = f"""
SELECT p.id, {_COLUMNS}, l.ial FROM people_link l JOIN people_person p ON p.id = l.person_id
WHERE l.account_id = %(account)s AND l.ended_at IS NULL AND p.died_on IS NULL"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person as the register has them now. `subdistrict` is an area's code; `ial` is empty if never proofed."""

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


@dataclass(frozen=True, slots=True)
class Linked:
    """The person of an account, and how surely the account is told to be theirs."""

    person: PersonCard
    ial: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One line of a person's history."""

    number: int
    at: datetime
    effective_on: date
    actor: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]


def by_pid(pid: str) -> PersonCard | None:
    """The person with this number; the same time whether ten thousand or ten million are in the register."""
    row = sql.fetch_one(BY_PID, {"pid": pid})
    return PersonCard(*row) if row else None


def of_account(account_id: UUID) -> Linked | None:
    """The living person whose account it is; None where it is nobody's who stands in the register."""
    row = sql.fetch_one(_OF_ACCOUNT, {"account": account_id})
    return Linked(PersonCard(*row[:-1]), row[-1]) if row else None


def account_of(person: int) -> UUID | None:
    """The account of a living person of this row; None where they have none."""
    row = sql.fetch_one(_ACCOUNT, [person])
    return row[0] if row else None


_ACCOUNT = """
SELECT l.account_id FROM people_link l JOIN people_person p ON p.id = l.person_id
WHERE l.person_id = %s AND l.ended_at IS NULL AND p.died_on IS NULL"""


def history(person: int) -> list[Changed]:
    """All changes of a person, the registration first."""
    rows = PersonChange.objects.filter(person_id=person).order_by("number")
    return [Changed(row.number, row.at, row.effective_on, row.actor, row.reason, row.before, row.after) for row in rows]


def stored(card: PersonCard) -> dict[str, Any]:
    """A person's fields as JSON has them, by the names of the table."""
    values = (getattr(card, name.removesuffix("_id")) for name in FIELDS)
    return {name: msgspec.to_builtins(value) for name, value in zip(FIELDS, values, strict=True)}
