"""What survey answers come to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

LOWEST, HIGHEST, SATISFIED_FROM = 1, 5, 4
CHANGE_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """How many answered, and how many of them were satisfied (4 or 5)."""

    satisfied: int
    answered: int

    @property
    def percent(self) -> Decimal | None:
        """Rounded half up to one decimal, as people reckon by hand; None without answers."""
        if not self.answered:
            return None
        return (Decimal(self.satisfied) * 100 / self.answered).quantize(Decimal("0.1"), ROUND_HALF_UP)


def may_change(first_at: datetime, now: datetime) -> bool:
    """Whether an answer first given at `first_at` may still be replaced."""
    return now - first_at <= CHANGE_FOR
