"""Why an office is closed on a day: said in the calendar, so that nobody wonders whether it is broken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet

from sala.engine.appointments.models import Closure
from sala.engine.catalogue import workdays
from sala.kit import clock
from sala.kit.clock import THAILAND
from sala.kit.text import Text


def of_month(office: int, first: date, last: date) -> list[tuple[str, list[date]]]:
    """Reasons and their days from `first` to `last`, in order: holidays, and what the office announced.

    The days on which it is never open, such as Sundays, are not listed: the calendar shows them.
    """
    reasons: list[tuple[str, list[date]]] = []
    for day, reason in _days(office, first, last):
        words = str(reason)
        if reasons and reasons[-1][0] == words and reasons[-1][1][-1] == day - timedelta(days=1):
            reasons[-1][1].append(day)
        else:
            reasons.append((words, [day]))
    return reasons


def reason(office: int, starts_at: datetime, ends_at: datetime) -> Text:
    """What the office announced for this time; empty words where it announced nothing."""
    closure = _standing(office).filter(starts_at__lt=ends_at, ends_at__gt=starts_at).order_by("-id").first()
    return Text(th=closure.reason_th, en=closure.reason_en) if closure else Text(th="", en="")


def _standing(office: int) -> QuerySet[Closure]:
    return Closure.objects.filter(Q(office=office) | Q(office=None), withdrawn_at=None)


def _days(office: int, first: date, last: date) -> Iterator[tuple[date, Text]]:
    begins, ends = _midnight(first), _midnight(last + timedelta(days=1))
    closures = list(_standing(office).filter(starts_at__lt=ends, ends_at__gt=begins).order_by("starts_at"))
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if name := workdays.holiday_name(day):
            yield day, name
            continue
        for closure in closures:
            if clock.local_day(closure.starts_at) <= day <= clock.local_day(closure.ends_at - timedelta(seconds=1)):
                yield day, Text(th=closure.reason_th, en=closure.reason_en)
                break


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), THAILAND)
