"""What follows a case's events in the background."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app

from sala.engine.cases import applicants, checking, letters, reminding
from sala.kit import clock


@app.task(name="cases.check")
def check(payload: dict[str, Any]) -> None:
    """New or changed answers are checked against the registers; again later where one was out of reach."""
    checking.run(reference=payload["reference"])


@app.task(name="cases.letter")
def letter(payload: dict[str, Any]) -> None:
    """What happened is told to the applicant by e-mail."""
    with transaction.atomic():
        letters.tell(reference=payload["reference"], event=payload["event"])


@app.task(name="cases.person_died")
def person_died(payload: dict[str, Any]) -> None:
    """Hearer of `person.died`: the officers are told, and letters stop."""
    applicants.hear("died", payload)


@app.task(name="cases.person_restored")
def person_restored(payload: dict[str, Any]) -> None:
    """Hearer of `person.restored`: the death was a mistake."""
    applicants.hear("restored", payload)


@app.task(name="cases.person_renounced")
def person_renounced(payload: dict[str, Any]) -> None:
    """Hearer of `person.renounced`."""
    applicants.hear("renounced", payload)


@app.task(name="cases.person_changed")
def person_changed(payload: dict[str, Any]) -> None:
    """Hearer of `person.changed`: of all that changes, a name matters to a case."""
    applicants.hear("changed", payload)


@app.periodic(cron="0 1 * * *")
@app.task(name="cases.remind", queueing_lock="cases.remind")
def remind(timestamp: int) -> None:
    """Every morning at eight in Thailand: reminders of what falls due."""
    reminding.remind(clock.today())
