"""What an RP asked of us, for the RP itself: never of whom it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sala.identity.provider.models import Look
from sala.kit import clock

NEWEST = 50


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `outcome` is empty, or the error's code; `number` is what a support letter names it by."""

    number: int
    at: datetime
    act: str
    scopes: tuple[str, ...]
    outcome: str
    detail: str


def calls(
    client_id: str,
    *,
    before: int | None = None,
    faulty: bool = False,
    outcome: str = "",
    day: date | None = None,
    limit: int = NEWEST,
) -> list[Call]:
    """The newest calls, older than number `before`; only those that failed (`faulty`), that failed in one way
    (`outcome`), or of one day in Thailand."""
    found = Look.objects.filter(client_id=client_id)
    if before is not None:
        found = found.filter(id__lt=before)
    if outcome:
        found = found.filter(outcome=outcome)
    elif faulty:
        found = found.exclude(outcome="")
    if day is not None:
        begins = datetime.combine(day, time(), clock.THAILAND)
        found = found.filter(at__gte=begins, at__lt=begins + timedelta(days=1))
    rows = found.order_by("-id")[:limit]
    return [Call(row.id, row.at, row.act, tuple(row.scopes), row.outcome, row.detail) for row in rows]


def outcomes(client_id: str, *, days: int = 30) -> list[str]:
    """The errors of the last days, by name."""
    since = clock.now() - timedelta(days=days)
    found = Look.objects.filter(client_id=client_id, at__gt=since).exclude(outcome="")
    return list(found.order_by("outcome").values_list("outcome", flat=True).distinct())
