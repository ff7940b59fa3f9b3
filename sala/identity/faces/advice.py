"""One sentence about a picture that tells its taker what to do. Apart from `quality`, so that web needs no numpy."""

from __future__ import annotations

from dataclasses import dataclass

from sala.kit.text import Text


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do better. `code` is stable, for machines; `value` is what was measured, in the measure's own unit."""

    code: str
    text: Text
    value: float = 0.0
