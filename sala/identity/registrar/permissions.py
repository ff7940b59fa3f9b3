"""Who keeps the register: officers and seniors of the registration offices. To others these pages do not exist."""

from __future__ import annotations

from contextlib import suppress

from sala.identity.accounts.actor import Actor, Seat
from sala.identity.directory import queries as directory
from sala.identity.directory.queries import OfficeCard
from sala.identity.directory.registration import KIND
from sala.kit.errors import NotFound

_KEEPERS = frozenset({"officer", "senior"})


def office_of(by: Actor) -> OfficeCard | None:
    """The registration office at which they keep the register; any of them may serve anybody, wherever they live."""
    return next((office for seat in by.seats if (office := _kept_at(seat))), None)


def keeps(seat: Seat) -> bool:
    """Whether the register is kept from this seat."""
    return _kept_at(seat) is not None


def _kept_at(seat: Seat) -> OfficeCard | None:
    if seat.office is None or seat.role not in _KEEPERS:
        return None
    with suppress(NotFound):  # an office that was opened this minute, elsewhere
        office = directory.office(seat.office)
        return office if office.kind == KIND else None
    return None


def check_keeps(by: Actor) -> OfficeCard:
    """Their office. Raises NotFound for who keeps no register."""
    office = office_of(by)
    if office is None:
        raise NotFound
    return office
