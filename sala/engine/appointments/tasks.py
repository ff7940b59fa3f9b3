"""Jobs of the appointments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from sala.engine.appointments import following, hoarding, letters
from sala.engine.appointments.office import schedules
from sala.engine.catalogue import queries as catalogue
from sala.kit import clock


@app.task(name="appointments.letter")
def letter(payload: dict[str, Any]) -> None:
    """What happened to a visit is told to its visitor by e-mail."""
    with transaction.atomic():
        letters.tell(UUID(payload["visit"]))


@app.task(name="appointments.request_withdrawn")
def request_withdrawn(payload: dict[str, Any]) -> None:
    """Hearer of `case.withdrawn`: a visit whose requests are all taken back has nothing left to come for."""
    following.request_withdrawn(UUID(payload["case"]))


@app.periodic(cron="0 2 * * *")
@app.task(name="appointments.remind", queueing_lock="appointments.remind")
def remind(timestamp: int) -> None:
    """Every morning at nine in Thailand: those who come tomorrow are reminded."""
    letters.remind(clock.today() + timedelta(days=1))


@app.periodic(cron="10 17 * * *")
@app.task(name="appointments.extend", queueing_lock="appointments.extend")
def extend(timestamp: int) -> None:
    """Every night, ten minutes into the day in Thailand: a new office's schedules, and the places of a day more.

    Each schedule is a transaction of its own, so that nobody who books waits for all of them.
    """
    for service in catalogue.catalogue():
        for office in schedules.lacking(service):
            schedules.ensure(service, office)
    for schedule in schedules.all_schedules():
        schedules.extend(schedule)


@app.periodic(cron="20 18 * * *")
@app.task(name="appointments.hoarding", queueing_lock="appointments.hoarding")
def count_hoarding(timestamp: int) -> None:
    """Every night (01:20 in Thailand): what is published about hoarding is counted anew."""
    hoarding.count()
