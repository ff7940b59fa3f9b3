"""What moves a line on: places that become free, visits that lose their time, and the clock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from procrastinate.contrib.django import app

from sala.engine.waiting import offers, room, waitlist


@app.task(name="waiting.offer")
def offer(payload: dict[str, Any]) -> None:
    """Hearer of `places.freed`: the first in line get them."""
    offers.offer(payload["schedule"])


@app.task(name="waiting.offer_again")
def offer_again(payload: dict[str, Any]) -> None:
    """Hearer of `visit.displaced`: the nearest time after the lost one is held for them."""
    offers.offer_again(visit=UUID(payload["visit"]))


@app.task(name="waiting.visit_changed")
def visit_changed(payload: dict[str, Any]) -> None:
    """Hearer of `visit.moved` and `visit.cancelled`: what was held instead goes on to others."""
    offers.visit_changed(visit=UUID(payload["visit"]))


@app.task(name="waiting.booked")
def booked(payload: dict[str, Any]) -> None:
    """Hearer of `visit.booked`: who found a place otherwise waits no more."""
    waitlist.booked_elsewhere(visit=UUID(payload["visit"]))


@app.task(name="waiting.forget_account")
def forget_account(payload: dict[str, Any]) -> None:
    """Hearer of `account.closed`."""
    waitlist.forget_account(UUID(payload["account"]))


@app.periodic(cron="50 20 * * *")
@app.task(name="waiting.sweep", queueing_lock="waiting.sweep")
def sweep(timestamp: int) -> None:
    """Every night (03:50 in Thailand): who waited a month ago is forgotten."""
    waitlist.sweep()


@app.periodic(cron="* * * * *")
@app.task(name="waiting.tend", queueing_lock="waiting.tend")
def tend(timestamp: int) -> None:
    """Every minute: what nobody answered goes to the next in line, nothing free is forgotten, rooms close."""
    while offers.lapse():
        pass
    offers.offer_everywhere()
    room.tidy()
