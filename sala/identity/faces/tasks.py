"""What the room does when the register says that something happened, and by the clock (UTC)."""

from __future__ import annotations

from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from sala.identity.faces import challenges, keeping, making, tidying
from sala.identity.faces.gallery import changes

# While the house of faces is away, the template waits: for a day, at most a quarter of an hour each time.
_PATIENT = RetryStrategy(max_attempts=100, wait=30, linear_wait=10)


@app.task(name="faces.photographed", retry=_PATIENT)
def photographed(payload: dict[str, Any]) -> None:
    """Hearer of `person.photographed`: the register has a new photograph."""
    making.of_photograph(payload["person"])


@app.task(name="faces.forget_person")
def forget_person(payload: dict[str, Any]) -> None:
    """Hearer of `person.gone`: they died, or gave up the nationality."""
    keeping.forget(payload["person"])


@app.periodic(cron="*/10 * * * *")
@app.task(name="faces.sweep", queueing_lock="faces.sweep")
def sweep(timestamp: int) -> None:
    """Challenges long over go, and the portraits that nobody fetched."""
    challenges.sweep()


@app.periodic(cron="10 19 * * *")
@app.task(name="faces.tidy", queueing_lock="faces.tidy")
def tidy(timestamp: int) -> None:
    """Every night."""
    tidying.tidy()
    changes.sweep()
