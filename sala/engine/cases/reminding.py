"""Whom to remind today: once for each of a declaration's days, only where no later case has taken over (R-001.42)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from sala.engine.cases import letters, papers
from sala.engine.cases.models import Case
from sala.engine.cases.rules import reminder_due
from sala.engine.cases.states import State
from sala.engine.catalogue import queries as catalogue
from sala.engine.messages import queries as messages

BATCH = 500


def remind(today: date) -> int:
    """Post today's reminders, in batches of a transaction each; how many. May be repeated and resumed.

    A day that was missed is made up for: whoever has not got the reminder of the last day that passed gets it.
    """
    posted = 0
    for cases in _batches(today):
        with transaction.atomic():
            posted += _remind(cases, today)
    return posted


def _remind(cases: Sequence[Case], today: date) -> int:
    wanted = [(case, days) for case in cases if (days := _days(case, today)) is not None]
    silent = messages.stopped([case.reference for case, _ in wanted])
    done = messages.keys_posted([letters.reminder_key(case, days) for case, days in wanted])
    due = [
        (case, days)
        for case, days in wanted
        if case.reference not in silent and letters.reminder_key(case, days) not in done
    ]
    for case, days in due:
        letters.remind(case, days_ahead=days)
    return len(due)


def _days(case: Case, today: date) -> int | None:
    if case.next_due_on is None:
        return None
    ahead = papers.days_ahead(catalogue.version(case.version_id).declaration)
    return reminder_due((case.next_due_on - today).days, ahead)


def _batches(today: date) -> Iterator[list[Case]]:
    """Approved cases whose next due day is near and that are their subject's latest, by due day."""
    furthest = max(
        (days for loaded in catalogue.catalogue() for days in papers.days_ahead(loaded.declaration)), default=0
    )
    later = Case.objects.filter(
        service=OuterRef("service"), subject_key=OuterRef("subject_key"), submitted_at__gt=OuterRef("submitted_at")
    ).exclude(state__in=[State.REFUSED, State.WITHDRAWN])
    near = (
        Case.objects.filter(
            state=State.APPROVED,
            applicant_died_on=None,
            next_due_on__gt=today,
            next_due_on__lte=today + timedelta(days=furthest),
        )
        .filter(Q(subject_key="") | ~Exists(later))
        .order_by("next_due_on", "id")
    )
    last: Case | None = None
    while True:
        rows = (
            near
            if last is None
            else near.filter(Q(next_due_on=last.next_due_on, id__gt=last.id) | Q(next_due_on__gt=last.next_due_on))
        )
        batch = list(rows[:BATCH])
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        last = batch[-1]
