"""What the bureau's registers are asked and what they answer, whoever keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One foreigner's latest entry and permission to stay. `surname` is empty where the passport has none."""

    passport_no: str
    nationality: str
    given_name: str
    surname: str
    birth_date: date
    arrived_on: date
    permitted_until: date
    arrival_card_no: str = ""
    last_report_on: date | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One arrest warrant that is in force."""

    number: str
    given_name: str
    surname: str
    issued_on: date
    passport_no: str = ""
    nationality: str = ""
    birth_date: date | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a warrant is looked for."""

    passport_no: str
    nationality: str
    given_name: str
    middle_name: str
    surname: str
    birth_date: date


class ImmigrationRegister(Protocol):
    """Entries and permissions to stay. Raises OSError where it is out of reach."""

    def record(self, *, passport_no: str, nationality: str) -> Record | None:
        """The latest record of this passport, or None if the register does not know it."""


class WarrantRegister(Protocol):
    """Arrest warrants. Raises OSError where it is out of reach."""

    def warrants(self, person: Person) -> Iterable[Wanted]:
        """The warrants in force that name the passport, or that name a person of this name."""
