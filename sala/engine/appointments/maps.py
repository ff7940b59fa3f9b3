"""A picture of Thailand with offices on it, drawn from what is in the house: no tile and no word from elsewhere.

The land is a grid of soft dots, one wherever a sub-district lies near: a run of dots is one stroke, so that the whole
country takes some four thousand characters. Markers that would lie on one another are pushed apart, so that a thumb
can tell them. Nothing here touches the database.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

WIDTH = 320
"""Of every picture, in the units that its coordinates are in; the page scales it."""
TALLEST = 560
KM_A_DEGREE = 111.2
_SQUEEZE = math.cos(math.radians(13.5))  # a degree of longitude, in degrees of latitude, at Thailand's middle
_MARGIN = 18
_ROUNDS = 30


class At(NamedTuple):
    """A place on earth, in degrees (WGS 84)."""

    latitude: float
    longitude: float


class Box(NamedTuple):
    """A part of the earth: its south-west and north-east corners."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class Pin:
    """Something to be marked. `href`: where the mark leads; `sign`: what is written on it, one or two characters."""

    at: At
    name: str
    href: str
    sign: str = ""
    home: bool = True


@dataclass(frozen=True, slots=True)
class Marker:
    """A pin in the picture; `moved`: away from where it truly lies, which is at `true_x`, `true_y`."""

    pin: Pin
    x: float
    y: float
    true_x: float
    true_y: float

    @property
    def moved(self) -> bool:
        return math.hypot(self.x - self.true_x, self.y - self.true_y) > 6


@dataclass(frozen=True, slots=True)
class Map:
    """A picture, `width` by `height`. `land`, `home`: the paths of its dots, `dot` apart; `home` is the chosen part."""

    width: int
    height: int
    dot: float
    land: str
    home: str
    markers: tuple[Marker, ...]


def kilometres(one: At, other: At) -> float:
    """How far apart, as the crow flies: good to one part in a hundred within Thailand."""
    east = (one.longitude - other.longitude) * math.cos(math.radians((one.latitude + other.latitude) / 2))
    return math.hypot(one.latitude - other.latitude, east) * KM_A_DEGREE


def around(points: Sequence[At], *, least: float) -> Box:
    """The box that holds `points`, at least `least` degrees high and wide."""
    south, north = min(p.latitude for p in points), max(p.latitude for p in points)
    west, east = min(p.longitude for p in points), max(p.longitude for p in points)
    south, north = _widened(south, north, least)
    west, east = _widened(west, east, least)
    return Box(south, west, north, east)


def draw(
    box: Box, *, land: tuple[At, ...], home: tuple[At, ...] = (), pins: Sequence[Pin], dots: int, apart: float
) -> Map:
    """The picture of `box`, `dots` dots wide, its markers at least `apart` units from one another."""
    view = _View(box)
    step = view.width / dots
    ground, own = _paths(box, land, home, dots)
    places = [view.place(pin.at) for pin in pins]
    spread = _spread(places, apart, view)
    return Map(
        width=view.width,
        height=view.height,
        dot=round(step, 2),
        land=ground,
        home=own,
        markers=tuple(
            Marker(pin, round(x, 1), round(y, 1), round(tx, 1), round(ty, 1))
            for pin, (x, y), (tx, ty) in zip(pins, spread, places, strict=True)
        ),
    )


@lru_cache(maxsize=100)
def _paths(box: Box, land: tuple[At, ...], home: tuple[At, ...], dots: int) -> tuple[str, str]:
    """The dots of the land around and of the chosen part. The same for everybody, so each is drawn once a process."""
    view = _View(box)
    step = view.width / dots
    own = _cells(view, home, step)
    rest = _filled(_closed(_cells(view, land, step) | own), dots, round(view.height / step))
    return _path(rest - own, step), _path(own, step)


