"""The bureau's registers as tables of this installation, filled by import (importing.py)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from django.db.models import Q

from sala.kit import clock
from sala.services.immigration.contract import Person, Record, Wanted
from sala.services.immigration.models import ImmigrationRecord, Warrant
from sala.services.immigration.rules import name_key


class TableRegister:
    """Both registers, from this installation's own tables."""

    def record(self, *, passport_no: str, nationality: str) -> Record | None:
        row = ImmigrationRecord.objects.filter(passport_no=passport_no, nationality=nationality).first()
        return msgspec.convert(row, Record, from_attributes=True) if row else None

    def warrants(self, person: Person) -> Iterable[Wanted]:
        key = name_key(person.given_name, person.middle_name, person.surname)
        in_force = Q(withdrawn_on=None) | Q(withdrawn_on__gt=clock.today())
        rows = Warrant.objects.filter(in_force).filter(
            Q(passport_no=person.passport_no) & ~Q(passport_no="") | Q(name_key=key)
        )
        return [msgspec.convert(row, Wanted, from_attributes=True) for row in rows.order_by("issued_on", "number")]
