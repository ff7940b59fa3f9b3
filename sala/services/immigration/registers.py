"""The bureau's registers: who entered and may stay until when, and who is wanted.

Declarations ask them by name (`immigration.registers:record`, `…:warrant`). Out of the
box they are tables filled by import; with SALA_IMMIGRATION_REGISTER_URL they are the
bureau's own service (remote.py). docs/immigration-registers.md describes both.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from django.conf import settings

from sala.services.immigration import rules
from sala.services.immigration.contract import ImmigrationRegister, Person, Wanted, WarrantRegister
from sala.services.immigration.remote import RemoteRegister
from sala.services.immigration.rules import name_key
from sala.services.immigration.tables import TableRegister


def immigration_register() -> ImmigrationRegister:
    """The register in use, as the installation is set up."""
    return _remote() or TableRegister()


def warrant_register() -> WarrantRegister:
    """The register in use, as the installation is set up."""
    return _remote() or TableRegister()


def _remote() -> RemoteRegister | None:
    url = settings.IMMIGRATION_REGISTER_URL
    return RemoteRegister(url, settings.IMMIGRATION_REGISTER_TOKEN) if url else None


def record(
    *,
    passport_no: str | None,
    nationality: str | None,
    given_name: str | None = None,
    middle_name: str | None = None,
    surname: str | None = None,
    birth_date: str | None = None,
) -> dict[str, Any] | None:
    """For declarations: the record of the passport in the form, and whether the person in the form is the same.

    Facts: given_name, surname, birth_date, arrived_on, arrival_card_no, permitted_until, last_report_on
    (absent if there was none), same_name, same_birth_date.
    """
    if not passport_no or not nationality:
        return None
    found = immigration_register().record(passport_no=passport_no, nationality=nationality)
    if found is None:
        return None
    facts = msgspec.to_builtins(found)
    facts["same_name"] = name_key(given_name, middle_name, surname) == name_key(found.given_name, found.surname)
    facts["same_birth_date"] = birth_date == facts["birth_date"]
    return {name: fact for name, fact in facts.items() if fact is not None}


def warrant(
    *,
    passport_no: str | None,
    nationality: str | None,
    given_name: str | None,
    middle_name: str | None = None,
    surname: str | None = None,
    birth_date: str | None,
) -> dict[str, Any] | None:
    """For declarations: the warrant that fits the person in the form best; None if none fits.

    Facts: number, issued_on, given_name, surname and `match`: passport, person (name and birth
    date) or name (the warrant has no birth date: many people have one name).
    """
    if not birth_date:
        return None
    person = Person(
        passport_no=passport_no or "",
        nationality=nationality or "",
        given_name=given_name or "",
        middle_name=middle_name or "",
        surname=surname or "",
        birth_date=date.fromisoformat(birth_date),
    )
    graded = [(grade, wanted) for wanted in warrant_register().warrants(person) if (grade := _grade(wanted, person))]
    if not graded:
        return None
    grade, wanted = min(graded, key=lambda pair: rules.MATCHES.index(pair[0]))
    return {
        "number": wanted.number,
        "issued_on": wanted.issued_on.isoformat(),
        "given_name": wanted.given_name,
        "surname": wanted.surname,
        "match": grade,
    }


def _grade(wanted: Wanted, person: Person) -> rules.Match | None:
    return rules.match(
        same_passport=bool(wanted.passport_no)
        and wanted.passport_no == person.passport_no
        and wanted.nationality in {"", person.nationality},
        same_name=name_key(wanted.given_name, wanted.surname)
        == name_key(person.given_name, person.middle_name, person.surname),
        born=wanted.birth_date,
        claimed=person.birth_date,
    )
