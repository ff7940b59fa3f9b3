"""What a flat thing would look like from elsewhere: the best projective (or affine) picture of some points.

A photograph that is moved, tilted, turned or brought nearer shows just that, so what is *left over* after the best fit
was not done by moving a photograph. Plain Python: six points and eight unknowns need no library, and the processes
that serve pages load none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Point = tuple[float, float]
Map = Callable[[Point], Point]

_TILT = 0.01
"""How unlikely strong perspective is, against how unlikely misplaced points are: the square of 0.015 (a landmark's
error, in eye distances) over 0.15 (the tilt of a picture held near). Without it, the error of one point is read as
tilt."""


def projective(before: Sequence[Point], after: Sequence[Point]) -> Map:
    """Where a flat thing's points go that takes `before` to `after` as well as may be (least squares).

    Both in units of about the distance of the eyes, around their own middle. Four points or more.
    """
    rows: list[list[float]] = []
    right: list[float] = []
    for (x, y), (u, v) in zip(before, after, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    h = _least_squares(rows, right, ridge=[0, 0, 0, 0, 0, 0, _TILT, _TILT])

    def go(point: Point) -> Point:
        x, y = point
        depth = h[6] * x + h[7] * y + 1
        return (h[0] * x + h[1] * y + h[2]) / depth, (h[3] * x + h[4] * y + h[5]) / depth

    return go


def affine(before: Sequence[Point], after: Sequence[Point]) -> Map:
    """As `projective`, of a thing seen from so far away that nearer parts look no larger. Three points or more."""
    rows = [[x, y, 1] for x, y in before]
    across = _least_squares(rows, [u for u, _ in after], ridge=[0, 0, 0])
    down = _least_squares(rows, [v for _, v in after], ridge=[0, 0, 0])

    def go(point: Point) -> Point:
        x, y = point
        return across[0] * x + across[1] * y + across[2], down[0] * x + down[1] * y + down[2]

    return go


def _least_squares(rows: list[list[float]], right: list[float], ridge: list[float]) -> list[float]:
    """The unknowns that fit best, each held near zero by its `ridge`. Raises ZeroDivisionError where none do."""
    count = len(ridge)
    normal = [[sum(row[i] * row[j] for row in rows) for j in range(count)] for i in range(count)]
    for i, held in enumerate(ridge):
        normal[i][i] += held
    wanted = [sum(row[i] * value for row, value in zip(rows, right, strict=True)) for i in range(count)]
    return _solve(normal, wanted)


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss, with the largest pivot first."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    count = len(rows)
    for i in range(count):
        pivot = max(range(i, count), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, count):
            by = rows[k][i] / rows[i][i]
            rows[k] = [a - by * b for a, b in zip(rows[k], rows[i], strict=True)]
    found = [0.0] * count
    for i in reversed(range(count)):
        known = sum(rows[i][j] * found[j] for j in range(i + 1, count))
        found[i] = (rows[i][count] - known) / rows[i][i]
    return found
