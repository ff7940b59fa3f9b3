"""The bureau's registers as tables of this installation, filled by import (importing.py).

Every case that is filed asks both: one prepared statement each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from sala.kit import clock, sql
from sala.services.immigration.contract import Person, Record, Wanted
from sala.services.immigration.rules import name_key

T = TypeVar("T", bound=msgspec.Struct)

_RECORD = f"""
SELECT {", ".join(Record.__struct_fields__)} FROM immigration_immigrationrecord
WHERE nationality = %(nationality)s AND passport_no = %(passport_no)s"""  # noqa: S608 - names of this program
# Two questions, each with an index of its own.
_WARRANTS = f"""
SELECT {", ".join(Wanted.__struct_fields__)} FROM immigration_warrant
WHERE passport_no = %(passport_no)s AND passport_no <> '' AND (withdrawn_on IS NULL OR withdrawn_on > %(today)s)
UNION
SELECT {", ".join(Wanted.__struct_fields__)} FROM immigration_warrant
WHERE name_key = %(name_key)s AND (withdrawn_on IS NULL OR withdrawn_on > %(today)s)
ORDER BY issued_on, number"""  # noqa: S608 - names of this program


class TableRegister:
    """Both registers, from this installation's own tables."""

    def record(self, *, passport_no: str, nationality: str) -> Record | None:
        row = sql.fetch_one(_RECORD, {"passport_no": passport_no, "nationality": nationality})
        return _read(row, Record) if row else None

    def warrants(self, person: Person) -> Iterable[Wanted]:
        key = name_key(person.given_name, person.middle_name, person.surname)
        asked = {"passport_no": person.passport_no, "name_key": key, "today": clock.today()}
        return [_read(row, Wanted) for row in sql.fetch_all(_WARRANTS, asked)]


def _read(row: tuple[object, ...], kind: type[T]) -> T:
    return kind(**dict(zip(kind.__struct_fields__, row, strict=True)))