class _View:
    """Turns degrees into the picture's units."""

    def __init__(self, box: Box) -> None:
        across = (box.east - box.west) * _SQUEEZE
        up = box.north - box.south
        inside = WIDTH - 2 * _MARGIN
        self.scale = min(inside / across, (TALLEST - 2 * _MARGIN) / up)
        self.width = WIDTH
        self.height = round(up * self.scale + 2 * _MARGIN)
        self._box = box
        self._left = (WIDTH - across * self.scale) / 2

    def place(self, at: At) -> tuple[float, float]:
        x = self._left + (at.longitude - self._box.west) * _SQUEEZE * self.scale
        return x, _MARGIN + (self._box.north - at.latitude) * self.scale


def _widened(low: float, high: float, least: float) -> tuple[float, float]:
    more = max(0.0, least - (high - low)) / 2
    return low - more, high + more


def _cells(view: _View, points: Iterable[At], step: float) -> set[tuple[int, int]]:
    cells = set()
    for point in points:
        x, y = view.place(point)
        if 0 <= x <= view.width and 0 <= y <= view.height:
            cells.add((round(x / step), round(y / step)))
    return cells


def _closed(cells: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """`cells` with the gaps between neighbours filled: large sub-districts lie further apart than a dot."""
    filled = set(cells)
    for x, y in cells:
        for dx, dy in ((2, 0), (0, 2), (2, 2), (2, -2), (3, 0), (0, 3)):
            if (x + dx, y + dy) in cells:
                steps = max(abs(dx), abs(dy))
                filled |= {(x + round(dx * i / steps), y + round(dy * i / steps)) for i in range(1, steps)}
    return filled


def _filled(cells: set[tuple[int, int]], across: int, down: int) -> set[tuple[int, int]]:
    """`cells` with what they enclose: of some districts no coordinates are known."""
    outside = {(x, y) for x in range(-1, across + 2) for y in (-1, down + 1)}
    outside |= {(x, y) for y in range(-1, down + 2) for x in (-1, across + 1)}
    edge = list(outside)
    while edge:
        x, y = edge.pop()
        for near in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if near in outside or near in cells or not (0 <= near[0] <= across and 0 <= near[1] <= down):
                continue
            outside.add(near)
            edge.append(near)
    return {(x, y) for x in range(across + 1) for y in range(down + 1) if (x, y) not in outside}


def _path(cells: set[tuple[int, int]], step: float) -> str:
    """One stroke a run of neighbouring dots; the page's style breaks it into dots again."""
    strokes: list[str] = []
    for x, y in sorted(cells, key=lambda cell: (cell[1], cell[0])):
        if (x - 1, y) in cells:
            continue
        run = 0
        while (x + run + 1, y) in cells:
            run += 1
        strokes.append(f"M{_short(x * step)} {_short(y * step)}h{_short(run * step + 0.01)}")
    return "".join(strokes)


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0") if number >= 0.05 else ".01"


def _spread(places: Sequence[tuple[float, float]], apart: float, view: _View) -> list[tuple[float, float]]:
    """The places, pushed from one another until all are `apart`, or nearly."""
    moved = [list(place) for place in places]
    for _ in range(_ROUNDS):
        if not _push(moved, apart):
            break
        for place in moved:
            place[0] = min(max(place[0], apart / 2), view.width - apart / 2)
            place[1] = min(max(place[1], apart / 2), view.height - apart / 2)
    return [(x, y) for x, y in moved]


def _push(places: list[list[float]], apart: float) -> bool:
    """One round: every two that are too near each give way by half. Whether any did."""
    pushed = False
    for index, one in enumerate(places):
        for number, other in enumerate(places[index + 1 :], start=index + 1):
            dx, dy = other[0] - one[0], other[1] - one[1]
            far = math.hypot(dx, dy)
            if far >= apart - 0.1:
                continue
            if far < 0.01:  # at one spot: apart in a direction of their own
                dx, dy, far = math.cos(number), math.sin(number), 1.0
            give = (apart - math.hypot(other[0] - one[0], other[1] - one[1])) / 2
            one[0], one[1] = one[0] - dx / far * give, one[1] - dy / far * give
            other[0], other[1] = other[0] + dx / far * give, other[1] + dy / far * give
            pushed = True
    return pushed
