"""The demonstration: people, officers, registers and three months of reports, so that a newcomer can be any of them.

Everything goes through the services that the pages use, at the hours at which it happened, so that
histories, letters, counters and promises are those of a working installation.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from sala.engine.cases import queries as cases
from sala.kit import clock
from sala.services.immigration.columns import RECORDS, WARRANTS, Sheet
from sala.services.immigration.importing import import_file
from sala.web.demo import crowd, moving, newcomer, patients, registry, relying, staff, stories
from sala.web.demo.crowd import Offices
from sala.web.demo.stage import DEMO, PASSWORD, SignIn, at, bangkok, tell
from sala.web.demo.stories import Stories
from sala.web.demo.visits import Visits

__all__ = ["PASSWORD", "SignIn", "load"]

Progress = Callable[[str, int, int], None]
_SEED_DAYS = 120


def load(progress: Progress = lambda _what, _done, _total: None) -> list[SignIn]:
    """Load the demonstration once; who can sign in. `progress(what, done, total)` is told how far it is.

    All or nothing: one that was cut off is begun anew by the next call, one that stands is left as it is.
    """
    now = clock.now()
    today = clock.local_day(now)
    with transaction.atomic(), at(bangkok(today - timedelta(days=_SEED_DAYS), 9)):
        first = stories.account(stories.FIRST).account_id
        if first is None or not cases.of_account(first, limit=1):
            _play(now, today, progress)
        moving.play(now, today)
        relying.play(now, today, _part(progress, "Relying parties", relying.count()))
        registry.play(today)
        newcomer.play()
    return [
        *stories.sign_ins(),
        *staff.sign_ins(),
        patients.sign_in(),
        *relying.sign_ins(),
        *moving.sign_ins(),
        *registry.sign_ins(),
        newcomer.sign_in(),
    ]


def _play(now: datetime, today: date, progress: Progress) -> None:
    teams = staff.appoint(since=clock.today())
    agents = crowd.agents()
    offices = Offices(teams, agents, today)
    visits = Visits(teams, agents, now, today)
    month = crowd.satisfied_month(offices)
    months = crowd.last_months(offices)
    waiting = crowd.waiting_now(offices, now)
    told = Stories(teams, now, today)
    with at(now):
        _fill(RECORDS, [*told.cast.records(), *(one.record() for one in offices.people), *visits.records()])
        _fill(WARRANTS, told.cast.warrants())
    for number, play in enumerate(told.all, start=1):
        play()
        progress("Some people's stories", number, len(told.all))
    for number, play in enumerate(visits.all, start=1):
        play()
        progress("Appointments", number, len(visits.all))
    crowd.play_now(offices, waiting, now, _part(progress, "What waits now", len(waiting)))
    crowd.play_last_months(offices, months, _part(progress, "The last three months", len(months)))
    crowd.play_satisfied_month(offices, month, _part(progress, "Samut Sakhon's last month", len(month)))
    tell.nobody(offices.references)


def _part(progress: Progress, what: str, total: int) -> Callable[[int], None]:
    return lambda done: progress(what, done, total)


def _fill(sheet: Sheet, rows: Iterable[Mapping[str, Any]]) -> None:
    """Through the import that a bureau uses, from a file as a bureau sends it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{sheet.name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, sheet.names)
            writer.writeheader()
            writer.writerows(rows)
        outcome = import_file(sheet=sheet, path=path, by=DEMO)
    if outcome.faulty:
        raise RuntimeError(f"{outcome.faulty} invented rows for {sheet.name} cannot be taken")
