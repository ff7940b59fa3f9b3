"""What follows a case's events in the background."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from sala.engine.cases import applicants, checking, consenting, letters, reminding
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


@app.task(name="cases.ask_consents")
def ask_consents(payload: dict[str, Any]) -> None:
    """Other people are asked for their consent, where the service needs it."""
    consenting.ask(reference=payload["reference"])


@app.task(name="cases.consent_answered")
def consent_answered(payload: dict[str, Any]) -> None:
    """Hearer of `approval.changed`: somebody may have answered whether they consent."""
    consenting.answered(approval=UUID(payload["approval"]))


@app.periodic(cron="*/10 * * * *")
@app.task(name="cases.lapse_consents", queueing_lock="cases.lapse_consents")
def lapse_consents(timestamp: int) -> None:
    """Every ten minutes: those whose time to consent is over."""
    consenting.lapse()


@app.periodic(cron="0 1 * * *")
@app.task(name="cases.remind", queueing_lock="cases.remind")
def remind(timestamp: int) -> None:
    """Every morning at eight in Thailand: reminders of what falls due."""
    reminding.remind(clock.today())
