"""The trade between the two errors as a DET plot (Martin et al., 1997), an SVG: both axes by the normal quantile."""

from __future__ import annotations

from statistics import NormalDist
from typing import Final
from xml.sax.saxutils import escape

import numpy as np

from sala.identity.faces import evaluating
from sala.identity.faces.evaluating import Point, Tally

_TICKS: Final = (0.000_001, 0.000_01, 0.000_1, 0.001, 0.01, 0.05, 0.2, 0.5)
_SIDE, _MARGIN = 520, 80
_NORMAL = NormalDist()
_LEAST, _MOST = _NORMAL.inv_cdf(_TICKS[0]), _NORMAL.inv_cdf(_TICKS[-1])


def svg(tally: Tally, points: list[Point], title: str) -> str:
    """The plot. Points are drawn where enough pairs tell them."""
    size = _SIDE + 2 * _MARGIN
    told = "; ".join(f"{_percent(one.fmr.rate)} and {_percent(one.fnmr.rate)}" for one in points if one.told)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title>',
        f'<desc id="d">False match and false non-match rates: {told or "too few pairs to tell"}.</desc>',
        '<g font-family="sans-serif" font-size="13" fill="#1b2733">',
        f'<rect width="{size}" height="{size}" fill="#fff"/>',
        *_axes(),
        f'<text x="{size / 2}" y="36" text-anchor="middle" font-size="16" font-weight="bold">{escape(title)}</text>',
        f'<polyline fill="none" stroke="#0b5cad" stroke-width="2.5" points="{_line(tally)}"/>',
        *(_dot(one) for one in points if one.told),
        "</g></svg>",
    ]
    return "\n".join(parts) + "\n"


def _axes() -> list[str]:
    parts, end, middle = [], _MARGIN + _SIDE, _MARGIN + _SIDE / 2
    for tick in _TICKS:
        x, y = _x(tick), _y(tick)
        parts += [
            f'<path d="M{x:.1f} {_MARGIN}V{end}M{_MARGIN} {y:.1f}H{end}" stroke="#d5dbe1"/>',
            f'<text x="{x:.1f}" y="{end + 20}" text-anchor="middle" font-size="11">{_percent(tick)}</text>',
            f'<text x="{_MARGIN - 8}" y="{y + 4:.1f}" text-anchor="end">{_percent(tick)}</text>',
        ]
    parts.append(f'<path d="M{_MARGIN} {end}L{end} {_MARGIN}" stroke="#8a96a3" stroke-dasharray="4 4"/>')
    parts.append(f'<text x="{middle}" y="{end + 50}" text-anchor="middle">False match rate (two people for one)</text>')
    parts.append(
        f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">False non-match rate '
        "(one person missed)</text>"
    )
    return parts


def _line(tally: Tally) -> str:
    """The curve, one spot for each half unit that it passes."""
    fmr, fnmr = evaluating.curves(tally)
    seen = (fmr > 0) & (fnmr > 0) & (fmr <= _TICKS[-1]) & (fnmr <= _TICKS[-1])
    pairs = np.stack([fmr, fnmr], axis=1)[seen]
    spots = dict.fromkeys(f"{round(_x(one) * 2) / 2:g},{round(_y(other) * 2) / 2:g}" for one, other in pairs)
    return " ".join(spots)


def _dot(point: Point) -> str:
    x, y = _x(point.fmr.rate), _y(point.fnmr.rate)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#0b5cad"><title>{point.threshold:.4f}</title></circle>'


def _x(share: float) -> float:
    return _MARGIN + _SIDE * _along(share)


def _y(share: float) -> float:
    return _MARGIN + _SIDE * (1 - _along(share))


def _along(share: float) -> float:
    quantile = _NORMAL.inv_cdf(min(max(share, _TICKS[0]), _TICKS[-1]))
    return (quantile - _LEAST) / (_MOST - _LEAST)


def _percent(share: float) -> str:
    return f"{share * 100:.4f}".rstrip("0").rstrip(".") + " %"
