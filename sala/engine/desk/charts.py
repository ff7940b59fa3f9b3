"""Charts as the numbers an SVG is drawn from: the server draws, nothing runs in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sala.engine.dashboards.queries import Day
from sala.engine.desk.rules import every, scale_top

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 14, 34
MOST_BARS = 62
MOST_LABELS = 8


class Bar(NamedTuple):
    """A rectangle in the drawing's units, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    value: int


class Grid(NamedTuple):
    """A horizontal line and its number."""

    y: float
    value: int


class Label(NamedTuple):
    """Words below the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawing. `series` are drawn one beside the other in each step of the axis."""

    series: list[list[Bar]]
    grid: list[Grid]
    labels: list[Label]
    width: int = WIDTH
    height: int = HEIGHT


class Step(NamedTuple):
    """A day, or the week that begins on it."""

    first: date
    last: date
    filed: int
    decided: int


def steps(days: Sequence[Day]) -> list[Step]:
    """The days themselves, or, where there are too many to tell apart, weeks, or months of four weeks."""
    length = 1 if len(days) <= MOST_BARS else 7 if len(days) <= 7 * MOST_BARS else 28
    parts = [days[start : start + length] for start in range(0, len(days), length)]
    return [Step(part[0].day, part[-1].day, sum(d.filed for d in part), sum(d.decided for d in part)) for part in parts]


def columns(rows: Sequence[Sequence[int]], labels: Sequence[str]) -> Chart:
    """Columns for `rows` of numbers (one row a series), with as many labels as there is room for."""
    count = len(labels)
    top = scale_top(max((value for row in rows for value in row), default=0))
    room = (WIDTH - LEFT - RIGHT) / max(1, count)
    gap = min(6.0, room * 0.25)
    width = (room - gap) / max(1, len(rows))
    return Chart(
        series=[
            [_bar(LEFT + room * step + gap / 2 + width * index, width, value, top) for step, value in enumerate(row)]
            for index, row in enumerate(rows)
        ],
        grid=[Grid(round(_height(top - top * n // 4, top) + TOP, 1), top * n // 4) for n in range(5)],
        labels=[
            Label(round(LEFT + room * (step + 0.5), 1), labels[step])
            for step in range(0, count, every(count, MOST_LABELS))
        ],
    )


def _bar(x: float, width: float, value: int, top: int) -> Bar:
    height = _height(value, top)
    return Bar(round(x, 1), round(HEIGHT - BOTTOM - height, 1), round(max(width, 0.5), 1), round(height, 1), value)


def _height(value: int, top: int) -> float:
    return (HEIGHT - TOP - BOTTOM) * value / top if top else 0.0
