"""The map of a page that offers offices: the country with its provinces, or a province with what is near."""

from __future__ import annotations

import math
from functools import lru_cache

from sala.engine.appointments import availability, maps
from sala.engine.appointments.maps import At, Box, Map, Pin
from sala.engine.appointments.presenters import Offices, Spot, Ways, offices_in, place_of, points_of, position_of
from sala.identity.directory import queries as directory

COUNTRY_DOTS, PROVINCE_DOTS = 80, 56
THUMB = 24
"""How far apart markers stand, at least: what a thumb can tell."""
_LEAST = 1.4
_ROOM = 0.12
_DISC = 0.2
"""Degrees."""


def of(offices: Offices, service: str, ways: Ways) -> Map | None:
    """The map of a page; None while no area is known."""
    land = _land()
    if not land:
        return None
    return _country(land, service, ways) if offices.province is None else _province(land, offices)


def _country(land: tuple[At, ...], service: str, ways: Ways) -> Map:
    """A marker on each province that has an office: it leads to that province."""
    pins = []
    known: set[int] = set()
    for choice in availability.offices_with(service):
        at, code = place_of(choice.office), choice.office.province
        if at is None or code is None or code in known:
            continue
        known.add(code)
        pins.append(Pin(at, str(directory.area(code).name), ways.province(code)))
    return maps.draw(maps.around(land, least=1), land=land, pins=pins, dots=COUNTRY_DOTS, apart=THUMB)


def _province(land: tuple[At, ...], offices: Offices) -> Map | None:
    assert offices.province is not None  # noqa: S101 - of a page with a province
    home = _points((offices.province.code,))
    middle = position_of(offices.province)
    spots = [spot for spot in (*offices.here, *offices.near) if spot.at]
    points = [*home, *(spot.at for spot in spots if spot.at), *([middle] if middle else [])]
    if not points:
        return None
    tight = maps.around(points, least=_LEAST)
    box = Box(tight.south - _ROOM, tight.west - _ROOM, tight.north + _ROOM, tight.east + _ROOM)
    pins = [_pin(spot, home=spot in offices.here) for spot in spots]
    return maps.draw(box, land=land, home=home, pins=pins, dots=PROVINCE_DOTS, apart=THUMB + 6)


def _pin(spot: Spot, *, home: bool) -> Pin:
    assert spot.at is not None  # noqa: S101 - only such are drawn
    return Pin(spot.at, str(spot.office.name), spot.href, sign=spot.sign, home=home)


def _land() -> tuple[At, ...]:
    provinces = directory.provinces("en")
    return _points(tuple(province.code for province in provinces)) if provinces else ()


@lru_cache(maxsize=80)
def _points(provinces: tuple[int, ...]) -> tuple[At, ...]:
    """Every sub-district's place in these provinces; areas change by royal decree, so once a process."""
    return tuple(at for code in provinces for at in points_of(code) or _disc(code))


def _disc(province: int) -> list[At]:
    """Where no sub-district of a province is known (the capital's are not): a disc about its offices."""
    known = offices_in(province)
    if not known:
        return []
    middle = known[0]
    steps = [_DISC * number / 5 for number in range(-5, 6)]
    around = [At(middle.latitude + north, middle.longitude + east) for north in steps for east in steps]
    return [at for at in around if math.dist(at, middle) <= _DISC]
